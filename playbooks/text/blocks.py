"""Block structure of GitHub's Markdown, as a Python-Markdown block parser.

Takes the lines of a document. Gives an ElementTree of block elements whose leaves (p, h1-h6, th, td) still hold raw
inline text, plus the records other steps need: tasks, headings, footnotes and fences, each with its source line.

The method is CommonMark's own (https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy): read one line at a
time against a stack of open containers (lists, list items, quotes, footnotes) and at most one open leaf (paragraph,
fence, indented code, raw HTML, table). Every line costs time in proportion to its length, and nothing recurses.
GitHub's additions (tables, task items) follow https://github.github.com/gfm/ and, where that is silent, what cmark-gfm
does.

The module is longer than most of ours: one method of one algorithm, which reads worse in pieces.
"""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.util import AtomicString, code_escape

from . import rawhtml, tables
from .document import Refused
from .notation import GROUP, Complaint, Group, Stray, is_notation, read_group, stray

MAX_DEPTH = 100  # nested lists, items and quotes; the deepest real file we know needs 17
MAX_BLOCKS = 50_000  # blocks and table cells in one document; headings, which cost more, count three times
MAX_TASKS = 6_000

SPACES = re.compile(r' *')
ATX = re.compile(r'(#{1,6})(?= |$)')
SETEXT = re.compile(r'(=+|-+) *$')
RULE = re.compile(r'(?:(?:\* *+){3,}|(?:- *+){3,}|(?:_ *+){3,})$')
FENCE = re.compile(r'(`{3,})([^`]*)$|(~{3,})(.*)$')
MARKER = re.compile(r'(?:([-+*])|([0-9]{1,9})([.)]))(?= |$)')
TASK = re.compile(r'\[([ xX])\](?= )')
FOOTNOTE = re.compile(r'\[\^([^\]\s]{1,100})\]: *')
CALLOUT = re.compile(r'\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] *(?:\n|$)', re.IGNORECASE)
REFERENCE = re.compile(
    r' {0,3}\[((?:[^\[\]\\]|\\.){1,999}+)\]: *\n? *(<(?:[^<>\n\\]|\\.)*+>|[^\s<]\S*+)'
    r'(?:(?: +| *\n *)("(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\'|\((?:[^()\\]|\\.)*+\)))? *(?:\n|$)',
    re.DOTALL,
)


@dataclass(slots=True, eq=False)
class Heading:
    """A heading: its element, level, source line and brace group. `is_section`: it stands in no list, quote or
    footnote."""

    elem: Element
    level: int
    line: int
    group: Group | None = None
    is_section: bool = False


@dataclass(slots=True, eq=False)
class Task:
    """A task item: its `li`, first and last source line, tick, enclosing task, section and brace group.

    `label` is the element that holds its first paragraph, which ends on `label_end`; `lists` are those in which tasks
    right below this one live; `footnote` is the footnote it stands in, if any.
    """

    elem: Element
    line: int
    end: int
    checked: bool
    parent: 'Task | None'
    heading: Heading | None
    footnote: str
    group: Group | None = None
    label: Element | None = None
    label_end: int = 0
    lists: list[Element] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Footnote:
    """A footnote: its content, source line, and (once the text is read) its number and how often it is referred to."""

    elem: Element
    line: int
    number: int = 0
    uses: int = 0


@dataclass(slots=True, eq=False)
class Fence:
    """A code block with a language, to be highlighted."""

    elem: Element
    language: str
    source: str


@dataclass(slots=True, eq=False)
class Container:
    """An open container. `width` is how far the content of an item or footnote is indented from its parent's."""

    kind: str  # 'document', 'quote', 'list', 'item' or 'footnote'
    elem: Element
    width: int = 0
    marker: str = ''  # for a list: its bullet, or the sign after its numbers; for a footnote: its name
    loose: bool = False  # for a list: some blank line lies between its items or their blocks
    filled: bool = False  # whether it holds any block yet
    task: Task | None = None


