"""The ledger of a run: what its events say, and the state they add up to. Pure: no database, no clock.

An event holds the values that an action left behind, never what was asked for: `run` (changed columns), `roles` (who
holds each changed role now), `items` (by key the changed columns; null for a key that is gone again). A column that
was never named has its default. Source: DESIGN.md, Runs and Invariants 3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

SCHEMA = 1

# Columns by the name they have in the ledger, with their value in a row that nothing has happened to.
ITEM_FACTS: dict[str, Any] = {
    'state': 'to_do',
    'touched': False,
    'role': '',
    'signoff': '',
    'optional': False,
    'due': '',
    'due_on': None,
    'floor_on': None,
    'late_addition': False,
    'done_by': None,
    'done_for': None,
    'done_at': None,
    'signed_by': None,
    'signed_at': None,
    'earned_number': None,
    'confirmed_number': None,
    'returned_at': None,
    'waived_by': None,
    'waived_at': None,
    'waived_reason': '',
    'excuse_asked_at': None,
    'waiting_for': None,
    'waiting_since': None,
}
RUN_FACTS: dict[str, Any] = {
    'version': None,
    'first_version': None,
    'owner': None,
    'visibility': None,
    'anchor_on': None,
    'calendar': None,
    'finished_at': None,
    'ended_at': None,
    'outcome': '',
}
PEOPLE = frozenset({'done_by', 'done_for', 'signed_by', 'waived_by', 'waiting_for', 'owner', 'calendar'})


class Action(TextChoices):
    """What can happen to a run."""

    STARTED = 'started', _('started')
    DONE_ELSEWHERE = 'done_elsewhere', _('recorded as done elsewhere')
    COMPLETED = 'completed', _('done')
    ACKNOWLEDGED = 'acknowledged', _('read')
    WITHDRAWN = 'withdrawn', _('taken back')
    SIGNED_OFF = 'signed_off', _('signed off')
    RETURNED = 'returned', _('changes asked')
    WAIVED = 'waived', _('excused')
    EXCUSE_ASKED = 'excuse_asked', _('asked to be excused')
    CONFIRMED = 'confirmed', _('checked again')
    REOPENED = 'reopened', _('opened again')
    WAITING = 'waiting', _('waiting for somebody')
    WAITING_ENDED = 'waiting_ended', _('no longer waiting')
    EVIDENCE_ADDED = 'evidence_added', _('work handed in')
    EVIDENCE_REMOVED = 'evidence_removed', _('work taken back')
    COMMENTED = 'commented', _('commented')
    ANCHOR_MOVED = 'anchor_moved', _('date moved')
    ROLES_CHANGED = 'roles_changed', _('people changed')
    CARRIED_OVER = 'carried_over', _('moved to the new version')
    CARRY_OVER_UNDONE = 'carry_over_undone', _('move to the new version undone')
    ENDED = 'ended', _('stopped')


BY_THE_ENGINE = frozenset({Action.ANCHOR_MOVED, Action.CARRIED_OVER, Action.CARRY_OVER_UNDONE, Action.STARTED})


class Entry(Protocol):
    """What the fold needs of an event."""

    seq: int
    action: str
    key: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class RunState:
    """A run as its ledger tells it: columns of the run, who holds which role, columns of each item by key."""

    run: dict[str, Any] = field(default_factory=lambda: dict(RUN_FACTS))
    roles: dict[str, list[int]] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_seq: int = 0


def fold(events: Iterable[Entry]) -> RunState:
    """Return the state that these events, in the order of their numbers, add up to."""
    state = RunState()
    for event in events:
        state.run.update(event.data.get('run', {}))
        for role, people in event.data.get('roles', {}).items():
            state.roles[role] = people
            if not people:
                del state.roles[role]
        for key, facts in event.data.get('items', {}).items():
            if facts is None:
                state.items.pop(key, None)
            else:
                state.items.setdefault(key, dict(ITEM_FACTS)).update(facts)
        state.last_seq = event.seq
    return state


def plain(value: Any) -> Any:
    """A column's value as the ledger writes it: dates and instants (in UTC) as ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def column(name: str) -> str:
    """The attribute of a row that holds a fact: for a person or a calendar the id."""
    return f'{name}_id' if name in PEOPLE else name


def item_facts(row: object) -> dict[str, Any]:
    """Every fact of a run item, as the ledger writes them."""
    return {name: plain(getattr(row, column(name))) for name in ITEM_FACTS}


def run_facts(run: Any) -> dict[str, Any]:
    """Every fact of a run, as the ledger writes them; versions by number (load `version` and `first_version`)."""
    facts = {name: plain(getattr(run, column(name))) for name in RUN_FACTS if name not in {'version', 'first_version'}}
    return facts | {'version': run.version.number, 'first_version': run.first_version.number}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that differ, with their new values."""
    return {name: value for name, value in after.items() if before[name] != value}
