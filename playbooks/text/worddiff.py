"""Two stretches of HTML text as one, with what went in `del` and what came in `ins`.

Links, code and emphasis stay whole. Marks stand only around text inside inline elements, never around a part of one,
so that the result is well-formed. Leaving out what is in `del` gives the new text, leaving out what is in `ins` the
old one, but for the amount of space.
"""

import re
from dataclasses import dataclass, field

from .alignment import align
from .htmltree import CHARACTERS, VOID, Node

PART = rf'[^\W{CHARACTERS}]+'
WORD = re.compile(rf'&(?:[a-zA-Z]+|#\w+);|[{CHARACTERS}]|{PART}(?:[-’\'.:,/@]{PART})*%?|\n|[^\S\n]+|[^\w\s]')

Edit = tuple[int, int, int, int]  # old words i to j became new words k to l


@dataclass(slots=True)
class Tally:
    """How many words were marked so far, and how many marks there are (one may hold a picture or a sign)."""

    added: int = 0
    removed: int = 0
    marks: int = 0

    def count(self, mark: str, words: int) -> None:
        """Count a mark with so many words in it."""
        self.marks += 1
        if mark == 'ins':
            self.added += words
        else:
            self.removed += words


def count_words(text: str) -> int:
    """The words of a piece of text, as they are marked."""
    return sum(word[0].isalnum() for word in WORD.findall(text))


def mark_all(node: Node, mark: str, tally: Tally) -> str:
    """A whole block with all its text marked. Tick boxes stay as they are: they are the list's, not the text's."""
    pieces = node.tree.pieces
    written = []
    for i in range(node.start, node.end):
        piece = pieces[i]
        if piece.startswith('<'):
            if piece.startswith(('<img', '<hr')):
                piece = f'<{mark}>{piece}</{mark}>'
                tally.count(mark, 0)
            written.append(piece)
        elif piece.isspace():
            written.append(piece)
        else:
            text = piece.strip()
            start = piece.index(text)
            written.append(f'{piece[:start]}<{mark}>{text}</{mark}>{piece[start + len(text) :]}')
            tally.count(mark, count_words(text))
    return node.tree.addressed(''.join(written))


@dataclass(slots=True)
class _Words:
    """The words of a stretch: what is compared, and how each is written, in which elements, after which space."""

    keys: list[tuple[bool, str, tuple[str, ...]]] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    within: list[tuple[str, ...]] = field(default_factory=list)
    space: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=lambda: [0])  # sums of lengths


def compare_words(old: Node, new: Node, tally: Tally) -> str:
    """What is inside two blocks of text, compared by words; without their own tags."""
    before, after = _words(old), _words(new)
    edits = _edits(before, after)
    writer = _Writer(tally)
    at = 0
    for i, j, k, end in edits:
        for word in range(at, k):
            writer.put(after, word, '')
        writer.put_edit(before, range(i, j), after, range(k, end))
        at = end
    for word in range(at, len(after.keys)):
        writer.put(after, word, '')
    writer.close()
    return ''.join(writer.written)


def _words(node: Node) -> _Words:
    """The words of a block of text. In `pre`, space is a word too, because it is seen there."""
    verbatim = node.tag == 'pre'
    found = _Words()
    addressed = node.tree.addressed
    within: tuple[str, ...] = ()
    # Colors of code follow from its text, so they say nothing about whether it changed.
    sign: tuple[str, ...] = ()
    space = ' '
    total = 0
    for i in node.inside:
        piece = node.tree.pieces[i]
        if piece.startswith('</'):
            within = within[:-1]
            sign = tuple(tag for tag in within if not tag.startswith('<span'))
            continue
        if piece.startswith('<'):
            if piece[1:-1].split(' ', 1)[0] not in VOID:
                within = (*within, addressed(piece))
                sign = sign if piece.startswith('<span') else (*sign, piece)
                continue
            words = [piece]
        else:
            words = WORD.findall(piece)
        for word in words:
            if not verbatim and word.isspace():
                space = word
                continue
            # A tick box is a tick box, whatever its label and state.
            key = '<input>' if word.startswith('<input') else word
            found.keys.append((bool(space) and not verbatim, key, sign))
            found.html.append(word)
            found.within.append(within)
            found.space.append('' if verbatim else space)
            total += len(word)
            found.sizes.append(total)
            space = ''
    return found


