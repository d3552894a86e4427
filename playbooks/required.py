"""Required reading: asking a group or everybody to read a page by a date, who has and who has not, reminding.

Whoever read the last version that asks to be read (a process change, or version 1) has read it; what comes later asks
again only as its weight says. Source: DESIGN.md, Publishing ("read again?") and Who may do what.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import notices, permissions
from .models import Acknowledgement, Playbook, RequiredReading, Version

SOON = timedelta(days=3)  # before the day: when somebody who has not read it is reminded


class AskedAlready(Exception):
    """The same people are asked to read this already."""


def asked_by(reading: RequiredReading) -> QuerySet[User]:
    """Whom a required reading concerns: its group, or everybody, of those who may read the page."""
    people = permissions.people_who_read(reading.playbook)
    return people.filter(groups=reading.group_id) if reading.group_id else people


def last_asking(playbook: Playbook) -> int:
    """The number of the version that everybody has to have read: the last process change, or 1.

    One query, unless `with_readers` has asked already.
    """
    known = playbook.__dict__.get('asking_number')
    if known is not None:
        return known
    asking = Version.objects.filter(Version.asks_to_read_again(), playbook=playbook)
    return asking.aggregate(last=Max('number'))['last'] or 1


def with_what_they_read(people: QuerySet[User], playbook: Playbook) -> QuerySet[User]:
    """Annotate `read_number` and `read_at`: the newest version each of them has read, and when."""
    read = Acknowledgement.objects.filter(playbook=playbook, person=OuterRef('pk')).order_by('-number')
    return people.annotate(read_number=Subquery(read.values('number')[:1]), read_at=Subquery(read.values('at')[:1]))


def who_has_not(reading: RequiredReading) -> QuerySet[User]:
    """Those it concerns who have not read what holds now (two queries before)."""
    people = with_what_they_read(asked_by(reading), reading.playbook)
    return people.filter(Q(read_number=None) | Q(read_number__lt=last_asking(reading.playbook)))


@dataclass(frozen=True, slots=True)
class HowMany:
    """How many have read what holds now, how many an older version only, and how many nothing."""

    read: int
    older: int
    none: int

    @property
    def total(self) -> int:
        """How many it concerns."""
        return self.read + self.older + self.none


def counted(people: QuerySet[User], playbook: Playbook) -> dict[int | None, HowMany]:
    """Count these people by what they have read: of each of their groups, and of all of them under None.

    Two queries, however many people and groups there are.
    """
    state = Case(
        When(read_number=None, then=Value('none')),
        When(read_number__lt=last_asking(playbook), then=Value('older')),
        default=Value('read'),
    )
    rows = with_what_they_read(people, playbook).order_by().annotate(reading=state)
    found: dict[int | None, dict[str, int]] = {None: dict(rows.values_list('reading').annotate(n=Count('pk')))}
    for group, reading, n in rows.values_list('groups', 'reading').annotate(n=Count('pk', distinct=True)):
        if group is not None:
            found.setdefault(group, {})[reading] = n
    return {
        group: HowMany(by_state.get('read', 0), by_state.get('older', 0), by_state.get('none', 0))
        for group, by_state in found.items()
    }


def in_state(people: QuerySet[User], playbook: Playbook, state: str) -> QuerySet[User]:
    """Those who read what holds now ('read'), only something older ('older'), anything ('some'), nothing ('none')."""
    people = with_what_they_read(people, playbook).order_by('name', 'pk')
    conditions = {
        'none': lambda: Q(read_number=None),
        'some': lambda: Q(read_number__isnull=False),
        'older': lambda: Q(read_number__lt=last_asking(playbook)),
        'read': lambda: Q(read_number__gte=last_asking(playbook)),
    }
    return people.filter(conditions[state]()) if state else people


def readers_by_version(playbook: Playbook) -> list[tuple[int, int]]:
    """Each version that somebody has read, the newest first, with how many did (one query)."""
    read = Acknowledgement.objects.filter(playbook=playbook, person__is_active=True)
    counts = read.order_by('-number').values_list('number').annotate(n=Count('person', distinct=True))
    return list(counts)


def ask_to_read(
    *,
    playbook: Playbook,
    by: User,
    group: Group | None = None,
    due_on: date | None = None,
    why: str = '',
    now: datetime | None = None,
) -> RequiredReading:
    """Ask a group, or everybody (None), to read a page, and tell those who have not. Load `current_version`.

    Raises AskedAlready where the same people are asked already; ValueError for a page without a version.
    """
    now = now or timezone.now()
    if playbook.current_version is None:
        raise ValueError(_('There is no version to read yet.'))
    try:
        with transaction.atomic():
            reading = RequiredReading.objects.create(
                playbook=playbook, group=group, due_on=due_on, why=why, asked_by=by, asked_at=now
            )
            _tell(reading, 'reading_asked', f'reading:{reading.pk}', by=by, now=now)
    except IntegrityError as error:
        raise AskedAlready from error
    return reading


def ask_otherwise(*, reading: RequiredReading, due_on: date | None, why: str) -> None:
    """Change the day and the reason."""
    reading.due_on, reading.why = due_on, why
    reading.save(update_fields=['due_on', 'why'])


def stop_asking(*, reading: RequiredReading, by: User, now: datetime | None = None) -> None:
    """Ask no more; what was read stays read."""
    RequiredReading.objects.filter(pk=reading.pk, ended_at=None).update(ended_at=now or timezone.now(), ended_by=by)


def remind(*, reading: RequiredReading, by: User, now: datetime | None = None) -> int:
    """Tell once more those who have not read it, at most once a day each; how many they are."""
    now = now or timezone.now()
    return _tell(reading, 'reading_due', f'reading-reminder:{reading.pk}:{now.date()}', by=by, now=now)


def remind_of_reading(now: datetime | None = None) -> int:
    """Remind of what is due in three days, and once when the day is past; how many people that concerned.

    Can be called at any time: nobody is reminded twice of the same day. A few queries for each reading that is due.
    """
    now = now or timezone.now()
    today = now.date()
    due = (
        RequiredReading.objects.under_way().filter(due_on__lte=today + SOON).select_related('playbook__current_version')
    )
    told = 0
    for reading in due.defer('playbook__current_version__text'):
        assert reading.due_on is not None
        moment = 'past' if reading.due_on < today else 'soon'
        told += _tell(reading, 'reading_due', f'reading-due:{reading.pk}:{reading.due_on}:{moment}', by=None, now=now)
    return told


def _tell(reading: RequiredReading, kind: str, key: str, *, by: User | None, now: datetime) -> int:
    playbook = reading.playbook
    data = {
        'title': playbook.title,
        'due_on': reading.due_on.isoformat() if reading.due_on else '',
        'note': reading.why,
    }
    return notices.tell(
        who_has_not(reading),
        kind=kind,
        path=playbook.get_absolute_url(),
        playbook=playbook,
        actor=by,
        data=data,
        dedupe_key=key,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """One required reading of a page, with how far it is."""

    reading: RequiredReading
    counts: HowMany
    unable: int

    @property
    def address(self) -> str:
        """The list of the people it concerns."""
        return f'{reverse("playbooks:readers", args=[self.reading.playbook.slug])}?ask={self.reading.pk}'


def askings_of(playbook: Playbook) -> list[Asking]:
    """The required readings of a page that hold, each with its counts: four queries, one where there is none.

    Load the page `with_readers`.
    """
    found = RequiredReading.objects.filter(playbook=playbook, ended_at=None).select_related('group', 'asked_by')
    readings = list(found)
    if not readings:
        return []
    counts = counted(permissions.people_who_read(playbook), playbook)
    groups = [reading.group_id for reading in readings if reading.group_id]
    members = User.objects.active().filter(groups__in=groups).order_by().values_list('groups')
    members_of = dict(members.annotate(n=Count('pk', distinct=True)))
    askings = []
    for reading in readings:
        reading.playbook = playbook
        how_many = counts.get(reading.group_id, HowMany(0, 0, 0))
        unable = members_of.get(reading.group_id, 0) - how_many.total if reading.group_id else 0
        askings.append(Asking(reading, how_many, max(0, unable)))
    return askings
