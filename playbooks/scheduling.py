"""Publishing later: at a time that was chosen, exactly the text that was looked at, with the answers given then.

The worker runs the same `publish()`. Where it cannot, it publishes nothing, says why to those it concerns, and leaves
the draft as it is. Source: DESIGN.md, Publishing.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import notices, permissions
from .drafts import is_stale, text_hash
from .models import Draft, Playbook, Schedule, Version
from .plans import Expects, PublishAnswers


class NoSuchTime(Exception):
    """A time that a day does not have, because the clocks are put forward over it."""


class Past(Exception):
    """That moment is over."""


def moment_of(day: dt.date, clock: dt.time) -> dt.datetime:
    """The moment at which clocks where the reader is show this; of two, when they are put back, the first.

    Raises NoSuchTime where they never show it.
    """
    moment = dt.datetime.combine(day, clock, tzinfo=timezone.get_current_timezone())
    try:
        there_and_back = moment.astimezone(dt.UTC).astimezone(moment.tzinfo)
    except OverflowError:  # the first or last day of all, which is another one elsewhere
        raise NoSuchTime from None
    if there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise NoSuchTime
    return moment.astimezone(dt.UTC)


def schedule(
    *, draft: Draft, answers: PublishAnswers, at: dt.datetime, by: User, now: dt.datetime | None = None
) -> Schedule:
    """Publish this draft, exactly as it is stored now, at `at`; what was scheduled for it before holds no longer.

    Those who keep the page or have a draft of it see it on their pages. Raises Past.
    """
    now = now or timezone.now()
    if at <= now:
        raise Past
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        waiting = Schedule.objects.waiting().filter(draft=draft)
        waiting.update(cancelled_at=now, cancelled_by=by)
        return Schedule.objects.create(
            playbook=draft.playbook,
            draft=draft,
            title=draft.title,
            text_hash=text_hash(draft.title, draft.text, draft.fields),
            answers=asdict(answers),
            at=at,
            by=by,
            created_at=now,
        )


def cancel(*, scheduled: Schedule, by: User, now: dt.datetime | None = None) -> bool:
    """Do not publish it; whether it was still to come. The draft stays as it is, and who set it is told."""
    now = now or timezone.now()
    with transaction.atomic():
        Playbook.objects.lock(scheduled.playbook_id)
        waiting = Schedule.objects.waiting().filter(pk=scheduled.pk)
        if not waiting.update(cancelled_at=now, cancelled_by=by):
            return False
        _tell(scheduled, [scheduled.by], kind='schedule_cancelled', by=by, now=now)
    return True


@dataclass(frozen=True, slots=True)
class Coming:
    """A publication to come, as a page shows it: may one cancel it, is it of this draft, does the text still hold."""

    schedule: Schedule
    can_cancel: bool
    is_this: bool
    holds: bool


def schedules_of(draft: Draft, user: User) -> dict[str, Any]:
    """What the pages of a draft say of schedules: all that are to come of its playbook, and why it was not published.

    That is said until its publication is set anew. One query.
    """
    shown = Q(cancelled_at=None, done_at=None)
    if draft.pk is not None:
        shown |= Q(draft=draft)
    found = Schedule.objects.filter(shown, playbook=draft.playbook)
    coming, latest = [], None
    for one in found.select_related('draft__author', 'by').defer('draft__text', 'draft__fields').order_by('created_at'):
        one.playbook = draft.playbook
        is_this = draft.pk is not None and one.draft_id == draft.pk
        latest = one if is_this else latest
        if one.done_at is None and one.cancelled_at is None:
            coming.append(Coming(one, can_cancel(user, one), is_this, not is_this or still_holds(one, draft)))
    coming.sort(key=lambda one: one.schedule.at)
    return {'coming': coming, 'not_published': latest if latest and latest.failure else None}


def still_holds(scheduled: Schedule, draft: Draft) -> bool:
    """Whether a draft still says what is to be published."""
    return scheduled.text_hash == text_hash(draft.title, draft.text, draft.fields)


def close(draft: Draft, now: dt.datetime) -> list[int]:
    """Take what is scheduled for a draft that is being published off the list, in the publication's transaction.

    Returns the numbers of what was, for `published`. To be called before the draft goes.
    """
    waiting = Schedule.objects.waiting().select_for_update().filter(draft=draft)
    numbers = list(waiting.values_list('pk', flat=True))
    Schedule.objects.filter(pk__in=numbers).update(done_at=now)
    return numbers


def published(numbers: Collection[int], version: Version) -> None:
    """Say of schedules that `close` took off the list which version came of them (one query, none for none)."""
    if numbers:
        Schedule.objects.filter(pk__in=numbers).update(version=version)


def answers_of(scheduled: Schedule) -> PublishAnswers:
    """The answers that were given for a publication to come."""
    kept: dict[str, Any] = dict(scheduled.answers)
    kept['meanings'] = {key: (meaning, reason) for key, (meaning, reason) in kept['meanings'].items()}
    if kept.get('expects'):
        kept['expects'] = Expects(**kept['expects'])
    return PublishAnswers(**kept)


def due(now: dt.datetime | None = None) -> list[Schedule]:
    """What is to be published by now, the earliest first."""
    return list(Schedule.objects.waiting().filter(at__lte=now or timezone.now()).order_by('at', 'pk'))


def draft_to_publish(scheduled: Schedule) -> Draft | str:
    """The draft as it is to be published, with all that `publish` wants loaded; or why it is not, in words."""
    draft = Draft.objects.kept().filter(schedules=scheduled).select_related('author', 'base').first()
    if draft is None:
        return _('The draft is no longer there.')
    draft.playbook = Playbook.objects.select_related('kind', 'area', 'current_version').get(pk=draft.playbook_id)
    if not still_holds(scheduled, draft):
        return _('The text was changed after it was set to be published.')
    if not (scheduled.by.is_active and permissions.can_publish_draft(scheduled.by, draft)):
        return _('%(who)s may no longer publish it.') % {'who': scheduled.by}
    if is_stale(draft):
        return _('Another version was published meanwhile. Bring both together, then publish again.')
    return draft


def fail(scheduled: Schedule, why: str, *, now: dt.datetime | None = None) -> bool:
    """Publish nothing and say why, once: to who set it, the author, who keeps the page, and the editors.

    Whether it was still to come; somebody else may have published or cancelled it in this moment.
    """
    now = now or timezone.now()
    with transaction.atomic():
        Playbook.objects.lock(scheduled.playbook_id)
        if not Schedule.objects.waiting().filter(pk=scheduled.pk).update(done_at=now, failure=why):
            return False
        scheduled.failure = why
        playbook = scheduled.playbook
        people = User.objects.active().filter(pk__in=_concerned(scheduled, playbook)) | User.objects.active().editors()
        _tell(scheduled, people, kind='schedule_failed', by=None, now=now)
    return True


def _concerned(scheduled: Schedule, playbook: Playbook) -> list[int]:
    draft = Draft.objects.filter(schedules=scheduled).first()
    numbers = [scheduled.by_id, draft.author_id if draft else None, playbook.owner_id, playbook.co_owner_id]
    return [number for number in numbers if number is not None]


def _tell(scheduled: Schedule, people: Iterable[User], *, kind: str, by: User | None, now: dt.datetime) -> None:
    playbook = scheduled.playbook
    data = {'title': scheduled.title or playbook.slug, 'at': scheduled.at.isoformat(), 'why': scheduled.failure}
    path = reverse('playbooks:playbook_edit', args=[playbook.slug])
    draft = Draft.objects.kept().filter(pk=scheduled.draft_id).first() if scheduled.draft_id else None
    if draft is not None:
        path = reverse('playbooks:draft', args=[playbook.slug, draft.pk])
    notices.tell(
        people,
        kind=kind,
        path=path,
        playbook=playbook,
        actor=by,
        data=data,
        dedupe_key=f'{kind}:{scheduled.pk}',
        now=now,
    )


def can_cancel(user: User, scheduled: Schedule) -> bool:
    """Whether they may take it off the list: who set it, whose text it is, who keeps the page, editors."""
    is_theirs = user.pk == scheduled.by_id or (scheduled.draft is not None and user.pk == scheduled.draft.author_id)
    return is_theirs or permissions.can_edit(user, scheduled.playbook)


def visible_to(user: User) -> Q:
    """The schedules this person sees: of pages they keep, and of pages they have a draft of."""
    if user.is_editor or user.is_admin:
        return Q()
    keeps = Q(playbook__owner=user) | Q(playbook__co_owner=user)
    writes = Q(playbook__in=Draft.objects.kept().written_by(user).values('playbook'))
    readable = Q(playbook__in=Playbook.objects.readable_by(user))
    return keeps | ((writes | Q(by=user)) & readable)
