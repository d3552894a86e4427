"""Several texts as parts of one: each below a heading of its own, with its source named, its headings further down."""

import re

from .blocks import ATX, SETEXT
from .composing import Run, heading, inline
from .normal import normalize
from .reading import read

FIRST = re.compile(r'( {0,3})(#{1,6})(?=[ \t]|$)')
NOTE = re.compile(r'^ {0,3}\[\^([^\]\s]{1,100})\]:', re.MULTILINE)
PART_LEVEL = 2


def as_part(title: str, source: str, text: str, *, above: str = '') -> str:
    """A text as a part of another that already says `above`.

    `source` is a line that says where it comes from; it stands below the heading, in italics. Headings of the text
    follow below the part's own. Footnotes that the text above has a name of, too, get another. Raises Refused.
    """
    body = _lowered(normalize(text), title)
    names = {name.casefold() for name in NOTE.findall(above)}
    for name in {name for name in NOTE.findall(body) if name.casefold() in names}:
        number = 2
        while f'{name}-{number}'.casefold() in names:
            number += 1
        body = body.replace(f'[^{name}]', f'[^{name}-{number}]')
    head = f'{"#" * PART_LEVEL} {heading([Run(title)])}\n\n'
    said = f'{inline([Run(source, italic=True)])}\n\n' if source else ''
    return normalize(f'{head}{said}{body}')


def _lowered(text: str, title: str) -> str:
    """The text with its headings below those of a part, without a first one that only repeats the title."""
    sections = read(text).sections
    lines = text.split('\n')
    if sections and sections[0].text == title and not ''.join(lines[: sections[0].line - 1]).strip():
        _cut(lines, sections[0].line - 1)
        sections = sections[1:]
    down = PART_LEVEL + 1 - min((section.level for section in sections), default=PART_LEVEL + 1)
    for section in sections if down else ():
        _set_level(lines, section.line - 1, min(section.level + down, 6))
    return '\n'.join(line for line in lines if line is not GONE).strip('\n')


GONE = '\0gone'


def _set_level(lines: list[str], at: int, level: int) -> None:
    """Give the heading that starts in this line another level."""
    if match := FIRST.match(lines[at]):
        lines[at] = f'{match[1]}{"#" * level}{lines[at][match.end() :]}'
        return
    end = _underline(lines, at)
    if end is None:
        return
    words = ' '.join(line.strip() for line in lines[at:end])
    lines[at] = f'{"#" * level} {words}'
    lines[at + 1 : end + 1] = [GONE] * (end - at)


def _cut(lines: list[str], at: int) -> None:
    end = at if ATX.match(lines[at].lstrip(' ')) else _underline(lines, at)
    if end is not None:
        lines[at : end + 1] = [GONE] * (end + 1 - at)


def _underline(lines: list[str], at: int) -> int | None:
    """The line of signs below a heading that starts in this line."""
    for number in range(at + 1, min(at + 50, len(lines))):
        if SETEXT.match(lines[number].strip(' ')):
            return number
        if not lines[number].strip():
            return None
    return None
