"""What somebody watches: a page, or all of a type, tag or area; and who is told of a new version.

Source: DESIGN.md, Publishing, the table of weights.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from taggit.models import Tag

from accounts.models import User

from . import notices
from .models import Acknowledgement, Area, Kind, Playbook, RequiredReading, Version, Watch

THINGS = ('playbook', 'kind', 'tag', 'area')
Watched: TypeAlias = Playbook | Kind | Tag | Area


def thing_of(watched: Watched) -> dict[str, Watched]:
    """The column of `Watch` that names what is watched."""
    names = {Playbook: 'playbook', Kind: 'kind', Tag: 'tag', Area: 'area'}
    return {names[type(watched)]: watched}


def watch(*, person: User, watched: Watched, now: datetime | None = None) -> None:
    """Begin to watch; doing it twice changes nothing."""
    Watch.objects.get_or_create(person=person, **thing_of(watched), defaults={'since': now or timezone.now()})


def stop_watching(*, person: User, watched: Watched) -> None:
    """Watch no more; doing it twice changes nothing."""
    Watch.objects.filter(person=person, **thing_of(watched)).delete()


def watchers_of(playbook: Playbook) -> QuerySet[User]:
    """Who watches a playbook, itself or by its type, area or a tag, and can sign in."""
    watches = Watch.objects.filter(person=OuterRef('pk'))
    tags = Playbook.tags.through.objects.filter(
        object_id=playbook.pk, content_type__app_label='playbooks', content_type__model='playbook'
    )
    concerned = (
        Q(playbook=playbook) | Q(kind=playbook.kind_id) | Q(area=playbook.area_id) | Q(tag__in=tags.values('tag'))
    )
    return User.objects.active().filter(Exists(watches.filter(concerned)))


def readers_of(playbook: Playbook) -> QuerySet[User]:
    """Who has read a version of it, or is required to, and can sign in."""
    read = Acknowledgement.objects.filter(playbook=playbook, person=OuterRef('pk'))
    required = RequiredReading.objects.filter(playbook=playbook, ended_at=None)
    everybody = Exists(required.filter(group=None))
    in_group = Exists(required.filter(group__user=OuterRef('pk')))
    return User.objects.active().filter(Exists(read) | everybody | in_group)


def told_of(playbook: Playbook, *, weight: str, is_first: bool) -> QuerySet[User]:
    """Whom a new version is told to, by its weight: nobody, watchers, or watchers and readers.

    A first version has no readers yet. Source: DESIGN.md, Publishing ("who is told").
    """
    if weight == Version.Weight.EDITORIAL and not is_first:
        return User.objects.none()
    if weight == Version.Weight.PROCESS_CHANGE or is_first:
        return watchers_of(playbook) | readers_of(playbook)
    return watchers_of(playbook)


def tell_of_version(version: Version, *, by: User | None, now: datetime) -> int:
    """Tell of a new version whoever its weight says, as part of the publication; how many were told.

    Load the version's playbook. One query for the people, one write for each five hundred of them. What somebody has
    read by the time mails go out is not mailed; whom the playbook is not open to is not shown it.
    """
    people = told_of(version.playbook, weight=version.weight, is_first=version.number == 1)
    if version.author_id is not None:
        people = people.exclude(pk=version.author_id)
    return notices.tell(
        people,
        kind='version',
        path=version.playbook.get_absolute_url(),
        playbook=version.playbook,
        actor=by,
        data={
            'title': version.title,
            'number': version.number,
            'note': version.note[:500],
            'asks': version.weight == Version.Weight.PROCESS_CHANGE or version.number == 1,
        },
        dedupe_key=f'version:{version.pk}',
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Watching:
    """One thing somebody watches, as the list of them names it."""

    pk: int
    what: str
    name: str
    slug: str


def watching_of(user: User) -> list[Watching]:
    """Everything somebody watches and may read, pages first (one query)."""
    mine = Watch.objects.filter(person=user).filter(
        Q(playbook=None) | Q(playbook__in=Playbook.objects.visible_to(user))
    )
    rows = mine.values_list(
        'pk',
        'playbook__slug',
        'playbook__current_version__title',
        'kind__slug',
        'kind__plural',
        'tag__slug',
        'tag__name',
        'area__slug',
        'area__name',
    )
    found = []
    for pk, slug, title, *others in rows.order_by('playbook__slug', 'kind__name', 'tag__name', 'area__name'):
        if slug:
            found.append(Watching(pk, 'playbook', title or slug, slug))
            continue
        pairs = zip(('kind', 'tag', 'area'), others[::2], others[1::2], strict=True)
        found.extend(Watching(pk, what, name, short) for what, short, name in pairs if short)
    order = {what: place for place, what in enumerate(THINGS)}
    return sorted(found, key=lambda one: (order[one.what], one.name.casefold()))
