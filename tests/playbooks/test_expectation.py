"""What should get better by a version: said at the publish step, looked at on the day, with honest numbers."""

import datetime as dt

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import expecting, runs
from playbooks.drafts import save_draft, start_draft
from playbooks.expecting import fisher_exact
from playbooks.models import Event, Expectation, Notice, Playbook, Run, RunItem, Version
from tests.factories import make_editor, make_playbook, make_user, publish_text

TEXT = '- [ ] Write the promise {#promise due=-5wd}\n- [ ] Thank everybody {#thank due=+0d}\n'


class FisherTests(SimpleTestCase):
    def test_it_gives_what_is_published_for_known_tables(self):
        """The lady tasting tea; convicts' twins (Fisher 1935); the example of scipy.stats.fisher_exact."""
        for table, p in (
            ((3, 1, 1, 3), 0.4857142857),
            ((4, 0, 0, 4), 0.0285714286),
            ((2, 15, 10, 3), 0.0005367241),
            ((8, 2, 1, 5), 0.0349650350),
            ((3, 5, 0, 5), 0.2307692308),
            ((0, 7, 0, 9), 1.0),
            ((10, 0, 10, 0), 1.0),
        ):
            with self.subTest(table=table):
                self.assertAlmostEqual(fisher_exact(*table), p, places=9)

    def test_sides_and_outcomes_may_be_exchanged(self):
        for a, b, c, d in ((3, 1, 1, 3), (8, 2, 1, 5), (12, 3, 4, 9)):
            self.assertEqual(fisher_exact(a, b, c, d), fisher_exact(c, d, a, b))
            self.assertEqual(fisher_exact(a, b, c, d), fisher_exact(b, a, d, c))


class ExpectingTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.editor, cls.member = make_user('Olga Owner'), make_editor(), make_user('Mina Member')
        cls.playbook = make_playbook('launch', text=TEXT, owner=cls.owner)
        cls.first = cls.playbook.current_version
        cls.now = timezone.now()

    def publish(self, **fields):
        version = publish_text(self.playbook, TEXT + '\nClearer.\n', author=self.owner, **fields)
        return version

    def hope(self, measure='', *, version=None, **more):
        version = version or self.publish(published_at=self.now - dt.timedelta(days=60))
        options = {'text': 'Fewer are stopped', 'look_on': self.now.date(), 'author': self.owner} | more
        return Expectation.objects.create(version=version, playbook=self.playbook, measure=measure, **options)

    def ended(self, version, count, *, outcome='finished', days=10, first=None, **fields):
        """Runs of a version that ended ten days ago."""
        over = self.now - dt.timedelta(days=5)
        made = []
        for _ in range(count):
            one = runs.start_run(version=version, owner=self.member, anchor_on=over.date(), by=self.member)
            values = {'started_at': over - dt.timedelta(days=days), 'outcome': outcome, **fields}
            values |= {'finished_at' if outcome == 'finished' else 'ended_at': over}
            Run.objects.filter(pk=one.pk).update(first_version=first or version, **values)
            made.append(Run.objects.get(pk=one.pk))
        return made

    def finding(self, hoped, user=None):
        hoped = Expectation.objects.select_related('version', 'playbook').get(pk=hoped.pk)
        return expecting.finding_of(hoped, user or self.owner)


