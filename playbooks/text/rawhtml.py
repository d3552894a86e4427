"""HTML that stands in Markdown: where it starts and ends, and how much of it is left open.

Sources: https://spec.commonmark.org/0.31.2/#html-blocks and #raw-html.
"""

import html
import re
from collections import Counter

from .document import Refused

MAX_TAGS = 10_000  # in one document: sanitizers take the square of that on some
MAX_OPEN_TAGS = 1_000  # elements not closed; the most in the handbooks we know is 221
MAX_OPEN_FORMATTING = 50  # of these, such as HTML repeats in each new block; the most we know is 5

ATTRIBUTE = r"""\s+[a-zA-Z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
TAG = rf'<(?:[a-zA-Z][a-zA-Z0-9-]*+(?:{ATTRIBUTE})*+\s*+/?|/[a-zA-Z][a-zA-Z0-9-]*+\s*+)>'
INLINE_TAG = re.compile(TAG)
INLINE_ENDS = [('<!--', '-->'), ('<?', '?>'), ('<![CDATA[', ']]>'), ('<!', '>')]
BLOCK_NAMES = (
    'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|'
    'fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|'
    'menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|source|summary|table|tbody|td|tfoot|th|thead|title|'
    'tr|track|ul'
)
# How each of the seven kinds of HTML block starts, and what ends it (None: a blank line). The last kind interrupts no
# paragraph.
STARTS: list[tuple[re.Pattern[str], re.Pattern[str] | None]] = [
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE) if end else None)
    for start, end in [
        (r'<(?:script|pre|style|textarea)(?=[\s>]|$)', r'</(?:script|pre|style|textarea)>'),
        (r'<!--', r'-->'),
        (r'<\?', r'\?>'),
        (r'<![a-z]', r'>'),
        (r'<!\[CDATA\[', r'\]\]>'),
        (rf'</?(?:{BLOCK_NAMES})(?=[\s>]|/>|$)', None),
        (rf'{TAG}\s*$', None),
    ]
]
TAG_NAME = re.compile(r'<(/?)([a-z][a-z0-9-]*)')
VOID = frozenset('area base br col embed hr img input link meta source track wbr'.split())  # noqa: SIM905
FORMATTING = frozenset('a b big code em font i nobr s small strike strong tt u'.split())  # noqa: SIM905
INPUT = re.compile(r'<(input)(?=[\s/>])', re.IGNORECASE)
IMAGE = re.compile(rf'<img(?:{ATTRIBUTE})*+\s*+/?>', re.IGNORECASE)
IMAGE_PART = re.compile(r"""\s(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""", re.IGNORECASE)
REMOTE = re.compile(r'(?:[a-z][a-z0-9+.-]*:|//)', re.IGNORECASE)
IGNORED_IN_URL = re.compile(r'^[\x00-\x20]+|[\t\n\r]')


def is_remote(address: str) -> bool:
    """Whether a browser would take this address to another host, or to no host at all (`data:`)."""
    return bool(REMOTE.match(IGNORED_IN_URL.sub('', address).replace('\\', '/')))


def tamed(source: str) -> str:
    """The HTML with every field disabled, and a link in place of each picture that lies elsewhere.

    A page of ours loads nothing from outside. That no script runs is the cleaner's business, not this one's.
    """
    source = INPUT.sub(r'<\1 disabled', source)
    return IMAGE.sub(_link_for_image, source) if '<img' in source.lower() else source


def _link_for_image(image: re.Match[str]) -> str:
    found = {part[1].lower(): part[2] or part[3] or part[4] or '' for part in IMAGE_PART.finditer(image[0])}
    address = html.unescape(found.get('src', ''))
    if not is_remote(address):
        return image[0]
    text = html.unescape(found.get('alt', '')) or address
    return f'<a href="{html.escape(address)}">{html.escape(text)}</a>'


class OpenTags:
    """Counts the HTML elements a document leaves open: sanitizers and browsers are slow on thousands of them."""

    def __init__(self) -> None:
        self.by_name: Counter[str] = Counter()
        self.total = self.open = 0
        self.formatting = 0

    def add(self, source: str, line: int) -> None:
        """Count the tags of a piece of HTML. Raises Refused when too many are open."""
        for end, name in TAG_NAME.findall(source.lower()):
            self.total += 1
            if self.total > MAX_TAGS:
                raise Refused(line, f'more than {MAX_TAGS:,} HTML tags in one text. Use Markdown, or split the text.')
            if name not in VOID and (not end or self.by_name[name]):
                step = -1 if end else 1
                self.by_name[name] += step
                self.open += step
                self.formatting += step * (name in FORMATTING)
                if self.open > MAX_OPEN_TAGS or self.formatting > MAX_OPEN_FORMATTING:
                    raise Refused(
                        line, f'too many HTML elements are open, the last one <{name}>. Close those before it.'
                    )
