"""Inline structure of GitHub's Markdown: text of one paragraph, heading or cell -> children of its element.

The method is CommonMark's (https://spec.commonmark.org/0.31.2/#phase-2-inline-structure): one pass turns the text into
a flat list of tokens; a stack of brackets finds links, a stack of delimiter runs finds emphasis; a last pass builds the
elements. Extended autolinks and strikethrough follow https://github.github.com/gfm/. Nothing recurses, and each search
that can fail is either bounded or remembered, so the time grows with the length of the text, whatever it holds.

The module is longer than most of ours: one method of one algorithm, which reads worse in pieces.
"""

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.util import AMP_SUBSTITUTE, ETX, STX, AtomicString, code_escape

from .blocks import GitHubBlockParser, normal_label
from .document import Refused
from .links import Links, settle
from .rawhtml import INLINE_ENDS, INLINE_TAG

MAX_INLINE_DEPTH = 100  # nested emphasis; the deepest real text needs 3
MAX_ALT = 1_000_000  # characters of image descriptions, which repeat when images are nested in images
MAX_LABEL = 1000  # spec: a link label has at most 999 characters
MAX_PARENTHESES = 8  # nested in a link's address; the spec allows a limit
MAX_MARKS = 30_000  # signs that may mean something, in one document; dense real ones would have half of that
MAX_REFERENCES = 2_000  # to footnotes
MAX_FORMATTED = 100_000  # HTML formatting left open is repeated in every block behind it; how often in all

SPECIAL = re.compile(r'[\\`*_~\[\]<\n]|!\[|(?<![a-z])(?:https?|ftp)://|(?<![^\s*_~(])www\.', re.IGNORECASE)
TICKS = re.compile('`+')
ESCAPABLE = frozenset('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')
AUTOLINK = re.compile(r'<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*)>', re.IGNORECASE)
AUTOMAIL = re.compile(r"<([a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*)>", re.IGNORECASE)
DOMAIN = re.compile(r'[\w.-]{1,255}')
URL_REST = re.compile(r'[^\s<]*')
MAIL_HOST = re.compile(r'[\w-]+(?:\.[\w-]+)+', re.ASCII)
DESTINATION = re.compile(r'<((?:[^<>\n\\]|\\.)*+)>')
DESTINATION_PART = re.compile(r'[^\\()\x00-\x20\x7f]+|\\[!-/:-@\[-`{-~]|\\|[()]')
TITLE = re.compile(r'"((?:[^"\\]|\\.)*+)"|\'((?:[^\'\\]|\\.)*+)\'|\(((?:[^()\\]|\\.)*+)\)', re.DOTALL)
WHITE = re.compile(r'[ \n]*')
REF_LABEL = re.compile(r'\[((?:[^\[\]\\]|\\.){0,999}+)\]', re.DOTALL)
WIKI = re.compile(r'\[\[([^\[\]|`]{1,200}+)(?:\|([^\[\]`]{1,200}+))?\]\]')
ENTITY = re.compile(r'&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});')
UNESCAPE = re.compile(r'\\([!-/:-@\[-`{-~])')
TRAILING_ENTITY = re.compile(r'&[a-zA-Z0-9]{1,32};$')


class Raw(str):
    """A placeholder for raw HTML: never part of an attribute."""

    __slots__ = ()


class Edge:
    """Where an element begins or ends among the tokens."""

    __slots__ = ('elem', 'opens')

    def __init__(self, elem: Element, *, opens: bool) -> None:
        self.elem, self.opens = elem, opens


class Run:
    """A run of `*`, `_` or `~`: a token that may close and open emphasis."""

    __slots__ = ('after', 'before', 'char', 'closes', 'left', 'length', 'opens', 'order')

    def __init__(self, char: str, length: int, *, opens: bool, closes: bool, order: int) -> None:
        self.char, self.length, self.left = char, length, length
        self.opens, self.closes, self.order = opens, closes, order
        self.before: list[Edge] = []
        self.after: list[Edge] = []


