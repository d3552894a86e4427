"""What is done to a playbook beside its text: saying that it is still true, how it is sorted and kept, archiving it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User

from . import notices
from .models import Area, Playbook, SlugHistory, Verification

SOON = timedelta(days=14)  # before a page is due to be checked: when its keepers are told


def verify(*, playbook: Playbook, by: User, remark: str = '', now: datetime | None = None) -> Verification:
    """Record that somebody checked the current version and that it is still true (load `current_version`)."""
    if playbook.current_version is None:
        raise ValueError('There is no version to check yet.')
    number = playbook.current_version.number
    return Verification.objects.create(
        playbook=playbook, person=by, number=number, remark=remark, at=now or timezone.now()
    )


def hand_over(*, pages: Iterable[Playbook], to: User, by: User, note: str = '', now: datetime | None = None) -> int:
    """Let somebody else keep these pages from now on, and tell them and who kept them; how many pages it were.

    Load each page's current version. Who was co-owner and becomes the owner is no co-owner any more.
    """
    handed = 0
    with transaction.atomic():
        for page in Playbook.objects.select_for_update(of=('self',)).filter(pk__in=[page.pk for page in pages]):
            before = page.owner
            page.owner = to
            if page.co_owner_id == to.pk:
                page.co_owner = None
            page.save(update_fields=['owner', 'co_owner'])
            told = [to] + ([before] if before else [])
            data = {'title': page.title, 'to': str(to), 'note': note}
            path = page.get_absolute_url()
            notices.tell(told, kind='handed_over', path=path, playbook=page, actor=by, data=data, now=now)
            handed += 1
    return handed


def tell_of_reviews(now: datetime | None = None) -> int:
    """Tell owner and co-owner, or the editors where there is none, of each page that is due to be checked.

    Once when the day is near and once when it is past, for each day on which it was last checked. Can be called at any
    time. One query for the pages, one for each that is due. Source: DESIGN.md, Words (verification, stale).
    """
    now = now or timezone.now()
    rows = Playbook.objects.published().filter(review_every_days__isnull=False).with_checked()
    told = 0
    for page in rows.select_related('owner', 'co_owner', 'current_version').defer('current_version__text'):
        due_on = page.next_review_on(page.checked_at)
        if due_on is None or due_on > (now + SOON).date():
            continue
        moment = 'overdue' if due_on < now.date() else 'soon'
        keepers = [keeper for keeper in (page.owner, page.co_owner) if keeper and keeper.is_active]
        told += notices.tell(
            keepers or User.objects.active().editors(),
            kind='review_due',
            path=page.get_absolute_url(),
            playbook=page,
            data={'title': page.title, 'due_on': due_on.isoformat(), 'overdue': moment == 'overdue'},
            dedupe_key=f'review:{page.pk}:{due_on}:{moment}',
            now=now,
        )
    return told


def archive(*, playbook: Playbook, by: User, now: datetime | None = None) -> None:
    """Take a playbook out of use. It keeps its address and its history; runs under way go on."""
    Playbook.objects.filter(pk=playbook.pk, archived_at=None).update(archived_at=now or timezone.now(), archived_by=by)


def unarchive(*, playbook: Playbook) -> None:
    """Bring an archived playbook back into use."""
    Playbook.objects.filter(pk=playbook.pk).update(archived_at=None, archived_by=None)


def keep(
    *,
    playbook: Playbook,
    area: Area,
    owner: User | None,
    co_owner: User | None,
    review_every_days: int | None,
    tags: Iterable[str],
    audience: Iterable[Group],
    approvers: Iterable[User],
) -> None:
    """Store who keeps a playbook, where it stands, whom it is for, who approves and how often it is checked."""
    with transaction.atomic():
        kept = {'area': area, 'owner': owner, 'co_owner': co_owner, 'review_every_days': review_every_days}
        for name, value in kept.items():
            setattr(playbook, name, value)
        playbook.save(update_fields=list(kept))
        playbook.tags.set(list(tags))
        playbook.audience.set(audience)
        playbook.approvers.set(approvers)


class AddressTaken(Exception):
    """Another playbook has this address, or had it before: links that lead there would come to mean this one."""


def give_address(*, playbook: Playbook, slug: str, now: datetime | None = None) -> None:
    """Give a playbook another address. The one it had leads to it for good, with everything below it.

    `slug` is well-formed and no word of the site. One that the playbook had before it can have again. Raises
    AddressTaken.
    """
    try:
        with transaction.atomic():
            locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
            if locked.slug == slug:
                return
            if SlugHistory.objects.filter(slug=slug).exclude(playbook=locked).exists():
                raise AddressTaken
            SlugHistory.objects.filter(slug=slug, playbook=locked).delete()
            SlugHistory.objects.create(slug=locked.slug, playbook=locked, until=now or timezone.now())
            locked.slug = slug
            locked.save(update_fields=['slug'])
    except IntegrityError:
        if not Playbook.objects.filter(slug=slug).exclude(pk=playbook.pk).exists():
            raise
        raise AddressTaken from None
    playbook.slug = slug
