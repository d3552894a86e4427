"""What changed between two documents, as they are read: rendered, by words, with unchanged parts folded.

    comparison = compare(old, new, old_address=..., new_address=...)
    comparison.summary   # ['2 passages changed.', '62 words added, 31 removed.', 'Items: 2 reworded.']
    comparison.hunks     # the document in order: changed passages, headings above them, folds
    comparison.items     # what happened to items, by key; `item_lines` says it in words

The HTML of a hunk holds nothing but elements, attributes and text of the two documents, `ins` and `del` around text,
`value` on list items (so that numbers stay right) and empty table cells. It is as safe as they are; like a document's
own HTML it is a plain string until the page marks it. A document's own `ins` and `del` are shown as `u` and `s`.

Cost: about linear, and what is the same to the letter is hardly looked at. What could grow faster (aligning, finding
pairs) has limits in `alignment` and here, under which a text of the largest size and its complete opposite take about a
second.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise

from .alignment import align, heaviest_rising
from .comparison import Comparison, Hunk, Part
from .document import Document, Item
from .htmltree import HEADINGS, HERE, WRITTEN_ANEW, Node, Tree, top_level
from .links import ITEM_ID
from .matching import changes
from .worddiff import Tally, compare_words, mark_all

# Blocks nested deeper than this are shown as removed and added, not compared further.
DEEPEST = 40
# Longer runs of blocks that are the same are folded.
SHOWN_SAME = 2
# Two blocks are versions of one another if they share this part of their words: text, and lists and tables with more
# inside.
LIKE_TEXT, LIKE_CONTAINER, LIKE_ALONE = 0.4, 0.25, 0.25
# A word in more blocks of a gap than this says nothing about which of them belong together.
COMMON_WORD = 12
LISTS = frozenset(('ul', 'ol'))
CELLS = frozenset(('td', 'th'))
TASKS = re.compile(rf'<li\b[^>]* id="({ITEM_ID}[^"]*)"')
PLAIN_HEADING = re.compile(r'<(h[1-6]) id="[^"]*">([^<]+)<a [^>]*\bclass="anchor"[^>]*>#</a></\1>\s*')
SIMPLE = re.compile(r'<(p|ul|ol|pre|blockquote|div)\b')
SPANS = re.compile(r' (?:col|row)span=')
# Parts of which there is one: they are compared, however little they share.
ONE_OF_ITS_KIND = frozenset(('caption', 'figcaption', 'summary', 'tbody', 'tfoot', 'thead'))

Pair = tuple[Node | None, Node | None]


def compare(old: Document, new: Document, *, old_address: str = '', new_address: str = '') -> Comparison:
    """Compare two documents as their readers see them, and their items by key.

    The addresses are those of the pages that show the documents whole: links within a document lead there. Without
    them such links stay as they are.
    """
    tally = Tally()
    return Comparison(
        hunks=_hunks(_Documents(old.html, new.html, old_address, new_address, tally).entries()),
        words_added=tally.added,
        words_removed=tally.removed,
        items=changes(old, new),
        texts={item.key: item.text for document in (old, new) for item in document.items},
    )


def compare_items(old: Item, new: Item) -> str:
    """One item's text and details compared by words, as HTML, for asking what a change means, or to check again."""
    return f'<p>{marked(old.label_html, new.label_html)}</p>{marked(old.detail_html, new.detail_html)}'


def alike(olds: list[Node], news: list[Node]) -> list[tuple[int, int]]:
    """Which of the blocks are versions of one another, both rising."""
    return heaviest_rising(_Differ(set(), set(), Tally()).likenesses(olds, news)) if olds and news else []


def marked(old: str, new: str) -> str:
    """Two pieces of safe HTML as one, everything shown, with what went and came marked."""
    before, after = Tree(old), Tree(new)
    return _Differ(before.tasks, after.tasks, Tally()).whole(before, after)


@dataclass(slots=True)
class _Frame:
    """What a part of a list or table must stand in: the start (for a table with its header row) and the end."""

    opening: str
    closing: str


@dataclass(slots=True)
class _Entry:
    """One block of the comparison in order, before entries are gathered into hunks."""

    kind: str
    html: str
    unit: str = 'paragraph'
    frame: _Frame | None = None
    weight: int = 1
    level: int = 0
    text: str = ''
    number: int | None = None  # that an item of an ordered list had