class Bracket:
    """A `[` or `![` that may start a link or an image. `nested`: another one follows inside."""

    __slots__ = ('image', 'nested', 'runs', 'start', 'token')

    def __init__(self, token: int, start: int, *, image: bool, runs: int) -> None:
        self.token, self.start, self.image, self.runs, self.nested = token, start, image, runs, False


Token = str | Run | Edge | Element
Target = tuple[str, str | None, int]


class Inline:
    """Reads the inline text of a document's leaves, one after the other."""

    def __init__(self, md: Markdown, parser: GitHubBlockParser, links: Links) -> None:
        self.md, self.parser, self.links = md, parser, links
        self.alt_length = self.marks = self.formatted = 0
        self.footnotes_used: list[str] = []  # in the order of their first reference
        self.references: list[tuple[Element, str]] = []  # to footnotes, in the order of the text

    def fill(self, elem: Element, text: str, line: int) -> None:
        """Give `elem` the elements and text that `text` stands for; `line` is where the text starts in the source."""
        self.formatted += self.parser.open_tags.formatting
        if self.formatted > MAX_FORMATTED:
            raise Refused(line, 'HTML such as <b> or <a> was opened and not closed before too long a text. Close it.')
        if '@' not in text and not SPECIAL.search(text):
            elem.text = text
            return
        self.text, self.pos, self.end = text, 0, len(text)
        self.first_line = self.line = line
        self.counted = 0
        self.tokens: list[Token] = []
        self.runs: list[Run] = []
        self.brackets: list[Bracket] = []
        self.no_link_before = 0  # brackets left of this place cannot start a link: they would hold another
        self.ticks: dict[int, list[int]] | None = None
        self.missing: set[str] = set()  # ends of raw HTML that no longer occur
        while self.pos < self.end:
            match = SPECIAL.search(text, self.pos)
            if not match:
                self.tokens.append(text[self.pos :])
                break
            if match.start() > self.pos:
                self.tokens.append(text[self.pos : match.start()])
            self.pos = match.start()
            self.READERS.get(text[self.pos], Inline._url)(self)
            self.marks += 1
            if self.marks > MAX_MARKS:
                message = f'more than {MAX_MARKS:,} signs such as *, [ or ` and ends of lines. Split the text in two.'
                raise Refused(self._line_here(), message)
        self._emphasis(0)
        self._build(elem)

    def _line_here(self) -> int:
        """The source line of the present place; it only moves forward."""
        if self.pos > self.counted:
            self.line += self.text.count('\n', self.counted, self.pos)
            self.counted = self.pos
        return self.line

    # -- one token each ------------------------------------------------------------------------------------------------

    def _literal(self, length: int = 1) -> None:
        self.tokens.append(self.text[self.pos : self.pos + length])
        self.pos += length

    def _backslash(self) -> None:
        char = self.text[self.pos + 1 : self.pos + 2]
        if char == '\n':
            self.tokens += [Element('br'), '\n']
            self.pos = skip_white(self.text, self.pos + 2)
        elif char in ESCAPABLE and char:
            self.tokens.append(AMP_SUBSTITUTE + 'amp;' if char == '&' else f'{STX}{ord(char)}{ETX}')
            self.pos += 2
        else:
            self._literal()

    def _newline(self) -> None:
        if self.tokens and isinstance(line := self.tokens[-1], str):
            self.tokens[-1] = line.rstrip(' ')
            if line.endswith('  '):
                self.tokens.append(Element('br'))
        self.tokens.append('\n')
        self.pos = skip_white(self.text, self.pos + 1)

    def _code(self) -> None:
        """Spec 6.1: a run of backticks up to the next run of the same length."""
        if self.ticks is None:
            self.ticks = {}
            for run in TICKS.finditer(self.text):
                self.ticks.setdefault(len(run[0]), []).append(run.start())
        length = 1
        while self.text.startswith('`', self.pos + length):
            length += 1
        starts = self.ticks.get(length, [])
        next_run = bisect_left(starts, self.pos + length)
        if next_run == len(starts):
            return self._literal(length)
        content = self.text[self.pos + length : starts[next_run]].replace('\n', ' ')
        if content.strip(' ') and content[0] == content[-1] == ' ':
            content = content[1:-1]
        code = Element('code')
        code.text = AtomicString(code_escape(content))
        self.tokens.append(code)
        self.pos = starts[next_run] + length

    def _angle(self) -> None:
        """Spec 6.5 and 6.6: an autolink or raw HTML."""
        text, pos = self.text, self.pos
        if match := AUTOLINK.match(text, pos) or AUTOMAIL.match(text, pos):
            mail = '@' in match[1] and ':' not in match[1]
            self._link_token(match[1], ('mailto:' if mail else '') + match[1])
            self.pos = match.end()
            return
        match = INLINE_TAG.match(text, pos)
        end = match.end() if match else self._end_of_html()
        if not end:
            return self._literal()
        self.tokens.append(Raw(self.parser.stash(text[pos:end], self._line_here())))
        self.pos = end

    def _end_of_html(self) -> int:
        """Where a comment, declaration or instruction that starts here ends, or 0."""
        text, pos = self.text, self.pos
        for start, stop in INLINE_ENDS:
            if start == '<!' and not text[pos + 2 : pos + 3].isalpha():
                return 0
            if text.startswith(start, pos) and stop not in self.missing:
                end = text.find(stop, pos + len(start))
                if end >= 0:
                    return end + len(stop)
                self.missing.add(stop)
                return 0
        return 0

    def _url(self) -> None:
        """GFM 6.9: a bare address, without the punctuation that ends the sentence around it."""
        text, pos = self.text, self.pos
        scheme = text.find('://', pos, pos + 8) + 3 if text[pos] not in 'wW' else pos
        domain = DOMAIN.match(text, scheme)
        parts = domain[0].rstrip('.-').split('.') if domain else []
        underscored = any('_' in part for part in parts[-2:])
        if self.brackets or domain is None or not parts or (len(parts) < 2 and scheme == pos) or underscored:
            return self._literal(max(scheme - pos, 3))
        end = end_of_address(text, pos, domain.end())
        url = text[pos:end]
        self._link_token(url, ('http://' if scheme == pos else '') + url)
        self.pos = end

    def _link_token(self, label: str, url: str) -> None:
        link = Element('a')
        self.links.point(link, url, self._line_here())
        link.text = AtomicString(code_escape(label))
        self.tokens.append(link)

    def _run(self) -> None:
        """Spec 6.2: whether a run may open or close emphasis depends on the characters around it."""
        text, pos, char = self.text, self.pos, self.text[self.pos]
        end = pos
        while end < self.end and text[end] == char:
            end += 1
        before, after = kind(text[pos - 1] if pos else ' '), kind(text[end] if end < self.end else ' ')
        left = after != 'space' and (after != 'sign' or before != 'word')
        right = before != 'space' and (before != 'sign' or after != 'word')
        if char == '_':
            left, right = left and (not right or before == 'sign'), right and (not left or after == 'sign')
        run = Run(char, end - pos, opens=left, closes=right, order=len(self.tokens))
        self.tokens.append(run)
        if (left or right) and (char != '~' or end - pos <= 2):
            self.runs.append(run)
        self.pos = end

    # -- links and images (spec 6.3, 6.4) ------------------------------------------------------------------------------

    def _open_bracket(self) -> None:
        image = self.text[self.pos] == '!'
        if not image and self._wiki():
            return
        if self.brackets:
            self.brackets[-1].nested = True
        self.brackets.append(Bracket(len(self.tokens), self.pos + 1 + image, image=image, runs=len(self.runs)))
        self._literal(1 + image)

    def _wiki(self) -> bool:
        """`[[Title]]` or `[[Title|words]]`, a link by title, unless these brackets mean something to GitHub.

        Each try looks no further than the next bracket, so all of them together read the text once.
        """
        match = WIKI.match(self.text, self.pos) if self.text.startswith('[', self.pos + 1) else None
        if not match:
            return False
        title = ' '.join(UNESCAPE.sub(r'\1', decode(match[1])).split())
        if title in ('', 'x', 'X') or self._means_more(match):
            return False
        elem = Element('a')
        self.links.point_to_title(elem, title, self._line_here())
        elem.text = AtomicString(code_escape(' '.join(UNESCAPE.sub(r'\1', decode(match[2] or '')).split()) or title))
        self.tokens.append(elem)
        self.pos = match.end()
        self.no_link_before = match.start() + 1  # brackets around it cannot start a link: they would hold another
        return True

    def _means_more(self, match: re.Match[str]) -> bool:
        """Whether `[[1]](address)`, `[[1]][label]`, `[[label]]` or `[[^1]]` is a link or a footnote of GitHub's."""
        label, after = normal_label(match[0][2:-2]), match.end()
        if label in self.md.references or (label[0] == '^' and label[1:] in self.parser.footnotes):
            return True
        if self.text.startswith('(', after):
            return self._target(after) is not None
        behind = REF_LABEL.match(self.text, after) if self.md.references else None
        return behind is not None and normal_label(behind[1]) in self.md.references

    def _close_bracket(self) -> None:
        close = self.pos
        self._literal()
        if not self.brackets:
            return
        bracket = self.brackets.pop()
        if self._footnote(bracket, close):
            return
        if not bracket.image and bracket.start < self.no_link_before:
            return
        found = self._target(close + 1) or self._reference(bracket, close)
        if not found:
            return
        line = self._line_here()
        url, title, self.pos = decode(UNESCAPE.sub(r'\1', found[0])), found[1], found[2]
        self._emphasis(bracket.runs)
        inner = self.tokens[bracket.token + 1 : -1]
        del self.tokens[bracket.token :]
        if bracket.image:
            elem = Element('img', alt=self._plain(inner, line))
            self.links.show(elem, url, line)
            self.tokens.append(elem)
        else:
            elem = Element('a')
            self.links.point(elem, url, line)
            self.tokens += [Edge(elem, opens=True), *inner, Edge(elem, opens=False)]
            self.no_link_before = bracket.start
        if title:
            elem.set('title', UNESCAPE.sub(r'\1', title))

    def _target(self, pos: int) -> Target | None:
        """`(address "title")` at `pos`: its address, title and end."""
        text = self.text
        if not text.startswith('(', pos):
            return None
        pos = skip_white(text, pos + 1)
        if text.startswith('<', pos):
            if not (match := DESTINATION.match(text, pos)):
                return None
            url, pos = match[1], match.end()
        else:
            start = pos
            if (pos := end_of_destination(text, start)) < 0:
                return None
            url = text[start:pos]
        space = skip_white(text, pos)
        title = TITLE.match(text, space) if space > pos else None
        if title:
            space = skip_white(text, title.end())
        if not text.startswith(')', space):
            return None
        return url, title[title.lastindex or 0] if title else None, space + 1

    def _reference(self, bracket: Bracket, close: int) -> Target | None:
        """`[text][label]`, `[label][]` or `[label]`: its address, title and end."""
        if not self.md.references:
            return None
        match = REF_LABEL.match(self.text, close + 1)
        label, end = (match[1], match.end()) if match else ('', close + 1)
        if not label.strip():
            if bracket.nested or close - bracket.start > MAX_LABEL:
                return None
            label = self.text[bracket.start : close]
        found = self.md.references.get(normal_label(label))
        return (*found, end) if found else None

    def _footnote(self, bracket: Bracket, close: int) -> bool:
        """`[^name]`, where the text has a footnote of that name."""
        if not self.parser.footnotes or not self.text.startswith('^', bracket.start):
            return False
        name = normal_label(self.text[bracket.start + 1 : min(close, bracket.start + MAX_LABEL)])
        footnote = self.parser.footnotes.get(name)
        if footnote is None:
            return False
        if not footnote.uses:
            self.footnotes_used.append(name)
            footnote.number = len(self.footnotes_used)
        footnote.uses += 1
        if len(self.references) >= MAX_REFERENCES:
            raise Refused(
                self._line_here(), f'more than {MAX_REFERENCES:,} references to footnotes. Split the text in two.'
            )
        sup = Element('sup')
        reference = SubElement(sup, 'a', {'class': 'footnote-ref'})
        self.references.append((reference, name))
        sup.set('class', 'footnote')
        self.tokens[bracket.token :] = ['!' * bracket.image, sup]
        return True

    def _plain(self, tokens: Sequence[Token], line: int) -> str:
        """The description of an image: its text without markup."""
        parts = []
        for token in tokens:
            if isinstance(token, str) and not isinstance(token, Raw):
                parts.append(token)
            elif isinstance(token, Run):
                parts.append(token.char * token.left)
            elif isinstance(token, Element):
                parts.append(token.get('alt') or token.text or '')
        alt = ''.join(parts)
        self.alt_length += len(alt)
        if self.alt_length > MAX_ALT:
            raise Refused(line, 'pictures lie too deep in the descriptions of other pictures.')
        return alt

    # -- emphasis ------------------------------------------------------------------------------------------------------

    def _emphasis(self, bottom: int) -> None:
        """Spec, 'process emphasis', for the runs from index `bottom` on; they leave the stack."""
        runs = self.runs[bottom:]
        del self.runs[bottom:]
        openers: list[Run] = []
        floor: dict[tuple[str, bool, int], int] = {}  # below which opener a search for this kind of closer is in vain
        for run in runs:
            key = run.char, run.opens, run.length % 3
            while run.closes and run.left:
                limit, index = floor.get(key, -1), len(openers) - 1
                while index >= 0 and openers[index].order > limit and not pairs(openers[index], run):
                    index -= 1
                if index < 0 or openers[index].order <= limit:
                    floor[key] = openers[-1].order if openers else limit
                    break
                del openers[index + 1 :]
                opener = openers[-1]
                size = run.left if run.char == '~' else 2 if min(opener.left, run.left) >= 2 else 1
                elem = Element('del' if run.char == '~' else 'strong' if size == 2 else 'em')
                opener.after.append(Edge(elem, opens=True))
                run.before.append(Edge(elem, opens=False))
                opener.left -= size
                run.left -= size
                if not opener.left:
                    openers.pop()
            if run.opens and run.left:
                openers.append(run)

    # -- tokens to elements --------------------------------------------------------------------------------------------

    def _build(self, elem: Element) -> None:
        """Append what the tokens say to `elem`; the children it has stay behind them."""
        stack, kept, in_link = [elem], list(elem), 0
        pending: list[str] = []
        for child in kept:
            elem.remove(child)
        events = self._events()
        for number, event in enumerate(events):
            if isinstance(event, str):
                pending.append(event)
                continue
            if pending:
                self._append_text(stack[-1], ''.join(pending), mails=not in_link)
                pending.clear()
            if isinstance(event, Element):
                if event.tag == 'img':
                    settle(event, in_link=bool(in_link))
                stack[-1].append(event)
            elif event.opens:
                in_link += event.elem.tag == 'a'
                stack[-1].append(event.elem)
                stack.append(event.elem)
                if len(stack) > MAX_INLINE_DEPTH:
                    message = f'emphasis lies more than {MAX_INLINE_DEPTH} levels deep in itself. Take some of it away.'
                    before = (text for text in events[:number] if isinstance(text, str))
                    raise Refused(self.first_line + sum(text.count('\n') for text in before), message)
            else:
                in_link -= event.elem.tag == 'a'
                stack.pop()
        self._append_text(stack[-1], ''.join(pending), mails=not in_link)
        elem.extend(kept)

    def _events(self) -> list[str | Edge | Element]:
        events: list[str | Edge | Element] = []
        for token in self.tokens:
            if isinstance(token, Run):
                events += token.before
                events.append(token.char * token.left)
                events += reversed(token.after)
            else:
                events.append(token)
        return events

    def _append_text(self, parent: Element, text: str, *, mails: bool) -> None:
        """Put text into the tree; bare mail addresses in it become links (GFM 6.9)."""
        pos, at = 0, text.find('@') if mails else -1
        while at >= 0:
            start = at
            while start > pos and (
                (text[start - 1].isalnum() and text[start - 1].isascii()) or text[start - 1] in '._+-'
            ):
                start -= 1
            host = MAIL_HOST.match(text, at + 1)
            end = host.end() if host else at + 1
            if host and start < at and text[end - 1] not in '-_':
                append_text(parent, text[pos:start])
                link = SubElement(parent, 'a', href='mailto:' + text[start:end])
                link.text = AtomicString(text[start:end])
                pos = end
            at = text.find('@', end)
        append_text(parent, text[pos:])

    READERS: dict[str, Callable[['Inline'], None]] = {
        '\\': _backslash,
        '`': _code,
        '*': _run,
        '_': _run,
        '~': _run,
        '[': _open_bracket,
        '!': _open_bracket,
        ']': _close_bracket,
        '<': _angle,
        '\n': _newline,
    }


