"""What addresses of the reading pages may ask for. What makes no sense is left out, never an error page."""

from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from . import library
from .library import Wishes
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


class LibraryForm(_Tolerant):
    """Search, filters, order and page of the library; areas and kinds are those there are."""

    q = Words()
    area = Slugs(_('Area'))
    kind = Slugs(_('Type'))
    tag = Slugs(_('Tag'))
    fresh = Slugs(_('Freshness'))
    archived = forms.BooleanField(required=False, label=_('Archived'))
    sort = forms.ChoiceField(
        required=False,
        label=_('Sort by'),
        choices=[
            (library.BEST, _('Best match')),
            (library.TITLE, _('Title')),
            (library.CHANGED, _('Recently changed')),
            (library.CHECKED, _('Recently checked')),
            (library.READ, _('Most read')),
        ],
    )
    page = PageNumber()

    def __init__(self, data: QueryDict, names: dict[str, dict[str, str]]) -> None:
        super().__init__(data)
        self.names = names

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
        return Wishes(**{name: value for name, value in self.cleaned_data.items() if value})


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

    layout = forms.ChoiceField(required=False, choices=[('rendered', ''), ('markdown', '')], label=_('Layout'))
