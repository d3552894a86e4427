"""What the pages of an enrollment are asked to show."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ShowForm(forms.Form):
    """Everything, or what is left to do."""

    show = forms.ChoiceField(choices=[('', _('Everything')), ('left', _('Left to do'))], required=False)
