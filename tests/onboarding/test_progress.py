"""Pace on exact days, and that whoever has nothing overdue is on pace, whatever the plan."""

from dataclasses import replace
from datetime import date, timedelta

from django.test import SimpleTestCase
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.progress import (
    FINISHED_STATES,
    RampTime,
    Step,
    day_number,
    done_series,
    number_word,
    pace,
    pace_label,
    pace_words,
    phase_progress,
    plan_bounds,
    plan_day,
    plan_series,
    ramp_time,
)
from playbooks.calendar import WorkingCalendar

FIRST_DAY = date(2026, 10, 26)  # a Monday
TODAY = date(2026, 11, 17)  # working day 17
CALENDAR = WorkingCalendar(frozenset({date(2026, 12, 25), date(2027, 1, 1)}))
DAY = timedelta(days=1)


def day(number):
    """The working day of that number."""
    return CALENDAR.add_working_days(FIRST_DAY - DAY, number)


def step(key, due, state='to_do', **given):
    """A required item due on that working day; done on its day where it is done."""
    on = day(due) if due else None
    given = {'required': True, 'finished_on': on if state in FINISHED_STATES else None} | given
    return Step(key=key, due=on, state=state, **given)


def measure(steps, today=TODAY):
    return pace(steps, today, CALENDAR, FIRST_DAY)


MAYA = [
    step('hello', 3, 'done'),
    step('read', 10, 'done', finished_on=CALENDAR.add_working_days(FIRST_DAY, 11)),
    step('call', 14),
    step('notes', 15),
    step('metric', 19),
    step('brief', 21, required=False),
]

dates = st.dates(FIRST_DAY - 10 * DAY, FIRST_DAY + 60 * DAY)
steps_lists = st.lists(
    st.builds(
        Step,
        key=st.uuids().map(str),
        due=st.none() | dates,
        required=st.booleans(),
        state=st.sampled_from(['to_do', 'awaiting', 'done', 'to_confirm', 'waived']),
        waiting=st.booleans(),
        finished_on=st.none() | dates,
    ),
    max_size=12,
)