class _Documents:
    """Compares two documents: what is the same to the letter is left alone, only what lies between is taken apart."""

    def __init__(self, old: str, new: str, old_address: str, new_address: str, tally: Tally) -> None:
        self.olds, self.news = top_level(old), top_level(new)
        self.old_address, self.new_address = old_address, new_address
        self.differ = _Differ(set(TASKS.findall(old)), set(TASKS.findall(new)), tally)

    def entries(self) -> Iterator[_Entry]:
        """The comparison in order, every link within a document leading to the version it is of."""
        address = escape(self.new_address)  # what was written of the old version has its own already
        for entry in self._entries():
            if address and HERE in entry.html:
                entry.html = entry.html.replace(HERE, address)
            if address and entry.frame:
                entry.frame.opening = entry.frame.opening.replace(HERE, address)
            yield entry

    def _entries(self) -> Iterator[_Entry]:
        i = j = 0
        for end, new_end in [*align(self.olds, self.news), (len(self.olds), len(self.news))]:
            if i < end or j < new_end:
                before = Tree(''.join(self.olds[i:end]), self.old_address)
                after = Tree(''.join(self.news[j:new_end]), self.new_address)
                yield from self.differ.entries(before.root.children, after.root.children)
            if end < len(self.olds):
                yield from self._same(self.news[new_end])
            i, j = end + 1, new_end + 1

    def _same(self, html: str) -> Iterator[_Entry]:
        """Blocks that are in both, without taking them apart where everything about them can be seen from outside."""
        if heading := PLAIN_HEADING.fullmatch(html):
            tag, text = heading[1], heading[2]
            yield _Entry('same', f'<{tag}>{text}</{tag}>', level=int(tag[1]), text=' '.join(unescape(text).split()))
        elif (simple := SIMPLE.match(html)) and html.count(f'</{simple[1]}>') == 1 and not WRITTEN_ANEW.search(html):
            is_list = simple[1] in LISTS
            if is_list and html.count('</ul>') + html.count('</ol>') > 1:
                yield from self._parsed(html)
            elif is_list:
                yield _Entry('same', html.rstrip(), unit='item', weight=html.count('</li>'))
            else:
                yield _Entry('same', html.rstrip())
        else:
            yield from self._parsed(html)

    def _parsed(self, html: str) -> Iterator[_Entry]:
        blocks = Tree(html, self.new_address).root.children
        return self.differ.entries(blocks, blocks)


