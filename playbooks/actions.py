"""What is done to a playbook beside its text: saying that it is still true, how it is sorted and kept, archiving it."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import User

from .models import Area, Playbook, Verification


def verify(*, playbook: Playbook, by: User, remark: str = '', now: datetime | None = None) -> Verification:
    """Record that somebody checked the current version and that it is still true (load `current_version`)."""
    if playbook.current_version is None:
        raise ValueError('There is no version to check yet.')
    number = playbook.current_version.number
    return Verification.objects.create(
        playbook=playbook, person=by, number=number, remark=remark, at=now or timezone.now()
    )


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
) -> None:
    """Store who keeps a playbook, where it stands, whom it is for and how often it is checked."""
    with transaction.atomic():
        kept = {'area': area, 'owner': owner, 'co_owner': co_owner, 'review_every_days': review_every_days}
        for name, value in kept.items():
            setattr(playbook, name, value)
        playbook.save(update_fields=list(kept))
        playbook.tags.set(list(tags))
        playbook.audience.set(audience)
