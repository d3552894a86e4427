"""Three-way merge of texts, line by line: what two people changed apart from each other, put together.

The method is diff3's (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007): lines that both sides kept divide
the text into chunks; in each chunk one side, both alike, or both unlike have changed something. Only the last is a
conflict.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of lines: settled (`lines`), or in conflict (`ours` and `theirs` differ, and both differ from `base`)."""

    lines: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()

    @property
    def is_conflict(self) -> bool:
        """Whether somebody has to choose."""
        return self.ours != self.theirs


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge gave: its chunks in order."""

    chunks: tuple[Chunk, ...]

    @property
    def conflicts(self) -> list[Chunk]:
        """The chunks in which both sides changed the same lines differently."""
        return [chunk for chunk in self.chunks if chunk.is_conflict]

    @property
    def text(self) -> str:
        """The merged text. Raises ValueError while there is a conflict."""
        if self.conflicts:
            raise ValueError('There are conflicts to be settled.')
        return ''.join(line for chunk in self.chunks for line in chunk.lines)


def merge(base: str, ours: str, theirs: str) -> Merge:
    """Put together two texts that were both made from `base`. Texts are normalized; lines keep their ends."""
    lines = [text.splitlines(keepends=True) for text in (base, ours, theirs)]
    return Merge(tuple(_chunk(*parts) for parts in _parts(*lines)))


def _chunk(base: list[str], ours: list[str], theirs: list[str]) -> Chunk:
    if theirs in (ours, base):
        return Chunk(lines=tuple(ours))
    if ours == base:
        return Chunk(lines=tuple(theirs))
    return Chunk(base=tuple(base), ours=tuple(ours), theirs=tuple(theirs))


def _parts(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Cut the three texts where all agree: in turn the unequal part before a run of common lines, and that run."""
    at_base = at_ours = at_theirs = 0
    for start, in_ours, in_theirs, size in _common(base, ours, theirs):
        unequal = base[at_base:start], ours[at_ours:in_ours], theirs[at_theirs:in_theirs]
        if any(unequal):
            yield unequal
        at_base, at_ours, at_theirs = start + size, in_ours + size, in_theirs + size
        if size:
            run = base[start:at_base]
            yield run, run, run


def _common(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have: start in base, ours and theirs, and length. The last is empty, at the ends."""
    with_ours = _matching(base, ours)
    with_theirs = _matching(base, theirs)
    number = 0
    for start, in_ours, size in with_ours:
        while number < len(with_theirs):
            other, in_theirs, other_size = with_theirs[number]
            low, high = max(start, other), min(start + size, other + other_size)
            if low < high:
                yield low, in_ours + low - start, in_theirs + low - other, high - low
            if other + other_size >= start + size:
                break
            number += 1
    yield len(base), len(ours), len(theirs), 0


def _matching(base: list[str], other: list[str]) -> list[tuple[int, int, int]]:
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]
