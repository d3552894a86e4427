"""What the editor asks of the server beside saving: what could be meant, and a text changed in one way."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class CompletionForm(forms.Form):
    """What is being typed: a title, an address or a name."""

    what = forms.ChoiceField(choices=[(one, one) for one in ('title', 'address', 'person')])
    typed = forms.CharField(max_length=80, required=False)


class TextChangeForm(forms.Form):
    """A change of the text that somebody asks for without a script: a mend, or lines that become checklist items.

    `mend` is what the mend's button says: the line of the change and its label.
    """

    hide_optional = True

    mend = forms.CharField(max_length=400, required=False)
    items = forms.CharField(max_length=10, required=False)
    first_line = forms.IntegerField(label=gettext_lazy('From line'), min_value=1, required=False)
    last_line = forms.IntegerField(label=gettext_lazy('To line'), min_value=1, required=False)

    def __init__(self, data: Any = None, *, lines: int = 0) -> None:
        super().__init__(data)
        self.lines = lines

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get('items') or self.errors:
            return cleaned
        first, last = cleaned.get('first_line'), cleaned.get('last_line') or cleaned.get('first_line')
        if not first or not last:
            self.add_error('first_line', _('Say which lines are to become items.'))
        elif last < first:
            self.add_error('last_line', _('This line comes before the first one.'))
        elif last > self.lines:
            message = _('The text has %(lines)d lines.')
            self.add_error('last_line' if first <= self.lines else 'first_line', message % {'lines': self.lines})
        cleaned['last_line'] = last
        return cleaned
