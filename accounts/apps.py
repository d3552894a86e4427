from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: who they are, whom they report to, how they sign in."""

    name = 'accounts'
    default_auto_field = 'django.db.models.BigAutoField'
