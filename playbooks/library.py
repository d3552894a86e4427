"""The library: which playbooks there are for somebody, sorted, counted and filtered in the database.

Every list here stands on `Playbook.objects.visible_to(user)`, also the counts beside the filters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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

from . import library_fields, search
from . import text as texts
from .kind_fields import FieldType, KindField, Said, said
from .library_fields import FieldWish
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
BEST, TITLE, CHANGED, CHECKED, DUE, READ = 'best', 'title', 'changed', 'checked', 'due', 'read'


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
    fields: Mapping[str, FieldWish] = field(default_factory=dict)
    mine: bool = False
    archived: bool = False
    sort: str = ''
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether anything but words narrows the list."""
        narrow = (self.area, self.kind, self.tag, self.fresh, self.mine, self.archived)
        return any(narrow) or any(wish.is_asked for wish in self.fields.values())

    @property
    def columns(self) -> list[KindField]:
        """The fields of the one kind that the list is of; none where it is of several."""
        return [wish.field for wish in self.fields.values()]

    @property
    def usual_sort(self) -> str:
        """How the list is sorted if nothing is said: words by how well they match, one's own by what is due next."""
        return BEST if search.words_of(self.q) else DUE if self.mine else TITLE


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of a filter, and how many playbooks there are with it under what the other filters say."""

    value: str
    label: str
    count: int
    is_on: bool
    mark: str = ''

    @property
    def dom(self) -> str:
        """What tells it apart in the ids of a page: a value may be any words."""
        return self.mark or self.value


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """How a list of one kind can be narrowed by one of its fields; `choices` where there are boxes with counts."""

    wish: FieldWish
    choices: list[Choice]

    @property
    def name(self) -> str:
        """What addresses call it."""
        return library_fields.PARAMETER + self.wish.field.name


@dataclass(frozen=True, slots=True)
class Row:
    """One playbook in the list."""

    playbook: Playbook
    excerpt: str
    freshness: Freshness
    has_changed: bool
    tracks: int
    runs: int
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """One page of the library and everything around it."""

    rows: list[Row]
    total: int
    first: int
    facets: dict[str, list[Choice]]
    field_filters: list[FieldFilter]
    columns: list[KindField]
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

    Four queries; with words three more, five where only some of the words are found. The fields of a kind add none.
    """
    base, wanted = _shelves(user, wishes, now)
    offset = (wishes.page - 1) * PAGE
    matches_all = True
    hits: dict[int, str] = {}
    if words := search.words_of(wishes.q):
        found = search.search(wishes.q, wanted, limit=PAGE, offset=offset)
        hits, matches_all = {hit.pk: hit.snippet_html for hit in found.hits}, found.matches_all
        matching = search.matching(words, matches_all=matches_all)
        base, wanted = base.filter(matching), wanted.filter(matching)
    sort = sort_of(wishes)
    pks = (
        list(hits)
        if sort == BEST
        else list(_sorted(user, wanted, sort, wishes).values_list('pk', flat=True)[offset : offset + PAGE])
    )
    cube = _cube(user, _tagged(base, wishes), wishes)
    return Library(
        rows=_rows(user, pks, hits, now, wishes.columns),
        total=sum(cube.left().values()),
        first=offset + 1,
        facets=_facets(cube, names) | {'tag': _tags(base.filter(_chosen(user, wishes)), wishes.tag)},
        field_filters=[_field_filter(cube, wish) for wish in wishes.fields.values()],
        columns=wishes.columns,
        sort=sort,
        matches_all=matches_all,
    )


def sort_of(wishes: Wishes) -> str:
    """How the list is sorted: as asked, where that makes sense, else as usual."""
    sort = wishes.sort or wishes.usual_sort
    return TITLE if sort == BEST and not search.words_of(wishes.q) else sort


def everything(user: User, wishes: Wishes, *, now: datetime) -> tuple[QuerySet, list[int]]:
    """All that the list has, on every page of it, with its annotations and in its order.

    Sorted by how well words match, the second value says the order by primary keys; else it is empty. No query without
    words; with them one, or two.
    """
    _base, wanted = _shelves(user, wishes, now)
    sort, order = sort_of(wishes), list[int]()
    if words := search.words_of(wishes.q):
        order, matches_all = search.best(wishes.q, wanted)
        wanted = wanted.filter(search.matching(words, matches_all=matches_all))
    return _sorted(user, wanted, sort, wishes), order if sort == BEST else []


def _shelves(user: User, wishes: Wishes, now: datetime) -> tuple[QuerySet, QuerySet]:
    """What counts are of before tags and filters, and what the list has, words left out of both."""
    base = _fresh(Playbook.objects.visible_to(user).filter(current_version__isnull=False).with_checked(), now)
    base = base.filter(archived_at__isnull=not wishes.archived)
    if wishes.mine:
        base = base.filter(Q(owner=user) | Q(co_owner=user))
    return base, _tagged(base, wishes).filter(_chosen(user, wishes))


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


def _chosen(user: User, wishes: Wishes) -> Q:
    """The filters other than words and tags, as a condition."""
    condition = _sorts(area=wishes.area, kind=wishes.kind)
    if wishes.fresh:
        condition &= Q(fresh__in=wishes.fresh)
    for wish in wishes.fields.values():
        condition &= library_fields.fitting(user, wish)
    return condition


def _sorts(*, area: Iterable[str], kind: Iterable[str]) -> Q:
    condition = Q()
    for column, values in (('area__slug', tuple(area)), ('kind__slug', tuple(kind))):
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


