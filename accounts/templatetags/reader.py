"""Filters for dates, times and people, in the reader's manner."""

import datetime as dt

from django import template

from .. import reader
from ..models import User

register = template.Library()

AVATAR_CLASSES = ('', 'b', 'c', 'd', 'e')


@register.filter
def day(value: dt.date | None) -> str:
    """`{{ date|day }}`: 'Thu 12 Nov', with the year where it is not this one. Nothing for None."""
    return reader.day(value) if value else ''


@register.filter
def daylong(value: dt.date | None) -> str:
    """`{{ date|daylong }}`: 'Tuesday 17 November'."""
    return reader.daylong(value) if value else ''


@register.filter
def dayshort(value: dt.date | None) -> str:
    """`{{ date|dayshort }}`: '17 Nov', for the axis of a drawing."""
    return reader.dayshort(value) if value else ''


@register.filter
def moment(value: dt.datetime | None) -> str:
    """`{{ instant|moment }}`: 'Thu 12 Nov, 14:32' in the reader's time zone."""
    return reader.moment(value) if value else ''


@register.filter
def clock(value: dt.datetime | None) -> str:
    """`{{ instant|clock }}`: '14:32' in the reader's time zone."""
    return reader.clock(value) if value else ''


@register.filter
def initials(person: User | str) -> str:
    """`{{ person|initials }}`: 'MO' for Maya Okafor; takes a name as well. At most two letters."""
    words = [word for word in str(person).partition('@')[0].replace('.', ' ').split() if word[0].isalnum()]
    if not words:
        return '?'
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][0]).upper()


@register.filter
def avatar_class(person: User) -> str:
    """`{{ person|avatar_class }}`: one of five tints, always the same for one person."""
    return AVATAR_CLASSES[(person.pk or 0) % len(AVATAR_CLASSES)]