class PaceTests(SimpleTestCase):
    def test_three_working_days_behind_and_why(self):
        found = measure(MAYA)

        self.assertEqual((found.status, found.days_behind, found.causes), ('behind', 3, ('call', 'notes')))
        self.assertEqual((found.finished, found.required, found.next_key), (2, 5, 'call'))

    def test_each_finished_state_counts_and_waiting_stops_the_clock(self):
        for changed in [{'state': state} for state in sorted(FINISHED_STATES)] + [{'waiting': True}]:
            with self.subTest(**changed):
                found = measure([replace(MAYA[2], **changed), *MAYA[:2], *MAYA[3:]])

                self.assertEqual((found.days_behind, found.overdue), (2, ('notes',)))

    def test_work_done_ahead_counts_for_the_order_of_due_dates(self):
        found = measure([step('call', 14), step('later', 30, 'done', finished_on=day(16))])

        self.assertEqual((found.status, found.causes, found.overdue), ('on_pace', (), ('call',)))

    def test_due_today_is_not_behind(self):
        self.assertEqual(measure([step('a', 16, 'done'), step('b', 17)]).status, 'on_pace')

    def test_the_weekend_after_a_missed_friday_is_no_working_day(self):
        steps = [step('a', 13, 'done'), step('friday', 15)]

        found = [measure(steps, today).days_behind for today in (day(15), day(15) + DAY, day(15) + 2 * DAY, day(16))]

        self.assertEqual(found, [0, 0, 0, 1])

    def test_optional_and_undated_items_put_nobody_behind(self):
        found = measure([step('a', 10, required=False), step('b', None), step('c', 16, 'done')])

        self.assertEqual((found.status, found.overdue, found.next_key), ('on_pace', (), 'b'))

    def test_an_undated_item_does_not_make_up_for_a_dated_one(self):
        found = measure([step('undated', None, 'done', finished_on=day(16)), step('a', 15)])

        self.assertEqual((found.status, found.days_behind), ('behind', 2))

    def test_no_pace_before_the_fifth_working_day(self):
        steps = [step('a', 1), step('b', 30)]

        found = [measure(steps, today).status for today in (FIRST_DAY - DAY, day(1), day(4), day(5))]

        self.assertEqual(found, ['not_started', 'too_early', 'too_early', 'behind'])
        self.assertEqual(measure(steps, day(4)).overdue, ('a',))

    def test_more_than_five_days_behind_needs_help(self):
        steps = [step('a', 10, finished_on=None), step('b', 30, 'done', finished_on=day(15)), step('c', 11)]

        found = [measure([*steps], today).status for today in (day(16), day(17))]

        self.assertEqual(found, ['behind', 'needs_help'])

    def test_nothing_finished_in_seven_working_days_needs_help_only_while_something_is_overdue(self):
        steps = [step('a', 10, 'done'), step('late', 14), step('b', 30)]

        found = [measure(steps, today).status for today in (day(16), day(17))]
        nothing_overdue = measure([steps[0], steps[2]], day(25)).status

        self.assertEqual((found, nothing_overdue), (['behind', 'needs_help'], 'on_pace'))

    def test_somebody_who_never_finished_anything_is_idle_since_the_first_day(self):
        steps = [step('a', 4), step('b', 30)]

        found = [(measure(steps, today).status, measure(steps, today).days_idle) for today in (day(6), day(7))]

        self.assertEqual(found, [('behind', 6), ('needs_help', 7)])

    def test_finished_when_all_required_are_done_or_waived(self):
        steps = [step('a', 4, 'done'), step('b', 5, 'waived'), step('c', 6, required=False)]

        self.assertEqual((measure(steps).status, measure(steps).next_key), ('finished', 'c'))
        for state in ('awaiting', 'to_confirm'):
            self.assertEqual(measure([*steps, step('d', 7, state)]).status, 'on_pace')
        self.assertEqual(measure([]).status, 'on_pace')

    @settings(max_examples=200, deadline=None)
    @given(steps_lists, dates)
    def test_pace_is_what_the_design_says(self, steps, today):
        found = measure(steps, today)
        planned = sorted(s.due for s in steps if s.required and s.due)
        finished = sum(s.waiting or s.state in FINISHED_STATES for s in steps if s.required and s.due)
        missed = finished < len(planned) and planned[finished] < today
        behind = CALENDAR.working_days_between(planned[finished], today) if missed else 0

        if found.status in {'behind', 'needs_help', 'on_pace'}:
            self.assertEqual(found.days_behind, behind)
            self.assertEqual(found.status == 'on_pace', not found.days_behind and found.status != 'needs_help')
        else:
            self.assertEqual((found.days_behind, found.causes), (0, ()))
        self.assertEqual(found.status == 'not_started', today < FIRST_DAY and found.status != 'finished')
        if day_number(today, FIRST_DAY, CALENDAR) < 5:
            self.assertIn(found.status, {'not_started', 'too_early', 'finished'})

    @settings(max_examples=200, deadline=None)
    @given(steps_lists, dates)
    def test_whoever_has_nothing_overdue_is_on_pace_always(self, steps, today):
        found = measure(steps, today)

        if not found.overdue:
            self.assertNotIn(found.status, {'behind', 'needs_help'})
        if found.status in {'behind', 'needs_help'}:
            self.assertEqual(found.causes, found.overdue)
            self.assertTrue(found.causes)

    @settings(max_examples=100, deadline=None)
    @given(steps_lists, dates, st.data())
    def test_finishing_something_never_sets_anybody_back(self, steps, today, data):
        if not steps:
            return
        index = data.draw(st.integers(0, len(steps) - 1))
        better = [*steps[:index], replace(steps[index], state='done', finished_on=today), *steps[index + 1 :]]

        self.assertLessEqual(measure(better, today).days_behind, measure(steps, today).days_behind)


