"""What the list of runs and the page of one say in figures and sections."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import User

from . import runs
from .crew import NEW_PM, OWNER, STAND_IN
from .item_lines import ItemLine, offset_label, role_name
from .models import BUDDY, MANAGER, Run, RunItem, Section
from .run_pages import RunPage
from .runs import Checklist, ItemRow


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run in the list: how far it is, and the next thing in it."""

    run: Run
    done: int
    asked: int
    overdue: int
    label: str
    next_text: str
    next_on: date | None


def listed_runs(found: Iterable[Run], *, today: date) -> list[ListedRun]:
    """Say of each run how far it is (three queries for all of them)."""
    listed = list(found)
    rows = runs.rows_of(Run.objects.filter(pk__in=[run.pk for run in listed])) if listed else {}
    return [_listed(run, rows.get(run.pk, []), today) for run in listed]


def _listed(run: Run, rows: list[ItemRow], today: date) -> ListedRun:
    asked = [row for row in rows if not row.optional] or rows
    to_do = [row for row in asked if row.state == RunItem.State.TO_DO]
    first = min(to_do, key=lambda row: (row.due_on or date.max, row.task.position), default=None)
    return ListedRun(
        run=run,
        done=sum(row.is_finished for row in asked),
        asked=len(asked),
        overdue=sum(row.is_overdue(today) for row in rows),
        label=offset_label(today, run.anchor_on),
        next_text=first.task.text if first else '',
        next_on=first.due_on if first else None,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """A run in figures. `label` is today as “T-7”."""

    label: str
    done: int
    asked: int
    overdue: int
    today: int
    to_confirm: int


def tally_of(page: RunPage) -> Tally:
    """Count what a run's page says at its top. No query."""
    asked = [row for row in page.all_rows if not row.optional] or page.all_rows
    today = page.lines.today
    return Tally(
        label=offset_label(today, page.run.anchor_on),
        done=sum(row.is_finished for row in asked),
        asked=len(asked),
        overdue=sum(row.is_overdue(today) for row in page.all_rows),
        today=sum(row.state == RunItem.State.TO_DO and row.due_on == today for row in page.all_rows),
        to_confirm=sum(row.state == RunItem.State.TO_CONFIRM for row in page.all_rows),
    )


@dataclass(frozen=True, slots=True)
class SectionBlock:
    """A section of a run's page with its items."""

    title: str
    anchor: str
    lines: list[ItemLine]
    done: int


def sections_of(page: RunPage) -> list[SectionBlock]:
    """The items by the sections of the text (one query)."""
    found = Section.objects.filter(version=page.run.version_id).values_list('position', 'title')
    titles: Mapping[int, str] = dict(found)
    rows: dict[int, list[ItemRow]] = {}
    for row in page.rows:
        rows.setdefault(-1 if row.task.phase is None else row.task.phase, []).append(row)
    return [
        SectionBlock(
            title=titles.get(position, _('To begin with')),
            anchor=f'section-{position}' if position >= 0 else 'section-beginning',
            lines=page.lines_of(items),
            done=sum(row.is_finished for row in items),
        )
        for position, items in sorted(rows.items())
    ]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role of a run, and how many items that is."""

    role: str
    people: list[User]
    items: int


def holders_of(page: RunPage) -> list[Holder]:
    """Who holds what in a run: its owner first, then the roles of its text in order. No query."""
    crew, known = page.access.crew, page.lines.people
    roles = list(dict.fromkeys([OWNER, *roles_asked_in(page.all_rows), *crew.roles]))
    counts = Counter(row.role or OWNER for row in page.all_rows)
    return [
        Holder(
            _('owner') if role == OWNER else role_name(role),
            [known[pk] for pk in crew.holders(role) if pk in known],
            counts[role],
        )
        for role in roles
    ]


def roles_asked_in(rows: Iterable[ItemRow]) -> list[str]:
    """The roles that items of a run name, for doing and for signing, in the order of the text."""
    return [role for role in dict.fromkeys(role for row in rows for role in (row.role, row.signoff)) if role]


def roles_asked(
    checklist: Checklist, *, private: bool = False, held: Mapping[str, tuple[int, ...]] | None = None
) -> list[str]:
    """The roles that can be filled when a checklist is done: those its text names, those held, and the stand-in."""
    named = dict.fromkeys(role for task in checklist for role in (task.role, task.signoff))
    own = {'', OWNER, *((MANAGER, NEW_PM) if private else ())}
    every = dict.fromkeys([*((BUDDY,) if private else ()), *named, *(held or {}), STAND_IN])
    return [role for role in every if role not in own]
