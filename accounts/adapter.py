"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: managers and editors add people, who get a link to set a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
