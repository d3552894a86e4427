"""What people type about drafts and suggestions: why, an answer, a comment, who writes along, who is to approve."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.forms import PeopleField, RowsField
from accounts.models import User

from .reading_forms import PageNumber, _Tolerant
from .talk import MOST
from .text import Document

SHORT = {'rows': 3, 'class': 'short'}


class SendForm(forms.Form):
    """Sending a draft as a suggestion. `revision` says what its author had before them."""

    why = forms.CharField(
        label=_('Why'),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs=SHORT),
        help_text=_('What made you write it. Whoever decides reads this first.'),
    )
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """An answer that needs words: what to change, why not. `sent` says which sending of it was on the page."""

    note = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs=SHORT),
        error_messages={'required': _('Say it in a sentence or two: they read it as the answer.')},
    )
    sent = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, label: Any, prefix: str, sent: str = '') -> None:
        super().__init__(data, prefix=prefix, initial={'sent': sent})
        self.fields['note'].label = label


class CommentForm(forms.Form):
    """Something said about a draft or a suggestion, at one of its places or about all of it."""

    place = forms.ChoiceField(label=_('About'), required=False)
    text = forms.CharField(
        label=_('Comment'),
        max_length=MOST,
        widget=forms.Textarea(attrs=SHORT),
        error_messages={'required': _('Write something first.')},
    )

    def __init__(self, data: Any = None, *, document: Document | None) -> None:
        super().__init__(data, prefix='comment')
        field = self.fields['place']
        assert isinstance(field, forms.ChoiceField)
        field.choices = [('', _('The whole text')), *places(document)]
        if len(field.choices) == 1:
            field.widget = forms.HiddenInput()


def places(document: Document | None) -> list[tuple[str, str]]:
    """The places of a text that one can say something about: its headings and items, in their order."""
    if document is None:
        return []
    found = [(section.line, section.anchor, section.text) for section in document.sections]
    found += [(item.line, f'i-{item.key}', item.text) for item in document.items]
    return [(anchor, text[:80]) for _line, anchor, text in sorted(found)]


class KeyForm(forms.Form):
    """The key of the link by which a draft is shown."""

    key = forms.CharField(max_length=32, required=False)

    def given(self) -> str:
        """The key, or nothing where what was sent is none."""
        return self.cleaned_data['key'] if self.is_valid() else ''


class AlongForm(forms.Form):
    """Who is to write a draft along, of those who may."""

    people = PeopleField(
        label=_('Colleagues'), help_text=_('One per line: full name or e-mail address. They may read the page.')
    )

    def __init__(self, data: Any = None, *, people: QuerySet[User]) -> None:
        self.allowed = people
        super().__init__(data, prefix='along')

    def clean_people(self) -> list[User]:
        """The people, if all of them may."""
        named = self.cleaned_data['people']
        able = set(self.allowed.filter(pk__in=[one.pk for one in named]))
        for one in named:
            if one not in able:
                raise forms.ValidationError(_('%(who)s writes it already, or may not read the page.') % {'who': one})
        return named


class AskForm(forms.Form):
    """Who is asked to approve a draft."""

    people = RowsField(
        User.objects.none(),
        label=_('Whom do you ask?'),
        widget=forms.CheckboxSelectMultiple,
        error_messages={'required': _('Choose at least one person.')},
    )

    def __init__(self, data: Any = None, *, people: QuerySet[User]) -> None:
        super().__init__(data, prefix='ask')
        field = self.fields['people']
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = people


class RowForm(forms.Form):
    """A person by their key, as a button beside their name sends it."""

    person = forms.ModelChoiceField(User.objects.all())


class SinceForm(_Tolerant):
    """Since which approval the changes of a draft are shown."""

    since = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, label=_('Since'))


class ShelfForm(_Tolerant):
    """Which suggestions are listed, and which page of them."""

    show = forms.ChoiceField(required=False, label=_('Which'), choices=[('open', ''), ('mine', ''), ('decided', '')])
    page = PageNumber()


class AgainstForm(_Tolerant):
    """What a suggestion is compared with."""

    against = forms.ChoiceField(
        required=False, label=_('Compared with'), choices=[('base', ''), ('current', ''), ('sent', '')]
    )
