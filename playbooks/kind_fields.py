"""The fields that a kind asks for beside the text: what they are, and what their values say to whoever reads.

A kind describes its fields in a list of JSON objects; a draft and a version hold the values by name. A field that was
taken out stays in the list, marked `removed`: nobody is asked for it any more, and old versions still say its label.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import reader
from accounts.models import User

from .models import Playbook, SlugHistory

NAME = re.compile(r'[A-Za-z](?:-?[A-Za-z0-9_]){0,59}')  # what addresses, forms and databases take
NUMBER = re.compile(r'-?[0-9]{1,30}(?:\.[0-9]{1,30})?')
DAY = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}')
GROUPED_FROM = 10_000  # below, a separator does more harm than good: years are numbers too
MAX_REMIND_DAYS = 365


class FieldType(models.TextChoices):
    """What a field may hold."""

    TEXT = 'text', gettext_lazy('One line of text')
    LONG_TEXT = 'long_text', gettext_lazy('Several lines of text')
    NUMBER = 'number', gettext_lazy('Number')
    DATE = 'date', gettext_lazy('Date')
    URL = 'url', gettext_lazy('Link')
    CHOICE = 'choice', gettext_lazy('One of a list')
    YES_NO = 'yes_no', gettext_lazy('Yes or no')
    PLAYBOOK = 'playbook', gettext_lazy('Another playbook')
    PERSON = 'person', gettext_lazy('Person')


TYPES = {type_.value: type_ for type_ in FieldType}


@dataclass(frozen=True, slots=True)
class KindField:
    """One field as its kind describes it. `remind_days` (dates only): how long before the day its owner is told."""

    name: str
    label: str
    type: str = FieldType.TEXT
    choices: tuple[str, ...] = ()
    required: bool = False
    help: str = ''
    remind_days: int | None = None
    removed: bool = False

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> 'KindField':
        """The field that a JSON object describes; what it leaves out is as usual."""
        name, remind = str(described['name']), described.get('remind_days')
        return cls(
            name=name,
            label=str(described.get('label') or name),
            type=TYPES.get(str(described.get('type')), FieldType.TEXT),
            choices=tuple(map(str, described.get('choices') or ())),
            required=bool(described.get('required')),
            help=str(described.get('help') or ''),
            remind_days=remind if isinstance(remind, int) else None,
            removed=bool(described.get('removed')),
        )

    @property
    def described(self) -> dict[str, Any]:
        """The JSON object that describes it, without what is as usual."""
        described: dict[str, Any] = {
            'name': self.name,
            'label': self.label,
            'type': str(self.type),
            'required': self.required,
        }
        if self.choices:
            described['choices'] = list(self.choices)
        if self.help:
            described['help'] = self.help
        if self.remind_days is not None:
            described['remind_days'] = self.remind_days
        return described | ({'removed': True} if self.removed else {})

    @property
    def type_label(self) -> str:
        """What pages call its type."""
        return str(FieldType(self.type).label)


def every_field(described: Iterable[Mapping[str, Any]]) -> list[KindField]:
    """All fields a kind ever had, those taken out included: for what versions say. Takes `kind.fields`.

    What somebody wrote there by hand and is no field is left out.
    """
    return [KindField.of(one) for one in described if isinstance(one, Mapping) and _is_name(one.get('name'))]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def fields_of(described: Iterable[Mapping[str, Any]]) -> list[KindField]:
    """The fields that a kind asks for. Takes `kind.fields`."""
    return [field for field in every_field(described) if not field.removed]


def storable(values: Mapping[Any, Any]) -> dict[str, Any]:
    """The values of fields as a file's front matter has them, as JSON holds them: days as 2026-11-24, empty ones left
    out, and as its words whatever no field may be."""
    return {_clean(str(name)): _storable(value) for name, value in values.items() if value not in (None, '')}


def _storable(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list):
        return [_storable(one) for one in value if one is not None]
    return value.isoformat() if isinstance(value, dt.date) else _clean(str(value))


def _clean(words: str) -> str:
    """Words without what PostgreSQL refuses in JSON: NUL, and halves of characters."""
    return words.replace('\x00', '').encode(errors='replace').decode()


@dataclass(frozen=True, slots=True)
class Said:
    """A value in the reader's words, and where it leads; `outside` is an address of another site."""

    words: str
    address: str = ''
    outside: bool = False

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with what it says; `is_long` is text of several lines, `removed` a field nobody is asked for any more."""

    label: str
    said: Said
    is_long: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """The playbooks and people that values name, as far as the reader may see them."""

    playbooks: Mapping[str, tuple[str, str]]
    people: Mapping[int, str]


def names_for(user: User, fields: Iterable[KindField], *values: Mapping[str, Any]) -> Names:
    """Look up what these values name. No query without such values; at most three, however many there are."""
    slugs, people = set(), set()
    for field in fields:
        found = {one[field.name] for one in values if isinstance(one.get(field.name), str | int)}
        if field.type == FieldType.PLAYBOOK:
            slugs |= {str(value) for value in found}
        elif field.type == FieldType.PERSON:
            people |= {value for value in found if isinstance(value, int)}
    rows = User.objects.filter(pk__in=people).values_list('pk', 'name', 'email') if people else ()
    return Names(_titles(user, slugs) if slugs else {}, {pk: name or email for pk, name, email in rows})


def _titles(user: User, slugs: set[str]) -> dict[str, tuple[str, str]]:
    """Slug and title now, by the slug asked for; an address a playbook had before counts as its own."""
    visible = Playbook.objects.visible_to(user)
    rows = visible.filter(slug__in=slugs).values_list('slug', 'current_version__title')
    found = {slug: (slug, title or slug) for slug, title in rows}
    if missing := slugs - found.keys():
        moved = SlugHistory.objects.filter(slug__in=missing, playbook__in=visible)
        rows = moved.values_list('slug', 'playbook__slug', 'playbook__current_version__title')
        found |= {old: (slug, title or slug) for old, slug, title in rows}
    return found


NO_NAMES = Names({}, {})


def said(field: KindField, value: Any, names: Names = NO_NAMES) -> Said:
    """What a value says to whoever reads the page. A value that does not fit the field's type says itself."""
    if value is None or value == '':
        return Said('')
    if isinstance(value, list):
        return Said(', '.join(map(str, value)))
    match field.type:
        case FieldType.YES_NO if isinstance(value, bool):
            return Said(_('Yes') if value else _('No'))
        case FieldType.DATE:
            return Said(_day(value))
        case FieldType.NUMBER:
            return Said(_number(value))
        case FieldType.URL if str(value).startswith(('https://', 'http://')):
            return Said(str(value).partition('://')[2].rstrip('/'), str(value), outside=True)
        case FieldType.PLAYBOOK if str(value) in names.playbooks:
            slug, title = names.playbooks[str(value)]
            return Said(title, reverse('playbooks:playbook', args=[slug]))
        case FieldType.PERSON if isinstance(value, int):
            return Said(names.people.get(value) or _('Somebody who is no longer here'))
    return Said(str(value))