class PlanDayTests(SimpleTestCase):
    def reached(self, steps, today=TODAY):
        return plan_day(steps, today, CALENDAR, FIRST_DAY)

    def test_behind_it_is_the_day_of_the_first_due_date_missed(self):
        self.assertEqual(self.reached(MAYA), 14)

    def test_on_pace_it_is_today(self):
        self.assertEqual(self.reached([step('a', 12, 'done'), step('b', 30)]), 17)

    def test_ahead_it_is_the_last_due_date_reached(self):
        self.assertEqual(self.reached([step('a', 12, 'done'), step('b', 20, 'done'), step('c', 30)]), 20)

    def test_everything_finished_is_the_end_of_the_plan(self):
        self.assertEqual(self.reached([step('a', 12, 'done'), step('b', 65, 'waived')]), 65)

    def test_nothing_planned_or_nobody_there_yet_is_nothing(self):
        self.assertEqual(self.reached([step('a', None, 'done')]), 0)
        self.assertEqual(self.reached([step('a', 3)], FIRST_DAY - DAY), 0)

    @settings(max_examples=150, deadline=None)
    @given(steps_lists, dates)
    def test_the_fill_stops_short_of_today_exactly_when_pace_counts_days(self, steps, today):
        steps = [replace(s, due=max(s.due, FIRST_DAY)) if s.due else s for s in steps]
        dues = [s.due for s in steps if s.required and s.due]
        last = day_number(max(dues), FIRST_DAY, CALENDAR) if dues else 0
        now = max(min(day_number(today, FIRST_DAY, CALENDAR), last), 0)
        found, reached = measure(steps, today), self.reached(steps, today)

        self.assertTrue(0 <= reached <= last)
        if found.days_behind:
            self.assertLess(reached, day_number(today, FIRST_DAY, CALENDAR))
            self.assertEqual(reached, min(day_number(today, FIRST_DAY, CALENDAR) - found.days_behind, last))
        elif found.status in {'on_pace', 'finished'}:
            self.assertGreaterEqual(reached, now)


class RampTimeTests(SimpleTestCase):
    def test_from_the_first_day_to_each_milestone_and_the_last_required_item(self):
        steps = [
            step('brief', 10, 'done', milestone=True),
            step('launch', 40, 'done', milestone=True, finished_on=day(44)),
            step('extra', 60, required=False, milestone=True),
            step('last', 50, 'waived', finished_on=day(60)),
        ]

        found = ramp_time(steps, FIRST_DAY, CALENDAR)

        self.assertEqual(found, RampTime((('brief', 10), ('launch', 44), ('extra', None)), 44))

    def test_a_milestone_waived_or_unjudged_is_not_reached_and_an_open_item_holds_the_end(self):
        steps = [step('a', 5, 'awaiting', milestone=True), step('b', 6, 'waived', milestone=True), step('c', 7, 'done')]

        found = ramp_time(steps, FIRST_DAY, CALENDAR)

        self.assertEqual(found, RampTime((('a', None), ('b', None)), None))


class PhaseProgressTests(SimpleTestCase):
    def phases(self, today=TODAY, **changed):
        given = {
            'week1': [step('a', 2, 'done'), step('b', 5, 'waived')],
            'day30': [step('c', 12, 'done'), step('d', 22), step('x', 30, required=False)],
            'day60': [step('e', 44)],
            'day90': [step('f', 65)],
        } | changed
        return phase_progress([(key.title(), key, steps) for key, steps in given.items()], today, CALENDAR, FIRST_DAY)

    def test_phases_follow_each_other_as_on_the_mock_page(self):
        found = self.phases()

        self.assertEqual([p.state for p in found], ['done', 'current', 'not_open', 'not_open'])
        self.assertEqual([(p.done, p.total) for p in found], [(2, 2), (1, 2), (0, 1), (0, 1)])
        self.assertEqual([p.starts_on for p in found], [FIRST_DAY, day(6), date(2026, 11, 25), date(2026, 12, 28)])
        self.assertEqual(found[1].ends_on, date(2026, 11, 24))
        self.assertEqual([p.finished_on for p in found], [day(5), None, None, None])
        self.assertEqual(plan_bounds(found), (0, 5, 22, 44, 65))

    def test_before_the_first_day_nothing_is_open(self):
        found = self.phases(FIRST_DAY - DAY, week1=[step('a', 2)])

        self.assertEqual([p.state for p in found if p.state != 'not_open'], [])

    def test_an_unfinished_phase_stays_current_and_the_next_one_opens_on_its_day(self):
        found = self.phases(date(2026, 11, 25), day90=[step('f', 65, 'awaiting')])

        self.assertEqual([p.state for p in found], ['done', 'current', 'to_come', 'to_come'])
        self.assertEqual([p.is_late for p in found], [False, True, False, False])

    def test_an_item_to_check_again_is_counted_and_holds_its_phase_open(self):
        found = self.phases(week1=[step('a', 2, 'to_confirm')])

        self.assertEqual((found[0].state, found[0].done, found[0].total), ('current', 1, 1))

    def test_a_phase_before_the_first_day_has_room_of_its_own(self):
        before = replace(step('laptop', 1), due=date(2026, 10, 21))
        found = self.phases(week1=[before])

        self.assertEqual(found[0].starts_on, date(2026, 10, 21))
        self.assertEqual(plan_bounds(found), (-3, -2, 22, 44, 65))

    def test_phases_without_dates_or_items_take_no_days(self):
        found = self.phases(day30=[], day60=[step('e', None)])

        self.assertEqual(plan_bounds(found), (0, 5, 5, 5, 65))
        self.assertEqual(plan_bounds([]), (0, 0))


