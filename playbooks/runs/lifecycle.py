"""A run as a whole: starting it, moving its date, filling its roles, stopping it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import HolidayCalendar, User

from ..calendar import due_on, floor_for, hold, parse_offset
from ..crew import NEW_PM, OWNER
from ..days import calendar_of, day_in
from ..ledger import Action
from ..models import MANAGER, Item, Run, RunItem, RunNote, RunRole, Version
from ..permissions import can_start_run
from .checklists import Task, checklist_of
from .readings import mark_read, readings_for
from .recording import LOCKED, NotAllowed, NotPossible, State, Work, locked, never_past_anchor, new_row


@dataclass(frozen=True, slots=True)
class DateChange:
    """What moving the anchor does to the date of one item."""

    key: str
    text: str
    before: date | None
    after: date | None
    late_addition: bool


@transaction.atomic
def start_run(
    *,
    version: Version,
    owner: User,
    anchor_on: date,
    by: User,
    name: str = '',
    visibility: str = Run.Visibility.AUDIENCE,
    roles: Mapping[str, Iterable[User]] | None = None,
    calendar: HolidayCalendar | None = None,
    elsewhere: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Run:
    """Start a run of a version; its calendar is the owner's unless another is given.

    `elsewhere` names the items that were done before, with a note each: they are done, recorded by who starts the run.
    Where the anchor is past, the other items get at least five working days; nobody begins with something overdue.
    Pages that were read before are done at once, with the date they were read. Raises NotAllowed, NotPossible.
    Source: DESIGN.md, Runs; issue 2, Onboarding.
    """
    now = now or timezone.now()
    elsewhere = elsewhere or {}
    roles = {role: list(dict.fromkeys(people)) for role, people in (roles or {}).items()}
    private = visibility == Run.Visibility.PRIVATE
    playbook = version.playbook
    if not can_start_run(by, playbook, owner=owner, private=private):
        raise NotAllowed(_('This is not yours to start.'))
    tasks = checklist_of(version)
    if not tasks.tasks:
        raise NotPossible(_('There is no checklist in this.'))
    if unknown := sorted(set(elsewhere) - set(tasks.tasks)):
        raise NotPossible(_('There is no such item here: %(keys)s') % {'keys': ', '.join(unknown)})
    for role in roles:
        _must_be_fillable(role, private=private)

    run = Run.objects.create(
        playbook=playbook,
        version=version,
        first_version=version,
        name=name.strip(),
        owner=owner,
        visibility=visibility,
        anchor_on=anchor_on,
        calendar=calendar or owner.holiday_calendar,
        started_at=now,
        started_by=by,
    )
    RunRole.objects.bulk_create(
        RunRole(run=run, role=role, person=person) for role, people in roles.items() for person in people
    )
    RunItem.objects.bulk_create(_dated_rows(run, tasks, day_in(owner.time_zone, now)))
    work = Work(LOCKED.get(pk=run.pk), now)
    work.record_start(by=by, roles={role: [person.pk for person in people] for role, people in roles.items()})
    for key, note in elsewhere.items():
        _record_elsewhere(work, key, note, by)
    _record_what_was_read(work)
    return work.run


def _dated_rows(run: Run, tasks: Iterable[Task], today: date) -> list[RunItem]:
    """The items of a new run. What would begin overdue, or stands behind a past anchor, gets five working days."""
    calendar = calendar_of(run.calendar_id)
    floor = floor_for(today, calendar)
    rows = []
    for task in tasks:
        row = new_row(run, task)
        due = due_on(parse_offset(task.due), run.anchor_on, calendar)
        is_late = due is not None and (due < today or (run.anchor_on < today and due < floor))
        held = hold(due, floor if is_late else None, anchor=run.anchor_on, never_past_anchor=never_past_anchor(run))
        row.due_on, row.floor_on, row.late_addition = held.due, held.floor, held.late_addition
        rows.append(row)
    return rows


def _record_elsewhere(work: Work, key: str, note: str, by: User) -> None:
    row = work.rows[key]
    doers = work.crew.doers(row.role)
    row.state = State.DONE
    row.touched = True
    row.done_by = by
    row.done_for_id = None if by.pk in doers else doers[0]
    row.done_at = work.now
    row.earned_number = row.confirmed_number = work.run.version.number
    if note.strip():
        RunNote.objects.create(
            run=work.run, key=key, kind=RunNote.Kind.ELSEWHERE, text=note.strip(), author=by, at=work.now
        )
    work.record(Action.DONE_ELSEWHERE, by=by, key=key)


def _record_what_was_read(work: Work) -> None:
    """Do the pages that their readers have acknowledged before: the same read item in two tracks is done once."""
    tasks = [task for task in work.checklist if task.kind == Item.Kind.READ]
    people = {person for task in tasks for person in work.crew.doers(work.rows[task.key].role)}
    readings = readings_for(tasks, people)
    progress = True
    while progress:
        progress = False
        for task in tasks:
            row = work.rows[task.key]
            read = readings.satisfying(task, work.crew.doers(row.role))
            if read is None or row.state != State.TO_DO or work.blockers(task):
                continue
            mark_read(work, row, person_id=read[0], at=read[1])
            work.record(Action.ACKNOWLEDGED, by=row.done_by, key=task.key)
            progress = True


def preview_anchor(run: Run, to: date) -> list[DateChange]:
    """Which dates moving the anchor would change (a fixed number of queries; nothing is written)."""
    work = Work(LOCKED.get(pk=run.pk), timezone.now())
    before = {key: row.due_on for key, row in work.rows.items()}
    work.run.anchor_on = to
    changes = []
    for task in work.checklist:
        row = work.rows[task.key]
        work.redate(row)
        if row.due_on != before[task.key]:
            changes.append(DateChange(task.key, task.text, before[task.key], row.due_on, row.late_addition))
    return changes


def move_anchor(*, run: Run, to: date, by: User, now: datetime | None = None) -> bool:
    """Count the run's dates from another day; what is done keeps its date, floors hold. Returns whether it moved."""
    with locked(run, now) as work:
        if not work.access(by).may_move:
            raise NotAllowed(_('This date is not yours to move.'))
        work.must_be_open()
        if work.run.anchor_on == to:
            return False
        work.run.anchor_on = to
        for row in work.rows.values():
            work.redate(row)
        work.record(Action.ANCHOR_MOVED, by=by)
        return True


