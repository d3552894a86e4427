r"""Blocks and runs of text written down as Markdown that `read` takes apart into just these blocks and runs again.

What is text stays text: whatever the reader would take for notation gets a backslash, and nothing else does, so that
the result is pleasant to go on writing in. Emphasis that Markdown cannot say at a place (a bold “)” within a word) is
left out rather than shown as stars.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from .blocks import CALLOUT, RULE
from .inline import AUTOLINK, AUTOMAIL, ENTITY, kind
from .notation import GROUP, is_notation
from .tables import DELIMITER_ROW

MAX_LEVEL = 15  # of lists in one another; the reader takes no more than 50
MAX_COLUMNS = 60
MAX_WIDTH = 40  # a table's columns are filled up with spaces to at most this


class Run(NamedTuple):
    """A stretch of text of one look. `image`: it is a picture from there, and the text its description."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    href: str = ''
    image: str = ''

    @property
    def look(self) -> tuple[bool, bool, bool, bool, str, str]:
        return self[1:]


NOTE = '\0note:'  # an image from there is the sign of a footnote


def noted(name: str) -> Run:
    """The sign that leads to a footnote."""
    return Run('', image=NOTE + name)


BREAK = Run('\n')  # a line ends here, and the paragraph goes on


@dataclass(slots=True)
class Paragraph:
    runs: list[Run]


@dataclass(slots=True)
class Heading:
    level: int
    runs: list[Run]


@dataclass(slots=True)
class Code:
    source: str
    language: str = ''


@dataclass(slots=True)
class Note:
    """A footnote, to which a run of `noted(name)` leads."""

    name: str
    runs: list[Run]


@dataclass(slots=True)
class Rule:
    """A line between two parts."""


@dataclass(slots=True)
class Quote:
    """Blocks set apart. `callout` is '' or the kind of note that they are: NOTE, TIP, IMPORTANT, WARNING, CAUTION."""

    blocks: 'list[Block]'
    callout: str = ''


@dataclass(slots=True)
class Item:
    """One point of a list, and whether it is a task."""

    blocks: 'list[Block]'
    task: bool = False


@dataclass(slots=True)
class Items:
    """A list. `start` is the number of its first item, or None for bullets."""

    items: list[Item]
    start: int | None = None


@dataclass(slots=True)
class Table:
    """Rows of cells, the first of them the header."""

    rows: list[list[list[Run]]] = field(default_factory=list)


Block = Paragraph | Heading | Code | Note | Rule | Quote | Items | Table


def compose(blocks: Sequence[Block]) -> str:
    """Write blocks down. Ends with one newline; '' for nothing."""
    text = '\n'.join(_lines(blocks, 0)).strip('\n')
    return text + '\n' if text else ''


def _lines(blocks: Sequence[Block], level: int, *, tight: bool = False) -> list[str]:
    """The lines of blocks, an empty one between two of them (`tight`: but not before a list)."""
    lines: list[str] = []
    last: Items | None = None
    other = False  # whether the list before used the other sign, so that two lists in a row do not become one
    for block in blocks:
        if isinstance(block, Items):
            other = last is not None and (last.start is None) == (block.start is None) and not other
            written = _items(block, level, other=other)
            last = block
        else:
            written = _block(block, level)
            last = None
        if not written:
            continue
        if lines and not (tight and isinstance(block, Items)):
            lines.append('')
        lines += written
    return lines


def _block(block: 'Block', level: int) -> list[str]:
    if isinstance(block, Paragraph):
        return paragraph(block.runs)
    if isinstance(block, Heading):
        text = heading(block.runs)
        return [f'{"#" * min(max(block.level, 1), 6)} {text}'] if text else []
    if isinstance(block, Code):
        return _code(block)
    if isinstance(block, Note):
        return [f'[^{block.name}]: {" ".join(inline(block.runs).split())}']
    if isinstance(block, Quote):
        lines = [f'[!{block.callout}]'] if block.callout else []
        lines += _lines(block.blocks, level)
        return [f'> {line}'.rstrip(' ') for line in lines]
    if isinstance(block, Table):
        return _table(block)
    return ['---']


