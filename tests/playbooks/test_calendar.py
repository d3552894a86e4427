"""Working days against a day-by-day count, due dates against DESIGN.md's words, and what an edit may do to a date."""

from datetime import date, timedelta

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.calendar import (
    Offset,
    WorkingCalendar,
    carried_due,
    due_change,
    due_on,
    due_table,
    floor_for,
    hold,
    parse_offset,
)

PLAIN = WorkingCalendar()
YEAR_END = WorkingCalendar(frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}))
DAY = timedelta(days=1)

days = st.dates(date(2025, 12, 1), date(2026, 3, 1))
calendars = st.builds(
    WorkingCalendar, st.frozensets(days, max_size=25), st.frozensets(st.integers(0, 6), min_size=0, max_size=5)
)
offsets = st.builds(Offset, st.integers(-40, 40), st.sampled_from(['wd', 'd', 'w']))


def walk(calendar, day, amount):
    """Step from day to day, counting working days: what `add_working_days` must equal."""
    step = DAY if amount > 0 else -DAY
    while amount:
        day += step
        if calendar.is_working(day):
            amount -= 1 if step is DAY else -1
    return day


def nearest(calendar, day, step):
    while not calendar.is_working(day):
        day += step
    return day


class WorkingCalendarTests(SimpleTestCase):
    def test_weekends_and_days_off_do_not_count(self):
        found = [day for day in range(21, 32) if YEAR_END.is_working(date(2026, 12, day))]

        self.assertEqual(found, [21, 22, 23, 24, 28, 29, 30, 31])

    def test_five_days_over_christmas(self):
        self.assertEqual(YEAR_END.add_working_days(date(2026, 12, 22), 5), date(2026, 12, 30))
        self.assertEqual(YEAR_END.add_working_days(date(2026, 12, 30), -5), date(2026, 12, 22))
        self.assertEqual(YEAR_END.working_days_between(date(2026, 12, 22), date(2026, 12, 30)), 5)

    def test_from_a_day_off_the_first_working_day_is_one(self):
        saturday = date(2026, 11, 21)

        self.assertEqual(PLAIN.add_working_days(saturday, 1), date(2026, 11, 23))
        self.assertEqual(PLAIN.add_working_days(saturday, -1), date(2026, 11, 20))
        self.assertEqual(PLAIN.add_working_days(saturday, 0), saturday)

    def test_another_weekend(self):
        friday_and_saturday = WorkingCalendar(weekend=frozenset({4, 5}))

        self.assertEqual(friday_and_saturday.next_working(date(2026, 11, 20)), date(2026, 11, 22))

    def test_a_week_without_working_days_is_refused(self):
        with self.assertRaises(ValueError):
            WorkingCalendar(weekend=frozenset(range(7)))
        with self.assertRaises(ValueError):
            WorkingCalendar(weekend=frozenset({7}))

    def test_a_closing_of_two_years_is_passed(self):
        start = date(2026, 1, 1)
        closed = WorkingCalendar(frozenset(start + DAY * n for n in range(730)))

        self.assertEqual(closed.next_working(start), date(2028, 1, 3))
        self.assertEqual(closed.previous_working(date(2027, 6, 1)), date(2025, 12, 31))

    def test_decades_are_counted_without_walking_them(self):
        self.assertEqual(PLAIN.working_days_between(date(1930, 1, 1), date(2026, 11, 22)), 25277)
        self.assertEqual(PLAIN.add_working_days(date(1930, 1, 1), 25277), date(2026, 11, 20))

    @settings(max_examples=80, deadline=None)
    @given(calendars, days, st.integers(-60, 60))
    def test_adding_is_walking(self, calendar, day, amount):
        self.assertEqual(calendar.add_working_days(day, amount), walk(calendar, day, amount))

    @settings(max_examples=80, deadline=None)
    @given(calendars, days, days)
    def test_counting_is_walking_and_symmetrical(self, calendar, one, other):
        first, last = sorted([one, other])
        walked = sum(calendar.is_working(first + DAY * n) for n in range(1, (last - first).days + 1))

        self.assertEqual(calendar.working_days_between(first, last), walked)
        self.assertEqual(calendar.working_days_between(last, first), -walked)

    @settings(max_examples=80, deadline=None)
    @given(calendars, days)
    def test_the_nearest_working_days_are_found_by_walking(self, calendar, day):
        self.assertEqual(calendar.next_working(day), nearest(calendar, day, DAY))
        self.assertEqual(calendar.previous_working(day), nearest(calendar, day, -DAY))


