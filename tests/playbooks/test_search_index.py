from django.test import TestCase

from playbooks import search
from playbooks.models import Playbook
from tests.factories import make_editor, make_playbook, make_user, publish_text

SIGNS = '" a"b AND NOT OR ( ) * a* ^a title:x a-b \' :* & ! <-> \\ NEAR(a,b) {a} % %s {visible} -- ; é 日本語 😀'
ODD = ['', ' ', 'OR OR', "a' | 'b", '\x00', 'x' * 5000, 'word ' * 500, *SIGNS.split()]


def make_indexed(title: str, text: str, **fields) -> Playbook:
    playbook = make_playbook(**fields)
    publish_text(playbook, text, title=title)
    search.index(playbook=playbook, title=title, plain=text)
    return playbook


def titles(results: search.Results) -> list[str]:
    return [str(hit.title_html).replace('<mark>', '').replace('</mark>', '') for hit in results.hits]


class SearchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        make_indexed('Launch checklist', 'Write the promise. Rehearse the rollback before every launch.')
        make_indexed('Interview notes', 'How to write notes that others reuse, at the café after a launch.')
        make_indexed('Pay bands', 'The rollback of salaries.', audience=('Leads',))

    def find(self, query, user=None, **slice_):
        return search.search(query, search.visible(user or self.reader), **slice_)

    def test_a_title_counts_more_than_the_text(self):
        results = self.find('launch')

        self.assertEqual(titles(results), ['Launch checklist', 'Interview notes'])

    def test_all_words_are_asked_for(self):
        results = self.find('write rollback')

        self.assertEqual(titles(results), ['Launch checklist'])
        self.assertTrue(results.matches_all)

    def test_where_no_text_has_all_words_any_will_do_and_it_is_said(self):
        results = self.find('café promise')

        self.assertEqual(set(titles(results)), {'Interview notes', 'Launch checklist'})
        self.assertFalse(results.matches_all)

    def test_the_beginning_of_a_word_is_enough(self):
        self.assertEqual(titles(self.find('rehea')), ['Launch checklist'])

    def test_other_forms_of_a_word_are_found(self):
        self.assertEqual(titles(self.find('interviewing')), ['Interview notes'])

    def test_accents_may_be_left_out(self):
        self.assertEqual(titles(self.find('cafe')), ['Interview notes'])

    def test_what_was_sought_is_marked_and_all_else_escaped(self):
        make_indexed('Tags <b>', 'Never write a < b & "c" <script>alert(1)</script> of a zebra.')

        [hit] = self.find('zebra').hits

        self.assertIn('<mark>zebra</mark>', hit.snippet_html)
        self.assertIn('a &lt; b &amp; &quot;c&quot;', hit.snippet_html)
        self.assertNotIn('<script', hit.snippet_html)
        self.assertEqual(hit.title_html, 'Tags &lt;b&gt;')

    def test_a_restricted_playbook_is_neither_found_nor_counted_by_outsiders(self):
        insider = make_user(groups=('Leads',))

        self.assertEqual(self.find('salaries').total, 0)
        self.assertEqual(self.find('rollback').total, 1)
        self.assertEqual(titles(self.find('salaries', insider)), ['Pay bands'])
        self.assertEqual(titles(self.find('salaries', make_editor())), ['Pay bands'])

    def test_an_archived_playbook_is_not_found(self):
        Playbook.objects.filter(current_version__title='Launch checklist').update(archived_at='2026-01-01T00:00:00Z')

        self.assertEqual(self.find('rehearse').total, 0)

    def test_no_input_is_an_error(self):
        for query in ODD:
            with self.subTest(query=query[:20]):
                self.assertIsInstance(self.find(query), search.Results)

    def test_indexing_again_replaces(self):
        playbook = make_indexed('Old name', 'An xylophone.')

        search.index(playbook=playbook, title='New name', plain='A yardstick.')

        self.assertEqual(self.find('xylophone').total, 0)
        self.assertEqual(titles(self.find('yardstick')), ['New name'])

    def test_reindexing_rebuilds_from_the_current_versions(self):
        for playbook in Playbook.objects.all():
            search.remove(playbook)

        self.assertEqual(len(list(search.reindex())), 3)

        self.assertEqual(titles(self.find('rehearse')), ['Launch checklist'])

    def test_pages_of_results_do_not_overlap(self):
        for number in range(5):
            make_indexed(f'Walrus {number}', 'A walrus.')

        first, second = self.find('walrus', limit=3), self.find('walrus', limit=3, offset=3)

        self.assertEqual((first.total, second.total), (5, 5))
        self.assertEqual(len({*titles(first), *titles(second)}), 5)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_hits(self):
        make_indexed('Only one', 'A quokka.')
        among = search.visible(self.reader)
        with self.assertNumQueries(3):
            search.search('quokka', among)
        for number in range(3):
            make_indexed(f'More {number}', 'A quokka.')

        with self.assertNumQueries(3):
            search.search('quokka', among)
