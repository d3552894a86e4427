"""Moving runs to a new version and back: nothing earned is lost, nobody becomes overdue by an edit."""

import datetime as dt

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from playbooks import runs
from playbooks import text as texts
from playbooks.models import Event, Run, RunItem
from playbooks.runs import NotAllowed, NotPossible
from tests.factories import make_playbook, make_track, make_user, publish_text

from .base import MONDAY, NOW, RunTestCase, at, publish, start

ONE = '- [ ] One {#one due=+1wd}\n'
TWO = '- [ ] Two {#two due=+2wd}\n'
THREE = '- [ ] Three {#three due=+20wd signoff=manager}\n'
TRACK = ONE + TWO + THREE
WORDS = {'kept', 'added in v2', 'changed, please check again', 'no longer asked'}


class CarryOverTestCase(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.track = make_track('track', text=TRACK)
        cls.run_ = start(cls.track.current_version, cls.pia)

    def publish(self, text, meanings=None, **more):
        version = publish(self.track, text, by=self.editor, meanings=meanings, **more)
        self.run_.refresh_from_db()
        return version

    def complete(self, key, number=1, **more):
        more.setdefault('now', NOW)
        return runs.complete(run=self.run_, key=key, by=self.pia, shown_number=number, **more)

    def words(self):
        return {key: story.words for key, story in runs.stories(self.run_).items()}

    def everything(self):
        rows = RunItem.objects.filter(run=self.run_).order_by('key')
        return {row.pop('key'): row for row in rows.values()}


class PerKeyTests(CarryOverTestCase):
    def test_in_both_it_keeps_state_credit_and_date(self):
        self.complete('one')
        before = self.everything()
        self.publish(TRACK.replace('One', 'First'))

        self.assertEqual(self.everything(), before)
        self.assertEqual(self.run_.version.number, 2)
        self.assertEqual(set(self.words().values()), {'kept'})

    def test_only_in_the_new_one_it_is_to_do(self):
        self.publish(TRACK + '- [ ] Four {#four due=+20wd}\n')

        row = self.row(self.run_, 'four')
        self.assertEqual((row.state, row.touched, row.due_on), ('to_do', False, dt.date(2026, 11, 30)))
        self.assertEqual(self.words()['four'], 'added in v2')

    def test_only_in_the_old_one_it_stays_beside_the_count(self):
        self.complete('one')
        self.publish(TWO + THREE)

        self.assertEqual(self.words(), {'two': 'kept', 'three': 'kept', 'one': 'no longer asked'})
        self.assertEqual(self.row(self.run_, 'one').done_by, self.pia)
        self.assertEqual(runs.progress(self.run_).words, '0 of 2')

    def test_a_key_that_returns_is_the_same_item_with_the_state_it_had(self):
        self.complete('one')
        self.publish(TWO + THREE)
        self.publish(TRACK)

        self.assertEqual((self.state(self.run_, 'one'), self.words()['one']), ('done', 'kept'))

    def test_a_change_of_substance_asks_to_check_again_what_is_done_and_says_where_it_was_earned(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'One and a half'), {'one': 'substance', 'two': 'substance'})

        story = runs.stories(self.run_)['one']
        self.assertEqual(self.words()['one'], 'changed, please check again')
        self.assertEqual(story.credit, 'done on v1, 2 Nov')
        self.assertEqual(self.states(self.run_), {'one': 'to_confirm', 'two': 'to_do', 'three': 'to_do'})

    def test_a_change_of_wording_asks_nothing(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'The one'), {'one': 'wording'})

        self.assertEqual(self.state(self.run_, 'one'), 'done')

    def test_over_several_versions_the_strongest_meaning_in_between_counts(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'A'), {'one': 'substance'}, choice='leave')
        version = self.publish(TRACK.replace('One', 'B'), {'one': 'wording'}, choice='leave')
        runs.carry_over(run=self.run_, version=version, by=self.pia, now=NOW)

        self.assertEqual(self.state(self.run_, 'one'), 'to_confirm')

    def test_what_was_confirmed_is_not_asked_again_by_a_later_version(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'A'), {'one': 'substance'})
        runs.confirm(run=self.run_, key='one', by=self.pia, shown_number=2)
        self.publish(TRACK.replace('One', 'A!'), {'one': 'wording'})

        self.assertEqual(self.state(self.run_, 'one'), 'done')

    def test_a_change_of_substance_that_came_before_the_key_was_dropped_is_asked_when_it_returns(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'A'), {'one': 'substance'}, choice='leave')
        self.publish(TWO + THREE)
        self.publish(TRACK)

        self.assertEqual(self.state(self.run_, 'one'), 'to_confirm')

    def test_a_different_task_has_a_new_key_and_the_old_credit_stays_with_the_old_one(self):
        self.complete('one')
        self.publish('- [ ] Another {#another}\n' + TWO + THREE, {'another': 'new'})

        self.assertEqual(self.words()['one'], 'no longer asked')
        self.assertEqual(self.states(self.run_)['another'], 'to_do')
        self.assertEqual(self.states(self.run_)['one'], 'done')

    def test_a_new_role_or_sign_off_acts_on_what_nobody_touched(self):
        runs.comment(run=self.run_, key='one', by=self.pia, note='How?')
        self.publish(TRACK.replace('#one', '#one role=buddy').replace('#two', '#two role=buddy optional'))

        self.assertEqual((self.row(self.run_, 'one').role, self.row(self.run_, 'two').role), ('', 'buddy'))
        self.assertTrue(self.row(self.run_, 'two').optional)

    def test_what_awaits_its_sign_off_keeps_its_signer(self):
        self.complete('three')
        self.publish(TRACK.replace('signoff=manager', 'signoff=buddy'))

        self.assertEqual(
            (self.state(self.run_, 'three'), self.row(self.run_, 'three').signoff), ('awaiting', 'manager')
        )

    def test_excused_stays_excused(self):
        runs.waive(run=self.run_, key='one', by=self.manager, reason='already_knows')
        self.publish(TRACK.replace('One', 'A'), {'one': 'substance'})

        self.assertEqual(self.state(self.run_, 'one'), 'waived')

    def test_progress_says_what_was_added(self):
        self.complete('one')
        self.publish(TRACK + '- [ ] Four {#four}\n- [ ] Five {#five optional}\n')

        self.assertEqual(runs.progress(self.run_).words, '1 of 4, 1 added since you started')

    def test_it_is_one_event_for_each_run_with_the_keys_that_changed(self):
        self.complete('one')
        self.publish(TRACK.replace('One', 'A') + '- [ ] Four {#four}\n', {'one': 'substance'})

        event = Event.objects.get(run=self.run_, action='carried_over')
        self.assertEqual(event.data, {'run': {'version': 2}, 'items': {'one': {'state': 'to_confirm'}, 'four': {}}})
        self.assertEqual((event.seq, event.actor), (3, self.editor))