def kind(char: str) -> str:
    """'space', 'sign' or 'word': the classes that decide about emphasis (spec 2.1, 6.2)."""
    if char.isspace():
        return 'space'
    if char.isalnum():
        return 'word'
    return 'sign' if char in ESCAPABLE or unicodedata.category(char)[0] in 'PS' else 'word'


def pairs(opener: Run, closer: Run) -> bool:
    """Spec 6.2, rules 9 and 10 ('the sum is not a multiple of 3'); strikethrough needs runs of one length."""
    if opener.char != closer.char:
        return False
    if opener.char == '~':
        return opener.left == closer.left
    if not (opener.closes or closer.opens):
        return True
    return (opener.length + closer.length) % 3 != 0 or (opener.length % 3 == 0 and closer.length % 3 == 0)


def skip_white(text: str, pos: int) -> int:
    """The first place from `pos` on that is no space and no end of a line."""
    return WHITE.match(text, pos).end()  # type: ignore[union-attr]  # it matches everywhere


def end_of_destination(text: str, pos: int) -> int:
    """Where a link's address without `<>` ends, or -1 if its parentheses do not match or lie too deep."""
    depth = 0
    while match := DESTINATION_PART.match(text, pos):
        depth += (match[0] == '(') - (match[0] == ')')
        if depth < 0:
            return pos
        if depth > MAX_PARENTHESES:
            return -1
        pos = match.end()
    return pos if depth == 0 else -1


def end_of_address(text: str, start: int, pos: int) -> int:
    """Where a bare address from `start` ends whose host ends at `pos` (GFM 6.9, 'extended autolink path
    validation')."""
    end = URL_REST.match(text, pos).end()  # type: ignore[union-attr]  # it matches everywhere
    opened, closed = text.count('(', start, end), text.count(')', start, end)
    while True:
        char = text[end - 1]
        if char in '?!.,:*_~"\'' or (char == ')' and closed > opened):
            closed -= char == ')'
            end -= 1
        elif char == ';':
            entity = TRAILING_ENTITY.search(text[max(start, end - 34) : end])
            end -= len(entity[0]) if entity else 1
        else:
            return end


def decode(text: str) -> str:
    """Character references (spec 2.5: only those that end in a semicolon) as the characters they stand for."""
    return ENTITY.sub(lambda match: html.unescape(match[0]), text) if '&' in text else text


def append_text(parent: Element, text: str) -> None:
    """Put text after the last child of `parent`."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or '') + text
    else:
        parent.text = (parent.text or '') + text
