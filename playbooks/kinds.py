"""Kinds of playbooks as editors change them: what new ones start with, their rules, their fields.

Changing a kind never changes a published version: a version holds its values, the kind only says what to ask for and
how to call it. Every change locks the kind's row, so that two editors who add a field at once both have theirs.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError, Q, QuerySet
from django.utils.text import slugify

from accounts.models import User

from . import text as texts
from .drafts import first_owner
from .kind_fields import KindField, every_field, fields_of
from .models import Draft, Kind, Playbook, Version

RESERVED = frozenset({'new'})  # words of the addresses of kinds and of their fields
SLUG_LENGTH, NAME_LENGTH = 40, 40
MAX_FIELDS = 40
TOP = 2  # headings of this level are the parts of a text
COLUMNS = (
    *('name', 'plural', 'area_id', 'template', 'owner_rule', 'default_owner_id', 'review_every_days', 'approval'),
    *('members_may_publish_first', 'run_noun', 'run_plural', 'anchor_noun', 'runs_on_publish', 'is_track', 'position'),
)


class KindChanged(Exception):
    """Somebody else changed the kind since it was shown; nothing was overwritten. `stored` is the kind as it is now."""

    def __init__(self, stored: Kind) -> None:
        super().__init__('The kind was changed since it was shown.')
        self.stored = stored


class KindInUse(Exception):
    """A kind that playbooks have cannot be deleted."""


def with_use() -> QuerySet[Kind]:
    """All kinds with `used`, how many playbooks are of each: drafts and archived ones count. One query."""
    return Kind.objects.select_related('area', 'default_owner').annotate(used=Count('playbooks'))


def fingerprint(kind: Kind) -> str:
    """What names everything an editor sees in the form of a kind (one query): its fields have their own pages."""
    shown = {name: getattr(kind, name) for name in COLUMNS}
    shown['approvers'] = sorted(kind.approvers.values_list('pk', flat=True)) if kind.pk else []
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:24]


def create_kind(*, values: Mapping[str, Any], approvers: Iterable[User] = ()) -> Kind:
    """Make a kind with a short name of its own, made from its name."""
    wanted = slugify(values['name'])[:SLUG_LENGTH].strip('-_').replace('_', '-') or 'type'
    while True:
        try:
            with transaction.atomic():
                kind = Kind.objects.create(slug=_free(wanted, _slugs(), '-', SLUG_LENGTH), **values)
                kind.approvers.set(approvers)
                return kind
        except IntegrityError:
            # Somebody took the same short name in this moment: the next free one is another. Else it is an error.
            if not Kind.objects.filter(slug=wanted).exists():
                raise


def change_kind(*, kind: Kind, values: Mapping[str, Any], approvers: Iterable[User], shown: str) -> Kind:
    """Store what an editor made of a kind, if it is still as it was `shown` (its fingerprint).

    Raises KindChanged if somebody else changed it meanwhile. Whether it is a track stays as it is once it is used.
    """
    with transaction.atomic():
        stored = Kind.objects.select_for_update().get(pk=kind.pk)
        if fingerprint(stored) != shown:
            raise KindChanged(stored)
        is_used = stored.playbooks.exists()
        for name, value in values.items():
            if name != 'is_track' or not is_used:
                setattr(stored, name, value)
        stored.save(update_fields=list(values))
        stored.approvers.set(approvers)
    return stored


def delete_kind(*, kind: Kind) -> None:
    """Delete a kind that no playbook has. Raises KindInUse if one has it, drafts and archived ones included."""
    try:
        kind.delete()
    except ProtectedError as error:
        raise KindInUse from error


def add_field(*, kind: Kind, field: KindField) -> KindField:
    """Add a field at the end; its name is made from its label and then stays, because versions hold values by it."""
    added = field

    def add(fields: list[KindField]) -> list[KindField]:
        nonlocal added
        added = replace(field, name=field_name(field.label, {one.name for one in fields}))
        return [*fields, added]

    _change_fields(kind, add)
    return added


def change_field(*, kind: Kind, field: KindField) -> None:
    """Put a field in the place of the one with its name."""
    _change_fields(
        kind, lambda fields: [replace(field, removed=one.removed) if one.name == field.name else one for one in fields]
    )


def remove_field(*, kind: Kind, name: str, removed: bool = True) -> None:
    """Ask for a field no longer, or again: what versions say of it stays with them."""
    _change_fields(kind, lambda fields: [replace(one, removed=removed) if one.name == name else one for one in fields])


def move_field(*, kind: Kind, name: str, up: bool) -> None:
    """Move a field past its neighbor among those that are asked for; at the end of the list nothing happens."""

    def move(fields: list[KindField]) -> list[KindField]:
        asked = [place for place, one in enumerate(fields) if not one.removed]
        here = next((at for at, place in enumerate(asked) if fields[place].name == name), None)
        there = None if here is None else here + (-1 if up else 1)
        if here is not None and there is not None and 0 <= there < len(asked):
            one, other = asked[here], asked[there]
            fields[one], fields[other] = fields[other], fields[one]
        return fields

    _change_fields(kind, move)


def _change_fields(kind: Kind, change: Callable[[list[KindField]], list[KindField]]) -> None:
    with transaction.atomic():
        stored = Kind.objects.select_for_update().only('fields').get(pk=kind.pk)
        kind.fields = stored.fields = [field.described for field in change(every_field(stored.fields))]
        stored.save(update_fields=['fields'])


def field_name(label: str, taken: Iterable[str]) -> str:
    """A name for a field with this label: lower-case letters, digits and underscores, none that is taken."""
    wanted = slugify(label).replace('-', '_').strip('_')[:NAME_LENGTH].strip('_') or 'field'
    if not wanted[0].isalpha():
        wanted = f'f_{wanted}'[:NAME_LENGTH]
    return _free(wanted, {*taken, *RESERVED}, '_', NAME_LENGTH)


def _slugs() -> set[str]:
    return {*Kind.objects.values_list('slug', flat=True), *RESERVED}


def _free(wanted: str, taken: Iterable[str], sign: str, length: int) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f'{wanted[: length - len(str(number)) - 1]}{sign}{number}'
    return name


@dataclass(frozen=True, slots=True)
class Brings:
    """What a new playbook of a kind starts with; `owner` is None where nobody owns it yet."""

    headings: tuple[str, ...]
    items: int
    fields: tuple[KindField, ...]
    owner: User | None
    every_days: int | None
    approval: str


def brings(kind: Kind, by: User) -> Brings:
    """What a playbook of this kind would start with if this person wrote it. Load the kind's `default_owner`."""
    try:
        document = texts.read(kind.template, title=kind.name)
    except texts.Refused:
        document = texts.Document()
    return Brings(
        headings=tuple(section.text for section in document.sections if section.level <= TOP),
        items=len(document.items),
        fields=tuple(fields_of(kind.fields)),
        owner=first_owner(kind, by),
        every_days=kind.review_every_days,
        approval='' if kind.approval == Kind.Approval.NONE else kind.get_approval_display(),
    )


def is_said(kind: Kind, name: str) -> bool:
    """Whether any version or draft of this kind has a value of the field (two queries)."""
    said = Q(playbook__kind=kind, fields__has_key=name)
    return Version.objects.filter(said).exists() or Draft.objects.filter(said).exists()


def pages_saying(kind: Kind, name: str) -> int:
    """How many playbooks have a value of the field in their current version."""
    return Playbook.objects.filter(kind=kind, current_version__fields__has_key=name).count()