class FloorTests(CarryOverTestCase):
    """Published on Wednesday 18 November: five working days later is Wednesday the 25th."""

    def due(self, key, run=None):
        row = self.row(run or self.run_, key)
        return row.due_on, row.floor_on, row.late_addition

    def test_a_date_that_is_added_leaves_five_working_days(self):
        self.publish(TRACK + '- [ ] Four {#four due=+1wd}\n- [ ] Five {#five due=+30wd}\n', now=at(18))

        self.assertEqual(self.due('four')[:2], (dt.date(2026, 11, 25), dt.date(2026, 11, 25)))
        self.assertEqual(self.due('five')[0], dt.date(2026, 12, 14))

    def test_a_date_brought_forward_leaves_them_too(self):
        self.publish(TRACK.replace('+20wd', '+3wd'), now=at(18))

        self.assertEqual(self.due('three')[0], dt.date(2026, 11, 25))

    def test_what_was_due_sooner_stays_due_then(self):
        self.publish(TRACK.replace('+20wd', '+14wd'), now=at(5))
        self.publish(TRACK.replace('+20wd', '+3wd'), now=at(18))

        self.assertEqual(self.due('three')[0], dt.date(2026, 11, 20))

    def test_a_later_date_is_simply_later(self):
        self.publish(TRACK.replace('+20wd', '+30wd'), now=at(18))

        self.assertEqual(self.due('three'), (dt.date(2026, 12, 14), None, False))

    def test_what_somebody_acted_on_keeps_its_date(self):
        runs.wait_for(run=self.run_, key='three', by=self.pia, whom=self.manager)
        self.publish(TRACK.replace('+20wd', '+30wd'), now=at(18))

        self.assertEqual(self.due('three')[0], dt.date(2026, 11, 30))

    def test_the_floor_holds_when_the_first_day_moves(self):
        self.publish(TRACK + '- [ ] Four {#four due=+1wd}\n', now=at(18))
        runs.move_anchor(run=self.run_, to=dt.date(2026, 10, 26), by=self.manager)

        self.assertEqual(self.due('four')[0], dt.date(2026, 11, 25))

    def test_a_key_that_returns_to_do_is_not_overdue_by_that(self):
        runs.comment(run=self.run_, key='two', by=self.pia, note='How?')
        self.publish(THREE)
        self.publish(TRACK, now=at(18))

        self.assertEqual([self.due(key)[0] for key in ('one', 'two')], [dt.date(2026, 11, 25)] * 2)

    def test_a_late_addition_to_a_launch_never_moves_past_its_day_and_is_not_overdue(self):
        launch = make_playbook('launch', text='- [ ] Plan {#plan due=-5wd}\n')
        run = start(launch.current_version, self.pia, private=False, anchor_on=dt.date(2026, 11, 20))
        publish(launch, '- [ ] Plan {#plan due=-5wd}\n- [ ] Legal {#legal due=-4wd}\n', by=self.editor, now=at(18))

        self.assertEqual(self.due('legal', run)[::2], (dt.date(2026, 11, 20), True))
        self.assertFalse(self.row(run, 'legal').is_overdue(dt.date(2026, 11, 30)))

    def test_a_late_addition_that_gets_another_date_has_five_working_days_again(self):
        launch = make_playbook('launch', text='- [ ] Plan {#plan due=-5wd}\n')
        run = start(launch.current_version, self.pia, private=False, anchor_on=dt.date(2026, 11, 10))
        text = '- [ ] Plan {#plan due=-5wd}\n- [ ] Legal {#legal due=%s}\n'
        publish(launch, text % '-4wd', by=self.editor, now=at(9))
        publish(launch, text % '+1wd', by=self.editor, now=at(18))

        self.assertEqual(self.due('legal', run), (dt.date(2026, 11, 25), dt.date(2026, 11, 25), False))

    def test_nothing_becomes_overdue_whatever_the_new_dates(self):
        self.publish('- [ ] New {#new due=+0d}\n' + TRACK.replace('+20wd', '-3w'), now=at(18))

        overdue = {row.key for row in self.run_.items.all() if row.is_overdue(dt.date(2026, 11, 18))}
        self.assertEqual(overdue, {'one', 'two'})


