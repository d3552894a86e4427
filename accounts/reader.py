"""How dates and times are written for the person who reads the page: their locale, their time zone."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from asgiref.local import Local
from django.conf import settings
from django.utils import dateformat, timezone, translation

_reader = Local()

# Where a language writes a day otherwise than "Thu 12 Nov". The letters are those of Django's date filter.
_DAY = {'de': 'D j. M', 'es': 'D j M', 'pt': 'D j \\d\\e M', 'pt-br': 'D j \\d\\e M'}
_LONG_DAY = {'de': 'l, j. F', 'es': 'l j \\d\\e F', 'pt': 'l, j \\d\\e F', 'pt-br': 'l, j \\d\\e F'}
_SHORT_DAY = {'de': 'j. M', 'pt': 'j \\d\\e M', 'pt-br': 'j \\d\\e M'}
_YEAR = {'es': ' \\d\\e Y', 'pt': ' \\d\\e Y', 'pt-br': ' \\d\\e Y'}
_CLOCK = {'en-us': 'g:i A'}


def locale() -> str:
    """The locale of whoever reads this page; the site's own where nobody is signed in."""
    return getattr(_reader, 'locale', settings.LANGUAGE_CODE)


@contextmanager
def reading_as(*, locale: str, time_zone: str) -> Iterator[None]:
    """Write dates and times in this person's manner inside the block, also in mails sent by the worker."""
    before = getattr(_reader, 'locale', settings.LANGUAGE_CODE)
    _reader.locale = locale
    try:
        with timezone.override(time_zone):
            yield
    finally:
        _reader.locale = before


def manner() -> tuple[str | None, str, str, dt.date]:
    """All that decides how the same facts are written here and now; what is kept of a page is kept for one of it."""
    return translation.get_language(), locale(), timezone.get_current_timezone_name(), timezone.localdate()


def day(value: dt.date) -> str:
    """'Thu 12 Nov', with the year where it is not this one."""
    return _written(_local_date(value), locale(), timezone.localdate().year, long=False)


def daylong(value: dt.date) -> str:
    """'Tuesday 17 November', with the year where it is not this one."""
    return _written(_local_date(value), locale(), timezone.localdate().year, long=True)


def dayshort(value: dt.date) -> str:
    """'12 Nov', for the axis of a drawing."""
    with translation.override(locale()):
        return dateformat.format(_local_date(value), _SHORT_DAY.get(locale(), 'j M'))


def clock(value: dt.datetime) -> str:
    """'14:32', or '2:32 PM' where that is how one says it."""
    local = timezone.localtime(value)
    return _clock(dt.time(local.hour, local.minute), locale())


def moment(value: dt.datetime) -> str:
    """'Thu 12 Nov, 14:32' in the reader's time zone."""
    return f'{day(value)}, {clock(value)}'


def _local_date(value: dt.date) -> dt.date:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@lru_cache(maxsize=8192)
def _clock(value: dt.time, locale: str) -> str:
    with translation.override(locale):
        return dateformat.time_format(value, _CLOCK.get(locale, 'H:i'))


@lru_cache(maxsize=8192)
def _written(value: dt.date, locale: str, this_year: int, *, long: bool) -> str:
    pattern = _LONG_DAY.get(locale, 'l j F') if long else _DAY.get(locale, 'D j M')
    if value.year != this_year:
        pattern += _YEAR.get(locale, ' Y')
    with translation.override(locale):
        return dateformat.format(value, pattern)
