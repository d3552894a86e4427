"""What somebody says on the day they look whether a version did what was hoped."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Expectation


class ConclusionForm(forms.Form):
    """What came of it, in one line; or a day on which to look again."""

    conclusion = forms.CharField(label=gettext_lazy('What came of it'), max_length=300, required=False)
    again_on = forms.DateField(
        label=gettext_lazy('Or look again on'),
        required=False,
        widget=forms.DateInput(format='%Y-%m-%d', attrs={'type': 'date'}),
    )

    hide_optional = True

    def __init__(self, data: Any = None, *, expectation: Expectation) -> None:
        super().__init__(data, initial={'conclusion': expectation.conclusion})

    def clean(self) -> None:
        super().clean()
        if self.errors:
            return
        conclusion, again_on = self.cleaned_data['conclusion'], self.cleaned_data['again_on']
        if again_on and again_on <= timezone.localdate():
            self.add_error('again_on', _('Choose a day to come.'))
        if not conclusion and not again_on:
            self.add_error('conclusion', _('Say in one line what came of it, or choose a day to look again.'))
