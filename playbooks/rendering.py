"""What a version looks like: its stored rendering, or the text read anew where there is none yet.

`as_html` is the one place of this project that says of a string that it is safe HTML. Only what `playbooks.text` gives
may go through it: the html of documents and of comparisons, labels and details of items; and plain words, escaped here.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from . import text as texts
from .models import Rendering, Version

WORDS_A_MINUTE = 200
WEB_ADDRESS = re.compile(r'\bhttps?://[^\s<>"\'`]{3,2000}', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A version as its page shows it."""

    html: SafeString
    toc: tuple[texts.TocEntry, ...]
    words: int

    @property
    def minutes(self) -> int:
        """How long it takes to read, at least a minute."""
        return max(1, round(self.words / WORDS_A_MINUTE))


def as_html(cleaned: str) -> SafeString:
    """Mark HTML as safe: out of `playbooks.text`, and so out of its cleaner, or put together of escaped values."""
    return mark_safe(cleaned)


def stored(html: str, toc: list[dict[str, Any]], words: int) -> Shown:
    """A rendering as it was read from its row."""
    return Shown(as_html(html), tuple(texts.TocEntry(**entry) for entry in toc), words)


def shown(version: Version) -> Shown:
    """How a version looks: one query, two where its rendering by this pipeline is missing. Writes nothing.

    Raises `text.Refused` if its text is not stored rendered and cannot be read by this release.
    """
    row = Rendering.objects.filter(version=version, pipeline=texts.PIPELINE).values_list('html', 'toc', 'words').first()
    return stored(*row) if row else read_anew(version)


def read_anew(version: Version) -> Shown:
    """The same from the text itself, for a version whose rendering has not been built yet."""
    document = texts.read(version.text, title=version.title)
    return Shown(as_html(document.html), tuple(document.toc), document.words)


def said(words: str) -> SafeString:
    """Somebody's plain words as HTML: everything escaped, lines broken where they broke them, web addresses as links.

    Only http and https become links; what closes a sentence is no part of an address.
    """
    parts, end = [], 0
    for found in WEB_ADDRESS.finditer(words):
        address = found.group().rstrip('.,;:!?')
        if address.endswith(')') and '(' not in address:
            address = address[:-1].rstrip('.,;:!?')
        parts.append(escape(words[end : found.start()]))
        parts.append(format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', address, address))
        end = found.start() + len(address)
    parts.append(escape(words[end:]))
    return as_html(''.join(parts).replace('\n', '<br>'))
