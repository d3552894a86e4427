"""The forms of signing in, in the words of the house."""

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):
    """Address, password, and whether this device may remember."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {'login': _('Work email'), 'password': _('Password'), 'remember': _('Keep me signed in for 14 days')}
        for name, label in labels.items():
            field = self.fields[name]
            field.label, field.help_text = label, ''
            field.widget.attrs.pop('placeholder', None)