def _sorted(user: User, playbooks: QuerySet, sort: str, wishes: Wishes) -> QuerySet:
    asked = wishes.fields.get(sort.lstrip('-').removeprefix(library_fields.PARAMETER))
    if asked:
        return library_fields.ordered(user, playbooks, asked.field, falling=sort.startswith('-'))
    readers = Acknowledgement.objects.filter(playbook=OuterRef('pk')).order_by().values('playbook')
    order = {
        CHANGED: (F('current_version__published_at').desc(),),
        CHECKED: (F('checked_at').desc(),),
        DUE: (F('over').desc(nulls_last=True),),
        READ: (Coalesce(Subquery(readers.annotate(n=Count('person', distinct=True)).values('n')), 0).desc(),),
    }
    return playbooks.order_by(*order.get(sort, ()), Lower('current_version__title'), 'pk')


@dataclass(frozen=True, slots=True)
class _Cube:
    """How many playbooks there are for each combination of what filters ask: all counts beside them come from it.

    `names` are the filters, the cells' places in their order; `asked` the values that are on.
    """

    names: tuple[str, ...]
    asked: Mapping[str, Sequence[str]]
    cells: Counter[tuple[Any, ...]]

    def left(self, *, but: Iterable[str] = ()) -> Counter[tuple[Any, ...]]:
        """The cells that the filters leave; those in `but` are not asked."""
        asked = [() if name in but else self.asked.get(name, ()) for name in self.names]
        return Counter(
            {
                cell: count
                for cell, count in self.cells.items()
                if all(not one or value in one for one, value in zip(asked, cell, strict=True))
            }
        )

    def counts(self, name: str, *, but: Iterable[str] = ()) -> Counter[str]:
        """How many there are of each value of a filter under what the others say; `but` names more not to ask."""
        place, counts = self.names.index(name), Counter[str]()
        for cell, count in self.left(but={name, *but}).items():
            counts[cell[place]] += count
        return counts


def _cube(user: User, playbooks: QuerySet, wishes: Wishes) -> _Cube:
    """Count by area, kind and freshness; in a list of one kind also by its fields. One query."""
    columns = ['area__slug', 'kind__slug', 'fresh']
    asked: dict[str, Sequence[Any]] = {name: getattr(wishes, name) for name in FACETS}
    names = [*FACETS]
    if wishes.fields:
        added = library_fields.dimensions(wishes.kind[0], wishes.fields, user)
        playbooks = playbooks.annotate(**added)
        columns, names = [*columns, *added], [*names, *added]
        asked |= {f'in_{name}': wish.values for name, wish in wishes.fields.items() if wish.is_facet}
        asked['fits'] = (1,)
    counted = playbooks.order_by().values(*columns).annotate(n=Count('pk')).values_list(*columns, 'n')
    return _Cube(tuple(names), asked, Counter({tuple(cell): count for *cell, count in counted}))


def _facets(cube: _Cube, names: Mapping[str, Mapping[str, str]]) -> dict[str, list[Choice]]:
    """The boxes of area, kind and freshness. Of a kind all are counted: its fields are asked of nothing else."""
    facets = {}
    for name in FACETS:
        counts = cube.counts(name, but=cube.names[len(FACETS) :] if name == 'kind' else ())
        choices = (
            Choice(value, label, counts[value], value in cube.asked[name]) for value, label in names[name].items()
        )
        facets[name] = [choice for choice in choices if choice.count or choice.is_on]
    return facets


def _field_filter(cube: _Cube, wish: FieldWish) -> FieldFilter:
    """The boxes of a field: the kind's choices, and values that texts still have though no longer offered."""
    if not wish.is_facet:
        return FieldFilter(wish, [])
    counts = cube.counts(f'in_{wish.field.name}')
    if wish.field.type == FieldType.YES_NO:
        labels: dict[str, Any] = {'true': _('Yes'), 'false': _('No')}
    else:
        labels = {choice: choice for choice in wish.field.choices}
    labels |= {value: value for value in (*sorted(counts), *wish.values) if value and value not in labels}
    choices = [
        Choice(value, str(label), counts[value], value in wish.values, mark=f'{wish.field.name}-{number}')
        for number, (value, label) in enumerate(labels.items())
    ]
    return FieldFilter(wish, [choice for choice in choices if choice.count or choice.is_on])


def _tags(playbooks: QuerySet, chosen: Iterable[str]) -> list[Choice]:
    """The tags used most, and those that are chosen."""
    used = _tag_rows().filter(object_id__in=playbooks.order_by().values('pk')).order_by()
    counts = used.values_list('tag__slug', 'tag__name').annotate(n=Count('object_id', distinct=True))
    found = {slug: (name, n) for slug, name, n in counts.order_by('-n', 'tag__name')}
    shown = [*list(found)[:TAGS_SHOWN], *(slug for slug in chosen if slug not in list(found)[:TAGS_SHOWN])]
    return [
        Choice(slug, found.get(slug, (slug, 0))[0], found.get(slug, (slug, 0))[1], slug in chosen) for slug in shown
    ]


def _rows(
    user: User, pks: list[int], snippets: Mapping[int, str], now: datetime, columns: list[KindField]
) -> list[Row]:
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
    loaded = list(library_fields.with_names(user, found, columns))
    named = library_fields.names_in(loaded, columns)
    rows = {
        playbook.pk: _row(
            playbook,
            snippets,
            today,
            tuple(said(one, playbook.current_version.fields.get(one.name), named) for one in columns),
        )
        for playbook in loaded
    }
    return [rows[pk] for pk in pks if pk in rows]


def _row(playbook: Any, snippets: Mapping[int, str], today: date, values: tuple[Said, ...]) -> Row:
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
        said=values,
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
    return playbooks.filter(_sorts(area=areas, kind=kinds))
