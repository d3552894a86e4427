"""What the editor's page shows of a text: how it looks, its problems with their mends, how long it takes to read."""

from dataclasses import dataclass

from . import text as texts
from .rendering import WORDS_A_MINUTE


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as it would look, without being saved. Reading it is the whole cost: no query."""

    document: texts.Document

    @property
    def minutes(self) -> int:
        """How long it takes to read, at least a minute."""
        return max(1, round(self.document.words / WORDS_A_MINUTE))


def preview_of(text: str, title: str) -> Preview:
    """How a text looks, its blocks naming their lines; of one that cannot be read, only what is wrong with it."""
    try:
        return Preview(texts.read(text, title=title, name_lines=True))
    except texts.Refused as refusal:
        return Preview(texts.Document(problems=[texts.Problem(refusal.line or 0, refusal.message)]))


def mended(text: str, preview: Preview, asked: str) -> str | None:
    """The text after one of its mends; `asked` names it by line and label, as its button does.

    None if the text has no such mend (any more): nothing is changed then.
    """
    mends = (problem.mend for problem in preview.document.problems if problem.mend)
    mend = next((mend for mend in mends if f'{mend.line} {mend.label}' == asked), None)
    if mend is None:
        return None
    lines = texts.normalize(text).split('\n')
    lines[mend.line - 1 : mend.line] = [] if mend.replacement is None else [mend.replacement]
    return '\n'.join(lines)
