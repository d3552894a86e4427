"""Telling people: one way for every subject to say something once, to those it concerns and who may know it.

A notice stands in the inbox at once; whether and when it is mailed is decided later (`mailing.py`), so that nobody
gets a mail about what they have already seen. Source: DESIGN.md, Publishing; docs/adr/0009-notices.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import User

from .models import Notice, Playbook, Remark
from .notice_words import sentence

BATCH = 500
MOST_SAID = 500  # characters of a remark, in the inbox and in mails


def tell(
    people: Iterable[User],
    *,
    kind: str,
    path: str,
    playbook: Playbook | None = None,
    actor: User | None = None,
    data: Mapping[str, Any] | None = None,
    dedupe_key: str | None = None,
    now: datetime | None = None,
) -> int:
    """Write one notice to each of these people, as part of the caller's transaction; how many it may have made.

    `kind` is one of `notice_words.KINDS`, which says it in words from `data` (plain values, never HTML); `path` is the
    page it leads to. Nobody is told what they did themselves (`actor`), nobody twice under the same dedupe key, and
    nobody who can no longer sign in. Whoever may not read the playbook when the notice is shown does not see it.
    """
    told = {person.pk: person for person in people if person.is_active and person != actor}
    Notice.objects.bulk_create(
        [
            Notice(
                person=person,
                kind=kind,
                playbook=playbook,
                actor=actor,
                data=dict(data or {}),
                path=path,
                dedupe_key=dedupe_key,
                at=now or timezone.now(),
            )
            for person in told.values()
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(told)


def unseen_count() -> Subquery:
    """An annotation of people: how many notices they have not seen and may see, None for none."""
    waiting = Notice.objects.unseen().shown().filter(person=OuterRef('pk')).order_by()
    return Subquery(waiting.values('person').annotate(n=Count('pk')).values('n'))


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as the inbox shows it."""

    pk: int
    words: str
    detail: str
    path: str
    actor: str
    at: datetime
    is_seen: bool


def lines_of(notices: Iterable[Notice], reader: User) -> list[Line]:
    """The notices in words, for the reader of this page. Load `actor`. One query where they tell of remarks."""
    notices = list(notices)
    details = details_of(notices, reader)
    return [
        Line(
            pk=notice.pk,
            words=said(notice),
            detail=details.get(notice.pk, ''),
            path=notice.path,
            actor=str(notice.actor) if notice.actor else '',
            at=notice.at,
            is_seen=notice.seen_at is not None,
        )
        for notice in notices
    ]


def details_of(notices: Iterable[Notice], reader: User) -> dict[int, str]:
    """The words that go with notices, by their keys: the note they bring, or the remark they tell of as it is now.

    A remark that was deleted, or that this reader may not see any more, has none. One query where there is a remark.
    """
    told = {notice.pk: notice.data for notice in notices}
    wanted = {data['remark'] for data in told.values() if data.get('remark')}
    words = {}
    if wanted:
        seen = Remark.objects.visible_to(reader).filter(pk__in=wanted)
        words = {pk: Truncator(text).chars(MOST_SAID) for pk, text in seen.values_list('pk', 'text')}
    return {pk: words.get(data.get('remark'), '') or str(data.get('note', '')) for pk, data in told.items()}


def said(notice: Notice) -> str:
    """What a notice says, in one sentence."""
    return sentence(notice.kind, notice.data, who=str(notice.actor) if notice.actor else '')


def inbox_of(user: User, *, only_unseen: bool) -> QuerySet[Notice]:
    """Somebody's notices that they may see, the newest first."""
    found = Notice.objects.filter(person=user).shown().select_related('actor').order_by('-at', '-pk')
    return found.unseen() if only_unseen else found


def see(*, person: User, pks: Iterable[int] | None = None, until: datetime | None = None) -> int:
    """Mark notices as seen: those with these keys, or all that came until an instant. Returns how many."""
    mine = Notice.objects.filter(person=person).unseen()
    mine = mine.filter(pk__in=list(pks)) if pks is not None else mine.filter(at__lte=until or timezone.now())
    return mine.update(seen_at=timezone.now())


def see_version(*, person: User, playbook: Playbook, number: int) -> None:
    """Take as seen what tells somebody of versions that they have now read (one update)."""
    told = Q(kind='version', data__number__lte=number) | Q(kind__in=['reading_asked', 'reading_due'])
    Notice.objects.filter(told, person=person, playbook=playbook).unseen().update(seen_at=timezone.now())
