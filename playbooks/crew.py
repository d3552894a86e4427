"""Who is who in a run: its owner, the line above, who holds which role, who signs off.

Source: DESIGN.md, Runs and Who may do what.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User

from .days import calendar_of, day_in
from .models import MANAGER, Run, RunRole

OWNER = 'owner'
NEW_PM = 'new-pm'
STAND_IN = 'stand-in'
DAYS_TO_ANSWER = 2  # working days after which the stand-in may sign off too


@dataclass(frozen=True, slots=True)
class Signers:
    """Who may sign something off: these people, and, if nobody else is left, any editor."""

    people: frozenset[int]
    any_editor: bool


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of one run by their ids; those who left are nobody.

    The manager of a private run is whoever its owner reports to now, and is never stored.
    """

    run_id: int
    private: bool
    owner_id: int
    time_zone: str
    calendar_id: int | None
    manager_id: int | None
    next_manager_id: int | None
    roles: dict[str, tuple[int, ...]]

    def is_owner_role(self, role: str) -> bool:
        """Whether this role is the owner's own: none, "owner", and in an enrollment "new-pm"."""
        return role in {'', OWNER} or (self.private and role == NEW_PM)

    def holders(self, role: str) -> tuple[int, ...]:
        """Who holds a role; nobody, if it is not filled."""
        if self.is_owner_role(role):
            return (self.owner_id,)
        if self.private and role == MANAGER:
            return (self.manager_id,) if self.manager_id else ()
        return self.roles.get(role, ())

    def doers(self, role: str) -> tuple[int, ...]:
        """Who does the items of a role. Where nobody holds it, they fall to an enrollment's manager, else the owner."""
        return self.holders(role) or ((self.manager_id,) if self.private and self.manager_id else (self.owner_id,))

    def roles_of(self, person_id: int) -> frozenset[str]:
        """The roles by name that a person holds, `manager` of an enrollment among them."""
        held = {role for role, people in self.roles.items() if person_id in people}
        if self.private and person_id == self.manager_id:
            held.add(MANAGER)
        return frozenset(held)

    def stand_ins(self, *, without: frozenset[int]) -> Signers:
        """Who signs in somebody's place: the one named, else the manager's manager, without one any editor.

        In a run that is no enrollment the owner's manager stands for the manager's manager.
        """
        named = frozenset(self.roles.get(STAND_IN, ())) - without
        above = self.next_manager_id if self.private else self.manager_id
        people = named or (frozenset({above} if above else ()) - without)
        return Signers(people, any_editor=not people)

    def signers(
        self, signoff: str, *, completed_by: Iterable[int | None], asked_at: datetime | None, now: datetime
    ) -> Signers:
        """Who may sign off an item completed by these people; never they themselves, and never nobody.

        After two working days without an answer the stand-in may act too. Source: DESIGN.md, Runs.
        """
        completers = frozenset(person for person in completed_by if person)
        regular = frozenset(self.holders(signoff)) - completers
        if not regular:
            return self.stand_ins(without=completers)
        if asked_at is None or not self._is_unanswered(asked_at, now):
            return Signers(regular, any_editor=False)
        others = self.stand_ins(without=completers)
        return Signers(regular | others.people, others.any_editor)

    def _is_unanswered(self, asked_at: datetime, now: datetime) -> bool:
        answer_by = calendar_of(self.calendar_id).add_working_days(day_in(self.time_zone, asked_at), DAYS_TO_ANSWER)
        return day_in(self.time_zone, now) >= answer_by


def crews(runs: Iterable[int]) -> dict[int, Crew]:
    """The crews of these runs, given by id or as a query of ids (two queries)."""
    rows = (
        Run.objects.filter(pk__in=runs)
        .order_by()
        .values_list(
            'pk',
            'visibility',
            'owner_id',
            'owner__time_zone',
            'calendar_id',
            'owner__reports_to_id',
            'owner__reports_to__is_active',
            'owner__reports_to__reports_to_id',
            'owner__reports_to__reports_to__is_active',
        )
    )
    found = {
        pk: Crew(
            run_id=pk,
            private=visibility == Run.Visibility.PRIVATE,
            owner_id=owner,
            time_zone=time_zone,
            calendar_id=calendar,
            manager_id=manager if manager_active else None,
            next_manager_id=above if above_active else None,
            roles={},
        )
        for pk, visibility, owner, time_zone, calendar, manager, manager_active, above, above_active in rows
    }
    roles = RunRole.objects.filter(run__in=list(found), person__is_active=True).order_by('pk')
    for run, role, person in roles.values_list('run_id', 'role', 'person_id'):
        found[run].roles[role] = (*found[run].roles.get(role, ()), person)
    return found


def crew_of(run: Run) -> Crew:
    """The crew of one run (two queries; one where its owner and the two above them are loaded with it)."""
    if not _has_line(run):
        return crews([run.pk])[run.pk]
    manager = run.owner.reports_to
    above = manager.reports_to if manager else None
    roles: dict[str, tuple[int, ...]] = {}
    found = RunRole.objects.filter(run=run, person__is_active=True).order_by('pk')
    for role, person in found.values_list('role', 'person_id'):
        roles[role] = (*roles.get(role, ()), person)
    return Crew(
        run_id=run.pk,
        private=run.visibility == Run.Visibility.PRIVATE,
        owner_id=run.owner_id,
        time_zone=run.owner.time_zone,
        calendar_id=run.calendar_id,
        manager_id=manager.pk if manager and manager.is_active else None,
        next_manager_id=above.pk if above and above.is_active else None,
        roles=roles,
    )


def _has_line(run: Run) -> bool:
    """Whether asking for the line above the owner costs nothing."""
    is_loaded = Run.owner.is_cached
    if not is_loaded(run):
        return False
    manager_is_loaded = User.reports_to.is_cached
    if not manager_is_loaded(run.owner):
        return False
    return run.owner.reports_to is None or manager_is_loaded(run.owner.reports_to)