class WhoMovesTests(CarryOverTestCase):
    def test_finished_and_stopped_runs_are_left_alone(self):
        for key in ('one', 'two'):
            self.complete(key)
        runs.waive(run=self.run_, key='three', by=self.manager, reason='does_not_apply')
        stopped = start(self.track.current_version, self.pia)
        runs.end_run(run=stopped, by=self.manager)
        self.publish(TRACK + '- [ ] Four {#four}\n')

        self.assertEqual(set(Run.objects.values_list('version__number', flat=True)), {1})
        self.assertFalse(RunItem.objects.filter(key='four').exists())

    def test_taking_away_the_last_thing_to_do_finishes_the_run(self):
        self.complete('one')
        self.publish(ONE, now=at(18))
        finished = self.run_.finished_at
        runs.undo_carry_over(run=self.run_, by=self.pia, now=at(19))
        self.run_.refresh_from_db()

        self.assertEqual((finished, self.run_.finished_at, self.run_.outcome), (at(18), None, ''))

    def test_where_each_owner_chooses_nothing_moves_until_they_do(self):
        version = self.publish(TRACK + '- [ ] Four {#four}\n', choice='owner_choice')
        number = self.run_.version.number
        moved = [runs.carry_over(run=self.run_, version=version, by=self.pia) for _ in range(2)]

        self.assertEqual((number, moved), (1, [True, False]))
        self.assertEqual(self.state(self.run_, 'four'), 'to_do')

    def test_a_stranger_moves_nobody_and_nothing_moves_back_or_elsewhere(self):
        old = self.run_.version
        version = self.publish(TRACK + '- [ ] Four {#four}\n', choice='leave')
        other = make_track('other', text=TRACK).current_version

        for person in (self.buddy, self.stranger):
            self.assertRefused(NotAllowed, runs.carry_over, run=self.run_, version=version, by=person)
        self.assertRefused(NotPossible, runs.carry_over, run=self.run_, version=other, by=self.pia)
        runs.carry_over(run=self.run_, version=version, by=self.manager)
        self.assertRefused(NotPossible, runs.carry_over, run=self.run_, version=old, by=self.pia)

    def test_the_impact_is_told_for_each_run_before_anything_happens(self):
        self.complete('one')
        untouched = start(self.track.current_version, self.pia)
        text = ONE.replace('One', 'A') + THREE + '- [ ] Four {#four}\n'
        plan = runs.prepare_carry_over(
            playbook=self.track, document=texts.read(text), meanings={'one': ('substance', 'Why.')}, choice='move_all'
        )

        told = {
            impact.run_id: (impact.owner_name, impact.added, impact.to_check, impact.no_longer_asked)
            for impact in plan.impacts
        }
        self.assertEqual(
            told,
            {
                self.run_.pk: ('Pia New', ('four',), ('one',), ('two',)),
                untouched.pk: ('Pia New', ('four',), (), ('two',)),
            },
        )
        self.assertEqual((plan.finished, self.track.versions.count()), (0, 1))

    def test_who_acted_between_plan_and_publication_loses_nothing(self):
        plan = runs.prepare_carry_over(
            playbook=self.track,
            document=texts.read(TRACK.replace('One', 'A')),
            meanings={'one': ('substance', '')},
            choice='move_all',
            now=NOW,
        )
        self.complete('one')
        late = start(self.track.current_version, self.pia)
        version = publish_text(self.track, TRACK.replace('One', 'A'))
        runs.apply_carry_over(plan=plan, version=version, by=self.editor, now=NOW)

        self.assertEqual((self.state(self.run_, 'one'), self.state(late, 'one')), ('to_confirm', 'to_do'))
        self.assertEqual(set(Run.objects.values_list('version__number', flat=True)), {2})

    def test_carried_over_twice_it_is_carried_over_once(self):
        plan = runs.prepare_carry_over(
            playbook=self.track, document=texts.read(ONE), meanings={}, choice='move_all', now=NOW
        )
        version = publish_text(self.track, ONE)
        moved = [runs.apply_carry_over(plan=plan, version=version, by=self.editor, now=NOW) for _ in range(2)]

        self.assertEqual((moved, self.actions(self.run_)), ([1, 0], ['started', 'carried_over']))

    def test_a_plan_is_good_for_one_version_only(self):
        plan = runs.prepare_carry_over(playbook=self.track, document=texts.read(ONE), meanings={}, choice='move_all')
        publish_text(self.track, TWO)
        version = publish_text(self.track, ONE)

        with self.assertRaises(ValueError):
            runs.apply_carry_over(plan=plan, version=version, by=self.editor)
        self.run_.refresh_from_db()
        self.assertEqual(self.run_.version.number, 1)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_runs(self):
        def queries():
            text = TRACK.replace('One', f'One {self.track.versions.count()}') + ''.join(
                f'- [ ] New {number} {{#new-{number}}}\n' for number in range(self.track.versions.count())
            )
            self.track.refresh_from_db()
            with CaptureQueriesContext(
                connection,
            ) as prepared:
                plan = runs.prepare_carry_over(
                    playbook=self.track,
                    document=texts.read(text),
                    meanings={'one': ('substance', '')},
                    choice='move_all',
                    now=NOW,
                )
            version = publish_text(self.track, text)
            with CaptureQueriesContext(connection) as applied, transaction.atomic():
                runs.apply_carry_over(plan=plan, version=version, by=self.editor, now=NOW)
            return len(prepared), len(applied)

        queries()  # the first one also loads the days that count
        one = queries()
        for number in range(5):
            person = make_user(f'Nina {number}', reports_to=self.manager)
            start(self.track.current_version, person, anchor_on=MONDAY + dt.timedelta(days=number))
        queries()
        self.assertEqual(queries(), one)


