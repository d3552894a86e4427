from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.models import Acknowledgement, Verification
from tests.factories import make_playbook, make_user, publish_text


class HistoryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        cls.author = make_user('Anna Author')
        cls.playbook = make_playbook('launch')
        notes = ['The beginning.', 'Support can stop a launch.', 'A comma.']
        weights = ['process_change', 'process_change', 'editorial']
        for days, (note, weight) in enumerate(zip(notes, weights, strict=True)):
            publish_text(
                cls.playbook,
                f'{note}\n',
                note=note,
                weight=weight,
                author=cls.author,
                published_at=timezone.now() - timedelta(days=30 - days),
            )
        cls.url = reverse('playbooks:history', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def entries(self, **query):
        entries = self.client.get(self.url, query).context['entries']
        return [f'v{entry.version.number}' if entry.version else f'checked v{entry.check.number}' for entry in entries]

    def test_tells_newest_first_who_changed_what_why_and_how_much_it_matters(self):
        response = self.client.get(self.url)

        self.assertEqual(self.entries(), ['v3', 'v2', 'v1'])
        for words in ('Support can stop a launch.', 'Anna Author', 'We work differently now', 'Small fix'):
            self.assertContains(response, words)

    def test_each_version_leads_to_itself_and_to_what_it_changed(self):
        response = self.client.get(self.url)

        for number in (1, 2, 3):
            self.assertContains(response, f'href="/playbooks/launch/v/{number}/"')
        self.assertContains(response, 'href="/playbooks/launch/compare/2/3/"')
        self.assertNotContains(response, '/compare/0/1/')

    def test_names_an_author_who_has_no_account_and_an_older_source(self):
        publish_text(self.playbook, 'Old.\n', author_name='Grace Gone', restored_number=1, source='restore')

        response = self.client.get(self.url)

        self.assertContains(response, 'Grace Gone')
        self.assertContains(response, 'Brought back from v1')

    def test_checks_stand_above_the_version_they_were_of(self):
        Verification.objects.create(playbook=self.playbook, person=self.author, number=2, remark='Asked support.')

        self.assertEqual(self.entries(), ['v3', 'checked v2', 'v2', 'v1'])
        self.assertContains(self.client.get(self.url), 'Asked support.')

    def test_marks_what_one_has_read_oneself(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=2)
        Acknowledgement.objects.create(playbook=self.playbook, person=make_user(), number=1)

        self.assertContains(self.client.get(self.url), 'You read this', count=1)

    def test_goes_on_on_the_next_page_at_the_same_cost(self):
        self.client.get(self.url)
        with self.assertNumQueries(6):
            self.client.get(self.url)
        for number in range(4, 24):
            publish_text(self.playbook, f'Text {number}.\n', author=make_user())

        with self.assertNumQueries(6):
            first = self.client.get(self.url)
        self.assertContains(first, 'href="/playbooks/launch/history/?page=2"')
        self.assertEqual(self.entries(page=2), ['v3', 'v2', 'v1'])
        self.assertEqual(self.client.get(self.url, {'page': 3}).status_code, 404)

    def test_an_odd_page_number_is_left_out(self):
        response = self.client.get(self.url, {'page': 'last'})

        self.assertContains(response, 'left out: Page')

    def test_what_is_not_shared_has_no_history_either(self):
        make_playbook('pay-bands', versions=2, audience=('Leads',))

        self.assertEqual(self.client.get(reverse('playbooks:history', args=['pay-bands'])).status_code, 404)
