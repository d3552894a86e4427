"""Putting keys into a text before it is published, so that progress survives what was reworded.

`publish()` never alters a text. The author's draft gets its pins when the publish step is opened; a publication with
nobody to ask gets those that are beyond doubt. Source: DESIGN.md, Keys let progress survive a change.
"""

from collections.abc import Collection, Iterable
from copy import copy
from datetime import datetime

from accounts.models import User

from . import text as texts
from .drafts import save_draft
from .models import Draft, Item, Playbook, Version
from .plans import Plan, plan_publication, read, recorded
from .text.matching import PinProposal, proposed_pins
from .text.notation import key_of, numbered


def pins_for(*, document: texts.Document, base: Version | None, old: texts.Document | None = None) -> list[PinProposal]:
    """The pins that a text needs, seen from the version it is based on. `old` are the items recorded of the base.

    The text of the base is read only if a line has another key than before, or a key that depends on other lines.
    One query if `old` is not given.
    """
    old = old or recorded(base)
    if _keys_hold(old, document):
        return []
    return proposed_pins(read(title=base.title, text=base.text) if base else old, document)


def _keys_hold(old: texts.Document, new: texts.Document) -> bool:
    """Whether every item of the old text is in the new one under its key, and no key depends on other lines."""
    before = {item.key: item.text for item in old.items}
    loose = [item for item in new.items if not item.pinned]
    return (
        before.keys() <= {item.key for item in new.items}
        and not any(item.suffixed for item in loose)
        and all(before.get(item.key, item.text) == item.text for item in loose)
    )


def pinned_text(text: str, pins: Iterable[PinProposal]) -> str:
    """The text with these pins in it."""
    return texts.pin(text, {pin.line: pin.key for pin in pins})


def pin_certain(text: str, *, title: str, base: Version | None) -> str:
    """The text with keys pinned where the match with the base is beyond doubt. See `pins_for` for its cost."""
    pins = pins_for(document=read(title=title, text=text), base=base)
    return pinned_text(text, [pin for pin in pins if pin.certain])


def pinned_over(text: str, *, title: str, base: Version, current: Version) -> str:
    """The text, written from `base`, with the keys that it needs beside a newer version."""
    return pin_certain(pin_certain(text, title=title, base=base), title=title, base=current)


def with_pins(draft: Draft, pins: Iterable[PinProposal]) -> Draft:
    """The draft with these pins in its text, unsaved."""
    draft = copy(draft)
    draft.text = pinned_text(draft.text, pins)
    return draft


def as_published(draft: Draft, editor: User) -> Plan:
    """What a draft says once it has the keys that publishing puts in, with nothing looked up outside its text.

    Its hash is the one to approve: the publish step puts in the same. One query.
    """
    found = plan_publication(draft=draft, editor=editor, only_text=True)
    if pins := pins_for(document=found.document, base=draft.base, old=found.old):
        found = plan_publication(draft=with_pins(draft, pins), editor=editor, earlier=found, only_text=True)
    return found


def pin_draft(*, draft: Draft, now: datetime | None = None) -> Draft:
    """Store the pins that a draft needs in its text; a draft that needs none is left alone.

    Raises DraftChanged if the draft was saved elsewhere since it was loaded.
    """
    pins = pins_for(document=read(title=draft.title, text=draft.text), base=draft.base)
    return keep_text(draft=draft, text=pinned_text(draft.text, pins), now=now)


def give_new_keys(*, draft: Draft, keys: Collection[str], now: datetime | None = None) -> tuple[Draft, dict[str, str]]:
    """Store keys of their own for the lines with these keys; see `with_new_keys`. Raises DraftChanged."""
    changed, replaces = with_new_keys(draft, keys)
    return keep_text(draft=draft, text=changed.text, now=now), replaces


def with_new_keys(draft: Draft, keys: Collection[str]) -> tuple[Draft, dict[str, str]]:
    """The draft, unsaved, whose lines with these keys have keys of their own, because they are different tasks now.

    With it, for each new key, the earlier one. A new key is none that the playbook ever had: a key that comes back
    would be the same item with the state it had. One query.
    """
    if not keys:
        return draft, {}
    document = read(title=draft.title, text=draft.text)
    wanted = {item.key: key_of(item.text) for item in document.items if item.key in set(keys)}
    taken = {item.key for item in document.items} | _keys_ever(draft.playbook, wanted.values())
    lines, replaces = {}, {}
    for item in document.items:
        if item.key in wanted:
            key, number = wanted[item.key], 1
            while key in taken:
                number += 1
                key = numbered(wanted[item.key], number)
            taken.add(key)
            lines[item.line], replaces[key] = key, item.key
    changed = copy(draft)
    changed.text = texts.pin(draft.text, lines)
    return changed, replaces


def _keys_ever(playbook: Playbook, wanted: Collection[str]) -> set[str]:
    """The keys of all versions of a playbook; one query, none where nothing is wanted."""
    if not wanted:
        return set()
    return set(Item.objects.filter(version__playbook=playbook).values_list('key', flat=True).distinct())


def keep_text(*, draft: Draft, text: str, now: datetime | None = None) -> Draft:
    """Store a draft with this text, if it is another. Raises DraftChanged."""
    if text == draft.text:
        return draft
    return save_draft(
        draft=draft, title=draft.title, text=text, fields=draft.fields, shown_revision=draft.revision, now=now
    )
