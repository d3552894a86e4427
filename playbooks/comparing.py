"""Two versions side by side in time: what differs, worked out when it is first asked for and kept while it is in use.

A version never changes, so what a page says about two of them follows from what it is made of: `Asked`. Everything that
is the reader's own (since when, what to compare with) is written around it.
Source: DESIGN.md, Publishing ("shown the one diff from what they read"), and design/LOOK.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import reader
from accounts.models import User

from . import text as texts
from .kind_fields import Change, Said, changes, every_field, names_for
from .memory import Memory
from .models import Acknowledgement, Item, Playbook, Rendering, Section, Version
from .prepared import Prepared
from .rendering import WORDS_A_MINUTE, as_html
from .text.comparison import Comparison, Hunk
from .text.diff import compare
from .text.linediff import Stretch, stretches

OFFERED = 500  # versions one can choose from, the newest
MOST = 2**31 - 1  # the largest number of a version that a database takes
NOTED = 12  # of the versions from one to the other, those whose notes stand beside them
KEPT = 8_000_000  # characters of comparisons that a process keeps
ONE_COLUMN, SIDES, MARKDOWN, MARKDOWN_SIDES = 'rendered', 'sides', 'markdown', 'markdown-sides'

VERSION = ('pk', 'number', 'title', 'fields', 'text_hash', 'published_at')
ABOUT = ('playbook_pk', 'slug', 'current_number', 'current_title', 'kind_fields', 'read_number', 'read_at')


def _versions(user: User, slug: str, old: int, new: int) -> QuerySet:
    """The two versions with what is to be known of their playbook, where it is open to this person."""
    mine = Acknowledgement.objects.filter(playbook=OuterRef('playbook'), person=user)
    return (
        Version.objects.filter(
            Exists(Playbook.objects.visible_to(user).filter(pk=OuterRef('playbook'))), playbook__slug=slug
        )
        .filter(number__in=(old, new))
        .order_by('number')
        .annotate(
            playbook_pk=F('playbook__pk'),
            slug=F('playbook__slug'),
            current_number=F('playbook__current_version__number'),
            current_title=F('playbook__current_version__title'),
            kind_fields=F('playbook__kind__fields'),
            read_number=Subquery(mine.order_by('-number').values('number')[:1]),
            read_at=Subquery(mine.filter(number=OuterRef('number')).values('at')[:1]),
        )
        .values_list(*VERSION, *ABOUT)
    )


def _notes(user: User, slug: str, old: int, new: int) -> QuerySet:
    """The versions from one to the other, newest first."""
    return (
        Version.objects.filter(playbook__slug=slug, number__gte=old, number__lte=new)
        .order_by('-number')
        .annotate(writer=F('author__name'), writer_address=F('author__email'))
        .values_list('number', 'published_at', 'weight', 'note', 'writer', 'writer_address', 'author_name')[:NOTED]
    )


VERSIONS = Prepared(_versions, 'slug', numbers=('old', 'new'))
NOTES = Prepared(_notes, 'slug', numbers=('old', 'new'))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions."""

    pk: int
    number: int
    title: str
    text_hash: str
    published_at: datetime
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """One of the two or a version between them, as the list beside a comparison names it."""

    number: int
    at: datetime
    weight: str
    note: str
    author: str

    @property
    def weight_words(self) -> str:
        """How big a change it was, in words."""
        return str(Version.Weight(self.weight).label)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions that somebody asked about, and what they know of this playbook."""

    playbook_pk: int
    slug: str
    title: str
    current: int
    old: Side
    new: Side
    read_number: int | None
    old_read_at: datetime | None
    fields: tuple[Change, ...]
    notes: tuple[Note, ...]

    @property
    def releases(self) -> int:
        """How many versions came after the older one, up to the newer one."""
        return self.new.number - self.old.number

    @property
    def asks_to_read(self) -> bool:
        """Whether the newer one is the current version and they have not said that they have read it."""
        return self.new.number == self.current and (self.read_number or 0) < self.current


def two_versions(user: User, slug: str, old: int, new: int) -> Compared | None:
    """Two versions by their numbers, the older one first; None if one of them is not there for this person.

    Two queries, more only where fields name playbooks or people.
    """
    if new > MOST:
        return None
    rows = {row['number']: row for row in VERSIONS.rows(user, slug=slug, old=old, new=new)}
    if old not in rows or new not in rows:
        return None
    before, after = _side(rows[old]), _side(rows[new])
    about = rows[new]
    fields = every_field(about['kind_fields'])
    names = names_for(user, fields, before.fields, after.fields)
    return Compared(
        playbook_pk=about['playbook_pk'],
        slug=about['slug'],
        title=about['current_title'] or about['slug'],
        current=about['current_number'] or 0,
        old=before,
        new=after,
        read_number=about['read_number'],
        old_read_at=rows[old]['read_at'],
        fields=tuple(changes(fields, before.fields, after.fields, names)),
        notes=tuple(map(_note, NOTES.rows(user, slug=slug, old=old, new=new))),
    )


def _side(row: dict[str, Any]) -> Side:
    return Side(row['pk'], row['number'], row['title'], row['text_hash'], row['published_at'], row['fields'])


def _note(row: dict[str, Any]) -> Note:
    author = row['writer'] or row['writer_address'] or row['author_name']
    return Note(row['number'], row['published_at'], row['weight'], row['note'], author)


@dataclass(frozen=True, slots=True)
class Part:
    """What the page says about two versions, ready: the sentences that stand first, and everything below them.

    `refused` says why the texts cannot be compared as pages; then they are compared as Markdown.
    """

    summary: tuple[str, ...]
    html: SafeString


PARTS: Memory[Part] = Memory(KEPT, lambda part: len(part.html))
OPTIONS: Memory[dict[int, str]] = Memory(KEPT // 4, lambda options: 100 * len(options))


def part_of(asked: Compared, layout: str) -> Part:
    """The comparison in one of the layouts. Four queries where it was not asked for lately, none where it was."""
    made_of = (asked.playbook_pk, asked.slug, asked.current, asked.fields, asked.notes, layout)
    sides = tuple((side.pk, side.title, side.text_hash, side.published_at) for side in (asked.old, asked.new))
    return PARTS.get((texts.PIPELINE, reader.manner(), made_of, sides), lambda: _make(asked, layout))


def _make(asked: Compared, layout: str) -> Part:
    page: dict[str, Any] = {'asked': asked, 'layout': layout, 'more_notes': asked.releases + 1 - len(asked.notes)}
    summary: list[str] = []
    if asked.releases:
        try:
            page['comparison'], sizes = compared(asked)
        except texts.Refused as refused:
            page |= {'refused': refused, 'layout': MARKDOWN_SIDES if layout == MARKDOWN_SIDES else MARKDOWN}
        else:
            summary = page['comparison'].summary
            page['facts'] = _facts(asked, *sizes)
        if page['layout'] in (MARKDOWN, MARKDOWN_SIDES):
            page['lines'] = _stretches(asked)
            page['changes'] = [stretch.id for stretch in page['lines'] if stretch.id]
        else:
            page['changes'] = [hunk.id for hunk in page['comparison'].hunks if hunk.id]
            page['hunks'] = _written(page['comparison'].hunks, asked, page['changes'], sides=layout == SIDES)
    page |= _options(asked)
    return Part(tuple(summary), as_html(get_template('playbooks/_compared.html').render(page)))


def _written(hunks: list[Hunk], asked: Compared, changes: list[str], *, sides: bool) -> SafeString:
    """The comparison as it reads, written at once: a long text has hundreds of passages."""
    written = []
    places = _places(changes)
    for hunk in hunks:
        if hunk.id:
            html = next(places) + (_level(hunk, asked) if sides else hunk.html)
            written.append(f'<div class="hunk chg" id="{hunk.id}" tabindex="-1">{html}</div>')
        elif hunk.folded:
            written.append(f'<details class="fold"><summary>{escape(hunk.fold_text)}</summary>{hunk.html}</details>')
        else:
            written.append(hunk.html if hunk.kind == 'heading' else f'<div class="hunk">{hunk.html}</div>')
    return as_html('\n'.join(written))


def _level(hunk: Hunk, asked: Compared) -> str:
    """What changed in two columns, each side under the number of its version for who hears the page."""
    names = [f'<span class="vh">v{side.number}</span>' for side in (asked.old, asked.new)]
    rows = []
    for pair in hunk.pairs:
        cells = (f'<div>{name + html if html else ""}</div>' for name, html in zip(names, pair, strict=True))
        rows.append(f'<div class="pair">{"".join(cells)}</div>')
    return ''.join(rows)


def _places(changes: list[str]) -> Iterator[str]:
    """For each change, which it is of how many, with links to those beside it, which work without a script."""
    many, words = len(changes), escape(_('%(n)d of %(many)d'))
    before, after = escape(_('Previous')), escape(_('Next'))
    for place in range(many):
        links = f' <a href="#{changes[place - 1]}">{before}</a> <a href="#{changes[(place + 1) % many]}">{after}</a>'
        yield f'<p class="nth">{words % {"n": place + 1, "many": many}}{links if many > 1 else ""}</p>'


def compared(asked: Compared) -> tuple[Comparison, tuple[tuple[int, int], tuple[int, int]]]:
    """What differs as one reads it, with the items and minutes of both. Two queries; no text is read anew.

    Raises `text.Refused` if one of them is not stored rendered and cannot be read by this release.
    """
    documents = [_document(*found) for found in _stored(asked)]
    addresses = [reverse('playbooks:version', args=[asked.slug, side.number]) for side in (asked.old, asked.new)]
    before, after = documents
    found = compare(before, after, old_address=addresses[0], new_address=addresses[1])
    sizes = [(len(one.items), max(1, round(one.words / WORDS_A_MINUTE))) for one in documents]
    return found, (sizes[0], sizes[1])


def _stored(asked: Compared) -> list[tuple[Side, tuple[str, int] | None, list[texts.Item], list[texts.Section]]]:
    """Each version with its rendering, its items and the phases that they stand in. Two queries."""
    sides = (asked.old, asked.new)
    pks = {'old': asked.old.pk, 'new': asked.new.pk}
    html = {row['version']: (row['html'], row['words']) for row in RENDERED.rows(None, **pks)}
    items: dict[int, list[texts.Item]] = {side.pk: [] for side in sides}
    phases: dict[int, dict[int, str]] = {side.pk: {} for side in sides}
    for row in ITEMS.rows(None, **pks):
        items[row['version']].append(_item(row))
        if row['phase'] is not None:
            phases[row['version']][row['phase']] = row['phase_title'] or ''
    return [(side, html.get(side.pk), items[side.pk], _phases(phases[side.pk])) for side in sides]


def _rendered(_user: User, old: int, new: int) -> QuerySet:
    """What two versions, by their keys, look like. Who may see them was asked before."""
    found = Rendering.objects.filter(version__in=(old, new), pipeline=texts.PIPELINE)
    return found.order_by().values_list('version', 'html', 'words')


def _items(_user: User, old: int, new: int) -> QuerySet:
    """The items of two versions, each with the title of its phase."""
    section = Section.objects.filter(version=OuterRef('version'), position=OuterRef('phase')).order_by()
    found = Item.objects.filter(version__in=(old, new)).annotate(phase_title=Subquery(section.values('title')[:1]))
    return found.order_by('version', 'position').values_list('version', 'phase_title', *ITEM)


ITEM = (
    *('key', 'position', 'text', 'label_html', 'detail_html', 'kind', 'role', 'signoff', 'due', 'after', 'optional'),
    *('milestone', 'estimate', 'reads_slug', 'reads_number', 'parent_key', 'phase', 'line', 'line_end', 'content_hash'),
)
RENDERED = Prepared(_rendered, numbers=('old', 'new'))
ITEMS = Prepared(_items, numbers=('old', 'new'))


def _item(row: dict[str, Any]) -> texts.Item:
    values = {name: row[name] for name in ITEM}
    slug, number, parent = values.pop('reads_slug'), values.pop('reads_number'), values.pop('parent_key')
    values['after'] = tuple(values['after'])
    reads = texts.Link(slug, number, None, values['line']) if slug else None
    return texts.Item(**values, reads=reads, parent=parent or None, section=None, pinned=False, suffixed=False)


def _phases(titles: Mapping[int, str]) -> list[texts.Section]:
    return [
        texts.Section(position=position, level=2, text=title, anchor='', line=0, attributes={})
        for position, title in titles.items()
    ]


def _document(
    side: Side, rendered: tuple[str, int] | None, items: list[texts.Item], phases: list[texts.Section]
) -> texts.Document:
    """The document as it was recorded; read anew where this release has not rendered it yet (one query)."""
    if rendered is None:
        text = Version.objects.values_list('text', flat=True).get(pk=side.pk)
        return texts.read(text, title=side.title)
    html, words = rendered
    return texts.Document(html=html, words=words, items=items, sections=phases)


def _stretches(asked: Compared) -> list[Stretch]:
    """What differs in the Markdown. One query."""
    found = dict(Version.objects.filter(pk__in=(asked.old.pk, asked.new.pk)).values_list('pk', 'text'))
    return stretches(found[asked.old.pk], found[asked.new.pk])


def _facts(asked: Compared, was: tuple[int, int], now: tuple[int, int]) -> list[tuple[str, Said, Said]]:
    """Title and fields where they differ, items and reading time always."""
    old, new = asked.old, asked.new
    rows = [(_('Title'), Said(old.title), Said(new.title))] if old.title != new.title else []
    rows += [(change.label, change.before, change.after) for change in asked.fields]
    if was[0] or now[0]:
        rows.append((_('Steps'), Said(str(was[0])), Said(str(now[0]))))
    rows.append((_('Read'), Said(_('%s min') % was[1]), Said(_('%s min') % now[1])))
    return rows


def _options(asked: Compared) -> dict[str, SafeString]:
    """The choices of both lists, written at once: a page may have hundreds of versions. One query."""
    about = (reader.manner(), asked.playbook_pk, asked.current)
    options = dict(OPTIONS.get(about, lambda: _every_option(asked)))
    for side in (asked.old, asked.new):
        options.setdefault(side.number, _option(side.number, side.published_at))

    def chosen(number: int) -> SafeString:
        marked = options | {number: options[number].replace('<option', '<option selected')}
        return as_html(''.join(marked.values()))

    return {'olds': chosen(asked.old.number), 'news': chosen(asked.new.number)}


def _every_option(asked: Compared) -> dict[int, str]:
    versions = Version.objects.filter(playbook=asked.playbook_pk).order_by('-number')
    days = versions.values_list('number', 'published_at')[:OFFERED]
    options = {number: _option(number, at) for number, at in days}
    if asked.current in options:
        options[asked.current] = options[asked.current].replace('</', f', {escape(_("current"))}</')
    return options


def _option(number: int, at: datetime) -> str:
    return f'<option value="{number}">v{number}, {escape(reader.day(at))}</option>'


class HasFields(Protocol):
    """What holds values of a kind's fields: a version, a draft, a text about to be published."""

    @property
    def fields(self) -> Mapping[str, Any]: ...


def field_changes(user: User, playbook: Playbook, old: HasFields, new: HasFields) -> list[Change]:
    """The fields that differ, in this person's words. No query but for values that name playbooks or people."""
    fields = every_field(playbook.kind.fields)
    return changes(fields, old.fields, new.fields, names_for(user, fields, old.fields, new.fields))
