"""Dates that fields say and of which keepers are told: a tool's renewal, the day to look at a decision again.

Source: docs/users.md, Types and their fields.
"""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User

from . import notices
from .kind_fields import FieldType, KindField, date_of, fields_of
from .library_fields import Day, text_of
from .models import Kind, Playbook

LATE = dt.timedelta(days=7)  # how long after the day it is still said: the worker may have stood still
ZONES = dt.timedelta(days=1)  # no place is further from UTC


def remind_of_dates(now: dt.datetime | None = None) -> int:
    """Tell owner and co-owner, or the editors where there is none, of dates as their types ask for it.

    Once so many days before and once on the day, for each value: a page that says another day is told of anew. Which
    day it is depends on where the person is. Archived pages are silent. Can be called at any time: one query for the
    kinds, one for each date field that reminds, one for each page and person concerned. Returns how many those were.
    """
    now = now or timezone.now()
    told = 0
    for kind in Kind.objects.only('slug', 'fields'):
        for field in fields_of(kind.fields):
            if field.type == FieldType.DATE and field.remind_days is not None:
                told += sum(_told(page, field, now) for page in _near(kind, field, now))
    return told


def _near(kind: Kind, field: KindField, now: dt.datetime) -> Iterator[Playbook]:
    """The pages of a kind whose field says a day about which somebody may have to be told."""
    assert field.remind_days is not None
    first = now.date() - LATE - ZONES
    last = now.date() + dt.timedelta(days=field.remind_days) + ZONES
    pages = Playbook.objects.published().filter(kind=kind).annotate(day=Day(text_of(field)))
    pages = pages.filter(day__gte=first.isoformat(), day__lte=last.isoformat())
    shown = pages.select_related('owner', 'co_owner', 'current_version').defer('current_version__text')
    return shown.iterator(chunk_size=200)


def _told(page: Playbook, field: KindField, now: dt.datetime) -> int:
    """Tell those who keep a page of the day that its field says; how many it concerned."""
    assert page.current_version is not None
    assert field.remind_days is not None
    day = date_of(page.current_version.fields.get(field.name))
    if day is None:  # it looks like a day and is none: 2026-02-31
        return 0
    keepers = [keeper for keeper in (page.owner, page.co_owner) if keeper and keeper.is_active]
    told = 0
    for person in keepers or User.objects.active().editors():
        moment = _moment(day, field.remind_days, now.astimezone(ZoneInfo(person.time_zone)).date())
        if moment:
            told += notices.tell(
                [person],
                kind='date_near',
                path=page.get_absolute_url(),
                playbook=page,
                data={'title': page.title, 'label': field.label, 'day': day.isoformat(), 'is_here': moment == 'day'},
                dedupe_key=f'date:{page.pk}:{field.name}:{day}:{moment}',
                now=now,
            )
    return told


def _moment(day: dt.date, remind_days: int, today: dt.date) -> str:
    """What is to be said of a day on this one: that it is near ('before'), that it has come ('day'), or nothing."""
    if day <= today <= day + LATE:
        return 'day'
    return 'before' if day - dt.timedelta(days=remind_days) <= today < day else ''
