"""What happened to each item of a run since it began, in the words that its page says.

Source: DESIGN.md, Runs (Carry-over); issue 2, Onboarding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Min
from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from accounts import reader

from ..models import Item, Run, RunItem, Version
from .checklists import Checklist, checklists
from .recording import OPENING, State
from .worklists import ItemRow

KEPT = 'kept'
ADDED = 'added'
CHANGED = 'changed'
NO_LONGER_ASKED = 'no_longer_asked'


@dataclass(frozen=True, slots=True)
class Story:
    """One item's story: what became of it, in words; for what is done the credit, in words."""

    key: str
    became: str
    words: str
    credit: str
    added_in: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: required items that are finished, of how many, and how many of them came since the start."""

    finished: int
    asked: int
    added: int

    @property
    def words(self) -> str:
        """“18 of 22, 4 added since you started”."""
        count = _('%(finished)s of %(asked)s') % {'finished': self.finished, 'asked': self.asked}
        if not self.added:
            return count
        return _('%(count)s, %(added)s added since you started') % {'count': count, 'added': self.added}


def stories(run: Run) -> dict[str, Story]:
    """The story of every item of a run, by key: first those the pinned version asks, in its order (four queries)."""
    first, pinned = _first_and_pinned(run)
    added = added_since(run.playbook_id, first, pinned)
    rows = {row.key: row for row in RunItem.objects.filter(run=run).order_by('pk')}
    order = [task.key for task in pinned] + [key for key in rows if key not in pinned]
    return {key: story_of(rows[key], pinned, added.get(key)) for key in order if key in rows}


def progress_of(checklist: Checklist, first: Checklist, states: Mapping[str, tuple[str, bool]]) -> Progress:
    """Count required items (all, where none is required) by key -> (state, whether optional). What is to be checked
    again counts as done. Source: DESIGN.md, Runs."""
    required = [task.key for task in checklist if not states[task.key][1]] or [task.key for task in checklist]
    return Progress(
        finished=sum(states[key][0] in OPENING for key in required),
        asked=len(required),
        added=sum(key not in first for key in required),
    )


def progress(run: Run) -> Progress:
    """How far a run is (three queries at most)."""
    first, pinned = _first_and_pinned(run)
    rows = RunItem.objects.filter(run=run).values_list('key', 'state', 'optional')
    return progress_of(pinned, first, {key: (state, optional) for key, state, optional in rows})


def _first_and_pinned(run: Run) -> tuple[Checklist, Checklist]:
    rows = Version.objects.filter(pk__in={run.first_version_id, run.version_id})
    lists = checklists(rows.values_list('pk', 'number', 'text_hash'))
    return lists[run.first_version_id], lists[run.version_id]


def added_since(playbook_id: int, first: Checklist, pinned: Checklist) -> dict[str, int]:
    """By key the first version since a run's start that asked it, where its first version did not (one query)."""
    new = [task.key for task in pinned if task.key not in first]
    if not new:
        return {}
    items = Item.objects.filter(
        key__in=new,
        version__playbook=playbook_id,
        version__number__gt=first.number,
        version__number__lte=pinned.number,
    ).order_by('key')
    return dict(items.values('key').annotate(first=Min('version__number')).values_list('key', 'first'))


def story_of(row: RunItem | ItemRow, pinned: Checklist, added_in: int | None) -> Story:
    """The story of one item, given what its version asks and, if it came since the start, in which version."""
    if row.key not in pinned:
        became, words = NO_LONGER_ASKED, _('no longer asked')
    elif row.state == State.TO_CONFIRM:
        became, words = CHANGED, _('changed, please check again')
    elif added_in is not None:
        became, words = ADDED, _('added in v%(number)s') % {'number': added_in}
    else:
        became, words = KEPT, _('kept')
    return Story(row.key, became, words, credit(row), added_in)


def credit(row: RunItem | ItemRow) -> str:
    """Where and when an item was done, “done on v3, 12 May”; nothing for what is not done."""
    if row.state not in {State.DONE, State.TO_CONFIRM} or row.done_at is None:
        return ''
    day = timezone.localtime(row.done_at).date()
    with translation.override(reader.locale()):
        written = format_date(day, 'j M' if day.year == timezone.localdate().year else 'j M Y')
    return _('done on v%(number)s, %(day)s') % {'number': row.earned_number, 'day': written}


def texts_of_gone(run: Run, keys: Iterable[str]) -> dict[str, str]:
    """The text of items no longer asked, as the last version that had them put it (one query)."""
    items = Item.objects.filter(version__playbook=run.playbook_id, key__in=list(keys)).order_by('version__number')
    return dict(items.values_list('key', 'text'))
