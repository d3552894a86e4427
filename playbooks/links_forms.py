"""What is asked about links: a title to go to, a new address, a check of what lies outside."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .drafts import SLUG_LENGTH
from .models.documents import SLUG, not_reserved


class TitleForm(forms.Form):
    """The title that a link in a text names."""

    title = forms.CharField(max_length=200)


class AddressForm(forms.Form):
    """Another address for a playbook."""

    slug = forms.CharField(
        label=_('Address'),
        help_text=_('Lower-case letters, digits and hyphens, as in how-we-prioritize.'),
        max_length=SLUG_LENGTH,
        validators=[SLUG, not_reserved],
        widget=forms.TextInput(attrs={'autocomplete': 'off', 'autocapitalize': 'off', 'spellcheck': 'false'}),
    )
