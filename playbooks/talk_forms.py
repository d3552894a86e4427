"""What people type when they ask, report, comment, or say whether a page helped."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Remark
from .talk import MOST

Kind = Remark.Kind
CHANGE = 'change'  # not a remark: it leads to the editor
OFFERED = {
    Kind.QUESTION: _('Ask'),
    Kind.REPORT: _('Something is wrong'),
    CHANGE: _('Suggest a change'),
    Kind.COMMENT: _('Comment'),
}
LABELS = {
    Kind.QUESTION: _('Your question'),
    Kind.REPORT: _('What is wrong?'),
    Kind.COMMENT: _('Your comment'),
    Kind.NOTE: _('What happened when you did this?'),
}
HINTS = {
    Kind.REPORT: _('Also say what would be right, if you know it.'),
    Kind.COMMENT: _('Everybody who reads the page sees it. Write @ and a full name to tell somebody.'),
    Kind.NOTE: _('What worked, what did not, how long it took.'),
}
BIGGEST_NUMBER = 2_147_483_647


class WordsField(forms.CharField):
    """Plain words, several lines of them."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={'rows': rows, 'maxlength': MOST, 'class': 'short'})
        said = {'required': _('Write something first.')}
        super().__init__(max_length=MOST, widget=widget, error_messages=said, **kwargs)


class PlaceForm(forms.Form):
    """Where something is to be said, from the address: the place, the version that was read, and what kind it is."""

    at = forms.CharField(required=False, max_length=210)
    v = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_NUMBER)
    kind = forms.ChoiceField(required=False, choices=[(kind, kind) for kind in (*OFFERED, Kind.NOTE)])
    next = forms.CharField(required=False, max_length=500)

    def value(self, name: str, otherwise: Any = '') -> Any:
        """What the address says, or something else where it says nothing sensible."""
        self.is_valid()
        return self.cleaned_data.get(name) or otherwise


class SayForm(forms.Form):
    """Words of one kind about one place."""

    text = WordsField(label=_('Your words'))

    def __init__(self, data: Any = None, *, kind: str = Kind.COMMENT, rows: int = 5, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields['text'].label = LABELS.get(Kind(kind), self.fields['text'].label)
        self.fields['text'].help_text = HINTS.get(Kind(kind), '')
        self.fields['text'].widget.attrs['rows'] = rows


class ReplyForm(forms.Form):
    """Going on with a conversation."""

    text = WordsField(label=_('Your reply'), rows=3)


class ReviseForm(forms.Form):
    """One's own words, said better."""

    text = WordsField(label=_('Your words'))


class ActForm(forms.Form):
    """What is done with a conversation: which answer is meant, and where one came from."""

    answer = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_NUMBER)
    next = forms.CharField(required=False, max_length=500)


class KeyForm(forms.Form):
    """The key of the link by which somebody shows a draft."""

    key = forms.CharField(required=False, max_length=32)


class HelpedForm(forms.Form):
    """Whether a version helped."""

    v = forms.IntegerField(min_value=1, max_value=BIGGEST_NUMBER)
    helped = forms.ChoiceField(choices=[('yes', _('Yes')), ('no', _('No'))])


class SoughtForm(forms.Form):
    """What somebody looked for and did not find."""

    words = forms.CharField(label=_('What did you look for?'), max_length=200)


class ListForm(forms.Form):
    """Which part of a list is shown; what makes no sense shows the first."""

    show = forms.ChoiceField(required=False, choices=[(show, show) for show in ('waiting', 'text', 'yours', 'all')])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def value(self, name: str, otherwise: Any) -> Any:
        """What was asked for, or something else where nothing sensible was."""
        self.is_valid()
        return self.cleaned_data.get(name) or otherwise
