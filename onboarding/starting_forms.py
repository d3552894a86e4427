"""What is asked when somebody starts, and when the site starts for real."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import TimeZoneField
from accounts.models import HolidayCalendar, User
from playbooks.days import day_in, today_for

from . import enrolling
from .enrolling import Starter

FARTHEST = dt.timedelta(days=730)


class StarterForm(forms.Form):
    """A new starter on one page."""

    name = forms.CharField(label=_('Name'), max_length=150, widget=forms.TextInput(attrs={'autocomplete': 'off'}))
    email = forms.EmailField(
        label=_('E-mail address'),
        max_length=254,
        help_text=_('They sign in with it. We send a link there, with which they set a password.'),
        widget=forms.EmailInput(attrs={'autocomplete': 'off'}),
    )
    reports_to = forms.ModelChoiceField(label=_('Reports to'), queryset=User.objects.none())
    buddy = forms.ModelChoiceField(
        label=_('Buddy'),
        queryset=User.objects.none(),
        required=False,
        empty_label=_('Nobody yet'),
        help_text=_('Sees what they do and hand in. They can be named later.'),
    )
    track = forms.ModelChoiceField(label=_('Track'), queryset=User.objects.none(), empty_label=None)
    first_day = forms.DateField(
        label=_('First day'),
        help_text=_('All dates count from it. It may be in the past; then we ask what is done already.'),
        widget=forms.DateInput(attrs={'type': 'date'}, format='%Y-%m-%d'),
        input_formats=['%Y-%m-%d'],
    )
    time_zone = TimeZoneField(label=_('Time zone'))
    holiday_calendar = forms.ModelChoiceField(
        label=_('Public holidays'),
        queryset=HolidayCalendar.objects.none(),
        required=False,
        empty_label=_('None, only weekends are free'),
    )

    def __init__(self, data: Any = None, *, by: User) -> None:
        self.by = by
        self.known: User | None = None  # who has this address already
        today = today_for(by)
        super().__init__(
            data,
            initial={
                'reports_to': by.pk,
                'first_day': today + dt.timedelta(days=7 - today.weekday()),
                'time_zone': by.time_zone,
                'holiday_calendar': by.holiday_calendar_id,
            },
        )
        self.fields['time_zone'] = TimeZoneField(label=_('Time zone'), keep=by.time_zone)
        for name, choices in {
            'reports_to': enrolling.possible_managers(by),
            'buddy': User.objects.active(),
            'track': enrolling.tracks_for(by),
            'holiday_calendar': HolidayCalendar.objects.all(),
        }.items():
            self._choice(name).queryset = choices

    def _choice(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field

    def clean_email(self) -> str:
        email = self.cleaned_data['email'].lower()
        person = User.objects.filter(email__iexact=email).first()
        if person is not None and not (person.is_active and enrolling.may_start_for(self.by, person)):
            raise ValidationError(_('You cannot start the onboarding of the person with this address. Ask an editor.'))
        self.known = person
        return email

    def clean_first_day(self) -> dt.date:
        first_day = self.cleaned_data['first_day']
        if abs(first_day - today_for(self.by)) > FARTHEST:
            raise ValidationError(_('That is more than two years away. Check the year.'))
        return first_day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        buddy = cleaned.get('buddy')
        if buddy is not None and buddy.email.lower() == cleaned.get('email'):
            self.add_error('buddy', _('Nobody is their own buddy.'))
        return cleaned

    @property
    def has_tracks(self) -> bool:
        """Whether there is anything to start somebody on (one query)."""
        return enrolling.tracks_for(self.by).exists()

    @property
    def starter(self) -> Starter:
        """The answers of a valid form."""
        return Starter(**self.cleaned_data)

    def due_before_today(self) -> list[enrolling.DueBefore]:
        """What would be due before today in the person's own calendar: it may have been done elsewhere."""
        starter = self.starter
        works_as = self.known or starter
        calendar = works_as.holiday_calendar
        return enrolling.due_before(
            starter.track,
            first_day=starter.first_day,
            calendar_id=calendar.pk if calendar else None,
            today=day_in(works_as.time_zone),
        )


class ElsewhereForm(forms.Form):
    """Which of the items due before today somebody has done before they came here."""

    def __init__(self, data: Any = None, *, due: list[enrolling.DueBefore]) -> None:
        super().__init__(data)
        self.due = due
        choices = [(row.item.key, row.item.text) for row in due]
        self.fields['done'] = forms.MultipleChoiceField(required=False, choices=choices, label=_('Done elsewhere'))


class StartForRealForm(forms.Form):
    """Who administers the site from now on, and whose site it is."""

    company = forms.CharField(label=_('Company name'), max_length=120)
    name = forms.CharField(label=_('Your name'), max_length=150, widget=forms.TextInput(attrs={'autocomplete': 'name'}))
    email = forms.EmailField(
        label=_('Your e-mail address'), max_length=254, widget=forms.EmailInput(attrs={'autocomplete': 'username'})
    )
    password = forms.CharField(
        label=_('Password'),
        strip=False,
        help_text=_('At least ten characters. A few words in a row are easy to remember and hard to guess.'),
        widget=forms.PasswordInput(attrs={'autocomplete': 'new-password'}),
    )

    def clean_email(self) -> str:
        email = self.cleaned_data['email'].lower()
        if User.objects.filter(email__iexact=email, is_sample=False).exists():
            raise ValidationError(_('Somebody with this address is already here.'))
        return email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get('password')
        if password:
            try:
                password_validation.validate_password(
                    password, User(email=cleaned.get('email', ''), name=cleaned.get('name', ''))
                )
            except ValidationError as error:
                self.add_error('password', error)
        return cleaned
