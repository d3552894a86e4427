"""The worker: delivers mails and does what the calendar asks. Any number of them may run beside each other."""

import argparse
import datetime as dt
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from accounts.outbox import LEASE, deliver_waiting
from playbooks import chores

from ...reminders import send_first_days_coming, tell_of_waiting_sign_offs

log = logging.getLogger(__name__)


@dataclass
class Job:
    """Something done once in every slot of time. Doing it twice, in two workers, does no harm."""

    name: str
    every: dt.timedelta
    do: Callable[[], int]
    slot: int | None = None

    def is_due(self, now: dt.datetime) -> bool:
        """Whether this worker has not done it in the slot that `now` lies in."""
        return self.slot != int(now.timestamp() // self.every.total_seconds())

    def done(self, now: dt.datetime) -> None:
        """Remember the slot as taken up."""
        self.slot = int(now.timestamp() // self.every.total_seconds())


def _do(job: Job) -> None:
    """Do a job. One that fails is logged and tried again in its next slot, and mails go out all the same."""
    try:
        job.do()
    except DatabaseError:
        raise
    except Exception:
        log.exception('The job “%s” failed.', job.name)


class Command(BaseCommand):
    help = 'Deliver mails as they come and send reminders, until it is stopped by SIGTERM or Ctrl-C.'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('--once', action='store_true', help='do what waits now, and end')
        parser.add_argument('--pause', type=float, default=2.0, help='seconds between two looks at the outbox')
        parser.add_argument(
            '--lease',
            type=float,
            default=LEASE.total_seconds(),
            help='seconds after which a mail that a worker died over is taken up again',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        jobs = [
            *(Job(chore.name, chore.every, chore.do) for chore in chores.CHORES),
            Job('first days coming', dt.timedelta(hours=1), send_first_days_coming),
            Job('sign-offs that wait', dt.timedelta(minutes=5), tell_of_waiting_sign_offs),
        ]
        lease = dt.timedelta(seconds=options['lease'])
        self.stdout.write('The worker is running.')
        self.stdout.flush()
        while not stop.is_set():
            sent = self.work(jobs, lease, stop)
            if options['once']:
                self.stdout.write(f'Took up {sent} mails.')
                return
            stop.wait(options['pause'])
            close_old_connections()
        self.stdout.write('The worker has stopped.')

    def work(self, jobs: list[Job], lease: dt.timedelta, stop: threading.Event) -> int:
        """Do every job that is due, then deliver mails one by one until none waits or it is told to stop."""
        sent = 0
        try:
            for job in jobs:
                now = timezone.now()
                if not stop.is_set() and job.is_due(now):
                    job.done(now)
                    _do(job)
            while not stop.is_set() and deliver_waiting(limit=1, lease=lease):
                sent += 1
        except DatabaseError:
            # A database that is being restarted is no reason to end: the next look may find it again.
            log.exception('The database could not be used; trying again.')
            connection.close()
        return sent
