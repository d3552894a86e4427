"""The library: which playbooks there are for somebody, sorted, counted and filtered in the database.

Every list here stands on `Playbook.objects.visible_to(user)`, also the counts beside the filters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Left, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from . import search
from . import text as texts
from .models import Acknowledgement, Playbook, PlaybookLink, Rendering, Run
from .reading import SOON, Freshness, freshness

PAGE = 20
TAGS_SHOWN = 12
EXCERPT = 140
FRESHNESS = {
    'checked': _('Checked recently'),
    'soon': _('Review due soon'),
    'overdue': _('Not checked in time'),
    'never': _('Not checked yet'),
}
FACETS = ('area', 'kind', 'fresh')
BEST, TITLE, CHANGED, CHECKED, READ = 'best', 'title', 'changed', 'checked', 'read'


class DaysSince(Func):
    """Days from an instant to another, with fractions: `DaysSince(then, now)`."""

    arity = 2
    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        (then, first), (now, second) = (compiler.compile(one) for one in self.source_expressions)
        return f'(julianday({now}) - julianday({then}))', (*second, *first)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        (then, first), (now, second) = (compiler.compile(one) for one in self.source_expressions)
        return f'(extract(epoch from ({now} - {then})) / 86400)', (*second, *first)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody asks the library for; empty means everything that is not archived, by title."""

    q: str = ''
    area: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    archived: bool = False
    sort: str = ''
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether anything but words narrows the list."""
        return bool(self.area or self.kind or self.tag or self.fresh or self.archived)


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of a filter, and how many playbooks there are with it under what the other filters say."""

    value: str
    label: str
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One playbook in the list."""

    playbook: Playbook
    excerpt: str
    freshness: Freshness
    has_changed: bool
    tracks: int
    runs: int


@dataclass(frozen=True, slots=True)
class Library:
    """One page of the library and everything around it."""

    rows: list[Row]
    total: int
    first: int
    facets: dict[str, list[Choice]]
    sort: str
    matches_all: bool

    @property
    def last(self) -> int:
        """The place of the last row shown, counted from 1."""
        return self.first + len(self.rows) - 1

    @property
    def more(self) -> int:
        """How many rows the next page will have."""
        return min(PAGE, self.total - self.last)


def library_for(user: User, wishes: Wishes, names: Mapping[str, Mapping[str, str]], *, now: datetime) -> Library:
    """What the library shows. `names` gives the names of areas and kinds by their slugs, in their order.

    Four queries; with words three more, five where only some of the words are found.
    """
    base = _fresh(Playbook.objects.visible_to(user).filter(current_version__isnull=False).with_checked(), now)
    base = base.filter(archived_at__isnull=not wishes.archived)
    offset = (wishes.page - 1) * PAGE
    wanted = _tagged(base, wishes).filter(_chosen(wishes))
    matches_all = True
    hits: dict[int, str] = {}
    if words := search.words_of(wishes.q):
        found = search.search(wishes.q, wanted, limit=PAGE, offset=offset)
        hits, matches_all = {hit.pk: hit.snippet_html for hit in found.hits}, found.matches_all
        matching = search.matching(words, matches_all=matches_all)
        base, wanted = base.filter(matching), wanted.filter(matching)
    sort = wishes.sort or (BEST if words else TITLE)
    if sort == BEST and not words:
        sort = TITLE
    pks = (
        list(hits) if sort == BEST else list(_sorted(wanted, sort).values_list('pk', flat=True)[offset : offset + PAGE])
    )
    cube = Counter(
        {
            tuple(cell): count
            for *cell, count in _cells(_tagged(base, wishes)).values_list('area__slug', 'kind__slug', 'fresh', 'n')
        }
    )
    return Library(
        rows=_rows(user, pks, hits, now),
        total=sum(_slice(cube, wishes).values()),
        first=offset + 1,
        facets=_facets(cube, wishes, names) | {'tag': _tags(base.filter(_chosen(wishes)), wishes.tag)},
        sort=sort,
        matches_all=matches_all,
    )


def _fresh(playbooks: QuerySet, now: datetime) -> QuerySet:
    """Annotate `fresh`, the state that `reading.freshness` gives; days are those of whoever reads."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    over = DaysSince('checked_at', Value(today, DateTimeField())) - F('review_every_days')
    return playbooks.annotate(
        over=ExpressionWrapper(over, FloatField()),
        fresh=Case(
            When(over__gt=0, then=Value('overdue')),
            When(over__gt=-SOON.days - 1, then=Value('soon')),
            When(verified_at__isnull=False, then=Value('checked')),
            default=Value('never'),
            output_field=CharField(),
        ),
    )


def _chosen(wishes: Wishes) -> Q:
    """The filters other than words and tags, as a condition."""
    condition = Q()
    for column, values in (('area__slug', wishes.area), ('kind__slug', wishes.kind), ('fresh', wishes.fresh)):
        if values:
            condition &= Q(**{f'{column}__in': values})
    return condition


def _tagged(playbooks: QuerySet, wishes: Wishes) -> QuerySet:
    """Those with any of the tags, if any are asked for."""
    if not wishes.tag:
        return playbooks
    return playbooks.filter(pk__in=_tag_rows().filter(tag__slug__in=wishes.tag).values('object_id'))