class SeriesTests(SimpleTestCase):
    def test_the_plan_ends_at_all_that_is_asked(self):
        found = plan_series(
            [step('a', 3), step('b', 3), step('c', None), step('d', 9), step('e', 20, required=False)], FIRST_DAY
        )

        self.assertEqual(found, [(FIRST_DAY, 0), (day(3), 2), (day(9), 4)])

    def test_a_due_date_on_the_first_day_still_begins_with_none(self):
        self.assertEqual(plan_series([step('a', 1)], FIRST_DAY), [(FIRST_DAY - DAY, 0), (FIRST_DAY, 1)])

    def test_what_is_done_counts_up_to_today(self):
        steps = [
            step('a', 3, 'done', finished_on=FIRST_DAY - 30 * DAY),
            step('b', 3, 'to_confirm'),
            step('c', 4, 'awaiting'),
            step('d', 5, 'waived', finished_on=day(3)),
            step('e', 5, 'done', required=False),
        ]

        found = done_series(steps, TODAY, FIRST_DAY)

        self.assertEqual(found, [(FIRST_DAY - DAY, 0), (FIRST_DAY, 1), (day(3), 3), (TODAY, 3)])

    def test_nothing_yet(self):
        self.assertEqual(plan_series([step('a', None)], FIRST_DAY), [])
        self.assertEqual(done_series([step('a', 3)], FIRST_DAY, FIRST_DAY), [(FIRST_DAY, 0)])
        self.assertEqual(done_series([step('a', 3)], FIRST_DAY - DAY, FIRST_DAY), [])

    @settings(max_examples=100, deadline=None)
    @given(steps_lists, dates)
    def test_both_only_rise_and_never_past_what_is_required(self, steps, today):
        required = sum(s.required for s in steps)

        for series in (plan_series(steps, FIRST_DAY), done_series(steps, today, FIRST_DAY)):
            self.assertEqual([on for on, _count in series], sorted({on for on, _count in series}))
            counts = [count for _on, count in series]
            self.assertEqual(counts, sorted(counts))
            self.assertLessEqual(counts[-1] if counts else 0, required)


class WordsTests(SimpleTestCase):
    titles = {'call': 'the renewal call', 'notes': 'the interview notes', 'c': 'C', 'd': 'D', 'e': 'E'}

    def test_behind_says_how_far_and_why(self):
        self.assertEqual(
            pace_words(measure(MAYA), self.titles),
            'three working days behind: the renewal call and the interview notes',
        )

    def test_one_day_and_more_than_ten(self):
        one, many = measure(MAYA, day(15)), measure(MAYA, day(26))

        self.assertEqual(pace_words(one, self.titles), 'one working day behind: the renewal call')
        self.assertEqual(
            pace_words(many, {'call': 'A', 'notes': 'B', 'metric': 'C'}), '12 working days behind: A, B and C'
        )

    def test_many_causes_are_counted(self):
        steps = [step(key, 14) for key in ('call', 'notes', 'c', 'd', 'e')] + [step('a', 13, 'done')]

        self.assertEqual(
            pace_words(measure(steps), self.titles),
            'three working days behind: the renewal call, the interview notes, C and two more',
        )

    def test_idle_says_since_when(self):
        found = measure([step('a', 10, 'done'), step('call', 14)], day(17))

        self.assertEqual(pace_words(found, self.titles), 'nothing finished for seven working days: the renewal call')

    def test_the_other_states_in_a_word_or_two(self):
        found = [pace_words(measure([step('a', 20)], today), {}) for today in (FIRST_DAY - DAY, FIRST_DAY, day(10))]

        self.assertEqual(found, ['not started', 'too early to say', 'on pace'])
        self.assertEqual(pace_label('needs_help'), 'needs help')

    def test_numbers_are_words_up_to_ten(self):
        with translation.override('en'):
            self.assertEqual([number_word(n) for n in (0, 1, 10, 11, -1)], ['no', 'one', 'ten', '11', '-1'])
