"""“I have read version n”, and the read items that it completes.

Source: DESIGN.md, Runs: a read item is done by an acknowledgement not older than its playbook's last process change, or
of exactly the pinned number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from .. import notices
from ..ledger import Action
from ..models import Acknowledgement, Item, Playbook, Run, RunItem, RunRole, SlugHistory, Version
from .checklists import Task
from .recording import NotPossible, State, Work, locked


@dataclass(slots=True)
class Acknowledged:
    """An acknowledgement as it is stored, whether it is new, and the run items that it completed."""

    acknowledgement: Acknowledgement
    is_new: bool
    completed: list[RunItem] = field(default_factory=list)


@dataclass(slots=True)
class Readings:
    """Who has read which versions of the playbooks that some tasks ask to read."""

    playbooks: dict[str, int]
    asked_again: dict[int, int]
    read: dict[tuple[int, int], dict[int, datetime]]

    def is_resolvable(self, task: Task) -> bool:
        """Whether the playbook to be read is there; else nobody could ever say that they have read it."""
        return task.reads_slug in self.playbooks

    def satisfying(self, task: Task, people: Iterable[int]) -> tuple[int, datetime] | None:
        """Who first read what this task asks for, and when; None while none of these people has."""
        playbook = self.playbooks.get(task.reads_slug)
        if playbook is None:
            return None
        found = [
            (at, person)
            for person in people
            for number, at in self.read.get((person, playbook), {}).items()
            if satisfies(task, number, self.asked_again.get(playbook, 1))
        ]
        return (min(found)[1], min(found)[0]) if found else None


def satisfies(task: Task, number: int, asked_again: int) -> bool:
    """Whether having read this version does a read item: exactly the pinned one, or none older than the last change."""
    return number == task.reads_number if task.reads_number else number >= asked_again


def readings_for(tasks: Iterable[Task], people: Iterable[int]) -> Readings:
    """What these people have read of what these tasks ask to read (at most four queries)."""
    slugs = {task.reads_slug for task in tasks if task.kind == Item.Kind.READ}
    if not slugs:
        return Readings({}, {}, {})
    playbooks = dict(SlugHistory.objects.filter(slug__in=slugs).values_list('slug', 'playbook_id'))
    playbooks |= dict(Playbook.objects.filter(slug__in=slugs).values_list('slug', 'pk'))
    ids = set(playbooks.values())
    changes = Version.objects.filter(Version.asks_to_read_again(), playbook__in=ids).values_list('playbook_id')
    readings = Readings(playbooks, dict(changes.annotate(last=Max('number')).values_list('playbook_id', 'last')), {})
    acknowledged = Acknowledgement.objects.filter(playbook__in=ids, person__in=set(people))
    for person, playbook, number, at in acknowledged.values_list('person_id', 'playbook_id', 'number', 'at'):
        readings.read.setdefault((person, playbook), {})[number] = at
    return readings


def mark_read(work: Work, row: RunItem, *, person_id: int, at: datetime) -> None:
    """Give a read item the credit of an acknowledgement; one that asks for a sign-off waits for it from now."""
    row.state = State.AWAITING if row.signoff else State.DONE
    row.touched = True
    row.done_by_id = person_id
    row.done_at = work.now if row.signoff else at
    row.earned_number = row.confirmed_number = work.run.version.number
    row.returned_at = row.excuse_asked_at = row.waiting_since = None
    row.waiting_for = None


@transaction.atomic
def acknowledge(*, playbook: Playbook, person: User, number: int, now: datetime | None = None) -> Acknowledged:
    """Store “I have read version n” and do every open read item of this person that it satisfies, in all their runs.

    Raises NotPossible if there is no such version. Items that open after another one wait for that; they can be ticked
    then. Source: DESIGN.md, Runs.
    """
    now = now or timezone.now()
    if not Version.objects.filter(playbook=playbook, number=number).exists():
        raise NotPossible(_('There is no version %(number)s of this.') % {'number': number})
    acknowledgement, is_new = Acknowledgement.objects.get_or_create(
        playbook=playbook, person=person, number=number, defaults={'at': now}
    )
    notices.see_version(person=person, playbook=playbook, number=number)
    result = Acknowledged(acknowledgement, is_new)
    for run in _runs_that_ask(playbook, person):
        with locked(run, now) as work:
            result.completed += _complete_what_was_read(work, playbook, person, number, now)
    return result


def _runs_that_ask(playbook: Playbook, person: User) -> list[int]:
    slugs = [playbook.slug, *playbook.slug_history.values_list('slug', flat=True)]
    asked = Item.objects.filter(
        version=OuterRef('run__version'), key=OuterRef('key'), kind=Item.Kind.READ, reads_slug__in=slugs
    )
    holds_role = Exists(RunRole.objects.filter(run=OuterRef('run'), person=person))
    manages = Q(run__visibility=Run.Visibility.PRIVATE, run__owner__reports_to=person)
    rows = RunItem.objects.filter(
        Q(run__owner=person) | manages | holds_role,
        Exists(asked),
        state=State.TO_DO,
        run__ended_at=None,
    )
    return list(rows.order_by('run').values_list('run', flat=True).distinct())


def _complete_what_was_read(work: Work, playbook: Playbook, person: User, number: int, now: datetime) -> list[RunItem]:
    tasks = [task for task in work.checklist if task.kind == Item.Kind.READ]
    readings = readings_for(tasks, [person.pk])
    completed = []
    for task in tasks:
        row = work.rows[task.key]
        if (
            row.state == State.TO_DO
            and readings.playbooks.get(task.reads_slug) == playbook.pk
            and satisfies(task, number, readings.asked_again.get(playbook.pk, 1))
            and person.pk in work.crew.doers(row.role)
            and not work.blockers(task)
        ):
            mark_read(work, row, person_id=person.pk, at=now)
            work.record(Action.ACKNOWLEDGED, by=person, key=task.key)
            completed.append(row)
    return completed
