"""A kind's own fields in the library: as columns, filters and orders, where the list is of one kind.

Values are read out of the JSON of the current version, as text on both databases. What does not fit its field's type
(imports bring what they find) is in no range and sorts last; it never breaks a query.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Expression,
    Field,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Lower

from accounts.models import User

from .kind_fields import FieldType, KindField, Names
from .models import Playbook, SlugHistory

PARAMETER = 'f-'  # before a field's name in addresses
FROM, TO = '-from', '-to'
FACETED = (FieldType.CHOICE, FieldType.YES_NO)
RANGED = (FieldType.DATE, FieldType.NUMBER)


class _Fitting(Func):
    """A text where it looks like a value of some type, else NULL; each database says it in its own patterns."""

    arity = 1
    output_field: Field = CharField()
    sqlite = '%(text)s'
    postgresql = '%(text)s'

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        return self._said(self.sqlite, compiler)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        return self._said(self.postgresql, compiler)

    def _said(self, sql: str, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        text, parameters = compiler.compile(self.source_expressions[0])
        times = sql.count('{text}')
        return sql.replace('{text}', text), tuple(parameters) * times


class Day(_Fitting):
    """A day as 2026-11-24, to be compared as text."""

    sqlite = "(CASE WHEN {text} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN {text} END)"
    postgresql = '(CASE WHEN {text} ~ \'^[0-9]{4}-[0-9]{2}-[0-9]{2}$\' THEN {text} END COLLATE "C")'


class Number(_Fitting):
    """A number from its digits."""

    output_field = FloatField()
    sqlite = (
        "(CASE WHEN ({text} GLOB '[0-9]*' OR {text} GLOB '-[0-9]*') AND {text} NOT GLOB '*[^-0-9.]*'"
        " AND {text} NOT GLOB '?*-*' AND {text} NOT GLOB '*.*.*' AND {text} NOT GLOB '*.'"
        ' THEN CAST({text} AS REAL) END)'
    )
    postgresql = "(CASE WHEN {text} ~ '^-?[0-9]{1,30}(\\.[0-9]{1,30})?$' THEN CAST({text} AS double precision) END)"


def text_of(field: KindField) -> Expression:
    """What the current version says in a field, as text: `true` and `false` for yes and no, NULL for nothing."""
    return Cast(KeyTextTransform(field.name, 'current_version__fields'), TextField())


@dataclass(frozen=True, slots=True)
class FieldWish:
    """What is asked of one field: any of some values, words in it, or a range with both its ends."""

    field: KindField
    values: tuple[str, ...] = ()
    words: str = ''
    first: str = ''
    last: str = ''

    @property
    def is_asked(self) -> bool:
        """Whether it narrows the list at all."""
        return bool(self.values or self.words or self.first or self.last)

    @property
    def is_range(self) -> bool:
        """Whether it has two ends."""
        return self.field.type in RANGED

    @property
    def is_facet(self) -> bool:
        """Whether it is one of the boxes with counts beside them."""
        return self.field.type in FACETED


def fitting(user: User, wish: FieldWish) -> Q:
    """The condition that a playbook's current version says what is asked; words are sought in what the reader sees."""
    field = wish.field
    if wish.values:
        return Q(_is(text_of(field), 'in', wish.values))
    condition = Q()
    if wish.first or wish.last:
        value: Expression = Number(text_of(field)) if field.type == FieldType.NUMBER else Day(text_of(field))
        ends = {'gte': wish.first, 'lte': wish.last}
        for lookup, end in ends.items():
            if end:
                condition &= Q(_is(value, lookup, float(end) if field.type == FieldType.NUMBER else end))
    if wish.words:
        condition &= _saying(user, field, wish.words)
    return condition


def _is(value: Expression, lookup: str, other: Any) -> Expression:
    """`value` compared with something: the lookup of its output field, as a condition."""
    found = value.output_field.get_lookup(lookup)
    assert found is not None
    return found(value, other)


def _saying(user: User, field: KindField, words: str) -> Q:
    value = text_of(field)
    if field.type == FieldType.PERSON:
        people = User.objects.filter(Q(name__icontains=words) | Q(email__iexact=words)).order_by()
        return Q(_is(value, 'in', people.annotate(text=Cast('pk', TextField())).values('text')))
    said = Q(_is(value, 'icontains', words))
    if field.type == FieldType.PLAYBOOK:
        titled = Playbook.objects.visible_to(user).filter(current_version__title__icontains=words).order_by()
        said |= Q(_is(value, 'in', titled.values('slug')))
    return said


