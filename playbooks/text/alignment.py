"""Which elements of one sequence are those of another, in order: exact where that is affordable, and never slow.

`difflib` is not used: on texts with many repeated or many changed lines it needs time that grows with the square of
their length or worse (https://github.com/python/cpython/issues/118150). The longest common subsequence is found here
with one machine word for 64 comparisons instead (H. Hyyrö, Bit-parallel LCS-length computation revisited, 2004),
4,000 by 4,000 words in some ten milliseconds.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

Pairs = list[tuple[int, int]]

# One table of comparisons has at most this many bits (8 MB); what is larger is first cut at elements that occur only
# once.
MAX_BITS = 64_000_000
WINDOW = 8_000


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pairs:
    """Pairs of positions with equal elements, both rising: as many as can be, or nearly so for very long sequences."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    search = _longest if len(middle) * len(new_middle) <= MAX_BITS else _by_anchors
    pairs = [(i, i) for i in range(start)]
    pairs += _shifted(search(middle, new_middle), start, start)
    return pairs + [(len(old) - i, len(new) - i) for i in range(end, 0, -1)]


def longest_rising(numbers: Sequence[int]) -> list[int]:
    """Positions of a longest strictly rising subsequence of the numbers, in O(n log n)."""
    tails: list[int] = []
    ends: list[int] = []
    before = [-1] * len(numbers)
    for position, number in enumerate(numbers):
        place = bisect_left(tails, number)
        if place:
            before[position] = ends[place - 1]
        tails[place : place + 1] = [number]
        ends[place : place + 1] = [position]
    found = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]


def heaviest_rising(candidates: Iterable[tuple[int, int, float]]) -> Pairs:
    """Of candidates (i, j, weight), pairs with i and j both strictly rising and the largest sum of weights.

    In O(n log n).
    """
    # For one i the larger j come first, so that none of them can follow another.
    ordered = sorted(candidates, key=lambda candidate: (candidate[0], -candidate[1]))
    columns = sorted({j for _, j, _ in ordered})
    best: list[tuple[float, int]] = [(0.0, -1)] * (len(columns) + 1)  # a Fenwick tree of maxima
    before = []
    for index, (_, j, weight) in enumerate(ordered):
        column = bisect_left(columns, j)
        found = (0.0, -1)
        place = column
        while place:
            found = max(found, best[place])
            place &= place - 1
        before.append(found[1])
        total = (found[0] + weight, index)
        place = column + 1
        while place < len(best):
            best[place] = max(best[place], total)
            place += place & -place
    _, at = max(best[1:], default=(0.0, -1))
    # A Fenwick node holds only a part; the overall best is the best of all totals, each of which is in some node.
    pairs = []
    while at >= 0:
        pairs.append(ordered[at][:2])
        at = before[at]
    return pairs[::-1]


def _shifted(pairs: Pairs, by: int, new_by: int) -> Pairs:
    return [(i + by, j + new_by) for i, j in pairs]


def _longest(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pairs:
    """The pairs of a longest common subsequence."""
    if not old or not new:
        return []
    where: dict[Hashable, int] = {}
    for bit, element in enumerate(new):
        where[element] = where.get(element, 0) | 1 << bit
    everything = (1 << len(new)) - 1
    size = (len(new) + 7) // 8
    state = everything
    rows: list[bytes] = []  # a zero bit: up to here, this element makes the common subsequence longer
    for element in old:
        hits = where.get(element)
        if hits is not None:
            common = state & hits
            state = ((state + common) | (state - common)) & everything
        rows.append(state.to_bytes(size, 'little'))
    pairs = []
    row, column = len(old), len(new)
    while row and column:
        at, shift = (column - 1) >> 3, (column - 1) & 7
        if rows[row - 1][at] >> shift & 1:
            column -= 1
        else:
            row -= 1
            if not row or rows[row - 1][at] >> shift & 1:
                column -= 1
                pairs.append((row, column))
    return pairs[::-1]


def _by_anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pairs:
    """Elements that occur once on both sides cut both, and what lies between them is aligned by itself."""
    counts, new_counts = Counter(old), Counter(new)
    place = {element: i for i, element in enumerate(old)}
    common = [
        (place[element], j) for j, element in enumerate(new) if new_counts[element] == 1 and counts.get(element) == 1
    ]
    anchors = [common[k] for k in longest_rising([i for i, _ in common])]
    pairs: Pairs = []
    i = j = 0
    for end, new_end in [*anchors, (len(old), len(new))]:
        pairs += _shifted(_by_windows(old[i:end], new[j:new_end]), i, j)
        if end < len(old):
            pairs.append((end, new_end))
        i, j = end + 1, new_end + 1
    return pairs


def _by_windows(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pairs:
    """In pieces of bounded size, each going on where the pairs of the last one end."""
    pairs: Pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        if (len(old) - i) * (len(new) - j) <= MAX_BITS:
            return pairs + _shifted(_longest(old[i:], new[j:]), i, j)
        found = _shifted(_longest(old[i : i + WINDOW], new[j : j + WINDOW]), i, j)
        pairs += found
        i, j = (found[-1][0] + 1, found[-1][1] + 1) if found else (i + WINDOW, j + WINDOW)
    return pairs
