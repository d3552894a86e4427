"""What is asked on the page of a playbook's files."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from .file_types import ACCEPTED

MOST_AT_ONCE = 20


class SeveralFiles(forms.ClearableFileInput):
    """A field that takes several files at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Files, each of which has a name and something in it."""

    widget = SeveralFiles(attrs={'accept': ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list) and data else [None]
        if len(given) > MOST_AT_ONCE:
            raise forms.ValidationError(_('At most %d files at once.') % MOST_AT_ONCE)
        return [super(SeveralFilesField, self).clean(one, initial) for one in given]


class AddFilesForm(forms.Form):
    """Files to add to a playbook."""

    file = SeveralFilesField(
        label=_('Files'),
        help_text=_('Pictures, PDF, texts, office documents, films, ZIP. A picture no longer says where it was taken.'),
        allow_empty_file=True,  # the refusal of an empty one is that of all files
    )


class TakeAwayForm(forms.Form):
    """Files to take away; which of them nothing names is looked up when it is done."""

    name = forms.MultipleChoiceField(error_messages={'required': _('Choose the files to take away.')})

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields['name'].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class FileKeyForm(forms.Form):
    """The key of a link that shows a draft, and so its pictures."""

    key = forms.CharField(required=False, max_length=32)
