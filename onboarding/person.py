"""One person's ramp-up, put together for its page: pace, burn-up, milestones, what is open, what happened lately."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from playbooks import runs
from playbooks.days import calendar_of, day_in
from playbooks.ledger import Action
from playbooks.models import Event, Run
from playbooks.permissions import RunAccess

from . import drawing, progress
from .models import Enrollment
from .signing import item_address
from .standing import Standing, by_phase, phases_of, standing

EVENTS_SHOWN = 15
EVENTS_READ = 60  # some of them may not be for who looks
SENDS_FOR_SIGN_OFF = {Action.COMPLETED, Action.ACKNOWLEDGED, Action.CONFIRMED}
OF_WORK = {Action.EVIDENCE_ADDED, Action.EVIDENCE_REMOVED, Action.COMMENTED, Action.RETURNED}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the run's history in words: when, who, what, and the item it was about."""

    at: dt.datetime
    actor: str
    words: str
    item: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item that somebody should look at: overdue, awaiting a sign-off, or waiting for somebody."""

    title: str
    url: str
    due_on: dt.date | None
    since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone: its text, and on which working day it was reached (None: not yet)."""

    title: str
    working_day: int | None
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """All that the page of one person's ramp-up shows."""

    standing: Standing
    headline: str
    progress: runs.Progress
    burn_up: drawing.BurnUp
    milestones: list[Milestone]
    last_required_day: int | None
    overdue: list[OpenItem]
    awaiting: list[OpenItem]
    waiting: list[OpenItem]
    excuses_asked: list[OpenItem]
    happenings: list[Happening]


def person_page(enrollment: Enrollment, access: RunAccess, *, now: dt.datetime | None = None) -> PersonPage:
    """Put the page together (about eight queries). Load the run with its version, and the owner."""
    run: Run = enrollment.run
    owner: User = run.owner
    rows = runs.rows_of(Run.objects.filter(pk=run.pk))[run.pk]
    today = day_in(owner.time_zone, now)
    calendar = calendar_of(run.calendar_id)
    how = standing(
        rows,
        by_phase(rows, phases_of(run.version_id, run.version.text_hash), beginning=_('To begin with')),
        first_day=run.anchor_on,
        calendar=calendar,
        today=today,
        time_zone=owner.time_zone,
    )
    times = progress.ramp_time(how.steps, run.anchor_on, calendar)
    tasks = {row.key: row for row in rows}

    def listed(keys: list[str]) -> list[OpenItem]:
        return [_open_item(enrollment, tasks[key]) for key in keys]

    return PersonPage(
        standing=how,
        headline=_headline(how, owner, today, run.anchor_on),
        progress=runs.progress(run),
        burn_up=drawing.burn_up(
            progress.plan_series(how.steps, run.anchor_on),
            progress.done_series(how.steps, today, run.anchor_on),
            today,
            tone=how.tone,
        ),
        milestones=[Milestone(tasks[key].task.text, day, tasks[key].due_on) for key, day in times.milestones],
        last_required_day=times.last_required,
        overdue=listed([row.key for row in rows if row.is_overdue(today)]),
        awaiting=listed([row.key for row in rows if row.state == 'awaiting']),
        waiting=listed([row.key for row in rows if row.waiting_for_id]),
        excuses_asked=listed([row.key for row in rows if row.excuse_asked_at and row.state in ('to_do', 'awaiting')]),
        happenings=happenings(run, tasks, access),
    )


def _headline(how: Standing, owner: User, today: dt.date, first_day: dt.date) -> str:
    """The line under the name: the pace as a sentence."""
    if how.pace.status == 'not_started':
        return _('%(name)s has not started yet.') % {'name': owner.first_name}
    words = how.words[:1].upper() + how.words[1:]
    return f'{words}.'


def _open_item(enrollment: Enrollment, row: runs.ItemRow) -> OpenItem:
    since = row.done_at if row.state == 'awaiting' else row.waiting_since
    return OpenItem(row.task.text, item_address(enrollment.pk, row.run_id, row.key), row.due_on, since)


def happenings(run: Run, tasks: dict[str, runs.ItemRow], access: RunAccess) -> list[Happening]:
    """The latest events of a run in words, newest first, as far as they are for who looks (one query)."""
    found = Event.objects.filter(run=run).order_by('-seq').values_list('at', 'actor__name', 'action', 'key', 'data')
    seen = [
        Happening(at, actor or '', _happened(action, key, data), tasks[key].task.text if key in tasks else '')
        for at, actor, action, key, data in found[:EVENTS_READ]
        if _is_for(access, action, tasks.get(key))
    ]
    return seen[:EVENTS_SHOWN]


def _happened(action: str, key: str, data: dict[str, Any]) -> str:
    """An event in a word or two. What waits for a sign-off is not called done."""
    if data.get('items', {}).get(key, {}).get('state') == 'awaiting' and action in SENDS_FOR_SIGN_OFF:
        return _('sent for sign-off')
    return str(Action(action).label)


def _is_for(access: RunAccess, action: str, row: runs.ItemRow | None) -> bool:
    """Whether an event may be told: of work only to who sees it, of a milestone's return to who sees judgements."""
    if action not in OF_WORK:
        return True
    if row is None:  # an item no longer asked: its rights are not known here
        return access.is_owner or access.is_manager
    is_judgement = action == Action.RETURNED and row.task.milestone
    return access.sees_judgements(row) if is_judgement else access.sees_work(row)
