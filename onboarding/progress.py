"""Pace, ramp time and the figures behind the drawings: pure functions of the items of one enrollment and a day.

Source of every formula: DESIGN.md, Runs, "Pace", unless the docstring names another. Percent done is never presented
as ramp-up; the two series of the burn-up are for the person's own page only.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from playbooks.calendar import WorkingCalendar

EARNED_STATES = frozenset({'done', 'to_confirm', 'waived'})  # what a page counts as done
FINISHED_STATES = EARNED_STATES | {'awaiting'}  # what pace counts; waiting for somebody comes on top
CLOSED_STATES = frozenset({'done', 'waived'})  # what lets a run end

FIRST_DAY_WITH_PACE = 5
BEHIND_NEEDS_HELP = 5  # more than so many working days behind
IDLE_NEEDS_HELP = 7  # so many working days with nothing finished, while something is overdue
NAMED_CAUSES = 3

PaceStatus = Literal['not_started', 'too_early', 'on_pace', 'behind', 'needs_help', 'finished']
PhaseState = Literal['done', 'current', 'to_come', 'not_open']
Series = list[tuple[date, int]]

NUMBERS = [
    gettext_lazy('no'),
    gettext_lazy('one'),
    gettext_lazy('two'),
    gettext_lazy('three'),
    gettext_lazy('four'),
    gettext_lazy('five'),
    gettext_lazy('six'),
    gettext_lazy('seven'),
    gettext_lazy('eight'),
    gettext_lazy('nine'),
    gettext_lazy('ten'),
]


@dataclass(frozen=True)
class Step:
    """What pace needs to know of one item of an enrollment.

    `waiting` is *waiting for* somebody, set by hand; `finished_on` the day it was completed or excused, if it was.
    """

    key: str
    due: date | None
    required: bool
    state: str
    waiting: bool = False
    finished_on: date | None = None
    milestone: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether it is off the person's hands: done, to confirm, waived, awaiting, or waiting for somebody."""
        return self.waiting or self.state in FINISHED_STATES

    @property
    def is_earned(self) -> bool:
        """Whether a page counts it as done: done, to confirm or waived."""
        return self.state in EARNED_STATES


@dataclass(frozen=True)
class Pace:
    """How an enrollment goes on one day. `causes` and `overdue` are keys in the order of their dates."""

    status: PaceStatus
    days_behind: int
    causes: tuple[str, ...]
    finished: int
    required: int
    overdue: tuple[str, ...]
    next_key: str | None
    days_idle: int = 0


def day_number(day: date, first_day: date, calendar: WorkingCalendar) -> int:
    """Return the number of the working day that a day is, counted from the first day (1); 0 and below before it."""
    return calendar.working_days_between(first_day - timedelta(days=1), day)


def pace(steps: Sequence[Step], today: date, calendar: WorkingCalendar, first_day: date) -> Pace:
    """Say how an enrollment goes today.

    Required items stand in the order of their due dates. With k of them finished (done, to confirm, waived, awaiting,
    waiting for somebody) the person is behind by the working days from the (k+1)-th due date to today if that is past,
    else on pace: whoever has nothing overdue is on pace, always. Needs help: behind by more than five, or nothing
    finished in the last seven working days, today among them, while something is overdue. No pace before the fifth
    working day. Finished: all required items done or waived.

    Three things the text leaves open: an item without a due date has no place in the order and is not counted in k;
    on a weekend after a missed Friday no working day has passed yet, so that is on pace; an optional item is never
    a reason to be behind. Sorting is the cost. Source: DESIGN.md, Runs, Pace.
    """
    required = [step for step in steps if step.required]
    overdue = tuple(step.key for step in _by_due(required) if not step.is_finished and step.due and step.due < today)
    working_day = day_number(today, first_day, calendar)
    days_behind = _days_behind(required, today, calendar)
    days_idle = _days_idle(steps, today, calendar, working_day)

    status: PaceStatus
    if required and all(step.state in CLOSED_STATES for step in required):
        status = 'finished'
    elif today < first_day:
        status = 'not_started'
    elif working_day < FIRST_DAY_WITH_PACE:
        status = 'too_early'
    elif days_behind > BEHIND_NEEDS_HELP or (overdue and days_idle >= IDLE_NEEDS_HELP):
        status = 'needs_help'
    else:
        status = 'behind' if days_behind else 'on_pace'

    is_judged = status in {'behind', 'needs_help'}
    return Pace(
        status=status,
        days_behind=days_behind if is_judged else 0,
        causes=overdue if is_judged else (),
        finished=sum(step.is_earned for step in required),
        required=len(required),
        overdue=overdue,
        next_key=_next_key(steps),
        days_idle=days_idle if is_judged else 0,
    )


