"""Items of many runs at once, quick to read: what somebody has to do, what waits for their sign-off, rows of a list.

Each costs a fixed number of queries: runs and people, rows, and one more for versions this process has not seen yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User

from ..crew import NEW_PM, OWNER, Crew, crews
from ..models import Run, RunItem, RunRole
from .checklists import Task, checklists
from .recording import OPENING, State

ITEM_COLUMNS = (
    'run_id',
    'key',
    'state',
    'touched',
    'role',
    'signoff',
    'optional',
    'due_on',
    'late_addition',
    'done_by_id',
    'done_for_id',
    'done_at',
    'signed_by_id',
    'signed_at',
    'earned_number',
    'confirmed_number',
    'returned_at',
    'waived_by_id',
    'waived_at',
    'waived_reason',
    'excuse_asked_at',
    'waiting_for_id',
    'waiting_since',
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of one run: what the pinned version asks (`task`) and the run item's columns."""

    task: Task
    run_id: int
    key: str
    state: str
    touched: bool
    role: str
    signoff: str
    optional: bool
    due_on: date | None
    late_addition: bool
    done_by_id: int | None
    done_for_id: int | None
    done_at: datetime | None
    signed_by_id: int | None
    signed_at: datetime | None
    earned_number: int | None
    confirmed_number: int | None
    returned_at: datetime | None
    waived_by_id: int | None
    waived_at: datetime | None
    waived_reason: str
    excuse_asked_at: datetime | None
    waiting_for_id: int | None
    waiting_since: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether it counts as done: done, to be checked again, or excused."""
        return self.state in OPENING

    def is_overdue(self, today: date) -> bool:
        """Whether it is still to do after its day. A late addition to a launch never is (DESIGN.md, Runs)."""
        is_late = self.due_on is not None and self.due_on < today
        return is_late and self.state == State.TO_DO and not self.late_addition


@dataclass(frozen=True, slots=True)
class RunBrief:
    """What a list says about a run."""

    pk: int
    name: str
    playbook_id: int
    slug: str
    title: str
    run_noun: str
    version_id: int
    number: int
    text_hash: str
    visibility: str
    anchor_on: date
    owner_id: int
    owner_name: str

    @property
    def is_private(self) -> bool:
        """Whether it is an enrollment."""
        return self.visibility == Run.Visibility.PRIVATE


@dataclass(frozen=True, slots=True)
class WorkRow:
    """An item that waits for somebody, its run, and the texts of the items it opens after."""

    run: RunBrief
    item: ItemRow
    opens_after: tuple[str, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether something else must be finished first."""
        return bool(self.opens_after)


def rows_of(runs: QuerySet[Run]) -> dict[int, list[ItemRow]]:
    """The items that the pinned versions of these runs ask, by run, in the order of the text (two or three queries)."""
    columns = ('pk', 'version_id', 'version__number', 'version__text_hash')
    versions = {pk: version for pk, *version in runs.order_by().values_list(*columns)}
    return _rows(RunItem.objects.filter(run__in=list(versions)), versions)


def work_for(user: User) -> list[WorkRow]:
    """What this person has to do in all runs under way, as owner or as holder of a role: to do, or to check again.

    In the order of due dates; at most six queries.
    """
    briefs = _briefs(_runs_concerning(user))
    people = crews(briefs)
    owners = Q(role__in=['', OWNER]) | Q(role=NEW_PM, run__visibility=Run.Visibility.PRIVATE)
    may_be_mine = Q(run__owner=user) | Q(done_by=user) | Q(done_for=user) | ~owners
    rows = RunItem.objects.filter(may_be_mine, run__in=list(briefs), state__in=[State.TO_DO, State.TO_CONFIRM])
    mine = [row for row in _flat(rows, briefs) if _waits_for(row, user.pk, people[row.run_id])]
    return _with_order(mine, briefs)


def to_sign(user: User, now: datetime | None = None) -> list[WorkRow]:
    """What waits for this person's sign-off in all runs under way, the stand-in's turn included: first come, first.

    Changed items that the signer is to check again are among them. At most six queries.
    """
    now = now or timezone.now()
    waiting = RunItem.objects.filter(state__in=[State.AWAITING, State.TO_CONFIRM]).exclude(signoff='')
    runs = Run.objects.active().filter(Exists(waiting.filter(run=OuterRef('pk'))))
    if not user.is_editor:
        reports = User.objects.filter(reports_to=user).values('pk')
        below_them = User.objects.filter(reports_to__in=reports).values('pk')
        runs = runs.filter(_concerns(user) | Q(owner__in=reports) | Q(owner__in=below_them))
    briefs = _briefs(runs)
    people = crews(briefs)
    rows = _flat(waiting.filter(run__in=list(briefs)), briefs)
    mine = [WorkRow(briefs[row.run_id], row) for row in rows if _may_sign(row, user, people[row.run_id], now)]
    return sorted(mine, key=lambda row: (row.item.done_at or now, row.run.pk, row.item.task.position))


