"""Which days count for a run, and what day it is for a person."""

import itertools
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.utils import timezone

from accounts.models import ClosingDay, Holiday, User

from .calendar import WorkingCalendar

SECONDS_KEPT = 60

_numbers = itertools.count(1)
_loaded: dict[int | None, tuple[int, WorkingCalendar]] = {}  # by id; the cache holds the number of what is fresh


def calendar_of(calendar_id: int | None) -> WorkingCalendar:
    """The working days of one public-holiday calendar (None: no holidays), without the company's closing days.

    Kept in this process for a minute; two queries when it is not there. The cache would copy what it keeps each time,
    and a page asks for it fifty times: so the calendar lies here, and the cache says for how long.
    """
    cache = caches['process']
    name = f'working-calendar-{calendar_id}'
    number, calendar = _loaded.get(calendar_id, (0, None))
    if calendar is None or cache.get(name) != number:
        days_off = set(ClosingDay.objects.values_list('on', flat=True))
        if calendar_id is not None:
            days_off.update(Holiday.objects.filter(calendar=calendar_id).values_list('on', flat=True))
        number, calendar = next(_numbers), WorkingCalendar(frozenset(days_off))
        _loaded[calendar_id] = number, calendar
        cache.set(name, number, SECONDS_KEPT)
    return calendar


def today_for(user: User, now: datetime | None = None) -> date:
    """The date it is for this person now, in their time zone."""
    return day_in(user.time_zone, now)


def day_in(time_zone: str, now: datetime | None = None) -> date:
    """The date of an instant (now, if none is given) in a time zone."""
    return timezone.localdate(now, ZoneInfo(time_zone))