class MeasureTests(ExpectingTestCase):
    def counts(self, finding):
        return (finding.before.hits, finding.before.runs, finding.since.hits, finding.since.runs)

    def test_the_example_of_the_issue_is_counted_and_too_few_to_be_sure(self):
        hoped = self.hope('stopped')
        self.ended(self.first, 5)
        self.ended(self.first, 3, outcome='stopped')
        self.ended(hoped.version, 5)

        finding = self.finding(hoped)

        self.assertEqual(self.counts(finding), (3, 8, 0, 5))
        self.assertEqual((finding.verdict, finding.p), ('few', None))
        self.client.force_login(self.owner)
        page = self.client.get(reverse('playbooks:expectation', args=['launch', 2]))
        self.assertContains(page, 'Before: 3 of 8 runs were stopped. Since: 0 of 5, too few to be sure.')

    def test_ten_on_both_sides_are_asked_whether_chance_would_do(self):
        hoped = self.hope('stopped')
        for was, now, verdict in ((8, 1, 'better'), (5, 4, 'chance'), (1, 9, 'worse')):
            with self.subTest(verdict=verdict):
                Run.objects.update(outcome='', finished_at=None, ended_at=None)
                self.ended(self.first, was, outcome='stopped')
                self.ended(self.first, 10 - was)
                self.ended(hoped.version, now, outcome='stopped')
                self.ended(hoped.version, 10 - now)

                finding = self.finding(hoped)

                self.assertEqual(self.counts(finding), (was, 10, now, 10))
                self.assertEqual(finding.verdict, verdict)

    def test_who_changed_over_counts_on_neither_side_and_a_year_is_far_enough_back(self):
        hoped = self.hope('stopped')
        self.ended(hoped.version, 2, first=self.first)
        self.ended(self.first, 1)
        long_ago = self.ended(self.first, 1)[0]
        Run.objects.filter(pk=long_ago.pk).update(finished_at=self.now - dt.timedelta(days=500))

        finding = self.finding(hoped)

        self.assertEqual((self.counts(finding), finding.between), ((0, 1, 0, 0), 2))

    def test_runs_that_the_reader_may_not_see_are_not_counted(self):
        hoped = self.hope('stopped')
        self.ended(self.first, 2)
        Run.objects.update(visibility=Run.Visibility.PRIVATE)

        self.assertEqual(self.finding(hoped).before.runs, 0)
        self.assertEqual(self.finding(hoped, self.editor).before.runs, 2)

    def test_late_is_what_ended_after_its_last_date(self):
        hoped = self.hope('late')
        on_time, late = self.ended(self.first, 2)
        RunItem.objects.filter(run=late).update(due_on=self.now.date() - dt.timedelta(days=20))
        self.ended(self.first, 1, outcome='stopped')

        self.assertEqual(self.counts(self.finding(hoped)), (1, 2, 0, 0), on_time)

    def test_skipped_and_changes_asked_count_a_run_once(self):
        one, other = self.ended(self.first, 2)
        RunItem.objects.filter(run=one).update(state='waived', waived_at=self.now)
        Event.objects.create(run=other, seq=99, action='returned', key='promise')
        Event.objects.create(run=other, seq=100, action='returned', key='promise')
        hoped = self.hope('skipped')

        skipped = self.finding(hoped)
        Expectation.objects.update(measure='returned')
        returned = self.finding(hoped)

        self.assertEqual((self.counts(skipped), self.counts(returned)), ((1, 2, 0, 0), (1, 2, 0, 0)))

    def test_times_are_medians_and_compared_by_who_took_longer_than_most(self):
        hoped = self.hope('time')
        for days in (10, 20, 60):
            self.ended(self.first, 4, days=days)
        few = self.finding(hoped)
        for days in (3, 5, 8):
            self.ended(hoped.version, 4, days=days)

        finding = self.finding(hoped)

        self.assertEqual((few.before.days, few.since.days, few.verdict), (20, None, 'few'))
        self.assertEqual((finding.before.days, finding.since.days, finding.verdict), (20, 5, 'better'))

    def test_without_a_measure_there_are_no_numbers(self):
        self.assertIsNone(self.finding(self.hope()))


class TellingTests(ExpectingTestCase):
    def test_on_the_day_where_they_are_who_hoped_and_who_wrote_it_are_told_once(self):
        self.owner.time_zone = 'Pacific/Auckland'
        self.owner.save()
        version = publish_text(self.playbook, 'x\n', author=self.member)
        self.hope(version=version, look_on=dt.date(2026, 12, 1))
        told = []

        for moment in ('2026-11-30T10:00', '2026-11-30T12:00', '2026-12-01T12:00'):
            now = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
            told.append(expecting.tell_who_hoped(now))

        self.assertEqual(told, [0, 2, 0])
        people = set(Notice.objects.filter(kind='expectation_due').values_list('person__name', flat=True))
        self.assertEqual(people, {'Olga Owner', 'Mina Member'})
        self.assertEqual(
            set(Notice.objects.values_list('path', flat=True)), {reverse('playbooks:expectation', args=['launch', 2])}
        )


