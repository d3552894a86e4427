"""What differs between any two texts of a playbook: a draft and its base, what was sent and what was published.

Versions are compared in `comparing`, which keeps what it found; these texts change, so they are compared when asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.models import User

from . import text as texts
from .kind_fields import Change, changes, every_field, names_for
from .models import Playbook
from .text.comparison import Comparison
from .text.diff import compare
from .text.linediff import Stretch, stretches


class Titled(Protocol):
    """A text with its title and fields: a version, a draft, a suggestion, an approval."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Difference:
    """What differs: as it reads, or for texts that cannot be read as pages, line by line."""

    old_title: str
    new_title: str
    comparison: Comparison | None = None
    fields: list[Change] = field(default_factory=list)
    lines: list[Stretch] = field(default_factory=list)
    same_text: bool = False

    @property
    def retitled(self) -> bool:
        """Whether the title is another."""
        return self.old_title != self.new_title

    @property
    def is_nothing(self) -> bool:
        """Whether both are the same to the letter."""
        return self.same_text and not self.retitled and not self.fields


def difference(user: User, playbook: Playbook, old: Titled, new: Titled) -> Difference:
    """Compare two texts of a playbook; fields in this person's words.

    Load the playbook's kind. No query, but up to three for what fields name.
    """
    fields = every_field(playbook.kind.fields)
    found = Difference(
        old.title,
        new.title,
        fields=changes(fields, old.fields, new.fields, names_for(user, fields, old.fields, new.fields)),
        same_text=old.text == new.text,
    )
    if found.same_text:
        return found
    try:
        found.comparison = compare(texts.read(old.text, title=old.title), texts.read(new.text, title=new.title))
    except texts.Refused:
        found.lines = stretches(old.text, new.text)
    return found
