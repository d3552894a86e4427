"""Sections and items of a document, and what is wrong with them, from the same parse that renders it.

Source: DESIGN.md, The text of a checklist.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

from markdown.treeprocessors import UnescapeTreeprocessor
from markdown.util import AMP_SUBSTITUTE, HTML_PLACEHOLDER_RE

from .blocks import GitHubBlockParser, Heading, Task
from .cleaning import CONTROL, MARK
from .document import Item, Link, Mend, Problem, Section, TocEntry
from .inline import decode
from .links import ITEM_ID, SECTION_ID, Links, percent
from .mending import Mender, changed
from .notation import MAX_ANCHOR, Group, closest, key_of, numbered
from .wording import facts

MAX_SUGGESTIONS = 20  # looking for the nearest key takes time
MAX_KEYS_SEARCHED = 2_000
MAX_CYCLE_SHOWN = 10

NOT_IN_ANCHOR = re.compile(r'[^\w\- ]')
RAW_ID = re.compile(r"""\s(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Entry:
    """A task of the document on its way to be an item."""

    task: Task
    text: str
    links: list[str]  # where the label's links lead, as far as they are addresses
    key: str = ''
    suffixed: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    reads: Link | None = None
    content: Element | None = None  # the label's own text, apart from box and facts

    @property
    def pinned(self) -> bool:
        """Whether the line itself names its key."""
        return self.task.group is not None and self.task.group.key == self.key

    @property
    def after(self) -> tuple[str, ...]:
        return tuple(self.attributes['after'].split(',')) if 'after' in self.attributes else ()


class Checklist:
    """Builds a document's sections and items. First `decorate`, while the tree is being finished; then `items`."""

    def __init__(
        self, parser: GitHubBlockParser, links: Links, mender: Mender, title: str, words: Mapping[str, str]
    ) -> None:
        self.parser, self.links, self.mender, self.words = parser, links, mender, words
        self.given_title = ' '.join(title.split())
        self.title = ''
        self.sections: list[Section] = []
        self.problems: list[Problem] = []
        self.dead_anchors: list[tuple[str, int]] = []
        self.entries: list[Entry] = []
        self.anchors: dict[str, int] = {}
        self.suggestions = 0
        self._attributes: dict[Heading, dict[str, str]] = {}
        self._position: dict[Heading, int | None] = {}
        self._above: dict[Heading, Heading | None] = {}
        self._title_heading: Heading | None = None  # the heading that is no phase, because it is the title

    def decorate(self) -> None:
        """Find sections and items in the tree, and put anchors, boxes, facts and addresses into it."""
        shown = {name for name, footnote in self.parser.footnotes.items() if footnote.uses}
        tasks = [task for task in self.parser.tasks if not task.footnote or _normal(task.footnote) in shown]
        self.entries = [Entry(task, visible(task.label), self._targets(task.label)) for task in tasks]
        self.problems += [Problem(line, message, 'warning') for line, message in self.links.warnings]
        self._check_groups()
        self._read_headings()
        self._claim_keys()
        for entry in self.entries:
            inherited = self._attributes[entry.task.heading] if entry.task.heading else {}
            entry.attributes = {**inherited, **(entry.task.group.attributes if entry.task.group else {})}
        self._check_after()
        self._check_reads()
        self._point_fragments()
        by_key = {entry.key: entry for entry in self.entries}
        for entry in self.entries:
            self._draw(entry, by_key)

    # -- sections ------------------------------------------------------------------------------------------------------

    def _read_headings(self) -> None:
        """Give every heading its anchor; those outside lists, quotes and footnotes become sections."""
        above: list[Heading] = []
        for number, heading in enumerate(self.parser.headings):
            text = visible(heading.elem)
            is_title = self._is_title(heading, text, first=number == 0)
            if not self.title and heading.level == 1 and heading.is_section:
                self.title = text
            if is_title:
                self._title_heading = heading
            hidden = is_title and bool(self.given_title)
            anchor = '' if hidden else self._anchor(heading, text)
            if not heading.is_section:
                continue
            while above and above[-1].level >= heading.level:
                above.pop()
            inherited = self._attributes[above[-1]] if above else {}
            own = heading.group.attributes if heading.group else {}
            self._attributes[heading] = {**inherited, **own}
            self._above[heading] = above[-1] if above else None
            above.append(heading)
            self._position[heading] = None if hidden else len(self.sections)
            if hidden:
                self._hide(heading.elem)
            else:
                position = len(self.sections)
                attributes = dict(self._attributes[heading])
                self.sections.append(Section(position, heading.level, text, anchor, heading.line, attributes))

    def _is_title(self, heading: Heading, text: str, *, first: bool) -> bool:
        """Whether this is the document's own title: it comes first and, where a title is given, repeats it."""
        leads = first and heading.level == 1 and heading.is_section and self.parser.root[0] is heading.elem
        return leads and (not self.given_title or text == self.given_title)

    def _hide(self, elem: Element) -> None:
        root = self.parser.root
        root.text = (root.text or '') + (elem.tail or '')
        root.remove(elem)

    def _anchor(self, heading: Heading, text: str) -> str:
        """Give a heading its id (made as on GitHub, so that links made there fit) and the link to itself."""
        base = heading.group.key if heading.group and heading.group.key else ''
        base = base or NOT_IN_ANCHOR.sub('', text.lower())[:MAX_ANCHOR].replace(' ', '-') or 'section'
        name, number = base, self.anchors.get(base, 0)
        while name in self.anchors:
            number += 1
            name = f'{base}-{number}'
        self.anchors[base] = number
        self.anchors.setdefault(name, 0)
        heading.elem.set('id', f'{MARK}{SECTION_ID}{name}')
        label = escaped(self.words['anchor'].format(text=text))
        href = f'{MARK}#{SECTION_ID}{percent(name)}'
        SubElement(heading.elem, 'a', {'class': 'anchor', 'href': href, 'aria-label': label}).text = '#'
        return SECTION_ID + name

    def toc(self) -> list[TocEntry]:
        """The table of contents: all sections."""
        return [TocEntry(section.level, section.text, section.anchor) for section in self.sections]

    def _phases(self) -> dict[Heading, int | None]:
        """For each section that holds items: the position of its phase.

        Phases are the headings of the highest level that have an item at or below them; the title is none.
        """
        holding = {entry.task.heading for entry in self.entries if entry.task.heading}
        lines = {heading: [up for up in self._upwards(heading) if up is not self._title_heading] for heading in holding}
        level = min((up.level for line in lines.values() for up in line), default=0)
        return {
            heading: next((self._position[up] for up in line if up.level == level), None)
            for heading, line in lines.items()
        }

    def _upwards(self, heading: Heading) -> Iterator[Heading]:
        """A heading and those it lies below."""
        here: Heading | None = heading
        while here:
            yield here
            here = self._above[here]

    # -- keys ----------------------------------------------------------------------------------------------------------

    def _claim_keys(self) -> None:
        """Pinned keys first; then each line takes the first free of slug, slug-2, … in the order of the document."""
        taken: dict[str, int] = {}
        for entry in self.entries:
            key = entry.task.group.key if entry.task.group else ''
            if key and key in taken:
                message = f'The key “{key}” is taken by line {taken[key]}: choose another, or take it off here.'
                group = entry.task.group
                mend = self.mender.without(f'Take “#{key}” off here', group, '#') if group else None
                self.problems.append(Problem(entry.task.line, message, mend=mend))
            elif key:
                taken[key] = entry.task.line
                entry.key = key
        last: dict[str, int] = {}
        for entry in self.entries:
            if entry.key:
                continue
            base = key = key_of(entry.text)
            number = last.get(base, 1)
            while key in taken:
                number += 1
                key = numbered(base, number)
            last[base] = number
            taken[key] = entry.task.line
            entry.key, entry.suffixed = key, key != base

    # -- what may be wrong ---------------------------------------------------------------------------------------------

    def _check_groups(self) -> None:
        """What brace groups say that cannot be read, and what was meant as one."""
        pinned = {entry.task.group.key for entry in self.entries if entry.task.group}
        for group, complaint in self.parser.complaints:
            mend, inside, label = None, complaint.mended, complaint.label
            if inside is not None and complaint.key and complaint.key in pinned:
                label, inside = f'Take “#{complaint.key}” off', changed(inside, '#', '')
            elif complaint.key:
                pinned.add(complaint.key)
            if inside is not None:
                mend = self.mender.group(label, group, inside)
            self.problems.append(Problem(group.line, complaint.message, mend=mend))
        for line, stray in self.parser.strays:
            mend = self.mender.piece(stray.label, line, stray.old, stray.new)
            self.problems.append(Problem(line, stray.message, 'warning', mend))

    def _check_after(self) -> None:
        by_key = {entry.key: entry for entry in self.entries}
        for heading in self._attributes:
            if heading.group:
                self._check_known(heading.group, by_key, None)
        for entry in self.entries:
            if entry.task.group:
                self._check_known(entry.task.group, by_key, entry)
        self._check_cycles()

    def _check_known(self, group: Group, by_key: dict[str, Entry], entry: Entry | None) -> None:
        """Whether all keys in a group's `after` are those of tasks. `entry` is the task it stands at, if any."""
        keys = group.attributes.get('after', '').split(',')
        for key in filter(None, keys):
            if key in by_key:
                continue
            near = self._closest(key, by_key.keys())
            right = f'Did you mean “{near}”?' if near else 'Give the key of another task of this text.'
            if entry is None or near in keys or (near and self._waits_for(near, entry.key, by_key)):
                near = ''
            mend = self.mender.instead(
                f'Write {near} instead of {key}' if near else f'Take “{key}” out of “after”',
                group,
                'after',
                _assigned(near if one == key else one for one in keys),
            )
            message = f'“after={key}”: no task has the key “{key}”. {right}'
            self.problems.append(Problem(group.line, message, mend=mend))

    def _waits_for(self, key: str, other: str, by_key: dict[str, Entry]) -> bool:
        """Whether the task opens after the other one, if only by way of more: it must not hold that one up too."""
        seen, stack = set(), [key]
        while stack:
            key = stack.pop()
            if key == other:
                return True
            if key not in seen and key in by_key:
                seen.add(key)
                stack += by_key[key].after
        return False

    def _closest(self, name: str, known: Collection[str]) -> str:
        self.suggestions += 1
        if self.suggestions > MAX_SUGGESTIONS or len(known) > MAX_KEYS_SEARCHED:
            return ''
        return closest(name, sorted(known))

    def _check_cycles(self) -> None:
        """Name each circle of tasks that open after one another: none of them would ever open."""
        entries = {entry.key: entry for entry in self.entries}
        done: set[str] = set()
        for start, first in entries.items():
            if start in done:
                continue
            path: dict[str, None] = {start: None}
            rest = [iter(first.after)]
            while rest:
                key = next(rest[-1], None)
                if key is None:
                    done.add(path.popitem()[0])
                    rest.pop()
                elif key in path:
                    self._report_cycle(list(path), key, entries)
                elif key in entries and key not in done:
                    path[key] = None
                    rest.append(iter(entries[key].after))

    def _report_cycle(self, path: list[str], key: str, entries: dict[str, Entry]) -> None:
        cycle = path[path.index(key) :]
        line = min(entries[member].task.line for member in cycle)
        if len(cycle) == 1:
            message = f'“{key}” opens after itself: take it out of its “after”.'
        else:
            shown = cycle if len(cycle) <= MAX_CYCLE_SHOWN else [*cycle[:MAX_CYCLE_SHOWN], '…']
            circle = ' → '.join([*shown, key])
            message = f'These tasks open after one another in a circle: {circle}. Take one “after” out.'
        self.problems.append(Problem(line, message, mend=self._opened(cycle, entries)))

    def _opened(self, cycle: list[str], entries: dict[str, Entry]) -> Mend | None:
        """The circle broken: where its last task says, or else the heading above, what it opens after."""
        entry, key = entries[cycle[-1]], cycle[0]
        above = self._upwards(entry.task.heading) if entry.task.heading else iter(())
        groups = [entry.task.group, *(heading.group for heading in above)]
        saying = [group for group in groups if group and 'after' in group.attributes]
        if not saying:
            return None
        left = _assigned(one for one in saying[0].attributes['after'].split(',') if one != key)
        if not left and len(saying) > 1 and key in saying[1].attributes['after'].split(','):
            return None  # what holds then says the same
        return self.mender.instead(f'Let “{cycle[-1]}” not wait for “{key}”', saying[0], 'after', left)

    def _check_reads(self) -> None:
        self._task_elems = {entry.task.elem for entry in self.entries}
        for entry in self.entries:
            if entry.attributes.get('kind') != 'read':
                continue
            task = entry.task
            label = task.label.iter('a') if task.label is not None else iter(())
            links = [self.links.by_element.get(elem) for elem in chain(label, self._detail_links(task))]
            entry.reads = next((link for link in links if link and link.slug), None)
            if entry.reads is None:
                by_title = any(link and link.title for link in links)
                needed = 'a link by address' if by_title else 'a link to it'
                message = (
                    f'A task to read something needs {needed}, as [How we prioritize](playbook:prioritization). '
                    'Add one, or take kind=read away.'
                )
                self.problems.append(Problem(task.line, message, mend=self._no_reading(task)))

    def _no_reading(self, task: Task) -> Mend | None:
        """The task as one to do."""
        label, group = 'Make it a task to do', task.group
        inherited = self._attributes[task.heading].get('kind') if task.heading else None
        if group is None or 'kind' not in group.attributes:
            return self.mender.added(label, task.line, group, 'kind=do')
        return self.mender.instead(label, group, 'kind', 'kind=do' if inherited else '')

    def _detail_links(self, task: Task) -> Iterator[Element]:
        """The links in a task's details, without those of tasks within it."""
        stack = [child for child in reversed(task.elem) if child is not task.label]
        while stack:
            elem = stack.pop()
            if elem in self._task_elems:
                continue
            if elem.tag == 'a':
                yield elem
            stack.extend(reversed(elem))

    # -- links within the document -------------------------------------------------------------------------------------

    def _point_fragments(self) -> None:
        """Let links to headings and items lead there; both have a prefix, so that they clash with nothing around."""
        keys = {entry.key for entry in self.entries}
        raw_ids = {name for html in self.parser.md.htmlStash.rawHtmlBlocks for name in RAW_ID.findall(str(html))}
        for elem, written, line in self.links.fragments:
            name = unquote(written)
            target = SECTION_ID + name
            if name not in self.anchors and name in keys:
                target = ITEM_ID + name
            elif name not in self.anchors and name not in raw_ids:
                if name.lower() in self.anchors:
                    target = SECTION_ID + name.lower()
                else:
                    self._warn_dead('#', written, keys | self.anchors.keys(), line)
            elem.set('href', f'{MARK}#{percent(target)}')
        for elem, key, line in self.links.to_own_item():
            elem.set('href', f'{MARK}#{percent(ITEM_ID + key)}')
            if key not in keys:
                self._warn_dead('playbook:#', key, keys, line)

    def _warn_dead(self, before: str, name: str, known: set[str], line: int) -> None:
        written = before + name
        self.dead_anchors.append((name, line))
        near = self._closest(unquote(name)[:80], known)
        mend = self.mender.piece(f'Link to “{near}”', line, f']({written})', f']({before}{near})') if near else None
        right = f' Did you mean “{near}”?' if near else ''
        short = written if len(written) <= 80 else written[:80] + '…'
        message = f'The link to “{short}” leads to nothing in this text.{right}'
        self.problems.append(Problem(line, message, 'warning', mend))

    def _targets(self, label: Element | None) -> list[str]:
        """Where the links of a label lead: with another address the task is another."""
        found = []
        for elem in label.iter('a') if label is not None else ():
            link = self.links.by_element.get(elem)
            if link and link.title:
                found.append(f'[[{link.title}]]')
            else:
                found.append(f'{link.slug}@{link.number}#{link.item}' if link else elem.get('href', ''))
        return [target for target in found if target]

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _draw(self, entry: Entry, by_key: Mapping[str, Entry]) -> None:
        """Give a task its box, with a name, its text, and behind it the facts in people's words."""
        task = entry.task
        task.elem.set('class', 'task')
        task.elem.set('id', f'{MARK}{ITEM_ID}{entry.key}')
        name = self.words['task'].format(text=entry.text) if entry.text else self.words['task without text']
        box = Element('input', {'disabled': 'disabled', 'aria-label': escaped(name)})
        if task.checked:
            box.set('checked', 'checked')
        box.tail = ' '
        drawn = [box]
        if task.label is not None:
            entry.content = Element('span', {'class': 'label'})
            entry.content.text, task.label.text = task.label.text, None
            entry.content.extend(task.label)
            task.label[:] = []
            drawn.append(entry.content)
        after = [by_key[key].text or key for key in entry.after if key in by_key]
        if phrases := facts(entry.attributes, after, self.words, kind=entry.attributes.get('kind', 'do')):
            drawn[-1].tail = ' '
            drawn.append(Element('span', {'class': 'own'}))
            drawn[-1].text = escaped(' · '.join(phrases))
        host = task.elem if task.label is None else task.label
        for position, elem in enumerate(drawn):
            host.insert(position, elem)

    # -- items ---------------------------------------------------------------------------------------------------------

    def items(self, text: str, write: Callable[[Element], str]) -> list[Item]:
        """The items, with the HTML of their labels and details. Takes the tree apart: render it first."""
        details = self._details(write)
        source = text.split('\n')
        own_lines = self._own_lines(source)
        phases = self._phases()
        keys = {entry.task: entry.key for entry in self.entries}
        found = []
        for position, (entry, detail) in enumerate(zip(self.entries, details, strict=True)):
            task, said = entry.task, entry.attributes
            found.append(
                Item(
                    key=entry.key,
                    pinned=entry.pinned,
                    suffixed=entry.suffixed,
                    position=position,
                    text=entry.text,
                    label_html=write(_bare(entry.content)) if entry.content is not None else '',
                    detail_html=detail,
                    kind=said.get('kind', 'do'),
                    role=said.get('role', ''),
                    signoff=said.get('signoff', ''),
                    due=said.get('due', ''),
                    after=entry.after,
                    optional='optional' in said,
                    milestone='milestone' in said,
                    estimate=said.get('estimate', ''),
                    reads=entry.reads,
                    parent=keys.get(task.parent) if task.parent else None,
                    section=self._position[task.heading] if task.heading else None,
                    phase=phases[task.heading] if task.heading else None,
                    line=task.line,
                    line_end=task.end,
                    content_hash=_content_hash(entry, own_lines[task]),
                )
            )
        return found

    def _details(self, write: Callable[[Element], str]) -> list[str]:
        """The HTML of what each task holds besides its label, without the tasks in it."""
        tasks, details = {entry.task.elem for entry in self.entries}, []
        for entry in reversed(self.entries):  # innermost first: so each element is written out once
            task = entry.task
            for tasklist in task.lists:
                tasklist[:] = [item for item in tasklist if item not in tasks]
                if not len(tasklist):
                    tasklist.tag = tasklist.text = None  # type: ignore[assignment]  # written as nothing
            content = _nameless()
            content.text = task.elem.text
            drawn = {task.label}
            if task.label is None:
                drawn = {child for child in task.elem if child.get('class') == 'own' or child.tag == 'input'}
            for child in task.elem:
                if child not in drawn:
                    content.append(child)
                elif child.tail and child.tail.strip():
                    content.text = (content.text or '') + child.tail
            details.append(write(content) if len(content) or (content.text or '').strip() else '')
        return details[::-1]

    def _own_lines(self, source: list[str]) -> dict[Task, str]:
        """The source of each task's details, without the tasks in it and without what indentation and ends add."""
        inner: dict[Task, list[Task]] = {}
        for entry in self.entries:
            if entry.task.parent:
                inner.setdefault(entry.task.parent, []).append(entry.task)
        found = {}
        for entry in self.entries:
            task, lines, number = entry.task, [], entry.task.label_end + 1
            for child in inner.get(task, ()):
                lines += source[number - 1 : child.line - 1]
                number = max(number, child.end + 1)
            lines += source[number - 1 : task.end]
            found[task] = _normal_source(lines)
        return found


def visible(elem: Element | None) -> str:
    """The text of an element as a reader sees it, on one line: without raw HTML, with the descriptions of pictures."""
    if elem is None:
        return ''
    pictures = list(elem.iter('img'))
    for picture in pictures:
        picture.text = picture.get('alt')  # so that itertext() comes by it
    text = ''.join(elem.itertext())
    for picture in pictures:
        picture.text = None
    if '\x02' in text:
        text = HTML_PLACEHOLDER_RE.sub('', text.replace(AMP_SUBSTITUTE, '&'))
        text = UnescapeTreeprocessor().unescape(text)
    return ' '.join(CONTROL.sub('\ufffd', decode(text)).split())


def escaped(text: str) -> str:
    """Plain text for the tree, whose serializer leaves character references as they are."""
    return text.replace('&', '&amp;')


def _assigned(keys: Iterable[str]) -> str:
    """`after` with these keys, or '' if none is left."""
    left = ','.join(dict.fromkeys(filter(None, keys)))
    return f'after={left}' if left else ''


def _normal(name: str) -> str:
    return ' '.join(name.casefold().split())


def _nameless() -> Element:
    """An element that is written without tags of its own."""
    elem = Element('div')
    elem.tag = None  # type: ignore[assignment]
    return elem


def _bare(elem: Element) -> Element:
    """What an element holds, in one that is written without tags."""
    bare = _nameless()
    bare.text = elem.text
    bare.extend(elem)
    return bare


def _normal_source(lines: list[str]) -> str:
    """Lines without trailing space, blank lines around them, and the indentation they share."""
    lines = [line.expandtabs(4).rstrip() for line in lines]
    filled = [line for line in lines if line]
    if not filled:
        return ''
    shared = min(len(line) - len(line.lstrip(' ')) for line in filled)
    return '\n'.join(line[shared:] for line in lines).strip('\n')


def _content_hash(entry: Entry, details: str) -> str:
    """What makes an item changed: what it says and asks, not when it is due or where it stands."""
    said = entry.attributes
    content = [
        entry.text,
        entry.links,
        details,
        said.get('kind', 'do'),
        said.get('role', ''),
        said.get('signoff', ''),
        'optional' in said,
        sorted(entry.after),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
