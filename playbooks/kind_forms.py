"""What editors type about a kind of playbooks, and about its fields."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import PeopleField
from accounts.models import User

from . import text as texts
from .forms import MarkdownField
from .kind_fields import MAX_REMIND_DAYS, FieldType, KindField
from .kinds import fingerprint
from .models import Kind

# What is stored in the same way: a field that has values may become another of its own group only.
ALIKE = ({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.CHOICE},)
MAX_CHOICES, MAX_CHOICE = 50, 100


class KindForm(forms.ModelForm):
    """Everything about a kind but its fields, which have pages of their own."""

    template = MarkdownField(
        label=gettext_lazy('Starting text, in Markdown'),
        help_text=gettext_lazy('Every new one begins with it. Headings, questions to answer, checklist items.'),
    )
    position = forms.IntegerField(label=gettext_lazy('Place in lists'), min_value=0, max_value=999, initial=0)
    review_every_days = forms.IntegerField(
        label=gettext_lazy('Check every … days'),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=gettext_lazy('New ones take it over; their owner may change it. Empty: never.'),
    )
    approvers = PeopleField(
        label=gettext_lazy('May approve, beside editors'),
        required=False,
        help_text=gettext_lazy('One per line: full name or e-mail address. They need no other right.'),
    )
    shown = forms.CharField(max_length=24, widget=forms.HiddenInput, required=False)

    class Meta:
        model = Kind
        fields = [
            *('name', 'plural', 'area', 'position', 'template', 'owner_rule', 'default_owner', 'review_every_days'),
            *('approval', 'members_may_publish_first', 'run_noun', 'run_plural', 'anchor_noun', 'runs_on_publish'),
            'is_track',
        ]
        labels = {
            'members_may_publish_first': gettext_lazy('Whoever writes one may publish its first version'),
            'is_track': gettext_lazy('It is a track on which new people start'),
        }
        help_texts = {
            'owner_rule': gettext_lazy('Co-owners are named on each page.'),
        }
        widgets = {
            'owner_rule': forms.RadioSelect,
            'approval': forms.RadioSelect,
            'runs_on_publish': forms.RadioSelect,
        }

    def __init__(self, data: Any = None, *, instance: Kind) -> None:
        super().__init__(data, instance=instance)
        self.initial['shown'] = fingerprint(instance) if instance.pk else ''
        self.initial['approvers'] = list(instance.approvers.all()) if instance.pk else []
        self.fields['template'].widget.attrs |= {'rows': 16}
        owner = self.fields['default_owner']
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.active()
        if instance.pk and instance.playbooks.exists():
            self.fields['is_track'].disabled = True
            self.fields['is_track'].help_text = _('This cannot change any more: there are playbooks of this type.')

    def clean_template(self) -> str:
        template = self.cleaned_data['template']
        try:
            problems = texts.read(template, title=_('New')).problems
        except texts.Refused as refused:
            problems = [texts.Problem(refused.line or 0, refused.message)]
        wrong = [problem for problem in problems if problem.severity == 'error']
        if wrong:
            message = _('Line %(line)d: %(message)s')
            raise ValidationError([message % {'line': one.line, 'message': one.message} for one in wrong[:10]])
        return template

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get('owner_rule') == Kind.OwnerRule.PERSON and not cleaned.get('default_owner'):
            if 'default_owner' not in self.errors:
                self.add_error('default_owner', _('Say who.'))
        elif 'owner_rule' in cleaned:
            cleaned['default_owner'] = cleaned.get('default_owner') if self._names_somebody(cleaned) else None
        return cleaned

    @staticmethod
    def _names_somebody(cleaned: dict[str, Any]) -> bool:
        return cleaned['owner_rule'] == Kind.OwnerRule.PERSON

    def values(self) -> dict[str, Any]:
        """What is stored in the kind's own row."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class KindFieldForm(forms.Form):
    """One field of a kind. Its name is made from the first label and then stays."""

    label = forms.CharField(label=gettext_lazy('Label'), max_length=60)
    type = forms.ChoiceField(label=gettext_lazy('It holds'), choices=FieldType.choices)
    choices = forms.CharField(
        label=gettext_lazy('Choices'),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={'rows': 5, 'class': 'short'}),
        help_text=gettext_lazy('Only for one of a list: one choice per line, in their order.'),
    )
    required = forms.BooleanField(label=gettext_lazy('Nothing is published without it'), required=False)
    help = forms.CharField(
        label=gettext_lazy('Help'),
        required=False,
        max_length=200,
        help_text=gettext_lazy('One sentence for whoever fills it in.'),
    )
    remind_days = forms.IntegerField(
        label=gettext_lazy('Remind the owner … days before'),
        required=False,
        min_value=0,
        max_value=MAX_REMIND_DAYS,
        help_text=gettext_lazy('Only for dates. Owner and co-owner are told then, and on the day. Empty: nobody is.'),
    )

    def __init__(self, data: Any = None, *, field: KindField | None = None, is_said: bool = False) -> None:
        self.field = field
        initial: dict[str, Any] = {'type': FieldType.TEXT}
        if field is not None:
            initial = {
                'label': field.label,
                'type': field.type,
                'choices': '\n'.join(field.choices),
                'required': field.required,
                'help': field.help,
                'remind_days': field.remind_days,
            }
        super().__init__(data, initial=initial)
        if field is not None and is_said:
            alike = next((group for group in ALIKE if field.type in group), {field.type})
            type_ = self.fields['type']
            assert isinstance(type_, forms.ChoiceField)
            type_.choices = [choice for choice in FieldType.choices if choice[0] in alike]
            type_.help_text = _('There are texts that say something here. For another kind of value add a new field.')

    def clean_choices(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.cleaned_data['choices'].splitlines())
        choices = tuple(dict.fromkeys(filter(None, lines)))
        if len(choices) > MAX_CHOICES:
            raise ValidationError(_('A list may have %d choices.') % MAX_CHOICES)
        if any(len(choice) > MAX_CHOICE for choice in choices):
            raise ValidationError(_('A choice may have %d characters.') % MAX_CHOICE)
        return choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_list, is_date = (cleaned.get('type') == one for one in (FieldType.CHOICE, FieldType.DATE))
        if is_list and len(cleaned.get('choices', ())) < 2 and 'choices' not in self.errors:
            self.add_error('choices', _('Give two choices or more, one per line.'))
        if not is_list:
            cleaned['choices'] = ()
        if cleaned.get('remind_days') is not None and not is_date:
            self.add_error('remind_days', _('Only a date can remind somebody.'))
        return cleaned

    def described(self) -> KindField:
        """The field as it was typed; without a name while it has none."""
        cleaned = self.cleaned_data
        return KindField(
            name=self.field.name if self.field else '',
            label=cleaned['label'],
            type=FieldType(cleaned['type']),
            choices=cleaned['choices'],
            required=cleaned['required'],
            help=cleaned['help'],
            remind_days=cleaned['remind_days'],
        )


class MoveFieldForm(forms.Form):
    """Up or down."""

    way = forms.ChoiceField(choices=[('up', ''), ('down', '')])


class RemoveFieldForm(forms.Form):
    """Out of the list, or back into it."""

    back = forms.BooleanField(required=False)