class OffsetTests(SimpleTestCase):
    def test_offsets_are_read_and_written_with_their_sign(self):
        written = {text: str(parse_offset(text)) for text in ['+5wd', '-14d', '4w', '+0d']}

        self.assertEqual(written, {'+5wd': '+5wd', '-14d': '-14d', '4w': '+4w', '+0d': '+0d'})
        self.assertIsNone(parse_offset(''))

    def test_anything_else_is_refused(self):
        for text in ['5', 'wd', '+5m', '+5 wd', '2026-11-22', '+12345d', '٣d', '+5wd\n']:
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_offset(text)


class DueOnTests(SimpleTestCase):
    def test_each_unit_from_a_monday(self):
        monday = date(2026, 10, 26)
        table = due_table({'a': '+3wd', 'b': '+5wd', 'c': '+4w', 'd': '+10d', 'e': '', 'f': '+0d'}, monday, PLAIN)

        self.assertEqual(
            table,
            {
                'a': date(2026, 10, 29),
                'b': date(2026, 11, 2),
                'c': date(2026, 11, 23),
                'd': date(2026, 11, 5),
                'e': None,
                'f': monday,
            },
        )

    def test_a_day_off_moves_on_after_the_anchor_and_back_before_it(self):
        launch = date(2026, 11, 25)  # a Wednesday

        self.assertEqual(due_on(Offset(-4, 'd'), launch, PLAIN), date(2026, 11, 20))
        self.assertEqual(due_on(Offset(4, 'd'), launch, PLAIN), date(2026, 11, 30))
        self.assertEqual(due_on(Offset(0, 'wd'), date(2026, 11, 22), PLAIN), date(2026, 11, 23))

    @settings(max_examples=80, deadline=None)
    @given(offsets, days, calendars)
    def test_a_due_date_is_a_working_day_on_the_right_side_of_the_anchor(self, offset, anchor, calendar):
        due = due_on(offset, anchor, calendar)
        length = {'wd': None, 'd': 1, 'w': 7}[offset.unit]
        plain = walk(calendar, anchor, offset.amount) if length is None else anchor + DAY * length * offset.amount

        self.assertEqual(due, nearest(calendar, plain, -DAY if offset.amount < 0 else DAY))
        self.assertTrue(due < anchor if offset.amount < 0 else due >= anchor)