class _Differ:
    """Pairs the blocks of two trees and writes them as one; `olds` and `news` are the tasks of the whole documents."""

    def __init__(self, olds: set[str], news: set[str], tally: Tally) -> None:
        self.olds = olds
        self.news = news
        self.tally = tally

    def whole(self, before: Tree, after: Tree) -> str:
        """Everything as one piece of HTML."""
        return self._children(before.root, after.root, 0)

    def entries(self, olds: list[Node], news: list[Node]) -> Iterator[_Entry]:
        """The comparison block by block; lists and tables that changed, item by item and row by row."""
        for old, new in self._script(olds, news):
            if old and new and old.html != new.html:
                yield from self._framed(old, new) or [self._entry(old, new)]
            else:
                yield self._entry(old, new)

    def _entry(self, old: Node | None, new: Node | None) -> _Entry:
        kind, html = self._written(old, new)
        node = new or old
        entry = _Entry(kind, html)
        if node and node.tag in LISTS:
            entry.unit, entry.weight = 'item', len(node.children)
        elif node and node.tag in HEADINGS:
            entry.level, entry.text = int(node.tag[1]), node.text
        return entry

    def _written(self, old: Node | None, new: Node | None, depth: int = 0) -> tuple[str, str]:
        """Kind and HTML of a block that was, or is, or both."""
        if not old or not new:
            self.tally.marks += 1  # also where there is no text
            if new:
                return 'added', mark_all(new, 'ins', self.tally)
            return 'removed', mark_all(old, 'del', self.tally) if old else ''
        marked = self.tally.marks
        html = self._pair(old, new, depth)
        return ('same' if self.tally.marks == marked else 'changed'), html

    def _pair(self, old: Node, new: Node, depth: int) -> str:
        """Two blocks of one kind as one."""
        if old.html == new.html:
            return new.html
        if depth > DEEPEST:
            return mark_all(old, 'del', self.tally) + mark_all(new, 'ins', self.tally)
        if not old.has_block and not new.has_block:
            return f'{new.opening}{compare_words(old, new, self.tally)}{new.closing}'
        if new.tag == 'table':
            framed = self._rows(old, new)
            if not framed:
                return mark_all(old, 'del', self.tally) + mark_all(new, 'ins', self.tally)
            frame, entries = framed
            return frame.opening + ''.join(entry.html for entry in entries) + frame.closing
        return f'{new.opening}{self._children(old, new, depth + 1)}{new.closing}'

    def _children(self, old: Node, new: Node, depth: int) -> str:
        numbers = _Numbers(old, new) if new.tag == 'ol' else None
        written = []
        for was, now in self._script(old.children, new.children):
            html = self._written(was, now, depth)[1]
            written.append(numbers.put(html, was, now) if numbers else html)
        return '\n'.join(written)

    # Parts of lists and tables

    def _framed(self, old: Node, new: Node) -> list[_Entry]:
        """The items or rows of two lists or tables, each with its frame; [] if they cannot be taken apart."""
        if new.tag in LISTS:
            frame = _Frame(new.opening, new.closing)
            numbers = _Numbers(old, new) if new.tag == 'ol' else None
            entries = []
            for was, now in self._script(old.children, new.children):
                entry = self._entry(was, now)
                entry.frame, entry.unit, entry.weight, entry.level = frame, 'item', 1, 0
                if numbers:
                    entry.number = numbers.old
                    entry.html = numbers.put(entry.html, was, now)
                entries.append(entry)
            return entries
        around = []
        while new.tag == 'div' and [node.tag for node in old.children] == [node.tag for node in new.children]:
            if len(new.children) != 1:
                return []
            around.append(new)
            old, new = old.children[0], new.children[0]
        if new.tag != 'table' or not (framed := self._rows(old, new)):
            return []
        frame, entries = framed
        frame.opening = ''.join(node.opening for node in around) + frame.opening
        frame.closing += ''.join(node.closing for node in reversed(around))
        return entries

    def _rows(self, old: Node, new: Node) -> tuple[_Frame, list[_Entry]] | None:
        """The rows of two tables, cell by cell; None if they have no column in common or are not like GitHub's."""
        was, now = _Table.of(old), _Table.of(new)
        if not was or not now or not (columns := self._columns(was.head, now.head)):
            return None
        marked = self.tally.marks
        head = self._row(was.head, now.head, columns)
        body = now.body or was.body
        frame = _Frame(
            f'{new.opening}{now.thead.opening}{head}{now.thead.closing}{body.opening if body else ""}',
            f'{body.closing if body else ""}{new.closing}',
        )
        entries = []
        if self.tally.marks > marked:
            entries.append(_Entry('changed', '', unit='row', frame=frame, weight=0))
        for before, after in self._script(was.rows, now.rows):
            marked = self.tally.marks
            html = self._row(before, after, columns)
            kind = 'same' if self.tally.marks == marked else 'changed'
            if not before or not after:
                kind = 'added' if after else 'removed'
            entries.append(_Entry(kind, html, unit='row', frame=frame))
        return frame, entries

    def _columns(self, old: Node, new: Node) -> list[tuple[int | None, int | None]]:
        """Which columns went and came, by the cells of two header rows; [] if none stayed."""
        old_at = {id(cell): place for place, cell in enumerate(old.children)}
        new_at = {id(cell): place for place, cell in enumerate(new.children)}
        columns: list[tuple[int | None, int | None]] = []
        gone: list[int] = []
        came: list[int] = []

        def settle() -> None:
            # As many came as went: then their headings were reworded.
            pairs = zip(gone, came, strict=True) if len(gone) == len(came) else None
            columns.extend(pairs or [*((place, None) for place in gone), *((None, place) for place in came)])
            gone.clear()
            came.clear()

        for was, now in self._script(old.children, new.children):
            if was and now:
                settle()
                columns.append((old_at[id(was)], new_at[id(now)]))
            elif was:
                gone.append(old_at[id(was)])
            elif now:
                came.append(new_at[id(now)])
        settle()
        return columns if any(was is not None and now is not None for was, now in columns) else []

    def _row(self, old: Node | None, new: Node | None, columns: list[tuple[int | None, int | None]]) -> str:
        """One row; a cell that only the other version has is empty."""
        node = new or old
        if not node:
            return ''
        cells = []
        for was, now in columns:
            before = old.children[was] if old and was is not None else None
            after = new.children[now] if new and now is not None else None
            cells.append(self._written(before, after)[1] if before or after else '<td></td>')
        return node.opening + ''.join(cells) + node.closing

    # Which blocks belong together

    def _script(self, olds: list[Node], news: list[Node]) -> list[Pair]:
        """Two rows of blocks as one: both versions of what stayed, one of what went or came, in reading order."""
        found: list[Pair] = []
        i = j = 0
        pairs = align([node.html for node in olds], [node.html for node in news])
        for end, new_end in [*pairs, (len(olds), len(news))]:
            found += self._gap(olds[i:end], news[j:new_end])
            if end < len(olds):
                found.append((olds[end], news[new_end]))
            i, j = end + 1, new_end + 1
        return found

    def _gap(self, olds: list[Node], news: list[Node]) -> list[Pair]:
        """The same for blocks of which none is equal: those that are alike are versions of one another."""
        found: list[Pair] = []
        i = j = 0
        pairs = heaviest_rising(self.likenesses(olds, news)) if olds and news else []
        for end, new_end in [*pairs, (len(olds), len(news))]:
            found += [(node, None) for node in olds[i:end]]
            found += [(None, node) for node in news[j:new_end]]
            if end < len(olds):
                found.append((olds[end], news[new_end]))
            i, j = end + 1, new_end + 1
        return found

    def likenesses(self, olds: list[Node], news: list[Node]) -> Iterable[tuple[int, int, float]]:
        """Pairs of blocks that are alike enough: those with rare words in common, with one key, or in one place."""
        where: defaultdict[str, list[int]] = defaultdict(list)
        for j, node in enumerate(news):
            for word in node.words:
                where[word].append(j)
        keys = {node.task: j for j, node in enumerate(news) if node.task}
        alone = len(olds) == len(news) == 1
        for i, old in enumerate(olds):
            shared = Counter(
                j for word in old.words if len(where.get(word, ())) <= COMMON_WORD for j in where.get(word, ())
            )
            candidates = {j for j, _ in shared.most_common(6)}
            candidates.update((min(i, len(news) - 1), max(0, len(news) - len(olds) + i)))
            if old.task in keys:
                candidates.add(keys[old.task])
            for j in sorted(candidates):
                if likeness := self._likeness(old, news[j], alone):
                    yield i, j, likeness

    def _likeness(self, old: Node, new: Node, alone: bool) -> float:
        """How much two blocks look like versions of one another; 0 if they do not, or cannot be."""
        if old.tag != new.tag and not {old.tag, new.tag} <= {'', 'p'}:
            return 0
        if old.task and new.task:
            if old.task == new.task:
                return 3
            if old.task in self.news or new.task in self.olds:
                return 0
        if old.tag in ONE_OF_ITS_KIND:
            return 2
        shared = 2 * len(old.words & new.words) / (len(old.words) + len(new.words) or 1)
        container = (old.has_block or new.has_block) and new.tag != 'li'
        needed = LIKE_ALONE if alone else LIKE_CONTAINER if container else LIKE_TEXT
        return shared if shared >= needed else 0


