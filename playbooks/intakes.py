"""Bringing in by page: what was dropped (an intake), what its documents are to become, doing it, and the report of it.

What was dropped is read at once and not kept: an intake keeps the texts until they have become drafts or versions, and
pictures, under names nobody can guess, as long. Doing it goes document by document, each in a transaction of its own
with the mark that it is done, so that it can stop anywhere and go on: by the page that shows how far it is, or by the
worker. The service that plans and publishes is `importing`, the same as of the command.
"""

import datetime as dt
import logging
import math
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import importing, permissions
from . import text as texts
from .archives import ArchiveRefused
from .arriving import MAX_DOCUMENTS, PICTURES, arrived
from .drafts import DraftChanged, create_playbook, draft_of, first_owner, save_draft
from .files import FileRefused, add_file
from .importing import Entry, ImportPlan, Named, SourceFile, plan_files, slugs_taken
from .models import Area, Draft, ImportedFile, Intake, IntakeDocument, Kind, Playbook
from .text.joining import as_part
from .worddocs import Picture

logger = logging.getLogger(__name__)

FOLDER = 'intake'
LOOSE = 'page:'  # before the number of whoever dropped files that lay in no archive
PENDING = 'file:brought-in/'  # before a picture's name, until its playbook is known
PENDING_PICTURE = re.compile(re.escape(PENDING) + r'[0-9a-f]{40}\.[a-z]{3,4}')
MAX_PICTURES_SIZE = 200_000_000
KEPT = dt.timedelta(days=7)  # an intake that nobody says anything about
READING = 60.0  # seconds that reading what was dropped may take
AT_ONCE = 20.0  # seconds the worker gives to one intake before it looks at the next


class Do(models.TextChoices):
    """What a document is to become."""

    NEW = 'new', _('A new playbook')
    UPDATE = 'update', _('The next text of its playbook')
    ADD = 'add', _('Added to the draft')
    JOIN = 'join', _('Part of one new draft')
    LEAVE = 'leave', _('Nothing')


class Outcome(models.TextChoices):
    """What became of it."""

    DRAFTED = 'drafted', _('Draft')
    PUBLISHED = 'published', _('Published')
    ADDED = 'added', _('Added')
    JOINED = 'joined', _('Joined')
    LEFT = 'left', _('Left out')
    FAILED = 'failed', _('Did not come in')


# -- what was dropped --------------------------------------------------------------------------------------------------


class _Pictures:
    """Puts pictures of documents away until their playbook is known."""

    def __init__(self) -> None:
        self.kept: dict[str, list[str]] = {}  # address -> name, path
        self.left = MAX_PICTURES_SIZE

    def keep(self, picture: Picture) -> str:
        """Store a picture; returns the address that stands for it, or '' if it is none or there were too many."""
        ending = picture.name.rpartition('.')[2].lower()
        self.left -= len(picture.content)
        if f'.{ending}' not in PICTURES or self.left < 0:
            return ''
        token = secrets.token_hex(20)
        path = default_storage.save(f'{FOLDER}/{token}', ContentFile(picture.content))
        address = f'{PENDING}{token}.{ending}'
        self.kept[address] = [picture.name, path]
        return address

    def drop(self, addresses: Iterable[str]) -> None:
        """Delete pictures again."""
        for address in addresses:
            default_storage.delete(self.kept[address][1])


