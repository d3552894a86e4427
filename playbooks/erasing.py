"""Taking people out of what stays: the one path on which versions and events may be deleted.

Source: DESIGN.md, Bones that are hard to add later (frozen by triggers; DELETE only on the erase path).
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import Q

from accounts.models import User

from .models import (
    Credit,
    Event,
    Evidence,
    Mention,
    Notice,
    Playbook,
    Remark,
    Run,
    RunItem,
    RunNote,
    RunRole,
    Version,
)
from .triggers import permit_erasing

PEOPLE_OF_ITEMS = ('done_by', 'done_for', 'signed_by', 'waived_by', 'waiting_for')
BATCH = 400


def erase_runs(*, owners: Collection[User], reason: str) -> int:
    """Delete these people's runs with everything in them, files included; return how many there were."""
    runs = Run.objects.filter(owner__in=owners)
    with permit_erasing(reason):
        _delete_evidence(Evidence.objects.filter(run__in=runs))
        return runs.delete()[1].get('playbooks.Run', 0)


def forget_people(people: Collection[User], *, heir: User | None, placeholder: str, reason: str) -> None:
    """Take people out of all documents and of other people's runs, so that their accounts can be deleted.

    Texts, numbers, dates and states stay as they are. Versions say the placeholder where they named somebody; the
    ledger says nobody; words and files these people added to others' runs go, and so do their remarks, what is thanked
    them for and what others were told about them. Their playbooks go to the heir. What else is theirs (drafts,
    suggestions, approvals) goes with their accounts.
    """
    gone = {person.pk for person in people}
    with permit_erasing(reason):
        _forget_in_versions(gone, placeholder)
        _forget_in_events(gone)
        for name in PEOPLE_OF_ITEMS:
            RunItem.objects.filter(**{f'{name}__in': gone}).update(**_nobody(name))
        RunRole.objects.filter(person__in=gone).delete()
        RunNote.objects.filter(author__in=gone).delete()
        _forget_in_talk(gone)
        _delete_evidence(Evidence.objects.filter(added_by__in=gone))
        Credit.objects.filter(person__in=gone).delete()
        Notice.objects.filter(actor__in=gone).delete()
        Playbook.objects.filter(owner__in=gone).update(owner=heir)
        Playbook.objects.filter(co_owner__in=gone).update(co_owner=None)


def _forget_in_talk(gone: set[int]) -> None:
    """Take away what these people said, as they could themselves; votes, mentions and what they sought go with them."""
    said = Remark.objects.filter(author__in=gone)
    said.exclude(parent=None).delete()
    said.filter(replies=None).delete()
    Mention.objects.filter(remark__in=said).delete()
    said.update(text='', author=None, edited_at=None, stands=False, taken_in=None)


def _without_people(data: dict[str, Any], gone: set[int]) -> dict[str, Any]:
    """What an event says, with nobody in the place of these people: `items` by key, `roles` by name (ledger.py)."""
    items = {key: facts and _facts_without(facts, gone) for key, facts in data.get('items', {}).items()}
    roles = {role: [pk for pk in people if pk not in gone] for role, people in data.get('roles', {}).items()}
    return data | ({'items': items} if items else {}) | ({'roles': roles} if roles else {})


def _facts_without(facts: dict[str, Any], gone: set[int]) -> dict[str, Any]:
    left = {name: None if name in PEOPLE_OF_ITEMS and value in gone else value for name, value in facts.items()}
    if facts.get('waiting_for') in gone:
        left['waiting_since'] = None
    return left


def _nobody(name: str) -> dict[str, None]:
    return {'waiting_for': None, 'waiting_since': None} if name == 'waiting_for' else {name: None}


def _forget_in_versions(gone: set[int], placeholder: str) -> None:
    versions = list(Version.objects.filter(Q(author__in=gone) | Q(publisher__in=gone)))
    for version in versions:
        if version.author_id in gone:
            version.author, version.author_name, version.author_email = None, placeholder, ''
        if version.publisher_id in gone:
            version.publisher, version.publisher_name, version.publisher_email = None, placeholder, ''
    _replace(Version, versions)


def _forget_in_events(gone: set[int]) -> None:
    changed = []
    for event in Event.objects.iterator(chunk_size=2000):
        data = _without_people(event.data, gone)
        if event.actor_id in gone or data != event.data:
            event.actor_id = None if event.actor_id in gone else event.actor_id
            event.data = data
            changed.append(event)
    _replace(Event, changed)


def _replace(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Delete rows and put them back changed, under their own keys: the triggers refuse every UPDATE.

    In plain SQL, because Django would delete what belongs to them too; the database checks foreign keys at the end of
    the transaction, when the rows are there again.
    """
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            keys = [row.pk for row in rows[start : start + BATCH]]
            marks = ', '.join(['%s'] * len(keys))
            cursor.execute(f'DELETE FROM {model._meta.db_table} WHERE id IN ({marks})', keys)  # noqa: S608 - marks only
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _delete_evidence(evidence: models.QuerySet[Evidence]) -> None:
    """Delete rows now and their files once the transaction is kept."""
    names = list(evidence.exclude(file='').values_list('file', flat=True))
    evidence.delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