@dataclass(slots=True, eq=False)
class Leaf:
    """An open leaf: what to do with a further line depends on `kind`."""

    kind: str  # 'paragraph', 'fence', 'code', 'html' or 'table'
    elem: Element  # for HTML it is not used
    lines: list[str]
    line: int  # where it starts
    fence: str = ''
    language: str = ''
    indent: int = 0  # for a fence: its own indentation, taken off its lines
    end: re.Pattern[str] | None = None  # for HTML: what ends it
    aligns: list[str] = field(default_factory=list)  # for a table: one alignment per column
    no_table: bool = False  # for a paragraph: it held a delimiter row that fits no header


class GitHubBlockParser(BlockParser):
    """Stands in for Python-Markdown's block parser and keeps records of the last document.

    `tight` holds items whose paragraphs lose their tags, `lines` the source line on which a leaf's text starts,
    `complaints` are those about brace groups, `strays` what looks like one and is none, with its line.
    """

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.md = md
        self.root = Element('div')
        self.headings: list[Heading] = []
        self.section: Heading | None = None
        self.tasks: list[Task] = []
        self.footnotes: dict[str, Footnote] = {}
        self.fences: list[Fence] = []
        self.callouts: list[tuple[Element, str]] = []
        self.tight: list[Element] = []
        self.lines: dict[Element, int] = {}
        self.complaints: list[tuple[Group, Complaint]] = []
        self.strays: list[tuple[int, Stray]] = []
        self.open_tags = rawhtml.OpenTags()
        self.blocks = 0

    # -- entry point of Python-Markdown --------------------------------------------------------------------------------

    def parseDocument(self, lines: list[str]) -> ElementTree:  # type: ignore[override]  # noqa: N802 (Python-Markdown's name)
        """Read all lines of a document; Python-Markdown calls this."""
        self.leaf: Leaf | None = None
        self.stack = [Container('document', self.root)]
        self.blank: int | None = None  # depth of the innermost quote matched by the blank line before, if there was one
        self.number = self.last_filled = 0
        while lines and not lines[-1]:  # Python-Markdown adds some
            lines.pop()
        for self.number, line in enumerate(lines, 1):
            self._line(line)
            if line and not line.isspace():
                self.last_filled = self.number
        self._close(1)
        return ElementTree(self.root)

    # -- one line ------------------------------------------------------------------------------------------------------

    def _line(self, line: str) -> None:
        depth, pos = self._match_containers(line)
        all_matched = depth == len(self.stack)
        if all_matched and self.leaf and self._continue_leaf(self.leaf, line, pos):
            return
        opened = False
        while True:
            first = first_filled(line, pos)
            if first == len(line):
                break
            in_paragraph = self.leaf is not None and self.leaf.kind == 'paragraph'
            paragraph = self.leaf if all_matched and in_paragraph else None
            if first - pos >= 4:
                if not in_paragraph:
                    self._open_leaf(depth, 'code', Element('pre'), [line[pos + 4 :]])
                    return
                break
            moved = self._start_container(line, pos, first, depth, paragraph)
            if not moved:
                if self._start_leaf(line, pos, first, depth, paragraph):
                    return
                break
            opened, all_matched, pos, depth = True, True, moved, len(self.stack)
            if task := self.stack[-1].task:
                self._task_line(task, line[first_filled(line, pos + 3) :])
                return
        self._text(line, pos, depth, all_matched, opened)

    def _match_containers(self, line: str) -> tuple[int, int]:
        """Step 1: how many open containers go on in this line, and where the line's rest starts."""
        pos, depth, end = 0, 1, len(line)
        self.quote_depth = 0
        stack = self.stack
        while depth < len(stack):
            container = stack[depth]
            kind = container.kind
            if kind != 'list':
                first = first_filled(line, pos)
                if kind == 'quote':
                    if first == end or first - pos > 3 or line[first] != '>':
                        break
                    pos = first + 2 if line.startswith(' ', first + 1) else first + 1
                    self.quote_depth = depth
                elif first == end:
                    if not container.filled:
                        break
                elif first - pos >= container.width:
                    pos += container.width
                else:
                    break
            depth += 1
        return depth, pos

    def _continue_leaf(self, leaf: Leaf, line: str, pos: int) -> bool:
        """Step 1 for the leaf: True if it takes the line. Otherwise it is closed, unless it is a paragraph."""
        first = first_filled(line, pos)
        blank = first == len(line)
        if leaf.kind == 'paragraph':
            if blank:
                self._close_leaf()
            return False
        if leaf.kind == 'fence':
            self.blank = None
            rest = line[first:].rstrip()
            if first - pos < 4 and rest.startswith(leaf.fence) and not rest.strip(leaf.fence[0]):
                self._close_leaf()
            else:
                leaf.lines.append(line[min(first, pos + leaf.indent) :])
            return True
        if leaf.kind == 'code' and (blank or first - pos >= 4):
            leaf.lines.append(line[pos + 4 :])
            self.blank = self.quote_depth if blank else None
            return True
        if leaf.kind == 'html' and (leaf.end or not blank):
            leaf.lines.append(line[pos:])
            self.blank = None
            if leaf.end and leaf.end.search(line, pos):
                self._close_leaf()
            return True
        row = line[first:].rstrip()
        if leaf.kind == 'table' and row not in ('', '|') and first - pos < 4 and not self._interrupts(line, first):
            self._row(leaf, row, 'td', self.number)
            return True
        self._close_leaf()
        return False

    def _text(self, line: str, pos: int, depth: int, all_matched: bool, opened: bool) -> None:
        """Step 3: the rest of the line is text, or nothing."""
        first = first_filled(line, pos)
        leaf = self.leaf
        if first == len(line):
            if not all_matched:
                self._close(depth)
            self.blank = None if opened else self.quote_depth
        elif leaf and leaf.kind == 'paragraph' and not opened:
            leaf.lines.append(line[first:])  # all_matched or not: a lazy line is a line
            self.blank = None
        else:
            self._open_leaf(depth, 'paragraph', Element('p'), [line[first:]])

    # -- step 2: new containers ----------------------------------------------------------------------------------------

    @staticmethod
    def _interrupts(line: str, first: int) -> bool:
        """Whether a block that would end a table starts here."""
        char = line[first]
        if char == '>' or (char == '#' and ATX.match(line, first)) or (char in '`~' and FENCE.match(line, first)):
            return True
        if char == '<':
            return any(start.match(line, first) for start, _ in rawhtml.STARTS)
        return bool(RULE.match(line, first) or MARKER.match(line, first))

    def _start_container(self, line: str, pos: int, first: int, depth: int, paragraph: Leaf | None) -> int:
        """Open a quote, an item (with its list, if need be) or a footnote. Returns where its content starts, or 0."""
        char = line[first]
        if char == '>':
            self._push(depth, Container('quote', Element('blockquote')))
            return first + 2 if line.startswith(' ', first + 1) else first + 1
        if char in '-+*0123456789':
            return self._start_item(line, pos, first, depth, paragraph)
        at_top = depth == 1 or (depth == 2 and self.stack[1].kind == 'list')
        if char == '[' and at_top and (match := FOOTNOTE.match(line, first)):
            self._push(depth, Container('footnote', Element('div'), 4, match[1]))
            self.lines[self.stack[-1].elem] = self.number
            return match.end()
        return 0

    def _start_item(self, line: str, pos: int, first: int, depth: int, paragraph: Leaf | None) -> int:
        match = MARKER.match(line, first)
        if not match or RULE.match(line, first) or (paragraph and match[1] == '-' and SETEXT.match(line, first)):
            return 0
        after = match.end()
        content = first_filled(line, after)
        empty = content == len(line)
        if paragraph and (empty or (match[2] and int(match[2]) != 1)):
            return 0
        padding = 1 if empty or content - after > 4 else content - after
        depth = self._open_list(depth, match[2] or '', match[1] or match[3])
        item = Container('item', Element('li'), after + padding - pos)
        if TASK.match(line, content) and content - after <= 4 and not line[:first].strip():
            item.task = self._start_task(item.elem, depth, checked=line[content + 1] != ' ')
        self._push(depth, item)
        return len(line) if empty else after + padding

    def _open_list(self, depth: int, number: str, marker: str) -> int:
        """Open a list unless the one that is open goes on. Returns the depth at which its items lie."""
        in_list = self.stack[depth - 1].kind == 'list'
        if in_list and self.stack[depth - 1].marker == marker:
            return depth
        if in_list:
            depth -= 1
        elem = Element('ol' if number else 'ul')
        elem.text = '\n'
        if number and int(number) != 1:
            elem.set('start', str(int(number)))
        self._push(depth, Container('list', elem, marker=marker))
        return depth + 1

    def _start_task(self, elem: Element, depth: int, *, checked: bool) -> Task:
        """Record a task whose `li` is about to go into the list at `depth`."""
        enclosing = next((c.task for c in reversed(self.stack[:depth]) if c.task), None)
        footnote = self.stack[1].marker if len(self.stack) > 1 and self.stack[1].kind == 'footnote' else ''
        task = Task(elem, self.number, self.number, checked, enclosing, self.section, footnote)
        self.tasks.append(task)
        if len(self.tasks) > MAX_TASKS:
            raise Refused(self.number, f'more than {MAX_TASKS:,} tasks in one text. Split it into several playbooks.')
        tasklist = self.stack[depth - 1].elem
        if enclosing and not (enclosing.lists and enclosing.lists[-1] is tasklist):
            enclosing.lists.append(tasklist)
        return task

    def _task_line(self, task: Task, text: str) -> None:
        """What stands behind a task's box on its first line."""
        text, task.group = self._take_group(text, self.number)
        self.blank = None
        task.label_end = self.number
        if text.strip():
            self._open_leaf(len(self.stack), 'paragraph', Element('p'), [text])

    # -- step 2: new leaves --------------------------------------------------------------------------------------------

    def _start_leaf(self, line: str, pos: int, first: int, depth: int, paragraph: Leaf | None) -> bool:
        """Open (and perhaps close) a heading, rule, fence, HTML block or table. Returns whether one was found."""
        char = line[first]
        if char == '#' and (match := ATX.match(line, first)):
            content = line[match.end() :].strip(' ')
            bare = content.rstrip('#')
            content = bare.rstrip(' ') if bare == '' or bare.endswith(' ') else content
            self._heading(depth, len(match[1]), content, self.number)
        elif paragraph and char in '=-' and SETEXT.match(line, first):
            if not self._setext(paragraph, depth, char):
                paragraph.lines.append(line[first:])
        elif char in '*-_' and RULE.match(line, first):
            self._add(depth, Element('hr'))
        elif char in '`~' and (match := FENCE.match(line, first)):
            info = (match[2] or match[4] or '').split()
            leaf = self._open_leaf(depth, 'fence', Element('pre'), [])
            leaf.fence, leaf.indent = match[1] or match[3], first - pos
            leaf.language = info[0] if info else ''
        elif char == '<' and (html := self._html_start(line, first, paragraph)):
            self._open_leaf(depth, 'html', None, [line[pos:]]).end = html[1]
            if html[1] and html[1].search(line, first):
                self._close_leaf()
        elif paragraph and char in '|:-' and tables.DELIMITER_ROW.match(line, first):
            return self._table(paragraph, depth, line[first:])
        else:
            return False
        self.blank = None
        return True

    @staticmethod
    def _html_start(line: str, first: int, paragraph: Leaf | None) -> tuple[bool, re.Pattern[str] | None] | None:
        for start, end in rawhtml.STARTS[:6] if paragraph else rawhtml.STARTS:
            if start.match(line, first):
                return True, end
        return None

    def _take_group(self, text: str, line: int, *, heading: bool = False) -> tuple[str, Group | None]:
        """Take the brace group off the end of a text, if it ends in one that is notation; the end stands on `line`."""
        if '{' not in text:
            return text, None
        match = GROUP.search(text)
        if not match or not is_notation(match[1]):
            if found := stray(text.rpartition('\n')[2]):
                self.strays.append((line, found))
            return text, None
        group = read_group(match[1], heading=heading)
        group.line = line
        self.complaints += [(group, complaint) for complaint in group.complaints]
        return text[: match.start()].rstrip(' ') + match[2], group

    def _setext(self, leaf: Leaf, depth: int, char: str) -> bool:
        """Turn the open paragraph into a heading, unless it holds nothing but link definitions."""
        text, _ = self._take_references('\n'.join(leaf.lines))
        text = text.strip()
        if not text:
            return False
        self.leaf = None
        self._remove(leaf.elem)
        self._heading(depth, 1 if char == '=' else 2, text, leaf.line)
        task = self.stack[-1].task
        if task and task.label is None:
            task.label, task.label_end = self.headings[-1].elem, self.number
        return True

    def _heading(self, depth: int, level: int, text: str, line: int) -> None:
        heading = Heading(Element(f'h{level}'), level, line)
        # The text of a heading that is underlined may have several lines; it ends above the line.
        text, heading.group = self._take_group(text, line if line == self.number else self.number - 1, heading=True)
        heading.elem.text = text.strip()
        self.lines[heading.elem] = line
        self._count(2)
        self._add(depth, heading.elem)
        heading.is_section = self.stack[-1].kind == 'document'
        self.headings.append(heading)
        if heading.is_section:
            self.section = heading

    # -- tables --------------------------------------------------------------------------------------------------------

    def _table(self, leaf: Leaf, depth: int, row: str) -> bool:
        """GFM 4.10: the paragraph's last line is the header if it has as many cells as the delimiter row."""
        delimiters = [cell.strip() for cell in tables.cells(row)]
        header = leaf.lines[-1]
        if leaf.no_table or len(tables.cells(header)) != len(delimiters):
            leaf.no_table = True  # as in cmark-gfm: one attempt per paragraph
            return False
        leaf.lines.pop()
        if leaf.lines:
            self._close_leaf()
        else:
            self.leaf = None
            self._remove(leaf.elem)
            self.stack[depth - 1].filled = True
        table = Element('table')
        table.text = '\n'
        opened = self._open_leaf(depth, 'table', table, [])
        opened.aligns = tables.alignments(delimiters)
        self._row(opened, header, 'th', self.number - 1)
        return True

    def _row(self, leaf: Leaf, row: str, tag: str, line: int) -> None:
        section = 'thead' if tag == 'th' else 'tbody'
        if len(leaf.elem) == 0 or leaf.elem[-1].tag != section:
            SubElement(leaf.elem, section).tail = '\n'
        tr = SubElement(leaf.elem[-1], 'tr')
        tr.tail = '\n'
        self._count(1 + len(leaf.aligns))
        cells = tables.cells(row)
        for number, align in enumerate(leaf.aligns):
            cell = SubElement(tr, tag, {'align': align} if align else {})
            cell.text = cells[number] if number < len(cells) else None
            self.lines[cell] = line
        self.blank = None

    # -- opening and closing -------------------------------------------------------------------------------------------

    def _count(self, number: int) -> None:
        self.blocks += number
        if self.blocks > MAX_BLOCKS:
            message = f'more than {MAX_BLOCKS:,} paragraphs, list items and table cells. Split the text.'
            raise Refused(self.number, message)

    def _add(self, depth: int, elem: Element | None) -> None:
        """Close what this block ends, then put it (None: raw HTML) into the container at `depth`."""
        self._close(depth)
        parent = self.stack[-1]
        if parent.kind == 'list' and (elem is None or elem.tag != 'li'):
            self._close(len(self.stack) - 1)
            parent = self.stack[-1]
        if self.blank is not None and len(self.stack) - 1 > self.blank:
            if parent.kind == 'list' and parent.filled:
                parent.loose = True
            elif parent.kind == 'item' and parent.filled:
                self.stack[-2].loose = True
        parent.filled = True
        self._count(1)
        if elem is not None:
            if parent.kind == 'item' and len(parent.elem) == 0 and not parent.elem.text:
                parent.elem.text = '\n'
            elem.tail = '\n'
            parent.elem.append(elem)

    def _push(self, depth: int, container: Container) -> None:
        self._add(depth, container.elem)
        self.stack.append(container)
        if len(self.stack) > MAX_DEPTH:
            message = f'lists and quotes lie more than {MAX_DEPTH} levels deep in one another. Make them flatter.'
            raise Refused(self.number, message)
        if container.kind == 'quote':
            container.elem.text = '\n'
        if container.kind != 'list':
            self.blank = None

    def _open_leaf(self, depth: int, kind: str, elem: Element | None, lines: list[str]) -> Leaf:
        self._add(depth, elem)
        self.leaf = Leaf(kind, Element('div') if elem is None else elem, lines, self.number)
        self.blank = None
        return self.leaf

    def _remove(self, elem: Element) -> None:
        """Take back the last block (a paragraph that proved to be something else)."""
        del self.stack[-1].elem[-1]
        self.blocks -= 1

    def _close(self, depth: int) -> None:
        """Close the open leaf and all containers from `depth` on."""
        if self.leaf:
            self._close_leaf()
        while len(self.stack) > depth:
            container = self.stack.pop()
            if container.task:
                container.task.end = max(container.task.line, self.last_filled)
            if container.kind == 'list' and not container.loose:
                self.tight.extend(container.elem)
            elif container.kind == 'footnote':
                self._remove(container.elem)
                footnote = Footnote(container.elem, self.lines[container.elem])
                self.footnotes.setdefault(normal_label(container.marker), footnote)

    def _close_leaf(self) -> None:
        leaf, self.leaf = self.leaf, None
        if leaf is None:
            return
        if leaf.kind == 'paragraph':
            self._close_paragraph(leaf)
        elif leaf.kind == 'html':
            self._raw_html('\n'.join(leaf.lines), leaf.line)
        elif leaf.kind in ('fence', 'code'):
            lines = leaf.lines
            if leaf.kind == 'code':
                while lines and not lines[-1].strip():
                    lines.pop()
            source = '\n'.join(lines) + '\n' if lines else ''
            self.lines[leaf.elem] = leaf.line
            code = SubElement(leaf.elem, 'code')
            code.text = AtomicString(code_escape(source))
            if leaf.language:
                self.fences.append(Fence(code, leaf.language, source))

    def _close_paragraph(self, leaf: Leaf) -> None:
        text, taken = self._take_references('\n'.join(leaf.lines))
        container = self.stack[-1]
        task = container.task
        if task and task.label is None:
            task.label, task.label_end = leaf.elem, leaf.line + len(leaf.lines) - 1
        elif not text.strip():
            return self._remove(leaf.elem)
        line = leaf.line + taken
        if container.kind == 'quote' and len(container.elem) == 1 and (match := CALLOUT.match(text)):
            kind = match[1].lower()
            container.elem.set('class', f'callout callout-{kind}')
            leaf.elem.set('class', 'callout-title')
            self.callouts.append((leaf.elem, kind))
            self._count(2)
            line += match[0].count('\n')
            if not (text := text[match.end() :].strip()):
                return
            leaf.elem = SubElement(container.elem, 'p')
            leaf.elem.tail = '\n'
        leaf.elem.text = text.strip()
        self.lines[leaf.elem] = line

    def _raw_html(self, html: str, line: int) -> None:
        """Raw HTML passes through Python-Markdown's stash; the sanitizer sees it in the end."""
        parent, html = self.stack[-1].elem, self.stash(html, line) + '\n'
        if len(parent):
            parent[-1].tail = (parent[-1].tail or '') + html
        else:
            parent.text = (parent.text or '') + html

    def stash(self, html: str, line: int) -> str:
        """Put raw HTML away and return its placeholder. Raises Refused when too many of its elements are open."""
        self.open_tags.add(html, line)
        return self.md.htmlStash.store(rawhtml.tamed(html))

    def _take_references(self, text: str) -> tuple[str, int]:
        """Link definitions at the start of a paragraph (spec 4.7) go to `md.references`.

        Returns the text after them, and how many lines they took.
        """
        pos = 0
        while text.startswith('[', first_filled(text, pos)) and (match := REFERENCE.match(text, pos)):
            label, url, title = match.groups()
            if not label.strip():
                break
            url = url[1:-1] if url.startswith('<') else url
            self.md.references.setdefault(normal_label(label), (url, title and title[1:-1]))
            pos = match.end()
        return text[pos:], text.count('\n', 0, pos)


def first_filled(line: str, pos: int) -> int:
    """The first place from `pos` on that is no space."""
    return SPACES.match(line, pos).end()  # type: ignore[union-attr]  # it matches everywhere


def normal_label(label: str) -> str:
    """Link labels match without regard to case and runs of white space (spec, 'matches')."""
    return ' '.join(label.casefold().split())
