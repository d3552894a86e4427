"""What reading a text gives: the document, its sections, items, links and problems.

Nothing here reads or writes Markdown; `reading.py` fills these in. They are plain values: equal texts give equal
documents. Source: DESIGN.md, The text of a checklist.
"""

from dataclasses import dataclass, field

KINDS = ('do', 'read', 'meet', 'attend', 'submit')


class Refused(ValueError):
    """A text that is too large or too complex to be read; nothing of it is shown.

    `line` is where it got too much, counted from 1, or None if no single line is to blame; `message` says in plain
    words what was too much and what would do.
    """

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(f'Line {line}: {message}' if line else message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Mend:
    """A change of one line with which a problem is gone. `label` says what it does, for the button that does it.

    `replacement` is the whole new line, or None to take the line out. `line` may be another than the problem's.
    """

    label: str
    line: int
    replacement: str | None


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something about a text that its author should know. An error keeps it from being published, a warning does
    not. Two problems are the same whatever their mends."""

    line: int
    message: str
    severity: str = 'error'
    mend: Mend | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TocEntry:
    """A heading as the table of contents lists it; `anchor` is the id it has in the HTML."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a playbook, `playbook:slug@number#item`. `slug` is '' for a link to an item of the text itself.

    For `[[Title]]`, `title` is the title as written and all else is empty: which playbook has it is found out when
    somebody follows the link.
    """

    slug: str
    number: int | None
    item: str | None
    line: int
    title: str = ''


@dataclass(frozen=True, slots=True)
class FileLink:
    """A link to a playbook's file, or its picture: `file:slug/name`."""

    slug: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class External:
    """An address outside, as written. `is_player`: it stands as a picture and is none, so it may play in the page."""

    address: str
    line: int
    is_player: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what it says about the items below it: `attributes` are its own and those it inherits.

    `line` is where the heading stands in the text, counted from 1. A title that repeats the document's is no section.
    """

    position: int
    level: int
    text: str
    anchor: str
    line: int
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """A task line and its details, with everything its attributes say (its own, or a heading's default).

    `role` '' is the run's owner, `signoff` '' nobody; `due` is '' or signed, as '+5wd'. `section` and `phase` are
    positions of sections: of the heading above the item, and of the one that is its phase (None: the unnamed opening
    phase). `parent` is the key of the task the item is nested in. `pinned` says that the key comes from `{#key}`,
    `suffixed` that it is told apart from another by a number. `line` to `line_end` are the item's own lines with its
    details and nested tasks.

    `content_hash` covers what makes an item changed: text, details, kind, role, sign-off, optional and after.
    """

    key: str
    pinned: bool
    suffixed: bool
    position: int
    text: str
    label_html: str
    detail_html: str
    kind: str
    role: str
    signoff: str
    due: str
    after: tuple[str, ...]
    optional: bool
    milestone: bool
    estimate: str
    reads: Link | None
    parent: str | None
    section: int | None
    phase: int | None
    line: int
    line_end: int
    content_hash: str


@dataclass(slots=True)
class Document:
    """A text as it was read: safe HTML and everything the product needs to know about it.

    `links`, `files` and `external` are what it links to and shows, in the order of their lines; `dead_anchors` what it
    links to within itself that is not there, each with its line. `title` is the text of the first heading of level 1,
    or ''; `plain` what a reader sees, for search and excerpts. `problems` are in the order of their lines.
    """

    html: str = ''
    toc: list[TocEntry] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    files: list[FileLink] = field(default_factory=list)
    external: list[External] = field(default_factory=list)
    dead_anchors: list[tuple[str, int]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    title: str = ''
    words: int = 0
    plain: str = ''

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the text from being published."""
        return [problem for problem in self.problems if problem.severity == 'error']