def _day(value: Any) -> str:
    day = date_of(value)
    return reader.day(day) if day else str(value)


def date_of(value: Any) -> dt.date | None:
    """The day that a stored value is, or None where it is none: imports bring what they find."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else None
    except ValueError:
        return None


def _number(value: Any) -> str:
    return str(value) if isinstance(value, bool) else _written_number(str(value), reader.locale())


@lru_cache(maxsize=4096)
def _written_number(digits: str, locale: str) -> str:
    """A number in the manner of a locale; kept, because Django takes longer for one than for the rest of the fields."""
    if not NUMBER.fullmatch(digits):
        return digits
    number = Decimal(digits)
    with translation.override(locale):
        return number_format(number, force_grouping=abs(number) >= GROUPED_FROM)


def facts(fields: Iterable[KindField], values: Mapping[str, Any], names: Names = NO_NAMES) -> tuple[Fact, ...]:
    """What the fields say, in the kind's order, the empty ones left out.

    A field that was taken out stands last where there is a value of it. Values without a field (an import brought
    them) are not shown.
    """
    filled = [field for field in fields if values.get(field.name) not in (None, '')]
    filled.sort(key=lambda field: field.removed)
    return tuple(
        Fact(field.label, said(field, values[field.name], names), field.type == FieldType.LONG_TEXT, field.removed)
        for field in filled
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A field whose value differs between two texts; an empty side says nothing."""

    label: str
    before: Said
    after: Said

    def __str__(self) -> str:
        if not self.before.words:
            return _('%(label)s: %(after)s (was empty)') % {'label': self.label, 'after': self.after}
        if not self.after.words:
            return _('%(label)s: emptied (was %(before)s)') % {'label': self.label, 'before': self.before}
        return _('%(label)s: %(before)s → %(after)s') % {
            'label': self.label,
            'before': self.before,
            'after': self.after,
        }


def changes(
    fields: Iterable[KindField], old: Mapping[str, Any], new: Mapping[str, Any], names: Names = NO_NAMES
) -> list[Change]:
    """The fields that say something else in `new`, in the kind's order; also values no field describes, by name."""
    known = {field.name: field for field in fields}
    found = []
    for name in dict.fromkeys([*known, *old, *new]):
        field = known.get(name) or KindField(name, name)
        before, after = (said(field, values.get(name), names) for values in (old, new))
        namesakes = field.type == FieldType.PERSON and old.get(name) != new.get(name)
        if before != after or namesakes:
            found.append(Change(field.label, before, after))
    return found