class CarriedDueTests(SimpleTestCase):
    today = date(2026, 11, 23)
    floor = floor_for(today, PLAIN)  # Mon 30 Nov
    launch = date(2026, 12, 18)

    def carry(self, old, new, **given):
        given = {'anchor': self.launch, 'never_past_anchor': True} | given
        found = carried_due(old, new, given.pop('floor', self.floor), **given)
        return found.due, found.floor, found.late_addition

    def test_the_floor_is_five_working_days_on(self):
        self.assertEqual(self.floor, date(2026, 11, 30))

    def test_an_added_date_leaves_five_working_days(self):
        self.assertEqual(self.carry(None, date(2026, 11, 10), kind='added'), (self.floor, self.floor, False))
        self.assertEqual(self.carry(None, date(2026, 12, 8)), (date(2026, 12, 8), self.floor, False))

    def test_a_date_brought_forward_stops_at_the_floor(self):
        self.assertEqual(self.carry(date(2026, 12, 10), date(2026, 11, 24)), (self.floor, self.floor, False))

    def test_a_date_brought_forward_that_was_sooner_than_the_floor_stays_where_it_was(self):
        friday = date(2026, 11, 27)

        self.assertEqual(self.carry(friday, date(2026, 11, 24)), (friday, friday, False))

    def test_a_date_moved_later_is_taken(self):
        self.assertEqual(self.carry(date(2026, 11, 24), date(2026, 11, 26)), (date(2026, 11, 26), None, False))

    def test_a_date_taken_away_is_gone_with_its_floor(self):
        self.assertEqual(self.carry(date(2026, 11, 24), None, held=self.floor), (None, None, False))
        self.assertEqual(self.carry(None, None), (None, None, False))

    def test_a_late_addition_stays_at_the_launch_and_says_so(self):
        launch = date(2026, 11, 26)

        self.assertEqual(self.carry(None, date(2026, 11, 20), anchor=launch), (launch, self.floor, True))

    def test_a_late_addition_is_none_any_more_when_the_launch_moves_on(self):
        moved = hold(date(2026, 12, 4), self.floor, anchor=self.launch, never_past_anchor=True)

        self.assertEqual((moved.due, moved.late_addition), (date(2026, 12, 4), False))

    def test_a_late_addition_stays_one_through_the_next_version(self):
        launch, next_floor = date(2026, 11, 26), floor_for(self.today + DAY, PLAIN)
        again = self.carry(launch, date(2026, 11, 20), anchor=launch, floor=next_floor, held=self.floor)

        self.assertEqual(again, (launch, self.floor, True))

    def test_a_step_after_the_launch_may_move_on(self):
        launch = date(2026, 11, 24)

        self.assertEqual(self.carry(None, date(2026, 11, 25), anchor=launch), (self.floor, self.floor, False))

    def test_an_enrollment_moves_past_its_first_day(self):
        first_day = date(2026, 10, 26)
        found = self.carry(None, date(2026, 10, 23), anchor=first_day, never_past_anchor=False)

        self.assertEqual(found, (self.floor, self.floor, False))

    def test_changes_have_names(self):
        early, late = date(2026, 11, 24), date(2026, 11, 26)
        pairs = [(None, early), (late, early), (early, late), (early, early), (early, None), (None, None)]

        self.assertEqual(
            [due_change(old, new) for old, new in pairs],
            ['added', 'brought_forward', 'moved_later', 'unchanged', 'removed', 'unchanged'],
        )

    @settings(max_examples=150, deadline=None)
    @given(
        old=st.none() | days, new=st.none() | days, today=days, anchor=days, towards=st.booleans(), calendar=calendars
    )
    def test_nobody_becomes_overdue_by_an_edit(self, *, old, new, today, anchor, towards, calendar):
        floor = floor_for(today, calendar)
        found = carried_due(old, new, floor, anchor=anchor, never_past_anchor=towards)
        was_overdue = old is not None and old < today
        is_overdue = found.due is not None and found.due < today and not found.late_addition

        self.assertFalse(is_overdue and not was_overdue)
        if found.late_addition:
            self.assertTrue(towards and found.due == anchor < found.floor)
        if towards and new is not None and new <= anchor:
            self.assertLessEqual(found.due, max(anchor, new))

    @settings(max_examples=150, deadline=None)
    @given(old=st.none() | days, new=days, today=days, anchor=days, later=st.integers(0, 30), towards=st.booleans())
    def test_carrying_the_same_date_again_changes_nothing(self, *, old, new, today, anchor, later, towards):
        towards_anchor = {'anchor': anchor, 'never_past_anchor': towards}
        once = carried_due(old, new, floor_for(today, PLAIN), **towards_anchor)

        floor = floor_for(today + DAY * later, PLAIN)
        twice = carried_due(once.due, new, floor, held=once.floor, **towards_anchor)
        held = hold(new, once.floor, **towards_anchor)

        self.assertEqual((twice.due, twice.late_addition), (once.due, once.late_addition))
        self.assertEqual((held.due, held.late_addition), (once.due, once.late_addition))
