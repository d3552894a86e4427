"""A run as a whole: how it starts, its dates, its people, how it finishes and stops."""

import datetime as dt

from accounts.models import ClosingDay, Holiday, HolidayCalendar
from playbooks import runs
from playbooks.models import Run, RunItem, RunNote, RunRole
from playbooks.runs import NotAllowed, NotPossible
from tests.factories import make_playbook, make_track, make_user

from .base import MONDAY, NOW, RunTestCase, at, start

TRACK = """\
- [ ] Join {#join due=+1wd}
- [ ] Meet {#meet due=+5wd}
- [ ] Brief {#brief due=+4w signoff=manager}
- [ ] Read {#read}
- [ ] Extra {#extra due=+2wd optional}
"""
LAUNCH = '- [ ] Plan {#plan due=-14d}\n- [ ] Freeze {#freeze due=-2wd}\n- [ ] Look back {#look due=+5wd}\n'


def dates(run):
    return dict(RunItem.objects.filter(run=run).values_list('key', 'due_on'))


class StartTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.track = make_track('track', text=TRACK)
        cls.version = cls.track.current_version

    def test_items_are_to_do_and_dated_from_the_first_day(self):
        run = start(self.version, self.pia)

        self.assertEqual(set(self.states(run).values()), {'to_do'})
        self.assertEqual(
            dates(run),
            {
                'join': dt.date(2026, 11, 3),
                'meet': dt.date(2026, 11, 9),
                'brief': dt.date(2026, 11, 30),
                'read': None,
                'extra': dt.date(2026, 11, 4),
            },
        )
        self.assertEqual((self.actions(run), run.version, run.first_version), (['started'], self.version, self.version))

    def test_the_owners_public_holidays_and_the_companys_closing_days_do_not_count(self):
        calendar = HolidayCalendar.objects.create(code='PT', name='Portugal')
        Holiday.objects.create(calendar=calendar, on=dt.date(2026, 11, 3), name='A day')
        ClosingDay.objects.create(on=dt.date(2026, 11, 4), name='Moving house')
        self.pia.holiday_calendar = calendar
        run = start(self.version, self.pia)

        self.assertEqual(dates(run)['join'], dt.date(2026, 11, 5))

    def test_an_onboarding_is_started_by_the_line_above_or_an_editor(self):
        for person in (self.manager, self.head, self.editor):
            self.assertTrue(start(self.version, self.pia, by=person).pk)
        for person in (self.pia, self.buddy, self.stranger):
            with self.assertRaises(NotAllowed):
                start(self.version, self.pia, by=person)
        self.assertEqual(Run.objects.count(), 3)

    def test_any_other_run_is_started_by_who_may_read_the_playbook(self):
        closed = make_playbook('closed', text=LAUNCH, audience=['Launchers'])

        self.assertTrue(start(make_playbook('open', text=LAUNCH).current_version, self.stranger, private=False).pk)
        with self.assertRaises(NotAllowed):
            start(closed.current_version, self.stranger, private=False)

    def test_without_a_checklist_there_is_nothing_to_start(self):
        with self.assertRaises(NotPossible):
            start(make_track('prose', text='Only words.\n').current_version, self.pia)
        self.assertEqual(Run.objects.count(), 0)

    def test_the_manager_of_an_onboarding_is_not_a_role_to_fill(self):
        with self.assertRaises(NotPossible):
            start(self.version, self.pia, roles={'manager': [self.head]})
        self.assertEqual(RunRole.objects.count(), 0)

    def test_with_a_past_first_day_what_was_done_elsewhere_is_done_and_by_whom_recorded(self):
        run = start(self.version, self.pia, elsewhere={'join': 'On paper.', 'brief': ''}, now=at(18))

        row, note = self.row(run, 'join'), RunNote.objects.get(run=run)
        self.assertEqual((row.state, row.done_by, row.done_for, row.earned_number), ('done', self.manager, self.pia, 1))
        self.assertEqual((note.kind, note.text, note.author), ('elsewhere', 'On paper.', self.manager))
        self.assertEqual(self.actions(run), ['started', 'done_elsewhere', 'done_elsewhere'])

    def test_with_a_past_first_day_the_rest_has_at_least_five_working_days(self):
        run = start(self.version, self.pia, now=at(18))

        five_later = dt.date(2026, 11, 25)
        self.assertEqual(
            dates(run),
            {'join': five_later, 'meet': five_later, 'brief': dt.date(2026, 11, 30), 'read': None, 'extra': five_later},
        )
        self.assertFalse([row for row in run.items.all() if row.is_overdue(dt.date(2026, 11, 18))])

    def test_what_is_done_elsewhere_must_be_an_item(self):
        with self.assertRaises(NotPossible):
            start(self.version, self.pia, elsewhere={'nothing-such': ''})
        self.assertEqual(Run.objects.count(), 0)

    def test_a_launch_close_at_hand_begins_with_nothing_overdue_and_nothing_after_its_day(self):
        launch = make_playbook('launch', text=LAUNCH)
        run = start(launch.current_version, self.pia, private=False, anchor_on=dt.date(2026, 11, 6))

        self.assertEqual(
            {row.key: (row.due_on, row.late_addition) for row in run.items.all()},
            {
                'plan': (dt.date(2026, 11, 6), True),
                'freeze': (dt.date(2026, 11, 4), False),
                'look': (dt.date(2026, 11, 13), False),
            },
        )

    def test_a_run_keeps_what_it_is_called(self):
        run = start(self.version, self.pia, name='  Spring  ')

        self.assertEqual(run.name, 'Spring')


class FinishTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        text = '- [ ] One {#one}\n- [ ] Two {#two signoff=manager}\n- [ ] Three {#three optional}\n'
        cls.run_ = start(make_track('track', text=text).current_version, cls.pia)

    def do(self, action, key, by, **more):
        action(run=self.run_, key=key, by=by, shown_number=1, now=more.pop('now', NOW), **more)
        self.run_.refresh_from_db()

    def test_it_is_finished_when_all_that_is_required_is_done_or_excused(self):
        self.do(runs.complete, 'one', self.pia)
        self.do(runs.complete, 'two', self.pia)
        still_open = self.run_.finished_at
        self.do(runs.sign_off, 'two', self.manager, now=at(5))

        self.assertEqual((still_open, self.run_.finished_at, self.run_.outcome), (None, at(5), 'finished'))

    def test_opening_an_item_again_opens_the_run_again(self):
        self.do(runs.complete, 'one', self.pia)
        self.do(runs.waive, 'two', self.manager, reason='does_not_apply')
        finished = self.run_.finished_at
        self.do(runs.reopen, 'one', self.pia, now=at(5))

        self.assertEqual((finished, self.run_.finished_at, self.run_.outcome), (NOW, None, ''))

    def test_what_is_optional_can_still_be_done(self):
        self.do(runs.complete, 'one', self.pia)
        self.do(runs.waive, 'two', self.manager, reason='does_not_apply')
        self.do(runs.complete, 'three', self.pia)

        self.assertEqual((self.state(self.run_, 'three'), self.run_.finished_at), ('done', NOW))

    def test_stopped_by_who_leads_it_nothing_in_it_changes_any_more(self):
        for person in (self.pia, self.buddy):
            self.assertRefused(NotAllowed, runs.end_run, run=self.run_, by=person)
        self.assertTrue(runs.end_run(run=self.run_, by=self.manager, now=NOW))
        self.assertFalse(runs.end_run(run=self.run_, by=self.manager, now=at(5)))
        self.run_.refresh_from_db()

        self.assertEqual((self.run_.ended_at, self.run_.outcome, self.run_.finished_at), (NOW, 'stopped', None))
        self.assertRefused(NotPossible, runs.complete, run=self.run_, key='one', by=self.pia, shown_number=1)


class MoveTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.run_ = start(make_track('track', text=TRACK).current_version, cls.pia)

    def test_dates_move_and_what_is_done_keeps_its_own(self):
        runs.complete(run=self.run_, key='join', by=self.pia, shown_number=1, now=NOW)
        seen = runs.preview_anchor(self.run_, dt.date(2026, 11, 9))
        runs.move_anchor(run=self.run_, to=dt.date(2026, 11, 9), by=self.manager, now=NOW)

        self.assertEqual([change.key for change in seen], ['meet', 'brief', 'extra'])
        self.assertEqual(
            dates(self.run_),
            {'join': dt.date(2026, 11, 3), 'read': None} | {change.key: change.after for change in seen},
        )
        self.assertEqual(dates(self.run_)['meet'], dt.date(2026, 11, 16))

    def test_looking_first_writes_nothing(self):
        before = dates(self.run_)
        runs.preview_anchor(self.run_, dt.date(2026, 11, 9))
        self.run_.refresh_from_db()

        self.assertEqual((dates(self.run_), self.run_.anchor_on, self.run_.last_seq), (before, MONDAY, 1))

    def test_moved_there_and_back_everything_is_as_it_was(self):
        before = dates(self.run_)
        runs.move_anchor(run=self.run_, to=dt.date(2026, 12, 7), by=self.manager)
        runs.move_anchor(run=self.run_, to=MONDAY, by=self.manager)

        self.assertEqual(dates(self.run_), before)
        self.assertFalse(runs.move_anchor(run=self.run_, to=MONDAY, by=self.manager))

    def test_what_is_opened_again_after_a_move_has_the_date_of_the_new_day(self):
        runs.complete(run=self.run_, key='join', by=self.pia, shown_number=1, now=NOW)
        runs.move_anchor(run=self.run_, to=dt.date(2026, 11, 9), by=self.manager)
        runs.reopen(run=self.run_, key='join', by=self.pia)

        self.assertEqual(dates(self.run_)['join'], dt.date(2026, 11, 10))

    def test_the_five_days_of_grace_hold_when_the_day_moves(self):
        run = start(make_track('late', text=TRACK).current_version, self.pia, now=at(18))
        runs.move_anchor(run=run, to=dt.date(2026, 10, 26), by=self.manager, now=at(18))

        self.assertEqual(dates(run)['join'], dt.date(2026, 11, 25))

    def test_only_who_leads_it_moves_it(self):
        for person in (self.pia, self.buddy, self.stranger):
            self.assertRefused(NotAllowed, runs.move_anchor, run=self.run_, to=dt.date(2026, 12, 7), by=person)


class RoleTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        text = '- [ ] Tour {#tour role=buddy}\n- [ ] Own {#own}\n'
        cls.run_ = start(make_track('track', text=text).current_version, cls.pia, roles={'buddy': [cls.buddy]})

    def test_a_role_passes_on_and_no_state_is_lost(self):
        runs.complete(run=self.run_, key='tour', by=self.buddy, shown_number=1, now=NOW)
        runs.set_role(run=self.run_, role='buddy', people=[self.stranger], by=self.manager)

        self.assertEqual(self.row(self.run_, 'tour').done_by, self.buddy)
        self.assertEqual(list(RunRole.objects.values_list('role', 'person')), [('buddy', self.stranger.pk)])

    def test_given_to_the_same_people_again_nothing_happens(self):
        self.assertFalse(runs.set_role(run=self.run_, role='buddy', people=[self.buddy], by=self.manager))
        self.assertEqual(self.actions(self.run_), ['started'])

    def test_a_role_can_be_left_open_and_its_items_fall_to_the_manager(self):
        runs.set_role(run=self.run_, role='buddy', people=[], by=self.manager)

        self.assertEqual([row.item.key for row in runs.work_for(self.manager)], ['tour'])
        self.assertTrue(runs.complete(run=self.run_, key='tour', by=self.manager, shown_number=1).changed)

    def test_only_who_leads_it_fills_roles_and_owner_and_manager_are_who_they_are(self):
        for person in (self.pia, self.buddy, self.stranger):
            self.assertRefused(
                NotAllowed, runs.set_role, run=self.run_, role='buddy', people=[self.stranger], by=person
            )
        for role in ('manager', 'new-pm', 'owner', ''):
            self.assertRefused(
                NotPossible, runs.set_role, run=self.run_, role=role, people=[self.stranger], by=self.manager
            )

    def test_a_launch_passes_to_another_owner(self):
        wen = make_user('Wen')
        launch = start(make_playbook('launch', text=LAUNCH).current_version, self.pia, private=False)
        runs.set_role(run=launch, role='owner', people=[wen], by=self.pia)
        launch.refresh_from_db()

        self.assertEqual(launch.owner, wen)
        self.assertRefused(NotAllowed, runs.complete, run=launch, key='plan', by=self.pia, shown_number=1)
        self.assertTrue(runs.complete(run=launch, key='plan', by=wen, shown_number=1).changed)