class StepTests(ExpectingTestCase):
    def setUp(self):
        self.client.force_login(self.owner)
        playbook = Playbook.objects.select_related('kind', 'current_version').get(slug='launch')
        draft = start_draft(playbook=playbook, author=self.owner)
        save_draft(draft=draft, title='Launch', text=TEXT + '\nMore.\n', fields={}, shown_revision=1)

    def post(self, **data):
        sent = {'note': 'Because.', 'weight': 'clarification', 'revision': 2}
        return self.client.post(reverse('playbooks:playbook_publish', args=['launch']), sent | data)

    def test_it_is_kept_with_the_version(self):
        self.post(better='Fewer launches are stopped', measure='stopped', look_in='14')

        kept = Expectation.objects.get()
        self.assertEqual(
            (kept.version.number, kept.text, kept.measure, kept.author, kept.look_on),
            (2, 'Fewer launches are stopped', 'stopped', self.owner, timezone.localdate() + dt.timedelta(days=14)),
        )

    def test_nothing_said_is_nothing_kept(self):
        self.post(look_in='91')

        self.assertEqual((Version.objects.count(), Expectation.objects.count()), (2, 0))

    def test_bad_input_comes_back_and_publishes_nothing(self):
        today = timezone.localdate().isoformat()
        for data, reason in (
            ({'measure': 'stopped'}, 'Say what should get better'),
            ({'better': 'x', 'look_in': 'on'}, 'Name the day.'),
            ({'better': 'x', 'look_in': 'on', 'look_on': today}, 'Choose a day to come.'),
            ({'better': 'x', 'look_in': '77'}, 'Select a valid choice'),
            ({'better': 'x' * 301}, 'at most 300'),
        ):
            with self.subTest(data=data):
                self.assertContains(self.post(**data), reason, status_code=422)
        self.assertEqual(Version.objects.count(), 1)


class ExpectationPageTests(ExpectingTestCase):
    def setUp(self):
        self.hoped = self.hope('stopped')
        self.url = reverse('playbooks:expectation', args=['launch', 2])

    def test_what_came_of_it_is_kept(self):
        self.client.force_login(self.owner)

        answer = self.client.post(self.url, {'conclusion': 'None was stopped since.'})

        self.assertRedirects(answer, self.url)
        history = self.client.get(reverse('playbooks:history', args=['launch']))
        self.assertContains(history, 'What came of it: None was stopped since.')
        self.hoped.refresh_from_db()
        self.assertEqual(self.hoped.conclusion, 'None was stopped since.')
        self.assertIsNotNone(self.hoped.looked_at)

    def test_another_day_is_a_day_to_be_told_again(self):
        self.client.force_login(self.owner)
        Expectation.objects.update(told_at=self.now)
        day = timezone.localdate() + dt.timedelta(days=30)

        self.client.post(self.url, {'again_on': day.isoformat()})

        self.hoped.refresh_from_db()
        self.assertEqual((self.hoped.look_on, self.hoped.told_at, self.hoped.looked_at), (day, None, None))

    def test_bad_input_is_refused_and_keeps_nothing(self):
        self.client.force_login(self.owner)
        for data in (
            {},
            {'again_on': '2020-01-01'},
            {'again_on': 'x', 'conclusion': 'Said.'},
            {'conclusion': 'x' * 301},
        ):
            with self.subTest(data=data):
                self.assertEqual(self.client.post(self.url, data).status_code, 422)
        self.assertFalse(Expectation.objects.exclude(conclusion='').exists())

    def test_who_only_reads_the_page_is_refused_and_who_may_not_is_told_that_there_is_none(self):
        self.client.force_login(self.member)
        self.assertEqual(self.client.get(self.url).status_code, 403)
        self.playbook.audience.create(name='Board')
        self.assertEqual(self.client.get(self.url).status_code, 404)
        self.client.force_login(self.owner)
        self.assertEqual(self.client.get(reverse('playbooks:expectation', args=['launch', 1])).status_code, 404)

    def test_the_number_of_queries_does_not_depend_on_the_runs(self):
        self.client.force_login(self.owner)
        self.client.get(self.url)
        for count in (1, 3):
            self.ended(self.first, count)
            with self.assertNumQueries(5):
                self.client.get(self.url)
