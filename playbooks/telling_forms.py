"""What people say about what they are told, watch and read, and what keepers ask of readers."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.models import Tag

from accounts.forms import MOST_DIGITS
from accounts.models import User

from .models import Area, Kind, MailWish, Playbook
from .watching import Watched

MOST_READ = 500


class InstantField(forms.DateTimeField):
    """An instant as `instant` wrote it into a page; one beyond what a clock can show is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=['iso8601'], **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        try:
            at = super().to_python(value)
            return at.astimezone(UTC) if at is not None else None
        except OverflowError as error:
            raise ValidationError(self.error_messages['invalid'], code='invalid') from error


class SeenForm(forms.Form):
    """Which notices somebody has seen: one by its key, or all that came until an instant."""

    notice = forms.IntegerField(required=False, min_value=1, max_value=10**MOST_DIGITS)
    until = InstantField(required=False)

    def clean(self) -> None:
        super().clean()
        if not self.errors and not (self.cleaned_data.get('notice') or self.cleaned_data.get('until')):
            raise ValidationError(_('Say which notices.'))


class WatchForm(forms.Form):
    """What to watch, by its short name, and whether to."""

    what = forms.ChoiceField(choices=[(one, one) for one in ('playbook', 'kind', 'tag', 'area')])
    slug = forms.CharField(max_length=100)
    on = forms.BooleanField(required=False)
    next = forms.CharField(required=False, max_length=500)

    def watched(self, user: User) -> Watched | None:
        """The thing itself, if it is there for this person (one query)."""
        slug = self.cleaned_data['slug']
        if self.cleaned_data['what'] == 'playbook':
            return Playbook.objects.visible_to(user).filter(slug=slug).first()
        model: type[Kind | Tag | Area] = {'kind': Kind, 'tag': Tag, 'area': Area}[self.cleaned_data['what']]
        return model._default_manager.filter(slug=slug).first()


class WatchMoreForm(forms.Form):
    """Choose a type, tag or area to watch, one of them."""

    kind = forms.ModelChoiceField(Kind.objects.all(), required=False, label=gettext_lazy('A type'))
    area = forms.ModelChoiceField(Area.objects.all(), required=False, label=gettext_lazy('An area'))
    tag = forms.CharField(max_length=100, required=False, label=gettext_lazy('A tag'))

    def clean_tag(self) -> Tag | None:
        name = self.cleaned_data['tag'].strip()
        if not name:
            return None
        tag = Tag.objects.filter(name__iexact=name).first()
        if tag is None:
            raise ValidationError(_('No page has the tag “%(name)s”.'), params={'name': name})
        return tag

    def clean(self) -> None:
        super().clean()
        if not self.errors and not self.chosen:
            raise ValidationError(_('Choose a type, an area or a tag.'))

    @property
    def chosen(self) -> list[Watched]:
        """What was chosen."""
        return [self.cleaned_data[name] for name in ('kind', 'area', 'tag') if self.cleaned_data.get(name)]


class MailWishForm(forms.Form):
    """How somebody wants to be told by mail."""

    how = forms.ChoiceField(
        choices=MailWish.How.choices, widget=forms.RadioSelect, label=gettext_lazy('Mails about what is new')
    )


class HaveReadForm(forms.Form):
    """Which pages somebody has read, as `key:number` for each, and the instant that their list spoke of."""

    until = InstantField()

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.pairs = data.getlist('read')[:MOST_READ]
        self.read: list[tuple[int, int]] = []

    def clean(self) -> None:
        super().clean()
        for pair in self.pairs:
            key, _colon, number = pair.partition(':')
            if not (key.isdecimal() and number.isdecimal() and len(key) <= MOST_DIGITS and len(number) <= 9):
                raise ValidationError(_('This page does not fit any more. Load it again.'))
            self.read.append((int(key), int(number)))


class AskToReadForm(forms.Form):
    """Who has to read a page, by when, and why."""

    group = forms.ModelChoiceField(
        Group.objects.order_by('name'),
        required=False,
        empty_label=gettext_lazy('Everybody who may read it'),
        label=gettext_lazy('Who has to read it'),
    )
    due_on = forms.DateField(
        required=False,
        label=gettext_lazy('By'),
        widget=forms.DateInput(format='%Y-%m-%d', attrs={'type': 'date'}),
    )
    why = forms.CharField(
        max_length=300,
        required=False,
        label=gettext_lazy('Why'),
        help_text=gettext_lazy('They see it above the page and in their inbox.'),
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_due_on(self) -> date | None:
        due_on = self.cleaned_data['due_on']
        if due_on is not None and due_on < self.today:
            raise ValidationError(_('This day is past. Choose a later one.'))
        return due_on


class ReadersForm(forms.Form):
    """What the list of readers is narrowed to. What makes no sense is left out."""

    ask = forms.IntegerField(required=False, min_value=1, max_value=10**MOST_DIGITS)
    state = forms.ChoiceField(required=False, choices=[('', ''), ('read', ''), ('older', ''), ('none', '')])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def wish(self, name: str) -> Any:
        """What was asked for, or None."""
        self.is_valid()
        return self.cleaned_data.get(name) or None


class HandOverForm(forms.Form):
    """Which pages go to whom, and a line for them."""

    pages = forms.ModelMultipleChoiceField(
        Playbook.objects.none(),
        to_field_name='slug',
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy('Which pages'),
        error_messages={'required': gettext_lazy('Choose at least one page.')},
    )
    to = forms.ModelChoiceField(User.objects.active(), label=gettext_lazy('Who keeps them from now on'))
    note = forms.CharField(max_length=300, required=False, label=gettext_lazy('A line for them'))

    def __init__(self, data: Any = None, *, pages: Any, giver: User, chosen: list[str]) -> None:
        super().__init__(data, initial={'pages': chosen})
        field = self.fields['pages']
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = pages
        self.giver = giver

    def clean_to(self) -> User:
        to = self.cleaned_data['to']
        if to == self.giver:
            raise ValidationError(_('They keep these already. Choose somebody else.'))
        return to


class WhoseForm(forms.Form):
    """Whose pages are shown to be handed over, and which of them are chosen."""

    whose = forms.ModelChoiceField(User.objects.all(), required=False)

    def person(self) -> User | None:
        """The person named, or None."""
        return self.cleaned_data['whose'] if self.is_valid() else None


def instant(value: datetime) -> str:
    """An instant as forms send it back."""
    return value.isoformat()