def plan_day(steps: Sequence[Step], today: date, calendar: WorkingCalendar, first_day: date) -> int:
    """Return the working day of the plan that the finished work has reached, for the fill of the ramp.

    Behind, it is today's number less the days behind: the day of the (k+1)-th due date. Else it is today, since all
    that the plan asks by now is finished, or the day of the k-th due date where that lies ahead; with everything
    finished, the plan's last day. So the fill stops short of the line for today exactly when `pace` counts days behind.
    Source: LOOK.md, the ramp ("Work done matches the plan for working day 14. Today is working day 17 of 65.").
    """
    dues, finished = _plan(steps)
    if not dues:
        return 0
    last = max(day_number(dues[-1], first_day, calendar), 0)
    if finished == len(dues):
        return last
    working_day = max(day_number(today, first_day, calendar), 0)
    days_behind = _days_behind(steps, today, calendar)
    if days_behind:
        return min(max(working_day - days_behind, 0), last)
    reached = day_number(dues[finished - 1], first_day, calendar) if finished else 0
    return max(min(working_day, last), reached)


@dataclass(frozen=True)
class RampTime:
    """Working days from the first day to each milestone reached, and to the last required item; None: not yet."""

    milestones: tuple[tuple[str, int | None], ...]
    last_required: int | None


def ramp_time(steps: Sequence[Step], first_day: date, calendar: WorkingCalendar) -> RampTime:
    """Measure ramp time: the number of the working day on which each milestone, and the last required item, was done.

    A milestone that was waived, or that still waits for its judgement, was not reached. The last required item counts
    once all are done or waived, and is the last one that was done. Source: DESIGN.md, Runs, Pace ("ramp time is from
    the first day to each milestone and to the last required item").
    """
    done = {step.key: step.finished_on for step in steps if step.state == 'done' and step.finished_on}
    days = {key: max(day_number(day, first_day, calendar), 0) for key, day in done.items()}
    required = [step for step in steps if step.required]
    is_over = bool(required) and all(step.state in CLOSED_STATES for step in required)
    return RampTime(
        milestones=tuple((step.key, days.get(step.key)) for step in steps if step.milestone),
        last_required=max((days[step.key] for step in required if step.key in days), default=None) if is_over else None,
    )


@dataclass(frozen=True)
class PhaseProgress:
    """One phase of a person's track: how much is done, from when to when the plan has it, and where it stands.

    `first_plan_day` and `last_plan_day` are the working days between which the ramp draws it; `is_late` says that its
    last day is past and something of it is open.
    """

    title: str
    anchor: str
    total: int
    done: int
    starts_on: date | None
    ends_on: date | None
    state: PhaseState
    finished_on: date | None
    first_plan_day: int
    last_plan_day: int
    is_late: bool = False


def phase_progress(
    phases: Iterable[tuple[str, str, Sequence[Step]]], today: date, calendar: WorkingCalendar, first_day: date
) -> list[PhaseProgress]:
    """Say where each phase of a track stands.

    Takes title, anchor and items of each phase, in the order of the text. Counted are the required items (a phase of
    optional ones only counts those). A phase ends with its last due date and starts on the working day after the one
    before it; the first starts on the first day, or with its first due date if that comes sooner.
    *Done*: all required items done or waived. *Current*: the first that is not, once the person has started; one at
    most. *To come*: open by its date, or begun. *Not open*: neither. Source: LOOK.md, Components, Ramp.
    """
    found: list[PhaseProgress] = []
    has_started, has_current = today >= first_day, False
    ended_on: date | None = None
    for title, anchor, steps in phases:
        counted = [step for step in steps if step.required] or list(steps)
        dues = [step.due for step in counted if step.due]
        starts_on = calendar.add_working_days(ended_on, 1) if ended_on else min([first_day, *dues])
        ends_on = max(dues, default=None)
        is_done = bool(counted) and all(step.state in CLOSED_STATES for step in counted)
        is_begun = any(step.is_finished for step in counted)
        state: PhaseState = 'done' if is_done else 'not_open'
        if has_started and not is_done:
            opens = 'to_come' if is_begun or starts_on <= today else 'not_open'
            state = opens if has_current else 'current'  # type: ignore[assignment]
            has_current = True
        before = found[-1].last_plan_day if found else min(day_number(starts_on, first_day, calendar) - 1, 0)
        found.append(
            PhaseProgress(
                title=title,
                anchor=anchor,
                total=len(counted),
                done=sum(step.is_earned for step in counted),
                starts_on=starts_on,
                ends_on=ends_on,
                state=state,
                finished_on=max((step.finished_on for step in counted if step.finished_on), default=None)
                if is_done
                else None,
                first_plan_day=before,
                last_plan_day=max(before, day_number(ends_on, first_day, calendar) if ends_on else before),
                is_late=not is_done and ends_on is not None and ends_on < today,
            )
        )
        ended_on = max((day for day in (ended_on, ends_on) if day), default=None)
    return found


def plan_bounds(phases: Sequence[PhaseProgress]) -> tuple[int, ...]:
    """Return the working days between which the ramp draws its segments: one more than there are phases."""
    return (phases[0].first_plan_day, *(phase.last_plan_day for phase in phases)) if phases else (0, 0)


def plan_series(steps: Sequence[Step], first_day: date) -> Series:
    """Return how many required items the plan has finished by each of its dates, from none before the first.

    Items without a date belong to the plan's last day, so that it ends at the number of all that is asked.
    """
    required = [step for step in steps if step.required]
    dues = sorted(step.due for step in required if step.due)
    if not dues:
        return []
    dues += [dues[-1]] * (len(required) - len(dues))
    return _cumulative(dues, start=min(first_day, dues[0]))


def done_series(steps: Sequence[Step], today: date, first_day: date) -> Series:
    """Return how many required items were done or excused by each date on which one was, up to today.

    What was done elsewhere before the first day counts from that day on. Before the first day there is none.
    """
    if today < first_day:
        return []
    days = sorted(
        max(step.finished_on, first_day)
        for step in steps
        if step.required and step.is_earned and step.finished_on and step.finished_on <= today
    )
    series = _cumulative(days, start=first_day)
    return series if series[-1][0] == today else [*series, (today, series[-1][1])]


def number_word(number: int) -> str:
    """Return a number in words up to ten, else in digits, in the language of the reader."""
    return str(NUMBERS[number]) if 0 <= number < len(NUMBERS) else str(number)


def pace_words(pace: Pace, titles: Mapping[str, str]) -> str:
    """Say how it goes and which items cause it: "three working days behind: the renewal call and the interview notes".

    Takes titles by key. It starts in lower case, to stand within a sentence; three causes are named, more are counted.
    Source: LOOK.md, Page anatomy.
    """
    if pace.status not in {'behind', 'needs_help'}:
        return pace_label(pace.status)
    if pace.status == 'needs_help' and pace.days_behind <= BEHIND_NEEDS_HELP:
        words = ngettext(
            'nothing finished for %(number)s working day',
            'nothing finished for %(number)s working days',
            pace.days_idle,
        ) % {'number': number_word(pace.days_idle)}
    else:
        words = ngettext('%(number)s working day behind', '%(number)s working days behind', pace.days_behind) % {
            'number': number_word(pace.days_behind)
        }
    names = [titles.get(key, key) for key in pace.causes]
    if not names:
        return words
    if len(names) > NAMED_CAUSES:
        more = len(names) - NAMED_CAUSES
        names[NAMED_CAUSES:] = [ngettext('%(number)s more', '%(number)s more', more) % {'number': number_word(more)}]
    return _('%(how)s: %(causes)s') % {'how': words, 'causes': get_text_list(names, _('and'))}


def pace_label(status: PaceStatus) -> str:
    """Return the word for a status, in lower case: "on pace", "needs help"."""
    return {
        'not_started': _('not started'),
        'too_early': _('too early to say'),
        'on_pace': _('on pace'),
        'behind': _('behind'),
        'needs_help': _('needs help'),
        'finished': _('finished'),
    }[status]


def _by_due(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.due or date.max)


def _plan(steps: Iterable[Step]) -> tuple[list[date], int]:
    """Return the due dates of the required items that have one, in order, and how many of these items are finished."""
    planned = [(step.due, step.is_finished) for step in steps if step.required and step.due]
    return sorted(due for due, _finished in planned), sum(is_finished for _due, is_finished in planned)


def _days_behind(steps: Iterable[Step], today: date, calendar: WorkingCalendar) -> int:
    dues, finished = _plan(steps)
    if finished == len(dues) or dues[finished] >= today:
        return 0
    return calendar.working_days_between(dues[finished], today)


def _days_idle(steps: Iterable[Step], today: date, calendar: WorkingCalendar, working_day: int) -> int:
    """Count the working days through today since something was finished, at most those since the start."""
    last = max(
        (s.finished_on for s in steps if s.state in FINISHED_STATES and s.finished_on and s.finished_on <= today),
        default=None,
    )
    since_start = max(working_day, 0)
    return min(calendar.working_days_between(last, today), since_start) if last else since_start


def _next_key(steps: Iterable[Step]) -> str | None:
    """The open item that is due first; an optional one only where nothing required is left to do."""
    waiting_to_be_done = [step for step in steps if not step.is_finished]
    first = min(waiting_to_be_done, key=lambda step: (not step.required, step.due or date.max), default=None)
    return first.key if first else None


def _cumulative(days: Sequence[date], *, start: date) -> Series:
    """Count sorted days up: none the day before the first, or at the start, then one point for each day."""
    points = {day: bisect_right(days, day) for day in days}
    if start not in points:
        return [(start, 0), *points.items()]
    return [(start - timedelta(days=1), 0), *points.items()]
