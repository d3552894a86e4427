"""HTML as programs write it (clipboards, exports, saved pages) taken apart into a tree, in time that grows with it.

Made to be read from, never to be shown: what comes out is on its way to Markdown. Forgiving as a browser is where
people's files need it (tags left open, no quotation marks), without the repairs of the HTML standard whose time grows
with the square of the source. What lies deeper than `MAX_DEPTH` is read as if it lay right there.
"""

import re
from collections.abc import Iterator
from html import unescape

from .document import Refused

MAX_HTML = 8_000_000  # characters; a clipboard with pictures in it has some
MAX_NODES = 200_000  # elements and texts; a page of a hundred printed sheets has some 20,000
MAX_DEPTH = 120
MAX_ATTRIBUTE = 4_000  # characters of one that is read; pictures in `src` may be longer and are only recognized

TOKEN = re.compile(r'<(?:(?P<comment>!--)|(?P<bogus>[!?])|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]{0,60})[^\s/>]*+)')
ATTRIBUTE = re.compile(
    r'[\s/]*+(?:>|(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>"[^"]*+"?|\'[^\']*+\'?|[^\s>]*+))?+)'
)
LONG_NUMBER = re.compile(r'&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,})')  # more than any character has; Python refuses to count

VOID = frozenset('area base br col embed frame hr img input link meta param source track wbr'.split())  # noqa: SIM905
RAW = frozenset('script style textarea title xmp iframe noembed noframes noscript'.split())  # noqa: SIM905
KEPT = frozenset(
    (  # noqa: SIM905 (so many words read better in a row)
        'alt aria-checked aria-hidden aria-level aria-roledescription checked class colspan data-aria-level '
        'data-callout-type data-checked data-emoji-fallback data-emoji-short-name data-inline-task-id '
        'data-language data-node-type data-panel-type data-syntaxhighlighter-params data-task-local-id '
        'data-task-state data-type height hidden href role rowspan src start style type value width'
    ).split()
)
CLOSES_P = frozenset(
    (  # noqa: SIM905
        'address article aside blockquote center details dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 '
        'h5 h6 header hgroup hr main menu nav ol p pre search section summary table ul'
    ).split()
)
# A start tag that ends what is open: it closes these, looking up only as far as those.
CLOSES = {
    'li': (frozenset(['li']), frozenset(['ul', 'ol', 'menu', 'table'])),
    'dt': (frozenset(['dt', 'dd']), frozenset(['dl', 'table'])),
    'dd': (frozenset(['dt', 'dd']), frozenset(['dl', 'table'])),
    'td': (frozenset(['td', 'th']), frozenset(['tr', 'table'])),
    'th': (frozenset(['td', 'th']), frozenset(['tr', 'table'])),
    'tr': (frozenset(['tr']), frozenset(['table'])),
    'tbody': (frozenset(['thead', 'tbody', 'tfoot', 'caption', 'colgroup']), frozenset(['table'])),
    'tfoot': (frozenset(['thead', 'tbody', 'tfoot', 'caption', 'colgroup']), frozenset(['table'])),
    'option': (frozenset(['option']), frozenset(['select'])),
}
CELLS = frozenset(['td', 'th', 'caption', 'table'])  # an end tag of something else reaches no further than these
TABLE_PARTS = frozenset(['td', 'th', 'tr', 'thead', 'tbody', 'tfoot', 'caption', 'table'])


