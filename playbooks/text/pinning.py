"""Writing keys into a text, so that an item keeps its progress whatever becomes of its words."""

import re
from collections.abc import Mapping

from .normal import normalize
from .notation import is_key, is_notation, words
from .reading import read

LAST_GROUP = re.compile(r'(?:^|(?<=[ \t]))\{([^{}]*)\}$')


def pin(text: str, keys: Mapping[int, str]) -> str:
    """Return the text with `{#key}` on each task line named by its number, and everything else as it was.

    A line that has a key gets the new one in its place; its attributes stay. Raises ValueError for a line that is no
    task, for what is no key, and for one that another line has pinned.
    """
    text = normalize(text)
    if not keys:
        return text
    tasks = {item.line: item for item in read(text).items}
    pinned = {item.key: item.line for item in tasks.values() if item.pinned and item.line not in keys}
    lines = text.split('\n')
    for number, key in keys.items():
        if not is_key(key):
            raise ValueError(f'“{key}” is no key.')
        if number not in tasks:
            raise ValueError(f'Line {number} is no task.')
        if pinned.setdefault(key, number) != number:
            raise ValueError(f'The key “{key}” is taken by line {pinned[key]}.')
        lines[number - 1] = _pin_line(lines[number - 1], key)
    return '\n'.join(lines)


def _pin_line(line: str, key: str) -> str:
    content = line.rstrip(' \t')
    space = line[len(content) :]
    match = LAST_GROUP.search(content)
    if not match or not is_notation(match[1]):
        return f'{content} {{#{key}}}{space}'
    others = ' '.join(word[0] for word in words(match[1]) if word['key'] is None)
    group = f'#{key} {others}'.rstrip()
    return f'{content[: match.start()]}{{{group}}}{space}'
