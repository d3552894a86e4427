"""What lies on somebody's desk: everything that `work_for` and `to_sign` say and their own onboarding, read at once.

The page that everybody opens every morning needs all of it; asked one by one, people and runs would be read three
times over.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User

from ..crew import Crew, crews
from ..models import Run, RunItem
from .recording import State
from .worklists import ItemRow, RunBrief, WorkRow, _briefs, _concerns, _flat, _may_sign, _waits_for, _with_order


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody has to do and to sign in all runs under way; all items of their own onboardings, by run."""

    briefs: dict[int, RunBrief] = field(default_factory=dict)
    crews: dict[int, Crew] = field(default_factory=dict)
    work: list[WorkRow] = field(default_factory=list)
    to_sign: list[WorkRow] = field(default_factory=list)
    own: dict[int, list[ItemRow]] = field(default_factory=dict)


def desk_of(user: User, now: datetime | None = None) -> Desk:
    """Read somebody's desk: at most six queries. See `work_for` and `to_sign` for what is on it and in which order."""
    now = now or timezone.now()
    waiting = RunItem.objects.filter(state__in=[State.AWAITING, State.TO_CONFIRM]).exclude(signoff='')
    signs_above = Q(owner__reports_to__reports_to=user) | Q(owner__reports_to=user)
    might_sign = Exists(waiting.filter(run=OuterRef('pk')))
    runs = Run.objects.active().filter(_concerns(user) | (might_sign if user.is_editor else might_sign & signs_above))
    briefs = _briefs(runs)
    people = crews(briefs)
    concerning = [pk for pk, crew in people.items() if _is_in(user.pk, crew)]
    mine = Q(run__in=concerning, state__in=[State.TO_DO, State.TO_CONFIRM])
    own = [pk for pk, crew in people.items() if crew.private and crew.owner_id == user.pk]
    signed = Q(state__in=[State.AWAITING, State.TO_CONFIRM]) & ~Q(signoff='')
    rows = _flat(RunItem.objects.filter(mine | Q(run__in=own) | signed, run__in=list(briefs)), briefs)
    by_run: dict[int, list[ItemRow]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    open_rows = [row for row in rows if row.state in {State.TO_DO, State.TO_CONFIRM}]
    to_do = [row for row in open_rows if _waits_for(row, user.pk, people[row.run_id])]
    to_sign = [row for row in rows if row.state in {State.AWAITING, State.TO_CONFIRM} and row.signoff]
    signs = [WorkRow(briefs[row.run_id], row) for row in to_sign if _may_sign(row, user, people[row.run_id], now)]
    return Desk(
        briefs=briefs,
        crews=people,
        work=_with_order(to_do, briefs),
        to_sign=sorted(signs, key=lambda work: (work.item.done_at or now, work.run.pk, work.item.task.position)),
        own={pk: by_run.get(pk, []) for pk in own},
    )


def _is_in(person_id: int, crew: Crew) -> bool:
    """Whether somebody may have something to do in a run."""
    return person_id in {crew.owner_id, crew.manager_id} or bool(crew.roles_of(person_id))