def place_of(user: User, field: KindField) -> Expression:
    """What a list sorts by: days and numbers as such, choices as the kind lists them, names as the reader sees them."""
    value = text_of(field)
    match field.type:
        case FieldType.DATE:
            return Day(value)
        case FieldType.NUMBER:
            return Number(value)
        case FieldType.CHOICE:
            places = [When(_is(value, 'exact', choice), then=Value(n)) for n, choice in enumerate(field.choices)]
            return Case(*places, output_field=IntegerField())
        case FieldType.PLAYBOOK | FieldType.PERSON:
            return Lower(Coalesce(_named(user, field), value, output_field=TextField()))
    return Lower(value)


def _named(user: User, field: KindField) -> Expression | Subquery:
    """The title or name that a field's value stands for, NULL where the reader may not see it."""
    if field.type == FieldType.PERSON:
        people = User.objects.annotate(text=Cast('pk', TextField())).filter(text=OuterRef(f'said_{field.name}'))
        return Subquery(people.order_by().values('name')[:1], output_field=TextField())
    visible = Playbook.objects.visible_to(user)
    now = visible.filter(slug=OuterRef(f'said_{field.name}')).order_by().values('current_version__title')
    earlier = SlugHistory.objects.filter(playbook__in=visible.order_by().values('pk')).order_by()
    before = earlier.filter(slug=OuterRef(f'said_{field.name}')).values('playbook__current_version__title')
    return Coalesce(Subquery(now[:1]), Subquery(before[:1]), output_field=TextField())


def with_names(user: User, playbooks: QuerySet, fields: Iterable[KindField]) -> QuerySet:
    """Annotate what the fields name: `named_<field>`, for `names_in`. No query of its own."""
    for field in fields:
        if field.type in (FieldType.PLAYBOOK, FieldType.PERSON):
            playbooks = playbooks.annotate(**{f'said_{field.name}': text_of(field)})
            playbooks = playbooks.annotate(**{f'named_{field.name}': _named(user, field)})
    return playbooks


def ordered(user: User, playbooks: QuerySet, field: KindField, *, falling: bool) -> QuerySet:
    """Sorted by what a field says, playbooks that say nothing last, then by title."""
    if field.type in (FieldType.PLAYBOOK, FieldType.PERSON):
        playbooks = playbooks.annotate(**{f'said_{field.name}': text_of(field)})
    place = place_of(user, field)
    first = place.desc(nulls_last=True) if falling else place.asc(nulls_last=True)
    return playbooks.order_by(first, Lower('current_version__title'), 'pk')


def names_in(rows: Iterable[Any], fields: Iterable[KindField]) -> Names:
    """What values in these rows (of `with_names`) name, for `kind_fields.said`."""
    playbooks: dict[str, tuple[str, str]] = {}
    people: dict[int, str] = {}
    fields = [field for field in fields if field.type in (FieldType.PLAYBOOK, FieldType.PERSON)]
    for row in rows:
        for field in fields:
            value, name = row.current_version.fields.get(field.name), getattr(row, f'named_{field.name}')
            if name and isinstance(value, int):
                people[value] = name
            elif name:
                playbooks[str(value)] = (str(value), name)
    return Names(playbooks, people)


def dimensions(kind: str, wishes: Mapping[str, FieldWish], user: User) -> dict[str, Expression]:
    """What counts beside filters are grouped by: each faceted field, and `fits`, whether the others fit.

    Of playbooks of other kinds they say nothing, so that how many there are of each kind stays known.
    """
    others = Q()
    for wish in wishes.values():
        if not wish.is_facet:
            others &= fitting(user, wish)
    is_kind = Q(kind__slug=kind)
    grouped: dict[str, Expression] = {
        f'in_{wish.field.name}': Case(
            When(is_kind, then=Coalesce(text_of(wish.field), Value(''))), default=Value(''), output_field=TextField()
        )
        for wish in wishes.values()
        if wish.is_facet
    }
    fits = Case(When(is_kind & others, then=Value(1)), default=Value(0), output_field=IntegerField())
    return grouped | {'fits': fits}
