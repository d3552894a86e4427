"""What people type when they write and publish."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
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
from .plans import ItemQuestion, Meaning, Plan, PublishAnswers, Weight
from .restoring import first_words

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


class PublishForm(forms.Form):
    """The publish step: what changed and why, how big it is, and only those questions that this change raises."""

    note = forms.CharField(
        label=gettext_lazy('What changed, and why'),
        max_length=2000,
        widget=forms.Textarea(attrs={'rows': 3, 'class': 'short'}),
        help_text=gettext_lazy('Readers see this next to the changes. One or two sentences.'),
    )
    weight = forms.ChoiceField(label=gettext_lazy('How big is it?'), widget=forms.RadioSelect)
    all_meaning = forms.ChoiceField(label=gettext_lazy('For all of them'), widget=forms.RadioSelect, required=False)
    reason = forms.CharField(
        label=gettext_lazy('Why, for those who have done it'),
        max_length=300,
        required=False,
        help_text=gettext_lazy('They see it beside the item.'),
    )
    runs = forms.ChoiceField(label=gettext_lazy('Those under way'), widget=forms.RadioSelect, required=False)
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, plan: Plan, readers: int = 0, kept: Mapping[str, str] | None = None
    ) -> None:
        self.plan = plan
        self.readers = readers
        draft = plan.candidate.draft
        assert draft is not None
        self.draft = draft
        begins = {'revision': draft.revision, 'note': first_words(draft)}
        super().__init__(data, initial=begins | dict(kept or {}))
        self._ask_weight(readers)
        self._ask_meanings()
        if plan.moves_runs:
            kind = plan.candidate.playbook.kind
            choices: list[tuple[str, Label]] = [
                (Kind.OnPublish.MOVE_ALL, _('Move all of them to this version')),
                (Kind.OnPublish.OWNER_CHOICE, _('Let each owner choose')),
                (Kind.OnPublish.LEAVE, _('Leave them on the version they have')),
            ]
            self._choose('runs', choices, kind.runs_on_publish)
            self.fields['runs'].label = _('%(runs)s under way') % {'runs': kind.run_plural.capitalize()}
            self.fields['runs'].required = True
        else:
            del self.fields['runs']

    def _ask_weight(self, readers: int) -> None:
        if self.plan.candidate.base is None:
            del self.fields['weight']
            self.fields['note'].required = False
            self.fields['note'].label = _('What it is for')
            return
        again = ngettext('%d person is asked to read it again.', '%d people are asked to read it again.', readers)
        choices: list[tuple[str, Label]] = [
            (Weight.EDITORIAL, _('Small fix: spelling, a link, a clearer word. Nobody is told.')),
            (Weight.CLARIFICATION, _('Clearer, same rules: nobody has to read it again.')),
            (Weight.PROCESS_CHANGE, _('We work differently now.') + ' ' + (again % readers if readers else '')),
        ]
        self._choose('weight', choices, self.plan.usual_weight)

    def _choose(self, name: str, choices: list[tuple[str, Label]], initial: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices, field.initial = choices, initial

    def _ask_meanings(self) -> None:
        questions = self.plan.questions
        for number, question in enumerate(questions):
            choices: list[tuple[str, Label]] = [(Meaning.WORDING, Meaning.WORDING.label)]
            if question.finished:
                choices.append((Meaning.SUBSTANCE, Meaning.SUBSTANCE.label))
            choices.append((Meaning.NEW, Meaning.NEW.label))
            self.fields[f'{MEANING}{number}'] = forms.ChoiceField(
                label=_('“%s”: is it still the same task?') % question.new.text,
                choices=choices,
                initial=Meaning.WORDING,
                widget=forms.RadioSelect,
            )
        if sum(bool(question.finished) for question in questions) > 1:
            for_all: list[tuple[str, Label]] = [
                ('', _('I say it one by one, below')),
                (Meaning.WORDING, Meaning.WORDING.label),
                (Meaning.SUBSTANCE, Meaning.SUBSTANCE.label),
            ]
            self._choose('all_meaning', for_all, '')
        else:
            del self.fields['all_meaning']
        if not questions:
            del self.fields['reason']

    @property
    def questions(self) -> list[tuple[ItemQuestion, forms.BoundField]]:
        """Each question about a changed item with the field that answers it."""
        return [(question, self[f'{MEANING}{number}']) for number, question in enumerate(self.plan.questions)]

    def clean(self) -> None:
        super().clean()
        reasons = self.plan.too_much_for_editorial
        if self.cleaned_data.get('weight') == Weight.EDITORIAL and reasons:
            more = _('It is more than a small fix: %s.') % '; '.join(reasons[:3])
            self.add_error('weight', more)
        elif self.cleaned_data.get('weight') == Weight.EDITORIAL and self._changes_substance():
            self.add_error('weight', _('It is more than a small fix: you said that a task changed.'))

    def _changes_substance(self) -> bool:
        return any(meaning != Meaning.WORDING for meaning in self._said().values())

    def _said(self) -> dict[str, str]:
        """What each changed item means, by key, the answer for all taken into account."""
        for_all = self.cleaned_data.get('all_meaning')
        said = {}
        for number, question in enumerate(self.plan.questions):
            own = self.cleaned_data.get(f'{MEANING}{number}', Meaning.WORDING)
            said[question.key] = for_all if for_all and question.finished and own != Meaning.NEW else own
        return said

    def different_tasks(self) -> list[str]:
        """The keys whose line is another task now: it needs a key of its own before it is published."""
        return [key for key, meaning in self._said().items() if meaning == Meaning.NEW]

    def unjudged(self) -> 'PublishForm':
        """The same answers in a form that finds no fault with them yet, for whoever only wants to see what they do."""
        fresh = PublishForm(plan=self.plan, readers=self.readers)
        fresh.initial.update({name: self.data[name] for name in fresh.fields if name in self.data})
        return fresh

    def answers(self, replaces: dict[str, str] | None = None) -> PublishAnswers:
        """The answers for `publish`; `replaces` names the new keys of lines that are different tasks."""
        cleaned = self.cleaned_data
        reason = cleaned.get('reason', '')
        return PublishAnswers(
            weight=cleaned.get('weight') or Weight.CLARIFICATION,
            note=cleaned.get('note', ''),
            meanings={key: (meaning, reason) for key, meaning in self._said().items() if meaning != Meaning.NEW},
            reason=reason,
            replaces=replaces or {},
            runs=cleaned.get('runs') or None,
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