def _items(block: Items, level: int, *, other: bool) -> list[str]:
    lines: list[str] = []
    airy = False  # whether the item before has several blocks, and so empty lines in it
    number = block.start
    for item in block.items:
        if number is None:
            marker = '*' if other else '-'
        else:
            marker = f'{number}{")" if other else "."}'
            number += 1
        tight = _is_tight(item)
        content = _lines(item.blocks, level + 1, tight=tight)
        if not content:
            continue
        if GROUP.search(content[0]):
            content[0] = _without_notation(content[0])
        if item.task:
            content[0] = f'[ ] {content[0]}'
        if lines and (airy or not tight):
            lines.append('')
        airy = not tight
        indent = ' ' * (len(marker) + 1)
        lines.append(f'{marker} {content[0]}')
        lines += [indent + line if line else '' for line in content[1:]]
    return lines


def _is_tight(item: Item) -> bool:
    """Whether an item is one paragraph with lists below it at most, so that no empty line is needed in it."""
    rest = item.blocks[1:] if item.blocks and isinstance(item.blocks[0], Paragraph) else item.blocks
    return all(isinstance(block, Items) for block in rest)


def _without_notation(line: str) -> str:
    """The line, so that a brace group at its end is text and not notation."""
    match = GROUP.search(line)
    if match and is_notation(match[1]):
        return f'{line[: match.start()]}\\{line[match.start() :]}'
    return line


def _code(block: Code) -> list[str]:
    longest = max((len(ticks) for ticks in re.findall(r'^ *(`{3,})', block.source, re.MULTILINE)), default=2)
    fence = '`' * (longest + 1)
    lines = (line if line.strip() else '' for line in block.source.split('\n'))
    return [fence + block.language, *lines, fence]


# -- tables ------------------------------------------------------------------------------------------------------------


def _table(block: Table) -> list[str]:
    """A table as GitHub writes it, its columns under one another where that takes few spaces."""
    columns = min(max((len(row) for row in block.rows), default=0), MAX_COLUMNS)
    if not columns:
        return []
    rows = [[_cell(cell) for cell in row[:columns]] + [''] * (columns - len(row)) for row in block.rows]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(columns)]
    aligned = sum(widths) <= 3 * MAX_WIDTH
    lines = [_row(row, widths if aligned else None) for row in rows]
    lines.insert(1, _row(['-' * (width if aligned else 3) for width in widths], None))
    return lines


def _cell(runs: list[Run]) -> str:
    text = ' '.join(inline([Run(' ') if run is BREAK else run for run in runs]).split())
    return text.replace('|', '\\|')


def _row(cells: list[str], widths: list[int] | None) -> str:
    if widths:
        cells = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f'| {" | ".join(cells)} |'


# -- lines of text -----------------------------------------------------------------------------------------------------

# What starts something other than a paragraph when it stands first in a line; a backslash goes before the last group.
LINE_START = re.compile(r'(?=[-+*](?: |$)|#{1,6}(?: |$)|>|=+ *$|-+ *$)|\d{1,9}(?=[.)](?: |$))')


def paragraph(runs: Sequence[Run]) -> list[str]:
    """The lines of a paragraph."""
    lines = [_line_start(line) for line in inline(runs).split('\n')]
    return [line + '\\' for line in lines[:-1]] + lines[-1:] if lines != [''] else []


def _line_start(line: str) -> str:
    match = LINE_START.match(line)
    at = match.end() if match else 0
    if match or RULE.match(line) or DELIMITER_ROW.match(line) or CALLOUT.match(line):
        return f'{line[:at]}\\{line[at:]}'
    return line


def heading(runs: Sequence[Run]) -> str:
    """The text of a heading: one line, and not bold all over again."""
    text = inline([Run(' ') if run is BREAK else run._replace(bold=False) for run in runs])
    text = re.sub(r'(?:^|(?<= ))(?=#+$)', r'\\', text)  # a row of # at the end is not shown
    return _without_notation(text)


