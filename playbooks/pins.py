"""Putting keys into a text before it is published, so that progress survives what was reworded.

`publish()` never alters a text. The author's draft gets its pins when the publish step is opened; a publication with
nobody to ask gets those that are beyond doubt. Source: DESIGN.md, Keys let progress survive a change.
"""

from collections.abc import Collection
from copy import copy
from datetime import datetime

from . import text as texts
from .drafts import save_draft
from .models import Draft, Item, Playbook, Version
from .text.matching import PinProposal, proposed_pins
from .text.notation import key_of, numbered


def pins_for(*, title: str, text: str, base: Version | None) -> list[PinProposal]:
    """The pins that a text needs, seen from the version it is based on; none for one that cannot be read.

    Reads both texts; no query.
    """
    try:
        old = texts.read(base.text, title=base.title) if base else texts.Document()
        return proposed_pins(old, texts.read(text, title=title))
    except texts.Refused:
        return []


def pinned(draft: Draft) -> Draft:
    """The draft with the pins it needs in its text, unsaved (the same draft if it needs none)."""
    pins = pins_for(title=draft.title, text=draft.text, base=draft.base)
    if pins:
        draft = copy(draft)
        draft.text = texts.pin(draft.text, {pin.line: pin.key for pin in pins})
    return draft


def pin_draft(*, draft: Draft, now: datetime | None = None) -> Draft:
    """Store the pins that a draft needs in its text; a draft that needs none is left alone.

    Raises DraftChanged if the draft was saved elsewhere since it was loaded.
    """
    return _save(draft, pinned(draft).text, now)


def give_new_keys(*, draft: Draft, keys: Collection[str], now: datetime | None = None) -> tuple[Draft, dict[str, str]]:
    """Give the lines with these keys keys of their own, because they are different tasks now.

    Returns the draft as stored and, for each new key, the earlier one. A new key is none that the playbook ever had:
    a key that comes back would be the same item with the state it had. Raises DraftChanged.
    """
    document = texts.read(draft.text, title=draft.title)
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
    return _save(draft, texts.pin(draft.text, lines), now), replaces


def _keys_ever(playbook: Playbook, wanted: Collection[str]) -> set[str]:
    """The keys of all versions of a playbook; one query, none where nothing is wanted."""
    if not wanted:
        return set()
    return set(Item.objects.filter(version__playbook=playbook).values_list('key', flat=True).distinct())


def _save(draft: Draft, text: str, now: datetime | None) -> Draft:
    if text == draft.text:
        return draft
    return save_draft(
        draft=draft, title=draft.title, text=text, fields=draft.fields, shown_revision=draft.revision, now=now
    )
