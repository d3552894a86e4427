"""What somebody has to read, and all that changed since they were last here.

Three things, in this order: what they are required to read and have not, or not as it is now; what works differently
since they read it; everything else that was published. Source: DESIGN.md, Publishing and Runs ("Read again is computed
from the two numbers").
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import User

from . import runs
from .models import Acknowledgement, CaughtUp, Playbook, RequiredReading, Version

MOST = 100  # pages listed at once; the rest comes when these have been read
LONGEST = timedelta(days=90)  # what is older has been caught up with otherwise


@dataclass(frozen=True, slots=True)
class ToRead:
    """A page that somebody is asked to read: for the first time (`read_number` None), or again.

    `number` is the current version, `note` what its last process change says.
    """

    pk: int
    slug: str
    title: str
    number: int
    read_number: int | None
    read_at: datetime | None
    note: str
    published_at: datetime
    is_required: bool = False
    due_on: date | None = None
    why: str = ''

    def is_overdue(self, today: date) -> bool:
        """Whether the day is past by which it was to be read."""
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Change:
    """A page that has new versions since somebody was here, which they are not asked to read.

    `since` is the version to compare with: what they read, or else the last one before; None for a new page.
    """

    slug: str
    title: str
    number: int
    since: int | None
    notes: tuple[str, ...]
    published_at: datetime


@dataclass(slots=True)
class CatchUp:
    """Everything on somebody's page of what changed; `until` is the instant it speaks of."""

    since: datetime
    until: datetime
    required: list[ToRead] = field(default_factory=list)
    changed: list[ToRead] = field(default_factory=list)
    others: list[Change] = field(default_factory=list)
    more: int = 0

    @property
    def to_read(self) -> list[ToRead]:
        """What “I have read these” says that they have read."""
        return [*self.required, *self.changed]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.required or self.changed or self.others)


def to_read(user: User) -> list[ToRead]:
    """All that somebody is asked to read, required things first, by their day; then the last changed.

    Three queries, and one more where there is any.
    """
    read: dict[int, tuple[int, datetime]] = {}
    acknowledged = Acknowledgement.objects.filter(person=user).order_by('number')
    for playbook, number, at in acknowledged.values_list('playbook_id', 'number', 'at'):
        read[playbook] = (number, at)
    required = _required(user)
    asking = Version.objects.filter(Version.asks_to_read_again(), playbook__in={*read, *required}).order_by('number')
    last = {playbook: (number, note) for playbook, number, note in asking.values_list('playbook_id', 'number', 'note')}
    wanted = [pk for pk, (number, _note) in last.items() if pk not in read or number > read[pk][0]]
    if not wanted:
        return []
    found = Playbook.objects.readable_by(user).published().filter(pk__in=wanted).order_by('pk')
    columns = ('pk', 'slug', 'current_version__title', 'current_version__number', 'current_version__published_at')
    rows = []
    for pk, slug, title, number, published_at in found.values_list(*columns):
        due_on, why = required.get(pk, (None, ''))
        known = read.get(pk)
        rows.append(
            ToRead(
                pk=pk,
                slug=slug,
                title=title,
                number=number,
                read_number=known[0] if known else None,
                read_at=known[1] if known else None,
                note=last[pk][1],
                published_at=published_at,
                is_required=pk in required,
                due_on=due_on,
                why=why,
            )
        )
    return sorted(rows, key=_urgency)


def _urgency(row: ToRead) -> tuple[bool, date, float]:
    return not row.is_required, row.due_on or date.max, -row.published_at.timestamp()


def _required(user: User) -> dict[int, tuple[date | None, str]]:
    """The pages that somebody is required to read, by the nearest day, each with the reason (one query)."""
    asked = RequiredReading.objects.under_way().of(user).order_by(F('due_on').asc(nulls_last=True), 'pk')
    found: dict[int, tuple[date | None, str]] = {}
    for playbook, due_on, why in asked.values_list('playbook_id', 'due_on', 'why'):
        found.setdefault(playbook, (due_on, why))
    return found


def catch_up(user: User, *, now: datetime | None = None) -> CatchUp:
    """All that changed since somebody was last here (six queries at most, whatever there is)."""
    now = now or timezone.now()
    last = CaughtUp.objects.filter(person=user).values_list('at', flat=True).first()
    since = max(last or user.created_at, now - LONGEST)
    page = CatchUp(since=since, until=now)
    for row in to_read(user):
        (page.required if row.is_required else page.changed).append(row)
    asked = {row.pk for row in page.to_read}
    page.others, page.more = _others(user, since, now, asked)
    return page


def _others(user: User, since: datetime, until: datetime, asked: Iterable[int]) -> tuple[list[Change], int]:
    """The pages that were published since, small fixes left out, the last first; how many more there are."""
    published = Playbook.objects.readable_by(user).published().exclude(pk__in=list(asked))
    versions = (
        Version.objects.filter(playbook__in=published, published_at__gt=since, published_at__lte=until)
        .exclude(weight=Version.Weight.EDITORIAL, number__gt=1)
        .exclude(author=user)
        .order_by('-published_at', '-number')
        .values_list('playbook_id', 'playbook__slug', 'playbook__current_version__title', 'number', 'note')
        .annotate(at=F('published_at'), current=F('playbook__current_version__number'))
    )
    rows: dict[int, list[tuple]] = {}
    for row in versions[: MOST * 5]:
        rows.setdefault(row[0], []).append(row)
    shown = list(rows)[:MOST]
    read: dict[int, int] = {}
    acknowledged = Acknowledgement.objects.filter(person=user, playbook__in=shown).values_list('playbook_id', 'number')
    for playbook, number in acknowledged:
        read[playbook] = max(number, read.get(playbook, 0))
    changes = []
    for pk in shown:
        same = rows[pk]
        first, last = min(row[3] for row in same), max(row[3] for row in same)
        current, known = same[0][6], read.get(pk)
        if known is not None and known >= last:
            continue
        before = known or (first - 1 or None)
        notes = tuple(row[4] for row in same if row[4] and row[3] > (known or 0))
        changes.append(Change(same[0][1], same[0][2], current, before, notes, same[0][5]))
    return changes, max(len(rows) - MOST, 0)


def have_read(*, person: User, read: Iterable[tuple[int, int]], until: datetime, now: datetime | None = None) -> int:
    """Say of each page, by its key and the number that was shown, that it was read; and that all else was seen.

    Pages that are not open to the person, and versions that are not there, are passed over. Returns how many pages
    were acknowledged. `until` is the instant the list spoke of: what came since is there next time.
    """
    now = now or timezone.now()
    wanted = dict(read)
    done = 0
    there = Version.objects.filter(playbook__in=Playbook.objects.readable_by(person).filter(pk__in=wanted))
    exact = {(playbook, number) for playbook, number in there.values_list('playbook_id', 'number')}
    for playbook in Playbook.objects.readable_by(person).filter(pk__in=wanted):
        if (playbook.pk, wanted[playbook.pk]) in exact:
            runs.acknowledge(playbook=playbook, person=person, number=wanted[playbook.pk], now=now)
            done += 1
    until = min(until, now)
    stored, is_new = CaughtUp.objects.get_or_create(person=person, defaults={'at': until})
    if not is_new and stored.at < until:
        CaughtUp.objects.filter(pk=stored.pk, at__lt=until).update(at=until)
    return done
