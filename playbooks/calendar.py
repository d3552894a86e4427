"""Working days: which days count, when an item is due, and what an edit may do to a date. Pure: dates in, dates out.

Source of every rule: DESIGN.md, The text of a checklist (`due=`) and Runs (nobody becomes overdue by an edit).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Literal

SATURDAY_AND_SUNDAY = frozenset({5, 6})
DAYS_OF_GRACE = 5  # working days that a carried-over date leaves at least
OFFSET = re.compile(r'([+-]?)([0-9]{1,4})(wd|d|w)')

DueChange = Literal['added', 'brought_forward', 'moved_later', 'unchanged', 'removed']


@dataclass(frozen=True)
class WorkingCalendar:
    """The days on which one run's work counts: no weekend (0 is Monday), no public holiday, no company closing day.

    Counting and adding cost the logarithm of the number of days off, however far apart the dates are.
    """

    days_off: frozenset[date] = frozenset()
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY

    def __post_init__(self) -> None:
        if not self.weekend <= set(range(7)) or len(self.weekend) == 7:
            raise ValueError('A weekend is some of the days 0 (Monday) to 6, and not all of them.')

    def is_working(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.weekday() not in self.weekend and day not in self.days_off

    def next_working(self, day: date) -> date:
        """Return this day if it is a working day, else the first one after it."""
        return self._working_day_number(self._count_through(day.toordinal() - 1) + 1, near=day.toordinal())

    def previous_working(self, day: date) -> date:
        """Return this day if it is a working day, else the last one before it."""
        return self._working_day_number(self._count_through(day.toordinal()), near=day.toordinal())

    def add_working_days(self, day: date, amount: int) -> date:
        """Return the working day that many working days after (before, if negative) a day; 0 is the day itself."""
        if amount == 0:
            return day
        ordinal = day.toordinal()
        if amount > 0:
            return self._working_day_number(self._count_through(ordinal) + amount, near=ordinal)
        return self._working_day_number(self._count_through(ordinal - 1) + 1 + amount, near=ordinal)

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after one day, up to and including another; negative if the other comes first."""
        return self._count_through(end.toordinal()) - self._count_through(start.toordinal())

    @cached_property
    def _missed(self) -> tuple[int, ...]:
        """Days off that would have been working days, as sorted ordinals."""
        return tuple(sorted(day.toordinal() for day in self.days_off if day.weekday() not in self.weekend))

    @cached_property
    def _in_week(self) -> tuple[int, ...]:
        """How many working days the first n days of an ordinal week hold, n = 0..7. Ordinal 1 is a Monday."""
        counts = [0]
        for weekday in range(7):
            counts.append(counts[-1] + (weekday not in self.weekend))
        return tuple(counts)

    def _count_through(self, ordinal: int) -> int:
        """Count the working days from ordinal 1 through this one."""
        weeks, rest = divmod(ordinal, 7)
        return weeks * self._in_week[7] + self._in_week[rest] - bisect_right(self._missed, ordinal)

    def _working_day_number(self, number: int, *, near: int) -> date:
        """Return the day with which the count reaches a number: always a working day.

        Doubles its step away from `near` until the day lies between two bounds, then bisects.
        """
        step = 7
        low, high = near - step, near + step
        while self._count_through(low) >= number:
            low, step = low - step, step * 2
        while self._count_through(high) < number:
            high, step = high + step, step * 2
        return date.fromordinal(bisect_left(range(high + 1), number, lo=max(low, 0), key=self._count_through))


