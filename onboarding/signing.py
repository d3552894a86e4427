"""What waits for somebody's sign-off, as the team page and Today list it."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from playbooks import runs
from playbooks.crew import DAYS_TO_ANSWER
from playbooks.days import calendar_of, today_for
from playbooks.models import Evidence

from .models import Enrollment


@dataclass(frozen=True, slots=True)
class Waiting:
    """One item that waits for a sign-off: whose, since when, for how many working days, and what was handed in."""

    title: str
    person: str
    track: str
    url: str
    sent_at: dt.datetime | None
    working_days: int
    files: int
    links: int
    texts: int
    is_check: bool

    @property
    def is_late(self) -> bool:
        """Whether the person has waited for two working days, after which a stand-in may answer too."""
        return self.working_days >= DAYS_TO_ANSWER


def waiting_for(user: User, *, now: dt.datetime | None = None) -> list[Waiting]:
    """What this person may sign off now, longest waiting first (at most eight queries)."""
    now = now or timezone.now()
    rows = runs.to_sign(user, now)
    if not rows:
        return []
    run_ids = {row.run.pk for row in rows}
    enrollments = dict(Enrollment.objects.filter(run__in=run_ids).values_list('run_id', 'pk'))
    handed_in = _handed_in(run_ids)
    calendar = calendar_of(user.holiday_calendar_id)
    found = []
    for row in rows:
        item, counts = row.item, handed_in[row.run.pk, row.item.key]
        sent_on = timezone.localdate(item.done_at) if item.done_at else None
        found.append(
            Waiting(
                title=item.task.text,
                person=row.run.owner_name,
                track=row.run.title if row.run.is_private else row.run.name or row.run.title,
                url=item_address(enrollments.get(row.run.pk), row.run.pk, item.key),
                sent_at=item.done_at,
                working_days=max(calendar.working_days_between(sent_on, today_for(user, now)), 0) if sent_on else 0,
                files=counts['file'],
                links=counts['link'],
                texts=counts['text'],
                is_check=item.state == 'to_confirm',
            )
        )
    return found


def item_address(enrollment_id: int | None, run_id: int, key: str) -> str:
    """Where an item is looked at: on the page of its enrollment, or of its run."""
    if enrollment_id is not None:
        return reverse('onboarding:enrollment_item', args=[enrollment_id, key])
    return f'{reverse("playbooks:run", args=[run_id])}#i-{key}'


def _handed_in(run_ids: set[int]) -> dict[tuple[int, str], Counter[str]]:
    """By run and key, how many files, links and texts were handed in (one query)."""
    found: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for run, key, kind in Evidence.objects.filter(run__in=run_ids).order_by().values_list('run_id', 'key', 'kind'):
        found[run, key][kind] += 1
    return found
