"""What people do in an enrollment, and who is told of it: the engine's action and its mail in one transaction.

Pages of enrollments call these; what needs no mail they call in `playbooks.runs` directly.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.models import Mail, User
from playbooks import runs
from playbooks.crew import crew_of
from playbooks.models import Item, Playbook, Run, RunItem
from playbooks.runs import Acknowledged, Outcome

from . import mails


def complete(*, run: Run, key: str, by: User, shown_number: int, now: dt.datetime | None = None) -> Outcome:
    """Complete an item; where it asks for a sign-off, tell whoever may give it."""
    with transaction.atomic():
        outcome = runs.complete(run=run, key=key, by=by, shown_number=shown_number, now=now)
        if outcome.changed:
            tell_signers(outcome.item, outcome.run, now=now)
    return outcome


def confirm(*, run: Run, key: str, by: User, shown_number: int, now: dt.datetime | None = None) -> Outcome:
    """Check an item again after its task changed; where it asks for a sign-off, tell whoever may give it."""
    with transaction.atomic():
        outcome = runs.confirm(run=run, key=key, by=by, shown_number=shown_number, now=now)
        if outcome.changed:
            tell_signers(outcome.item, outcome.run, now=now)
    return outcome


def acknowledge(*, playbook: Playbook, person: User, number: int, now: dt.datetime | None = None) -> Acknowledged:
    """Record “I have read version n” with the read items it completes, and tell whoever must sign those off."""
    with transaction.atomic():
        read = runs.acknowledge(playbook=playbook, person=person, number=number, now=now)
        for item in read.completed:
            tell_signers(item, item.run, now=now)
    return read


def sign_off(*, run: Run, key: str, by: User, shown_number: int, now: dt.datetime | None = None) -> Outcome:
    """Sign an item off, and tell the person."""
    with transaction.atomic():
        outcome = runs.sign_off(run=run, key=key, by=by, shown_number=shown_number, now=now)
        if outcome.changed and has_enrollment(outcome.run):
            mails.tell_signed(outcome.item, by=by, title=title_of(outcome.item))
    return outcome


def return_item(
    *, run: Run, key: str, by: User, shown_number: int, note: str, now: dt.datetime | None = None
) -> Outcome:
    """Ask for changes, and tell whoever handed it in which."""
    with transaction.atomic():
        doer = User.objects.filter(pk__in=RunItem.objects.filter(run=run, key=key).values('done_by')).first()
        outcome = runs.return_item(run=run, key=key, by=by, shown_number=shown_number, note=note, now=now)
        if outcome.changed and has_enrollment(outcome.run):
            to = doer or outcome.run.owner
            mails.tell_changes_asked(outcome.item, to=to, by=by, title=title_of(outcome.item), note=note)
    return outcome


def tell_signers(item: RunItem, run: Run, *, now: dt.datetime | None = None) -> list[Mail]:
    """Mail those who may sign off an item that waits for it and were not told; with nobody left, every editor."""
    if item.state != RunItem.State.AWAITING or not has_enrollment(run):
        return []
    signers = crew_of(run).signers(
        item.signoff,
        completed_by=[item.done_by_id, item.done_for_id],
        asked_at=item.done_at,
        now=now or timezone.now(),
    )
    people = User.objects.active().filter(pk__in=signers.people)
    if signers.any_editor:
        people = people | User.objects.active().editors().exclude(pk__in=[item.done_by_id, item.done_for_id])
    return mails.tell_sign_off_asked(item, signers=list(people), title=title_of(item))


def has_enrollment(run: Run) -> bool:
    """Whether this run is somebody's onboarding; of other runs nobody is told by mail."""
    return hasattr(run, 'enrollment')


def title_of(item: RunItem) -> str:
    """An item's text in the version that its run is pinned to (one query)."""
    row = Item.objects.filter(version_id=item.run.version_id, key=item.key).values_list('text', flat=True).first()
    return row or item.key
