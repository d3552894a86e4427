"""What is pasted into the editor comes back as Markdown."""

from pathlib import Path

from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse

from playbooks.text.htmlsource import MAX_NODES
from playbooks.views.intake import PASTES
from tests.factories import make_user

PASTED = Path(__file__).resolve().parents[1] / 'text' / 'pasted'


class PasteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.url = reverse('playbooks:paste')
        cls.person = make_user()

    def setUp(self):
        cache.clear()
        self.client.force_login(self.person)

    def test_a_clipboard_comes_back_as_text_with_remarks_and_nothing_is_kept(self):
        html = (PASTED / 'google-docs.html').read_text(encoding='utf-8')

        with self.assertNumQueries(2):  # session and person
            response = self.client.post(self.url, {'html': html})

        self.assertEqual(response.json()['text'], (PASTED / 'google-docs.md').read_text(encoding='utf-8'))
        self.assertEqual(
            response.json()['remarks'],
            ['One picture was left out.', '2 ticked boxes came in without their ticks.'],
        )

    def test_nobody_reads_it_by_an_address(self):
        self.assertEqual(self.client.get(self.url).status_code, 405)

    def test_nothing_pasted_is_answered_in_words(self):
        response = self.client.post(self.url, {'html': ''})

        self.assertEqual((response.status_code, response.json()), (422, {'error': 'This field is required.'}))

    def test_html_that_is_too_complex_is_refused_with_the_reason(self):
        response = self.client.post(self.url, {'html': '<b>' * (MAX_NODES + 1)})

        self.assertEqual(response.status_code, 422)
        self.assertIn('pieces of formatting', response.json()['error'])

    def test_whoever_pastes_without_pause_has_to_wait_and_nobody_else(self):
        for _time in range(PASTES):
            self.assertEqual(self.client.post(self.url, {'html': '<p>a</p>'}).status_code, 200)

        self.assertEqual(self.client.post(self.url, {'html': '<p>a</p>'}).status_code, 429)

        self.client.force_login(make_user())
        self.assertEqual(self.client.post(self.url, {'html': '<p>a</p>'}).status_code, 200)
