"""Which line of a new text is which item of the old one, for lines that do not say so themselves with a pin.

In this order: pins; the same text; the same key; and what is left by resemblance of text, details, place and
attributes, the most alike first. What is only probable is marked as doubtful.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from html import unescape

from .document import Document, Item

# How alike two lines must be: in one place, in one section or between the same neighbors, anywhere. The nearer, the
# less.
IN_PLACE, NEAR, ANYWHERE = 0.16, 0.4, 0.55
# A place is one only so many lines from one that is known.
CLOSE = 8
# So much more than the next candidate, or there is doubt.
MARGIN = 0.15
# Up to so many pairs each is looked at; beyond, only those with a place, details or a rare word in common.
ALL_PAIRS = 10_000
RARE = 8
# Details of so many words are hardly the same by accident.
TELLING_DETAILS = 4
# Words that a sentence gains or loses without saying anything else.
FILLERS = frozenset(('a', 'an', 'the', 'please'))
NEGATIONS = frozenset(
    ('not', 'no', 'never', 'without', 'nothing', 'none', "don't", 'don’t', 'stop', 'except', 'unless')
)
TAG = re.compile(r'<[^>]*>')
WORD = re.compile(r"\w+(?:['’]\w+)*")


class _Line:
    """What an item is recognized by."""

    def __init__(self, item: Item, document: Document) -> None:
        self.item = item
        self.words = WORD.findall(item.text)
        self.folded = ' '.join(word.casefold() for word in self.words) or item.text
        self.details = ' '.join(WORD.findall(unescape(TAG.sub(' ', item.detail_html)).casefold()))
        self.stems = _stems(self.folded)
        padded = f' {self.folded[:300]} '
        self.trigrams = frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
        self.section = '' if item.section is None else document.sections[item.section].text.casefold()
        self.rules = (item.kind, item.role, item.signoff, frozenset(item.after), item.optional, item.milestone)
        self.attributes = (*self.rules, item.due, item.estimate)

    @property
    def detail_stems(self) -> frozenset[str]:
        """The words of the details, cut short."""
        return _stems(self.details)

    @property
    def stands(self) -> tuple[str, str]:
        """What tells apart lines with the same text."""
        return self.section, self.details

    def signs(self, slot: '_Slot') -> list[object]:
        """What a line that might be the same item would have in common with it: place, details, or a word."""
        details = [('details', self.details)] if self.details else []
        return [*self.stems, *details, *slot.signs]


class Matcher:
    """Matches the items of two documents; places are positions in their lists of items.

    `old_of` gives the old place for a new one, `new_of` the reverse; the new places in `doubtful` are matched, or not
    matched, only probably.
    """

    def __init__(self, old: Document, new: Document) -> None:
        self.old = [_Line(item, old) for item in old.items]
        self.new = [_Line(item, new) for item in new.items]
        self.old_of: dict[int, int] = {}
        self.new_of: dict[int, int] = {}
        self.doubtful: set[int] = set()
        self._details = Counter(line.details for line in [*self.old, *self.new])
        self._old_places = {line.item.key: place for place, line in enumerate(self.old)}
        self._match_pins()
        self._match_texts()
        self._match_keys()
        self._match_reworded()

    def keys(self) -> list[str]:
        """The key each new line should have: its pin, that of the item it is, or the first free one of its text."""
        keys = [
            line.item.key if line.item.pinned else self.old[self.old_of[place]].item.key if place in self.old_of else ''
            for place, line in enumerate(self.new)
        ]
        taken = set(keys)
        numbers: Counter[str] = Counter()
        for place, line in enumerate(self.new):
            if keys[place]:
                continue
            base = re.sub(r'-\d+$', '', line.item.key) if line.item.suffixed else line.item.key
            key = base
            numbers[base] = max(numbers[base], 1)
            while key in taken:
                numbers[base] += 1
                end = f'-{numbers[base]}'
                key = base[: 64 - len(end)].rstrip('-') + end
            taken.add(key)
            keys[place] = key
        return keys

    def _take(self, old: int, new: int) -> None:
        self.old_of[new], self.new_of[old] = old, new

    def _left(self) -> tuple[list[int], list[int]]:
        """The places that are not matched yet; a new line with a pin of its own is an item of its own."""
        return (
            [place for place in range(len(self.old)) if place not in self.new_of],
            [place for place, line in enumerate(self.new) if place not in self.old_of and not line.item.pinned],
        )

    def _match_pins(self) -> None:
        for place, line in enumerate(self.new):
            if line.item.pinned and line.item.key in self._old_places:
                self._take(self._old_places[line.item.key], place)

    def _match_texts(self) -> None:
        """Lines with the same text are the same item; several with one text are told apart by place and details."""
        groups: defaultdict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        olds, news = self._left()
        for place in olds:
            groups[self.old[place].folded][0].append(place)
        for place in news:
            groups[self.new[place].folded][1].append(place)
        for group_olds, group_news in groups.values():
            if len(group_olds) == len(group_news) == 1:
                (i,), (j,) = group_olds, group_news
                self._take(i, j)
                if self._signs(i, j) < 2 and self.old[i].item.key != self.new[j].item.key:
                    self.doubtful.add(j)  # a short text may well come twice
            elif group_olds and group_news:
                self._match_group(group_olds, group_news)

    def _match_group(self, olds: list[int], news: list[int]) -> None:
        """Lines that all have the same text."""
        if [self.old[i].stands for i in olds] == [self.new[j].stands for j in news]:
            for i, j in zip(olds, news, strict=True):
                self._take(i, j)
            return
        if len(olds) * len(news) > ALL_PAIRS:  # nobody can tell hundreds of them apart
            for i, j in zip(olds, news, strict=False):
                self._take(i, j)
            self.doubtful.update(news)
            return
        scores = {(i, j): self._signs(i, j) for i in olds for j in news}
        for (i, j), score in sorted(scores.items(), key=lambda scored: -scored[1]):
            if i in self.new_of or j in self.old_of:
                continue
            self._take(i, j)
            rivals = [scores[i, other] for other in news if other != j]
            rivals += [scores[other, j] for other in olds if other != i]
            if score == 0 or score <= max(rivals, default=-1):
                self.doubtful.update(news)

    def _signs(self, i: int, j: int) -> int:
        """How much speaks for two lines of the same text being one item."""
        old, new = self.old[i], self.new[j]
        signs = 2 * (old.section == new.section) + 2 * (old.details == new.details != '')
        signs += old.attributes == new.attributes
        for step in (-1, 1):
            before, after = _at(self.old, i + step), _at(self.new, j + step)
            signs += before is not None and after is not None and before.folded == after.folded
        return signs

    def _match_keys(self) -> None:
        """The same key, though the text differs; where key and text speak for different items, there is doubt."""
        for place in self.old_of:
            new = self.new[place]
            by_key = self._old_places.get(new.item.key)
            if new.item.pinned or by_key is None or by_key in self.new_of:
                continue
            if self.old[by_key].folded != new.folded:  # lines with the same text have been told apart already
                self.doubtful.add(place)
        for place in self._left()[1]:
            by_key = self._old_places.get(self.new[place].item.key)
            if by_key is not None and by_key not in self.new_of:
                self._take(by_key, place)

    def _match_reworded(self) -> None:
        """What is left, the most alike first; without doubt only what nothing else comes near to."""
        olds, news = self._left()
        if not olds or not news:
            return
        slots, new_slots = self._slots()
        best: list[tuple[float, int, int]] = []
        for i, j in self._candidates(olds, news, slots, new_slots):
            score = self._likeness(i, j, _nearness(slots[i], new_slots[j]))
            if score:
                best.append((score, i, j))
        best.sort(key=lambda scored: (-scored[0], scored[1], scored[2]))
        rivals: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        for score, i, j in best:
            rivals['old', i].append(score)
            rivals['new', j].append(score)
        for score, i, j in best:
            if i in self.new_of or j in self.old_of:
                continue
            self._take(i, j)
            seconds = [scores[1] for scores in (rivals['old', i], rivals['new', j]) if len(scores) > 1]
            clear = score == rivals['old', i][0] == rivals['new', j][0] and score - max(seconds, default=0) >= MARGIN
            if not (clear and self._is_plain(i, j, _nearness(slots[i], new_slots[j]))):
                self.doubtful.add(j)

    def _candidates(
        self, olds: list[int], news: list[int], slots: list['_Slot'], new_slots: list['_Slot']
    ) -> Iterable[tuple[int, int]]:
        """Pairs worth a look: all of them, or for long lists those with a place, details or a rare word in common."""
        if len(olds) * len(news) <= ALL_PAIRS:
            return [(i, j) for i in olds for j in news]
        where: defaultdict[object, list[int]] = defaultdict(list)
        for j in news:
            for sign in self.new[j].signs(new_slots[j]):
                where[sign].append(j)
        pairs: set[tuple[int, int]] = set()
        for i in olds:
            for sign in self.old[i].signs(slots[i]):
                if len(found := where.get(sign, [])) <= RARE:
                    pairs.update((i, j) for j in found)
        return sorted(pairs)

    def _slots(self) -> tuple[list['_Slot'], list['_Slot']]:
        """Between which matched lines each line stands."""
        return (
            _slots([self.new_of.get(place, -1) for place in range(len(self.old))]),
            _slots([place if place in self.old_of else -1 for place in range(len(self.new))]),
        )

    def _likeness(self, i: int, j: int, nearness: int) -> float:
        """How much two lines look like one item, said differently; 0 if they do not."""
        old, new = self.old[i], self.new[j]
        text = _alike(old, new)
        details = _dice(old.detail_stems, new.detail_stems)
        like = max(text, (text + details) / 2)
        if old.details == new.details and len(old.details.split()) >= TELLING_DETAILS:
            like = max(like, 0.7)
        near = old.section == new.section or nearness
        if like < (IN_PLACE if nearness == 2 else NEAR if near else ANYWHERE):
            return 0
        same = sum(one == other for one, other in zip(old.attributes, new.attributes, strict=True))
        return like + 0.15 * nearness + 0.05 * (old.section == new.section) + 0.1 * same / len(old.attributes)

    def _is_plain(self, i: int, j: int, nearness: int) -> bool:
        """Whether two lines are one item beyond doubt: a slip of the pen was put right, or the same details were kept.

        Another number, another name or a "not" is another task, until somebody says that it is not. Details that
        other lines have too prove nothing.
        """
        old, new = self.old[i], self.new[j]
        if old.section != new.section or nearness != 2 or old.rules != new.rules:
            return False
        gone, came = _different_words(old.words, new.words)
        if any(_is_telling(word) for word in gone + came):
            return False
        if len(gone) == len(came) and all(map(_is_slip, gone, came)):
            return old.details == new.details or _dice(old.detail_stems, new.detail_stems) >= 0.8
        kept = old.details == new.details and len(old.details.split()) >= TELLING_DETAILS
        return kept and self._details[old.details] == 2 and not (gone and came) and _alike(old, new) >= 0.6


class _Slot:
    """The matched lines between which a line stands, and how far from each."""

    __slots__ = ('after', 'before', 'from_after', 'from_before', 'signs')

    def __init__(self) -> None:
        self.before = self.after = -1
        self.from_before = self.from_after = 0
        self.signs: tuple[object, ...] = ()


def _slots(partners: list[int]) -> list[_Slot]:
    """For each place, with the partners of the matched ones (-1: not matched), where it stands among these."""
    slots = [_Slot() for _ in partners]
    last, distance = -1, 0
    for slot, partner in zip(slots, partners, strict=True):
        distance += 1
        slot.before, slot.from_before = last, distance
        if partner >= 0:
            last, distance = partner, 0
    last, distance = -2, 0
    for slot, partner in zip(reversed(slots), reversed(partners), strict=True):
        distance += 1
        slot.after, slot.from_after = last, distance
        if partner >= 0:
            last, distance = partner, 0
        slot.signs = (('before', slot.before, slot.from_before), ('after', slot.after, slot.from_after))
    return slots


def _nearness(old: _Slot, new: _Slot) -> int:
    """2: in the same place between the same lines; 1: between the same lines; 0: elsewhere."""
    if (old.before, old.after) != (new.before, new.after):
        return 0
    same = (old.from_before, old.from_after) == (new.from_before, new.from_after)
    return 1 + (same and min(old.from_before, old.from_after) <= CLOSE)


def _at(lines: list[_Line], place: int) -> _Line | None:
    return lines[place] if 0 <= place < len(lines) else None


def _stems(folded: str) -> frozenset[str]:
    """The words of a folded text, cut to their beginnings, so that 'rehearse' is 'rehearsing'."""
    return frozenset(word[:5] for word in folded.split() if word not in FILLERS)


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _alike(old: _Line, new: _Line) -> float:
    """How alike two texts are, from 0 to 1, by words or parts of words; what was only added to is much alike."""
    alike = max(_dice(old.stems, new.stems), _dice(old.trigrams, new.trigrams))
    fewer = min(len(old.stems), len(new.stems))
    return max(alike, 0.6) if fewer > 1 and len(old.stems & new.stems) == fewer else alike


def _different_words(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """The words that went and those that came, but for fillers and capitals."""
    folded, new_folded = [word.casefold() for word in old], [word.casefold() for word in new]
    gone, came = [], []
    if len(old) * len(new) > ALL_PAIRS:
        return old, new
    for what, i, j, k, end in SequenceMatcher(None, folded, new_folded, autojunk=False).get_opcodes():
        if what != 'equal':
            # A capital at the very start says nothing; elsewhere it makes a name.
            gone += [word if i + at else word.casefold() for at, word in enumerate(old[i:j])]
            came += [word if k + at else word.casefold() for at, word in enumerate(new[k:end])]
    return (
        [word for word in gone if word.casefold() not in FILLERS],
        [word for word in came if word.casefold() not in FILLERS],
    )


def _is_telling(word: str) -> bool:
    """A number, a name or a no."""
    return any(char.isdigit() for char in word) or word != word.casefold() or word in NEGATIONS


def _is_slip(old: str, new: str) -> bool:
    """Two spellings of one word: long, with the same beginning, and one letter apart (or two neighbors swapped).

    Only in scripts with capitals: in others one sign may be a word.
    """
    if old.upper() == old.lower() or new.upper() == new.lower():
        return False
    if min(len(old), len(new)) < 5 or old[:1].casefold() != new[:1].casefold() or abs(len(old) - len(new)) > 1:
        return False
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    rest, new_rest = old[start:], new[start:]
    if rest[1:] == new_rest[1:] or rest[1:] == new_rest or rest == new_rest[1:]:
        return True
    return rest[:2] == new_rest[1::-1] and rest[2:] == new_rest[2:]
