"""What became of the items of one text in another: by key for what is published, by resemblance for what will be.

Nothing here decides about anybody's progress. `changes` says what happened to which key; `proposed_pins` finds lines
that are probably items of the earlier text without their key, so that the author (or, where there is no doubt, an
unattended publication) can give it back to them. How lines are recognized stands in `resemblance`.
Source: DESIGN.md, Keys let progress survive a change.
"""

import re
from collections import Counter
from dataclasses import dataclass

from .alignment import longest_rising
from .document import Document, Item
from .resemblance import Matcher

ATTRIBUTES = ('kind', 'role', 'signoff', 'due', 'after', 'optional', 'estimate', 'milestone', 'reads')
# Those that make an item a changed one, about which the author is asked. A new date or place asks nothing.
ASK_MEANING = frozenset(('kind', 'role', 'signoff', 'optional', 'after'))
IDS = re.compile(r' id="[^"]*"')


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one item.

    `what` holds, in this order, those that are true of 'added', 'removed', 'renamed' (the same line under another
    key: for runs one item ended and another began), 'reworded', 'details', 'attributes', 'moved'. `key` is the new
    one if there is a new item. `attributes` are (name, old value, new value); 'reads' is the playbook to read, as its
    slug with version.
    """

    key: str
    what: tuple[str, ...]
    old: Item | None = None
    new: Item | None = None
    attributes: tuple[tuple[str, object, object], ...] = ()

    @property
    def moved(self) -> bool:
        """It stands in another place among the items that both texts have."""
        return 'moved' in self.what

    @property
    def asks_meaning(self) -> bool:
        """Whether the author must say what it means for those who have already finished the item.

        Its text, details, kind, role, sign-off, optional or after differ. Source: DESIGN.md, Keys let progress
        survive a change.
        """
        if self.old is None or self.new is None or 'renamed' in self.what:
            return False
        return (
            'reworded' in self.what
            or 'details' in self.what
            or any(name in ASK_MEANING for name, _, _ in self.attributes)
        )


def changes(old: Document, new: Document) -> list[Change]:
    """What happened to each item that did not stay as it was, in the order of the new text.

    What went is listed after what it followed.
    """
    new_by_key = {item.key: item for item in new.items}
    common = {item.key for item in old.items if item.key in new_by_key}
    renamed = _renamed(old, new, common)
    partner = {key: new_by_key[key] for key in common} | renamed
    was = {item.key: before for before in old.items if (item := partner.get(before.key))}
    moved = _moved(old, new, partner)
    found: list[Change] = []
    gone_after: dict[str, list[Item]] = {}
    last = ''
    for item in old.items:
        if item.key in partner:
            last = partner[item.key].key
        else:
            gone_after.setdefault(last, []).append(item)
    found += [Change(item.key, ('removed',), old=item) for item in gone_after.get('', ())]
    for item in new.items:
        if item.key not in was:
            found.append(Change(item.key, ('added',), new=item))
        elif change := _change(was[item.key], item, moved=item.key in moved):
            found.append(change)
        found += [Change(gone.key, ('removed',), old=gone) for gone in gone_after.get(item.key, ())]
    return found


def _change(old: Item, new: Item, *, moved: bool) -> Change | None:
    """What differs between two forms of an item, or None."""
    attributes = tuple(
        (name, before, after)
        for name in ATTRIBUTES
        if (before := _attribute(old, name)) != (after := _attribute(new, name))
    )
    what = {
        'renamed': old.key != new.key,
        'reworded': old.text != new.text,
        'details': IDS.sub('', old.detail_html) != IDS.sub('', new.detail_html),
        'attributes': bool(attributes),
        'moved': moved,
    }
    if not any(what.values()):
        return None
    return Change(new.key, tuple(name for name, true in what.items() if true), old, new, attributes)


def _attribute(item: Item, name: str) -> object:
    """An attribute in a form that can be compared and shown."""
    value = getattr(item, name)
    if name == 'after':
        return tuple(sorted(value))
    if name == 'reads':
        return f'{value.slug}@{value.number}' if value and value.number else value.slug if value else ''
    return value


def _renamed(old: Document, new: Document, common: set[str]) -> dict[str, Item]:
    """Items whose key went, by old key, where exactly one line with the same text came under a new key."""
    gone = [item for item in old.items if item.key not in common]
    came = [item for item in new.items if item.key not in common]
    gone_texts, came_texts = Counter(item.text for item in gone), Counter(item.text for item in came)
    by_text = {item.text: item for item in came}
    return {
        item.key: by_text[item.text]
        for item in gone
        if item.text and gone_texts[item.text] == 1 and came_texts[item.text] == 1
    }


def _moved(old: Document, new: Document, partner: dict[str, Item]) -> set[str]:
    """New keys of the fewest items that must have been moved: the others are in their old order, in their old phases.

    An item whose order did not change has moved if it stands in another phase and both phases are in both texts; a
    heading that was put in, taken out or reworded moves nothing.
    """
    stayed = [(item, partner[item.key]) for item in old.items if item.key in partner]
    in_order = set(longest_rising([now.position for _, now in stayed]))
    old_phases, new_phases = _phases(old), _phases(new)
    in_both = set(old_phases.values()) & set(new_phases.values())
    moved = set()
    for place, (before, now) in enumerate(stayed):
        phase, new_phase = old_phases[before.phase], new_phases[now.phase]
        if place not in in_order or (phase != new_phase and {phase, new_phase} <= in_both):
            moved.add(now.key)
    return moved


def _phases(document: Document) -> dict[int | None, tuple[str, int]]:
    """A name for each phase, by position: its heading, told apart by a number."""
    seen: Counter[str] = Counter()
    names: dict[int | None, tuple[str, int]] = {None: ('', 0)}
    texts = {section.position: section.text for section in document.sections}
    for phase in sorted({item.phase for item in document.items if item.phase is not None}):
        text = texts.get(phase, '').casefold()
        seen[text] += 1
        names[phase] = (text, seen[text])
    return names


@dataclass(frozen=True, slots=True)
class PinProposal:
    """A key that the task line `line` of the new text should be given, so that it goes on being the item it was.

    `old_text` is that item's text, or '' if the key is only to be kept from depending on other lines with the same
    text. `certain` says that nothing else comes into question; an unattended publication pins only then.
    """

    line: int
    key: str
    old_text: str
    new_text: str
    certain: bool


def proposed_pins(old: Document, new: Document) -> list[PinProposal]:
    """Pins for lines that look reworded, lost their key, or have a key that depends on lines with the same text.

    In the order of lines; no key and no line is proposed twice, and no line that has a pin.
    Source: DESIGN.md, Keys let progress survive a change.
    """
    matcher = Matcher(old, new)
    found = []
    for place, key in enumerate(matcher.keys()):
        item = new.items[place]
        if item.pinned or (key == item.key and not item.suffixed):
            continue
        was = matcher.old_of.get(place)
        old_text = '' if was is None else old.items[was].text
        found.append(PinProposal(item.line, key, old_text, item.text, place not in matcher.doubtful))
    return sorted(found, key=lambda proposal: proposal.line)