def start(
    *,
    by: User,
    uploads: Iterable[UploadedFile],
    kind: Kind,
    area: Area,
    target: str = '',
    now: dt.datetime | None = None,
) -> Intake:
    """Read what was dropped and keep what it would become, for `by` to choose. Nothing is drafted or published yet.

    `kind` and `area` are for documents that name none; `target` is the slug of the playbook whose draft they may be
    added to. An archive that cannot be read is a remark of the intake.
    """
    pictures, entries, remarks = _Pictures(), list[tuple[Entry, str, str]](), list[str]()
    taken, knows = slugs_taken(), permissions.can_bring_in(by)
    loose_origin = f'{LOOSE}{by.pk}' if knows else ''
    loose: list[SourceFile] = []
    until = time.monotonic() + READING
    try:
        for upload in uploads:
            try:
                with arrived(upload, keep=pictures.keep, loose=loose_origin) as (origin, files):
                    if not (upload.name or '').lower().endswith('.zip'):
                        loose += files
                        continue
                    left = max(MAX_DOCUMENTS - len(entries) - len(loose), 0)
                    if len(files) > left:
                        message = _('%(name)s: only the first %(count)d documents were read.')
                        remarks.append(message % {'name': upload.name, 'count': left})
                    known_as = origin[:200] if knows else ''
                    plan = plan_files(
                        _in_time(files[:left], until),
                        kind=kind,
                        area=area,
                        origin=known_as,
                        taken=taken,
                        is_whole=len(files) <= left,
                    )
                    entries += [(entry, known_as, upload.name or '') for entry in plan.entries]
            except ArchiveRefused as refused:
                remarks.append(f'{upload.name}: {refused}')
        plan = plan_files(
            _in_time(loose, until), kind=kind, area=area, origin=loose_origin, taken=taken, is_whole=False
        )
        entries += [(entry, loose_origin, '') for entry in plan.entries]
        with transaction.atomic():
            intake = Intake.objects.create(
                by=by,
                started_at=now or timezone.now(),
                answers={'kind': kind.slug, 'area': area.slug, 'target': target},
                remarks=remarks,
            )
            rows = [
                _row(intake, number, entry, source=(origin, dropped), pictures=pictures.kept)
                for number, (entry, origin, dropped) in enumerate(entries, 1)
            ]
            IntakeDocument.objects.bulk_create(rows, batch_size=200)
    except BaseException:
        pictures.drop(pictures.kept)
        raise
    used = {address for row in rows for address, *_rest in row.data['pictures']}
    pictures.drop(pictures.kept.keys() - used)
    return intake


def _row(
    intake: Intake, number: int, entry: Entry, *, source: tuple[str, str], pictures: Mapping[str, list[str]]
) -> IntakeDocument:
    shown = [[address, *pictures[address]] for address in dict.fromkeys(PENDING_PICTURE.findall(entry.text))]
    data = {
        'slug': entry.slug,
        'meta': entry.meta,
        'fields': entry.fields,
        'first_line': entry.first_line,
        'tags': entry.tags,
        'file_hash': entry.file_hash,
        'origin': source[0],
        'source': source[1],
        'pictures': shown,
        'excerpt': entry.excerpt,
        'problems': [[problem.line + entry.first_line - 1, problem.message] for problem in entry.problems],
    }
    return IntakeDocument(
        intake=intake,
        position=number,
        path=importing.storable_words(entry.path)[:1000],
        title=entry.title[:200],
        text=entry.text,
        data=_kept(data),
        remarks=entry.remarks,
        action=entry.action,
        playbook=entry.playbook,
    )