def _tag_rows() -> QuerySet:
    return Playbook.tags.through.objects.filter(content_type__app_label='playbooks', content_type__model='playbook')


def _sorted(playbooks: QuerySet, sort: str) -> QuerySet:
    readers = Acknowledgement.objects.filter(playbook=OuterRef('pk')).order_by().values('playbook')
    order = {
        CHANGED: (F('current_version__published_at').desc(),),
        CHECKED: (F('checked_at').desc(),),
        READ: (Coalesce(Subquery(readers.annotate(n=Count('person', distinct=True)).values('n')), 0).desc(),),
    }
    return playbooks.order_by(*order.get(sort, ()), Lower('current_version__title'), 'pk')


def _cells(playbooks: QuerySet) -> QuerySet:
    """How many there are of each area, kind and freshness: what all counts beside the filters are made of."""
    return playbooks.order_by().values('area__slug', 'kind__slug', 'fresh').annotate(n=Count('pk'))


def _slice(cube: Counter, wishes: Wishes, *, but: str = '') -> Counter:
    """The cells that the filters leave; `but` names one of them that is not asked."""
    asked = [() if name == but else getattr(wishes, name) for name in FACETS]
    return Counter(
        {
            cell: count
            for cell, count in cube.items()
            if all(not one or value in one for one, value in zip(asked, cell, strict=True))
        }
    )


def _facets(cube: Counter, wishes: Wishes, names: Mapping[str, Mapping[str, str]]) -> dict[str, list[Choice]]:
    facets = {}
    for place, name in enumerate(FACETS):
        counts: Counter[str] = Counter()
        for cell, count in _slice(cube, wishes, but=name).items():
            counts[cell[place]] += count
        chosen = getattr(wishes, name)
        choices = (Choice(value, label, counts[value], value in chosen) for value, label in names[name].items())
        facets[name] = [choice for choice in choices if choice.count or choice.is_on]
    return facets


def _tags(playbooks: QuerySet, chosen: Iterable[str]) -> list[Choice]:
    """The tags used most, and those that are chosen."""
    used = _tag_rows().filter(object_id__in=playbooks.order_by().values('pk')).order_by()
    counts = used.values_list('tag__slug', 'tag__name').annotate(n=Count('object_id', distinct=True))
    found = {slug: (name, n) for slug, name, n in counts.order_by('-n', 'tag__name')}
    shown = [*list(found)[:TAGS_SHOWN], *(slug for slug in chosen if slug not in list(found)[:TAGS_SHOWN])]
    return [
        Choice(slug, found.get(slug, (slug, 0))[0], found.get(slug, (slug, 0))[1], slug in chosen) for slug in shown
    ]


def _rows(user: User, pks: list[int], snippets: Mapping[int, str], now: datetime) -> list[Row]:
    """The rows of one page in the order given. One query."""
    plain = Rendering.objects.filter(version=OuterRef('current_version'), pipeline=texts.PIPELINE).annotate(
        start=Left('plain', EXCERPT * 3)
    )
    tracks = Playbook.objects.visible_to(user).published().filter(kind__is_track=True).values('current_version')
    links = (
        PlaybookLink.objects.filter(target_slug=OuterRef('slug'), version__in=tracks).order_by().values('target_slug')
    )
    runs = Run.objects.visible_to(user).filter(playbook=OuterRef('pk')).order_by().values('playbook')
    found = (
        Playbook.objects.filter(pk__in=pks)
        .with_checked()
        .with_read_by(user)
        .select_related('kind', 'area', 'owner', 'current_version')
        .defer('current_version__text', 'kind__template')
        .annotate(
            start=Subquery(plain.values('start')[:1]),
            tracks=Coalesce(Subquery(links.annotate(n=Count('version', distinct=True)).values('n')), 0),
            started=Coalesce(Subquery(runs.annotate(n=Count('pk')).values('n')), 0),
        )
    )
    today = timezone.localdate(now)
    rows = {playbook.pk: _row(playbook, snippets, today) for playbook in found}
    return [rows[pk] for pk in pks if pk in rows]


def _row(playbook: Any, snippets: Mapping[int, str], today: date) -> Row:
    read = playbook.read_number
    return Row(
        playbook=playbook,
        excerpt=snippets.get(playbook.pk) or excerpt_of(playbook.start or ''),
        freshness=freshness(
            verified_at=playbook.verified_at,
            published_at=playbook.current_version.published_at,
            every_days=playbook.review_every_days,
            today=today,
        ),
        has_changed=read is not None and read < (playbook.changed_number or 1),
        tracks=playbook.tracks,
        runs=playbook.started,
    )


def excerpt_of(plain: str) -> str:
    """What a text begins with: its first sentence, or as much of it as fits in a line or two."""
    line = next(filter(None, map(str.strip, plain.splitlines())), '')
    if len(line) <= EXCERPT:
        return line
    end = max(line.rfind(sign, 0, EXCERPT) for sign in ('. ', '? ', '! '))
    return line[: end + 1] if end > 0 else line[:EXCERPT].rsplit(' ', 1)[0] + '…'


def narrowed(playbooks: QuerySet, *, areas: Iterable[str], kinds: Iterable[str]) -> QuerySet:
    """Those in any of the areas and of any of the kinds; none named means all."""
    return playbooks.filter(_chosen(Wishes(area=tuple(areas), kind=tuple(kinds))))
