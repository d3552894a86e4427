"""What the pages of a playbook's history ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Version
from .reading_forms import PageNumber, _Tolerant

MOST = 2**31 - 1


class HistoryForm(_Tolerant):
    """Which page of a history, versions of which weight, and the two that were chosen to be compared so far."""

    page = PageNumber()
    weight = forms.ChoiceField(required=False, choices=Version.Weight.choices, label=_('Change'))
    old = forms.IntegerField(required=False, min_value=1, max_value=MOST, label=_('From'))
    new = forms.IntegerField(required=False, min_value=1, max_value=MOST, label=_('To'))


class GoneForm(_Tolerant):
    """The item that somebody looked for and that the current version does not have any more."""

    gone = forms.CharField(required=False, max_length=64)


class AtForm(_Tolerant):
    """A heading or an item by its id in the page; nothing is the whole page."""

    at = forms.CharField(required=False, max_length=210)


class KeyForm(forms.Form):
    """An item by its key."""

    key = forms.CharField(max_length=64, strip=False)


class RestoreForm(forms.Form):
    """Bringing an old text back: which revision of one's draft was shown, and whether its text may be replaced."""

    revision = forms.IntegerField(min_value=0, max_value=MOST, widget=forms.HiddenInput)
    replace = forms.BooleanField(required=False, label=_('Replace the text of my draft'))

    def __init__(self, data: Any = None, *, revision: int) -> None:
        self.has_draft = revision > 0
        super().__init__(data, initial={'revision': revision})
        if not self.has_draft:
            del self.fields['replace']

    def clean(self) -> None:
        super().clean()
        if self.has_draft and not self.cleaned_data.get('replace'):
            self.add_error('replace', _('You have a draft of this page. Say that its text may be replaced.'))
