"""What people type when they write and publish."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.forms import TagField
from taggit.models import Tag

from accounts.forms import PeopleField, RowsField
from accounts.models import User

from . import permissions
from . import text as texts
from .drafts import save_draft
from .field_forms import form_field, stored
from .kind_fields import fields_of
from .models import Area, Draft, Kind, Playbook

FIELD = 'field-'  # before the name of a kind's own field
MEANING = 'meaning-'  # before the number of a question about a changed item
Label = str | Promise


class MarkdownField(forms.CharField):
    """A text, normalized as it comes in and no larger than the reader takes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, widget=forms.Textarea(attrs={'spellcheck': 'true'}), **kwargs)

    def to_python(self, value: Any) -> str:
        return texts.normalize(super().to_python(value) or '')

    def validate(self, value: str) -> None:
        super().validate(value)
        size = len(value.encode())
        if size > texts.MAX_BYTES:
            message = _('This is %(size)d kB; a text may have %(most)d. Split it into two playbooks.')
            raise ValidationError(message % {'size': size // 1000, 'most': texts.MAX_BYTES // 1000})


class TagsField(TagField):
    """Tags with commas between, none longer than the table takes."""

    def clean(self, value: Any) -> list[str]:
        tags = super().clean(value)
        most = Tag._meta.get_field('name').max_length or 0
        if any(len(tag) > most for tag in tags):
            raise ValidationError(_('A tag may have %(most)d characters.') % {'most': most})
        return tags


class NewPlaybookForm(forms.Form):
    """What a new playbook is called and where it stands. The text comes next, in the editor."""

    title = forms.CharField(label=gettext_lazy('Title'), max_length=200)
    area = forms.ModelChoiceField(Area.objects, label=gettext_lazy('Area'), empty_label=None)
    tags = TagsField(
        label=gettext_lazy('Tags'), required=False, help_text=gettext_lazy('Words to find it by, with commas between.')
    )
    audience = RowsField(
        Group.objects.order_by('name'),
        label=gettext_lazy('Only for'),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy('Leave empty for everybody.'),
    )

    def __init__(self, data: Any = None, *, kind: Kind, by: User) -> None:
        super().__init__(data)
        self.fields['area'].initial = kind.area_id
        if not permissions.can_archive(by):
            del self.fields['audience'], self.fields['tags']


class DraftForm(forms.Form):
    """A draft's title, text and the fields of its kind. Nothing but its size is asked of a draft; publishing asks more.

    `revision` and `base` say what the author had before them, so that nothing saved elsewhere is overwritten.
    """

    hide_optional = True

    title = forms.CharField(label=gettext_lazy('Title'), max_length=200, required=False)
    text = MarkdownField(label=gettext_lazy('Text, in Markdown'))
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    base = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, draft: Draft) -> None:
        self.draft = draft
        initial = {
            'title': draft.title,
            'text': draft.text,
            'revision': draft.revision,
            'base': draft.base.number if draft.base else None,
        }
        initial |= {FIELD + name: value for name, value in draft.fields.items()}
        super().__init__(data, initial=initial)
        self.fields['text'].widget.attrs |= {'rows': 30}
        for one in fields_of(draft.playbook.kind.fields):
            self.fields[FIELD + one.name] = form_field(one, draft.fields.get(one.name))

    @property
    def kind_fields(self) -> list[forms.BoundField]:
        """The fields of the kind, for showing them beside the title."""
        return [self[name] for name in self.fields if name.startswith(FIELD)]

    def values(self) -> dict[str, Any]:
        """The kind's fields as they are stored. What the draft has beside them (an earlier field of the kind) stays."""
        kept = dict(self.draft.fields)
        for one in fields_of(self.draft.playbook.kind.fields):
            kept[one.name] = self.cleaned_data[FIELD + one.name]
        return {name: stored(value) for name, value in kept.items() if value not in (None, '')}

    def save(self, *, by: User) -> Draft:
        """Store the draft as this person leaves it; see `save_draft` for what it raises."""
        cleaned = self.cleaned_data
        if not self.draft.revision and cleaned['base']:
            self.draft.base = self.draft.playbook.versions.filter(number=cleaned['base']).first()
        return save_draft(
            draft=self.draft,
            title=cleaned['title'],
            text=cleaned['text'],
            fields=self.values(),
            shown_revision=cleaned['revision'],
            by=by,
        )


class SettingsForm(forms.Form):
    """Who keeps a playbook, where it stands, whom it is for; everyone may change only the fields that are theirs."""

    area = forms.ModelChoiceField(Area.objects, label=gettext_lazy('Area'), empty_label=None)
    tags = TagsField(
        label=gettext_lazy('Tags'), required=False, help_text=gettext_lazy('Words to find it by, with commas between.')
    )
    owner = forms.ModelChoiceField(User.objects.active(), label=gettext_lazy('Owner'), required=False)
    co_owner = forms.ModelChoiceField(User.objects.active(), label=gettext_lazy('Co-owner'), required=False)
    review_every_days = forms.IntegerField(
        label=gettext_lazy('Check every … days'), min_value=1, max_value=3650, required=False
    )
    audience = RowsField(
        Group.objects.order_by('name'),
        label=gettext_lazy('Only for'),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy('Leave empty for everybody.'),
    )
    approvers = PeopleField(
        label=gettext_lazy('May approve changes, beside editors'),
        required=False,
        help_text=gettext_lazy('One per line: full name or e-mail address. They need no other right.'),
    )

    def __init__(self, data: Any = None, *, playbook: Playbook, by: User) -> None:
        self.playbook = playbook
        initial = {
            'area': playbook.area_id,
            'tags': playbook.tags.all(),
            'owner': playbook.owner_id,
            'co_owner': playbook.co_owner_id,
            'review_every_days': playbook.review_every_days,
            'audience': playbook.audience.all(),
            'approvers': playbook.approvers.all(),
        }
        super().__init__(data, initial=initial)
        if playbook.kind.approval == Kind.Approval.NONE:
            del self.fields['approvers']
        if not permissions.can_archive(by):
            for name in ('area', 'tags', 'owner', 'audience', 'approvers'):
                self.fields.pop(name, None)

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get('co_owner') and cleaned.get('co_owner') == cleaned.get('owner', self.playbook.owner):
            self.add_error('co_owner', _('Name somebody else than the owner.'))

    def values(self) -> dict[str, Any]:
        """Everything that is kept: as it was, where it is not theirs to change."""
        playbook = self.playbook
        before = {
            'area': playbook.area,
            'owner': playbook.owner,
            'tags': playbook.tags.names(),
            'audience': playbook.audience.all(),
            'approvers': playbook.approvers.all(),
        }
        return before | self.cleaned_data


class VerifyForm(forms.Form):
    """A remark with “still true”."""

    remark = forms.CharField(max_length=300, required=False)


class ApproveForm(forms.Form):
    """Which exact text was on the page when somebody said yes."""

    text_hash = forms.CharField(max_length=64)
