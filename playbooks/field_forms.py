"""What people type into the fields that a kind asks for beside the text."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.forms import MOST_DIGITS
from accounts.models import User

from .kind_fields import FieldType, KindField
from .models.documents import SLUG

OF_A_PLAYBOOK = re.compile(r'/playbooks/([^/]+)/')


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or not said yet."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [('', ''), ('yes', _('Yes')), ('no', _('No'))]
        super().__init__(choices=choices, coerce=lambda value: value == 'yes', empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: 'yes', False: 'no'}.get(value, value) if isinstance(value, bool) else value


class PlaybookField(forms.CharField):
    """A playbook by its short name, as `playbook:short-name`, or by the address somebody copied; the short name is
    kept. Whether there is such a playbook is asked when the text is published, as with links in it."""

    def to_python(self, value: Any) -> str:
        written = super().to_python(value) or ''
        found = OF_A_PLAYBOOK.search(written)
        slug = found[1] if found else written.removeprefix('playbook:')
        if slug:
            try:
                SLUG(slug)
            except ValidationError:
                message = _('Give the address of a playbook, or its last part: “launch-checklist”.')
                raise ValidationError(message) from None
        return slug


class PersonField(forms.ModelChoiceField):
    """One of the people who have an account; who left stays possible where they stand already."""

    def __init__(self, *, kept: Any = None, **kwargs: Any) -> None:
        people = User.objects.active()
        if isinstance(kept, int):
            people = people | User.objects.filter(pk=kept)
        super().__init__(people, **kwargs)

    def to_python(self, value: Any) -> User | None:
        if len(str(value or '')) > MOST_DIGITS:
            raise ValidationError(self.error_messages['invalid_choice'], code='invalid_choice')
        return super().to_python(value)


def form_field(field: KindField, kept: Any = None) -> forms.Field:
    """The form field for one of a kind's own fields. Nothing is required of a draft; publishing asks for it.

    `kept` is the value there is: one that is not offered any more may stay.
    """
    given: dict[str, Any] = {'label': field.label, 'help_text': field.help, 'required': False}
    match field.type:
        case FieldType.CHOICE:
            choices = dict.fromkeys([*field.choices, *([str(kept)] if kept else [])])
            return forms.ChoiceField(choices=[('', ''), *((choice, choice) for choice in choices)], **given)
        case FieldType.YES_NO:
            return YesNoField(**given)
        case FieldType.NUMBER:
            return forms.DecimalField(max_digits=30, decimal_places=10, **given)
        case FieldType.DATE:
            return forms.DateField(widget=forms.DateInput(format='%Y-%m-%d', attrs={'type': 'date'}), **given)
        case FieldType.URL:
            return forms.URLField(max_length=2000, assume_scheme='https', **given)
        case FieldType.LONG_TEXT:
            return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={'rows': 3}), **given)
        case FieldType.PLAYBOOK:
            return PlaybookField(max_length=500, **given)
        case FieldType.PERSON:
            return PersonField(kept=kept, **given)
    return forms.CharField(max_length=500, **given)


def stored(value: Any) -> Any:
    """A value as JSON can hold it: dates and decimals as people write them, a person by their key."""
    if isinstance(value, User):
        return value.pk
    if isinstance(value, Decimal):
        return f'{value:f}'
    return value if isinstance(value, bool | int | float | str) else str(value)
