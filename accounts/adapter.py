"""How django-allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from .models import User
from .outbox import queue_mail


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: managers and editors add people, who get a link to set a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the mail into the outbox.

        A mail server would be asked for addresses that belong to somebody only, and its seconds would tell who is here.
        """
        about = {'request': self.request, 'email': email, 'current_site': get_current_site(self.request)}
        message = self.render_mail(template_prefix, email, about | context)
        person = User.objects.filter(email__iexact=email).first()
        kind = template_prefix.rpartition('/')[2]
        queue_mail(to=person or email, kind=kind[:40], subject=message.subject, body=message.body.strip() + '\n')