def _concerns(user: User) -> Q:
    """Runs in which something may wait for this person. Each part is found by an index, however large the site."""
    in_a_role = RunRole.objects.filter(person=user).values('run')
    reports = User.objects.filter(reports_to=user).values('pk')
    return Q(owner=user) | Q(pk__in=in_a_role) | Q(visibility=Run.Visibility.PRIVATE, owner__in=reports)


def _runs_concerning(user: User) -> QuerySet[Run]:
    return Run.objects.active().filter(_concerns(user))


def _briefs(runs: QuerySet[Run]) -> dict[int, RunBrief]:
    rows = runs.order_by().values_list(
        'pk',
        'name',
        'playbook_id',
        'playbook__slug',
        'version__title',
        'playbook__kind__run_noun',
        'version_id',
        'version__number',
        'version__text_hash',
        'visibility',
        'anchor_on',
        'owner_id',
        'owner__name',
    )
    return {values[0]: RunBrief(*values) for values in rows}


def _flat(rows: QuerySet[RunItem], briefs: dict[int, RunBrief]) -> list[ItemRow]:
    versions = {run.pk: [run.version_id, run.number, run.text_hash] for run in briefs.values()}
    return [row for found in _rows(rows, versions).values() for row in found]


def _rows(rows: QuerySet[RunItem], versions: dict[int, list[Any]]) -> dict[int, list[ItemRow]]:
    """Run items joined in memory to the tasks of their run's pinned version; a key no longer asked is left out."""
    lists = checklists((pk, number, text_hash) for pk, number, text_hash in versions.values())
    tasks = {run: lists[version[0]].tasks for run, version in versions.items()}
    found: dict[int, list[ItemRow]] = {run: [] for run in versions}
    for values in rows.order_by().values_list(*ITEM_COLUMNS):
        task = tasks[values[0]].get(values[1])
        if task is not None:
            found[values[0]].append(ItemRow(task, *values))
    for items in found.values():
        items.sort(key=lambda row: row.task.position)
    return found


def _waits_for(row: ItemRow, person_id: int, crew: Crew) -> bool:
    if row.state == State.TO_DO:
        return person_id in crew.doers(row.role)
    if row.signoff:
        return False  # the signer checks it again, see `to_sign`
    return person_id in ({row.done_for_id or row.done_by_id} if row.done_by_id else crew.doers(row.role))


def _may_sign(row: ItemRow, user: User, crew: Crew, now: datetime) -> bool:
    if user.pk in {row.done_by_id, row.done_for_id}:
        return False
    asked_at = row.done_at if row.state == State.AWAITING else None
    completers = (row.done_by_id, row.done_for_id)
    signers = crew.signers(row.signoff, completed_by=completers, asked_at=asked_at, now=now)
    return user.pk in signers.people or (signers.any_editor and user.is_editor)


def _with_order(rows: list[ItemRow], briefs: dict[int, RunBrief]) -> list[WorkRow]:
    """Add what each row opens after (one query for the states of those items)."""
    keys = {key for row in rows for key in row.task.after}
    states: dict[tuple[int, str], str] = {}
    if keys:
        others = RunItem.objects.filter(run__in={row.run_id for row in rows}, key__in=keys)
        states = {(run, key): state for run, key, state in others.order_by().values_list('run_id', 'key', 'state')}
    lists = checklists((run.version_id, run.number, run.text_hash) for run in briefs.values())
    work = []
    for row in rows:
        asked = lists[briefs[row.run_id].version_id]
        blockers = [key for key in row.task.after if key in asked and states[row.run_id, key] not in OPENING]
        work.append(WorkRow(briefs[row.run_id], row, tuple(asked.tasks[key].text for key in blockers)))
    return sorted(work, key=lambda row: (row.item.due_on or date.max, row.run.pk, row.item.task.position))


def opens_after(rows: Iterable[ItemRow]) -> dict[str, tuple[str, ...]]:
    """By key the texts of the unfinished items that an item of one run opens after, for all items of that run."""
    by_key = {row.key: row for row in rows}
    return {
        row.key: tuple(by_key[key].task.text for key in row.task.after if key in by_key and not by_key[key].is_finished)
        for row in by_key.values()
    }
