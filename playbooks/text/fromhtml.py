"""Markdown from the HTML that Google Docs, Word, Confluence, Notion and ordinary pages put into clipboards and files.

Each of them writes a list, a tick box or a note in a way of its own; here they become the blocks of `composing`, which
writes them down. What Markdown cannot hold is left out and counted in a remark, never kept as HTML. One walk over the
tree does it all, which is why the module is longer than most. None of these products documents its clipboard: what is
known of it here stands in `tests/text/pasted/`, one page for each, made by us after what they write.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from . import htmlsource
from .composing import (
    BREAK,
    MAX_COLUMNS,
    MAX_LEVEL,
    Block,
    Code,
    Heading,
    Item,
    Items,
    Note,
    Paragraph,
    Quote,
    Rule,
    Run,
    Table,
    compose,
    noted,
)
from .htmlsource import Node

Images = Callable[[str, str], str]
Links = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Converted:
    """A text made from HTML. `remarks` say, each in a sentence, what did not come along or became something else."""

    text: str
    remarks: list[str] = field(default_factory=list)


def markdown_from_html(html: str, *, images: Images | None = None, links: Links | None = None) -> Converted:
    """Write a piece of HTML, or a whole page, as Markdown in our notation.

    `images` takes a picture's address (a `data:` one may be very long) and its description and returns the address it
    shall have in the text, or '' to leave it out; without it all are left out. `links` takes the address of a link that
    names no host and returns what it shall be, or '' to keep the words alone; without it the words are kept alone.
    Ticks are not kept: a text has boxes, only a run of it has ticks. Raises Refused, with the reason, for HTML that is
    too large or too complex.
    """
    reader = _Reader(images, links)
    blocks = reader.read(htmlsource.parse(html))
    while blocks and isinstance(blocks[0], Rule):
        blocks.pop(0)  # at the very top it would be taken for front matter
    return Converted(compose(blocks), reader.remarks())


# -- what the products write -------------------------------------------------------------------------------------------

DROPPED = frozenset(
    (  # noqa: SIM905 (so many words read better in a row)
        'applet audio area base basefont button canvas colgroup datalist embed frame frameset head iframe link map '
        'math meta meter noembed noframes noscript object optgroup option param plaintext progress script select '
        'source style svg template textarea title track video xmp'
    ).split()
)
BLOCKS = frozenset(
    (  # noqa: SIM905
        'address article aside body caption center dd details dialog dir div dl dt fieldset figcaption figure footer '
        'form header hgroup html legend main menu nav p search section summary tbody td tfoot th thead tr'
    ).split()
)
HEADINGS = {f'h{level}': level for level in range(1, 7)}
CODE = frozenset(['code', 'tt', 'kbd', 'samp'])
BOXES = {
    **dict.fromkeys('☐□❏❑◻⬜▢🔲', False),
    **dict.fromkeys('☑☒✅✓✔🗹☓🗷', True),
}
BOX = re.compile(rf'\s*([{"".join(BOXES)}])\ufe0f?(?:\s+|(?=\w)|$)')
WRITTEN_BOX = re.compile(r'\s*\\?\[([ xX\u00a0]?)\\?\](?:\s+|$)')  # in a point of a list: as Notion writes them
BULLET = re.compile(r'\s*[•◦‣▪●○⁃∙·■➢❖]\s+')
NUMBER = re.compile(r'\s*(\d{1,9})[.)]')
LEVEL = re.compile(r'level(\d{1,2})')
NUMBERED = re.compile(r'[\s(]*(?:\d{1,9}|[a-zA-Z]{1,4})(?:\.\d{1,9}){0,8}[.)]?\s*$')
# What a letter of a font of signs shows. Source: the fonts' own tables.
WINGDINGS = str.maketrans(
    {
        'o': '☐',
        'q': '☐',
        '¨': '☐',
        'x': '☒',
        'þ': '☑',
        'ý': '☒',
        'ü': '✓',
        '§': '▪',
        'à': '→',
        'Ø': '➢',
        'l': '●',
        'n': '■',
    }
)
WINGDINGS2 = str.maketrans({'£': '☐', '*': '☐', 'R': '☑', 'T': '☒', 'S': '☒', 'P': '✓', 'Q': '☒'})
SYMBOL = str.maketrans({'·': '•', '¨': '◊', '®': '→', '\uf0b7': '•', '\uf0a7': '▪', '\uf0d8': '➢'})
PRIVATE = re.compile('[\uf020-\uf0ff]')
INVISIBLE = re.compile('[\u200b\u2060\ufeff\u00ad\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]')
SUPER = str.maketrans('0123456789+-', '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻')
SUB = str.maketrans('0123456789+-', '₀₁₂₃₄₅₆₇₈₉₊₋')
CALLOUTS = {
    **dict.fromkeys(['info', 'information', 'note', 'custom'], 'NOTE'),
    **dict.fromkeys(['tip', 'success', 'hint'], 'TIP'),
    **dict.fromkeys(['important'], 'IMPORTANT'),
    **dict.fromkeys(['warning', 'attention'], 'WARNING'),
    **dict.fromkeys(['error', 'caution', 'danger'], 'CAUTION'),
}
TASK_LISTS = frozenset(['inline-task-list', 'to-do-list', 'task-list'])
MACRO = 'confluence-information-macro'
LEFT_OUT = frozenset(['toc-macro', 'msocomanchor', 'msocomhide', 'aui-icon', 'hidden-content', 'user-avatar'])
# A link to a footnote or (`ref`) back from it: Word's, Google's, mammoth's and usual ones.
TO_NOTE = re.compile(
    r'#_?(?P<kind>ftnt?|fn|footnote|endnote|edn)[-_:]?(?P<ref>ref)?[-_:]?(?P<name>\d{1,5})', re.IGNORECASE
)
BACK = '\0back:'  # an image from there is the way back from a footnote
SCHEMES = frozenset(['http', 'https', 'mailto', 'tel', 'playbook'])
SCHEME = re.compile(r'[a-zA-Z][a-zA-Z0-9+.-]*:')
LANGUAGE = re.compile(r'(?:lang(?:uage)?-|brush:\s*)([\w+#.-]{1,30})', re.IGNORECASE)

REMARKS = {
    'image': ('One picture was left out.', '{n} pictures were left out.'),
    'tick': ('One ticked box came in without its tick.', '{n} ticked boxes came in without their ticks.'),
    'box': (
        'One box to tick stands in a table, where it is no checklist item.',
        '{n} boxes to tick stand in tables, where they are no checklist items.',
    ),
    'relative': (
        'One link without a host was left out, its words are there.',
        '{n} links without a host were left out, their words are there.',
    ),
    'unsafe': ('One unsafe link was left out.', '{n} unsafe links were left out.'),
    'cell': (
        'One table cell with several paragraphs or a list became one line.',
        '{n} table cells with several paragraphs or lists became one line each.',
    ),
    'merged': (
        'One table has merged cells, which are separate now.',
        '{n} tables have merged cells, which are separate now.',
    ),
    'unfolded': (
        'One table held headings, code or other tables: its cells stand one below the other now.',
        '{n} tables held headings, code or other tables: their cells stand one below the other now.',
    ),
    'toc': ('A table of contents was left out.', '{n} tables of contents were left out.'),
    'comment': ('One comment was left out.', '{n} comments were left out.'),
    'media': (
        'One player, form field or embedded page was left out.',
        '{n} players, form fields or embedded pages were left out.',
    ),
    'deep': ('One list was more than 15 levels deep and is flatter now.', '{n} lists were more than 15 levels deep.'),
}


class Look(NamedTuple):
    """How text looks at a place of the tree."""

    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    href: str = ''
    keeps_lines: bool = False
    font: str = ''


@dataclass(slots=True)
class Line:
    """A point of a list as it was found, before it is known what it lies in: how deep it says it is, and its number."""

    level: int
    item: Item
    ordered: bool = False
    number: int | None = None


@dataclass(slots=True)
class Context:
    """What has been read at one place: whole blocks, and the runs of the paragraph that is open."""

    blocks: list[Block | Line] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


class _Reader:
    """Walks a tree and collects blocks. One for each piece of HTML."""

    def __init__(self, images: Images | None, links: Links | None) -> None:
        self.images, self.links = images, links
        self.here = Context()
        self.notes: list[Block] = []
        self.referred: set[str] = set()  # names of footnotes
        self.depth = 0  # of lists
        self.counts: Counter[str] = Counter()
        self.styles: dict[str, dict[str, str]] = {}

    def read(self, root: Node) -> list[Block]:
        """All blocks of a tree."""
        return self._inside(root, Look()) + self.notes

    def remarks(self) -> list[str]:
        """What to say about it."""
        return [
            (one if self.counts[name] == 1 else many).format(n=f'{self.counts[name]:,}')
            for name, (one, many) in REMARKS.items()
            if self.counts[name]
        ]

    # -- the walk ------------------------------------------------------------------------------------------------------

    def _inside(self, node: Node, look: Look) -> list[Block]:
        """The blocks in an element, as if it were a page of its own."""
        before, self.here = self.here, Context()
        self._walk(node, look)
        self._flush()
        found, self.here = self.here.blocks, before
        return self._grouped(found)

    def _walk(self, node: Node, look: Look) -> None:
        for child in node.children:
            if isinstance(child, str):
                self._text(child, look)
            else:
                self._element(child, look)

    def _element(self, node: Node, look: Look) -> None:  # noqa: PLR0912 (a branch for each sort of element)
        tag = node.tag
        style = self._style(node)
        if tag in DROPPED:
            self.counts['media'] += tag in ('audio', 'video', 'iframe', 'embed', 'object', 'canvas', 'select')
            return
        look = _changed(look, node, style)
        if self._is_hidden(node, style) or self._special(node, look, style):
            return
        if tag == 'br':
            self.here.runs.append(BREAK)
        elif tag == 'hr':
            self._add(Rule())
        elif tag == 'img':
            self._image(node, look)
        elif tag == 'input':
            self._input(node)
        elif tag in HEADINGS:
            self._heading(node, look, HEADINGS[tag])
        elif tag in ('ul', 'ol', 'menu', 'dir'):
            self._flush()
            self._list(node, look, 1)
        elif tag == 'li':
            self._flush()
            self._item(node, look, 1, ordered=False, number=None)
        elif tag in ('pre', 'listing'):
            self._code(node)
        elif tag == 'blockquote':
            self._quote(self._inside(node, look), '')
        elif tag == 'table':
            self._table(node, look)
        elif tag == 'a':
            self._link(node, look)
        elif tag in ('sup', 'sub'):
            self._raised(node, look)
        elif tag == 'dt':
            self._block(node, look._replace(bold=True))
        elif tag in BLOCKS or style.get('display') in ('block', 'flex', 'list-item', 'table'):
            self._block(node, look)
        else:
            self._walk(node, look)

    def _block(self, node: Node, look: Look) -> None:
        self._flush()
        self._walk(node, look)
        self._flush()

    def _add(self, block: Block | Line) -> None:
        self._flush()
        self.here.blocks.append(block)

    def _style(self, node: Node) -> dict[str, str]:
        written = node.get('style')
        if not written:
            return {}
        if written not in self.styles:
            pairs = (part.partition(':') for part in written.lower().split(';'))
            self.styles[written] = {name.strip(): value.strip() for name, colon, value in pairs if colon}
        return self.styles[written]

    @staticmethod
    def _is_hidden(node: Node, style: dict[str, str]) -> bool:
        return (
            'hidden' in node.attributes
            or style.get('display') == 'none'
            or style.get('visibility') == 'hidden'
            or style.get('mso-hide') == 'all'
            or (node.get('aria-hidden') == 'true' and node.tag not in ('input', 'img', 'div', 'p'))
        )

    # -- text ----------------------------------------------------------------------------------------------------------

    def _text(self, text: str, look: Look) -> None:
        text = INVISIBLE.sub('', text)
        if look.font:
            text = _signs(text, look.font)
        elif PRIVATE.search(text):
            text = PRIVATE.sub(lambda match: chr(ord(match[0]) - 0xF000).translate(WINGDINGS), text)
        lines = text.split('\n') if look.keeps_lines else [text]
        for number, line in enumerate(lines):
            if number:
                self.here.runs.append(BREAK)
            if line:
                self.here.runs.append(Run(line, look.bold, look.italic, look.strike, look.code, look.href))

    def _flush(self) -> None:
        """End the paragraph that is open: one paragraph, or several, or points of a list where its lines say so."""
        runs, self.here.runs = self.here.runs, []
        if not any(run.image or not run.text.isspace() for run in runs):
            return
        lines: list[list[Run]] = [[]]
        for run in runs:
            if run is BREAK:
                lines.append([])
            else:
                lines[-1].append(run)
        open_lines: list[list[Run]] = []
        for line in lines:
            text = _text_of(line)
            mark = BOX.match(text) or BULLET.match(text)
            if mark or not text.strip():
                self._paragraph(open_lines)
                open_lines = []
            if mark:
                item = Item([])
                if mark.re is BOX:
                    item.task = True
                    self.counts['tick'] += BOXES[mark[1]]
                rest = _without(line, mark.end())
                item.blocks = [Paragraph(rest)] if _text_of(rest).strip() else []
                self.here.blocks.append(Line(1, item))
            elif text.strip() or any(run.image for run in line):
                open_lines.append(line)
        self._paragraph(open_lines)

    def _paragraph(self, lines: list[list[Run]]) -> None:
        runs = [run for number, line in enumerate(lines) for run in ([BREAK] * bool(number) + line)]
        back = next((run.image for run in runs if run.image.startswith(BACK)), '').removeprefix(BACK)
        runs = [run for run in runs if not run.image.startswith(BACK)]
        if runs and back in self.referred:
            self.notes.append(Note(back, runs))
        elif runs:
            self.here.blocks.append(Paragraph(runs))

    def _raised(self, node: Node, look: Look) -> None:
        text = node.text.strip()
        is_link = any(child.tag == 'a' for child in node.iter())
        if text and not is_link and len(text) <= 4 and all(char in '0123456789+-' for char in text):
            self._text(text.translate(SUPER if node.tag == 'sup' else SUB), look)
        else:
            self._walk(node, look)

    # -- links and pictures --------------------------------------------------------------------------------------------

    def _link(self, node: Node, look: Look) -> None:
        href = node.get('href').strip()
        if match := TO_NOTE.fullmatch(href):
            name = 'e' * match['kind'].lower().startswith('e') + match['name']
            if match['ref']:
                self.here.runs.append(Run('', image=BACK + name))
            else:
                self.referred.add(name)
                self.here.runs.append(noted(name))
            return
        self._walk(node, look._replace(href=self._address(href)) if href else look)

    def _address(self, href: str) -> str:
        """Where a link may lead, or '' for nowhere."""
        written = re.sub(r'[\x00-\x20\x7f]+', '', href)
        if match := SCHEME.match(written):
            if match[0][:-1].lower() not in SCHEMES:
                self.counts['unsafe'] += 1
                return ''
            return _unwrapped(href)
        if written.startswith('//'):
            return 'https:' + written
        if written.startswith('#') or not written:
            return ''
        found = self.links(href) if self.links else ''
        self.counts['relative'] += not found
        return found

    def _image(self, node: Node, look: Look) -> None:
        emoji = node.get('data-emoji-fallback') or (node.get('alt') if 'emoji' in ' '.join(node.classes) else '')
        if emoji or 'emoticon' in node.classes:
            return self._text(emoji or node.get('alt'), look)
        source, alt = node.get('src'), ' '.join(INVISIBLE.sub('', node.get('alt')).split())[:500]
        size = {node.get(name).removesuffix('px') for name in ('width', 'height')}
        if size & {'0', '1'} or node.get('aria-roledescription').startswith('checkbox'):
            return None  # it counts readers, or draws the box that its point of the list is
        found = self.images(source, alt) if self.images and source else ''
        if found:
            self.here.runs.append(Run(alt, image=found))
        else:
            self.counts['image'] += 1
        return None

    def _input(self, node: Node) -> None:
        if node.get('type').lower() == 'checkbox':
            self.here.runs.append(Run('☑ ' if 'checked' in node.attributes else '☐ '))

    # -- blocks --------------------------------------------------------------------------------------------------------

    def _heading(self, node: Node, look: Look, level: int) -> None:
        runs = _inline_of(self._inside(node, look._replace(bold=False)))
        if _text_of(runs).strip():
            self._add(Heading(level, runs))
        else:
            self._flush()

    def _code(self, node: Node) -> None:
        source = node.text.replace('\u00a0', ' ').replace('\r\n', '\n').replace('\r', '\n')
        if node.children and isinstance(node.children[0], str):
            source = source.removeprefix('\n')  # as a browser does
        source = INVISIBLE.sub('', source).rstrip('\n ')
        inner = next((child for child in node.iter() if child.tag == 'code'), None)
        named = ' '.join(
            place.get(name)
            for place in (node, inner)
            if place
            for name in ('class', 'data-syntaxhighlighter-params', 'data-language')
        )
        match = LANGUAGE.search(named)
        language = match[1].lower() if match else node.get('data-language')[:30].lower()
        if source.strip():
            self._add(Code(source, language if re.fullmatch(r'[\w+#.-]*', language) else ''))

    def _quote(self, blocks: list[Block], callout: str) -> None:
        """A quote or note; tasks in it stand by themselves, since what is quoted is nothing to do."""
        self._flush()
        waiting: list[Block] = []

        def put() -> None:
            nonlocal callout
            if waiting:
                self.here.blocks.append(Quote([*waiting], callout))
                waiting.clear()
                callout = ''

        for block in blocks:
            if isinstance(block, Items) and _has_task(block):
                put()
                self.here.blocks.append(block)
            elif isinstance(block, Heading):
                waiting.append(_bold(block))
            elif isinstance(block, Quote):
                waiting += block.blocks
            elif not isinstance(block, Rule):
                waiting.append(block)
        put()

    # -- lists ---------------------------------------------------------------------------------------------------------

    def _list(self, node: Node, look: Look, level: int) -> None:
        """The points of a list; lists right in it lie one level deeper (Google Docs writes them so)."""
        ordered = node.tag == 'ol'
        number = _number(node.get('start')) if ordered else None
        if ordered and number is None:
            number = 1
        in_tasks = bool(node.classes & TASK_LISTS) or node.get('data-type') == 'taskList'
        for child in node.children:
            if isinstance(child, str):
                if child.strip():
                    self._text(child, look)
                    self._flush()
                continue
            style = self._style(child)
            if child.tag in ('ul', 'ol', 'menu', 'dir'):
                self._list(child, look, level + 1)
            elif child.tag == 'li' and not self._is_hidden(child, style):
                self._item(child, look, level, ordered=ordered, number=number, in_tasks=in_tasks)
                number = None
            else:
                self._element(child, look)
                self._flush()

    def _item(
        self, node: Node, look: Look, level: int, *, ordered: bool, number: int | None, in_tasks: bool = False
    ) -> None:
        named = _number(node.get('aria-level')) or _number(node.get('data-aria-level'))
        box = _box_of(node, in_tasks=in_tasks)
        self.depth += 1
        before, self.here = self.here, Context()
        if box:
            self._text(box + ' ', Look())
        self._walk(node, _changed(look, node, self._style(node)))
        self._flush()
        found, self.here = self.here.blocks, before
        self.depth -= 1
        item = Item([])
        if found and isinstance(first := found[0], Line) and first.item.task and first.level == 1:
            item = first.item  # the box was the first thing in it
            found = found[1:]
        elif found and isinstance(first := found[0], Paragraph) and (mark := WRITTEN_BOX.match(_text_of(first.runs))):
            item.task = True
            self.counts['tick'] += mark[1] in ('x', 'X')
            found[0] = Paragraph(_without(first.runs, mark.end()))
        item.blocks += [_bold(block) if isinstance(block, Heading) else block for block in self._grouped(found)]
        item.blocks = [block for block in item.blocks if not isinstance(block, Rule)]
        if ordered and number is None and 'value' in node.attributes:
            number = _number(node.get('value'))
        self._add(Line(min(named or level, 50), item, ordered, number))

    def _grouped(self, blocks: Iterable[Block | Line]) -> list[Block]:
        """Blocks in which the points of lists that follow one another lie in lists."""
        found: list[Block] = []
        lines: list[Line] = []
        for block in blocks:
            if isinstance(block, Line):
                lines.append(block)
                continue
            found += self._nested(lines)
            lines = []
            found.append(block)
        return found + self._nested(lines)

    def _nested(self, lines: list[Line]) -> list[Block]:
        found: list[Block] = []
        open_lists: list[tuple[int, list[Block]]] = [(0, found)]  # the levels, and where their lists stand
        for line in lines:
            if not line.item.blocks and not line.item.task:
                continue
            level = line.level
            while len(open_lists) > 1 and open_lists[-1][0] > level:
                open_lists.pop()
            if open_lists[-1][0] < level and len(open_lists) > 1:
                last = open_lists[-1][1][-1]
                assert isinstance(last, Items)
                if len(open_lists) + self.depth <= MAX_LEVEL:
                    open_lists.append((level, last.items[-1].blocks))
                else:
                    self.counts['deep'] = 1
            elif len(open_lists) == 1:
                open_lists.append((level, found))
            else:
                open_lists[-1] = (level, open_lists[-1][1])
            self._put(open_lists[-1][1], line)
        return found

    def _put(self, blocks: list[Block], line: Line) -> None:
        """Put a point into the list that stands last there if it goes on with it, else into a new one."""
        self._settle(line.item, blocks)
        if not line.item.blocks:
            return
        last = blocks[-1] if blocks else None
        if isinstance(last, Items) and _goes_on(last, line):
            last.items.append(line.item)
            return
        start = (1 if line.number is None else line.number) if line.ordered else None
        blocks.append(Items([line.item], start))

    @staticmethod
    def _settle(item: Item, blocks: list[Block]) -> None:
        """A point that has nothing but a list in it is only a wrapper: its list goes to the point before."""
        last = blocks[-1] if blocks else None
        if item.task and not (item.blocks and isinstance(item.blocks[0], Paragraph)):
            item.task = False
        if item.blocks and all(isinstance(block, Items) for block in item.blocks) and isinstance(last, Items):
            for block in item.blocks:
                if isinstance(block, Items):
                    _append(last.items[-1].blocks, block)
            item.blocks = []

    # -- tables --------------------------------------------------------------------------------------------------------

    def _table(self, node: Node, look: Look) -> None:
        self._flush()
        rows, caption = _rows(node)
        if caption:
            self._block(caption, look)
        cells = [[(cell, self._inside(cell, look)) for cell in row] for row in rows]
        held = [blocks for row in cells for _cell, blocks in row]
        columns = max((len(row) for row in cells), default=0)
        if columns <= 1 or any(_is_no_cell(block) for blocks in held for block in blocks):
            self.counts['unfolded'] += columns > 1
            for blocks in held:
                self.here.blocks += blocks
            return
        table = Table()
        spans: dict[int, int] = {}  # column -> how many rows a cell from above still reaches down
        merged = False
        for found in cells:
            line: list[list[Run]] = []
            for cell, blocks in found:
                while spans.get(len(line), 0) > 0:
                    spans[len(line)] -= 1
                    line.append([])
                across = min(_number(cell.get('colspan')) or 1, MAX_COLUMNS)
                down = min(_number(cell.get('rowspan')) or 1, 1_000)
                merged |= across > 1 or down > 1
                self._count_cell(blocks)
                runs = _inline_of(blocks)
                if cell.tag == 'th' and table.rows:
                    runs = _made_bold(runs)
                for column in range(len(line), min(len(line) + across, MAX_COLUMNS)):
                    if down > 1:
                        spans[column] = down - 1
                    line.append(runs if column == len(line) and runs is not None else [])
                    runs = []
            table.rows.append(line)
        self.counts['merged'] += merged
        table.rows = [row for row in table.rows if any(_text_of(cell).strip() or _images(cell) for cell in row)]
        if table.rows:
            table.rows[0] = [_made_bold(cell, bold=False) for cell in table.rows[0]]
            self.here.blocks.append(table)

    def _count_cell(self, blocks: list[Block]) -> None:
        self.counts['cell'] += len(blocks) > 1 or any(not isinstance(block, Paragraph) for block in blocks)
        self.counts['box'] += sum(item.task for block in blocks if isinstance(block, Items) for item in block.items)

    # -- each product's own --------------------------------------------------------------------------------------------

    def _special(self, node: Node, look: Look, style: dict[str, str]) -> bool:
        """Read an element that its product gave a meaning of its own. Returns whether it was one."""
        classes = node.classes
        if node.tag in ('p', 'div'):
            if 'mso-list' in style and style['mso-list'] not in ('none', 'skip'):
                return self._word_point(node, look, style)
            if any(name.startswith('msotoc') for name in classes):
                self.counts['toc'] = 1
                return True
            if 'msotitle' in classes or (node.get('role') == 'heading' and node.get('aria-level').isdecimal()):
                self._heading(node, look, 1 if 'msotitle' in classes else int(node.get('aria-level')[:1]))
                return True
        if style.get('mso-list') == 'ignore':
            return True  # the sign before a point of a list, which is read where the point begins
        if style.get('mso-element') in ('comment-list', 'comment', 'header', 'footer'):
            self.counts['comment'] += style['mso-element'] == 'comment'
            return True
        if classes & LEFT_OUT:
            self.counts['toc'] += 'toc-macro' in classes
            self.counts['comment'] += 'msocomanchor' in classes
            return True
        return self._note(node, look, classes) or self._task(node, look, classes) or self._folded(node, look, classes)

    def _note(self, node: Node, look: Look, classes: frozenset[str]) -> bool:
        """Confluence’s panels and status words, Notion’s callouts."""
        if MACRO in classes:
            names = [name.removeprefix(MACRO + '-') for name in classes if name.startswith(MACRO + '-')]
            callout = next((CALLOUTS[name] for name in names if name in CALLOUTS), 'NOTE')
            callout = 'IMPORTANT' if 'note' in names else callout  # yellow there, and more than a remark
        elif node.get('data-panel-type'):
            callout = CALLOUTS.get(node.get('data-panel-type').lower(), 'NOTE')
        elif 'callout' in classes or node.get('data-callout-type') or node.get('data-type') == 'callout':
            callout = 'NOTE'
        elif 'status-macro' in classes or node.get('data-node-type') == 'status':
            self._walk(node, look._replace(bold=True))
            return True
        else:
            return False
        self._quote(self._inside(node, look), callout)
        return True

    def _task(self, node: Node, look: Look, classes: frozenset[str]) -> bool:
        """Tasks that are no `li`: Confluence’s, and tick boxes drawn with an element."""
        state = node.get('data-task-state').upper()
        if node.tag != 'li' and (state or 'data-task-local-id' in node.attributes):
            self._flush()
            self._item(node, look, 1, ordered=False, number=None)
            return True
        if node.tag in ('div', 'span') and 'checkbox' in classes and not node.children:
            if not self.here.runs:
                self.here.runs.append(Run('☑ ' if classes & {'checkbox-on', 'checked'} else '☐ '))
            return True
        return False

    def _folded(self, node: Node, look: Look, classes: frozenset[str]) -> bool:
        """What can be unfolded is unfolded, its title a line in bold (a heading stays one)."""
        if node.tag != 'summary' and 'expand-control' not in classes:
            return False
        blocks = self._inside(node, look._replace(bold=False))
        self._flush()
        self.here.blocks += [_bold_paragraph(block) if isinstance(block, Paragraph) else block for block in blocks]
        return True

    def _word_point(self, node: Node, look: Look, style: dict[str, str]) -> bool:
        """A paragraph of Word that is a point of a list: level in its style, sign in a part that is not shown."""
        match = LEVEL.search(style['mso-list'])
        self._flush()
        sign, fonts = '', [style.get('font-family', '')]
        for child in node.iter():
            fonts.append(self._style(child).get('font-family', ''))  # the sign's own stands on an element around it
            if self._style(child).get('mso-list') == 'ignore':
                sign = _signs(child.text, ' '.join(fonts)).strip()
                break
        number = NUMBER.match(sign)
        box = BOX.match(sign + ' ') if sign else None
        before, self.here = self.here, Context()
        if box:
            self._text(('☑' if BOXES[box[1]] else '☐') + ' ', Look())
        self._walk(node, _changed(look, node, style))
        self._flush()
        found, self.here = self.here.blocks, before
        item = Item([])
        if found and isinstance(first := found[0], Line):
            item, found = first.item, found[1:]
        item.blocks += self._grouped(found)
        ordered = bool(sign) and not box and sign not in ('o', '§') and bool(NUMBERED.match(sign))
        level = int(match[1]) if match else 1
        self._add(Line(level, item, ordered, int(number[1]) if number and ordered else None))
        return True


# -- small questions ---------------------------------------------------------------------------------------------------


def _changed(look: Look, node: Node, style: dict[str, str]) -> Look:
    """The look of what lies in an element."""
    tag = node.tag
    if tag in ('b', 'strong'):
        look = look._replace(bold=True)
    elif tag in ('i', 'em', 'cite', 'dfn', 'var'):
        look = look._replace(italic=True)
    elif tag in ('s', 'strike', 'del'):
        look = look._replace(strike=True)
    elif tag in CODE:
        look = look._replace(code=True)
    if not style:
        return look
    if weight := style.get('font-weight', ''):
        look = look._replace(bold=weight in ('bold', 'bolder') or (weight.isdecimal() and int(weight[:4]) >= 600))
    if 'font-style' in style:
        look = look._replace(italic=style['font-style'] in ('italic', 'oblique'))
    if 'line-through' in style.get('text-decoration', '') + style.get('text-decoration-line', ''):
        look = look._replace(strike=True)
    if 'white-space' in style:
        look = look._replace(keeps_lines=style['white-space'] in ('pre', 'pre-wrap', 'pre-line', 'break-spaces'))
    if 'font-family' in style:
        name = style['font-family'].strip('"\' ')
        look = look._replace(font=name if name.startswith(('wingdings', 'symbol', 'webdings')) else '')
    return look


def _signs(text: str, font: str) -> str:
    """Text in a font of signs, as the signs it shows."""
    text = PRIVATE.sub(lambda match: chr(ord(match[0]) - 0xF000), text)
    if 'wingdings 2' in font:
        return text.translate(WINGDINGS2)
    if 'wingdings' in font:
        return text.translate(WINGDINGS)
    return text.translate(SYMBOL) if 'symbol' in font else text


def _box_of(node: Node, *, in_tasks: bool) -> str:
    """The tick box that an element itself is: Google Docs’, Confluence’s and Notion’s."""
    state = node.get('data-task-state').upper()
    checked = node.get('aria-checked') or node.get('data-checked')
    if node.get('role') == 'checkbox' or state or node.get('data-checked'):
        return '☑' if checked == 'true' or state == 'DONE' else '☐'
    if 'data-task-local-id' in node.attributes:
        return '☐'
    if 'data-inline-task-id' in node.attributes or (in_tasks and not _has_box(node)):
        return '☑' if 'checked' in node.classes else '☐'
    return ''


def _has_box(node: Node) -> bool:
    return any('checkbox' in child.classes or child.tag == 'input' for child in node.iter())


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 8 else None


def _unwrapped(href: str) -> str:
    """The address itself where Google’s exports lead through a page of theirs."""
    if not href.lower().startswith(('https://www.google.com/url?', 'http://www.google.com/url?')):
        return href
    try:
        found = parse_qs(urlsplit(href).query, max_num_fields=20).get('q', [''])[0]
    except ValueError:
        return href
    return found if found.startswith(('https://', 'http://')) else href


def _text_of(runs: Iterable[Run]) -> str:
    return ''.join(run.text for run in runs if not run.image)


def _images(runs: Iterable[Run]) -> bool:
    return any(run.image for run in runs)


def _without(runs: list[Run], length: int) -> list[Run]:
    """Runs without their first characters."""
    found = []
    for run in runs:
        cut = 0 if run.image else min(length, len(run.text))
        length -= cut
        if run.text[cut:] or run.image:
            found.append(run._replace(text=run.text[cut:]))
    return found


def _bold(heading: Heading) -> Paragraph:
    return _bold_paragraph(Paragraph(heading.runs))


def _bold_paragraph(paragraph: Paragraph) -> Paragraph:
    return Paragraph(_made_bold(paragraph.runs))


def _made_bold(runs: Iterable[Run], *, bold: bool = True) -> list[Run]:
    return [run if run is BREAK else run._replace(bold=bold) for run in runs]


def _goes_on(items: Items, line: Line) -> bool:
    """Whether a point is the next one of a list, by the sort of both and its number."""
    if items.start is None or not line.ordered:
        return items.start is None and not line.ordered
    return line.number is None or line.number == items.start + len(items.items)


def _has_task(block: Items) -> bool:
    return any(
        item.task or any(isinstance(inner, Items) and _has_task(inner) for inner in item.blocks) for item in block.items
    )


def _append(blocks: list[Block], items: Items) -> None:
    last = blocks[-1] if blocks else None
    if isinstance(last, Items) and (last.start is None) == (items.start is None):
        last.items += items.items
    else:
        blocks.append(items)


def _is_no_cell(block: Block) -> bool:
    return isinstance(block, Heading | Code | Table)


def _inline_of(blocks: Iterable[Block]) -> list[Run]:
    """Blocks on one line, as far as a line can hold them."""
    found: list[Run] = []
    for block in blocks:
        if found:
            found.append(Run(' '))
        if isinstance(block, Paragraph | Heading):
            found += block.runs
        elif isinstance(block, Items):
            for number, item in enumerate(block.items):
                mark = '☐' if item.task else '•' if block.start is None else f'{block.start + number}.'
                found += [Run(f' {mark} '), *_inline_of(item.blocks)]
        elif isinstance(block, Quote):
            found += _inline_of(block.blocks)
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    found += [Run(' '), *cell]
        elif isinstance(block, Code):
            found.append(Run(block.source.replace('\n', ' '), code=True))
    return found


def _rows(table: Node) -> tuple[list[list[Node]], Node | None]:
    """The cells of a table, row by row, without those of tables in it; and its caption."""
    rows: list[list[Node]] = []
    caption = None
    waiting = [child for child in reversed(table.children) if isinstance(child, Node)]
    while waiting:
        node = waiting.pop()
        if node.tag == 'tr':
            rows.append([cell for cell in node.children if isinstance(cell, Node) and cell.tag in ('td', 'th')])
        elif node.tag == 'caption':
            caption = node
        elif node.tag in ('td', 'th'):
            rows.append([node])
        elif node.tag != 'table':
            waiting += [child for child in reversed(node.children) if isinstance(child, Node)]
    return [row for row in rows if row], caption
