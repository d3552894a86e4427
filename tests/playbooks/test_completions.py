"""What the editor offers for titles, addresses and names that are being typed."""

from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse

from playbooks.actions import archive
from playbooks.limits import is_within
from playbooks.views import writing
from tests.factories import make_editor, make_playbook, make_user, publish_text


class CompletionsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.writer = make_user('Willa Writer')
        cls.playbook = make_playbook('launch', versions=1)
        cls.url = reverse('playbooks:completions', args=['launch'])

    def setUp(self):
        cache.clear()
        self.client.force_login(self.writer)

    def offered(self, what, typed):
        return [one['text'] for one in self.client.get(self.url, {'what': what, 'typed': typed}).json()['options']]

    def test_titles_come_as_links_those_that_begin_with_it_first(self):
        make_playbook('pricing-review', versions=1)
        make_playbook('review-of-tools', versions=1)

        self.assertEqual(self.offered('title', 'review'), ['[[Review of tools]]', '[[Pricing review]]'])
        self.assertEqual(self.offered('address', 'review'), ['playbook:review-of-tools', 'playbook:pricing-review'])

    def test_a_title_that_brackets_cannot_hold_is_linked_by_its_address(self):
        publish_text(make_playbook('tools'), 'About them.\n', title='Tools [all]')

        self.assertEqual(self.offered('title', 'tools'), ['[Tools all](playbook:tools)'])

    def test_nothing_is_offered_that_they_may_not_read_or_that_is_not_there(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))
        make_playbook('pay-not-published')
        archive(playbook=make_playbook('pay-archived', versions=1), by=make_editor())

        self.assertEqual(self.offered('title', 'pay'), [])
        self.assertEqual(self.offered('address', 'pay'), [])
        self.client.force_login(make_user('Lea', groups=('Leads',)))
        self.assertEqual(self.offered('title', 'pay'), ['[[Pay bands]]'])

    def test_people_are_those_who_can_sign_in_and_read_the_page(self):
        for name in ('Anna Able', 'Annika Away'):
            make_user(name, is_active=name == 'Anna Able')
        self.assertEqual(self.offered('person', 'ann'), ['@Anna Able'])

        restricted = make_playbook('pay-bands', versions=1, audience=('Leads',), owner=make_user('Annelie Owner'))
        make_user('Annabel Lead', groups=('Leads',))
        editor = make_editor('Anne Editor')
        self.client.force_login(editor)
        url = reverse('playbooks:completions', args=[restricted.slug])
        found = self.client.get(url, {'what': 'person', 'typed': 'ann'}).json()['options']
        self.assertEqual([one['label'] for one in found], ['Annabel Lead', 'Anne Editor', 'Annelie Owner'])

    def test_at_most_eight_in_one_query_however_many_there_are(self):
        counts = []
        for number in (1, 20):
            for one in range(number):
                make_playbook(f'guide-{number}-{one}', versions=1)
                make_user(f'Gus {number} {one}')
            for what in ('title', 'address', 'person'):
                with self.assertNumQueries(4):
                    counts.append(len(self.offered(what, 'gu')))
        self.assertEqual(counts, [1, 1, 1, 8, 8, 8])

    def test_what_cannot_be_asked_offers_nothing(self):
        for asked in ({}, {'what': 'secrets', 'typed': 'x'}, {'what': 'title', 'typed': 'x' * 81}):
            answer = self.client.get(self.url, asked)

            self.assertEqual((answer.status_code, answer.json()), (422, {'options': []}))

    def test_asking_without_end_is_told_to_wait(self):
        for _ in range(writing.COMPLETIONS_A_MINUTE):
            is_within('completions', self.writer, most=writing.COMPLETIONS_A_MINUTE, seconds=60)

        self.assertEqual(self.client.get(self.url, {'what': 'title', 'typed': ''}).status_code, 429)

    def test_it_is_only_read_and_not_there_for_whoever_may_not_read_the_page(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))

        self.assertEqual(self.client.post(self.url).status_code, 405)
        self.assertEqual(self.client.get(reverse('playbooks:completions', args=['pay-bands'])).status_code, 404)