def set_role(*, run: Run, role: str, people: Iterable[User], by: User, now: datetime | None = None) -> bool:
    """Give a role to these people and nobody else; states stay as they are. Returns whether that changed anything.

    The role "owner" of a run that is no enrollment goes to exactly one person. The owner and manager of an enrollment
    are who they are: the manager follows the reporting line.
    """
    people = list(dict.fromkeys(people))
    with locked(run, now) as work:
        if not work.access(by).may_change_roles:
            raise NotAllowed(_('These roles are not yours to fill.'))
        work.must_be_open()
        if role == OWNER and not work.crew.private:
            return _hand_over(work, people, by)
        _must_be_fillable(role, private=work.crew.private)
        stored = RunRole.objects.filter(run=work.run, role=role)
        if set(stored.values_list('person_id', flat=True)) == {person.pk for person in people}:
            return False
        stored.delete()
        RunRole.objects.bulk_create(RunRole(run=work.run, role=role, person=person) for person in people)
        work.record(Action.ROLES_CHANGED, by=by, roles={role: [person.pk for person in people]})
        return True


def _hand_over(work: Work, people: list[User], by: User) -> bool:
    if len(people) != 1:
        raise NotPossible(_('Choose one person.'))
    if work.run.owner_id == people[0].pk:
        return False
    work.run.owner = people[0]
    work.record(Action.ROLES_CHANGED, by=by)
    return True


def _must_be_fillable(role: str, *, private: bool) -> None:
    if role in {'', OWNER} or (private and role in {MANAGER, NEW_PM}):
        raise NotPossible(_('The role “%(role)s” cannot be filled here.') % {'role': role or OWNER})


def end_run(*, run: Run, by: User, outcome: str = Run.Outcome.STOPPED, now: datetime | None = None) -> bool:
    """Stop a run, or close one as finished though something is open. Returns whether it was under way until now."""
    if outcome not in Run.Outcome.values:
        raise NotPossible(_('Say whether it is finished or stopped.'))
    with locked(run, now) as work:
        if not work.access(by).may_end:
            raise NotAllowed(_('This is not yours to stop.'))
        if not work.run.is_active:
            return False
        work.run.ended_at, work.run.outcome = work.now, outcome
        work.record(Action.ENDED, by=by)
        return True
