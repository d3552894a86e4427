"""What people say about themselves."""

import functools
import zoneinfo
from email.utils import parseaddr
from typing import Any

from django import forms
from django.db.models import Q
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


class PeopleField(forms.CharField):
    """People, one per line: by e-mail address, by full name, or as both are written in an address book."""

    widget = forms.Textarea(attrs={'rows': 3, 'class': 'short'})

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return '\n'.join(f'{person.name} <{person.email}>' for person in value)

    def clean(self, value: Any) -> list[User]:
        written = super().clean(value).replace('\x00', '')
        lines = list(dict.fromkeys(filter(None, (line.strip() for line in written.splitlines()))))
        if len(lines) > 100:
            raise forms.ValidationError(_('Name at most a hundred people.'))
        asked = {line: (parseaddr(line)[1] if '@' in line else line).lower() for line in lines}
        known = User.objects.active().filter(Q(email__in=asked.values()) | Q(name__in=lines))
        found: dict[str, list[User]] = {}
        for person in known:
            for name in (person.email, person.name.lower()):
                found.setdefault(name, []).append(person)
        several = [line for line in lines if len(found.get(asked[line], ())) > 1]
        unknown = [line for line in lines if asked[line] not in found]
        if unknown:
            raise forms.ValidationError(_('Nobody here is called “%s”. Give the e-mail address.') % unknown[0][:100])
        if several:
            raise forms.ValidationError(
                _('More than one person is called “%s”. Give the e-mail address.') % several[0][:100]
            )
        return list({found[name][0].pk: found[name][0] for name in asked.values()}.values())


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