def inline(runs: Sequence[Run]) -> str:
    r"""Runs of text as Markdown; `\n` stands where a line ends."""
    pieces: list[str] = []
    runs = _tidy(runs)
    crowded = any(run.strike for run in runs) or sum(run.text.count('~') for run in runs) > 1
    groups = [(href, list(together)) for href, together in groupby(runs, key=lambda run: run.href)]
    for number, (href, group) in enumerate(groups):
        if not href:
            before, after = ')' if number else ' ', '[' if number + 1 < len(groups) else ' '
            pieces.append(_styled(group, 0, before, after, label=False, tilde=crowded))
            continue
        text = ''.join(run.text for run in group)
        if text in (href, href.removeprefix('mailto:')) and _is_autolink(text):
            pieces.append(f'<{text}>')
            continue
        if pieces and pieces[-1].endswith('!') and not pieces[-1].endswith('\\!'):
            pieces[-1] = pieces[-1][:-1] + '\\!'
        label = _styled(group, 0, '[', ']', label=True, tilde=crowded)
        pieces.append(f'[{label}]({address(href)})')
    return ''.join(pieces)


def _is_autolink(text: str) -> bool:
    return not ENTITY.search(text) and bool(AUTOLINK.fullmatch(f'<{text}>') or AUTOMAIL.fullmatch(f'<{text}>'))


def address(href: str) -> str:
    """An address as it may stand in the parentheses of a link."""
    href = re.sub(r'[\x00-\x20\x7f()<>\\"`|\[\]{}^]', lambda match: f'%{ord(match[0]):02X}', href)
    return ENTITY.sub(lambda match: '&amp;' + match[0][1:], href)


def _tidy(runs: Iterable[Run]) -> list[Run]:
    """Runs with one space between words and none at the ends of lines, no look on spaces, and none that is no use."""
    spaced: list[Run] = []
    for run in runs:
        if run.text == '\n' or run.image:
            spaced.append(run)
            continue
        text = ' '.join(re.split(r'[ \t\n\r\f\v\u00a0]+', run.text))
        for part in re.split(r'(^ | $)', text):
            if part == ' ':
                spaced.append(run._replace(text=' ', code=False))
            elif part:
                spaced.append(run._replace(text=part))
    found = _joined_words(_without_spare_spaces(spaced))
    for style in ('href', 'bold', 'italic', 'strike'):
        found = _trimmed(found, style)
    return _joined(_uncrowded(_joined(found)))


