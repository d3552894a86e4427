"""Selected lines of a text as items of a checklist: bullets, numbers, boxes and plain lines become task lines.

The editor's script does the same, so the rules are few: each line is told by how it begins, by the line after it, and
by what the selected lines above it have opened.
"""

import re

from .blocks import FENCE, RULE, SETEXT
from .normal import normalize
from .tables import DELIMITER_ROW

POINT = re.compile(r'(?P<indent>[ \t]*)(?P<marker>[-+*]|\d{1,9}[.)])(?P<space>[ \t]+)(?P<rest>\S.*)')
SIGN = re.compile(r'[•◦‣▪●○·–—][ \t]+')
BOX = re.compile(r'(?:\[[ xX]\]|[☐☑☒□✅✓✔]\ufe0f?)[ \t]+(?=\S)')
TASK = re.compile(r'\[[ xX]\](?: |$)')
MAX_WIDTH = 1_000_000
LEFT_ALONE = re.compile(r'#{1,6}(?: |$)|>|\||<|\[[^\]]{1,999}\]:')  # headings, quotes, tables, HTML, definitions


def as_checklist(text: str, first_line: int, last_line: int) -> str:
    """The text with its lines from `first_line` to `last_line` (counted from 1) as task lines.

    Nesting stays. Headings, empty lines, quotes, tables, code and rules stay as they are, and so does what stands
    indented below a point of a list, as its details. Doing it twice changes nothing.
    """
    lines = normalize(text).split('\n')
    first, last = max(first_line, 1) - 1, min(last_line, len(lines)) - 1
    outline = _Outline(next((line for line in reversed(lines[: max(first, 0)]) if line.strip()), ''))
    fence, in_table, was_plain = '', False, False
    for number, line in enumerate(lines[: last + 1]):
        bare = line.strip(' \t')
        opened = FENCE.match(bare)
        if fence:
            if opened and (opened[1] or opened[3]).startswith(fence) and not bare.strip(fence[0]):
                fence = ''
            continue
        if opened:
            fence = opened[1] or opened[3]
        below = lines[number + 1].strip(' \t') if number + 1 < len(lines) else ''
        in_table = bool(bare) and (in_table or _is_row(bare, below))
        if number < first or opened or not bare:
            continue
        was_plain = False
        if in_table or LEFT_ALONE.match(bare) or RULE.match(bare) or SETEXT.match(bare) or SETEXT.match(below):
            outline.leave(line)
        elif point := POINT.fullmatch(line):
            lines[number] = outline.point(point)
        elif (task := outline.plain(line)) != line:
            lines[number], was_plain = task, True
    if was_plain and last + 1 < len(lines) and lines[last + 1].strip() and not _starts_something(lines[last + 1]):
        lines.insert(last + 1, '')  # or that line would go on with the last item
    return '\n'.join(lines)


def _is_row(line: str, below: str) -> bool:
    """Whether a table begins with this line."""
    return '|' in line and '|' in below and bool(DELIMITER_ROW.match(below))


def _starts_something(line: str) -> bool:
    bare = line.strip(' \t')
    return bool(POINT.fullmatch(line) or LEFT_ALONE.match(bare) or FENCE.match(bare) or RULE.match(bare))


class _Outline:
    """Where the lines above stand: for each open item how far its line was indented, and where its text begins now."""

    def __init__(self, above: str) -> None:
        self.levels: list[tuple[int, int]] = []
        self.details = 0  # a line indented by this much or more belongs to the point above; 0: there is none
        if point := POINT.fullmatch(above):
            self.levels.append((_width(point['indent']), _width(above[: point.start('rest')])))

    def leave(self, line: str) -> None:
        """A line that stays as it is; what is not indented ends the lists above."""
        if not line[:1].isspace():
            self.levels.clear()
            self.details = 0

    def point(self, point: re.Match[str]) -> str:
        """A point of a list stays where it is, and has a box before its text."""
        indent, width = point['indent'], _width(point['indent'])
        passed = self._climb(width)
        place = self.levels[-1][1] if self.levels else 0
        if width >= place + 4 or width >= passed:  # there it would be code, or below one that it stood beside
            indent = ' ' * place
        head = f'{indent}{point["marker"]}{point["space"]}'
        self.levels.append((width, _width(head)))
        self.details = width + 1
        if TASK.match(point['rest']):
            return head + point['rest']
        rest = BOX.sub('', SIGN.sub('', point['rest'], count=1), count=1)
        return f'{head}[ ] {rest}'.rstrip()

    def plain(self, line: str) -> str:
        """A line without a marker becomes an item, below the nearest one that lies further left."""
        bare = line.strip(' \t')
        width = _width(line[: len(line) - len(line.lstrip(' \t'))])
        if self.details and width >= self.details and not (SIGN.match(bare) or BOX.match(bare)):
            return line
        self._climb(width)
        place = self.levels[-1][1] if self.levels else 0
        self.levels.append((width, place + 2))
        self.details = 0
        rest = BOX.sub('', SIGN.sub('', bare, count=1), count=1)
        return f'{" " * place}- [ ] {rest}'.rstrip()

    def _climb(self, width: int) -> int:
        """Close what does not lie further left than `width`; returns where the text of the last of these begins."""
        passed = MAX_WIDTH
        while self.levels and self.levels[-1][0] >= width:
            passed = self.levels.pop()[1]
        return passed


def _width(space: str) -> int:
    return len(space.expandtabs(4))
