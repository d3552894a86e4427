"""Where a version leads: to playbooks, to files, outside. Derived from its text, for backlinks and link reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import text as texts
from .models import ExternalLink, FileLink, PlaybookLink, Version

LONGEST = 2000  # characters of an address outside that is kept


def title_key(title: str) -> str:
    """A title as it is compared: without regard to capitals and to white space."""
    return ' '.join(title.casefold().split())[:200]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The rows of one version, not stored yet."""

    version: Version
    links: Sequence[PlaybookLink]
    files: Sequence[FileLink]
    external: Sequence[ExternalLink]

    @classmethod
    def of(cls, version: Version, document: texts.Document) -> 'Outgoing':
        """Where a document leads."""
        return cls(version, link_rows(version, document), _file_rows(version, document), _outside(version, document))

    def store(self) -> None:
        """Write the rows: a query for each sort there is."""
        PlaybookLink.objects.bulk_create(self.links)
        FileLink.objects.bulk_create(self.files)
        ExternalLink.objects.bulk_create(self.external)

    def replace(self) -> None:
        """Write the rows in the place of those there are."""
        for model in (PlaybookLink, FileLink, ExternalLink):
            model.objects.filter(version=self.version).delete()
        self.store()


def link_rows(version: Version, document: texts.Document) -> list[PlaybookLink]:
    """The links of a document to playbooks, by address or by title, each with the item it stands in.

    A link to a place of the text itself that is not there is a row with `#` and the name for its item, for reports.
    """
    read_by = {item.reads: item.key for item in document.items if item.reads}
    return [
        PlaybookLink(
            version=version,
            target_slug=link.slug,
            target_number=link.number,
            target_title=title_key(link.title),
            target_item=link.item or '',
            item_key=read_by.get(link, ''),
            line=link.line,
        )
        for link in document.links
        if (link.slug or link.title) and len(link.slug) <= 80
    ] + [
        PlaybookLink(version=version, target_slug='', target_item=f'#{name}'[:64], line=line)
        for name, line in document.dead_anchors
    ]


def _file_rows(version: Version, document: texts.Document) -> list[FileLink]:
    return [
        FileLink(version=version, slug=file.slug, name=file.name, line=file.line)
        for file in document.files
        if len(file.slug) <= 80 and len(file.name) <= 120
    ]


def _outside(version: Version, document: texts.Document) -> list[ExternalLink]:
    return [
        ExternalLink(version=version, url=one.address, line=one.line)
        for one in document.external
        if len(one.address) <= LONGEST
    ]
