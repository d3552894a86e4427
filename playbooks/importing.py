"""Bringing in files that were written elsewhere: what would come in (the plan, which writes nothing), and doing it.

Where the files lie is no concern of this module: `folder_files` gives those of a folder, `arriving.py` those that were
dropped on a page. A file is known by its origin (the folder's name) and its path in it. What is compared is the file
now with the file as it was last brought in (its hash is kept on the version), never with the current text: so a second
import publishes only what changed in the files, and what was changed here since, pins included, is merged. All
playbooks are made before the first is published, so that links between the files find their target.
Source: DESIGN.md, Publishing.
"""

import hashlib
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User

from . import publishing
from . import text as texts
from .archives import ArchiveRefused
from .kind_fields import FieldType, fields_of, storable
from .models import Area, ImportedFile, Kind, Playbook, SlugHistory, Version
from .models.documents import RESERVED_SLUGS
from .pins import pin_certain, pinned_over
from .text.fromhtml import Converted
from .text.merge import merge

MARKDOWN = frozenset(['.md', '.markdown'])
MAX_FILES = 5_000
UNSTORABLE = re.compile('[\x00\ud800-\udfff]')
EXCERPT = 160  # characters
INDEX_NAMES = frozenset(['index', 'readme', '_index'])
NO_TAGS = frozenset(['pages', 'docs', 'content', 'posts'])  # folders that only say that files are in them
FENCE = re.compile(r'[ >]*(`{3,}|~{3,})')
# An inline link's or a definition's address; a title after it stays.
ADDRESS = re.compile(r'(?P<before>(?<!\\)\]\( *<?|^ {0,3}\[[^\]\n]{1,999}\]: *<?)(?P<address>[^\s<>()]+)', re.MULTILINE)
TICKS = re.compile('`+')
BASE_URL = re.compile(r'\{\{\s*site\.(?:baseurl|url)\s*\}\}')


@dataclass(slots=True)
class SourceFile:
    """A file that is offered. `read` gives its content, or raises OSError or ArchiveRefused.

    `refused` says why it is not to be read at all. `convert` makes Markdown of one that is none. `resource` takes an
    address in it that names no other file to come in, and returns what it shall be, or ''.
    """

    path: str
    read: Callable[[], bytes]
    refused: str = ''
    remark: str = ''
    convert: Callable[[bytes], Converted] | None = None
    resource: Callable[[str], str] | None = None


@dataclass(slots=True)
class Entry:
    """One file and what is to become of it.

    `action` is 'new', 'changed', 'unchanged' or 'skipped'; after `carry_out` also 'failed'. `remarks` say in plain
    words why it was skipped, or what was decided on the way. `problems` are what is wrong with its text.
    """

    path: str
    action: str = ''
    remarks: list[str] = field(default_factory=list)
    problems: list[texts.Problem] = field(default_factory=list)
    title: str = ''
    slug: str = ''
    text: str = ''
    fields: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    first_line: int = 1
    tags: list[str] = field(default_factory=list)
    file_hash: str = ''
    excerpt: str = ''
    playbook: Playbook | None = None
    imported: Version | None = None

    def skip(self, why: str) -> 'Entry':
        self.action = 'skipped'
        self.remarks.append(why)
        return self


@dataclass(slots=True)
class ImportPlan:
    """What an import would do, file by file."""

    origin: str
    kind: Kind
    area: Area
    entries: list[Entry]

    def of(self, *actions: str) -> list[Entry]:
        """The entries with one of these actions."""
        return [entry for entry in self.entries if entry.action in actions]