def _kept(value: Any) -> Any:
    """What front matter says, as JSON and both databases hold it."""
    if isinstance(value, Mapping):
        return {_kept(str(name)): _kept(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_kept(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    return importing.storable_words(value.isoformat() if isinstance(value, dt.date) else str(value))


def _in_time(files: Iterable[SourceFile], until: float) -> Iterator[SourceFile]:
    """The files; those that come when too much time has gone by are not read any more."""
    for file in files:
        if time.monotonic() > until:
            file.refused = file.refused or _('Reading all of this takes too long. Bring it in in parts.')
        yield file


def _entry(document: IntakeDocument) -> Entry:
    """The entry that a row was made from."""
    data = document.data
    return Entry(
        path=document.path,
        action=document.action,
        remarks=[],
        title=document.title,
        slug=data['slug'],
        text=document.text,
        fields=data['fields'],
        meta=data['meta'],
        first_line=data['first_line'],
        tags=data['tags'],
        file_hash=data['file_hash'],
        playbook=document.playbook,
    )


# -- what is to become of it -------------------------------------------------------------------------------------------


def choices_for(document: IntakeDocument, *, knows: bool) -> list[Do]:
    """What a document may become, the usual thing first. `knows`: whether its reader may bring in new playbooks."""
    if document.action == 'skipped':
        return []
    if not knows:
        return [Do.ADD, Do.LEAVE]
    more = [Do.ADD, Do.JOIN]
    if document.action == 'new':
        return [Do.NEW, *more, Do.LEAVE]
    if document.action == 'unchanged':
        return [Do.LEAVE, Do.UPDATE, *more]
    known_as = getattr(document, 'known_as', document.title)
    if document.data['origin'].startswith(LOOSE) and known_as != document.title:
        return [Do.NEW, Do.UPDATE, *more, Do.LEAVE]  # there are many files called notes.docx
    return [Do.UPDATE, Do.NEW, *more, Do.LEAVE]


def answer(
    *,
    intake: Intake,
    chosen: Mapping[int, str],
    publish: bool,
    target: Playbook | None = None,
    join_title: str = '',
    now: dt.datetime | None = None,
) -> bool:
    """Say what is to become of each document (by its position); from then on it is being done.

    Returns False if that was said before, and changes nothing then.
    """
    with transaction.atomic():
        locked = Intake.objects.select_for_update().get(pk=intake.pk)
        if locked.asked_at or locked.cancelled_at:
            return False
        documents = list(locked.documents.defer('text'))
        for document in documents:
            if document.action == 'skipped':
                document.done_at = now or timezone.now()
            else:
                document.choice = {'do': chosen.get(document.position, Do.LEAVE)}
                if document.choice['do'] == Do.NEW:
                    document.playbook = None  # one of its own, whatever became of a file of this name before
        IntakeDocument.objects.bulk_update(documents, ['choice', 'done_at', 'playbook'], batch_size=200)
        locked.answers |= {
            'publish': publish,
            'target': target.slug if target else '',
            'join_title': join_title,
        }
        locked.asked_at = now or timezone.now()
        locked.save()
    return True


def cancel(*, intake: Intake, now: dt.datetime | None = None) -> None:
    """Bring nothing in. What was dropped is forgotten, but for the names of the files."""
    with transaction.atomic():
        asked = Intake.objects.select_for_update().filter(pk=intake.pk, asked_at=None, cancelled_at=None)
        if asked.update(cancelled_at=now or timezone.now()):
            _forget(intake)


# -- doing it ----------------------------------------------------------------------------------------------------------


def carry_on(*, intake: Intake, seconds: float, now: dt.datetime | None = None) -> int:
    """Do what was chosen for as many documents as there is time for, at least one; returns how many steps that were.

    May be called by several at once and again after any stop: each step is one transaction with its own mark.
    """
    until = time.monotonic() + seconds
    steps = 0
    while _step(intake.pk, now or timezone.now()):
        steps += 1
        if time.monotonic() > until:
            break
    return steps


def _step(pk: int, now: dt.datetime) -> bool:
    """One step of an intake: making playbooks first, then their texts, then what is put together, then the end."""
    intake = Intake.objects.select_related('by').get(pk=pk)
    if intake.asked_at is None or intake.done_at or intake.cancelled_at:
        return False
    waiting = intake.documents.filter(done_at=None).order_by('position')
    document = waiting.defer('text').first()
    if document is None:
        _end(intake, now)
        return False
    new = waiting.filter(choice__do=Do.NEW, playbook=None).first()
    if new is not None:
        _try(intake, [new], _make, now)
        return True
    do = document.choice['do']
    if do in (Do.ADD, Do.JOIN):
        _try(intake, list(waiting.filter(choice__do=do)), _put_together, now)
    elif do == Do.LEAVE:
        with transaction.atomic():
            _leave(list(waiting.filter(choice__do=do).defer('text')), now)
    else:
        _try(intake, list(waiting.filter(pk=document.pk)), _finish, now)
    return True


def _leave(documents: list[IntakeDocument], now: dt.datetime) -> None:
    for document in documents:
        document.choice |= {'outcome': Outcome.LEFT}
        document.done_at = now
    IntakeDocument.objects.bulk_update(documents, ['choice', 'done_at'], batch_size=200)


def _try(intake: Intake, documents: list[IntakeDocument], do: Any, now: dt.datetime) -> None:
    """Do a step for documents in one transaction, if nobody did it meanwhile. Whatever fails is marked as failed."""
    try:
        with transaction.atomic():
            pks = [document.pk for document in documents]
            rows = IntakeDocument.objects.filter(pk__in=pks).order_by('position')
            list(rows.select_for_update().values_list('pk'))
            # Only now: what whoever had the lock made must be seen, the playbook of a document included.
            found = list(rows.filter(done_at=None).select_related(*WITH))
            if found:
                do(intake, found, now)
    except _Failed as failed:
        _fail(documents, [*failed.remarks], now)
    except Exception:
        logger.exception('Intake %s: documents %s', intake.pk, [document.position for document in documents])
        _fail(documents, [_('Something went wrong here. Whoever runs this site finds it in the log.')], now)


WITH = ('playbook__current_version', 'playbook__kind', 'playbook__area')


class _Failed(Exception):
    """A step that does not come about, with the reasons in words; nothing of it is kept."""

    def __init__(self, *remarks: str) -> None:
        super().__init__(*remarks)
        self.remarks = remarks


def _fail(documents: list[IntakeDocument], remarks: list[str], now: dt.datetime) -> None:
    with transaction.atomic():
        found = list(IntakeDocument.objects.select_for_update().filter(pk__in=[document.pk for document in documents]))
        for document in found:
            if document.done_at is None:
                document.remarks = [*document.remarks, *remarks]
                document.choice = document.choice | {'outcome': Outcome.FAILED}
                document.done_at = now
                if document.choice.get('do') == Do.NEW and document.playbook_id:
                    # It was made for this text alone.
                    Playbook.objects.filter(pk=document.playbook_id, versions=None, drafts=None).delete()
                    document.playbook = None
                document.save()


def _person(intake: Intake) -> User:
    """Whoever asked for it, if they still may."""
    if intake.by is None or not intake.by.is_active:
        raise _Failed(_('Whoever brought it in has no account here any more.'))
    return intake.by


def _plan(intake: Intake, document: IntakeDocument, named: Named) -> ImportPlan:
    kind = named.kinds.get(intake.answers['kind'])
    area = named.areas.get(intake.answers['area'])
    if kind is None or area is None:
        raise _Failed(_('The type or area that was chosen is gone.'))
    return ImportPlan(document.data['origin'], kind, area, [])


def _make(intake: Intake, documents: list[IntakeDocument], now: dt.datetime) -> None:
    """Make a new document's playbook, so that links to it lead somewhere before any text is published."""
    (document,) = documents
    if document.playbook:
        return
    by, named = _person(intake), Named.on_site()
    entry, plan = _entry(document), _plan(intake, document, named)
    kind = named.kind_of(entry, plan.kind)
    if not permissions.can_bring_in(by) or not permissions.can_create(by, kind):
        raise _Failed(_('You may not start playbooks of this type.'))
    others = ImportedFile.objects.filter(origin=plan.origin, path=entry.path)
    importing.make_playbook(entry, plan, named, owner=first_owner(kind, by), is_file=not others.exists())
    playbook = entry.playbook
    assert playbook is not None
    Playbook.objects.filter(pk=playbook.pk).update(created_by=by)
    document.playbook = playbook
    document.save()


def _finish(intake: Intake, documents: list[IntakeDocument], now: dt.datetime) -> None:
    """Give a document's playbook its text: as a version where that was asked for and can be, else as a draft."""
    (document,) = documents
    by, entry, playbook = _person(intake), _entry(document), document.playbook
    if playbook is None or not permissions.can_edit(by, playbook):
        raise _Failed(_('Its playbook is gone, or is not yours to change.'))
    if playbook.archived_at:
        raise _Failed(_('This playbook is archived. Bring it back first.'))
    entry.imported = importing.last_imported([playbook.pk]).get(playbook.pk)
    remarks = list[str]()
    entry.text = _with_pictures(document, entry.text, playbook, by, remarks)
    version = None
    if intake.answers['publish']:
        version = importing.try_to_publish(entry, by, needs_approval=True)
        remarks += entry.remarks
    draft = None if version else _drafted(entry, playbook, by, now)
    _done(document, now, remarks, Outcome.PUBLISHED if version else Outcome.DRAFTED, playbook, draft=draft)
    document.version = version
    document.save()


def _drafted(entry: Entry, playbook: Playbook, by: User, now: dt.datetime) -> Draft:
    """The text as somebody's draft of its playbook; a draft they have of it already is not overwritten."""
    draft = draft_of(playbook, by)
    if draft.revision and (draft.text, draft.title) != (entry.text, entry.title):
        raise _Failed(_('You have a draft of this playbook. Publish it or put it away, then bring this in again.'))
    try:
        text = importing.merged(entry)
    except importing.MergeConflict as conflict:
        raise _Failed(str(conflict)) from conflict
    return save_draft(
        draft=draft,
        title=entry.title,
        text=text,
        fields={**draft.fields, **entry.fields},
        shown_revision=draft.revision,
        now=now,
    )


def _put_together(intake: Intake, documents: list[IntakeDocument], now: dt.datetime) -> None:
    """Make documents the parts of one draft: of a new playbook, or of the one that was named."""
    by, do = _person(intake), documents[0].choice['do']
    if do == Do.JOIN:
        playbook = _joint(intake, documents, by, now)
    else:
        found = Playbook.objects.visible_to(by).select_related('current_version', 'kind')
        playbook_or_none = found.filter(slug=intake.answers['target'], archived_at=None).first()
        if playbook_or_none is None or not permissions.can_edit(by, playbook_or_none):
            raise _Failed(_('The playbook to add it to is gone, or is not yours to change.'))
        playbook = playbook_or_none
    draft = draft_of(playbook, by)
    parts = [draft.text] if draft.text.strip() else []
    remarks = {document.pk: list[str]() for document in documents}
    for document in documents:
        text = _with_pictures(document, document.text, playbook, by, remarks[document.pk])
        parts.append(as_part(document.title, _said_of(document, now), text, above='\n'.join(parts)))
    text = '\n'.join(parts)
    if len(text.encode()) > texts.MAX_BYTES:
        message = _('Together they are larger than the %d kB that one text may have.')
        raise _Failed(message % (texts.MAX_BYTES // 1000))
    try:
        draft = save_draft(
            draft=draft,
            title=draft.title,
            text=text,
            fields=draft.fields,
            shown_revision=draft.revision,
            now=now,
        )
    except DraftChanged as changed:
        raise _Failed(_('The draft was changed in this moment. Bring it in once more.')) from changed
    outcome = Outcome.JOINED if do == Do.JOIN else Outcome.ADDED
    for document in documents:
        _done(document, now, remarks[document.pk], outcome, playbook, draft=draft)
        document.save()


def _joint(intake: Intake, documents: list[IntakeDocument], by: User, now: dt.datetime) -> Playbook:
    named = Named.on_site()
    plan = _plan(intake, documents[0], named)
    if not permissions.can_bring_in(by) or not permissions.can_create(by, plan.kind):
        raise _Failed(_('You may not start playbooks of this type.'))
    audiences = [named.groups_of(_entry(document)) for document in documents]
    if any({group.pk for group in audience} != {group.pk for group in audiences[0]} for audience in audiences):
        raise _Failed(_('These documents are for different groups of people, and one text is for one.'))
    tags = dict.fromkeys(tag for document in documents for tag in document.data['tags'])
    return create_playbook(
        by=by,
        kind=plan.kind,
        area=plan.area,
        title=intake.answers['join_title'],
        text='',
        tags=tags,
        audience=audiences[0],
        now=now,
    )


def _said_of(document: IntakeDocument, now: dt.datetime) -> str:
    """The line that names a part's source."""
    source = f'{document.data["source"]}: {document.path}' if document.data['source'] else document.path
    day = timezone.localdate(now).isoformat()
    return _('From %(source)s, brought in on %(day)s.') % {'source': source, 'day': day}


def _with_pictures(document: IntakeDocument, text: str, playbook: Playbook, by: User, remarks: list[str]) -> str:
    """The text with its pictures, which are files of the playbook from now on; one that may not be is left out."""
    for address, name, path in document.data['pictures']:
        if address not in text:
            continue
        try:
            with default_storage.open(path) as opened:
                added = add_file(playbook=playbook, name=name, content=opened.read(), by=by)
        except (FileRefused, FileNotFoundError) as refused:
            remarks.append(_('The picture %(name)s was left out. %(why)s') % {'name': name, 'why': refused})
            text = _without_picture(text, address)
        else:
            text = text.replace(address, f'file:{playbook.slug}/{added.name}')
    return text


def _without_picture(text: str, address: str) -> str:
    """The text with the words of a picture in its place."""
    while (at := text.find(f']({address})')) >= 0:
        start = text.rfind('![', 0, at)
        end = at + len(address) + 3
        text = text[:start] + text[start + 2 : at] + text[end:] if start >= 0 else text[:at] + text[end:]
    return text


def _done(
    document: IntakeDocument,
    now: dt.datetime,
    remarks: list[str],
    outcome: Outcome,
    playbook: Playbook,
    *,
    draft: Draft | None,
) -> None:
    document.remarks = [*document.remarks, *remarks]
    document.choice = document.choice | {'outcome': outcome}
    document.playbook, document.draft, document.done_at = playbook, draft, now


def _end(intake: Intake, now: dt.datetime) -> None:
    with transaction.atomic():
        if Intake.objects.select_for_update().filter(pk=intake.pk, done_at=None).update(done_at=now):
            _forget(intake)


def _forget(intake: Intake) -> None:
    """Keep no text and no picture of what was dropped: what came in has them."""
    paths = [
        picture[2] for data in intake.documents.values_list('data', flat=True) for picture in data.get('pictures', ())
    ]
    intake.documents.update(text='')
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path))


# -- by the clock, and lists -------------------------------------------------------------------------------------------


def carry_on_all(*, seconds: float = AT_ONCE, now: dt.datetime | None = None) -> int:
    """Go on with every intake that somebody asked for and that is not done; returns how many steps that were.

    Also forgets what was dropped a week ago and never asked for.
    """
    now = now or timezone.now()
    steps = 0
    for intake in Intake.objects.filter(asked_at__isnull=False, done_at=None, cancelled_at=None):
        steps += carry_on(intake=intake, seconds=seconds, now=now)
    for intake in Intake.objects.filter(asked_at=None, cancelled_at=None, started_at__lt=now - KEPT):
        cancel(intake=intake, now=now)
        steps += 1
    return steps


def documents_of(intake: Intake) -> list[IntakeDocument]:
    """Its documents without their texts, with what they became, and `known_as`: what the page is called that a file of
    this name became before (one query)."""
    drafted = Draft.objects.filter(playbook=OuterRef('playbook')).order_by('-updated_at').values('title')[:1]
    found = intake.documents.defer('text').annotate(
        known_as=Coalesce('playbook__current_version__title', Subquery(drafted), 'title')
    )
    return list(found.select_related('playbook__current_version', 'draft__playbook', 'version'))


def seen_by(user: User) -> 'models.QuerySet[Intake]':
    """The intakes somebody may see: their own, and all for editors and administrators. With how far each is."""
    found = Intake.objects.select_related('by').annotate(
        total=Count('documents'), finished=Count('documents', filter=Q(documents__done_at__isnull=False))
    )
    found = found.order_by('-started_at', '-pk')
    return found if user.is_editor or user.is_admin else found.filter(by=user)
