"""Markdown in, a Document out: every step from the text to what the product knows about it, in one parse.

The steps of Python-Markdown stay (preprocessors, blocks, tree, tree steps, serializer, postprocessors); `blocks` and
`inline` stand in for its block parser and its inline patterns. A reader is made for each text, so threads share
nothing.
"""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import NormalizeWhitespace, Preprocessor
from markdown.treeprocessors import Treeprocessor, UnescapeTreeprocessor
from markdown.util import AMP_SUBSTITUTE, HTML_PLACEHOLDER_RE, AtomicString, Registry

from .blocks import GitHubBlockParser
from .checklist import Checklist
from .cleaning import MARK, clean, plain_text
from .document import Document, External, FileLink, Link, Refused
from .highlighting import Highlighter
from .inline import Inline
from .links import Links
from .mending import Mender
from .normal import MAX_BYTES, normalize
from .wording import WORDS

PIPELINE = 2  # number of this way of rendering: raise it when the same text comes out differently

UNREADABLE = re.compile('[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]')  # what no HTML document may hold
LEAVES = frozenset(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'td', 'th'])


class ReplaceUnreadable(Preprocessor):
    """Puts U+FFFD in place of characters that no HTML document may hold."""

    def run(self, lines: list[str]) -> list[str]:
        return [UNREADABLE.sub('\ufffd', line) for line in lines]


class ReadInline(Treeprocessor):
    """Reads the inline text of all leaves, then that of the footnotes, which go to the end as GitHub puts them."""

    md: 'Reader'

    def run(self, root: Element) -> None:
        parser, inline = self.md.parser, self.md.inline
        self._fill(root)
        done = 0
        while done < len(inline.footnotes_used):
            self._fill(parser.footnotes[inline.footnotes_used[done]].elem)
            done += 1
        for item in parser.tight:
            if item.text == '\n':
                item.text = None
            for child in item:
                if child.tag == 'p':
                    child.tag = None  # type: ignore[assignment]  # the serializer then leaves out its tags

    def _fill(self, root: Element) -> None:
        lines = self.md.parser.lines
        for elem in [elem for elem in root.iter() if elem.tag in LEAVES]:
            if elem.text and not isinstance(elem.text, AtomicString):
                text, elem.text = elem.text, None
                self.md.inline.fill(elem, text, lines[elem])


class NameLines(Treeprocessor):
    """Says of each block from which line of the source it comes, so that a preview can follow the text."""

    md: 'Reader'

    def run(self, root: Element) -> None:
        lines = self.md.parser.lines
        for elem, line in lines.items():
            elem.set('data-line', f'{MARK}{line}')
        for item in self.md.parser.tight:  # their paragraphs are written without tags
            if len(item) and item[0] in lines:
                item.set('data-line', f'{MARK}{lines[item[0]]}')


class Finish(Treeprocessor):
    """Adds what only we add: keys, facts and tick boxes, anchors, footnotes, code in color, tables that scroll."""

    md: 'Reader'

    def run(self, root: Element) -> None:
        self.md.checklist.decorate()
        self._footnotes(root)
        self._callouts()
        self._code(root)
        for parent in list(root.iter()):
            for position, child in enumerate(parent):
                if child.tag == 'table':
                    self._wrap(parent, position, child)

    def _wrap(self, parent: Element, position: int, table: Element) -> None:
        """A wide table scrolls in a frame of its own, which the keyboard can reach."""
        frame = Element(
            'div', {'class': 'scroll', 'tabindex': '0', 'role': 'group', 'aria-label': self.md.words['table']}
        )
        frame.tail, table.tail = table.tail, None
        frame.append(table)
        parent[position] = frame

    def _callouts(self) -> None:
        for elem, kind in self.md.parser.callouts:
            elem.text = self.md.words[kind]

    def _code(self, root: Element) -> None:
        for elem in root.iter('pre'):
            elem.set('class', 'code')
            elem.set('tabindex', '0')
        highlighter = Highlighter()
        for fence in self.md.parser.fences:
            if html := highlighter.highlight(fence.source, fence.language):
                fence.elem.text = AtomicString(self.md.htmlStash.store(html))

    def _footnotes(self, root: Element) -> None:
        """As on GitHub: numbered by their first reference, at the end; those that nothing refers to are left out."""
        footnotes, used = self.md.parser.footnotes, self.md.inline.footnotes_used
        seen: dict[str, int] = {}
        for reference, name in self.md.inline.references:
            seen[name] = seen.get(name, 0) + 1
            number = footnotes[name].number
            reference.text = str(number)
            reference.set('id', f'{MARK}fnref-{number}-{seen[name]}')
            reference.set('href', f'{MARK}#fn-{number}')
        if not used:
            return
        section = SubElement(root, 'section', {'class': 'footnotes', 'aria-label': self.md.words['footnotes']})
        notes = SubElement(section, 'ol')
        for name in used:
            footnote = footnotes[name]
            footnote.elem.tag = 'li'
            footnote.elem.set('id', f'{MARK}fn-{footnote.number}')
            self._back_links(footnote.elem, footnote.number, footnote.uses)
            notes.append(footnote.elem)

    def _back_links(self, note: Element, number: int, uses: int) -> None:
        last = note[-1] if len(note) and note[-1].tag == 'p' else SubElement(note, 'p')
        for use in range(1, uses + 1):
            if len(last):
                last[-1].tail = (last[-1].tail or '') + ' '
            else:
                last.text = (last.text or '') + ' '
            label = self.md.words['back'].format(number=number)
            back = {'class': 'footnote-back', 'href': f'{MARK}#fnref-{number}-{use}', 'aria-label': label}
            SubElement(last, 'a', back).text = '↩' if use == 1 else f'↩{use}'