def plan_import(folder: Path, *, kind: Kind, area: Area, origin: str = '') -> ImportPlan:
    """Read a folder and say what would come in. Nothing is written, and nothing outside the folder is read.

    `kind` and `area` are for files that name none. `origin` names the folder from one import to the next (default: its
    own name). Raises NotADirectoryError.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise NotADirectoryError(folder)
    return plan_files(folder_files(root), kind=kind, area=area, origin=origin or root.name)


def plan_files(
    files: Iterable[SourceFile],
    *,
    kind: Kind,
    area: Area,
    origin: str,
    taken: set[str] | None = None,
    is_whole: bool = True,
) -> ImportPlan:
    """Read files and say what would become of each. Nothing is written.

    `taken` are the slugs that are gone (default: those of the site); the ones that are given out here are added to it.
    `is_whole`: files that came from there before and are not among these are told of.
    """
    plan = ImportPlan(origin, kind, area, [])
    known = {
        file.path: file.playbook
        for file in ImportedFile.objects.filter(origin=plan.origin).select_related(
            'playbook__current_version', 'playbook__kind', 'playbook__area'
        )
    }
    taken = slugs_taken() if taken is None else taken
    groups = {*Group.objects.values_list('name', flat=True)}
    resources: dict[str, Callable[[str], str]] = {}
    for file in files:
        entry = Entry(file.path)
        plan.entries.append(entry)
        if file.refused:
            entry.skip(file.refused)
            continue
        entry.playbook = known.pop(entry.path, None)
        _read(file, entry, groups)
        if entry.action != 'skipped':
            entry.slug = entry.playbook.slug if entry.playbook else _free_slug(entry, taken)
            taken.add(entry.slug)
            entry.action = 'new'
            if file.resource:
                resources[entry.path] = file.resource
    _link(plan, resources)
    imported = last_imported([entry.playbook.pk for entry in plan.entries if entry.playbook])
    for entry in plan.of('new'):
        if entry.playbook is None:
            continue
        entry.action = 'changed'
        if last := imported.get(entry.playbook.pk):
            entry.imported = last
            entry.action = 'unchanged' if last.source_hash == entry.file_hash else 'changed'
    for path, playbook in sorted(known.items()) if is_whole else ():
        gone = Entry(path, slug=playbook.slug, title=playbook.title)
        plan.entries.append(gone.skip(_('It is no longer in the folder. Its playbook stays as it is.')))
    return plan


def slugs_taken() -> set[str]:
    """Every slug of the site, those of earlier names and words of the site itself included (two queries)."""
    now = Playbook.objects.values_list('slug', flat=True)
    return {*now, *SlugHistory.objects.values_list('slug', flat=True), *RESERVED_SLUGS}


def carry_out(plan: ImportPlan, *, by: User | None = None) -> Iterator[Entry]:
    """Do what a plan says; yields each new or changed entry once it is done, for a progress bar.

    A file that cannot be published is reported as failed, and the rest comes in.
    """
    named = Named.on_site()
    todo = plan.of('new', 'changed')
    for entry in todo:
        named.settle_people(entry, plan.kind)
        if entry.playbook is None:
            make_playbook(entry, plan, named, owner=by)
    for entry in todo:
        publish_entry(entry, by)
        yield entry


@dataclass(frozen=True, slots=True)
class Named:
    """What front matter may name: kinds, areas, groups by their name, people by their address."""

    kinds: Mapping[str, Kind]
    areas: Mapping[str, Area]
    groups: Mapping[str, Group]
    people: Mapping[str, User]

    @classmethod
    def on_site(cls) -> 'Named':
        """All that there are (four queries)."""
        return cls(
            {kind.slug: kind for kind in Kind.objects.all()},
            {area.slug: area for area in Area.objects.all()},
            {group.name: group for group in Group.objects.all()},
            {user.email: user for user in User.objects.active()},
        )

    def kind_of(self, entry: Entry, otherwise: Kind) -> Kind:
        """The kind a file names, or the other one."""
        return self.kinds.get(str(entry.meta.get('kind', '')), otherwise)

    def settle_people(self, entry: Entry, otherwise: Kind) -> None:
        """Let fields that hold a person hold the one with the address the file gives, or else what it says as words.

        A number in a file is nobody's key here.
        """
        pk = entry.playbook.kind_id if entry.playbook else self.kind_of(entry, otherwise).pk
        kind = next((kind for kind in self.kinds.values() if kind.pk == pk), otherwise)
        for one in fields_of(kind.fields):
            if one.type == FieldType.PERSON and one.name in entry.fields:
                written = str(entry.fields[one.name])
                person = self.people.get(written.strip().lower())
                entry.fields[one.name] = person.pk if person else written

    def groups_of(self, entry: Entry) -> list[Group]:
        """The groups a file is for."""
        return [self.groups[name] for name in _words(entry.meta.get('audience')) if name in self.groups]

    def area_of(self, entry: Entry, otherwise: Area) -> Area:
        """The area a file names, or the other one."""
        return self.areas.get(str(entry.meta.get('area', '')), otherwise)


def make_playbook(
    entry: Entry, plan: ImportPlan, named: Named, *, owner: User | None, by: User | None = None, is_file: bool = True
) -> None:
    """Make the playbook that a new entry is to become, without a text yet; with `by`, their draft of it has its text.

    `is_file`: the next import knows the file by it.
    """
    meta = entry.meta
    entry.playbook = publishing.create_playbook(
        by=by,
        kind=named.kind_of(entry, plan.kind),
        area=named.area_of(entry, plan.area),
        title=entry.title,
        text=entry.text,
        slug=entry.slug,
        owner=named.people.get(str(meta.get('owner', '')).lower()) or owner,
        tags=entry.tags,
        audience=named.groups_of(entry),
        fields=entry.fields,
    )
    if is_file:
        ImportedFile.objects.create(playbook=entry.playbook, origin=plan.origin, path=entry.path)


def publish_entry(entry: Entry, by: User | None) -> None:
    """Publish an entry as `try_to_publish`; a new playbook that nothing came of is taken away again."""
    playbook = entry.playbook
    assert playbook is not None
    if try_to_publish(entry, by, needs_approval=False) is None and playbook.current_version_id is None:
        playbook.delete()
        entry.playbook = None


def try_to_publish(entry: Entry, by: User | None, *, needs_approval: bool) -> Version | None:
    """Publish an entry's text as its playbook's next version. One that cannot be is reported as failed (None)."""
    playbook = entry.playbook
    assert playbook is not None
    try:
        text = merged(entry)
        published = publishing.publish_unattended(
            playbook=playbook,
            title=entry.title,
            text=text,
            fields=entry.fields,
            note=_('Brought in from %(path)s.') % {'path': entry.path},
            editor=by,
            needs_approval=needs_approval,
            source=Version.Source.IMPORT,
            source_hash=entry.file_hash,
        )
    except publishing.TextErrors as errors:
        entry.remarks += [_at_line(entry, problem) for problem in errors.problems]
    except texts.Refused as refused:
        entry.remarks.append(str(refused))
    except publishing.StaleDraft:
        entry.remarks.append(_('Somebody published it in this moment. Import once more.'))
    except MergeConflict as conflict:
        entry.remarks.append(str(conflict))
    except publishing.NotAllowed as refusal:
        entry.remarks.append(str(refusal))
    except publishing.NotApproved:
        entry.remarks.append(_('Texts of this type are published once somebody has approved them.'))
    else:
        entry.remarks += [_at_line(entry, decision) for decision in published.decisions]
        return published.version
    entry.action = 'failed'
    return None


def _at_line(entry: Entry, remark: texts.Problem | publishing.Decision) -> str:
    """A remark with its line in the file, front matter counted."""
    line = remark.line + entry.first_line - 1
    return _('Line %(line)d: %(message)s') % {'line': line, 'message': remark.message}


class MergeConflict(Exception):
    """The same lines were changed in the file and here."""


def merged(entry: Entry) -> str:
    """The file's text; where the page was edited here since, with those edits. Raises MergeConflict."""
    playbook, last = entry.playbook, entry.imported
    assert playbook is not None
    current = playbook.current_version
    if last is None or current is None or current == last:
        return entry.text
    pinned = pinned_over(entry.text, title=entry.title, base=last, current=current)
    found = merge(pin_certain(last.text, title=last.title, base=current), current.text, pinned)
    if found.conflicts:
        raise MergeConflict(
            _('It was edited both here and in the file, in the same lines (“%(line)s”). Nothing was published.')
            % {'line': ''.join((found.conflicts[0].theirs or found.conflicts[0].ours)[:1]).strip()[:80]}
        )
    return found.text


