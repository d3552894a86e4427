"""What people paste and drop to bring it in, and what they say is to become of it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Case, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User

from . import permissions
from .arriving import ACCEPTED
from .field_forms import PlaybookField
from .intakes import Do, choices_for
from .models import Area, IntakeDocument, Kind, Playbook
from .text.htmlsource import MAX_HTML

MAX_FILES = 100  # dropped at once; an archive may hold more


USUAL = {'kind': 'guide', 'area': 'process'}  # of the starter content, and of the command


class PasteForm(forms.Form):
    """HTML out of a clipboard."""

    html = forms.CharField(max_length=MAX_HTML, strip=False)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = 'django/forms/widgets/file.html'


class FilesField(forms.FileField):
    """One or several files; as they come, since what is in them is looked at one by one."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > MAX_FILES:
            raise ValidationError(_('Drop at most %d files at once, or more of them in a .zip.') % MAX_FILES)
        found = [super(FilesField, self).clean(one, initial) for one in given] or [super().clean(None, initial)]
        return found


class TargetForm(forms.Form):
    """The playbook whose draft somebody came from."""

    to = PlaybookField(required=False, max_length=80)


class IntakeForm(forms.Form):
    """What is dropped, and what documents are that do not say it themselves."""

    documents = FilesField(
        label=gettext_lazy('Documents'),
        help_text=gettext_lazy(
            'Markdown, text, HTML and Word (.docx), or a .zip of them. At most 64 MB together. Nothing comes in before '
            'you have seen what would.'
        ),
        widget=FilesInput(attrs={'accept': ','.join(ACCEPTED)}),
        error_messages={
            'required': gettext_lazy('Choose at least one file.'),
            'empty': gettext_lazy('This file is empty.'),
        },
        max_length=200,
    )
    kind = forms.ModelChoiceField(
        Kind.objects.none(),
        label=gettext_lazy('Type'),
        empty_label=None,
        help_text=gettext_lazy('Of documents that name none.'),
    )
    area = forms.ModelChoiceField(
        Area.objects.none(),
        label=gettext_lazy('Area'),
        empty_label=None,
        help_text=gettext_lazy('Of documents that name none.'),
    )
    hide_optional = True

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds, areas = Kind.objects.filter(is_track=False), Area.objects.all()
        self.knows = permissions.can_bring_in(by)
        for name, rows in (('kind', kinds), ('area', areas)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            usual = Case(When(slug=USUAL[name], then=0), default=1)
            field.queryset = rows.order_by(usual, 'position', 'name')  # the first one is what is chosen
            if not self.knows:  # what they bring in becomes a part of a page that has both
                field.required, field.widget = False, forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, rows in (('kind', Kind.objects.all()), ('area', Area.objects.all())):
            if name not in self.errors and cleaned.get(name) is None:
                cleaned[name] = rows.first()
                if cleaned[name] is None:
                    raise ValidationError(_('This site has no types and areas yet. An administrator adds them.'))
        return cleaned


class ChoicesForm(forms.Form):
    """What each document is to become. A field `do-7` is the document at place 7."""

    publish = forms.ChoiceField(
        label=gettext_lazy('What comes in'),
        choices=[
            ('', gettext_lazy('becomes a draft, for you to look at and publish')),
            ('yes', gettext_lazy('is published at once')),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    join_title = forms.CharField(
        label=gettext_lazy('Title of the new draft'),
        max_length=200,
        required=False,
        help_text=gettext_lazy('For documents that become part of one new draft.'),
    )
    target = PlaybookField(
        label=gettext_lazy('Add to the draft of'),
        required=False,
        help_text=gettext_lazy('The address of the playbook, or its last part: “launch-checklist”.'),
        max_length=200,
    )

    def __init__(self, *args: Any, documents: Iterable[IntakeDocument], by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.knows = by, permissions.can_bring_in(by)
        self.playbook: Playbook | None = None
        if not self.knows:
            del self.fields['publish'], self.fields['join_title']
            owned = Playbook.objects.visible_to(by).kept_by(by).filter(archived_at=None)
            rows = owned.values_list('slug', 'current_version__title')
            self.fields['target'] = forms.ChoiceField(
                label=_('Add to the draft of'), choices=[(slug, title or slug) for slug, title in rows], required=False
            )
        for document in documents:
            if choices := choices_for(document, knows=self.knows):
                self.fields[f'do-{document.position}'] = forms.ChoiceField(
                    label=_('What becomes of “%s”') % document.title,
                    choices=[(do.value, do.label) for do in choices],
                    initial=choices[0].value,
                )

    def chosen(self) -> dict[int, str]:
        """What was chosen, by the document's place."""
        given = {name: value for name, value in self.cleaned_data.items() if name.startswith('do-')}
        return {int(name.removeprefix('do-')): value for name, value in given.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = {value for name, value in cleaned.items() if name.startswith('do-')}
        if Do.JOIN in chosen and not cleaned.get('join_title') and 'join_title' not in self.errors:
            self.add_error('join_title', _('Give the draft that they become part of a title.'))
        if Do.ADD in chosen and 'target' not in self.errors:
            self._check_target(cleaned.get('target') or '')
        return cleaned

    def _check_target(self, slug: str) -> None:
        if not slug:
            self.add_error('target', _('Say which playbook’s draft they are added to.'))
            return
        found = Playbook.objects.visible_to(self.by).filter(slug=slug, archived_at=None).first()
        if found is None or not permissions.can_edit(self.by, found):
            self.add_error('target', _('There is no such playbook that you may change.'))
        self.playbook = found
