"""Today: what somebody does next over all their roles, what waits for them, for whom they wait."""

import datetime as dt

from django.test import TestCase
from django.utils import timezone

from accounts.models import User
from onboarding.today import load_today
from playbooks import runs
from playbooks.models import Acknowledgement
from tests.factories import make_editor, make_enrollment, make_playbook, make_user, publish_text

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)  # a Wednesday; the first day below is the Friday before


class TodayTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.enrollment = make_enrollment(
            by=cls.editor, first_day=dt.date(2026, 11, 20), now=NOON - dt.timedelta(days=9)
        )
        cls.the_run = cls.enrollment.run
        cls.maya = cls.the_run.owner
        cls.manager = cls.maya.reports_to
        cls.buddy = User.objects.get(name='Priya Nair')

    def today(self, who, now=NOON):
        return load_today(User.objects.with_abilities().get(pk=who.pk), now)

    def groups(self, who, now=NOON):
        return {group.title: [line.key for line in group.lines] for group in self.today(who, now).groups}

    def test_what_is_to_do_is_grouped_by_when(self):
        self.assertEqual(
            self.groups(self.maya),
            {'Overdue': ['meet-team'], 'This week': ['call']},
        )
        self.assertEqual(
            self.groups(self.maya, NOON + dt.timedelta(days=1)), {'Overdue': ['meet-team'], 'Today': ['call']}
        )

    def test_the_first_days_have_no_pace_and_later_ones_say_what_is_behind(self):
        self.assertIn('counted from the fifth working day', self.today(self.maya).own.answer)

        said = self.today(self.maya, NOON + dt.timedelta(days=2)).own.answer

        self.assertEqual(
            said,
            'You are three working days behind: “Meet the team” and “Sit in on a call”. '
            'Finish the two overdue items and you are back on it.',
        )

    def test_whoever_has_nothing_overdue_is_on_pace(self):
        for key in ('meet-team', 'call'):
            runs.complete(run=self.the_run, key=key, by=self.maya, shown_number=1, now=NOON)

        self.assertEqual(
            self.today(self.maya, NOON + dt.timedelta(days=2)).own.answer, 'You are on pace: nothing is overdue.'
        )

    def test_a_buddy_sees_their_own_items_and_for_whom(self):
        today = self.today(self.buddy)

        self.assertEqual(self.groups(self.buddy), {'Today': ['show-around']})
        self.assertIn('for Maya Okafor', today.groups[0].lines[0].said)
        self.assertIsNone(today.own)

    def test_what_awaits_a_sign_off_lies_with_the_signer_and_waits_for_the_person(self):
        runs.complete(run=self.the_run, key='planning', by=self.maya, shown_number=1, now=NOON)

        self.assertEqual([line.key for line in self.today(self.manager).to_sign], ['planning'])
        self.assertEqual(self.today(self.manager).headline, 'One sign-off waits for you')
        self.assertEqual([line.key for line in self.today(self.maya).waiting], ['planning'])
        self.assertEqual(self.today(self.buddy).to_sign, [])

    def test_what_waits_for_somebody_is_not_to_do_next(self):
        runs.wait_for(run=self.the_run, key='call', by=self.maya, whom=self.manager, shown_number=1, now=NOON)

        self.assertEqual(self.groups(self.maya), {'Overdue': ['meet-team']})
        self.assertEqual([line.key for line in self.today(self.maya).waiting], ['call'])

    def test_a_launch_lies_beside_the_track_under_its_name(self):
        launch = runs.start_run(
            version=make_playbook(versions=1).current_version,
            owner=self.maya,
            by=self.maya,
            name='Quiet hours',
            anchor_on=dt.date(2026, 12, 2),
            now=NOON,
        )

        lines = [
            line for group in self.today(self.maya).groups for line in group.lines if line.home == f'/runs/{launch.pk}/'
        ]

        self.assertEqual({line.said[0] for line in lines}, {'Quiet hours'})
        self.assertEqual([line.key for line in lines], ['promise', 'rehearse', 'compare'])

    def test_before_the_first_day_it_says_when_the_track_opens(self):
        self.client.force_login(self.maya)
        soon = timezone.localdate() + dt.timedelta(days=20)
        runs.move_anchor(run=self.the_run, to=soon, by=self.editor)

        page = self.client.get('/')

        self.assertContains(page, 'Your track opens on')
        self.assertNotContains(page, 'class="tick"')

    def test_with_nothing_to_do_it_says_so_and_leads_somewhere(self):
        self.client.force_login(make_user())

        page = self.client.get('/')

        self.assertContains(page, '<h1>Nothing is due today</h1>', html=True)
        self.assertContains(page, 'See the playbooks')

    def test_playbooks_that_changed_since_they_were_read_are_named_three_at_most(self):
        for number in range(4):
            playbook = make_playbook(f'page-{number}', versions=1)
            Acknowledgement.objects.create(playbook=playbook, person=self.maya, number=1)
            publish_text(playbook, 'New.', weight='process_change', note=f'Reason {number}.')
        untouched = make_playbook('small', versions=1)
        Acknowledgement.objects.create(playbook=untouched, person=self.maya, number=1)
        publish_text(untouched, 'Typo.', weight='editorial')

        changed = self.today(self.maya).to_read

        self.assertEqual([(one.slug, one.read_number, one.number) for one in changed],
                         [('page-3', 1, 2), ('page-2', 1, 2), ('page-1', 1, 2)])  # fmt: skip
        self.assertEqual(changed[0].note, 'Reason 3.')

    def test_a_restricted_playbook_that_closed_is_not_named(self):
        playbook = make_playbook('closed', versions=1, audience=('Board',))
        Acknowledgement.objects.create(playbook=playbook, person=self.maya, number=1)
        publish_text(playbook, 'Secret.', weight='process_change')

        self.assertEqual(self.today(self.maya).to_read, [])

    def test_the_queries_do_not_grow_with_runs_people_or_items(self):
        """See `load_today`: session and person, six for the desk, and one for each thing its rows say."""
        runs.add_evidence(run=self.the_run, key='notes', by=self.maya, kind='text', text='Mine.')
        self.client.force_login(self.buddy)
        self.client.get('/')
        with self.assertNumQueries(11):
            self.client.get('/')
        for _ in range(2):
            one = make_enrollment(buddy=self.buddy, by=self.editor, manager=make_user())
            runs.add_evidence(run=one.run, key='notes', by=one.run.owner, kind='text', text='Mine.')
            runs.complete(run=one.run, key='notes', by=one.run.owner, shown_number=1)
        runs.complete(run=self.the_run, key='notes', by=self.maya, shown_number=1)
        with self.assertNumQueries(12):  # one more: what waits for the sign-off has work handed in
            self.client.get('/')

    def test_only_looking_is_possible(self):
        self.client.force_login(self.maya)

        self.assertEqual(self.client.post('/').status_code, 405)
