import datetime as dt
import email
import shutil
import tempfile
import threading
from pathlib import Path
from smtplib import SMTPServerDisconnected
from unittest import mock

from django.core import mail as django_mail
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from accounts.models import Mail
from accounts.outbox import ATTEMPTS, LEASE, as_message, deliver_waiting, queue_mail
from tests.factories import make_user

NOON = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)


def queue(to='reader@example.com', **fields):
    return queue_mail(**{'to': to, 'kind': 'test', 'subject': 'Hello', 'body': 'Text.\n', 'send_at': NOON} | fields)


class FolderCase(TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.enterContext(override_settings(MAIL_GOES_TO_FOLDER=True, EMAIL_FILE_PATH=self.folder / 'mail'))

    def files(self):
        return sorted((self.folder / 'mail').glob('*')) if (self.folder / 'mail').exists() else []


class QueueMailTests(TestCase):
    def test_a_mail_belongs_to_the_transaction_of_what_it_tells_of(self):
        with self.assertRaises(RuntimeError), transaction.atomic():
            queue()
            raise RuntimeError

        self.assertFalse(Mail.objects.exists())

    def test_the_same_thing_is_told_once(self):
        self.assertIsNotNone(queue(dedupe_key='told'))
        self.assertIsNone(queue(dedupe_key='told'))
        self.assertIsNotNone(queue(dedupe_key='another'))

        self.assertEqual(Mail.objects.count(), 2)

    def test_whoever_can_no_longer_sign_in_gets_nothing(self):
        self.assertIsNone(queue(make_user(is_active=False)))

    def test_a_subject_is_one_line_of_at_most_200_characters(self):
        mail = queue(subject='One\r\nBcc: spy@example.net ' + 'x' * 300)

        self.assertEqual((mail.subject[:25], len(mail.subject)), ('One Bcc: spy@example.net ', 200))


class DeliverTests(FolderCase):
    def test_a_mail_becomes_one_file_that_a_mail_reader_understands(self):
        queue(to=make_user('Zoë Ångström', email='zoe@example.com'), subject='Größe', body='Grüße\nand a link\n')

        self.assertEqual(deliver_waiting(NOON), 1)

        (file,) = self.files()
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        self.assertEqual((message['Subject'], message['To']), ('Größe', 'zoe@example.com'))
        self.assertEqual(message.get_content_type(), 'text/plain')
        self.assertEqual(message.get_content(), 'Grüße\nand a link\n')
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(Mail.objects.get().sent_at, NOON)

    def test_a_mail_that_was_sent_is_not_sent_again(self):
        queue()
        deliver_waiting(NOON)

        self.assertEqual(deliver_waiting(NOON + dt.timedelta(days=1)), 0)
        self.assertEqual(Mail.objects.get().attempts, 1)

    def test_a_mail_waits_for_its_time(self):
        queue(send_at=NOON + dt.timedelta(hours=1))

        self.assertEqual(deliver_waiting(NOON), 0)
        self.assertEqual(deliver_waiting(NOON + dt.timedelta(hours=1)), 1)

    def test_what_a_dead_worker_had_taken_up_is_taken_up_again_when_its_lease_ends(self):
        Mail.objects.filter(pk=queue().pk).update(leased_until=NOON + LEASE, attempts=1)

        self.assertEqual(deliver_waiting(NOON), 0)
        self.assertEqual(deliver_waiting(NOON + LEASE + dt.timedelta(seconds=1)), 1)
        self.assertEqual(len(self.files()), 1)

    def test_a_worker_killed_after_the_file_was_written_leaves_one_file_and_the_same(self):
        mail = queue()
        deliver_waiting(NOON)
        (before,) = self.files()
        content = before.read_bytes()
        Mail.objects.filter(pk=mail.pk).update(sent_at=None, leased_until=NOON)

        deliver_waiting(NOON + dt.timedelta(hours=1))

        self.assertEqual(self.files(), [before])
        self.assertEqual(before.read_bytes(), content)

    def test_limit_is_kept_and_the_oldest_go_first(self):
        newer, older = queue(subject='newer'), queue(subject='older', send_at=NOON - dt.timedelta(hours=1))

        self.assertEqual(deliver_waiting(NOON, limit=1), 1)

        self.assertIsNotNone(Mail.objects.get(pk=older.pk).sent_at)
        self.assertIsNone(Mail.objects.get(pk=newer.pk).sent_at)

    def test_idling_takes_no_lock(self):
        with self.assertNumQueries(1):
            deliver_waiting(NOON)

    def test_the_number_of_queries_does_not_grow_with_what_waits(self):
        for expected in (1, 30):
            Mail.objects.all().delete()
            for _ in range(expected):
                queue()
            with self.subTest(expected), self.assertNumQueries(6):
                self.assertEqual(deliver_waiting(NOON, limit=1), 1)


class FailureTests(FolderCase):
    def setUp(self):
        super().setUp()
        (self.folder / 'mail').write_text('a file where the folder should be')

    def test_after_a_failure_it_tries_again_later_and_later_and_at_last_gives_up(self):
        mail = queue()
        now, pauses = NOON, []

        for _attempt in range(ATTEMPTS):
            self.assertEqual(deliver_waiting(now), 1)
            mail.refresh_from_db()
            self.assertIn('FileExistsError', mail.last_error)
            pauses.append((mail.send_at - now).total_seconds() / 60)
            now = max(now, mail.send_at)

        self.assertEqual(pauses[:-1], [1, 2, 4, 8, 16, 32, 64])
        self.assertEqual(mail.given_up_at, now)
        self.assertEqual(deliver_waiting(now + dt.timedelta(days=30)), 0)

    def test_one_that_fails_does_not_hold_up_the_others(self):
        queue(subject='first')
        queue(subject='second')

        self.assertEqual(deliver_waiting(NOON), 2)

        self.assertEqual(set(Mail.objects.values_list('attempts', flat=True)), {1})

    def test_what_failed_arrives_once_the_reason_is_gone(self):
        mail = queue()
        deliver_waiting(NOON)
        (self.folder / 'mail').unlink()

        deliver_waiting(NOON + dt.timedelta(minutes=1))

        mail.refresh_from_db()
        self.assertEqual((mail.last_error, len(self.files())), ('', 1))


@override_settings(MAIL_GOES_TO_FOLDER=False)
class ServerTests(TestCase):
    def test_a_mail_server_gets_the_same_message_id_however_often_it_gets_the_mail(self):
        mail = queue()
        deliver_waiting(NOON)
        Mail.objects.filter(pk=mail.pk).update(sent_at=None, leased_until=None)
        deliver_waiting(NOON)

        ids = [message.message()['Message-ID'] for message in django_mail.outbox]
        self.assertEqual(len(ids), 2)
        self.assertEqual(len(set(ids)), 1)
        self.assertRegex(ids[0], r'^<\d+\.[0-9a-f]{12}@localhost>$')

    def test_two_mails_never_have_one_message_id(self):
        one, two = queue(), queue()

        self.assertNotEqual(*[as_message(mail).message()['Message-ID'] for mail in (one, two)])

    def test_nothing_is_sent_to_sample_people_who_have_no_mailbox(self):
        mail = queue(make_user(is_sample=True))

        deliver_waiting(NOON)

        mail.refresh_from_db()
        self.assertEqual((django_mail.outbox, mail.given_up_at), ([], NOON))

    def test_a_server_that_hangs_up_is_a_failure_to_try_again(self):
        queue()

        with mock.patch('django.core.mail.EmailMessage.send', side_effect=SMTPServerDisconnected('gone')):
            deliver_waiting(NOON)

        mail = Mail.objects.get()
        self.assertEqual((mail.sent_at, mail.last_error), (None, 'SMTPServerDisconnected: gone'))


class TwoWorkersTests(TransactionTestCase):
    def test_workers_beside_each_other_send_each_mail_once(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        for number in range(12):
            queue(to=f'{number}@example.com', send_at=timezone.now())
        taken = []

        def work():
            try:
                taken.append(deliver_waiting())
            finally:
                connection.close()

        with override_settings(MAIL_GOES_TO_FOLDER=True, EMAIL_FILE_PATH=folder):
            threads = [threading.Thread(target=work) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        self.assertEqual(sum(taken), 12)
        self.assertEqual(len(list(folder.glob('*.eml'))), 12)
        self.assertEqual(set(Mail.objects.values_list('attempts', flat=True)), {1})
