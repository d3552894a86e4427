"""Undoing a run's latest carry-over: the version goes back, and so does every item that nobody acted on since.

Source: DESIGN.md, Runs (Undo).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User

from ..ledger import BY_THE_ENGINE, Action, column, fold
from ..models import Event, Run, RunItem, Version
from .recording import NotAllowed, Work, locked


def undoable_carry_over(run: Run) -> Event | None:
    """The run's latest carry-over, unless it was undone (one query)."""
    moves = [Action.CARRIED_OVER, Action.CARRY_OVER_UNDONE]
    last = Event.objects.filter(run=run, action__in=moves).order_by('seq').last()
    return last if last is not None and last.action == Action.CARRIED_OVER else None


def undo_carry_over(*, run: Run, by: User, now: datetime | None = None) -> bool:
    """Undo the run's latest carry-over: version back, and state and dates of every key nobody acted on since.

    Returns whether there was one to undo.
    """
    with locked(run, now) as work:
        if not work.access(by).may_carry_over:
            raise NotAllowed(_('This is not yours to move.'))
        work.must_be_open()
        move = undoable_carry_over(work.run)
        if move is None:
            return False
        events = list(Event.objects.filter(run=work.run).order_by('seq'))
        before = fold(event for event in events if event.seq < move.seq)
        later = [event for event in events if event.seq > move.seq]
        acted_on = {event.key for event in later if event.action not in BY_THE_ENGINE and event.key}
        work.run.version = Version.objects.get(playbook=work.run.playbook_id, number=before.run['version'])
        _put_back(work, move, before.items, acted_on)
        if any(event.action == Action.ANCHOR_MOVED for event in later):
            for key in move.data.get('items', {}).keys() - acted_on:
                if key in work.rows:
                    work.redate(work.rows[key])
        work.record(Action.CARRY_OVER_UNDONE, by=by)
        return True


def _put_back(work: Work, move: Event, before: Mapping[str, Mapping[str, Any]], acted_on: set[str]) -> None:
    for key, facts in move.data.get('items', {}).items():
        if key in acted_on or key not in work.rows:
            continue
        if key not in before:
            del work.rows[key]
            continue
        row = work.rows[key]
        for name in facts:
            field = cast('models.Field[Any, Any]', RunItem._meta.get_field(name))
            setattr(row, column(name), field.to_python(before[key][name]))