class UndoTests(CarryOverTestCase):
    CHANGED = ONE.replace('One', 'A').replace('+1wd', '+9wd') + THREE + '- [ ] Four {#four due=+1wd}\n'

    def undo(self, **more):
        undone = runs.undo_carry_over(run=self.run_, by=more.pop('by', self.pia), now=more.pop('now', NOW))
        self.run_.refresh_from_db()
        return undone

    def test_it_puts_back_version_states_and_dates(self):
        self.complete('one')
        before = self.everything()
        self.publish(self.CHANGED, {'one': 'substance'}, now=at(18))
        self.assertTrue(self.undo())

        self.assertEqual((self.everything(), self.run_.version.number), (before, 1))

    def test_what_somebody_acted_on_since_stays_as_it_is(self):
        self.publish(self.CHANGED, now=at(18))
        self.complete('four', 2)
        runs.comment(run=self.run_, key='one', by=self.pia, note='How?')
        kept = {key: row for key, row in self.everything().items() if key in {'one', 'four'}}
        self.undo()

        self.assertEqual({key: row for key, row in self.everything().items() if key in kept}, kept)
        self.assertEqual(self.words()['four'], 'no longer asked')

    def test_undone_twice_it_is_undone_once(self):
        self.publish(self.CHANGED)

        self.assertEqual((self.undo(), self.undo()), (True, False))
        self.assertEqual(self.actions(self.run_), ['started', 'carried_over', 'carry_over_undone'])

    def test_there_and_back_and_there_again_loses_nothing(self):
        self.complete('one')
        version = self.publish(self.CHANGED, {'one': 'substance'}, now=at(18))
        after = self.everything()
        self.undo()
        runs.carry_over(run=self.run_, version=version, by=self.pia, now=at(18))

        again = self.everything()
        after['four'].pop('id'), again['four'].pop('id')
        self.assertEqual(again, after)

    def test_what_was_confirmed_before_an_undo_is_not_asked_again(self):
        self.complete('one')
        version = self.publish(self.CHANGED, {'one': 'substance'})
        runs.confirm(run=self.run_, key='one', by=self.pia, shown_number=2)
        self.undo()
        runs.carry_over(run=self.run_, version=version, by=self.pia)

        self.assertEqual(self.state(self.run_, 'one'), 'done')

    def test_dates_put_back_count_from_the_day_the_run_has_now(self):
        self.publish(self.CHANGED)
        runs.move_anchor(run=self.run_, to=dt.date(2026, 11, 9), by=self.manager)
        self.undo()

        self.assertEqual(self.row(self.run_, 'one').due_on, dt.date(2026, 11, 10))
        self.assertEqual(self.row(self.run_, 'two').due_on, dt.date(2026, 11, 11))

    def test_a_stranger_undoes_nothing(self):
        self.publish(self.CHANGED)

        for person in (self.buddy, self.stranger):
            self.assertRefused(NotAllowed, runs.undo_carry_over, run=self.run_, by=person)

    def test_a_run_that_never_moved_has_nothing_to_undo(self):
        self.assertFalse(self.undo())
        self.assertEqual(self.actions(self.run_), ['started'])
