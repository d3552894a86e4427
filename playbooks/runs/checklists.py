"""What a version asks: its tasks as plain values, kept in this process because a version never changes."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from ..models import Item, Version
from ..text import Document

VERSIONS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Task:
    """One item of a version, without its HTML."""

    key: str
    position: int
    text: str
    kind: str
    role: str
    signoff: str
    due: str
    after: tuple[str, ...]
    optional: bool
    milestone: bool
    estimate: str
    reads_slug: str
    reads_number: int | None
    parent_key: str
    phase: int | None


COLUMNS = tuple(Task.__slots__)


@dataclass(frozen=True, slots=True)
class Checklist:
    """The tasks of one version by key, in the order of the text."""

    number: int
    tasks: Mapping[str, Task]

    def __contains__(self, key: object) -> bool:
        return key in self.tasks

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks.values())

    def get(self, key: str) -> Task | None:
        """The task with this key, or None if the version does not ask it."""
        return self.tasks.get(key)


def of_document(document: Document, number: int) -> Checklist:
    """The checklist that a text would have as version `number`."""
    tasks = {}
    for item in document.items:
        reads = item.reads if item.kind == Item.Kind.READ else None
        tasks[item.key] = Task(
            key=item.key,
            position=item.position,
            text=item.text,
            kind=item.kind,
            role=item.role,
            signoff=item.signoff,
            due=item.due,
            after=tuple(item.after),
            optional=item.optional,
            milestone=item.milestone,
            estimate=item.estimate,
            reads_slug=reads.slug if reads else '',
            reads_number=reads.number if reads else None,
            parent_key=item.parent or '',
            phase=item.phase,
        )
    return Checklist(number, tasks)


class _Shelf:
    """The checklists used last. Named by version and hash of its text: after a rollback a row's id can come back."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], Checklist] = OrderedDict()
        self._lock = Lock()

    def get(self, name: tuple[int, str]) -> Checklist | None:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def put(self, name: tuple[int, str], checklist: Checklist) -> None:
        with self._lock:
            self._kept[name] = checklist
            while len(self._kept) > VERSIONS_KEPT:
                self._kept.popitem(last=False)


_shelf = _Shelf()


def checklists(versions: Iterable[tuple[int, int, str]]) -> dict[int, Checklist]:
    """The checklists of versions given as (id, number, text hash), by id; one query for those not kept yet."""
    found: dict[int, Checklist] = {}
    missing: dict[int, tuple[int, str]] = {}
    for pk, number, text_hash in versions:
        if pk in found or pk in missing:
            continue
        kept = _shelf.get((pk, text_hash))
        if kept is None:
            missing[pk] = (number, text_hash)
        else:
            found[pk] = kept
    if missing:
        tasks: dict[int, dict[str, Task]] = {pk: {} for pk in missing}
        rows = Item.objects.filter(version__in=list(missing)).order_by('version', 'position')
        for row in rows.values('version_id', *COLUMNS):
            pk = row.pop('version_id')
            tasks[pk][row['key']] = Task(**row | {'after': tuple(row['after'])})
        for pk, (number, text_hash) in missing.items():
            found[pk] = Checklist(number, tasks[pk])
            if tasks[pk]:
                _shelf.put((pk, text_hash), found[pk])
    return found


def checklist_of(version: Version) -> Checklist:
    """The checklist of one version."""
    return checklists([(version.pk, version.number, version.text_hash)])[version.pk]
