"""Public holidays brought in from the library `holidays` and stored, so that the past stays as it was."""

import datetime as dt
import re
from collections.abc import Iterable

import holidays
from django.db import transaction

from .models import Holiday, HolidayCalendar

# What a new site starts with; `manage.py load_holidays CODE` brings in any other.
USUAL = {
    'AU': 'Australia',
    'BR': 'Brazil',
    'CA': 'Canada',
    'CH': 'Switzerland',
    'DE': 'Germany',
    'ES': 'Spain',
    'FR': 'France',
    'GB': 'United Kingdom',
    'IE': 'Ireland',
    'IN': 'India',
    'IT': 'Italy',
    'JP': 'Japan',
    'NL': 'Netherlands',
    'PL': 'Poland',
    'PT': 'Portugal',
    'SE': 'Sweden',
    'US': 'United States',
    'US-CA': 'United States, California',
}


class UnknownCalendar(ValueError):
    """The library knows no such country or region."""


def usual_years(today: dt.date) -> range:
    """The years to bring in: the last one, because first days may be in the past, and two ahead."""
    return range(today.year - 1, today.year + 3)


def load_calendar(*, code: str, years: Iterable[int]) -> tuple[HolidayCalendar, int]:
    """Store the public holidays of a country ('PT') or region ('US-CA') for these years.

    Days that are stored already stay as they are, so that corrections made by hand and the past are kept.
    Returns the calendar and how many days were added. Raises UnknownCalendar.
    """
    code = code.upper()
    found = _holidays(code, years)
    with transaction.atomic():
        calendar, _ = HolidayCalendar.objects.get_or_create(code=code, defaults={'name': _name(code)})
        known = set(calendar.holidays.values_list('on', flat=True))
        new = [Holiday(calendar=calendar, on=on, name=name[:200]) for on, name in found if on not in known]
        Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return calendar, len(new)


def _holidays(code: str, years: Iterable[int]) -> list[tuple[dt.date, str]]:
    country, _, region = code.partition('-')
    try:
        days = holidays.country_holidays(country, subdiv=region or None, years=list(years), language='en_US')
    except NotImplementedError:
        raise UnknownCalendar(code) from None
    return sorted(days.items())


def _name(code: str) -> str:
    if code in USUAL:
        return USUAL[code]
    country, _, region = code.partition('-')
    names = {entity[1]: entity[0] for entity in holidays.registry.COUNTRIES.values()}
    name = re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', names.get(country, country))
    return f'{name}, {region}' if region else name