def folder_files(root: Path) -> Iterator[SourceFile]:
    """The Markdown files below a folder, in order. Links are not followed, hidden folders not entered."""
    count = 0
    for folder, names, files in os.walk(root, followlinks=False):
        here = Path(folder)
        for name in sorted(names):
            if (here / name).is_symlink():
                why = _('It is a link to another folder; links are not followed.')
                yield SourceFile(_relative(here / name, root), bytes, refused=why)
        names[:] = sorted(name for name in names if not name.startswith('.') and not (here / name).is_symlink())
        for name in sorted(files):
            path = here / name
            if path.suffix.lower() not in MARKDOWN or name.startswith('.'):
                continue
            file = SourceFile(_relative(path, root), path.read_bytes)
            count += 1
            if path.is_symlink():
                file.refused = _('It is a link to another file; links are not followed.')
            elif not path.is_file():
                file.refused = _('It is not a file.')
            elif count > MAX_FILES:
                file.refused = _('More than %(count)d files at once are not brought in.') % {'count': MAX_FILES}
            yield file


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _read(file: SourceFile, entry: Entry, groups: set[str]) -> None:
    """Fill in what the file itself says: text, front matter, title, tags. A remark says why it cannot come in."""
    try:
        raw = file.read()
        converted = file.convert(raw) if file.convert else Converted(_decoded(raw))
    except OSError as error:
        entry.skip(_('It cannot be read: %(error)s.') % {'error': error.strerror})
        return
    except (ArchiveRefused, texts.Refused) as refused:
        entry.skip(str(refused))
        return
    except UnicodeDecodeError:
        entry.skip(_('It is not UTF-8 text.'))
        return
    text = texts.normalize(converted.text)
    entry.remarks += [*filter(None, [file.remark]), *converted.remarks]
    if len(text.encode()) > texts.MAX_BYTES:
        entry.skip(_('It has %(size)d kB; %(most)d kB is the most.') % _sizes(text.encode()))
        return
    entry.meta, body, line = texts.front_matter(text)
    entry.text = texts.normalize(body.lstrip('\n'))
    entry.first_line = line + len(body) - len(body.lstrip('\n'))
    entry.file_hash = hashlib.sha256(raw).hexdigest()
    moved = entry.meta.get('redirect_to')
    if not entry.text.strip() and isinstance(moved, str) and moved.startswith(('https://', 'http://')):
        entry.text = _('This page is elsewhere: <%(address)s>') % {'address': moved.strip()} + '\n'
    if not entry.text.strip() and not entry.meta:
        entry.skip(_('It is empty.'))
        return
    try:
        document = texts.read(entry.text)
    except texts.Refused as refused:
        entry.skip(str(refused))
        return
    entry.excerpt = _excerpt(document)
    entry.problems = [problem for problem in document.problems if problem.severity == 'error']
    audience = _words(entry.meta.get('audience'))
    if unknown := [name for name in audience if name not in groups]:
        message = _('It is meant for a group that there is not: “%s”.') % '”, “'.join(unknown)
        if len(unknown) == len(audience):  # open to everybody is what it was never meant to be
            entry.skip(message)
            return
        entry.remarks.append(message)
    entry.title = _title(entry, document)
    entry.tags = _tags(entry)
    entry.fields = storable(entry.meta['fields']) if isinstance(entry.meta.get('fields'), Mapping) else {}