class _Numbers:
    """Numbers the items of an ordered list: as they are now, and what went as it was."""

    def __init__(self, old: Node, new: Node) -> None:
        self.old, self.new = _first_number(old), _first_number(new)

    def put(self, html: str, was: Node | None, now: Node | None) -> str:
        """The item with its number; call it for each in turn."""
        number = self.new if now else self.old
        self.old += bool(was)
        self.new += bool(now)
        return f'<li value="{number}"{html[3:]}' if html.startswith('<li') else html


def _first_number(node: Node) -> int:
    match = re.search(r' start="(-?\d{1,9})"', node.opening)
    return int(match[1]) if match else 1


@dataclass(slots=True)
class _Table:
    """A table as GitHub makes them: a header of one row, perhaps a body, the same number of cells in each row."""

    thead: Node
    head: Node
    body: Node | None
    rows: list[Node]

    @classmethod
    def of(cls, table: Node) -> '_Table | None':
        """Take a table apart; None if it is any other."""
        tags = [node.tag for node in table.children]
        if tags not in (['thead'], ['thead', 'tbody']) or len(table.children[0].children) != 1:
            return None
        thead, body = table.children[0], table.children[1] if len(tags) > 1 else None
        rows = body.children if body else []
        head = thead.children[0]
        for row in [head, *rows]:
            if row.tag != 'tr' or len(row.children) != len(head.children):
                return None
            if any(cell.tag not in CELLS or SPANS.search(cell.opening) for cell in row.children):
                return None
        return cls(thead, head, body, rows)


