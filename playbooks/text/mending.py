"""What would put a problem right: one changed line, offered beside the problem as a button.

A mend is offered only where the line it gives no longer has the problem, whatever else may be wrong with it;
tests/text/test_mending.py tries every kind of them.
"""

import re
from collections.abc import Sequence

from .document import Mend
from .notation import GROUP, Group, is_notation, replaced, words

MAX_MENDS = 200  # in one text; nobody presses more buttons, and each costs a line
MAX_LINE = 2_000  # characters of a line that is offered in another form


class Mender:
    """Makes the mends of one text, whose lines it is given."""

    def __init__(self, source: Sequence[str]) -> None:
        self.source = source
        self.left = MAX_MENDS

    def piece(self, label: str, line: int, old: str, new: str) -> Mend | None:
        """The line with its last `old` become `new`; None where it has none, or has become too long to offer."""
        written = self._line(line)
        at = written.rfind(old) if old else -1
        if at < 0:
            return None
        return self._offer(label, line, written[:at] + new + written[at + len(old) :])

    def group(self, label: str, group: Group, inside: str) -> Mend | None:
        """The line with another group, or without one if nothing is left that is notation.

        None where another group stands before it, which would be read then.
        """
        old = f'{{{group.inside}}}'
        if is_notation(inside):
            return self.piece(label, group.line, old, f'{{{inside}}}')
        written = self._line(group.line)
        at = written.rfind(old)
        if at < 0:
            return None
        before = written[:at] if written[:at].rstrip().endswith(']') else written[:at].rstrip()
        other = GROUP.search(before)
        if other and is_notation(other[1]):
            return None
        return self._offer(label, group.line, before + written[at + len(old) :])

    def without(self, label: str, group: Group, name: str) -> Mend | None:
        """The line without this attribute; `#` is the key."""
        return self.instead(label, group, name, '')

    def instead(self, label: str, group: Group, name: str, written: str) -> Mend | None:
        """The line with something else in the place of this attribute; None where the group gives it twice."""
        places = [word for word in words(group.inside) if _is(word, name)]
        return self.group(label, group, changed(group.inside, name, written)) if len(places) == 1 else None

    def added(self, label: str, line: int, group: Group | None, written: str) -> Mend | None:
        """The line with one attribute more, in its group or in a new one."""
        if group is not None:
            return self.group(label, group, f'{group.inside.rstrip()} {written}'.strip())
        content = self._line(line).rstrip()
        return self._offer(label, line, f'{content} {{{written}}}') if content else None

    def _line(self, number: int) -> str:
        return self.source[number - 1] if 0 < number <= len(self.source) else ''

    def _offer(self, label: str, line: int, replacement: str) -> Mend | None:
        if self.left <= 0 or len(replacement) > MAX_LINE:
            return None
        self.left -= 1
        return Mend(label, line, replacement)


def changed(inside: str, name: str, written: str) -> str:
    """A group's inside with the first attribute of this name (`#`: the key) as `written`; '' takes it out."""
    place = next((word for word in words(inside) if _is(word, name)), None)
    return replaced(inside, place.start(), place.end(), written) if place else inside


def _is(word: re.Match[str], name: str) -> bool:
    return word['key'] is not None if name == '#' else name in (word['name'], word['flag'])
