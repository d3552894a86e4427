"""What people say about themselves."""

import functools
import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import User

MOST_DIGITS = 18  # of a primary key; with one more it may be beyond what a database takes


@functools.cache
def time_zones() -> list[str]:
    """The zones named after a place, and UTC: those that people mean."""
    places = [name for name in zoneinfo.available_timezones() if '/' in name and not name.startswith('Etc/')]
    return [*sorted(places), 'UTC']


class TimeZoneField(forms.ChoiceField):
    """A choice among places; a zone that somebody has already stays possible."""

    def __init__(self, *, keep: str = '', **kwargs: object) -> None:
        names = time_zones() if not keep or keep in time_zones() else [keep, *time_zones()]
        choices = [(name, name.replace('_', ' ')) for name in names]
        super().__init__(choices=choices, **kwargs)  # type: ignore[arg-type]


class RowsField(forms.ModelMultipleChoiceField):
    """Any number of rows; a key beyond what a database can hold is no choice, as any other that is not there."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if len(str(key)) > MOST_DIGITS:
                words = self.error_messages['invalid_pk_value']
                raise forms.ValidationError(words, code='invalid_pk_value', params={'pk': key})
        return super().clean(value)


class ProfileForm(forms.ModelForm):
    """How one is called, when one works, and how pages look."""

    class Meta:
        model = User
        fields = ['name', 'time_zone', 'locale', 'holiday_calendar', 'theme', 'shortcuts']
        widgets = {'theme': forms.RadioSelect, 'name': forms.TextInput(attrs={'autocomplete': 'name'})}
        labels = {'shortcuts': _('Use single-key shortcuts, such as j and k for the next and previous row')}
        help_texts = {
            'time_zone': _('Times are shown in it, and “today” begins at its midnight.'),
            'locale': _('How dates and numbers are written. The pages themselves are in English.'),
            'holiday_calendar': _('These days do not count as working days. It holds for what you start from now on.'),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zone = self.fields['time_zone']
        self.fields['time_zone'] = TimeZoneField(
            keep=self.instance.time_zone, label=zone.label, help_text=zone.help_text
        )
        holidays = self.fields['holiday_calendar']
        assert isinstance(holidays, forms.ModelChoiceField)
        holidays.empty_label = _('None, only weekends are free')


class ThemeForm(forms.Form):
    """What the account menu sends."""

    theme = forms.ChoiceField(choices=User.Theme.choices)
    next = forms.CharField(required=False)
