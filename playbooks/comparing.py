"""Two versions side by side in time: compared once, and kept, because versions never change.

Source: DESIGN.md, Publishing ("shown the one diff from what they read"), and design/LOOK.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User

from . import text as texts
from .kind_fields import Change, Said, changes, every_field, names_for
from .models import Acknowledgement, Playbook, Version
from .rendering import WORDS_A_MINUTE
from .text.alignment import align
from .text.comparison import Comparison
from .text.diff import compare

SECONDS_KEPT = 60 * 60 * 24 * 7
AROUND = 3  # unchanged lines of Markdown shown before and after a change
OFFERED = 200  # versions one can choose from, the newest


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between two versions: the text as it is read, and beside it what counts of each."""

    comparison: Comparison
    facts: list[tuple[str, Said, Said]]

    @property
    def changes(self) -> int:
        """How many passages one can go to."""
        return sum(1 for hunk in self.comparison.hunks if hunk.id)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of Markdown: 'same', 'added', 'removed', or 'fold' for `count` lines that are the same."""

    kind: str
    text: str = ''
    count: int = 0


def numbered(playbook: Playbook, old: int, new: int) -> dict[int, Version]:
    """The two versions by their numbers, those of them that are there. One query."""
    versions = playbook.versions.filter(Q(number=old) | Q(number=new))
    return {version.number: version for version in versions}


def compared(user: User, playbook: Playbook, old: Version, new: Version) -> Compared:
    """Compare two versions, or take what was found when they were compared before; fields in this person's words.

    Raises `text.Refused` if one of them cannot be read by this release.
    """
    name = f'compared-{texts.PIPELINE}-{old.pk}-{old.text_hash[:16]}-{new.pk}-{new.text_hash[:16]}'
    found = cache.get(name)
    if found is None:
        before, after = texts.read(old.text, title=old.title), texts.read(new.text, title=new.title)
        comparison = compare(before, after, old_address=_address(playbook, old), new_address=_address(playbook, new))
        found = comparison, _sizes(before), _sizes(after)
        cache.set(name, found, SECONDS_KEPT)
    comparison, *sizes = found
    return Compared(comparison, _facts(user, playbook, old, new, (sizes[0], sizes[1])))


def _address(playbook: Playbook, version: Version) -> str:
    return reverse('playbooks:version', args=[playbook.slug, version.number])


def _sizes(document: texts.Document) -> tuple[int, int]:
    return len(document.items), max(1, round(document.words / WORDS_A_MINUTE))


def _facts(
    user: User, playbook: Playbook, old: Version, new: Version, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> list[tuple[str, Said, Said]]:
    """Title and fields where they differ, items and reading time always."""
    rows = [(_('Title'), Said(old.title), Said(new.title))] if old.title != new.title else []
    rows += [(change.label, change.before, change.after) for change in field_changes(user, playbook, old, new)]
    was, now = sizes
    if was[0] or now[0]:
        rows.append((_('Steps'), Said(str(was[0])), Said(str(now[0]))))
    rows.append((_('Read'), Said(_('%s min') % was[1]), Said(_('%s min') % now[1])))
    return rows


class HasFields(Protocol):
    """What holds values of a kind's fields: a version, a draft, a text about to be published."""

    @property
    def fields(self) -> Mapping[str, Any]: ...


def field_changes(user: User, playbook: Playbook, old: HasFields, new: HasFields) -> list[Change]:
    """The fields that differ, in this person's words. No query but for values that name playbooks or people."""
    fields = every_field(playbook.kind.fields)
    return changes(fields, old.fields, new.fields, names_for(user, fields, old.fields, new.fields))


def lines(old: str, new: str) -> list[Line]:
    """Two Markdown texts compared line by line, long stretches of the same folded."""
    every = list(_every_line(old.splitlines(), new.splitlines()))
    near: set[int] = set()
    for place, line in enumerate(every):
        if line.kind != 'same':
            near.update(range(place - AROUND, place + AROUND + 1))
    shown: list[Line] = []
    for place, line in enumerate(every):
        if place in near:
            shown.append(line)
        elif shown and shown[-1].kind == 'fold':
            shown[-1] = Line('fold', count=shown[-1].count + 1)
        else:
            shown.append(Line('fold', count=1))
    return shown


def _every_line(old: list[str], new: list[str]) -> Iterator[Line]:
    at = new_at = 0
    for end, new_end in [*align(old, new), (len(old), len(new))]:
        yield from (Line('removed', text) for text in old[at:end])
        yield from (Line('added', text) for text in new[new_at:new_end])
        if end < len(old):
            yield Line('same', old[end])
        at, new_at = end + 1, new_end + 1


@dataclass(frozen=True, slots=True)
class Note:
    """A version as the list beside a comparison, and the choice above it, name it."""

    version: Version
    is_between: bool
    is_current: bool
    read_at: Any


def notes(playbook: Playbook, user: User, old: int, new: int) -> list[Note]:
    """The versions one can choose from, newest first, without their texts. Two queries."""
    read = dict(Acknowledgement.objects.filter(playbook=playbook, person=user).values_list('number', 'at'))
    versions = playbook.versions.select_related('author').defer('text').order_by('-number')[:OFFERED]
    return [
        Note(
            version=version,
            is_between=old < version.number <= new,
            is_current=version.pk == playbook.current_version_id,
            read_at=read.get(version.number),
        )
        for version in versions
    ]
