"""The brace group at the end of a task line or heading, `{#key role=buddy due=+1wd optional}`: what it may say.

Source: DESIGN.md, The text of a checklist.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from .document import KINDS

NAMES = ('kind', 'due', 'role', 'signoff', 'after', 'optional', 'estimate', 'milestone')
FLAGS = ('optional', 'milestone')
MAX_KEY = 64
MAX_ANCHOR = 200
MAX_AFTER = 50

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


@dataclass(slots=True)
class Group:
    """A brace group as it was read: its key ('' for none), its attributes by name, and what is wrong with it.

    A flag's value is 'yes'; a value that cannot be read is left out and complained about.
    """

    key: str = ''
    attributes: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


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
    group = Group()
    for word in words(inside):
        if heading and word['key'] is not None:
            group.key = word['key'].strip('#')[:MAX_ANCHOR]
        elif heading and word[0].startswith('.'):
            continue
        elif word['key'] is not None:
            _read_key(group, word['key'])
        elif word['name'] is not None:
            value = next(value for value in word.group('double', 'single', 'bare') if value is not None)
            _read_value(group, word['name'], value)
        else:
            _read_flag(group, word['flag'])
    return group


def _read_key(group: Group, key: str) -> None:
    if not is_key(key):
        group.complaints.append(
            f'“#{_short(key)}” is no key: write {KEY_HELP.format("#" + (slug(key) or "first-brief"))}.'
        )
    elif group.key:
        group.complaints.append(f'Two keys, “#{group.key}” and “#{key}”: keep the first.')
    else:
        group.key = key


def _read_value(group: Group, name: str, written: str) -> None:
    if name not in NAMES:
        group.complaints.append(_unknown(name))
    elif name in FLAGS:
        group.complaints.append(f'“{name}” stands alone: write {name} instead of {name}={_short(written)}.')
    elif name in group.attributes:
        group.complaints.append(f'“{name}” is given twice: keep one.')
    elif (value := _value(name, written)) is None:
        group.complaints.append(f'“{name}={_short(written)}” cannot be read: write {RIGHT[name]}.')
    else:
        group.attributes[name] = value


def _read_flag(group: Group, name: str) -> None:
    if name in FLAGS:
        group.attributes[name] = 'yes'
    elif name in NAMES:
        group.complaints.append(f'“{name}” needs a value: write {RIGHT[name]}.')
    else:
        group.complaints.append(_unknown(name))


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


def _unknown(name: str) -> str:
    near = get_close_matches(name.lower()[:20], NAMES, 1)
    right = f'did you mean “{near[0]}”?' if near else 'known are ' + ', '.join(NAMES) + ' and #key.'
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
    """' Did you mean “x”?' for the known name nearest to this one, or ''."""
    near = get_close_matches(name, known, 1)
    return f' Did you mean “{near[0]}”?' if near else ''
