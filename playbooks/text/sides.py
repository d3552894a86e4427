"""A comparison written as one, taken apart into the old and the new text with the marks of each.

`ins` and `del` are marks of the comparison and nothing else (see `htmltree`), so the old side is what is there without
`ins`, the new one what is there without `del`, and both layouts show the same changes by construction. What held
nothing but the other side's words goes with them; rows and cells of tables stay, so that the two tables stand level.
"""

import re

from .htmltree import TAG, VOID

NUMBER = re.compile(r'<li value="-?\d+"')
KEPT_EMPTY = frozenset(('tbody', 'tr', 'td', 'th'))
NO_CONTENT = frozenset(('br', 'col', 'input', 'wbr'))  # these do not keep an element whose words are gone


def sides(html: str) -> tuple[str, str]:
    """What stood there before, and what stands there now, each with its own words still marked."""
    return _without(html, 'ins'), _without(html, 'del')


def numbered(html: str, number: int | None) -> str:
    """The HTML without the numbers of its list items, for a list counts for itself; the first is given its own."""
    html = NUMBER.sub('<li', html)
    return html if number is None else html.replace('<li', f'<li value="{number}"', 1)


class _Open:
    """An element while it is read: where it was written, what of it is lost and whether anything is left."""

    __slots__ = ('at', 'has_lost', 'keeps', 'tag')

    def __init__(self, tag: str, at: int) -> None:
        self.tag = tag
        self.at = at
        self.has_lost = False
        self.keeps = False


def _without(html: str, mark: str) -> str:
    written: list[str] = []
    opened = [_Open('', 0)]
    at, skipping = 0, False
    for match in TAG.finditer(html):
        if not skipping:
            _text(html[at : match.start()], written, opened[-1])
        at, tag = match.end(), match[2]
        if tag == mark:
            skipping = not match[1]
            opened[-1].has_lost = True
        elif skipping:
            continue
        elif match[1]:
            _close(match[0], written, opened)
        else:
            if tag in VOID:
                opened[-1].keeps |= tag not in NO_CONTENT
            else:
                opened.append(_Open(tag, len(written)))
            written.append(match[0])
    _text(html[at:], written, opened[-1])
    return ''.join(written)


def _text(text: str, written: list[str], inside: _Open) -> None:
    if text:
        written.append(text)
        inside.keeps = inside.keeps or not text.isspace()


def _close(tag: str, written: list[str], opened: list[_Open]) -> None:
    done = opened.pop()
    is_gone = done.has_lost and not done.keeps
    if is_gone and done.tag not in KEPT_EMPTY:
        del written[done.at :]
    else:
        written.append(tag)
    opened[-1].has_lost |= is_gone
    opened[-1].keeps |= done.keeps
