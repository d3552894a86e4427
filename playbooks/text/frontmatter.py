"""YAML front matter, as Jekyll, Hugo and our own export write it at the top of a Markdown file."""

import re
from typing import Any

import yaml

FRONT_MATTER = re.compile(r'---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)', re.DOTALL | re.MULTILINE)
MAX_FRONT_MATTER = 16_000  # characters; YAML is read slowly
ALIAS = re.compile(r'(?:^|[\s\[{,:-])[&*][^\s,\]}]')


def front_matter(text: str) -> tuple[dict[str, Any], str, int]:
    """Split a normalized text into its front matter, the rest, and the line on which the rest starts.

    Front matter that is not a YAML mapping, or that no document needs (anchors, more than 16,000 characters), is text
    like any other: then the answer is an empty dict, the whole text, and 1.
    """
    match = FRONT_MATTER.match(text)
    if not match or match.end(1) > MAX_FRONT_MATTER or ALIAS.search(match[1]):
        return {}, text, 1
    try:
        found = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text, 1
    if found is None:
        found = {}
    if not isinstance(found, dict):
        return {}, text, 1
    return (
        {str(name): value for name, value in found.items()},
        text[match.end() :],
        text.count('\n', 0, match.end()) + 1,
    )
