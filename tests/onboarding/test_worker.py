"""The worker as a real process: it is killed at random moments, and yet each mail arrives, and arrives once."""

import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from email import message_from_bytes
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from accounts.models import Mail
from accounts.outbox import queue_mail
from onboarding.enrolling import enroll
from onboarding.management.commands.worker import Command, Job
from tests.factories import make_track, make_user

MAILS = 60
LEASE = '0.4'
LEASE_TIME = dt.timedelta(minutes=2)


class WorkerProcessTests(TransactionTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.workers = []
        self.addCleanup(self.end)

    def end(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def start(self):
        """A worker on the database of this test, with its mails going to a folder of this test."""
        code = (
            'from django.conf import settings; import os, django; django.setup();'
            'settings.EMAIL_FILE_PATH = os.environ["MAIL_FOLDER"]; settings.MAIL_GOES_TO_FOLDER = True;'
            'from django.core.management import call_command;'
            f'call_command("worker", pause=0.05, lease={LEASE})'
        )
        environment = os.environ | {
            'DJANGO_SETTINGS_MODULE': 'tests.settings',
            'DATABASE_URL': database_url(),
            'MAIL_FOLDER': str(self.folder),
        }
        worker = subprocess.Popen(
            [sys.executable, '-c', SETTINGS_OF_THE_TEST + code],
            cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.workers.append(worker)
        self.addCleanup(worker.stdout.close)
        self.assertEqual(worker.stdout.readline(), 'The worker is running.\n')
        return worker

    def wait_until_all_are_sent(self, seconds=120):
        until = time.monotonic() + seconds
        while Mail.objects.filter(sent_at=None).exists():
            self.assertLess(time.monotonic(), until, 'The worker did not finish.')
            time.sleep(0.05)

    def arrived(self):
        files = list(self.folder.glob('*.eml'))
        return Counter(message_from_bytes(file.read_bytes())['Subject'] for file in files)

    def test_killing_it_at_any_moment_loses_no_mail_and_sends_none_twice(self):
        chance = random.Random(20261122)
        for number in range(MAILS):
            queue_mail(to='reader@example.com', kind='test', subject=f'Mail {number}', body=f'Text {number}.\n' * 40)

        for _kill in range(3):
            worker = self.start()
            time.sleep(chance.uniform(0, 0.15))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker.stdout.close()
        survivor = self.start()
        self.wait_until_all_are_sent()
        survivor.send_signal(signal.SIGTERM)

        self.assertEqual(survivor.communicate(timeout=10)[0], 'The worker has stopped.\n')
        self.assertEqual(survivor.returncode, 0)
        self.assertEqual(self.arrived(), Counter(f'Mail {number}' for number in range(MAILS)))
        self.assertFalse(Mail.objects.filter(given_up_at__isnull=False).exists())


SETTINGS_OF_THE_TEST = """
import tests.settings as settings
if settings.DATABASES['default']['ENGINE'].endswith('sqlite3'):
    import os
    settings.DATABASES['default']['NAME'] = os.environ['DATABASE_URL'].removeprefix('sqlite:///')
"""


def database_url():
    """The address of the test's own database, for another process."""
    values = connection.settings_dict
    if connection.vendor == 'sqlite':
        return f'sqlite:///{values["NAME"]}'
    return urlsplit(os.environ['DATABASE_URL'])._replace(path=f'/{values["NAME"]}').geturl()


class OnceTests(TestCase):
    def work(self):
        out = StringIO()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with override_settings(MAIL_GOES_TO_FOLDER=True, EMAIL_FILE_PATH=folder):
            call_command('worker', '--once', stdout=out)
        return out.getvalue(), len(list(folder.glob('*.eml')))

    def test_it_can_be_run_once_and_says_what_it_did(self):
        for _ in range(3):
            queue_mail(to='reader@example.com', kind='test', subject='Hello', body='Text.\n')

        self.assertEqual(self.work(), ('The worker is running.\nTook up 3 mails.\n', 3))
        self.assertEqual(self.work(), ('The worker is running.\nTook up 0 mails.\n', 0))

    def test_it_reminds_of_first_days_and_sends_that_too(self):
        today = timezone.localdate()
        person = make_user(reports_to=make_user())
        enroll(
            person=person,
            track=make_track(),
            first_day=today + dt.timedelta(days=1),
            by=person.reports_to,
            now=timezone.now() - dt.timedelta(days=14),
        )

        self.assertEqual(self.work()[1], 1)
        self.assertEqual(self.work()[1], 0)

    def test_a_job_that_fails_keeps_no_mail_from_going_out(self):
        queue_mail(to='reader@example.com', kind='test', subject='Hello', body='Text.\n')
        tried = []

        def fail():
            tried.append(1)
            raise RuntimeError('broken')

        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        job = Job('broken', dt.timedelta(hours=100_000), fail)
        with (
            override_settings(MAIL_GOES_TO_FOLDER=True, EMAIL_FILE_PATH=folder),
            self.assertLogs('onboarding.management.commands.worker', 'ERROR') as log,
        ):
            sent = [Command().work([job], LEASE_TIME, threading.Event()) for _ in range(2)]

        self.assertEqual((sent, tried), ([1, 0], [1]))
        self.assertIn('The job “broken” failed.', log.output[0])

    def test_send_reminders_does_the_same_by_hand(self):
        out = StringIO()
        call_command('send_reminders', stdout=out)

        self.assertEqual(out.getvalue(), 'Put 0 mails into the outbox; manage.py worker sends them.\n')
