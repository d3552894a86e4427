"""What somebody answers where two people changed the same."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import text as texts
from .drafts import Wording
from .forms import MarkdownField
from .merging import Conflict, Together, marked_words
from .models import Draft

MINE, THEIRS, BOTH, EDITED = 'mine', 'theirs', 'both', 'edited'
CHOICE, TEXT = 'choice-', 'text-'  # before the name of a conflict


@dataclass(frozen=True, slots=True)
class Asked:
    """A conflict as the page asks about it; `text` is where one writes something else, if one may."""

    conflict: Conflict
    label: str
    choice: forms.BoundField
    text: forms.BoundField | None

    @property
    def mine(self) -> SafeString:
        """One's own side, with the words marked that one changed."""
        return marked_words(self.conflict.base, self.conflict.mine)

    @property
    def theirs(self) -> SafeString:
        """The other side, with the words marked that they changed."""
        return marked_words(self.conflict.base, self.conflict.theirs)


class MergeForm(forms.Form):
    """One answer for each conflict: mine, theirs, both, or something else that is written in its field.

    Nothing is chosen beforehand, and an answer belongs to what exactly was in conflict: where somebody saves or
    publishes meanwhile, the answers to what is still the same are kept. `labels` say mine and theirs.
    """

    hide_optional = True

    def __init__(self, data: Any = None, *, together: Together, draft: Draft, labels: tuple[str, str]) -> None:
        self.together = together
        self.draft = draft
        super().__init__(data)
        for conflict in together.conflicts:
            self._ask(conflict, *labels)

    def _ask(self, conflict: Conflict, mine: str, theirs: str) -> None:
        choices = [(MINE, mine), (THEIRS, theirs)]
        if conflict.is_text and conflict.mine and conflict.theirs:
            choices.append((BOTH, _('Keep both, mine first')))
        if conflict.can_be_edited:
            choices.append((EDITED, _('Write it anew')))
        self.fields[CHOICE + conflict.name] = forms.ChoiceField(
            label=_('Line %d is to be') % conflict.line if conflict.is_text else _('It is to be'),
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={'required': _('Choose one.')},
        )
        if not conflict.can_be_edited:
            return
        written: forms.CharField
        if conflict.is_text:
            written = MarkdownField(label=_('What you write'))
            rows = max(3, conflict.mine.count('\n') + conflict.theirs.count('\n') + 1)
            written.widget.attrs |= {'rows': min(rows, 16), 'class': 'short'}
        else:
            written = forms.CharField(label=_('What you write'), max_length=200, required=False)
        written.initial = conflict.mine or conflict.theirs
        self.fields[TEXT + conflict.name] = written

    @property
    def asked(self) -> list[Asked]:
        """Each conflict with its fields, in the order of the page."""
        labels = {one['name']: one.get('label') or one['name'] for one in self.draft.playbook.kind.fields}
        return [
            Asked(
                conflict,
                '' if conflict.is_text else labels.get(conflict.what, _('Title')),
                self[CHOICE + conflict.name],
                self[TEXT + conflict.name] if conflict.can_be_edited else None,
            )
            for conflict in self.together.conflicts
        ]

    @property
    def left_over(self) -> list[str]:
        """What was written at places that are no longer there, because somebody saved or published meanwhile."""
        if not self.is_bound:
            return []
        names = {TEXT + conflict.name for conflict in self.together.conflicts}
        return [
            texts.normalize(value)
            for name, value in self.data.items()
            if name.startswith(TEXT)
            and name not in names
            and self.data.get(name.replace(TEXT, CHOICE, 1)) == EDITED
            and value.strip()
        ]

    def clean(self) -> None:
        super().clean()
        for conflict in self.together.conflicts:
            choice, written = CHOICE + conflict.name, TEXT + conflict.name
            if written not in self.data or self.cleaned_data.get(choice) in {None, EDITED}:
                continue
            offered = self.fields[written].initial
            if texts.normalize(self.cleaned_data.get(written) or '').strip() != texts.normalize(offered).strip():
                message = _('You wrote something, but chose another answer. Choose “Write it anew”, or put it back.')
                self.add_error(choice, message)
        if not self.errors:
            try:
                MarkdownField().validate(self.wording().text)
            except ValidationError as too_large:
                self.add_error(None, too_large)

    def wording(self) -> Wording:
        """What the draft is to say now. Call it when every conflict has its answer."""
        answers: dict[str, Any] = {}
        for conflict in self.together.conflicts:
            choice = self.cleaned_data[CHOICE + conflict.name]
            if choice == BOTH:
                answers[conflict.name] = conflict.mine + conflict.theirs
            elif choice == EDITED:
                answers[conflict.name] = self.cleaned_data[TEXT + conflict.name]
            else:
                answers[conflict.name] = conflict.mine if choice == MINE else conflict.theirs
        return self.together.settled(answers)