class RestoreHtml(Postprocessor):
    """Puts the raw HTML of the stash back, each piece once, in time that grows with the text alone."""

    def run(self, text: str) -> str:
        blocks = self.md.htmlStash.rawHtmlBlocks
        text = HTML_PLACEHOLDER_RE.sub(lambda match: str(blocks[int(match[1])]), text)
        return text.replace(AMP_SUBSTITUTE, '&')


class Reader(Markdown):
    """Python-Markdown with the steps that this package uses, and no others; it reads one text."""

    parser: GitHubBlockParser

    def __init__(self, text: str, title: str, words: Mapping[str, str], *, name_lines: bool = False) -> None:
        self.words = words
        super().__init__(output_format='html')
        if name_lines:
            self.treeprocessors.register(NameLines(self), 'lines', 30)
        self.links = Links()
        self.inline = Inline(self, self.parser, self.links)
        self.checklist = Checklist(self.parser, self.links, Mender(text.split('\n')), title, words)

    def build_parser(self) -> 'Reader':
        """Register our steps; Python-Markdown's constructor calls this."""
        self.parser = GitHubBlockParser(self)
        self.preprocessors = Registry()
        self.preprocessors.register(ReplaceUnreadable(self), 'replace_unreadable', 40)
        self.preprocessors.register(NormalizeWhitespace(self), 'normalize_whitespace', 30)
        self.inlinePatterns = Registry()
        self.treeprocessors = Registry()
        self.treeprocessors.register(ReadInline(self), 'inline', 20)
        self.treeprocessors.register(Finish(self), 'finish', 10)
        self.treeprocessors.register(UnescapeTreeprocessor(self), 'unescape', 0)
        self.postprocessors = Registry()
        self.postprocessors.register(RestoreHtml(self), 'raw_html', 30)
        return self

    def write(self, elem: Element) -> str:
        """A part of the finished tree as safe HTML."""
        html = self.serializer(elem)
        for step in self.postprocessors:
            html = step.run(html)
        return clean(html.strip())


def read(text: str, *, title: str = '', words: Mapping[str, str] = WORDS, name_lines: bool = False) -> Document:
    """Read a text: its safe HTML, table of contents, links, sections, items and problems.

    A first heading of level 1 that repeats `title` is not shown and is no section. `words` are those that we add to the
    HTML (see `wording.WORDS`). With `name_lines` each block of the HTML says in `data-line` on which line it starts.
    Problems never stop the reading. Raises Refused, with line and reason, for a text that
    is larger than 256 kB or so complex that reading it would keep everybody else waiting. Source: DESIGN.md, The text
    of a checklist.
    """
    text = normalize(text)
    check_size(text)
    reader = Reader(text, title, words, name_lines=name_lines)
    html = clean(reader.convert(text))
    if not text.strip():
        return Document()
    plain = plain_text(html)
    return Document(
        html=html,
        toc=reader.checklist.toc(),
        links=sorted(reader.links.by_element.values(), key=_place),
        files=sorted(reader.links.files, key=_place),
        external=sorted(reader.links.external, key=_place),
        dead_anchors=reader.checklist.dead_anchors,
        sections=reader.checklist.sections,
        items=reader.checklist.items(text, reader.write),
        problems=sorted(set(reader.checklist.problems)),
        title=reader.checklist.title,
        words=len(plain.split()),
        plain=plain,
    )


def check_size(text: str) -> None:
    """Raises Refused for a text above 256 kB."""
    size = len(text.encode())
    if size > MAX_BYTES:
        raise Refused(None, f'This text has {size / 1000:,.0f} kB, and at most 256 kB can be read. Split it in two.')


def _place(link: Link | FileLink | External) -> int:
    return link.line
