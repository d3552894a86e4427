"""What is asked about a run as a whole: starting it, moving its day, who does what, stopping it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import RowsField
from accounts.models import User

from .item_lines import role_name
from .models import Run

FARTHEST = dt.timedelta(days=730)


def not_far_away(day: dt.date, today: dt.date) -> dt.date:
    """Refuse a day that is a slip of the keys; dates counted from it could even leave the calendar."""
    if abs(day - today) > FARTHEST:
        raise forms.ValidationError(_('That is more than two years away. Check the year.'))
    return day


class DayForm(forms.Form):
    """The day a run counts from."""

    to = forms.DateField(
        label=_('New day'),
        widget=forms.DateInput(attrs={'type': 'date'}, format='%Y-%m-%d'),
        input_formats=['%Y-%m-%d'],
    )

    def clean_to(self) -> dt.date:
        return not_far_away(self.cleaned_data['to'], timezone.localdate())


class PeopleForm(forms.Form):
    """Who holds each role of a run. The field of a role is named `role-` and its name."""

    def __init__(self, *args: Any, roles: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = list(roles)
        people = User.objects.active()
        for role in self.roles:
            self.fields[f'role-{role}'] = RowsField(
                label=role_name(role).capitalize(),
                queryset=people,
                required=False,
                widget=forms.SelectMultiple(attrs={'size': 4}),
            )

    @property
    def holders(self) -> dict[str, list[User]]:
        """The people chosen, by role."""
        return {role: list(self.cleaned_data[f'role-{role}']) for role in self.roles}


class StartForm(PeopleForm):
    """A new run: its name, its day, who does what."""

    name = forms.CharField(label=_('Name'), max_length=200)
    anchor_on = forms.DateField(
        label=_('Day'),
        widget=forms.DateInput(attrs={'type': 'date'}, format='%Y-%m-%d'),
        input_formats=['%Y-%m-%d'],
    )

    def __init__(self, *args: Any, anchor_noun: str, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields['anchor_on'].label = anchor_noun.capitalize()
        self.fields['anchor_on'].help_text = _('All dates count from it.')
        self.today = today

    def clean_anchor_on(self) -> dt.date:
        return not_far_away(self.cleaned_data['anchor_on'], self.today)


class EndForm(forms.Form):
    """How a run ends."""

    outcome = forms.ChoiceField(
        label=_('What became of it'),
        choices=[
            (Run.Outcome.STOPPED, _('Stopped: it will not go on')),
            (Run.Outcome.FINISHED, _('Finished, though something is open')),
        ],
        initial=Run.Outcome.STOPPED,
        widget=forms.RadioSelect,
    )


class RunsForm(forms.Form):
    """Which runs the list shows: under way, or ended."""

    show = forms.ChoiceField(choices=[('', _('Under way')), ('ended', _('Ended'))], required=False)
    page = forms.IntegerField(min_value=1, required=False)


class VersionForm(forms.Form):
    """The version a run is moved to."""

    number = forms.IntegerField(min_value=1, max_value=2_000_000_000)
