"""Markdown in; safe HTML, sections and items out. Pure: no database, no request, no settings.

`read` does it all in one parse; the rest of this package is its steps. What it gives is safe to mark as such in a
template.
"""

from .document import Document, External, FileLink, Item, Link, Mend, Problem, Refused, Section, TocEntry
from .frontmatter import front_matter
from .normal import MAX_BYTES, normalize
from .notation import is_key
from .pinning import pin
from .reading import PIPELINE, read
from .wording import WORDS, due_words, role_in_sentence, role_words

__all__ = [
    'MAX_BYTES',
    'PIPELINE',
    'WORDS',
    'Document',
    'External',
    'FileLink',
    'Item',
    'Link',
    'Mend',
    'Problem',
    'Refused',
    'Section',
    'TocEntry',
    'due_words',
    'front_matter',
    'is_key',
    'normalize',
    'pin',
    'read',
    'role_in_sentence',
    'role_words',
]
