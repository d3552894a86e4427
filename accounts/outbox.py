"""The outbox: mails are rows written in the transaction of what they tell of, and `manage.py worker` delivers them.

Each mail is delivered at least once, and into a folder exactly once, whenever a worker is killed: a worker takes a
mail by a lease that runs out, the file of a mail has one name and one content, and so has its Message-ID for a server
that gets it twice. Source: DESIGN.md, Bones that are hard to add later; docs/adr/0007-outbox-and-worker.md.
"""

import datetime as dt
import hashlib
import os
from email.utils import format_datetime, parseaddr
from pathlib import Path
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from .models import Mail, User

LEASE = dt.timedelta(minutes=2)  # longer than the time-out of a mail server, settings.EMAIL_TIMEOUT
ATTEMPTS = 8
FIRST_PAUSE = dt.timedelta(minutes=1)  # doubled each time: the last attempt is about two hours after the first


def whole_address(path: str) -> str:
    """A whole address of this site, for mails."""
    return settings.BASE_URL.geturl().rstrip('/') + path


def queue_mail(
    *,
    to: User | str,
    kind: str,
    subject: str,
    body: str,
    dedupe_key: str | None = None,
    send_at: dt.datetime | None = None,
) -> Mail | None:
    """Put a mail into the outbox, as part of the caller's transaction.

    A second mail with the same dedupe key is not made, and neither is one to somebody who can no longer sign in: then
    it returns None.
    """
    person, address = (to, to.email) if isinstance(to, User) else (None, to)
    if person is not None and not person.is_active:
        return None
    mail = Mail(
        to=address,
        person=person,
        kind=kind,
        subject=' '.join(subject.split())[:200],
        body=body,
        dedupe_key=dedupe_key,
        send_at=send_at or timezone.now(),
    )
    if dedupe_key is None:
        mail.save()
        return mail
    if Mail.objects.filter(dedupe_key=dedupe_key).exists():
        return None
    try:
        with transaction.atomic():
            mail.save()
    except IntegrityError:
        return None
    return mail


def deliver_waiting(now: dt.datetime | None = None, limit: int = 100, *, lease: dt.timedelta = LEASE) -> int:
    """Send what waits, one mail at a time; return how many were taken up, whether or not they could be delivered."""
    for taken in range(limit):
        mail = _take(now or timezone.now(), lease)
        if mail is None:
            return taken
        try:
            deliver(mail)
        except (OSError, SMTPException, ValueError) as error:
            _put_back(mail, now or timezone.now(), error)
        else:
            Mail.objects.filter(pk=mail.pk).update(sent_at=now or timezone.now(), leased_until=None, last_error='')
    return limit


def _take(now: dt.datetime, lease: dt.timedelta) -> Mail | None:
    """Lease the mail that has waited longest. Asks first without a lock, so that idling costs other writers nothing."""
    if not Mail.objects.waiting(now).exists():
        return None
    with transaction.atomic():
        mail = (
            Mail.objects.waiting(now)
            .select_for_update(skip_locked=True, of=('self',))
            .select_related('person')
            .order_by('send_at', 'pk')
            .first()
        )
        if mail is not None:
            Mail.objects.filter(pk=mail.pk).update(leased_until=now + lease, attempts=F('attempts') + 1)
            mail.attempts += 1
    return mail


def _put_back(mail: Mail, now: dt.datetime, error: Exception) -> None:
    words = f'{type(error).__name__}: {error}'[:500]
    if mail.attempts >= ATTEMPTS or isinstance(error, NoSuchMailbox):
        Mail.objects.filter(pk=mail.pk).update(given_up_at=now, leased_until=None, last_error=words)
    else:
        later = now + FIRST_PAUSE * 2 ** (mail.attempts - 1)
        Mail.objects.filter(pk=mail.pk).update(send_at=later, leased_until=None, last_error=words)


class NoSuchMailbox(ValueError):
    """The address belongs to a sample person, who has no mailbox anywhere."""


def deliver(mail: Mail) -> None:
    """Write the mail into the folder, or hand it to the mail server. Raises OSError, SMTPException or ValueError."""
    message = as_message(mail)
    if settings.MAIL_GOES_TO_FOLDER:
        write_file(
            Path(settings.EMAIL_FILE_PATH), f'{mail.pk:08}-{fingerprint(mail)}.eml', message.message().as_bytes()
        )
    elif mail.person is not None and mail.person.is_sample:
        raise NoSuchMailbox('Sample people have no mailbox.')
    else:
        message.send()


def as_message(mail: Mail) -> EmailMessage:
    """The mail as it leaves: the same bytes however often it is made."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2] or 'localhost'
    headers = {
        'Message-ID': f'<{mail.pk}.{fingerprint(mail)}@{host}>',
        'Date': format_datetime(mail.created_at),
        'Auto-Submitted': 'auto-generated',
    }
    return EmailMessage(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to], headers=headers)


def fingerprint(mail: Mail) -> str:
    """What tells this mail from one with the same number on a site that began anew."""
    return hashlib.sha256(f'{mail.pk} {mail.created_at.isoformat()} {mail.to}'.encode()).hexdigest()[:12]


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is either there as a whole or not at all, readable by this account alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f'.{name}.{os.getpid()}'
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / name)