def _decoded(raw: bytes) -> str:
    if len(raw) > texts.MAX_BYTES:
        raise ArchiveRefused(_('It has %(size)d kB; %(most)d kB is the most.') % _sizes(raw))
    return raw.decode('utf-8-sig')


def _sizes(raw: bytes) -> dict[str, int]:
    return {'size': len(raw) // 1000, 'most': texts.MAX_BYTES // 1000}


def _excerpt(document: texts.Document) -> str:
    """How a text begins, without its title, as far as fits into two lines."""
    lines = document.plain.split('\n')
    words = ' '.join(lines[1:] if lines[0] == document.title else lines)
    return words if len(words) <= EXCERPT else words[:EXCERPT].rpartition(' ')[0] + ' …'


def _title(entry: Entry, document: texts.Document) -> str:
    """From the front matter, the first heading, or the file's name; of an index file, its folder's."""
    first = document.sections[0].text if document.sections and document.sections[0].level <= 2 else ''
    written = unescape(strip_tags(str(entry.meta.get('title') or '')))  # site generators let HTML through
    title = written or document.title or first or _name(entry.path).replace('-', ' ')
    title = ' '.join(title.split())
    return storable_words(title[:1].upper() + title[1:])[:200]


def storable_words(words: str) -> str:
    """Words without what a database refuses: NUL, and halves of characters (YAML can write both)."""
    return UNSTORABLE.sub('', words)


def _name(path: str) -> str:
    """The name a path stands for: the file's without its ending, or its folder's for an index file."""
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    if name.lower() in INDEX_NAMES and folder:
        name = posixpath.basename(folder)
    return name.lstrip('_').replace('_', '-')


def _tags(entry: Entry) -> list[str]:
    """The folders a file lies in, and the tags and categories of its front matter, each once."""
    folders = [folder.replace('_', '-') for folder in posixpath.dirname(entry.path).split('/') if folder]
    named = [*_words(entry.meta.get('tags')), *_words(entry.meta.get('categories'))]
    tags = [storable_words(tag).strip().lower()[:100] for tag in (*folders, *named) if not tag.startswith('-')]
    return list(dict.fromkeys(tag for tag in tags if tag and ',' not in tag and tag not in NO_TAGS))


def _words(value: object) -> list[str]:
    """A list as front matter writes one: a YAML list, or words with commas between them."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(',') if word.strip()]
    return [str(word) for word in value] if isinstance(value, list) else []


def _free_slug(entry: Entry, taken: set[str]) -> str:
    wanted = slugify(str(entry.meta.get('slug') or _name(entry.path)))[:74].strip('-_').replace('_', '-')
    wanted = re.sub(r'-+', '-', wanted) or slugify(entry.title)[:74].strip('-') or 'page'
    if wanted in taken:
        parent = slugify(posixpath.basename(posixpath.dirname(entry.path)).lstrip('_'))[:36]
        wanted = f'{parent}-{wanted}'[:74].strip('-') if parent and parent != wanted else wanted
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f'{wanted[:74]}-{number}'
    return slug


def _link(plan: ImportPlan, resources: Mapping[str, Callable[[str], str]]) -> None:
    """Turn links between the files into links between playbooks, in each entry's text."""
    targets: dict[str, Entry] = {}
    for entry in plan.of('new'):
        for address in _addresses(entry):
            targets.setdefault(address, entry)
    for entry in plan.of('new'):
        entry.text = _relinked(entry, targets, resources.get(entry.path))


def _addresses(entry: Entry) -> Iterator[str]:
    """Every way in which other files of the folder may name this one, as a path from the folder's top."""
    stem = posixpath.splitext(entry.path)[0]
    yield entry.path
    yield stem
    if posixpath.basename(stem).lower() in INDEX_NAMES:
        yield posixpath.dirname(stem)
    for without in {re.sub(r'^_?(?:pages|docs|content)/', '', stem), re.sub(r'(?:^|/)_[^/]+/', '/', stem).lstrip('/')}:
        yield without
        if posixpath.basename(without).lower() in INDEX_NAMES:
            yield posixpath.dirname(without)
    for name in ('permalink', 'redirect_from'):
        for address in _words(entry.meta.get(name)):
            yield address.strip('/')


def _relinked(entry: Entry, targets: Mapping[str, Entry], resource: Callable[[str], str] | None) -> str:
    def replaced(match: re.Match[str]) -> str:
        found = _target(match['address'], entry.path, targets)
        if not found and resource and '://' not in match['address']:
            found = resource(match['address'])
        return match['before'] + found if found else match[0]

    pieces = []
    for is_code, piece in outside_code(entry.text):
        pieces.append(piece if is_code else ADDRESS.sub(replaced, piece))
    return ''.join(pieces)


def _target(address: str, path: str, targets: Mapping[str, Entry]) -> str:
    """The playbook link for an address as the file at `path` has it, or '' if it names no file of the folder."""
    address = BASE_URL.sub('', address)
    address, _hash, fragment = address.partition('#')
    if not address or '://' in address or address.startswith(('mailto:', '//')):
        return ''
    if address.startswith('/'):
        candidates = [address.strip('/')]
    else:
        here = posixpath.dirname(path)
        candidates = [posixpath.normpath(posixpath.join(here, address)).strip('/')]
        if not address.endswith(('.md', '.markdown')):  # pretty addresses are one folder deeper than their file
            candidates.append(posixpath.normpath(posixpath.join(posixpath.splitext(path)[0], address)).strip('/'))
    for candidate in candidates:
        if candidate.startswith('..'):
            continue
        found = targets.get(candidate) or targets.get(candidate.removesuffix('.html'))
        if found and found.slug:
            return f'playbook:{found.slug}' + (f'#s-{fragment}' if fragment else '')
    return ''


def outside_code(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into code (fenced blocks, code spans) and the rest, in order."""
    fence, plain, code = '', list[str](), list[str]()
    for line in text.splitlines(keepends=True):
        opened = FENCE.match(line)
        if fence:
            code.append(line)
            if opened and opened[1].startswith(fence) and not line.strip(' `~\n'):
                yield True, ''.join(code)
                fence, code = '', []
        elif opened:
            yield from _outside_spans(''.join(plain))
            fence, plain, code = opened[1], [], [line]
        else:
            plain.append(line)
    yield True, ''.join(code)
    yield from _outside_spans(''.join(plain))


def _outside_spans(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into code spans and the rest: a span ends with the next run of as many backticks (CommonMark 6.1)."""
    runs = [(run.start(), run.end()) for run in TICKS.finditer(text)]
    later: dict[int, list[int]] = {}  # length of a run -> where such runs end, the nearest last
    for start, end in reversed(runs):
        later.setdefault(end - start, []).append(end)
    at = 0
    for start, end in runs:
        ends = later[end - start]
        while ends and ends[-1] <= max(end, at):
            ends.pop()
        if start >= at and ends:
            yield False, text[at:start]
            at = ends.pop()
            yield True, text[start:at]
    yield False, text[at:]


def last_imported(playbooks: list[int]) -> dict[int, Version]:
    """The newest version of each playbook that came from a file (one query)."""
    found = Version.objects.filter(playbook__in=playbooks, source=Version.Source.IMPORT).order_by('number')
    return {version.playbook_id: version for version in found}
