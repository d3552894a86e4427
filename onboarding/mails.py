"""The four mails about somebody's onboarding. Plain text, people's words, dates as their reader writes them.

Each is queued in the transaction of what it tells of; a dedupe key keeps anybody from being told twice.
"""

import datetime as dt
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Mail, Organization, User
from accounts.outbox import queue_mail, whole_address
from accounts.reader import reading_as
from playbooks.models import RunItem

from .models import Enrollment


def invite(person: User, *, by: User, enrollment: Enrollment) -> Mail | None:
    """Mail a new person the link with which they set a password; it works for a week and once."""
    key = f'{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}'
    path = reverse('account_reset_password_from_key', kwargs={'uidb36': 'UID', 'key': 'KEY'}).replace('UID-KEY', key)
    context = {
        'by': by,
        'organization': Organization.objects.first(),
        'first_day': enrollment.run.anchor_on,
        'link': whole_address(path),
        'again': whole_address(reverse('account_reset_password')),
    }
    return _queue(person, 'invitation', context, dedupe_key=None)


def tell_sign_off_asked(run_item: RunItem, *, signers: list[User], title: str) -> list[Mail]:
    """Tell whoever may sign an item off that it waits for them: one mail each for one handing in."""
    told = f'sign-off-asked:{run_item.pk}:{_instant(run_item.done_at)}'
    queued = [
        _queue(signer, 'sign_off_asked', _about(run_item, title), dedupe_key=f'{told}:{signer.pk}')
        for signer in signers
        if signer.pk != run_item.done_by_id
    ]
    return [mail for mail in queued if mail is not None]


def tell_signed(run_item: RunItem, *, by: User, title: str) -> Mail | None:
    """Tell the person that their item is signed off."""
    context = _about(run_item, title) | {'by': by}
    return _queue(
        _whose(run_item), 'signed', context, dedupe_key=f'signed:{run_item.pk}:{_instant(run_item.signed_at)}'
    )


def tell_changes_asked(run_item: RunItem, *, to: User, by: User, title: str, note: str) -> Mail | None:
    """Tell whoever completed an item what should be changed before it can be signed off."""
    context = _about(run_item, title) | {'by': by, 'note': note}
    key = f'changes-asked:{run_item.pk}:{_instant(run_item.returned_at)}'
    return _queue(to, 'changes_asked', context, dedupe_key=key)


def tell_first_day(enrollment: Enrollment, *, to: User, as_buddy: bool) -> Mail | None:
    """Tell a manager or buddy that somebody's first day is near; again if the day is moved."""
    run = enrollment.run
    context = {
        'person': run.owner,
        'first_day': run.anchor_on,
        'as_buddy': as_buddy,
        'link': whole_address(enrollment.get_absolute_url()),
    }
    return _queue(to, 'first_day', context, dedupe_key=f'first-day:{enrollment.pk}:{run.anchor_on}:{to.pk}')


def _about(run_item: RunItem, title: str) -> dict[str, Any]:
    enrollment = run_item.run.enrollment
    return {
        'person': run_item.run.owner,
        'title': title,
        'done_at': run_item.done_at,
        'link': whole_address(f'{enrollment.get_absolute_url()}#i-{run_item.key}'),
    }


def _whose(run_item: RunItem) -> User:
    return run_item.done_by or run_item.run.owner


def _instant(at: dt.datetime | None) -> str:
    return f'{at.timestamp():.6f}' if at else ''


def _queue(to: User, kind: str, context: dict[str, Any], *, dedupe_key: str | None) -> Mail | None:
    """Write a mail for its reader. The first line of a template is the subject."""
    with reading_as(locale=to.locale, time_zone=to.time_zone):
        text = render_to_string(f'mail/{kind}.txt', context | {'reader': to})
    subject, _, body = text.partition('\n')
    return queue_mail(to=to, kind=kind, subject=subject, body=body.strip() + '\n', dedupe_key=dedupe_key)