def _hunks(entries: Iterable[_Entry]) -> list[Hunk]:
    """Gather entries: neighbors that changed, headings above them, and runs of what is the same."""
    every = list(entries)
    shown = _headings_above_changes(every)
    hunks: list[Hunk] = []
    run: list[_Entry] = []
    above = section = ''  # the heading above the run, and the latest one
    changes_so_far = 0
    for place, entry in enumerate(every):
        same = entry.kind == 'same'
        if run and (place in shown or same != (run[0].kind == 'same') or (entry.level and not same)):
            changes_so_far += run[0].kind != 'same'
            hunks.append(_hunk(run, above, changes_so_far))
            run = []
        if not run:
            above = section
        if entry.level and entry.kind != 'removed':
            section = entry.text
        if place in shown:
            hunks.append(Hunk('heading', entry.html, label=section))
        else:
            run.append(entry)
    if run:
        hunks.append(_hunk(run, above, changes_so_far + 1))
    return hunks


def _headings_above_changes(entries: list[_Entry]) -> set[int]:
    """Places of unchanged headings under which something changed: the nearest and those that it is under."""
    shown: set[int] = set()
    above: list[int] = []
    for place, entry in enumerate(entries):
        if entry.level and entry.kind != 'removed':
            while above and entries[above[-1]].level >= entry.level:
                above.pop()
        if entry.kind != 'same':
            shown.update(heading for heading in above if entries[heading].kind == 'same')
        if entry.level and entry.kind != 'removed':
            above.append(place)
    return shown


def _hunk(run: list[_Entry], above: str, number: int) -> Hunk:
    """One hunk from neighbors; what belongs in a list or table stands in one."""
    written = []
    frame = None
    for entry in run:
        if entry.frame is not frame:
            if frame:
                written.append(frame.closing)
            frame = entry.frame
            if frame:
                written.append(frame.opening)
        written.append(entry.html)
    if frame:
        written.append(frame.closing)
    counted = [entry for entry in run if not entry.level] or run
    kinds, units = {entry.kind for entry in run}, {entry.unit for entry in counted}
    kind = kinds.pop() if len(kinds) == 1 else 'changed'
    blocks = sum(entry.weight for entry in counted)
    return Hunk(
        kind=kind,
        html='\n'.join(written),
        id='' if kind == 'same' else f'c{number}',
        label=next((entry.text for entry in run if entry.level), above),
        blocks=blocks,
        unit=units.pop() if len(units) == 1 else 'part',
        folded=kind == 'same' and blocks > SHOWN_SAME,
        parts=() if kind == 'same' else tuple(_parts(run)),
    )


def _parts(run: list[_Entry]) -> Iterator[Part]:
    """What stands level in two columns: each block and each item of a list by itself, the rows of a table together."""
    rows: list[_Entry] = []
    for entry, following in pairwise([*run, None]):
        assert entry is not None
        frame = entry.frame
        if entry.unit == 'row' and frame:
            rows.append(entry)
            if following is None or following.frame is not frame:
                yield Part('changed', frame.opening + ''.join(row.html for row in rows) + frame.closing)
                rows = []
        elif frame:
            yield Part(entry.kind, entry.html, frame.opening, frame.closing, entry.number)
        else:
            yield Part(entry.kind, entry.html)
