"""The brace group at the end of a task line or heading, `{#key role=buddy due=+1wd optional}`: what it may say.

Source: DESIGN.md, The text of a checklist.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from .document import KINDS

NAMES = ('kind', 'due', 'role', 'signoff', 'after', 'optional', 'estimate', 'milestone')
FLAGS = ('optional', 'milestone')
MAX_KEY = 64
MAX_ANCHOR = 200
MAX_AFTER = 50

ASSIGNED = '|'.join(name for name in NAMES if name not in FLAGS)
GROUP = re.compile(r'(?:^|(?<= ))\{([^{}]*)\}( *)$')
NOTATION = re.compile(rf'\s*(?:#|(?:{"|".join(NAMES)})(?=\s|$)|[^\W\d][\w-]*=)')
WORD = re.compile(
    r"""
    (?: \#(?P<key>\S*)
      | (?P<name>[^\s="'#]+)=(?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>\S*) )
      | (?P<flag>\S+)
    )(?=\s|$)
    """,
    re.VERBOSE,
)
DUE = re.compile(r'([+-]?)([0-9]{1,4})(wd|d|w)')
ESTIMATE = re.compile(r'([0-9]{1,4})([mh])')
PLAIN = rf'(?:\#[\w-]++|(?:{ASSIGNED})=[^\s{{}}]++)'  # what nobody writes who does not mean notation
UNCLOSED = re.compile(rf'(?:^|(?<= ))\{{{PLAIN}[^{{}}]*+$')
MISPLACED = re.compile(rf'(?:^|(?<= ))\{{{PLAIN}(?: [^{{}}]*+)?\}}')
COLON = re.compile(rf'\b({ASSIGNED})\s*:\s*')
COLONS = re.compile(rf'\s*(?:{ASSIGNED})\s*:\s*\S')
NO = frozenset(['no', 'false', '0', 'off'])
KEY_LETTERS = frozenset(['Ll', 'Lo', 'Lm', 'Nd'])
NOT_IN_ASCII_KEY = re.compile('[^a-z0-9]+')

KEY_HELP = '1 to 64 lower-case letters, digits and hyphens, as {}'
RIGHT = {
    'kind': 'one of ' + ', '.join(KINDS) + ', as kind=read',
    'due': 'a number of working days (wd), days (d) or weeks (w) after or before the start, as due=+3wd or due=-14d',
    'role': KEY_HELP.format('role=release-captain'),
    'signoff': KEY_HELP.format('signoff=manager'),
    'after': f'at most {MAX_AFTER} keys with commas between them, as after=first-brief,meet-team',
    'estimate': 'minutes or hours, as estimate=45m or estimate=2h',
}


MAX_MENDED = 20  # complaints about one group that come with a mend
MAX_INSIDE = 1_000  # characters of a group for which mends are made

SPACED = re.compile(
    rf"""
    (?P<name>{ASSIGNED}) \s* [=:] \s* (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>[^\s="']+) ) (?=\s|$)
    """,
    re.VERBOSE,
)
UNITS = {
    'wd': r'(?:working|business|work)[ -]?days?|wds?|wdays?|workdays?',
    'd': r'(?:calendar[ -]?)?days?|d',
    'w': r'weeks?|wks?|w',
}
DUE_UNIT = '|'.join(UNITS.values())
LOOSE_DUE = re.compile(rf'([+\-\u2013\u2212]?)\s*(\d{{1,4}})\s*({DUE_UNIT})?', re.IGNORECASE)
LOOSE_ESTIMATE = re.compile(
    r'(?:(\d{1,3})\s*(?:h|hrs?|hours?)\s*)?(?:(\d{1,4})\s*(?:m|mins?|minutes?)?)?', re.IGNORECASE
)
# `due=5 days`: a number whose unit stands behind a space, which reads as two attributes.
WITH_UNIT = re.compile(
    rf'(?P<name>due|estimate)\s*[=:]\s*(?P<value>[+\-\u2013\u2212]?\s*\d{{1,4}}\s+'
    rf'(?:{DUE_UNIT}|h|hrs?|hours?|m|mins?|minutes?))(?=\s|$)',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with a brace group, and what stands in its place to put it right, as `label` says.

    `mended` is the group's inside then, None where no mend is known; `key` the key it has then and had not before.
    """

    message: str
    label: str = ''
    mended: str | None = None
    key: str = ''


@dataclass(slots=True)
class Group:
    """A brace group as it was read: its key ('' for none), its attributes by name, and what is wrong with it.

    A flag's value is 'yes'; a value that cannot be read is left out and complained about. `inside` is what stands
    between the braces, `line` where.
    """

    key: str = ''
    attributes: dict[str, str] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    inside: str = ''
    line: int = 0


def is_notation(inside: str) -> bool:
    """Whether what stands between the braces is notation; `{customer}` is text."""
    return bool(NOTATION.match(inside))


def words(inside: str) -> Iterator[re.Match[str]]:
    """Yield the parts of a group, `#key`, `name=value` or a bare word, as matches with their places."""
    pos = 0
    while match := WORD.search(inside, pos):
        yield match
        pos = match.end()


def read_group(inside: str, *, heading: bool = False) -> Group:
    """Read what stands between the braces.

    At a heading `#name` is only its anchor, which may be anything, and `.class`, as Pandoc and kramdown know it, is
    passed over.
    """
    return _GroupReader(inside, heading=heading).group


class _GroupReader:
    """Reads one group, word by word, and notes for each complaint what would put it right."""

    def __init__(self, inside: str, *, heading: bool) -> None:
        self.inside, self.heading = inside, heading
        self.group = Group(inside=inside)
        self.found = found = list(words(inside))
        self.given = Counter(word['name'] or word['flag'] for word in found if word['key'] is None)
        self.has_key = any(word['key'] is not None and is_key(word['key']) for word in found)
        done = 0
        for self.word in found:
            if self.word.start() >= done:
                done = self.end = self.word.end()
                self._read()
                done = self.end

    def _read(self) -> None:
        word, group = self.word, self.group
        if self.heading and word['key'] is not None:
            group.key = word['key'].strip('#')[:MAX_ANCHOR]
        elif self.heading and word[0].startswith('.'):
            return
        elif word['key'] is not None:
            self._read_key(word['key'])
        elif not self._read_spaced():
            if word['name'] is not None:
                self._read_value(word['name'], _written(word))
            else:
                self._read_flag(word['flag'])

    def _complain(self, message: str, right: str = '', *, keep_first: bool = False) -> None:
        """Note what is wrong with the word, and what should stand in its place; '' if nothing should.

        With `keep_first` nothing of its name should stand behind it either.
        """
        mended, label, key = None, '', ''
        if len(self.group.complaints) < MAX_MENDED and len(self.inside) <= MAX_INSIDE:
            written = self.inside[self.word.start() : self.end]
            mended = self.inside
            for start, end in reversed(self._again(written, by_name=keep_first)):  # which would be as wrong
                mended = replaced(mended, start, end, '')
            mended = replaced(mended, self.word.start(), self.end, right)
            label = f'Write {right}' if right else 'Keep the first' if keep_first else f'Take “{_short(written)}” off'
            key = right[1:] if right.startswith('#') else ''
        self.group.complaints.append(Complaint(message, label, mended, key))

    def _again(self, written: str, *, by_name: bool) -> list[tuple[int, int]]:
        """From where to where exactly these words, or others of the same name, stand again further on."""
        inside, size, this = self.inside, len(written), self.word
        rest = [word for word in self.found if word.start() >= self.end]
        if by_name and this['key'] is not None:
            return [word.span() for word in rest if word['key'] is not None]
        if by_name:
            return [word.span() for word in rest if word['name'] == this['name']]
        starts = [word.start() for word in rest if inside.startswith(written, word.start())]
        return [(at, at + size) for at in starts if not inside[at + size : at + size + 1].strip()]

    def _read_key(self, key: str) -> None:
        if not is_key(key):
            right = slug(key)
            self._complain(
                f'“#{_short(key)}” is no key: write {KEY_HELP.format("#" + (right or "first-brief"))}.',
                '' if self.has_key or not right else f'#{right}',
            )
            self.has_key = True
        elif self.group.key:
            self._complain(f'Two keys, “#{self.group.key}” and “#{key}”: keep the first.', keep_first=True)
        else:
            self.group.key = key

    def _read_spaced(self) -> bool:
        """`due=5 days`, `due = +5d`, `kind: read`: what is meant is plain, and is not how it is written."""
        start, inside = self.word.start(), self.inside
        match = WITH_UNIT.match(inside, start)
        if not match and (match := SPACED.match(inside, start)):
            is_right = self.word['name'] is not None and self.word.end() == match.end()
            if is_right or _written(match) in NAMES:
                return False
        if not match:
            return False
        name = match['name'].lower()
        value = mended_value(name, match['value'] if match.re is WITH_UNIT else _written(match))
        self.end = match.end()
        right = f'{name}={value}' if value and self._is_only(name) else ''
        help_ = f'{name}={value}' if value else RIGHT[name]
        self._complain(f'“{_short(match[0])}” cannot be read: write {help_}.', right)
        return True

    def _read_value(self, name: str, written: str) -> None:
        attributes = self.group.attributes
        if name not in NAMES:
            self._complain(_unknown(name), self._meant(name, written))
        elif name in FLAGS:
            right = name if self._is_only(name) and written.lower() not in NO else ''
            self._complain(f'“{name}” stands alone: write {name} instead of {name}={_short(written)}.', right)
        elif name in attributes:
            self._complain(f'“{name}” is given twice: keep one.', keep_first=True)
        elif (value := _value(name, written)) is None:
            value = mended_value(name, written) if self._is_only(name) else None
            self._complain(
                f'“{name}={_short(written)}” cannot be read: write {RIGHT[name]}.', f'{name}={value}' if value else ''
            )
        else:
            attributes[name] = value

    def _read_flag(self, name: str) -> None:
        if name in FLAGS:
            self.group.attributes[name] = 'yes'
        elif name in NAMES:
            self._complain(f'“{name}” needs a value: write {RIGHT[name]}.')
        else:
            self._complain(_unknown(name), self._meant(name, ''))

    def _is_only(self, name: str) -> bool:
        """Whether the group gives this attribute once."""
        return self.given[name] <= 1

    def _meant(self, name: str, written: str) -> str:
        """What was meant by a name that is not known, or ''; nothing that the group has already."""
        if not written:
            for known in ('due', 'estimate'):
                if _value(known, name) is not None and not self.given[known]:
                    return f'{known}={_value(known, name)}'
            if name.lower() in KINDS and not self.given['kind']:
                return f'kind={name.lower()}'
        near = _near(name[:20])
        if not near or self.given[near]:
            return ''
        if near in FLAGS:
            return near if written.lower() not in NO else ''
        value = mended_value(near, written)
        return f'{near}={value}' if value else ''


def _written(word: re.Match[str]) -> str:
    """The value of an attribute as it is written, without quotation marks."""
    return next(value for value in word.group('double', 'single', 'bare') if value is not None)


def mended_value(name: str, written: str) -> str | None:
    """The value that was meant, in the form it should have; None where that cannot be told."""
    if (value := _value(name, written)) is not None:
        return value
    written = written.strip().lower()
    if name == 'kind':
        return next(iter(get_close_matches(written[:20], KINDS, 1)), None)
    if name == 'due':
        match = LOOSE_DUE.fullmatch(written)
        if not match:
            return None
        unit = next((unit for unit, form in UNITS.items() if re.fullmatch(form, match[3] or 'd', re.IGNORECASE)), 'd')
        return _value('due', f'{"-" if match[1] not in ("", "+") else "+"}{match[2]}{unit}')
    if name == 'estimate':
        match = LOOSE_ESTIMATE.fullmatch(written)
        if not match:
            return None
        hours, minutes = int(match[1] or 0), int(match[2] or 0)
        return _value('estimate', f'{hours * 60 + minutes}m' if minutes else f'{hours}h')
    if name == 'after':
        keys = dict.fromkeys(filter(None, map(slug, written.split(','))))
        return _value('after', ','.join(keys))
    return slug(written) or None


def _value(name: str, written: str) -> str | None:
    """The value in its normal form, or None if it is none that the name can have."""
    if name == 'kind':
        return written if written in KINDS else None
    if name == 'due':
        match = DUE.fullmatch(written)
        sign = '-' if match and match[1] == '-' and int(match[2]) else '+'
        return f'{sign}{int(match[2])}{match[3]}' if match else None
    if name == 'estimate':
        match = ESTIMATE.fullmatch(written)
        return f'{int(match[1])}{match[2]}' if match and int(match[1]) else None
    if name == 'after':
        keys = [key.strip().removeprefix('#') for key in written.split(',')]
        return ','.join(dict.fromkeys(keys)) if len(keys) <= MAX_AFTER and all(map(is_key, keys)) else None
    return written if is_key(written) else None


@lru_cache(maxsize=256)
def _near(name: str) -> str:
    """The known name nearest to this one, or ''."""
    return next(iter(get_close_matches(name.lower(), NAMES, 1)), '')


def _unknown(name: str) -> str:
    near = _near(name[:20])
    right = f'did you mean “{near}”?' if near else 'known are ' + ', '.join(NAMES) + ' and #key.'
    return f'“{_short(name)}” is nothing that can stand in braces here: {right}'


def _short(written: str) -> str:
    return written if len(written) <= 40 else written[:40] + '…'


def is_key(text: str) -> bool:
    """Whether a text can be a key: 1 to 64 lower-case letters of any script (NFC), digits and hyphens."""
    return (
        0 < len(text) <= MAX_KEY
        and all(char == '-' or _in_key(char) for char in text)
        and unicodedata.is_normalized('NFC', text)
    )


def _in_key(char: str) -> bool:
    return unicodedata.category(char) in KEY_LETTERS and char == char.lower()


def slug(text: str) -> str:
    """The key that a line's visible text gives, or '' if nothing is left of it."""
    text = text.lower()
    if text.isascii():
        return NOT_IN_ASCII_KEY.sub('-', text).strip('-')[:MAX_KEY].rstrip('-')
    text = unicodedata.normalize('NFC', text)
    kept = (char if _in_key(char) else '' if unicodedata.category(char)[0] == 'M' else ' ' for char in text)
    return unicodedata.normalize('NFC', '-'.join(''.join(kept).split()))[:MAX_KEY].rstrip('-')


def key_of(text: str) -> str:
    """The key of a line that is not pinned, before it is told apart from others."""
    return slug(text) or 'item-' + hashlib.sha256(text.encode()).hexdigest()[:8]


def numbered(key: str, number: int) -> str:
    """The key with `-number` behind it, within the length a key may have."""
    suffix = f'-{number}'
    return key[: MAX_KEY - len(suffix)].rstrip('-') + suffix


def closest(name: str, known: list[str]) -> str:
    """The known name nearest to this one, or ''."""
    return next(iter(get_close_matches(name, known, 1)), '')


def replaced(inside: str, start: int, end: int, written: str) -> str:
    """A group's inside with a part of it as `written`; '' takes it out with the space around it."""
    if written:
        return inside[:start] + written + inside[end:]
    return ' '.join(part for part in (inside[:start].rstrip(), inside[end:].lstrip()) if part)


@dataclass(frozen=True, slots=True)
class Stray:
    """Something that looks like notation and is none: what to say of it, and `old` as it would have to be written."""

    message: str
    label: str
    old: str
    new: str


def stray(text: str) -> Stray | None:
    """What in the text of a task line or heading was meant as a brace group and stands in the text instead.

    One that is not closed, one with colons, one that does not stand at the end (`old` is then the whole text).
    """
    if match := UNCLOSED.search(text):
        written = match[0].rstrip()
        message = f'“{_short(written)}” is not closed, so it stands in the text: put a }} behind it.'
        return Stray(message, 'Close the brace', written, written + '}')
    if match := GROUP.search(text):
        if is_notation(match[1]) or not COLONS.match(match[1]):
            return None
        right = '{' + COLON.sub(r'\1=', match[1]) + '}'
        message = f'“{{{_short(match[1])}}}” stands in the text: write {_short(right)}.'
        return Stray(message, f'Write {_short(right)}', f'{{{match[1]}}}', right)
    match = MISPLACED.search(text)
    if not match or text.count('`', 0, match.start()) % 2:
        return None
    rest = f'{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}'.strip()
    message = f'“{_short(match[0])}” counts only at the end of the line: move it there.'
    return Stray(message, 'Move it to the end', text.rstrip(), f'{rest} {match[0]}')
