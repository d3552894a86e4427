"""Which notices become mails, and when: never what was seen, never more than four mails a day, then a digest.

A notice waits some minutes in the inbox first: who is on the site sees it there. Then those that wait for one person
go out together. Once a person has had four such mails in a day of theirs, the rest comes next morning as one.
Source: the demand “never more than four mails a day, then a digest”; docs/adr/0009-notices.md.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail, User
from accounts.outbox import queue_mail, whole_address
from accounts.reader import reading_as

from . import notices
from .models import Acknowledgement, MailWish, Notice, Version
from .models.telling import NoticeQuerySet
from .text.linediff import stretches

GRACE = dt.timedelta(minutes=5)  # in the inbox, before it is mailed
MOST_A_DAY = 4
MORNING = dt.time(8)  # the reader's own, when a digest goes out
SAID = 30  # notices spelled out in one mail; the rest is counted
LINES = 40  # of a difference, in a mail
KIND = 'notices'


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a mail says it: the sentence, why, where it leads, and what changed, line by line."""

    words: str
    detail: str
    address: str
    difference: str


def mail_notices(now: dt.datetime | None = None) -> int:
    """Put into the outbox what is to be mailed now; how many mails that made.

    Can be called at any time, and by several workers: a person's notices are taken under a lock. One query for those
    who have any, then a few for each of them.
    """
    now = now or timezone.now()
    waiting = _waiting(now)
    people = User.objects.active().filter(pk__in=waiting.values('person')).select_related('mail_wish')
    return sum(_mail(person, now) for person in people.order_by('pk'))


def _waiting(now: dt.datetime) -> NoticeQuerySet:
    return Notice.objects.unseen().filter(mailed_at=None, at__lte=now - GRACE)


def _mail(person: User, now: dt.datetime) -> int:
    wish = getattr(person, 'mail_wish', None)
    how = wish.how if wish else MailWish.How.AT_ONCE
    with transaction.atomic():
        # Whoever has the row tells this person; another worker finds nothing left.
        User.objects.select_for_update().get(pk=person.pk)
        _see_what_was_read(person)
        found = list(_waiting(now).filter(person=person).shown().select_related('actor', 'playbook').order_by('pk'))
        if how == MailWish.How.NEVER or not found:
            _waiting(now).filter(person=person).update(mailed_at=now)
            return 0
        if not _may_go(person, how, found, now):
            return 0
        subject, body = _written(person, found)
        queue_mail(to=person, kind=KIND, subject=subject, body=body, send_at=now)
        _waiting(now).filter(person=person).update(mailed_at=now)
    return 1


def _see_what_was_read(person: User) -> None:
    """What tells of a version that they have read by now needs no mail."""
    told = Notice.objects.unseen().filter(person=person, kind='version').values_list('pk', 'playbook', 'data')
    read: dict[int, int] = {}
    for playbook, number in Acknowledgement.objects.filter(
        person=person, playbook__in=[playbook for _pk, playbook, _data in told]
    ).values_list('playbook', 'number'):
        read[playbook] = max(number, read.get(playbook, 0))
    known = [pk for pk, playbook, data in told if read.get(playbook, 0) >= data.get('number', 0)]
    if known:
        Notice.objects.filter(pk__in=known).update(seen_at=timezone.now())


def _may_go(person: User, how: str, found: list[Notice], now: dt.datetime) -> bool:
    """Whether a mail may go out now, by the wish of the person and by how many they have had today."""
    local = timezone.localtime(now, ZoneInfo(person.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Mail.objects.filter(person=person, kind=KIND, send_at__gte=midnight).count()
    if how == MailWish.How.DAILY:
        return not sent and local.time() >= MORNING
    if sent >= MOST_A_DAY:
        return False
    # What was left over from yesterday waits for the morning, when it comes as one.
    is_left_over = found[0].at < midnight and _had_enough(person, midnight)
    return not is_left_over or local.time() >= MORNING


def _had_enough(person: User, midnight: dt.datetime) -> bool:
    """Whether they had all their mails on the day before."""
    before = Q(send_at__lt=midnight, send_at__gte=midnight - dt.timedelta(days=1))
    return Mail.objects.filter(before, person=person, kind=KIND).count() >= MOST_A_DAY


def _written(person: User, found: list[Notice]) -> tuple[str, str]:
    """Subject and text of the mail, in the manner of its reader."""
    with reading_as(locale=person.locale, time_zone=person.time_zone):
        told = list(_told(person, found[:SAID]))
        context = {
            'reader': person,
            'told': told,
            'count': len(found),
            'more': len(found) - len(told),
            'inbox': whole_address(reverse('playbooks:inbox')),
            'wishes': whole_address(reverse('playbooks:watching')),
        }
        text = render_to_string('mail/notices.txt', context)
    subject, _, body = text.partition('\n')
    return subject, body.strip() + '\n'


def _told(person: User, found: Iterable[Notice]) -> Iterator[Told]:
    """Each notice once. Of several versions of a page the last one, compared with what this person has read."""
    details = notices.details_of(found, person)
    latest = {notice.playbook_id: notice.pk for notice in found if notice.kind == 'version'}
    for (_kind, _path), same in groupby(found, key=lambda notice: (notice.kind, notice.path)):
        for notice in same:
            if notice.kind == 'version' and latest.get(notice.playbook_id) != notice.pk:
                continue
            difference = _difference(person, notice) if notice.kind == 'version' else ''
            yield Told(notices.said(notice), details[notice.pk], whole_address(notice.path), difference)


def _difference(person: User, notice: Notice) -> str:
    """What changed since the version this person read, or else since the one before, as lines; '' for a first one."""
    number = notice.data.get('number', 1)
    read = Acknowledgement.objects.filter(person=person, playbook=notice.playbook_id, number__lt=number)
    since = read.order_by('-number').values_list('number', flat=True).first() or number - 1
    texts = dict(
        Version.objects.filter(playbook=notice.playbook_id, number__in=[since, number]).values_list('number', 'text')
    )
    if len(texts) < 2:
        return ''
    marks = {'added': '+ ', 'removed': '- ', 'same': '  '}
    lines = [
        line
        for stretch in stretches(texts[since], texts[number])
        for line in ([f'{marks[line.kind]}{line.text}' for line in stretch.lines] or ['  …'])
    ]
    return '\n'.join(lines[:LINES] + (['  …'] if len(lines) > LINES else []))
