"""What is asked when somebody does something with an item of a run. Every form carries the version it was shown on."""

import zipfile
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .models import RunItem

MAX_FILE = 10 * 1024 * 1024
MAX_TEXT = 20_000

# What a file's first bytes must be, by its ending; '' for texts, 'zip' for the formats that are zip archives inside.
SIGNATURES: dict[str, tuple[bytes, ...] | str] = {
    'pdf': (b'%PDF-',),
    'png': (b'\x89PNG\r\n\x1a\n',),
    'jpg': (b'\xff\xd8\xff',),
    'jpeg': (b'\xff\xd8\xff',),
    'gif': (b'GIF87a', b'GIF89a'),
    'webp': (b'RIFF',),
    **dict.fromkeys(('docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp'), 'zip'),
    **dict.fromkeys(('txt', 'md', 'csv'), ''),
}
CONTENT_TYPES = {
    'pdf': 'application/pdf',
    'png': 'image/png',
    'jpg': 'image/jpeg',
    'jpeg': 'image/jpeg',
    'gif': 'image/gif',
    'webp': 'image/webp',
    'txt': 'text/plain; charset=utf-8',
    'md': 'text/plain; charset=utf-8',
    'csv': 'text/csv; charset=utf-8',
}
ACCEPTED = ','.join(f'.{ending}' for ending in SIGNATURES)


def ending_of(name: str) -> str:
    """The ending of a file's name in lower case, without its dot."""
    return name.rpartition('.')[2].lower() if '.' in name else ''


def check_file(file: UploadedFile) -> None:
    """Refuse what is too large, of a type nobody needs here, or not what its name says."""
    name = file.name or ''
    if (file.size or 0) > MAX_FILE:
        raise ValidationError(
            _('This file is larger than 10 MB. Put it where your team keeps files, and hand in a link.')
        )
    signature = SIGNATURES.get(ending_of(name))
    if signature is None:
        raise ValidationError(
            _('Files of this type cannot be handed in. Use PDF, a picture, a text or an office document; or a link.')
        )
    if not _is_what_it_says(file, signature):
        raise ValidationError(_('What is in this file does not fit its name. Save it again under the right type.'))


def _is_what_it_says(file: UploadedFile, signature: tuple[bytes, ...] | str) -> bool:
    file.seek(0)
    try:
        if signature == 'zip':
            return zipfile.is_zipfile(file)
        if isinstance(signature, tuple):
            return file.read(16).startswith(signature)
        content = file.read()
        content.decode('utf-8')
        return b'\0' not in content
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)


class ItemForm(forms.Form):
    """What every action on an item sends along: the version it was shown, and the page it stands on."""

    version = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)
    at = forms.SlugField(required=False, max_length=20, widget=forms.HiddenInput)

    hide_optional = True

    def __init__(self, *args: Any, dom_id: str = '', action: str = '', **kwargs: Any) -> None:
        super().__init__(*args, **{'auto_id': f'{dom_id}-{action}-%s', **kwargs})

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields that somebody fills in."""
        return self.visible_fields()


class NoteForm(ItemForm):
    """An action with words."""

    note = forms.CharField(max_length=MAX_TEXT, widget=forms.Textarea(attrs={'rows': 2, 'class': 'short'}))
    label: Any = _('Note')

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields['note'].label = self.label


class CommentForm(NoteForm):
    """A comment."""

    label = _('Comment')


class ReturnForm(NoteForm):
    """What should change before it can be signed off."""

    label = _('What should change')


class AskForm(NoteForm):
    """Why somebody asks to be excused."""

    label = _('Why you ask to be excused')


class WaiveForm(ItemForm):
    """Why somebody is excused from an item, or a step of a launch is skipped."""

    reason = forms.ChoiceField(
        label=_('Reason'), choices=RunItem.WaivedReason.choices, initial=RunItem.WaivedReason.DOES_NOT_APPLY
    )
    note = forms.CharField(
        label=_('In words'),
        help_text=_('The person reads it. Needed for another reason.'),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={'rows': 2, 'class': 'short'}),
    )


class WaitForm(ItemForm):
    """Whom an item waits for."""

    whom = forms.ModelChoiceField(
        label=_('Whom it waits for'), queryset=User.objects.active(), empty_label=_('Choose a person')
    )


class RemoveForm(ItemForm):
    """Which piece of work is taken back."""

    evidence = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class HandInForm(ItemForm):
    """Work for an item: a text, a link or a file, or several of them."""

    text = forms.CharField(
        label=_('Text'),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={'rows': 4, 'class': 'short'}),
    )
    url = forms.CharField(
        label=_('Link'),
        max_length=2000,
        required=False,
        widget=forms.URLInput(attrs={'placeholder': 'https://', 'inputmode': 'url'}),
    )
    file = forms.FileField(
        label=_('File'),
        required=False,
        max_length=200,
        help_text=_('PDF, picture, text or office document, at most 10 MB. Seen by those named on this page.'),
        widget=forms.FileInput(attrs={'accept': ACCEPTED}),
    )
    then = forms.ChoiceField(choices=[('', ''), ('complete', '')], required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_work: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_work = has_work

    @property
    def asked(self) -> list[forms.BoundField]:
        """The three ways to hand something in; what happens then is in the button."""
        return [self['text'], self['url'], self['file']]

    def clean_url(self) -> str:
        url = self.cleaned_data['url'].strip()
        if url:
            URLValidator(schemes=['http', 'https'], message=_('Enter a whole address, such as https://example.com.'))(
                url
            )
        return url

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data['file']
        if file:
            check_file(file)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = any(cleaned.get(name) for name in ('text', 'url', 'file'))
        sends_what_is_there = cleaned.get('then') == 'complete' and self.has_work
        if not given and not sends_what_is_there and not self.errors:
            raise ValidationError(_('Hand in a text, a link or a file.'))
        return cleaned