def _without_spare_spaces(runs: Iterable[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        if run.text == '\n' and not run.image:
            while found and found[-1].text == ' ':
                found.pop()
            if found and found[-1].text != '\n':
                found.append(BREAK)
        elif run.text != ' ' or run.image:
            text = run.text
            if not run.image and (not found or found[-1].text in ('\n', ' ')) and not run.code:
                text = text.lstrip(' ')
            if text or run.image:
                found.append(run._replace(text=text))
        elif found and found[-1].text not in (' ', '\n'):
            found.append(run)
    while found and found[-1].text in (' ', '\n') and not found[-1].image:
        found.pop()
    return found


def _trimmed(runs: list[Run], style: str) -> list[Run]:
    """Runs in which no stretch of a style starts or ends with a space, nor where Markdown would not see its end."""
    found: list[Run] = []
    for value, together in groupby(runs, key=lambda run: getattr(run, style)):
        group = list(together)
        if not value:
            found += group
            continue
        while group and group[0].text in (' ', '\n') and not group[0].image:
            found.append(_plain(group.pop(0), style))
        tail: list[Run] = []
        while group and group[-1].text in (' ', '\n') and not group[-1].image:
            tail.insert(0, _plain(group.pop(), style))
        found += group + tail
    return found if style == 'href' else _signs_out(found, style)


def _plain(run: Run, style: str) -> Run:
    """A run without one of its looks."""
    if style == 'href':
        return run._replace(href='')
    if style == 'bold':
        return run._replace(bold=False)
    return run._replace(italic=False) if style == 'italic' else run._replace(strike=False)


def _signs_out(runs: list[Run], style: str) -> list[Run]:
    """Bold “(note:” right between two words loses its signs, since Markdown sees no emphasis there."""
    found: list[Run] = []
    for number, run in enumerate(runs):
        if not getattr(run, style) or run.code or run.image:
            found.append(run)
            continue
        text, before, after = run.text, _neighbor(runs, number, -1), _neighbor(runs, number, +1)
        head = tail = 0
        if before is not None and not getattr(before, style) and _is_word(before, -1):
            head = _signs(text)
        if after is not None and not getattr(after, style) and _is_word(after, 0):
            tail = _signs(text[::-1])
        if head + tail >= len(text):
            found.append(_plain(run, style))
            continue
        if head:
            found.append(_plain(run._replace(text=text[:head]), style))
        found.append(run._replace(text=text[head : len(text) - tail]))
        if tail:
            found.append(_plain(run._replace(text=text[len(text) - tail :]), style))
    return found


def _neighbor(runs: list[Run], number: int, step: int) -> Run | None:
    number += step
    return runs[number] if 0 <= number < len(runs) and runs[number].href == runs[number - step].href else None


def _is_word(run: Run, at: int) -> bool:
    return not run.code and not run.image and kind(run.text[at]) == 'word'


def _signs(text: str) -> int:
    """How many characters from the start on are no part of a word."""
    count = 0
    while count < len(text) and kind(text[count]) != 'word':
        count += 1
    return count


def _uncrowded(runs: list[Run]) -> list[Run]:
    """Two looks within a word, with nothing between them, are hard to tell apart by stars: bold alone stays."""
    found: list[Run] = []
    at = 0
    while at < len(runs):
        end = at + 1
        while end < len(runs) and _touch(runs[end - 1], runs[end]):
            end += 1
        crowd = runs[at:end]
        found += crowd if len(crowd) < 2 else [run._replace(italic=False, strike=False) for run in crowd]
        at = end
    return found


def _touch(first: Run, second: Run) -> bool:
    looks = (first.bold or first.italic or first.strike) and (second.bold or second.italic or second.strike)
    return looks and first.href == second.href and not (first.text[-1:].isspace() or second.text[:1].isspace())


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Runs of the same look in a row are one."""
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if last and run.image == last.image == '' and '\n' not in (last.text, run.text) and _is_one(last, run):
            found[-1] = last._replace(text=last.text + run.text)
        elif run.text or run.image:
            found.append(run)
    return found


def _joined_words(runs: Iterable[Run]) -> list[Run]:
    """The same, but that spaces at the ends of what was one run still stand by themselves."""
    found: list[Run] = []
    for is_space, together in groupby(runs, key=lambda run: run.text == ' ' and not run.image):
        group = list(together)
        found += group if is_space else _joined(group)
    return found


def _is_one(first: Run, second: Run) -> bool:
    """Whether two runs are of one look. Code right after code is, since their backticks would run together."""
    return first.look == second.look or (first.code and second.code and first.href == second.href)


STYLES = ('bold', 'italic', 'strike')
SIGNS = {'bold': '**', 'italic': '*', 'strike': '~~'}


def _styled(runs: list[Run], done: int, before: str, after: str, *, label: bool, tilde: bool) -> str:
    """Runs with their emphasis, longest stretches outside. `done`: bits of the styles that are said already."""
    pieces: list[str] = []
    at = 0
    while at < len(runs):
        best, end = None, at
        for number, style in enumerate(STYLES):
            stop = at
            while not done & (1 << number) and stop < len(runs) and getattr(runs[stop], style):
                stop += 1
            if stop > end:
                best, end = number, stop
        left = _edge(runs[at - 1], -1) if at else before
        if best is None:
            following = _edge(runs[at + 1], 0) if at + 1 < len(runs) else after
            pieces.append(_text(runs[at], left, following, label=label, tilde=tilde))
            at += 1
            continue
        right = _edge(runs[end], 0) if end < len(runs) else after
        inside = _styled(runs[at:end], done | (1 << best), left, right, label=label, tilde=tilde)
        sign = SIGNS[STYLES[best]]
        pieces.append(f'{sign}{inside}{sign}' if _holds(sign, inside, left, right) else inside)
        at = end
    return ''.join(pieces)


def _holds(sign: str, inside: str, left: str, right: str) -> bool:
    """Whether the reader sees emphasis here (CommonMark 6.2), whatever emphasis lies right beside it."""
    core = inside.strip(sign[0])
    if not core or core[0].isspace() or core[-1].isspace():
        return False
    return not (
        (kind(left) == 'word' and kind(core[0]) == 'sign') or (kind(right) == 'word' and kind(core[-1]) == 'sign')
    )


def _edge(run: Run, at: int) -> str:
    return '`' if run.code or run.image else run.text[at]


# -- characters --------------------------------------------------------------------------------------------------------

URL = re.compile(r'(?:https?|ftp)://[^\s<]+|www\.[^\s<]+', re.IGNORECASE)  # as the reader finds them
IN_URL = re.compile(r'[*_~\\\[\]`{}|&]')
SPECIAL = re.compile(r'[\\`*_~\[\]<&!]')
PUNCTUATION = frozenset('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')


def _text(run: Run, before: str, after: str, *, label: bool, tilde: bool) -> str:
    if run.image.startswith(NOTE):
        return f'[^{run.image.removeprefix(NOTE)}]'
    if run.image:
        return f'![{_escaped(run.text, "[", "]", label=True, tilde=True)}]({address(run.image)})'
    if run.text == '\n':
        return '\n'
    if run.code:
        return code_span(run.text)
    pieces, at, done = [], 0, 0
    while not label and (match := URL.search(run.text, at)):
        at = match.end()
        touches = at == len(run.text) and (run.bold or run.italic or run.strike or not after.isspace())
        touches |= run.text[at : at + 1] == '<'  # whose backslash would be a part of the address
        if not touches and not IN_URL.search(match[0]):
            continue
        start = match.start()
        pieces.append(_escaped(run.text[done:start], run.text[done - 1] if done else before, 'h', tilde=tilde))
        url = match[0].rstrip('?!.,:;*_~"\')')
        if _is_autolink(url):
            pieces.append(f'<{url}>')
            at = done = start + len(url)
        else:  # the reader would take a backslash in an address for a part of it: let it see no address
            mark = start + (3 if match[0][0] in 'wW' else match[0].index(':'))
            pieces.append(f'{run.text[start:mark]}\\')
            pieces.append(run.text[mark])
            at = done = mark + 1
    rest = run.text[done:]
    pieces.append(_escaped(rest, run.text[done - 1] if done else before, after, label=label, tilde=tilde))
    return ''.join(pieces)


def code_span(text: str) -> str:
    """Text as code: a run of backticks longer than none in it, around it."""
    text = text.strip(' ') or ' '
    inside = {len(ticks) for ticks in re.findall('`+', text)}
    length = next(number for number in range(1, len(inside) + 2) if number not in inside)
    pad = ' ' if text[0] == '`' or text[-1] == '`' else ''
    return f'{"`" * length}{pad}{text}{pad}{"`" * length}'


def _escaped(text: str, before: str, after: str, *, tilde: bool, label: bool = False) -> str:
    """Text with a backslash before each sign that the reader would take for notation."""
    pieces, at = [], 0
    for match in SPECIAL.finditer(text):
        start = match.start()
        previous = text[start - 1] if start else before
        following = text[start + 1] if start + 1 < len(text) else after
        if _means_something(text, start, previous, following, label=label, tilde=tilde):
            pieces.append(text[at:start] + '\\')
            at = start
    return ''.join(pieces) + text[at:]


def _means_something(text: str, at: int, previous: str, following: str, *, label: bool, tilde: bool) -> bool:
    char, last = text[at], at + 1 == len(text)
    if char == '`':
        return True
    if char == '\\':
        return last or following in PUNCTUATION
    if char in '*_~':
        if char == '~' and not tilde:
            return False
        if char == '_' and previous.isalnum() and following.isalnum():
            return False
        return not (previous.isspace() and following.isspace() and at)
    if char == '[':
        return label or last or following in '[^!' or text[at + 1 : at + 3] in (' ]', 'x]', 'X]')
    if char == ']':
        return label or last or following in '[(:'
    if char == '<':
        return last or following.isalpha() or following in '/!?'
    if char == '&':
        return last or bool(ENTITY.match(text, at))
    return char == '!' and following == '[' and not last
