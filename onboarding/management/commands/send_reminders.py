"""Queues the mails that are due by the calendar."""

from typing import Any

from django.core.management.base import BaseCommand

from ...reminders import send_first_days_coming


class Command(BaseCommand):
    help = 'Tell managers and buddies of first days that are near. The worker does it every hour; nobody is told twice.'

    def handle(self, *args: Any, **options: Any) -> None:
        queued = send_first_days_coming()
        self.stdout.write(f'Put {queued} mails into the outbox; manage.py worker sends them.')