@dataclass(frozen=True)
class Offset:
    """A distance from the anchor, as `due=` gives it: working days (wd), days (d) or weeks (w)."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f'{self.amount:+d}{self.unit}'


@lru_cache(maxsize=1024)
def parse_offset(text: str) -> Offset | None:
    """Read `+5wd`, `-14d`, `+4w` (no sign is plus); an empty text is no date. Raises ValueError for anything else."""
    if not text:
        return None
    found = OFFSET.fullmatch(text)
    if not found:
        raise ValueError(f'{text!r} is no due date: write +3wd, -14d or +4w.')
    sign, amount, unit = found.groups()
    return Offset(-int(amount) if sign == '-' else int(amount), unit)


def due_on(offset: Offset | None, anchor: date, calendar: WorkingCalendar) -> date | None:
    """Return the day an item is due, counted from the anchor; without an offset none.

    A date that falls on a day off moves to the next working day, before the anchor to the one before, so that
    nothing meant to be ready before the launch slips past it. Source: DESIGN.md, The text of a checklist.
    """
    if offset is None:
        return None
    if offset.unit == 'wd':
        day = calendar.add_working_days(anchor, offset.amount)
    else:
        day = anchor + timedelta(days=offset.amount * (7 if offset.unit == 'w' else 1))
    return calendar.previous_working(day) if offset.amount < 0 else calendar.next_working(day)


def due_table(
    offsets: Mapping[str, str | Offset | None], anchor: date, calendar: WorkingCalendar
) -> dict[str, date | None]:
    """Return each key's due date; equal offsets are counted once. Takes the offsets of a version by key."""
    days: dict[Offset | None, date | None] = {}
    table = {}
    for key, given in offsets.items():
        offset = parse_offset(given) if isinstance(given, str) else given
        if offset not in days:
            days[offset] = due_on(offset, anchor, calendar)
        table[key] = days[offset]
    return table


def floor_for(day: date, calendar: WorkingCalendar) -> date:
    """Return the earliest date that a carry-over on this day may give: five working days later (DESIGN.md, Runs)."""
    return calendar.add_working_days(day, DAYS_OF_GRACE)


@dataclass(frozen=True)
class CarriedDue:
    """A run item's dates after a carry-over: when it is due, the floor to keep with it, whether it came too late."""

    due: date | None
    floor: date | None
    late_addition: bool


def due_change(old: date | None, new: date | None) -> DueChange:
    """Say what an edit does to the date of an item that both versions have."""
    if new is None:
        return 'unchanged' if old is None else 'removed'
    if old is None:
        return 'added'
    if new < old:
        return 'brought_forward'
    return 'moved_later' if new > old else 'unchanged'


def carried_due(
    old: date | None,
    new: date | None,
    floor: date,
    kind: DueChange | None = None,
    *,
    anchor: date,
    never_past_anchor: bool,
    held: date | None = None,
) -> CarriedDue:
    """Return an untouched item's due date after a carry-over, so that nobody becomes overdue by an edit.

    Takes the date it has now, the one the new version's offset gives, the floor of this carry-over (`floor_for`),
    what happens to the date (`due_change`; 'added' for an item that is new), and the floor that an earlier carry-over
    left on the run item. `never_past_anchor` is for runs that work towards their anchor, as a launch.

    A date that is added is max(new, floor), one brought forward max(new, min(old, floor)); one moved later or left
    alone is taken as it is, unless an earlier floor still holds. What is kept as the item's floor is the part behind
    "max(new, ...)", so that `hold` gives the same answer again when the anchor moves. Carrying over the same date once
    more changes nothing. Source: DESIGN.md, Runs.
    """
    kind = kind or due_change(old, new)
    if new is None:
        return CarriedDue(None, None, late_addition=False)
    if kind == 'added' or (kind == 'brought_forward' and old is None):
        held = floor
    elif kind == 'brought_forward' and old is not None:
        # an earlier floor lies above `old` only where the anchor cut it off; it must go on saying "added late"
        held = max(held or date.min, min(old, floor))
    return hold(new, held, anchor=anchor, never_past_anchor=never_past_anchor)


def hold(new: date | None, floor: date | None, *, anchor: date, never_past_anchor: bool) -> CarriedDue:
    """Return max(new, floor), but for a step towards the anchor (new <= anchor) of a launch never past the anchor.

    Where the anchor cuts the five days short, the step is a late addition: "added late: do it or skip it with a
    reason", never overdue, whatever the date. Also what to call when the anchor moves, with the item's stored floor.
    Source: DESIGN.md, Runs ("the floor ... stays on the run item and holds when the anchor moves").
    """
    if new is None or floor is None:
        return CarriedDue(new, floor if new else None, late_addition=False)
    due = max(new, floor)
    if never_past_anchor and new <= anchor < due:
        return CarriedDue(anchor, floor, late_addition=True)
    return CarriedDue(due, floor, late_addition=False)
