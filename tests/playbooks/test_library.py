from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import library, search
from playbooks.models import Acknowledgement, Playbook, Run, Verification
from tests.factories import make_area, make_editor, make_playbook, make_user, publish_text
from tests.playbooks.test_playbook import link, start

HTMX = {'HX-Request': 'true'}


def make_shelved(slug, **fields):
    playbook = make_playbook(slug, versions=1, **fields)
    search.index(playbook=playbook, title=playbook.title, plain='Write the promise.')
    return playbook


class LibraryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader')
        cls.owner = make_user('Olga Owner')
        cls.url = reverse('playbooks:library')
        cls.launch = make_shelved('launch', kind='launch-checklist', owner=cls.owner)
        cls.notes = make_shelved('interview-notes', area=make_area('research'))
        make_shelved('pay-bands', audience=('Leads',))

    def setUp(self):
        self.client.force_login(self.reader)

    def shown(self, **query):
        return [row.playbook.slug for row in self.client.get(self.url, query).context['library'].rows]

    def counts(self, facet, **query):
        facets = self.client.get(self.url, query).context['library'].facets
        return {choice.value: choice.count for choice in facets[facet]}

    def test_lists_what_one_may_read_by_title(self):
        make_playbook('unpublished', owner=self.reader)

        self.assertEqual(self.shown(), ['interview-notes', 'launch'])
        self.client.force_login(make_editor())
        self.assertEqual(self.shown(), ['interview-notes', 'launch', 'pay-bands'])

    def test_leads_to_what_waits_and_editors_to_what_they_keep_as_well(self):
        kept_by_editors = [reverse(f'playbooks:{name}') for name in ('links', 'kinds', 'intakes')]
        for_everybody = [reverse(f'playbooks:{name}') for name in ('suggestions', 'questions')]

        page = self.client.get(self.url)
        for address in for_everybody:
            self.assertContains(page, f'href="{address}"')
        for address in kept_by_editors:
            self.assertNotContains(page, f'href="{address}"')

        self.client.force_login(make_editor())
        page = self.client.get(self.url)
        for address in [*for_everybody, *kept_by_editors]:
            self.assertContains(page, f'href="{address}"')

    def test_a_row_says_what_it_is_who_keeps_it_and_where_it_is_used(self):
        track = make_playbook('first-90-days', text='- [ ] x\n', kind='onboarding-track')
        link(track, self.launch)
        start(self.launch, name='Instant Rebooking')
        Verification.objects.create(playbook=self.launch, person=self.owner, number=1)

        response = self.client.get(self.url, {'kind': 'launch-checklist'})

        for words in ('Launch</a>', 'v1', 'Use this for every release.', 'Olga Owner', 'Checked', '1 track', '1 run'):
            self.assertContains(response, words)

    def test_counts_no_track_and_no_run_that_one_may_not_see(self):
        link(make_playbook('secret-track', versions=1, kind='onboarding-track', audience=('Leads',)), self.launch)
        start(self.launch, visibility=Run.Visibility.PRIVATE)

        row = next(row for row in self.client.get(self.url).context['library'].rows if row.playbook == self.launch)

        self.assertEqual((row.tracks, row.runs), (0, 0))

    def test_marks_what_changed_since_one_read_it(self):
        for playbook in (self.launch, self.notes):
            Acknowledgement.objects.create(playbook=playbook, person=self.reader, number=1)
        publish_text(self.launch, 'Other.\n')
        publish_text(self.notes, 'Other.\n', weight='editorial')

        response = self.client.get(self.url)

        self.assertContains(response, 'Changed since you read it', count=1)
        self.assertContains(response, 'href="/playbooks/launch/compare/1/2/"')

    def test_filters_by_area_type_and_tag_and_any_of_several(self):
        self.launch.tags.add('go-live')

        self.assertEqual(self.shown(area='research'), ['interview-notes'])
        self.assertEqual(self.shown(kind='launch-checklist'), ['launch'])
        self.assertEqual(self.shown(tag='go-live'), ['launch'])
        self.assertEqual(self.shown(area=['research', 'process']), ['interview-notes', 'launch'])
        self.assertEqual(self.shown(area='research', kind='launch-checklist'), [])

    def test_counts_beside_a_filter_are_of_what_one_may_see_under_the_other_filters(self):
        self.launch.tags.add('go-live')

        self.assertEqual(self.counts('area'), {'process': 1, 'research': 1})
        self.assertEqual(self.counts('area', kind='launch-checklist'), {'process': 1})
        self.assertEqual(self.counts('area', area='research'), {'process': 1, 'research': 1})
        self.assertEqual(self.counts('kind', tag='go-live'), {'launch-checklist': 1})
        self.assertEqual(self.counts('tag', area='research', tag='go-live'), {'go-live': 0})

    def test_freshness_in_the_database_is_what_the_page_says(self):
        now = timezone.now()
        ages = {'a': (10, 30), 'b': (20, 30), 'c': (29.9, 30), 'd': (31.2, 30), 'e': (400, None), 'f': (200, 30)}
        for slug, (age, every) in ages.items():
            playbook = make_shelved(slug, review_every_days=every)
            Verification.objects.create(playbook=playbook, number=1, at=now - timedelta(days=age))

        rows = self.client.get(self.url).context['library'].rows

        said = {row.playbook.slug: row.freshness.state for row in rows}
        self.assertEqual(said | {'launch': 'never', 'interview-notes': 'never'}, said)
        for state in library.FRESHNESS:
            self.assertEqual(self.shown(fresh=state), sorted(slug for slug in said if said[slug] == state))
        self.assertEqual(self.counts('fresh'), {state: list(said.values()).count(state) for state in library.FRESHNESS})

    def test_sorts_by_title_change_check_and_readers(self):
        publish_text(self.launch, 'Newer.\n', published_at=timezone.now() + timedelta(hours=1))
        Verification.objects.create(playbook=self.notes, number=1, at=timezone.now() + timedelta(hours=2))
        for _ in range(2):
            Acknowledgement.objects.create(playbook=self.launch, person=make_user(), number=1)

        found = {sort: self.shown(sort=sort)[0] for sort in ('title', 'changed', 'checked', 'read')}

        self.assertEqual(
            found, {'title': 'interview-notes', 'changed': 'launch', 'checked': 'interview-notes', 'read': 'launch'}
        )

    def test_words_search_within_the_filters(self):
        self.assertEqual(self.shown(q='interview promise'), ['interview-notes'])
        self.assertEqual(self.shown(q='promise', area='process'), ['launch'])
        self.assertEqual(self.counts('area', q='interview'), {'research': 1})
        self.assertContains(self.client.get(self.url, {'q': 'promise'}), '<mark>promise</mark>')

    def test_found_words_can_be_sorted_too(self):
        self.assertEqual(self.shown(q='promise', sort='title'), ['interview-notes', 'launch'])

    def test_archived_ones_are_left_out_unless_asked_for(self):
        Playbook.objects.filter(pk=self.launch.pk).update(archived_at=timezone.now())

        self.assertEqual(self.shown(), ['interview-notes'])
        self.assertEqual(self.shown(archived='on'), ['launch'])

    def test_pages_of_twenty_without_a_script_and_rows_to_append_with_it(self):
        for number in range(21):
            make_shelved(f'more-{number:02}')

        first, second = self.client.get(self.url), self.client.get(self.url, {'page': 2})
        part = self.client.get(self.url, {'page': 2}, headers=HTMX | {'HX-Target': 'more'})

        self.assertContains(first, 'Show 3 more')
        self.assertContains(first, 'href="/playbooks/?page=2"')
        self.assertEqual(next(row.playbook.slug for row in second.context['library'].rows), 'more-18')
        self.assertContains(second, 'Showing 21 to 23')
        self.assertContains(second, 'href="/playbooks/?page=1"')
        self.assertTemplateNotUsed(part, 'base.html')
        self.assertContains(part, '<tr data-row', count=3)
        self.assertContains(part, 'autofocus', count=1)
        self.assertNotContains(part, 'id="more"')

    def test_a_filter_by_htmx_gives_the_rows_and_the_counts_and_a_restored_page_is_whole(self):
        part = self.client.get(self.url, {'area': 'research'}, headers=HTMX | {'HX-Target': 'results'})
        restored = self.client.get(self.url, headers=HTMX | {'HX-History-Restore-Request': 'true'})

        self.assertTemplateNotUsed(part, 'base.html')
        self.assertContains(part, 'id="results"')
        self.assertContains(part, 'id="facets" hx-swap-oob="true"')
        self.assertTemplateUsed(restored, 'base.html')
        self.assertIn('HX-Request', part.headers['Vary'])

    def test_what_makes_no_sense_is_left_out_and_said(self):
        response = self.client.get(self.url + '?area=nowhere&area=research&sort=loudest&page=minus&fresh=%00')

        self.assertEqual([row.playbook.slug for row in response.context['library'].rows], ['interview-notes'])
        self.assertContains(response, 'left out: ')
        for label in ('Area', 'Sort by', 'Page', 'Freshness'):
            self.assertIn(label, response.context['form'].left_out)

    def test_no_address_breaks_it(self):
        odd = ['?q=%00', '?q=' + 'x' * 5000, '?page=99999999999999999999', '?page=9999', '?tag=%00&tag=', '?archived=x']

        self.assertEqual([self.client.get(self.url + query).status_code for query in odd], [200] * len(odd))

    def test_nothing_found_says_what_to_do(self):
        response = self.client.get(self.url, {'q': 'zebra crossing', 'area': 'research'})

        self.assertContains(response, 'No playbook matches “zebra crossing”')
        self.assertContains(response, 'href="/playbooks/?q=zebra+crossing">Clear filters')

    def test_costs_the_same_with_one_row_and_with_many(self):
        for query, queries in (({'kind': 'launch-checklist'}, 9), ({'q': 'launch'}, 10)):
            self.client.get(self.url, query)
            with self.assertNumQueries(queries):
                self.client.get(self.url, query)
        for number in range(3):
            playbook = make_shelved(f'launch-{number}', kind='launch-checklist', owner=make_user())
            playbook.tags.add(f'tag-{number}')
            start(playbook)
        for query, queries in (({'kind': 'launch-checklist'}, 9), ({'q': 'launch'}, 10)):
            with self.subTest(query), self.assertNumQueries(queries):
                self.assertEqual(len(self.client.get(self.url, query).context['library'].rows), 4)

    def test_it_is_only_read(self):
        self.assertEqual(self.client.post(self.url).status_code, 405)


class ExcerptTests(TestCase):
    def test_is_the_first_line_a_whole_sentence_or_whole_words(self):
        long_line = 'One sentence here. ' + 'word ' * 60

        self.assertEqual(library.excerpt_of('\n  Short. \nSecond line'), 'Short.')
        self.assertEqual(library.excerpt_of(long_line), 'One sentence here.')
        self.assertEqual(library.excerpt_of('word ' * 60), ('word ' * 28).strip() + '…')
        self.assertEqual(library.excerpt_of(''), '')
