"""Bringing two wordings of a playbook together: a draft and the version that came between, or two saves of one draft.

What fits by itself is put together; the rest is a list of conflicts, each of which somebody settles. Keys survive:
before texts are put together, lines that are an earlier item in other words get its key.
Source: DESIGN.md, Publishing ("a stale publish never publishes").
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from .drafts import Wording, shown_before
from .models import Draft
from .pins import pin_certain, pinned_text, pins_for
from .plans import read
from .rendering import as_html
from .text.alignment import align
from .text.diff import marked
from .text.merge import Chunk, merge

MOST_CONFLICTS = 60  # that a page asks about one by one; more are one
HEADING = '#'
NOTHING = Wording('', '', {})


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both changed, each in another way. `name` says which, as long as what is in conflict is the same.

    `what` is 'text', 'title' or the name of a field; `under` the heading above a place in the text, `line` where it is
    in one's own text.
    """

    name: str
    what: str
    base: Any
    mine: Any
    theirs: Any
    under: str = ''
    line: int = 0

    @property
    def is_text(self) -> bool:
        """Whether it is a place in the text, which can also be kept from both, or written anew."""
        return self.what == 'text'

    @property
    def can_be_edited(self) -> bool:
        """Whether one may write something else; a field has its own place in the editor."""
        return self.what in {'text', 'title'}


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that only the other side changed: it is in the merged text by itself."""

    base: str
    theirs: str
    under: str = ''

    @property
    def marked(self) -> SafeString:
        """The place as it is written now, with the words marked that they changed."""
        return marked_words(self.base, self.theirs)


def marked_words(base: Any, side: Any) -> SafeString:
    """Two pieces of Markdown as one, as they are written, words that went and came marked."""
    was, now = ('' if value is None else str(value) for value in (base, side))
    if not was or not now:
        mark = 'ins' if now else 'del'
        return format_html('<pre><{}>{}</{}></pre>', mark, was or now, mark)
    return as_html(marked(f'<pre>{escape(was)}</pre>', f'<pre>{escape(now)}</pre>'))


@dataclass(slots=True)
class Together:
    """Two wordings put together, as far as that goes by itself.

    `pieces` are the text in order, settled or in conflict; `title` and `fields` likewise hold a conflict where there is
    one. `taken` is what came from the other side by itself.
    """

    title: str | Conflict
    fields: dict[str, Any]
    pieces: list[str | Conflict]
    taken: list[Taken] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Conflict]:
        """What somebody has to settle, in the order of the page: title, fields, text."""
        every = [self.title, *self.fields.values(), *self.pieces]
        return [one for one in every if isinstance(one, Conflict)]

    def settled(self, answers: Mapping[str, Any]) -> Wording:
        """The merged wording, with what is to stand at each conflict, by its name. Raises KeyError for one left open.

        A field that is to have no value is left out.
        """

        def said(one: Any) -> Any:
            return answers[one.name] if isinstance(one, Conflict) else one

        fields = {name: said(value) for name, value in self.fields.items()}
        kept = {name: value for name, value in fields.items() if value not in (None, '')}
        return Wording(said(self.title), ''.join(map(_whole_lines, map(said, self.pieces))), kept)


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith('\n') else text + '\n'


def with_current(draft: Draft) -> Together:
    """A draft and the current version of its playbook, seen from the version the draft was written from.

    Load the draft's base and the playbook's current version. A draft that was written from nothing is put together
    line by line. A handful of queries.
    """
    current = draft.playbook.current_version
    assert current is not None
    mine, theirs = Wording.of(draft), Wording.of(current)
    base = draft.base
    if base is None:
        return bring_together(_common(mine, theirs), mine, theirs)
    # The draft gets the keys that its author would be shown at the publish step: later they may no longer be found.
    text = pinned_text(mine.text, pins_for(document=read(title=mine.title, text=mine.text), base=base))
    return bring_together(
        Wording(base.title, pin_certain(base.text, title=base.title, base=current), base.fields),
        Wording(mine.title, pin_certain(text, title=mine.title, base=current), mine.fields),
        theirs,
    )


def with_stored(draft: Draft, mine: Wording, *, shown_revision: int) -> Together:
    """What one has before oneself and the stored draft, which was saved elsewhere since `shown_revision`.

    Both come from what the draft said then; where that is not kept any more, from the version it is based on.
    """
    theirs = Wording.of(draft)
    base = shown_before(draft, shown_revision) if shown_revision else None
    if base is None:
        base = Wording.of(draft.base) if draft.base else _common(mine, theirs)
    return bring_together(base, mine, theirs)


def _common(mine: Wording, theirs: Wording) -> Wording:
    """What two wordings have in common, where nothing is known that both were made from."""
    ours = mine.text.splitlines(keepends=True)
    pairs = align(ours, theirs.text.splitlines(keepends=True))
    return Wording('', ''.join(ours[here] for here, _there in pairs), {})


def bring_together(base: Wording, mine: Wording, theirs: Wording) -> Together:
    """Put two wordings together that were both made from `base`: the text by lines, the title and each field whole."""
    together = Together(
        title=_value('title', base.title, mine.title, theirs.title),
        fields={
            name: _value(name, *(side.fields.get(name) for side in (base, mine, theirs)))
            for name in dict.fromkeys([*theirs.fields, *mine.fields])
        },
        pieces=[],
    )
    chunks = list(_few(merge(base.text, mine.text, theirs.text).chunks))
    names: Counter[str] = Counter()
    under, line = '', 1
    for chunk in chunks:
        if chunk.is_conflict:
            base_lines, ours, others = (''.join(side) for side in chunk.sides)
            name = _name('text', base_lines, ours, others)
            names[name] += 1
            together.pieces.append(Conflict(f'{name}-{names[name]}', 'text', base_lines, ours, others, under, line))
        else:
            together.pieces.append(''.join(chunk.lines))
            if chunk.is_theirs:
                together.taken.append(Taken(''.join(chunk.base), ''.join(chunk.lines), under))
        line += len(chunk.sides[1])
        under = _heading(chunk.lines or chunk.ours) or under
    return together


def _value(what: str, base: Any, mine: Any, theirs: Any) -> Any:
    """A title or field: what one of them changed, or a conflict. A number and its digits are the same."""
    was, ours, others = (str(value) if value is not None else '' for value in (base, mine, theirs))
    if others in (ours, was):
        return mine
    if was == ours:
        return theirs
    return Conflict(_name(what, was, ours, others), what, base, mine, theirs)


def _name(*parts: str) -> str:
    return hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:12]


def _heading(lines: tuple[str, ...]) -> str:
    """The last heading in these lines."""
    found = [line for line in lines if line.startswith(HEADING) and line.lstrip(HEADING).startswith(' ')]
    return found[-1].strip(HEADING + ' \n') if found else ''


def _few(chunks: tuple[Chunk, ...]) -> Iterator[Chunk]:
    """The chunks; where more are in conflict than a page can ask about, all from the first to the last are one."""
    places = [place for place, chunk in enumerate(chunks) if chunk.is_conflict]
    if len(places) <= MOST_CONFLICTS:
        yield from chunks
        return
    first, last = places[0], places[-1] + 1
    within = [chunk.sides for chunk in chunks[first:last]]
    base, ours, theirs = (tuple(line for sides in within for line in sides[number]) for number in range(3))
    yield from chunks[:first]
    yield Chunk(base=base, ours=ours, theirs=theirs, sides=(base, ours, theirs))
    yield from chunks[last:]
