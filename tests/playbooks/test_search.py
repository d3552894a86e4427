from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.actions import archive
from playbooks.models import Playbook, Verification
from tests.factories import make_area, make_editor, make_user
from tests.playbooks.test_library import make_shelved
from tests.playbooks.test_search_index import ODD, make_indexed


class SearchPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.url = reverse('playbooks:search')
        make_indexed(
            'Launch checklist', 'Write the promise. Rehearse the rollback & tell R&D before it.', slug='launch'
        )
        make_indexed('Interview notes', 'How to write notes.', slug='notes', area=make_area('research'))
        make_indexed('Pay bands', 'The rollback of salaries.', slug='pay-bands', audience=('Leads',))

    def setUp(self):
        self.client.force_login(make_user())

    def found(self, **query):
        return [hit.slug for hit in self.client.get(self.url, query).context['results'].hits]

    def test_shows_the_passage_with_the_words_marked_and_nothing_else_as_html(self):
        response = self.client.get(self.url, {'q': 'rollback'})

        self.assertContains(response, 'Rehearse the <mark>rollback</mark> &amp; tell R&amp;D before it.')
        self.assertContains(response, '<b class="num">1 playbook</b>')
        self.assertContains(response, 'value="rollback"')

    def test_finds_and_counts_only_what_one_may_read(self):
        self.assertEqual(self.found(q='rollback'), ['launch'])
        self.client.force_login(make_editor())
        self.assertEqual(sorted(self.found(q='rollback')), ['launch', 'pay-bands'])

    def test_says_beside_a_hit_that_it_is_due_for_checking_or_overdue_and_nothing_beside_others(self):
        ages = {'Late rollback': 100, 'Near rollback': 85, 'Fresh rollback': 5}
        for title, age in ages.items():
            page = make_indexed(title, 'Text.', slug=title.split()[0].lower(), review_every_days=90)
            Verification.objects.create(playbook=page, number=1, at=timezone.now() - timedelta(days=age))

        response = self.client.get(self.url, {'q': 'rollback'})

        states = {hit.slug: hit.freshness.state for hit in response.context['results'].hits}
        self.assertEqual(states, {'late': 'overdue', 'near': 'soon', 'fresh': 'checked', 'launch': 'never'})
        self.assertContains(response, 'Not checked for 3 months', count=1)
        self.assertContains(response, 'Review due', count=1)
        self.assertNotContains(response, 'Not checked yet')

    def test_what_is_archived_is_left_out_and_found_where_one_asks_for_it(self):
        archive(playbook=Playbook.objects.get(slug='launch'), by=make_editor())

        self.assertEqual(self.found(q='rollback'), [])
        page = self.client.get(self.url, {'q': 'rollback'})
        self.assertContains(page, 'href="/playbooks/?q=rollback&amp;archived=on"')
        self.assertContains(self.client.get('/playbooks/?q=rollback&archived=on'), 'href="/playbooks/launch/"')

    def test_narrows_by_area_and_type(self):
        self.assertEqual(self.found(q='write', area='research'), ['notes'])
        self.assertEqual(self.found(q='write', kind='guide', area='process'), ['launch'])
        self.assertEqual(self.found(q='write', kind='ritual'), [])

    def test_says_that_only_some_of_the_words_were_found(self):
        self.assertContains(self.client.get(self.url, {'q': 'rollback unicorn'}), 'None has all of these words')

    def test_twenty_to_a_page(self):
        for number in range(21):
            make_shelved(f'more-{number}')

        first = self.client.get(self.url, {'q': 'promise'})
        second = self.client.get(self.url, {'q': 'promise', 'page': 2})

        self.assertContains(first, 'href="/search/?q=promise&amp;page=2"')
        self.assertEqual(len(second.context['results'].hits), 2)
        self.assertContains(second, 'href="/search/?q=promise&amp;page=1"')

    def test_htmx_gets_the_hits_alone(self):
        response = self.client.get(self.url, {'q': 'promise'}, headers={'HX-Request': 'true'})

        self.assertTemplateNotUsed(response, 'base.html')
        self.assertContains(response, 'id="hits"')

    def test_nothing_found_says_what_to_do_and_keeps_the_words(self):
        response = self.client.get(self.url, {'q': 'zebra', 'area': 'research'})

        self.assertContains(response, 'No playbook matches “zebra”')
        self.assertContains(response, 'href="/search/?q=zebra">Clear filters')

    def test_no_input_is_an_error(self):
        for words in ODD:
            with self.subTest(words):
                self.assertEqual(self.client.get(self.url, {'q': words}).status_code, 200)
        for query in ('?page=x', '?page=-3', '?page=' + '9' * 30, '?area=%00&kind=x', '?q=write&page=50'):
            with self.subTest(query):
                self.assertEqual(self.client.get(self.url + query).status_code, 200)

    def test_costs_the_same_with_one_hit_and_with_many(self):
        self.client.get(self.url, {'q': 'rehearse'})
        with self.assertNumQueries(7):
            self.client.get(self.url, {'q': 'rehearse'})
        for number in range(3):
            make_indexed(f'Rehearsal {number}', 'Rehearse it.', owner=make_user())
        with self.assertNumQueries(7):
            self.client.get(self.url, {'q': 'rehearse'})

    def test_it_is_only_read(self):
        self.assertEqual(self.client.post(self.url).status_code, 405)
