"""How one enrollment stands today, for every page that says so: its steps, pace, phases and drawing in one go."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from playbooks.calendar import WorkingCalendar
from playbooks.crew import NEW_PM, OWNER
from playbooks.days import day_in
from playbooks.models import Section
from playbooks.runs import ItemRow

from . import drawing, progress

OWN_ROLES = frozenset({'', OWNER, NEW_PM})
BEGINNING = -1  # the place of the unnamed phase that opens a track


@dataclass(frozen=True, slots=True)
class Phase:
    """A section of a track that holds items. `short` is its title up to a colon, `anchor` its place on the page."""

    position: int
    title: str
    short: str
    anchor: str


@lru_cache(maxsize=256)
def phases_of(version_id: int, text_hash: str) -> dict[int, Phase]:
    """The headings of a version by position (one query, then kept: a version never changes).

    Named by the hash of the text too, as a row's id can come back after a rollback.
    """
    rows = Section.objects.filter(version=version_id).order_by('position').values_list('position', 'title')
    return {
        position: Phase(position, title, title.partition(':')[0].strip() or title, f'phase-{position}')
        for position, title in rows
    }


def by_phase(rows: Iterable[ItemRow], phases: dict[int, Phase], *, beginning: str) -> list[tuple[Phase, list[ItemRow]]]:
    """Sort the items of a run into its phases, in the order of the text; `beginning` names the unnamed first one."""
    found: dict[int, list[ItemRow]] = {}
    for row in rows:
        found.setdefault(BEGINNING if row.task.phase is None else row.task.phase, []).append(row)
    opening = Phase(BEGINNING, beginning, beginning, 'phase-0-beginning')
    return [(phases.get(position, opening), items) for position, items in sorted(found.items())]


def steps_of(rows: Iterable[ItemRow], time_zone: str) -> list[progress.Step]:
    """What pace needs to know of each item; a day is the person's own."""
    return [_step(row, time_zone) for row in rows]


def own_steps(rows: Iterable[ItemRow], time_zone: str) -> list[progress.Step]:
    """The same for the person's own items: nobody is behind because their manager or buddy has not done something."""
    return steps_of((row for row in rows if row.role in OWN_ROLES), time_zone)


def _step(row: ItemRow, time_zone: str) -> progress.Step:
    finished_at = row.waived_at if row.state == 'waived' else row.done_at
    return progress.Step(
        key=row.key,
        due=row.due_on,
        required=not row.optional,
        state=row.state,
        waiting=row.waiting_for_id is not None,
        finished_on=day_in(time_zone, finished_at) if finished_at else None,
        milestone=row.task.milestone,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How an enrollment stands. `words` say the pace and what causes it; `last_day` is the plan's last working day."""

    steps: list[progress.Step]
    pace: progress.Pace
    words: str
    phases: list[progress.PhaseProgress]
    ramp: drawing.Ramp
    working_day: int
    last_day: int
    ends_on: dt.date | None

    @property
    def tone(self) -> drawing.Tone:
        """The class that goes with the pace: warn, late or none."""
        return drawing.tone(self.pace.status)


def standing(
    rows: Sequence[ItemRow],
    phases: Sequence[tuple[Phase, Sequence[ItemRow]]],
    *,
    first_day: dt.date,
    calendar: WorkingCalendar,
    today: dt.date,
    time_zone: str,
    words: str = '',
    is_mini: bool = False,
) -> Standing:
    """Say how an enrollment stands today.

    Takes its items (`runs.rows_of`), sorted into phases (`by_phase`). Pace and the fill of the ramp count the person's
    own items, phases all of them. `words` replace the description of the drawing. No query.
    """
    own = own_steps(rows, time_zone)
    pace = progress.pace(own, today, calendar, first_day)
    parts = progress.phase_progress(
        ((phase.short, phase.anchor, steps_of(items, time_zone)) for phase, items in phases), today, calendar, first_day
    )
    bounds = progress.plan_bounds(parts)
    working_day = progress.day_number(today, first_day, calendar)
    titles = {row.key: f'“{row.task.text}”' for row in rows}
    return Standing(
        steps=own,
        pace=pace,
        words=progress.pace_words(pace, titles),
        phases=parts,
        ramp=drawing.ramp(
            bounds,
            progress.plan_day(own, today, calendar, first_day),
            working_day,
            is_mini=is_mini,
            tone=drawing.tone(pace.status),
            words=words,
        ),
        working_day=working_day,
        last_day=bounds[-1],
        ends_on=max((part.ends_on for part in parts if part.ends_on), default=None),
    )
