"""Queues the mails that are due by the calendar."""

from typing import Any

from django.core.management.base import BaseCommand

from ...reminders import send_first_days_coming, tell_of_waiting_sign_offs


class Command(BaseCommand):
    help = (
        'Tell managers and buddies of first days that are near, and signers of what waits for them. '
        'The worker does it by itself; nobody is told twice.'
    )

    def handle(self, *args: Any, **options: Any) -> None:
        queued = send_first_days_coming() + tell_of_waiting_sign_offs()
        self.stdout.write(f'Put {queued} mails into the outbox; manage.py worker sends them.')