def _edits(before: _Words, after: _Words) -> list[Edit]:
    """What has to be replaced by what, in order; with crumbs of common text between two replacements swallowed."""
    pairs = align(before.keys, after.keys)
    edits: list[Edit] = []
    i = k = 0
    for j, end in [*pairs, (len(before.keys), len(after.keys))]:
        if i < j or k < end:
            edits.append((i, j, k, end))
        i, k = j + 1, end + 1
    return _without_crumbs(before, after, _slid(after, edits))


def _slid(after: _Words, edits: list[Edit]) -> list[Edit]:
    """Pure additions moved as far right as they can go: 'one. |Two. |' reads better than 'one|. Two|.'"""
    slid = []
    for number, (i, j, k, end) in enumerate(edits):
        limit = edits[number + 1][2] - 1 if number + 1 < len(edits) else len(after.keys)  # never up to the next edit
        moved = 0
        if i == j:
            while end + moved < limit and after.keys[k + moved] == after.keys[end + moved]:
                moved += 1
        slid.append((i + moved, j + moved, k + moved, end + moved))
    return slid


def _without_crumbs(before: _Words, after: _Words, edits: list[Edit]) -> list[Edit]:
    """Two replacements with less common text between them than either replaces become one.

    A word that happens to stand in both sentences is no reading aid. Source: the semantic clean-up of
    diff-match-patch, https://github.com/google/diff-match-patch.
    """
    kept: list[Edit] = []
    for edit in edits:
        kept.append(edit)
        while len(kept) > 1:
            left, right = kept[-2:]
            common = after.sizes[right[2]] - after.sizes[left[3]]
            replaces = left[0] + right[0] < left[1] + right[1] and left[2] + right[2] < left[3] + right[3]
            if not replaces or common > min(_size(before, after, left), _size(before, after, right)):
                break
            kept[-2:] = [(left[0], right[1], left[2], right[3])]
    return kept


def _size(before: _Words, after: _Words, edit: Edit) -> int:
    """How much text an edit touches: the longer of its two sides."""
    return max(before.sizes[edit[1]] - before.sizes[edit[0]], after.sizes[edit[3]] - after.sizes[edit[2]])


class _Writer:
    """Writes words in their inline elements, opening and closing what is needed between them."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.written: list[str] = []
        self.within: tuple[str, ...] = ()
        self.mark = ''

    def put_edit(self, before: _Words, gone: range, after: _Words, came: range) -> None:
        """What went, then what came. The space before either is outside its mark where what follows has one too."""
        spaced = came.stop == len(after.keys) or bool(after.space[came.stop])
        for word in gone:
            outside = word == gone.start and (bool(after.space[came.start]) if came else spaced)
            self.put(before, word, 'del', outside)
        for word in came:
            self.put(after, word, 'ins', word == came.start and spaced)

    def put(self, words: _Words, number: int, mark: str, space_outside: bool = False) -> None:
        """Write one word, with the space before it."""
        within, word = words.within[number], words.html[number]
        space = words.space[number] if self.written else ''
        if mark != self.mark or within != self.within:
            common = 0
            for one, other in zip(self.within, within, strict=False):
                if one != other:
                    break
                common += 1
            if space and mark == self.mark and common == len(self.within):
                self.written.append(space)
                space = ''
            self._close(common)
            if space and (space_outside or not mark):
                self.written.append(space)
                space = ''
            self.written += within[common:]
            if mark:
                self.written.append(f'<{mark}>')
            self.within, self.mark = within, mark
        self.written.append(space + word)
        if mark:
            self.tally.count(mark, int(word[0].isalnum()))

    def close(self) -> None:
        """Close what is open."""
        self._close(0)
        self.within, self.mark = (), ''

    def _close(self, depth: int) -> None:
        if self.mark:
            self.written.append(f'</{self.mark}>')
        for tag in reversed(self.within[depth:]):
            self.written.append(f'</{tag[1:-1].split(" ", 1)[0]}>')
