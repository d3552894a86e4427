"""Fills an empty, migrated database to size: the rows that publishing, starting and doing would have left behind.

Rows go in by the thousand, past the engine, because a site of this size would take an hour through it; they are made
by the engine's own functions where it has one for a row, and `check_integrity` finds nothing on a filled site.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone
from taggit.models import Tag, TaggedItem

from accounts.days_off import load_calendar
from accounts.models import ADMINS, EDITORS, Organization, User
from onboarding.models import Enrollment
from playbooks import search
from playbooks import text as texts
from playbooks.calendar import due_on, parse_offset
from playbooks.days import calendar_of
from playbooks.drafts import text_hash
from playbooks.ledger import RUN_FACTS, SCHEMA, Action, changed, item_facts, run_facts
from playbooks.models import (
    BUDDY,
    MANAGER,
    Acknowledgement,
    Area,
    Draft,
    Event,
    Evidence,
    Item,
    Kind,
    Playbook,
    PlaybookLink,
    Rendering,
    Run,
    RunItem,
    RunRole,
    Section,
    Verification,
    Version,
)
from playbooks.outgoing import link_rows
from playbooks.publishing import item_row, rendering_row
from playbooks.runs import Checklist, Task, checklist_of
from playbooks.runs.recording import insert_many, new_row
from playbooks.starter import load_starter_content

from .writing import Text, Writer

SEED = 2026
TEAM = 30  # reports of the manager whose page is measured
OTHER_TEAM = 20  # enrollments in the team of the same size whose page is compared on sites of different size
TRACK, LONG_TRACK, YARDSTICK = 'bench-track', 'bench-long-track', 'bench-yardstick'
LONG = 60  # items of the long track
# A page with a long history of long texts; the largest page there can be, and one of the usual size beside it.
HISTORY, LARGEST, USUAL = 'bench-long-history', 'bench-largest', 'bench-usual'
# Each version has a sentence more: two hundred that begin with 47,600 bytes have 10,000 words on average.
BYTES = {HISTORY: 47_600, LARGEST: texts.MAX_BYTES - 600, USUAL: 10_000}
AT_ONCE = 100  # playbooks in one transaction

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How large a site is made; `people` grows where the enrollments need more."""

    playbooks: int = 2000
    versions: int = 5
    people: int = 500
    enrollments: int = 300
    items: int = 40
    history: int = 200  # versions of the page with a long history

    @property
    def team(self) -> int:
        """How many report to each of the two measured managers."""
        return min(TEAM, max(2, self.enrollments // 5)) if self.enrollments < 20 else TEAM

    @property
    def other_team(self) -> int:
        """How many of the other team are enrolled."""
        return min(OTHER_TEAM, self.team, self.enrollments)

    def __str__(self) -> str:
        return (
            f'{self.playbooks} playbooks × {self.versions} versions, {self.people} people, '
            f'{self.enrollments} enrollments × {self.items} items, a page of {self.history} versions'
        )


@dataclass
class People:
    """Who is who on the site."""

    head: User
    editors: list[User]
    manager: User  # with a team of `Sizes.team`, all of them under way
    other_manager: User  # with a team of that size, `Sizes.other_team` of them under way
    enrolled: list[User]
    veteran: User  # under way on the long track
    everybody: list[User] = field(default_factory=list)


def fill(sizes: Sizes, say: Say = lambda line: None) -> None:
    """Fill the site, in a few transactions."""
    now = timezone.now().replace(microsecond=0)
    with transaction.atomic():
        Organization.objects.get_or_create(pk=1, defaults={'name': 'Bench'})
        load_calendar(code='PT', years=range(now.year - 1, now.year + 2))
        load_starter_content(now=now - dt.timedelta(days=400))
        people = _people(sizes)
    say(f'{len(people.everybody)} people')
    _playbooks(sizes, people, now, say)
    with transaction.atomic():
        _knowledge(people, now)
        _enrollments(sizes, people, now)
    say(f'{Enrollment.objects.count()} enrollments, {Event.objects.count()} events')
    if connection.vendor == 'postgresql':
        with connection.cursor() as cursor:  # what its autovacuum does by itself soon after
            cursor.execute('ANALYZE')


def insert(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Insert objects without learning their ids."""
    names = [column.attname for column in model._meta.concrete_fields if not column.primary_key]
    return insert_many(model, ({name: getattr(row, name) for name in names} for row in rows))


def _people(sizes: Sizes) -> People:
    writer = Writer(SEED)
    holidays = load_calendar(code='PT', years=[])[0]
    count = 0

    def make(number: int, manager: User | None) -> list[User]:
        nonlocal count
        new = []
        for _ in range(number):
            count += 1
            first, last = writer.word(), writer.word()
            new.append(
                User(
                    email=f'{first}.{last}.{count}@example.com'.lower(),
                    name=f'{first} {last}',
                    password='!',
                    reports_to=manager,
                    time_zone=('UTC', 'Europe/Lisbon')[count % 2],
                    holiday_calendar=holidays if count % 2 else None,
                )
            )
        return User.objects.bulk_create(new)

    (head,) = make(1, None)
    editors = make(4, head)
    for name in (EDITORS, ADMINS):
        group, _created = Group.objects.get_or_create(name=name)
        group.user_set.add(*(editors if name == EDITORS else editors[:1]))
    manager, other_manager = make(2, head)
    other_team, team = make(sizes.team, other_manager), make(sizes.team, manager)
    enrolled = other_team[: sizes.other_team] + team
    others: list[User] = []
    while not others or count + 10 <= max(sizes.people, 20) or len(enrolled) + len(others) <= sizes.enrollments + 1:
        others += make(9, make(1, head)[0])
    veteran, *others = others
    enrolled = (enrolled + others)[: sizes.enrollments]
    reader = others[-1]
    for name, person in (('editor', editors[0]), ('manager', manager), ('other-manager', other_manager),
                         ('veteran', veteran), ('reader', reader)):  # fmt: skip
        person.email = f'{name}@example.com'
        person.save(update_fields=['email'])
    return People(head, editors, manager, other_manager, enrolled, veteran, list(User.objects.order_by('pk')))


def _playbooks(sizes: Sizes, people: People, now: dt.datetime, say: Say) -> None:
    """All documents with their versions, and what is derived from them."""
    starters = list(Playbook.objects.values_list('slug', flat=True))
    press = Press(Writer(SEED + 1, starters), people.editors, now)
    writer = press.writer
    new = [writer.playbook(number, has_tasks=number % 3 == 0) for number in range(1, sizes.playbooks + 1)]
    writer.slugs += [text.slug for text in new]
    kinds = list(Kind.objects.all())
    usual = [kind for kind in kinds if not kind.is_track and kind.approval == Kind.Approval.NONE]
    areas, everybody = list(Area.objects.all()), people.everybody
    for start in range(0, len(new), AT_ONCE):
        part = new[start : start + AT_ONCE]
        kept = [
            {
                'kind': usual[place % len(usual)],
                'area': areas[place % len(areas)],
                'owner': everybody[place % len(everybody)],
            }
            for place in range(start, start + len(part))
        ]
        with transaction.atomic():
            press.publish(part, kept, versions=sizes.versions)
        say(f'{start + len(part)} of {len(new)} playbooks')
    track = next(kind for kind in kinds if kind.is_track)
    tracks = [
        writer.track('Product manager: the first months', TRACK, items=sizes.items),
        writer.track('Product manager: the long way', LONG_TRACK, items=LONG),
    ]
    yardstick = writer.playbook(0, has_tasks=False)
    yardstick.slug = YARDSTICK
    common = {'area': areas[0], 'owner': people.editors[0]}
    with transaction.atomic():
        press.publish(tracks, [{'kind': track, **common}] * 2, versions=sizes.versions)
        (page,) = press.publish([yardstick], [{'kind': usual[0], **common}], versions=1)
        Draft.objects.create(
            playbook=page, author=people.editors[0], base=page.current_version, title=page.title, text=str(yardstick)
        )
    for slug, size in BYTES.items():
        book = writer.book(slug, title=f'The handbook of {size:,} bytes', size=size)
        with transaction.atomic():
            press.publish([book], [{'kind': usual[0], **common}], versions=sizes.history if slug == HISTORY else 2)


class Press:
    """Publishes texts by the hundred."""

    def __init__(self, writer: Writer, editors: list[User], now: dt.datetime) -> None:
        self.writer, self.editors, self.now = writer, editors, now
        self.tags = Tag.objects.bulk_create(Tag(name=f'topic {n}', slug=f'topic-{n}') for n in range(40))

    def publish(self, new: list[Text], values: list[dict[str, Any]], *, versions: int) -> list[Playbook]:
        """Make playbooks of these texts, with as many later versions as asked, as `publish` would leave them."""
        playbooks = Playbook.objects.bulk_create(
            Playbook(slug=text.slug, review_every_days=180, created_by=self.editors[0], created_at=self.now, **more)
            for text, more in zip(new, values, strict=True)
        )
        current: list[Version | None] = [None] * len(new)
        documents: list[texts.Document] = []
        for number in range(1, versions + 1):
            new = new if number == 1 else [self.writer.revise(text) for text in new]
            documents = [texts.read(str(text), title=text.title) for text in new]
            age = dt.timedelta(days=90 * (versions - number) + 130, minutes=7 * number)
            rows = Version.objects.bulk_create(
                self._version(playbook, text, number=number, base=base, at=self.now - age)
                for playbook, text, base in zip(playbooks, new, current, strict=True)
            )
            read = list(zip(rows, documents, strict=True))
            insert(Rendering, (rendering_row(version, document) for version, document in read))
            insert(Section, (row for version, document in read for row in section_rows(version, document)))
            insert(Item, (item_row(version, item) for version, document in read for item in document.items))
            insert(PlaybookLink, (row for version, document in read for row in link_rows(version, document)))
            current = list(rows)
        for playbook, version, document in zip(playbooks, current, documents, strict=True):
            assert version is not None
            playbook.current_version = version
            search.index(playbook=playbook, title=version.title, plain=document.plain)
        Playbook.objects.bulk_update(playbooks, ['current_version'])
        tagged = ContentType.objects.get_for_model(Playbook)
        sample = self.writer.random.sample
        insert(
            TaggedItem,
            (
                TaggedItem(tag=tag, object_id=playbook.pk, content_type=tagged)
                for playbook in playbooks
                for tag in sample(self.tags, 2)
            ),
        )
        return playbooks

    def _version(
        self, playbook: Playbook, text: Text, *, number: int, base: Version | None, at: dt.datetime
    ) -> Version:
        fields = required_fields(playbook.kind)
        return Version(
            playbook=playbook,
            number=number,
            title=text.title,
            text=texts.normalize(str(text)),
            fields=fields,
            text_hash=text_hash(text.title, str(text), fields),
            base=base,
            weight=Version.Weight.PROCESS_CHANGE if number % 3 == 1 else Version.Weight.CLARIFICATION,
            note=self.writer.sentence() if number > 1 else '',
            author=self.editors[number % len(self.editors)],
            publisher=self.editors[0],
            published_at=at,
        )


def required_fields(kind: Kind) -> dict[str, str]:
    """What a kind demands beside the text, filled in."""
    return {one['name']: (one.get('choices') or ['Yes'])[0] for one in kind.fields if one.get('required')}


def section_rows(version: Version, document: texts.Document) -> Iterator[Section]:
    for one in document.sections:
        yield Section(
            version=version, position=one.position, level=one.level, title=one.text, anchor=one.anchor, line=one.line
        )


def _knowledge(people: People, now: dt.datetime) -> None:
    """Who read what, and which playbooks their owners have checked lately."""
    writer = Writer(SEED + 2)
    known = list(Playbook.objects.values_list('pk', 'current_version__number', 'owner_id').order_by('pk'))
    insert(
        Acknowledgement,
        (
            Acknowledgement(playbook_id=pk, person=person, number=max(1, number - place % 3), at=now)
            for person in people.everybody
            for place, (pk, number, _owner) in enumerate(writer.random.sample(known, min(5, len(known))))
        ),
    )
    insert(
        Verification,
        (
            Verification(playbook_id=pk, person_id=owner, number=number, at=now - dt.timedelta(days=place % 300))
            for place, (pk, number, owner) in enumerate(known)
            if place % 5 == 0
        ),
    )


def _enrollments(sizes: Sizes, people: People, now: dt.datetime) -> None:
    writer = Writer(SEED + 3)
    tracks = {
        track.slug: track for track in Playbook.objects.filter(kind__is_track=True).select_related('current_version')
    }
    buddies = [person for person in people.everybody if person not in {people.veteran, *people.enrolled}]
    lives = []
    for place, person in enumerate([*people.enrolled, people.veteran]):
        track = tracks[LONG_TRACK if person == people.veteran else TRACK]
        life = Life(
            person, buddies[place % len(buddies)], track=track, writer=writer, editor=people.editors[0], now=now
        )
        life.live(share=0.5 if person == people.veteran else min(0.95, writer.random.random() * 1.1))
        lives.append(life)
    store(lives)


class Life:
    """One enrollment in memory: its items as they came to be, and the events that say how."""

    def __init__(
        self, person: User, buddy: User, *, track: Playbook, writer: Writer, editor: User, now: dt.datetime
    ) -> None:
        assert track.current_version is not None
        self.random, self.now = writer.random, now
        self.person, self.buddy, self.words = person, buddy, writer.sentence()
        begun = now - dt.timedelta(days=self.random.randint(-10, 110))
        self.run = Run(
            playbook=track,
            version=track.current_version,
            first_version=track.current_version,
            owner=person,
            visibility=Run.Visibility.PRIVATE,
            anchor_on=begun.date(),
            calendar_id=person.holiday_calendar_id,
            started_at=min(begun, now) - dt.timedelta(days=20),
            started_by=editor,
        )
        self.begun = begun
        self.checklist: Checklist = checklist_of(track.current_version)
        self.rows = {task.key: self._row(task) for task in self.checklist}
        self.events: list[Event] = []
        self.evidence: list[Evidence] = []
        self.read: list[tuple[str, dt.datetime]] = []

    def _row(self, task: Task) -> RunItem:
        row = new_row(self.run, task)
        row.due_on = due_on(parse_offset(task.due), self.run.anchor_on, calendar_of(self.run.calendar_id))
        return row

    def live(self, *, share: float) -> None:
        """Start, and do this share of the items in their order; the last hand-in may wait for its sign-off."""
        blank = item_facts(RunItem())
        self._record(Action.STARTED, self.run.started_by, self.run.started_at, {
            'run': changed(RUN_FACTS, run_facts(self.run)),
            'items': {key: changed(blank, item_facts(row)) for key, row in self.rows.items()},
            'roles': {BUDDY: [self.buddy.pk]},
        })  # fmt: skip
        tasks = list(self.checklist)
        done: set[str] = set()
        finished = int(len(tasks) * share) if self.begun < self.now else 0
        for place, task in enumerate(tasks[:finished]):
            at = self.begun + (self.now - self.begun) * (place + 1) / (finished + 1)
            if done.issuperset(task.after) and self._do(task, at, is_last=place >= finished - 6):
                done.add(task.key)
        if self.random.random() < 0.1 and finished < len(tasks):
            self._wait(tasks[finished])

    def _do(self, task: Task, at: dt.datetime, *, is_last: bool) -> bool:
        row = self.rows[task.key]
        doer_id = {'': self.person.pk, MANAGER: self.person.reports_to_id, BUDDY: self.buddy.pk}[row.role]
        if task.kind == Item.Kind.SUBMIT:
            self.evidence.append(
                Evidence(run=self.run, key=task.key, kind='text', text=self.words, added_by_id=doer_id)
            )
            self._change(row, Action.EVIDENCE_ADDED, doer_id, at, touched=True)
        number = self.run.version.number
        self._change(
            row,
            Action.ACKNOWLEDGED if task.kind == Item.Kind.READ else Action.COMPLETED,
            doer_id,
            at,
            touched=True,
            state=RunItem.State.AWAITING if row.signoff else RunItem.State.DONE,
            done_by_id=doer_id,
            done_at=at,
            earned_number=number,
            confirmed_number=number,
        )
        if task.kind == Item.Kind.READ:
            self.read.append((task.reads_slug, at))
        if not row.signoff:
            return True
        if is_last and self.random.random() < 0.5:
            return False
        signer = self.person.reports_to_id if row.signoff == MANAGER else self.buddy.pk
        signed = {'state': RunItem.State.DONE, 'signed_by_id': signer, 'signed_at': at}
        self._change(row, Action.SIGNED_OFF, signer, at, **signed)
        return True

    def _wait(self, task: Task) -> None:
        whom = self.person.reports_to_id
        self._change(
            self.rows[task.key], Action.WAITING, self.person.pk, self.now, touched=True,
            waiting_for_id=whom, waiting_since=self.now,
        )  # fmt: skip

    def _change(self, row: RunItem, action: str, by: int | None, at: dt.datetime, **values: Any) -> None:
        before = item_facts(row)
        for name, value in values.items():
            setattr(row, name, value)
        data = {'items': {row.key: changed(before, item_facts(row))}}
        self._record(action, by, at, data, key=row.key)

    def _record(self, action: str, by: User | int | None, at: dt.datetime, data: dict[str, Any], key: str = '') -> None:
        self.run.last_seq += 1
        self.events.append(
            Event(
                run=self.run,
                seq=self.run.last_seq,
                schema=SCHEMA,
                actor_id=by.pk if isinstance(by, User) else by,
                at=at,
                action=action,
                key=key,
                data={name: part for name, part in data.items() if part},
            )
        )


def store(lives: list[Life]) -> None:
    """Write these enrollments with all that belongs to them."""
    Run.objects.bulk_create([life.run for life in lives])
    for life in lives:
        for row in [*life.rows.values(), *life.events, *life.evidence]:
            row.run = life.run  # its id is known now
    insert(Enrollment, (Enrollment(run=life.run, added_by_id=life.run.started_by_id) for life in lives))
    insert(RunRole, (RunRole(run=life.run, role=BUDDY, person=life.buddy) for life in lives))
    insert(RunItem, (row for life in lives for row in life.rows.values()))
    insert(Event, (event for life in lives for event in life.events))
    insert(Evidence, (evidence for life in lives for evidence in life.evidence))
    numbers = dict(Playbook.objects.values_list('slug', 'pk'))
    current = dict(Playbook.objects.values_list('pk', 'current_version__number'))
    known = set(Acknowledgement.objects.values_list('playbook_id', 'person_id', 'number'))
    rows = {(numbers[slug], life.person.pk, current[numbers[slug]]): at for life in lives for slug, at in life.read}
    insert(
        Acknowledgement,
        (
            Acknowledgement(playbook_id=playbook, person_id=person, number=number, at=at)
            for (playbook, person, number), at in rows.items()
            if (playbook, person, number) not in known
        ),
    )
