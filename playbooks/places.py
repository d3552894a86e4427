"""Places of a text: its headings ('s-…') and items ('i-…'), what they say, and where they stand.

A place is the id that the heading or item has in the page. What is said about a text is said at a place, or, with '',
about the whole.
"""

import re
from dataclasses import dataclass

from . import text as texts
from .models import Item, Section, Version

SECTION, ITEM = 's-', 'i-'
QUOTED = 500
OPENS_A_BLOCK = re.compile(r'^(\s*)(#{1,6}(?=\s)|```|~~~|(?:[-*+]|\d+[.)])\s+\[[ xX]\])')


class NoSuchPlace(ValueError):
    """There is no such heading or item in this version."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: the id in the page, the words that stand there, and the line of the text."""

    anchor: str = ''
    words: str = ''
    line: int | None = None


def place_in(version: Version, anchor: str) -> Place:
    """The heading or item of a version with this id; '' is the whole page. Raises NoSuchPlace. One query at most."""
    if not anchor:
        return Place()
    if anchor.startswith(SECTION):
        found = Section.objects.filter(version=version, anchor=anchor).values_list('title', 'line').first()
    elif anchor.startswith(ITEM):
        found = Item.objects.filter(version=version, key=anchor.removeprefix(ITEM)).values_list('text', 'line').first()
    else:
        found = None
    if found is None:
        raise NoSuchPlace(anchor)
    return Place(anchor, found[0][:QUOTED], found[1])


def place_in_text(text: str, title: str, anchor: str) -> Place:
    """The same in a text that is not published. Raises NoSuchPlace, also where the text cannot be read."""
    if not anchor:
        return Place()
    try:
        document = texts.read(text, title=title)
    except texts.Refused as refused:
        raise NoSuchPlace(anchor) from refused
    for section in document.sections:
        if section.anchor == anchor:
            return Place(anchor, section.text[:QUOTED], section.line)
    for item in document.items:
        if ITEM + item.key == anchor:
            return Place(anchor, item.text[:QUOTED], item.line)
    raise NoSuchPlace(anchor)


def with_paragraph(text: str, title: str, anchor: str, paragraph: str) -> tuple[str, bool]:
    """A text with a paragraph under a place, and whether that is where it went; else it stands at the end.

    Under a heading it comes first; under an item it is the last of its details. What somebody wrote as plain words
    makes no heading, task or block of code. No other heading, item or key changes, or the paragraph goes to the end.
    """
    words = [_plain_line(line) for line in paragraph.strip().splitlines()]
    lines = text.rstrip('\n').split('\n')
    try:
        document = texts.read(text, title=title)
    except texts.Refused:
        return _at_the_end(lines, words), False
    for section in document.sections:
        if section.anchor == anchor:
            after = section.line + (1 if _is_underlined(lines, section.line) else 0)
            return _checked(document, lines, words, title=title, after=after, indent='')
    for item in document.items:
        if ITEM + item.key == anchor:
            indent = lines[item.line - 1].partition(lines[item.line - 1].lstrip())[0] + '    '
            return _checked(
                document,
                lines,
                words,
                title=title,
                after=item.line_end,
                indent=indent,
            )
    return _at_the_end(lines, words), not anchor


def _checked(
    before: texts.Document, lines: list[str], words: list[str], *, title: str, after: int, indent: str
) -> tuple[str, bool]:
    added = [indent + word if word else '' for word in words]
    rest = lines[after:]
    gap = [''] if rest and rest[0].strip() else []
    text = '\n'.join([*lines[:after], '', *added, *gap, *rest]) + '\n'
    now = texts.read(text, title=title)
    same_items = [(item.key, item.text) for item in now.items] == [(item.key, item.text) for item in before.items]
    same_sections = [section.anchor for section in now.sections] == [section.anchor for section in before.sections]
    if same_items and same_sections:
        return text, True
    return _at_the_end(lines, words), False


def _at_the_end(lines: list[str], words: list[str]) -> str:
    return '\n'.join([*lines, '', *words]).lstrip('\n') + '\n'


def _plain_line(line: str) -> str:
    """A line of plain words that Markdown takes for words."""
    line = line.strip()
    return OPENS_A_BLOCK.sub(r'\1\\\2', line)


def _is_underlined(lines: list[str], line: int) -> bool:
    """Whether the heading on this line is one that is underlined with = or -."""
    below = lines[line] if line < len(lines) else ''
    return not lines[line - 1].lstrip().startswith('#') and bool(re.fullmatch(r' {0,3}(=+|-+)\s*', below))
