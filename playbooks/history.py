"""The history of a playbook: its versions with all that is known of each, and between them when it was checked.

Lists of versions hold no texts: a page with two hundred long versions costs what one with three short ones does.
Source: issue 3, History; DESIGN.md, Publishing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet

from accounts.models import User

from .models import Approval, Credit, Playbook, Verification, Version

COLUMNS = (
    *('pk', 'number', 'weight', 'note', 'source', 'restored_number', 'text_hash', 'published_at', 'author_id'),
    *('writer', 'writer_address', 'author_name', 'publisher_id', 'by', 'by_address', 'publisher_name'),
    *('expectation__text', 'expectation__look_on', 'expectation__conclusion'),
)


@dataclass(frozen=True, slots=True)
class Thanks:
    """Somebody who is thanked in a version, and what for."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Approved:
    """Somebody's yes to exactly this text."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A version in the history, or (`check`) the day on which somebody said “still true”.

    Equal values make equal rows, which is why the page may keep what it made of them (`{% kept %}`).
    """

    number: int
    at: datetime
    check: Verification | None = None
    slug: str = ''
    current: int = 0  # the number of the version that holds now
    weight: str = ''
    note: str = ''
    author: str = ''
    publisher: str = ''  # where it is another person than the author
    restored_number: int | None = None
    is_imported: bool = False
    is_restorable: bool = False
    read_at: datetime | None = None
    approved: tuple[Approved, ...] = ()
    thanks: tuple[Thanks, ...] = ()
    hoped: str = ''  # what should get better by it
    look_on: date | None = None
    conclusion: str = ''  # and what came of it

    @property
    def is_current(self) -> bool:
        """Whether this version holds now."""
        return self.check is None and self.number == self.current

    @property
    def weight_words(self) -> str:
        """How big a change it was, in words."""
        return str(Version.Weight(self.weight).label)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a history, whether there is an older one, and the newest version that the person has read."""

    entries: list[Entry]
    has_more: bool
    read_number: int | None


def history_of(playbook: Playbook, user: User, *, page: int, size: int, weight: str = '') -> Listed:
    """One page of a playbook's history, newest first. Five queries.

    Load the playbook's current version. `weight` leaves only versions of that weight, and no checks. What the person
    has read is marked with its day.
    """
    start = (page - 1) * size
    found = list(_rows(playbook.versions.filter(weight=weight) if weight else playbook.versions.all(), start, size + 1))
    rows, has_more = found[:size], len(found) > size
    if not rows:
        return Listed([], False, None)
    read = dict(playbook.acknowledgements.filter(person=user).values_list('number', 'at'))
    approved = _approved(playbook, (row['text_hash'] for row in rows))
    thanks = _thanks(row['pk'] for row in rows)
    entries = [
        _entry(row, playbook, read.get(row['number']), approved.get(row['text_hash'], []), thanks.get(row['pk'], []))
        for row in rows
    ]
    if not weight:
        checks = playbook.verifications.select_related('person').filter(
            number__gte=rows[-1]['number'], number__lte=rows[0]['number'] if page > 1 else 2**31 - 1
        )
        entries += [Entry(check.number, check.at, check=check) for check in checks]
        entries.sort(key=_place, reverse=True)
    return Listed(entries, has_more, max(read, default=None))


def _rows(versions: QuerySet[Version], start: int, size: int) -> QuerySet[Version, dict[str, Any]]:
    named = versions.annotate(
        writer=F('author__name'),
        writer_address=F('author__email'),
        by=F('publisher__name'),
        by_address=F('publisher__email'),
    )
    return named.order_by('-number').values(*COLUMNS)[start : start + size]


def _entry(
    row: dict[str, Any], playbook: Playbook, read_at: datetime | None, approved: list[Approved], thanks: list[Thanks]
) -> Entry:
    author = row['writer'] or row['writer_address'] or row['author_name']
    publisher = row['by'] or row['by_address'] or row['publisher_name']
    is_same = row['author_id'] == row['publisher_id'] if row['publisher_id'] else publisher == author
    return Entry(
        number=row['number'],
        at=row['published_at'],
        slug=playbook.slug,
        current=playbook.current_version.number if playbook.current_version else 0,
        weight=row['weight'],
        note=row['note'],
        author=author,
        publisher='' if is_same else publisher,
        restored_number=row['restored_number'],
        is_imported=row['source'] == Version.Source.IMPORT,
        is_restorable=row['pk'] != playbook.current_version_id and playbook.archived_at is None,
        read_at=read_at,
        approved=tuple(approved),
        thanks=tuple(thanks),
        hoped=row['expectation__text'] or '',
        look_on=row['expectation__look_on'],
        conclusion=row['expectation__conclusion'] or '',
    )


def _approved(playbook: Playbook, hashes: Iterable[str]) -> dict[str, list[Approved]]:
    """Who approved which of these exact texts, the first first, by the texts' hashes."""
    found: dict[str, list[Approved]] = {}
    rows = Approval.objects.filter(playbook=playbook, text_hash__in=list(hashes)).order_by('at')
    for text_hash, name, email, at in rows.values_list('text_hash', 'approver__name', 'approver__email', 'at'):
        found.setdefault(text_hash, []).append(Approved(name or email, at))
    return found


def _thanks(versions: Iterable[int]) -> dict[int, list[Thanks]]:
    """Who is thanked in which of these versions, by their keys."""
    found: dict[int, list[Thanks]] = {}
    for credit in Credit.objects.filter(version__in=list(versions)).select_related('person'):
        name = str(credit.person) if credit.person else credit.name
        found.setdefault(credit.version_id, []).append(Thanks(name, credit.get_reason_display()))
    return found


def _place(entry: Entry) -> tuple[int, bool, float]:
    """Where an entry stands: a check above the version it was of, whatever dates an import brought."""
    return entry.number, entry.check is not None, entry.at.timestamp()
