from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlaybooksConfig(AppConfig):
    """Documents with versions, and the checklists people work through."""

    name = 'playbooks'
    default_auto_field = 'django.db.models.BigAutoField'

    def ready(self) -> None:
        from .triggers import create_triggers_after_migrate

        post_migrate.connect(create_triggers_after_migrate, sender=self)
