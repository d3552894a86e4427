"""What addresses of the reading pages may ask for. What makes no sense is left out, never an error page."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from . import comparing, library, library_fields
from .kind_fields import FieldType, KindField, fields_of
from .library import Wishes
from .library_fields import FieldWish
from .search import MAX_QUERY

MOST_PAGES = 10_000  # beyond that nobody is reading; also keeps numbers within what databases take


class Words(forms.CharField):
    """What somebody looks for; longer than anybody types is cut, not refused."""

    def __init__(self) -> None:
        super().__init__(required=False, label=_('Search playbooks'))

    def to_python(self, value: Any) -> str:
        return ' '.join(str(value or '').replace('\x00', ' ').split())[:MAX_QUERY]


class Slugs(forms.Field):
    """Any number of short names."""

    widget = forms.MultipleHiddenInput
    default_validators = [ProhibitNullCharactersValidator()]

    def __init__(self, label: Any) -> None:
        super().__init__(required=False, label=label)

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(one)[:100] for one in value or () if one))[:50]

    def run_validators(self, value: Any) -> None:
        for one in value:
            super().run_validators(one)


class PageNumber(forms.IntegerField):
    """Which page of a list, the first if none is named."""

    def __init__(self) -> None:
        super().__init__(required=False, min_value=1, max_value=MOST_PAGES, label=_('Page'))

    def clean(self, value: Any) -> int:
        return super().clean(value) or 1


class _Tolerant(forms.Form):
    """A form of an address: `left_out` names the parts that made no sense, `cleaned_data` has the others."""

    @property
    def left_out(self) -> list[str]:
        """The labels of what was not understood."""
        return [str(self.fields[name].label) for name in self.errors if name in self.fields]

    def wish(self, name: str, otherwise: Any) -> Any:
        """What was asked, or something else where nothing sensible was."""
        self.is_valid()
        return self.cleaned_data.get(name) or otherwise


ORDERS = [
    (library.BEST, _('Best match')),
    (library.TITLE, _('Title')),
    (library.CHANGED, _('Recently changed')),
    (library.CHECKED, _('Recently checked')),
    (library.DUE, _('Due for checking')),
    (library.READ, _('Most read')),
]


# How the two orders by a field of a type are called; what the type is not named for is sorted as text.
ORDERS_OF: dict[str, tuple[Any, Any]] = {
    FieldType.DATE: (_('%s, earliest first'), _('%s, latest first')),
    FieldType.NUMBER: (_('%s, lowest first'), _('%s, highest first')),
    FieldType.TEXT: ('%s', _('%s, from the end')),
}


class Order(forms.ChoiceField):
    """How a list is sorted. By a field that is no column any more, because the type was changed, means as usual."""

    def to_python(self, value: Any) -> str:
        asked = super().to_python(value)
        of_a_field = asked.lstrip('-').startswith(library_fields.PARAMETER)
        return asked if not of_a_field or self.valid_value(asked) else ''


class LibraryForm(_Tolerant):
    """Search, filters, order and page of the library; areas and kinds are those there are.

    `described` gives each kind's fields: where one kind is asked for, its fields are filters and orders too.
    """

    q = Words()
    area = Slugs(_('Area'))
    kind = Slugs(_('Type'))
    tag = Slugs(_('Tag'))
    fresh = Slugs(_('Freshness'))
    mine = forms.BooleanField(required=False, label=_('Mine'))
    archived = forms.BooleanField(required=False, label=_('Archived'))
    sort = Order(required=False, label=_('Sort by'), choices=ORDERS)
    page = PageNumber()

    def __init__(
        self,
        data: QueryDict,
        names: Mapping[str, Mapping[str, str]],
        described: Mapping[str, Iterable[Mapping[str, Any]]],
    ) -> None:
        super().__init__(data)
        self.names = names
        asked = {kind for kind in data.getlist('kind') if kind in described}
        self.kind_fields = fields_of(described[asked.pop()]) if len(asked) == 1 else []
        orders: list[tuple[str, Any]] = [*ORDERS]
        for field in self.kind_fields:
            self._add(field)
            name = library_fields.PARAMETER + field.name
            rising, falling = ORDERS_OF.get(field.type, ORDERS_OF[FieldType.TEXT])
            orders += [(name, rising % field.label), (f'-{name}', falling % field.label)]
        sort = self.fields['sort']
        assert isinstance(sort, forms.ChoiceField)
        sort.choices = orders

    def _add(self, field: KindField) -> None:
        """The filter of one field: boxes, two ends of a range, or words."""
        name = library_fields.PARAMETER + field.name
        if field.type in library_fields.FACETED:
            self.fields[name] = Slugs(field.label)
        elif field.type in library_fields.RANGED:
            kind = forms.DateField if field.type == FieldType.DATE else _Figure
            for end in (library_fields.FROM, library_fields.TO):
                self.fields[name + end] = kind(required=False, label=field.label)
        else:
            self.fields[name] = Words()
            self.fields[name].label = field.label

    def clean(self) -> dict[str, Any]:
        for name in library.FACETS:
            asked = self.cleaned_data.get(name, ())
            known = tuple(one for one in asked if one in self.names[name])
            if known != asked:
                self.add_error(name, _('There is no such choice.'))
                self.cleaned_data[name] = known
        return self.cleaned_data

    @property
    def wishes(self) -> Wishes:
        """What was asked, without what made no sense."""
        self.is_valid()
        plain = {name: value for name, value in self.cleaned_data.items() if value and name in self.base_fields}
        return Wishes(**plain, fields={field.name: self._wish(field) for field in self.kind_fields})

    def _wish(self, field: KindField) -> FieldWish:
        name, cleaned = library_fields.PARAMETER + field.name, self.cleaned_data
        if field.type in library_fields.FACETED:
            return FieldWish(field, values=cleaned.get(name) or ())
        if field.type in library_fields.RANGED:
            first, last = (cleaned.get(name + end) for end in (library_fields.FROM, library_fields.TO))
            return FieldWish(field, first=_written(first), last=_written(last))
        return FieldWish(field, words=cleaned.get(name) or '')


class _Figure(forms.DecimalField):
    """A number, no longer than anybody writes one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=30, decimal_places=10, **kwargs)


def _written(end: Any) -> str:
    """The end of a range as addresses hold it."""
    if end is None:
        return ''
    return f'{end:f}' if isinstance(end, Decimal) else str(end)


class CsvForm(forms.Form):
    """How a file of the library is written: with the mark by which spreadsheets know the letters, or without."""

    bom = forms.BooleanField(required=False)


class SearchForm(_Tolerant):
    """Words to look for, in which area, of which type."""

    q = Words()
    area = Slugs(_('Area'))
    kind = Slugs(_('Type'))
    page = PageNumber()


class PageForm(_Tolerant):
    """Which page of a list."""

    page = PageNumber()


class VersionForm(forms.Form):
    """One version by its number; empty means the current one."""

    v = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class AcknowledgeForm(forms.Form):
    """“I have read version n”; n is what the page showed."""

    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class CompareForm(forms.Form):
    """Two versions to compare."""

    old = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    new = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class LayoutForm(_Tolerant):
    """How a comparison is laid out."""

    layout = forms.ChoiceField(
        required=False,
        label=_('Layout'),
        choices=[
            (comparing.ONE_COLUMN, _('One column')),
            (comparing.SIDES, _('Side by side')),
            (comparing.MARKDOWN, _('Markdown')),
            (comparing.MARKDOWN_SIDES, _('Markdown, side by side')),
        ],
    )
