"""The library as a file: exactly what the list shows, all pages of it, one line per playbook.

Days are written as 2026-11-24, for programs; which day an instant is depends on the time zone of whoever asks. A cell
that a spreadsheet would take for a formula is written as text. Source: OWASP, CSV Injection.
"""

import csv
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import reader
from accounts.models import User

from . import library
from .kind_fields import NUMBER, FieldType, KindField, said
from .library_fields import names_in, with_names
from .reading import freshness

AT_ONCE = 200
BOM = '\ufeff'
FORMULA = ('=', '+', '-', '@', '\t', '\r', '\n')


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def lines(user: User, wishes: library.Wishes, *, site: str, bom: bool, now: dt.datetime) -> Iterator[str]:
    """The file line by line, headings first; `site` is what addresses begin with.

    One query for the whole list, two or three where words are sought. Nothing is kept in memory but the lines that are
    being written, unless the list is in the order of how well words match.
    """
    playbooks, order = library.everything(user, wishes, now=now)
    columns = wishes.columns
    found = with_names(user, playbooks, columns).select_related('kind', 'area', 'owner', 'current_version')
    found = found.defer('kind__template', 'current_version__text')
    first = (BOM if bom else '') + _line(_headings(columns))
    # The page's own manner has ended when a file is sent; it is taken along.
    manner = {'locale': reader.locale(), 'time_zone': timezone.get_current_timezone_name()}

    def rest() -> Iterator[str]:
        rows = iter(_in_order(found, order))
        while some := list(itertools.islice(rows, AT_ONCE)):
            with reader.reading_as(**manner):
                ready = [_line(cells) for cells in _rows(some, columns, site, now)]
            yield from ready

    return itertools.chain([first], rest())


def _line(cells: Iterable[str]) -> str:
    return csv.writer(_Echo()).writerow([safe(cell) for cell in cells])


def _in_order(playbooks: QuerySet, order: Sequence[int]) -> Iterable[Any]:
    if not order:
        return playbooks.iterator(chunk_size=AT_ONCE)
    found = {playbook.pk: playbook for playbook in playbooks.order_by()}
    return (found[pk] for pk in order if pk in found)


def _headings(columns: Iterable[KindField]) -> list[str]:
    return [
        *(_('Title'), _('Address'), _('Type'), _('Area'), _('Owner'), _('Version'), _('Published')),
        *(_('State'), _('Checked'), _('Due')),
        *(field.label for field in columns),
    ]


def _rows(playbooks: list[Any], columns: list[KindField], site: str, now: dt.datetime) -> Iterator[list[str]]:
    names = names_in(playbooks, columns)
    for playbook in playbooks:
        version = playbook.current_version
        fresh = freshness(
            verified_at=playbook.verified_at,
            published_at=version.published_at,
            every_days=playbook.review_every_days,
            today=timezone.localdate(now),
        )
        yield [
            *(version.title, site + playbook.get_absolute_url(), playbook.kind.name, playbook.area.name),
            *(str(playbook.owner or ''), str(version.number), str(timezone.localdate(version.published_at))),
            str(library.FRESHNESS[fresh.state]),
            str(timezone.localdate(playbook.verified_at)) if playbook.verified_at else '',
            str(fresh.due_on or ''),
            *(_cell(field, version.fields.get(field.name), names) for field in columns),
        ]


def _cell(field: KindField, value: Any, names: Any) -> str:
    """A value for programs: days and numbers as they are stored, links whole, the rest as pages say it."""
    if value is None or field.type in (FieldType.DATE, FieldType.NUMBER, FieldType.URL):
        return '' if value is None else str(value)
    return said(field, value, names).words


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs: what begins like a formula, and is no number, gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell
