"""Moving runs to a newer version, and back: nothing earned is lost, nobody becomes overdue by an edit.

`prepare_carry_over` works out everything without a lock; `apply_carry_over` locks, works out again only what has
changed since, and writes. Source: DESIGN.md, Runs (Carry-over, floors, Undo) and Bones (Fast by shape).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from ..calendar import CarriedDue, WorkingCalendar, carried_due, due_on, floor_for, parse_offset
from ..days import calendar_of, day_in
from ..ledger import ITEM_FACTS, SCHEMA, Action, plain
from ..models import Event, ItemChange, Kind, Playbook, Run, RunItem, Version
from ..permissions import can_read
from ..text import Document
from .checklists import Checklist, Task, checklist_of, checklists, of_document
from .recording import (
    FINISHED,
    NotAllowed,
    NotPossible,
    State,
    insert_many,
    is_finished,
    locked,
    substances,
    update_many,
)

WRITTEN = ('state', 'role', 'signoff', 'optional', 'due', 'due_on', 'floor_on', 'late_addition')
READ = ('pk', 'run_id', 'key', 'touched', 'confirmed_number', *WRITTEN)


@dataclass(frozen=True, slots=True)
class Under:
    """A run under way, as much of it as a carry-over needs."""

    pk: int
    name: str
    owner_id: int
    owner_name: str
    time_zone: str
    visibility: str
    version_id: int
    number: int
    text_hash: str
    anchor_on: date
    calendar_id: int | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class RunImpact:
    """What a carry-over does to one run, by keys; a run that it leaves where it is has nothing in it."""

    run_id: int
    name: str
    owner_id: int
    owner_name: str
    private: bool
    from_number: int
    added: tuple[str, ...] = ()
    to_check: tuple[str, ...] = ()
    no_longer_asked: tuple[str, ...] = ()
    redated: tuple[str, ...] = ()

    @property
    def keeps_everything(self) -> bool:
        """Whether nothing is new, to be checked again or gone."""
        return not (self.added or self.to_check or self.no_longer_asked)


@dataclass(slots=True)
class Carry:
    """What is to be written for one run: rows that differ, new rows, and whether that finishes it."""

    run: Under
    impact: RunImpact
    updates: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    inserts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    finishes: bool = False


@dataclass(slots=True)
class CarryOverPlan:
    """What publishing a text will do to the runs under way; nothing is written yet.

    `impacts` has every run under way, `finished` counts those that are left alone because they are finished.
    """

    playbook_id: int
    target: Checklist
    substances: dict[str, int]
    moves: bool
    carries: dict[int, Carry]
    impacts: list[RunImpact]
    finished: int


def prepare_carry_over(
    *,
    playbook: Playbook,
    document: Document,
    meanings: Mapping[str, tuple[str, str]],
    choice: str,
    now: datetime | None = None,
) -> CarryOverPlan:
    """Work out what the next version does to every run under way (no lock; a fixed number of queries).

    `meanings` are those of the new version by key, as (meaning, reason); `choice` a `Kind.OnPublish`: only "move all"
    moves anybody, the impact is told in any case.
    """
    current = playbook.current_version
    number = current.number + 1 if current else 1
    target = of_document(document, number)
    changes = substances(playbook.pk, up_to=number)
    changes |= {key: number for key, (meaning, _why) in meanings.items() if meaning == ItemChange.Meaning.SUBSTANCE}
    runs = _under_way(Run.objects.filter(playbook=playbook).active())
    carries = _work_out(runs, target, changes, now or timezone.now())
    return CarryOverPlan(
        playbook_id=playbook.pk,
        target=target,
        substances=changes,
        moves=choice == Kind.OnPublish.MOVE_ALL,
        carries=carries,
        impacts=[carries[run.pk].impact for run in runs],
        finished=Run.objects.filter(playbook=playbook, finished_at__isnull=False).count(),
    )


@transaction.atomic
def apply_carry_over(*, plan: CarryOverPlan, version: Version, by: User | None, now: datetime | None = None) -> int:
    """Carry the runs under way over to a version just published, inside its transaction; returns how many.

    Locks them in the order of their ids. Those that somebody acted on since the plan was made are worked out again.
    """
    if version.number != plan.target.number or version.playbook_id != plan.playbook_id:
        raise ValueError('This plan was made for another version.')
    if not plan.moves:
        return 0
    now = now or timezone.now()
    active = Run.objects.filter(playbook=plan.playbook_id).active()
    held = list(active.select_for_update().order_by('pk').values_list('pk', flat=True))
    runs = [run for run in _under_way(Run.objects.filter(pk__in=held)) if run.number < version.number]
    stale = [run for run in runs if run.pk not in plan.carries or plan.carries[run.pk].run != run]
    again = _work_out(stale, plan.target, plan.substances, now) if stale else {}
    _write([again.get(run.pk) or plan.carries[run.pk] for run in runs], version, by, now)
    return len(runs)


def carry_over(*, run: Run, version: Version, by: User, now: datetime | None = None) -> bool:
    """Move one run to a newer version of its playbook; returns whether it moved. Finished runs are left alone.

    Who may not read the playbook moves nothing: it would show them a version that their part in the run does not open.
    """
    now = now or timezone.now()
    with locked(run, now) as work:
        if not (work.access(by).may_carry_over and can_read(by, work.run.playbook_id)):
            raise NotAllowed(_('This is not yours to move.'))
        if version.playbook_id != work.run.playbook_id:
            raise NotPossible(_('That is a version of something else.'))
        if version.number == work.run.version.number:
            return False
        if version.number < work.run.version.number:
            raise NotPossible(_('That version is older than this one.'))
        if not work.run.is_active:
            raise NotPossible(_('This is finished; it stays as it was.'))
        runs = _under_way(Run.objects.filter(pk=work.run.pk))
        changes = substances(version.playbook_id, up_to=version.number)
        _write(list(_work_out(runs, checklist_of(version), changes, now).values()), version, by, now)
        return True


def _under_way(runs: Any) -> list[Under]:
    return [
        Under(*values)
        for values in runs.order_by('pk').values_list(
            'pk',
            'name',
            'owner_id',
            'owner__name',
            'owner__time_zone',
            'visibility',
            'version_id',
            'version__number',
            'version__text_hash',
            'anchor_on',
            'calendar_id',
            'last_seq',
        )
    ]


@dataclass
class _Step:
    """From one version to another: which keys come, go, or may need a look. Worked out once for all runs on it."""

    old: Checklist
    new: Checklist
    substances: Mapping[str, int]

    @cached_property
    def added(self) -> list[Task]:
        return [task for task in self.new if task.key not in self.old]

    @cached_property
    def gone(self) -> tuple[str, ...]:
        return tuple(task.key for task in self.old if task.key not in self.new)

    @cached_property
    def to_look_at(self) -> set[str]:
        """The keys of rows that may have to be written; all others are kept without being read."""
        attributes = {
            task.key for task in self.new if task.key in self.old and _differs(self.old.tasks[task.key], task)
        }
        changed = {key for key, number in self.substances.items() if number > self.old.number and key in self.new}
        return attributes | changed | {task.key for task in self.added}

    @cached_property
    def may_finish(self) -> bool:
        """Whether it can leave a run with nothing required to do: nothing required comes, and something goes."""
        made_optional = any(
            task.optional and not self.old.tasks[task.key].optional for task in self.new if task.key in self.old
        )
        adds_required = any(not task.optional for task in self.added)
        return (bool(self.gone) or made_optional) and not adds_required


def _differs(old: Task, new: Task) -> bool:
    return (old.role, old.signoff, old.optional, old.due) != (new.role, new.signoff, new.optional, new.due)


class _Dates:
    """Due dates of one group of runs: same anchor, calendar and day. Each offset is counted once."""

    def __init__(self, anchor: date, calendar: WorkingCalendar, today: date, *, never_past_anchor: bool) -> None:
        self.anchor = anchor
        self.calendar = calendar
        self.never_past_anchor = never_past_anchor
        self.floor = floor_for(today, calendar)
        self._table: dict[str, date | None] = {}
        self._added: dict[str, CarriedDue] = {}

    def due(self, offset: str) -> date | None:
        if offset not in self._table:
            self._table[offset] = due_on(parse_offset(offset), self.anchor, self.calendar)
        return self._table[offset]

    def added(self, offset: str) -> CarriedDue:
        if offset not in self._added:
            self._added[offset] = self.changed(None, offset, None, is_added=True)
        return self._added[offset]

    def changed(self, old: date | None, offset: str, held: date | None, *, is_added: bool = False) -> CarriedDue:
        return carried_due(
            old,
            self.due(offset),
            self.floor,
            'added' if is_added else None,
            anchor=self.anchor,
            never_past_anchor=self.never_past_anchor,
            held=held,
        )


def _work_out(runs: list[Under], target: Checklist, changes: Mapping[str, int], now: datetime) -> dict[int, Carry]:
    """What a carry-over to this checklist writes for each of these runs (two queries per version they are on)."""
    versions = checklists((run.version_id, run.number, run.text_hash) for run in runs)
    steps = {pk: _Step(checklist, target, changes) for pk, checklist in versions.items()}
    calendars = {run.calendar_id: calendar_of(run.calendar_id) for run in runs}
    by_step: dict[int, list[Under]] = {}
    for run in runs:
        by_step.setdefault(run.version_id, []).append(run)
    groups: dict[tuple[Any, ...], _Dates] = {}
    carries = {}
    for version_id, members in by_step.items():
        step = steps[version_id]
        rows = _rows([run.pk for run in members], step.to_look_at)
        open_rows = _open_rows([run.pk for run in members]) if step.may_finish else {}
        for run in members:
            today = day_in(run.time_zone, now)
            strict = run.visibility != Run.Visibility.PRIVATE
            group = (run.anchor_on, run.calendar_id, today, strict)
            if group not in groups:
                groups[group] = _Dates(run.anchor_on, calendars[run.calendar_id], today, never_past_anchor=strict)
            carry = _carry(run, step, groups[group], rows.get(run.pk, {}))
            if step.may_finish:
                carry.finishes = _finishes(carry, step, open_rows.get(run.pk, {}))
            carries[run.pk] = carry
    return carries


def _rows(runs: list[int], keys: Collection[str]) -> dict[int, dict[str, dict[str, Any]]]:
    rows: dict[int, dict[str, dict[str, Any]]] = {}
    if keys:
        for part in _parts(runs):
            found = RunItem.objects.filter(run__in=part, key__in=keys).order_by().values_list(*READ)
            for values in found.iterator(chunk_size=5000):
                rows.setdefault(values[1], {})[values[2]] = dict(zip(READ, values, strict=True))
    return rows


def _open_rows(runs: list[int]) -> dict[int, dict[str, tuple[str, bool]]]:
    """State and whether it is optional of all items, by run and key."""
    states: dict[int, dict[str, tuple[str, bool]]] = {}
    for part in _parts(runs):
        rows = RunItem.objects.filter(run__in=part).order_by()
        for run, key, state, optional in rows.values_list('run_id', 'key', 'state', 'optional').iterator():
            states.setdefault(run, {})[key] = (state, optional)
    return states


def _parts(runs: list[int], size: int = 500) -> Iterable[list[int]]:
    return (runs[start : start + size] for start in range(0, len(runs), size))


def _carry(run: Under, step: _Step, dates: _Dates, rows: Mapping[str, dict[str, Any]]) -> Carry:
    updates, inserts, to_check, redated = [], [], [], []
    for key, row in rows.items():
        task = step.new.tasks[key]
        after = _carried(row, task, step, dates)
        differing = {name: value for name, value in after.items() if row[name] != value}
        if differing:
            updates.append((row['pk'], key, differing))
            if 'due_on' in differing:
                redated.append(key)
        if differing.get('state') == State.TO_CONFIRM:
            to_check.append(key)
    added = []
    for task in step.added:
        if task.key in rows:
            if rows[task.key]['state'] not in FINISHED:
                added.append(task.key)
            continue
        due = dates.added(task.due)
        inserts.append((task.key, _attributes(task) | _due_columns(due)))
        added.append(task.key)
    impact = RunImpact(
        run_id=run.pk,
        name=run.name,
        owner_id=run.owner_id,
        owner_name=run.owner_name,
        private=run.visibility == Run.Visibility.PRIVATE,
        from_number=run.number,
        added=tuple(added),
        to_check=tuple(to_check),
        no_longer_asked=step.gone,
        redated=tuple(redated),
    )
    return Carry(run, impact, updates, inserts)


def _carried(row: Mapping[str, Any], task: Task, step: _Step, dates: _Dates) -> dict[str, Any]:
    """The columns that a carry-over gives an existing item; what somebody acted on keeps all but its confirmation."""
    after: dict[str, Any] = {}
    returns = task.key not in step.old
    if not row['touched']:
        after |= _attributes(task)
        if returns or (row['late_addition'] and row['due'] != task.due):
            # not overdue until now, so the new date is an added one, whatever the old one was
            after |= _due_columns(dates.added(task.due))
        elif row['due'] != task.due:
            after |= _due_columns(dates.changed(row['due_on'], task.due, row['floor_on']))
    elif returns and row['state'] in {State.TO_DO, State.AWAITING}:
        after |= _due_columns(dates.added(row['due']))
    if row['state'] == State.DONE and step.substances.get(task.key, 0) > (row['confirmed_number'] or 0):
        after['state'] = State.TO_CONFIRM
    return after


def _attributes(task: Task) -> dict[str, Any]:
    return {'role': task.role, 'signoff': task.signoff, 'optional': task.optional, 'due': task.due}


def _due_columns(dates: CarriedDue) -> dict[str, Any]:
    return {'due_on': dates.due, 'floor_on': dates.floor, 'late_addition': dates.late_addition}


def _finishes(carry: Carry, step: _Step, states: dict[str, tuple[str, bool]]) -> bool:
    states = dict(states)
    for _pk, key, after in carry.updates:
        state, optional = states[key]
        states[key] = (after.get('state', state), after.get('optional', optional))
    for key, after in carry.inserts:
        states[key] = (State.TO_DO, after['optional'])
    return is_finished(step.new, states)


def _write(carries: list[Carry], version: Version, by: User | None, now: datetime) -> None:
    """Write what differs, with one event per run."""
    by_columns: dict[tuple[str, ...], list[tuple[int, tuple[Any, ...]]]] = {}
    for carry in carries:
        for pk, _key, after in carry.updates:
            by_columns.setdefault(tuple(after), []).append((pk, tuple(after.values())))
    for columns, rows in by_columns.items():
        update_many(RunItem, columns, rows)
    insert_many(
        RunItem,
        ({'run_id': carry.run.pk, 'key': key, **after} for carry in carries for key, after in carry.inserts),
    )
    update_many(
        Run,
        ('version_id', 'last_seq'),
        ((carry.run.pk, (version.pk, carry.run.last_seq + 1)) for carry in carries),
    )
    finishing = [carry.run.pk for carry in carries if carry.finishes]
    if finishing:
        Run.objects.filter(pk__in=finishing).update(finished_at=now, outcome=Run.Outcome.FINISHED)
    insert_many(Event, (_event(carry, version, by, now) for carry in carries))


def _event(carry: Carry, version: Version, by: User | None, now: datetime) -> dict[str, Any]:
    run: dict[str, Any] = {'version': version.number}
    if carry.finishes:
        run |= {'finished_at': plain(now), 'outcome': Run.Outcome.FINISHED.value}
    items = {key: {name: plain(value) for name, value in after.items()} for _pk, key, after in carry.updates}
    for key, after in carry.inserts:
        items[key] = {name: plain(value) for name, value in after.items() if plain(value) != ITEM_FACTS[name]}
    return {
        'run_id': carry.run.pk,
        'seq': carry.run.last_seq + 1,
        'schema': SCHEMA,
        'actor_id': by.pk if by else None,
        'at': now,
        'action': Action.CARRIED_OVER.value,
        'data': {'run': run, 'items': items} if items else {'run': run},
    }
