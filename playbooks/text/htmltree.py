"""Safe HTML taken apart into pieces and a tree of blocks, for comparing it.

Made for what the cleaner writes (nh3: balanced tags, every attribute value in double quotes, no comments), and for
nothing else. Anything that does not look like that is treated as text, and so escaped: taking HTML apart here never
makes it less safe.

Ids, and the links we add to headings and footnotes, are left out, because one page shows parts of two versions. A
document's own `ins` and `del` become `u` and `s`, so that they cannot be taken for marks of the comparison.
"""

import re
from html import escape, unescape
from itertools import pairwise

from .links import ITEM_ID

BLOCKS = frozenset(
    (
        *(
            'address',
            'article',
            'aside',
            'blockquote',
            'caption',
            'center',
            'col',
            'colgroup',
            'dd',
            'details',
            'div',
            'dl',
        ),
        *(
            'dt',
            'fieldset',
            'figcaption',
            'figure',
            'footer',
            'form',
            'h1',
            'h2',
            'h3',
            'h4',
            'h5',
            'h6',
            'header',
            'hr',
        ),
        *(
            'legend',
            'li',
            'main',
            'menu',
            'nav',
            'ol',
            'p',
            'pre',
            'section',
            'summary',
            'table',
            'tbody',
            'td',
            'tfoot',
        ),
        *('th', 'thead', 'tr', 'ul'),
    )
)
VOID = frozenset(('area', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'source', 'track', 'wbr'))
HEADINGS = frozenset(('h1', 'h2', 'h3', 'h4', 'h5', 'h6'))

# Scripts written without spaces between words are compared by character.
CHARACTERS = '\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff'
WORD = re.compile(rf'[{CHARACTERS}]|[^\W{CHARACTERS}]+')

TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z][\w:-]*(?:="[^"]*")?)*)\s*/?>')
ATTRIBUTE = re.compile(r'\s+([a-zA-Z][\w:-]*)(?:="([^"]*)")?')
NOT_SHOWN = frozenset(('anchor', 'footnote-back'))  # links that we added, which mean nothing in a part of a page
RENAMED = {'ins': 'u', 'del': 's'}
# Where a link within a document leads is filled in at the end: two versions of it are then the same link.
HERE = '\0'
# Attributes that name ids, or are names themselves: they would point into the wrong version, or at nothing.
LEFT_OUT = frozenset(
    ('id', 'name', 'for', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-details', 'aria-controls')
)


class Node:
    """An element that is a block or holds one, or a stretch of text and inline elements between blocks (tag '').

    `start` to `end` are its pieces in its tree, tags included. `task` is the id of the task that it is, or ''.
    """

    __slots__ = ('_children', '_html', '_words', 'end', 'has_block', 'nodes', 'start', 'tag', 'task', 'tree')

    def __init__(self, tree: 'Tree', tag: str, start: int) -> None:
        self.tree = tree
        self.tag = tag
        self.task = ''
        self.start = start
        self.end = start
        self.nodes: list[Node] = []  # the elements right in it
        self.has_block = False
        self._html: str | None = None
        self._children: list[Node] | None = None
        self._words: frozenset[str] | None = None

    @property
    def html(self) -> str:
        """The whole element."""
        if self._html is None:
            self._html = ''.join(self.tree.pieces[self.start : self.end])
        return self._html

    @property
    def opening(self) -> str:
        """Its start tag ('' for a stretch of text)."""
        return self.tree.pieces[self.start] if self.tag else ''

    @property
    def closing(self) -> str:
        """Its end tag."""
        return f'</{self.tag}>' if self.tag and self.tag not in VOID else ''

    @property
    def inside(self) -> range:
        """The numbers of its pieces without its own tags."""
        return range(self.start + bool(self.opening), self.end - bool(self.closing))

    @property
    def text(self) -> str:
        """Its text on one line, as characters (not escaped)."""
        pieces = self.tree.pieces
        between = ' ' if self.has_block else ''
        return ' '.join(unescape(between.join(pieces[i] for i in self.inside if not pieces[i].startswith('<'))).split())

    @property
    def words(self) -> frozenset[str]:
        """The words in it, for finding what is like it."""
        if self._words is None:
            self._words = frozenset(WORD.findall(self.text.lower()))
        return self._words

    @property
    def children(self) -> list['Node']:
        """Its blocks in order; text between them is a node without a tag, space between them is left out."""
        if self._children is None:
            self._children = list(self._split())
        return self._children

    def _split(self) -> list['Node']:
        found: list[Node] = []
        at = self.inside.start
        for node in [*(node for node in self.nodes if node.tag in BLOCKS or node.has_block), None]:
            stop = node.start if node else self.inside.stop
            if any(not piece.isspace() for piece in self.tree.pieces[at:stop]):
                stretch = Node(self.tree, '', at)
                stretch.end = stop
                found.append(stretch)
            if node:
                found.append(node)
                at = node.end
        return found


OPENED = re.compile(rf'<(/?)({"|".join(sorted(BLOCKS, key=len, reverse=True))})(?=[\s>/])')
WHOLE = re.compile(r'<([a-z][a-z0-9]*)[\s>]')
# What a tree would write otherwise than it stands: ids, links within the document, marks of its own.
WRITTEN_ANEW = re.compile(rf'<(?:ins|del)\b| (?:{"|".join(sorted(LEFT_OUT))})="| href="#')


def top_level(html: str) -> list[str]:
    """The HTML in stretches, each one or more whole blocks; joined they are the HTML again.

    This only counts tags, which is several times as quick as a tree. HTML of which it is not certain where its blocks
    begin and end comes back in one piece.
    """
    starts, depth = [], 0
    for match in OPENED.finditer(html):
        at = match.start()
        if match[1]:
            depth -= 1
            continue
        if depth == 0 and (at == 0 or html[at - 1] == '\n'):
            starts.append(at)
        depth += match[2] not in VOID
    stretches = [html[one:other] for one, other in pairwise([*starts, len(html)])]
    certain = depth == 0 and starts[:1] == [0] and all(map(_is_whole, stretches))
    return stretches if certain else [html]


def _is_whole(stretch: str) -> bool:
    """Whether it ends with the end of the kind of block it begins with."""
    match = WHOLE.match(stretch)
    return match is not None and (match[1] in VOID or stretch.rstrip().endswith(f'</{match[1]}>'))


class Tree:
    """HTML as a list of pieces, each a tag or a text, and the root of its blocks."""

    __slots__ = ('address', 'pieces', 'root', 'tags', 'tasks')

    def __init__(self, html: str, address: str = '') -> None:
        """Take the HTML apart; links to places in the document itself lead to that place at `address`.

        The pieces have `HERE` in place of the address: see `addressed`.
        """
        self.address = escape(address)
        self.pieces: list[str] = []
        self.tags: dict[str, tuple[str, str, str]] = {}
        self.tasks: set[str] = set()
        self.root = Node(self, '', 0)
        self._read(html)
        self.root.end = len(self.pieces)

    def addressed(self, html: str) -> str:
        """A part of what was written of this tree, its links within the document leading to where the document is."""
        return html.replace(HERE, self.address) if self.address else html

    def _read(self, html: str) -> None:
        pieces, open_nodes, at, skipping = self.pieces, [self.root], 0, 0
        for match in TAG.finditer(html):
            if match.start() > at and not skipping:
                pieces.append(html[at : match.start()].replace('<', '&lt;').replace('>', '&gt;'))
            at = match.end()
            closes, tag = match[1], match[2].lower()
            if skipping:  # in a link that is not shown
                skipping += (tag == 'a') * (-1 if closes else 1)
                continue
            if closes:
                self._close(open_nodes, RENAMED.get(tag, tag))
                continue
            tag, written, identifier = self.tags.get(match[0]) or self._clean(match[0], tag, match[3])
            if not written:
                skipping = 1
                continue
            node = Node(self, tag, len(pieces))
            if tag == 'li' and identifier.startswith(ITEM_ID):
                node.task = identifier
                self.tasks.add(identifier)
            open_nodes[-1].nodes.append(node)
            pieces.append(written)
            open_nodes.append(node)
            if tag in VOID:
                self._pop(open_nodes)
        if at < len(html) and not skipping:
            pieces.append(html[at:].replace('<', '&lt;').replace('>', '&gt;'))
        while len(open_nodes) > 1:
            self._close(open_nodes, open_nodes[-1].tag)

    def _close(self, open_nodes: list[Node], tag: str) -> None:
        """Close the innermost open element of that name with what is open in it, if there is one."""
        if open_nodes[-1].tag != tag and all(node.tag != tag for node in open_nodes[1:]):
            return
        while True:
            closed = open_nodes[-1].tag
            self.pieces.append(f'</{closed}>')
            self._pop(open_nodes)
            if closed == tag:
                return

    def _pop(self, open_nodes: list[Node]) -> None:
        node = open_nodes.pop()
        node.end = len(self.pieces)
        open_nodes[-1].has_block |= node.has_block or node.tag in BLOCKS

    def _clean(self, whole: str, tag: str, attributes: str) -> tuple[str, str, str]:
        """The tag's name as shown, the tag as shown ('' if it is not), and the id it has."""
        name, kept, identifier = RENAMED.get(tag, tag), [], ''
        for attribute in ATTRIBUTE.finditer(attributes):
            key, value = attribute[1].lower(), attribute[2]
            if key == 'id':
                identifier = unescape(value or '')
            elif key == 'class' and tag == 'a' and NOT_SHOWN.intersection((value or '').split()):
                self.tags[whole] = tag, '', ''
                return self.tags[whole]
            elif key == 'href' and value and value.startswith('#') and self.address:
                kept.append(f' href="{HERE}{value}"')
            elif key not in LEFT_OUT and name == tag:
                kept.append(attribute[0])
        self.tags[whole] = name, f'<{name}{"".join(kept)}>', identifier
        return self.tags[whole]
