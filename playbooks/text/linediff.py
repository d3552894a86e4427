"""Two Markdown texts compared line by line: what an author sees who thinks in the text itself.

    for stretch in stretches(old, new):
        stretch.kind   # 'same', 'changed' (with an `id`, c1, c2 …, to go from change to change), 'fold'
        stretch.lines  # the lines as one column
        stretch.rows   # the same as two columns, words marked where a line became another

Applied to the old text, the lines give the new one. Everything here is escaped HTML or plain text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest

from .alignment import align
from .diff import alike
from .htmltree import Tree
from .sides import sides
from .worddiff import Tally, compare_words

AROUND = 3  # unchanged lines shown before and after a change


@dataclass(frozen=True, slots=True)
class Line:
    """A line: 'same', 'added' or 'removed'; `old` and `new` are its numbers in the texts it is in."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of two columns: for each side its number (None: there is no such line) and its text as HTML."""

    kind: str
    old: int | None
    old_html: str
    new: int | None
    new_html: str


@dataclass(slots=True)
class Stretch:
    """Neighboring lines of one kind; of a fold, only how many there are and where they begin."""

    kind: str
    id: str = ''
    lines: list[Line] = field(default_factory=list)
    count: int = 0

    @property
    def rows(self) -> list[Row]:
        """The lines as two columns."""
        if self.kind == 'same':
            return [Row('same', line.old, escape(line.text), line.new, escape(line.text)) for line in self.lines]
        gone = [line for line in self.lines if line.kind == 'removed']
        came = [line for line in self.lines if line.kind == 'added']
        return list(_rows(gone, came))


def lines_of(text: str) -> list[str]:
    """The lines of a text as it is kept: it ends with the end of its last line."""
    return text.removesuffix('\n').split('\n') if text else []


def stretches(old: str, new: str) -> list[Stretch]:
    """Two texts compared line by line, long stretches of the same folded."""
    every = list(_every_line(lines_of(old), lines_of(new)))
    near: set[int] = set()
    for place, line in enumerate(every):
        if line.kind != 'same':
            near.update(range(place - AROUND, place + AROUND + 1))
    found: list[Stretch] = []
    changes = 0
    for place, line in enumerate(every):
        kind = 'fold' if place not in near else 'same' if line.kind == 'same' else 'changed'
        if not found or found[-1].kind != kind:
            changes += kind == 'changed'
            found.append(Stretch(kind, f'c{changes}' if kind == 'changed' else ''))
        found[-1].count += 1
        if kind != 'fold':
            found[-1].lines.append(line)
    return found


def _every_line(old: list[str], new: list[str]) -> Iterator[Line]:
    at = new_at = 0
    for end, new_end in [*align(old, new), (len(old), len(new))]:
        yield from (Line('removed', old[place], old=place + 1) for place in range(at, end))
        yield from (Line('added', new[place], new=place + 1) for place in range(new_at, new_end))
        if end < len(old):
            yield Line('same', old[end], end + 1, new_end + 1)
        at, new_at = end + 1, new_end + 1


def _rows(gone: list[Line], came: list[Line]) -> Iterator[Row]:
    """Lines that became another beside it, with the words marked; the others level with each other between them."""
    olds, news = _nodes(gone), _nodes(came)
    i = j = 0
    for end, new_end in [*alike(olds, news), (len(gone), len(came))]:
        for was, now in zip_longest(gone[i:end], came[j:new_end]):
            yield _row(was, _whole(was, 'del'), now, _whole(now, 'ins'))
        if end < len(gone):
            before, after = sides(compare_words(olds[end], news[new_end], Tally()))
            yield _row(gone[end], before, came[new_end], after)
        i, j = end + 1, new_end + 1


def _nodes(lines: list[Line]) -> list:
    """The lines as blocks of text in which space counts, for the comparison by words."""
    return [Tree(f'<pre>{escape(line.text, quote=False)}</pre>').root.children[0] for line in lines]


def _row(was: Line | None, old_html: str, now: Line | None, new_html: str) -> Row:
    return Row('changed', was.old if was else None, old_html, now.new if now else None, new_html)


def _whole(line: Line | None, mark: str) -> str:
    return f'<{mark}>{escape(line.text, quote=False)}</{mark}>' if line and line.text else ''
