"""Telling people: one way for every subject to say something once, to those it concerns and who may know it.

A notice stands in the inbox at once; whether and when it is mailed is decided later (`mailing`), so that nobody gets
a mail about what they have already seen. Source: DESIGN.md, Publishing; docs/users.md says it in people's words.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User

from .models import Notice, Playbook


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
        ignore_conflicts=True,
    )
    return len(told)