class Node:
    """An element with its attributes and what lies in it, elements and texts in order."""

    __slots__ = ('attributes', 'children', 'tag')

    def __init__(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.children: list[Node | str] = []

    def get(self, name: str) -> str:
        """An attribute's value, or ''."""
        return self.attributes.get(name, '')

    @property
    def classes(self) -> frozenset[str]:
        """The words of its class attribute, in lower case."""
        return frozenset(self.get('class').lower().split())

    def iter(self) -> Iterator['Node']:
        """The elements in it, in the order of the document."""
        stack: list[Node | str] = list(reversed(self.children))
        while stack:
            node = stack.pop()
            if isinstance(node, Node):
                yield node
                stack.extend(reversed(node.children))

    @property
    def text(self) -> str:
        """All text in it; a line break is one."""
        found, stack = list[str](), list[Node | str](reversed(self.children))
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                found.append(node)
            elif node.tag == 'br':
                found.append('\n')
            else:
                stack.extend(reversed(node.children))
        return ''.join(found)


def parse(source: str) -> Node:
    """The tree of a piece of HTML, below a root without a name. Raises Refused for one that is too large."""
    if len(source) > MAX_HTML:
        size = len(source) / 1_000_000
        raise Refused(None, f'This has {size:,.0f} million characters, and at most {MAX_HTML // 1_000_000} are read.')
    return _Builder(source).build()


class _Builder:
    def __init__(self, source: str) -> None:
        self.source = source
        self.root = Node('')
        self.stack = [self.root]
        self.nodes = 0
        self.beyond = 0  # elements open that lie too deep to have a place in the tree

    def build(self) -> Node:
        source, at = self.source, 0
        while match := TOKEN.search(source, at):
            if match.start() > at:
                self._text(source[at : match.start()])
            if match['comment']:
                end = source.find('-->', match.end())
                at = end + 3 if end >= 0 else len(source)
            elif match['bogus']:
                end = source.find('>', match.end())
                at = end + 1 if end >= 0 else len(source)
            else:
                attributes, at, closed = self._attributes(match.end(), keep=not match['end'])
                name = match['name'].lower()
                if match['end']:
                    self._end(name)
                else:
                    self._start(name, attributes, closed=closed)
                    at = self._past_raw(name, at)
        if at < len(source):
            self._text(source[at:])
        return self.root

    def _attributes(self, at: int, *, keep: bool) -> tuple[dict[str, str], int, bool]:
        """Those of a tag that are ever asked for, where the tag ends, and whether it closes itself."""
        found: dict[str, str] = {}
        source = self.source
        while match := ATTRIBUTE.match(source, at):
            at = match.end()
            name = match['name']
            if name is None:
                return found, at, source.endswith('/>', 0, at)
            name = name.lower()
            if keep and name in KEPT and name not in found:
                value = match['value'] or ''
                if value[:1] in ('"', "'"):
                    value = value[1:-1] if len(value) > 1 and value[-1] == value[0] else value[1:]
                found[name] = _characters(value[:MAX_ATTRIBUTE])
        return found, len(source), False

    def _past_raw(self, name: str, at: int) -> int:
        """Past the end of an element whose content is no HTML and is never shown as text."""
        if name not in RAW:
            return at
        end = re.compile(rf'</{name}[\s/>]', re.IGNORECASE).search(self.source, at)
        return end.start() if end else len(self.source)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise Refused(None, f'This has more than {MAX_NODES:,} pieces of formatting. Bring it in in parts.')

    def _text(self, text: str) -> None:
        self._count()
        self.stack[-1].children.append(_characters(text))

    def _start(self, name: str, attributes: dict[str, str], *, closed: bool) -> None:
        self._count()
        if self.beyond:
            self.beyond += name not in VOID and not (closed and ':' in name)
            self.stack[-1].children.append(Node(name, attributes))
            return
        if name in CLOSES_P:
            self._close(frozenset(['p']), CELLS | {'li', 'button', 'object'})
        elif name in CLOSES:
            self._close(*CLOSES[name])
        node = Node(name, attributes)
        self.stack[-1].children.append(node)
        if name in VOID or (closed and ':' in name):
            return
        if len(self.stack) >= MAX_DEPTH:
            self.beyond = 1
        else:
            self.stack.append(node)

    def _end(self, name: str) -> None:
        if self.beyond:
            self.beyond -= name not in VOID
        elif name == 'br':
            self._start('br', {}, closed=True)
        else:
            self._close(frozenset([name]), frozenset(['table']) if name in TABLE_PARTS else CELLS)

    def _close(self, names: frozenset[str], no_further: frozenset[str]) -> None:
        """Close the innermost open element of these names with what is open in it, if there is one that near."""
        for depth in range(len(self.stack) - 1, 0, -1):
            tag = self.stack[depth].tag
            if tag in names:
                del self.stack[depth:]
                return
            if tag in no_further:
                return


def _characters(text: str) -> str:
    return unescape(LONG_NUMBER.sub('&#xfffd', text)) if '&' in text else text
