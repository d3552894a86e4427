"""Checks that what is stored still adds up: ledgers with states, versions with their numbers, the database's guards.

Source: DESIGN.md, Invariants 1, 3 and 4 and "Nothing ever waits for nobody".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Count, F, Max, Min, QuerySet
from django.utils import timezone

from accounts.models import User

from .crew import Crew, crews
from .files import FOLDER, FRESH
from .ledger import ITEM_FACTS, RUN_FACTS, RunState, column, fold, plain
from .models import Attachment, Event, Item, Playbook, Run, RunItem, RunRole, Suggestion, Version
from .triggers import existing_triggers, trigger_names

RUNS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up: about what, and what is wrong."""

    subject: str
    message: str

    def __str__(self) -> str:
        return f'{self.subject}: {self.message}'


def check_all(progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Check the whole site; `progress` is told how many runs of how many are checked."""
    found = [*check_guards(), *check_versions(), *check_files(), *check_suggestions()]
    return [*found, *check_runs(Run.objects.all(), progress)]


def check_suggestions() -> list[Finding]:
    """What waits has a draft that is kept, what was accepted a version."""
    waiting = Suggestion.objects.waiting()
    lost = waiting.filter(draft=None) | waiting.filter(draft__discarded_at__isnull=False)
    findings = [
        Finding(f'Suggestion {pk}', 'waits for an answer, but its draft is gone')
        for pk in lost.order_by('pk').values_list('pk', flat=True)
    ]
    came_to_nothing = Suggestion.objects.filter(state=Suggestion.State.ACCEPTED, version=None).order_by('pk')
    findings += [
        Finding(f'Suggestion {pk}', 'was accepted, but there is no version of it')
        for pk in came_to_nothing.values_list('pk', flat=True)
    ]
    return findings


def check_guards() -> list[Finding]:
    """The triggers that refuse to alter versions and events are there."""
    missing = sorted(trigger_names() - existing_triggers(connection))
    return [Finding('Database', f'the trigger {name} is missing') for name in missing]


def check_versions() -> list[Finding]:
    """Each playbook's versions are numbered 1 to n, and the last one is current."""
    findings = []
    playbooks = Playbook.objects.annotate(last=Max('versions__number'), current=F('current_version__number'))
    for slug, last, current in playbooks.values_list('slug', 'last', 'current'):
        if last != current:
            findings.append(Finding(slug, f'version {current} is current, but {last} is the last one'))
    counted = Version.objects.values_list('playbook__slug').annotate(Count('pk'), Min('number'), Max('number'))
    for slug, many, first, last in counted.order_by('playbook__slug'):
        if (first, last) != (1, many):
            findings.append(Finding(slug, f'{many} versions are numbered {first} to {last}'))
    return findings


def check_files() -> list[Finding]:
    """Each file of a playbook has its content, as large as it was, and no content is left over in its folder."""
    findings, known = [], set()
    for slug, name, path, size in Attachment.objects.values_list('playbook__slug', 'name', 'file', 'size').iterator():
        known.add(path.rpartition('/')[2])
        subject = f'{slug}, file {name}'
        if not default_storage.exists(path):
            findings.append(Finding(subject, 'its content is missing'))
        elif default_storage.size(path) != size:
            findings.append(Finding(subject, f'its content should have {size} bytes'))
    there = default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []
    left = sorted(name for name in set(there) - known if _is_old(f'{FOLDER}/{name}'))
    return findings + [Finding(f'{FOLDER}/{name}', 'belongs to no playbook') for name in left]


def _is_old(path: str) -> bool:
    """Whether a stored file is no longer one that is just being added."""
    return default_storage.get_modified_time(path) < timezone.now() - FRESH


def check_runs(runs: QuerySet[Run], progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Each run's ledger adds up to its state, numbered 1 to n; items asked are there, none waits for nobody."""
    ids = list(runs.order_by('pk').values_list('pk', flat=True))
    findings: list[Finding] = []
    for start in range(0, len(ids), RUNS_AT_ONCE):
        part = ids[start : start + RUNS_AT_ONCE]
        findings += _check_part(part)
        if progress:
            progress(min(start + RUNS_AT_ONCE, len(ids)), len(ids))
    return findings


def _check_part(ids: list[int]) -> Iterator[Finding]:
    events = _by_run(Event.objects.filter(run__in=ids).order_by('run', 'seq'))
    items = _by_run(RunItem.objects.filter(run__in=ids))
    roles: dict[int, dict[str, set[int]]] = {}
    for run_id, role, person in RunRole.objects.filter(run__in=ids).values_list('run_id', 'role', 'person_id'):
        roles.setdefault(run_id, {}).setdefault(role, set()).add(person)
    asked: dict[int, set[str]] = {}
    for run_id, key in Item.objects.filter(version__in=Run.objects.filter(pk__in=ids).values('version')).values_list(
        'version_id', 'key'
    ):
        asked.setdefault(run_id, set()).add(key)
    people = crews(ids)
    editors = set(User.objects.editors().active().values_list('pk', flat=True))
    for run in Run.objects.filter(pk__in=ids).select_related('version', 'first_version').order_by('pk'):
        subject = f'Run {run.pk}'
        ledger = events.get(run.pk, [])
        rows = items.get(run.pk, [])
        numbers = [event.seq for event in ledger]
        if numbers != list(range(1, run.last_seq + 1)) or not numbers:
            yield Finding(subject, f'its events are numbered {numbers}, the last one should be {run.last_seq}')
        yield from _compare(subject, fold(ledger), run, rows, roles.get(run.pk, {}))
        for key in sorted(asked.get(run.version_id, set()) - {row.key for row in rows}):
            yield Finding(subject, f'version {run.version.number} asks {key}, but the run has no such item')
        if run.is_active:
            yield from _waiting_for_nobody(subject, rows, people[run.pk], editors)


def _by_run(rows: QuerySet[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.run_id, []).append(row)
    return found


def _compare(
    subject: str, state: RunState, run: Run, rows: list[RunItem], roles: dict[str, set[int]]
) -> Iterator[Finding]:
    stored: dict[str, Any] = {
        'version': run.version.number,
        'first_version': run.first_version.number,
        **{name: plain(getattr(run, column(name))) for name in RUN_FACTS if 'version' not in name},
    }
    for name, value in stored.items():
        if state.run[name] != value:
            yield Finding(subject, f'{name} is {value!r}, by its ledger {state.run[name]!r}')
    told = {role: set(people) for role, people in state.roles.items()}
    if told != roles:
        yield Finding(subject, f'its roles are {roles}, by its ledger {told}')
    by_key = {row.key: row for row in rows}
    for key in sorted(by_key.keys() ^ state.items.keys()):
        where = 'the ledger does not know it' if key in by_key else 'only the ledger knows it'
        yield Finding(f'{subject}, {key}', where)
    for key in sorted(by_key.keys() & state.items.keys()):
        for name in ITEM_FACTS:
            value = plain(getattr(by_key[key], column(name)))
            if value != state.items[key][name]:
                yield Finding(f'{subject}, {key}', f'{name} is {value!r}, by its ledger {state.items[key][name]!r}')


def _waiting_for_nobody(subject: str, rows: list[RunItem], crew: Crew, editors: set[int]) -> Iterator[Finding]:
    now = timezone.now()
    for row in rows:
        if not row.signoff or row.state not in {RunItem.State.AWAITING, RunItem.State.TO_CONFIRM}:
            continue
        completers = {row.done_by_id, row.done_for_id}
        signers = crew.signers(row.signoff, completed_by=completers, asked_at=row.done_at, now=now)
        if not signers.people and not editors - completers:
            yield Finding(f'{subject}, {row.key}', 'waits for a sign-off that nobody may give')
