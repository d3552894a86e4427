"""Three-way merge of texts, line by line: what two people changed apart from each other, put together.

The method is diff3's (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007): lines that both sides kept divide
the text into chunks; in each chunk one side, both alike, or both unlike have changed something. Only the last is a
conflict.

One thing is asked beyond that. A line may be taken away in a chunk that only one side touched, and put back by that
side in a chunk where the other happened to add the same: then the other's line would go without anybody having deleted
it. Such a chunk is a conflict here too. So each line that one side added and the other did not delete is, as often as
it was added, in the merged text or in an open conflict.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .alignment import align


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of lines: settled (`lines`), or in conflict (`ours` and `theirs` differ, and both differ from `base`).

    `sides` is what base, ours and theirs have there, settled or not.
    """

    lines: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    sides: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())

    @property
    def is_conflict(self) -> bool:
        """Whether somebody has to choose."""
        return self.ours != self.theirs

    @property
    def is_theirs(self) -> bool:
        """Whether it is settled, and what only they changed."""
        base, ours, theirs = self.sides
        return not self.is_conflict and base == ours != theirs


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
    return Merge(tuple(_without_loss(list(_parts(*lines)), *lines)))


Part = tuple[list[str], list[str], list[str]]  # what base, ours and theirs have between the same two common lines


def _chunk(part: Part) -> Chunk:
    base, ours, theirs = part
    if theirs in (ours, base):
        return Chunk(lines=tuple(ours), sides=_sides(part))
    if ours == base:
        return Chunk(lines=tuple(theirs), sides=_sides(part))
    return _conflict(part)


def _conflict(part: Part) -> Chunk:
    base, ours, theirs = _sides(part)
    return Chunk(base=base, ours=ours, theirs=theirs, sides=(base, ours, theirs))


def _sides(part: Part) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    base, ours, theirs = map(tuple, part)
    return base, ours, theirs


def _without_loss(parts: list[Part], base: list[str], ours: list[str], theirs: list[str]) -> list[Chunk]:
    """A chunk for each part; one that would lose what nobody deleted is a conflict (see the module)."""
    chunks = [_chunk(part) for part in parts]
    was, *sides = (_counted(side) for side in (base, ours, theirs))
    kept = {line for line in was | sides[0] | sides[1] if all(side[line] >= was[line] for side in sides)}
    for number, side in enumerate(sides):
        # What is opened for one line may have made up for another: then all that could are opened, and that is enough.
        for at_stake in (None, kept):
            shown = _shown(chunks, number)
            if not (lost := {line for line in kept if side[line] > shown[line]}):
                break
            for place, (part, chunk) in enumerate(zip(parts, chunks, strict=True)):
                taken, had = _counted(chunk.lines), _counted(part[number + 1])
                if not chunk.is_conflict and any(taken[one] < had[one] for one in (at_stake or lost) & had.keys()):
                    chunks[place] = _conflict(part)
    return chunks


def _shown(chunks: list[Chunk], side: int) -> Counter[str]:
    """What is there of one side (0: ours, 1: theirs) if its part is kept in every conflict."""
    return _counted(line for chunk in chunks for line in (*chunk.lines, *(chunk.ours, chunk.theirs)[side]))


def _counted(lines: Iterable[str]) -> Counter[str]:
    """How often each line that is not blank occurs."""
    return Counter(line for line in lines if line.strip())


def _parts(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[Part]:
    """Cut the three texts where all agree: in turn the unequal part before a run of common lines, and that run."""
    at = (0, 0, 0)
    for start, end in _runs(_common(base, ours, theirs)):
        unequal = base[at[0] : start[0]], ours[at[1] : start[1]], theirs[at[2] : start[2]]
        if any(unequal):
            yield unequal
        run = base[start[0] : end[0]]
        if run:
            yield run, run, run
        at = end
    rest = base[at[0] :], ours[at[1] :], theirs[at[2] :]
    if any(rest):
        yield rest


Place = tuple[int, int, int]  # of a line in base, ours and theirs


def _common(base: list[str], ours: list[str], theirs: list[str]) -> list[Place]:
    """Where all three have a line of the base, in order."""
    in_theirs = dict(align(base, theirs))
    return [(at, in_ours, in_theirs[at]) for at, in_ours in align(base, ours) if at in in_theirs]


def _runs(common: list[Place]) -> Iterator[tuple[Place, Place]]:
    """Start and end of each run of lines that follow one another in all three."""
    start: Place | None = None
    last: Place | None = None
    for place in common:
        if start is None or last is None:
            start = place
        elif any(here != before + 1 for here, before in zip(place, last, strict=True)):
            yield start, (last[0] + 1, last[1] + 1, last[2] + 1)
            start = place
        last = place
    if start is not None and last is not None:
        yield start, (last[0] + 1, last[1] + 1, last[2] + 1)
