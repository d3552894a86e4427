"""What the page of a run shows: its items as rows, one of them opened, what happened at the last move to a new version.

The pages of enrollments stand on the same. Every read is here, so that the number of queries can be seen in one place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import runs
from .days import today_for
from .item_actions import Acted, form_for
from .item_forms import ItemForm
from .item_lines import ItemLine, Lines, Note, read_address
from .ledger import Action
from .models import Event, Evidence, Item, Run, RunItem, RunNote, Version
from .permissions import RunAccess, can_read, run_access
from .places import ITEM
from .runs import ItemRow, Story
from .runs.checklists import COLUMNS, Task, checklists
from .runs.readings import readings_for
from .runs.stories import added_since, story_of
from .runs.worklists import ITEM_COLUMNS
from .threads import Answer, answers_on_item

State = RunItem.State

# What pages need of a run beside its row; texts of versions are large and stay where they are.
WITH_RUN = ('playbook', 'version', 'first_version', 'owner__reports_to__reports_to')
MOVES = (Action.STARTED, Action.CARRIED_OVER, Action.CARRY_OVER_UNDONE)
WITHOUT_TEXTS = tuple(
    f'{version}__{column}' for version in ('version', 'first_version') for column in ('text', 'fields')
)


def runs_to_show(user: User) -> QuerySet[Run]:
    """Runs this person may see, with what their pages need."""
    found = Run.objects.visible_to(user).select_related(*WITH_RUN, 'playbook__kind', 'playbook__current_version')
    return found.defer(*WITHOUT_TEXTS, 'playbook__current_version__text', 'playbook__current_version__fields')


@dataclass(slots=True)
class RunPage:
    """The items of one run as one person may see them."""

    run: Run
    viewer: User
    access: RunAccess
    lines: Lines
    rows: list[ItemRow]
    gone: list[ItemRow]
    all_rows: list[ItemRow]
    opens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number of the version the run is pinned to."""
        return self.run.version.number

    @property
    def has_moved(self) -> bool:
        """Whether it was carried over since it started."""
        return self.run.version_id != self.run.first_version_id

    @property
    def sees_all(self) -> bool:
        """Whether the viewer sees all items; who only holds a role in an enrollment sees that role's."""
        return self.access.sees_item('')

    def row(self, key: str) -> ItemRow | None:
        """The item with this key, as far as the viewer may see it."""
        return next((row for row in (*self.rows, *self.gone) if row.key == key), None)

    def line(self, row: ItemRow) -> ItemLine:
        """The row of an item."""
        is_gone = any(row.key == other.key for other in self.gone) if self.gone else False
        return self.lines.line(row, self.opens.get(row.key, ()), is_gone=is_gone)

    def lines_of(self, rows: Iterable[ItemRow]) -> list[ItemLine]:
        """The rows of several items."""
        return [self.line(row) for row in rows]

    def waiting_on(self, key: str) -> list[ItemRow]:
        """The items that open after this one: what else changes on the page when it is done."""
        return [row for row in self.rows if key in row.task.after and row.state == State.TO_DO]

    def panel(self, row: ItemRow, acted: Acted | None = None) -> 'Panel':
        """An item opened, with the form that was just refused as it was filled in."""
        return open_item(self, row, acted)


def load_run_page(
    run: Run,
    *,
    viewer: User,
    home: str,
    at: str,
    prefix: str = 'i-',
    offsets: bool = False,
    now: datetime | None = None,
) -> RunPage:
    """Read a run for its page: its roles, its items, notes, numbers of files, names, and the pages to read.

    That is six queries; one more where items are no longer asked, one where some are to be checked again, and one for
    each version or pair of versions that this process has not seen yet.
    """
    now = now or timezone.now()
    access = run_access(viewer, run, now=now)
    found, gone, stories = _items_of(run)
    lines = Lines(
        run=run,
        number=run.version.number,
        slug=run.playbook.slug,
        access=access,
        viewer=viewer,
        home=home,
        today=today_for(viewer, now),
        at=at,
        prefix=prefix,
        is_open=run.ended_at is None,
        offsets=offsets,
        stories=stories,
    )
    seen = [row for row in found if access.sees_item(row.role, row.signoff)]
    seen_gone = [row for row in gone if access.sees_item(row.role, row.signoff)]
    lines.load([*seen, *seen_gone], also=[run.version.author_id])
    return RunPage(
        run=run,
        viewer=viewer,
        access=access,
        lines=lines,
        rows=seen,
        gone=seen_gone,
        all_rows=found,
        opens=runs.opens_after(found),
    )


def _items_of(run: Run) -> tuple[list[ItemRow], list[ItemRow], dict[str, Story]]:
    """The items that the pinned version asks, those it does not ask any more, and what became of each since the start.

    There are no stories while the run stands on the version it started with.
    """
    versions = (run.first_version, run.version)
    lists = checklists((version.pk, version.number, version.text_hash) for version in versions)
    pinned = lists[run.version_id]
    found, gone = [], []
    for values in RunItem.objects.filter(run=run).order_by().values_list(*ITEM_COLUMNS):
        task = pinned.get(values[1])
        if task is None:
            gone.append(values)
        else:
            found.append(ItemRow(task, *values))
    found.sort(key=lambda row: row.task.position)
    if run.version_id == run.first_version_id:
        return found, [], {}
    gone_rows = _gone_rows(run, gone) if gone else []
    added = _added(run.playbook_id, *((version.pk, version.number, version.text_hash) for version in versions))
    stories = {row.key: story_of(row, pinned, added.get(row.key)) for row in (*found, *gone_rows)}
    return found, gone_rows, stories


@lru_cache(maxsize=256)
def _added(playbook_id: int, first: tuple[int, int, str], pinned: tuple[int, int, str]) -> dict[str, int]:
    """In which version each item came that the first one of these did not ask; kept, as versions never change."""
    lists = checklists([first, pinned])
    return added_since(playbook_id, lists[first[0]], lists[pinned[0]])


def _gone_rows(run: Run, columns: Iterable[tuple[Any, ...]]) -> list[ItemRow]:
    """Items no longer asked, as the last version that had them put them (one query)."""
    by_key = {values[1]: values for values in columns}
    asked = Item.objects.filter(version__playbook=run.playbook_id, key__in=by_key).order_by('version__number')
    tasks = {values[0]: Task(*values) for values in asked.values_list(*COLUMNS)}
    return [ItemRow(tasks[key], *values) for key, values in by_key.items() if key in tasks]


def newer_version(page: RunPage) -> Version | None:
    """The version that came after the one a run under way follows, for whoever may read it (one query, if there is)."""
    run, newest = page.run, page.run.playbook.current_version
    if not run.is_active or newest is None or newest.number <= run.version.number:
        return None
    return newest if can_read(page.viewer, run.playbook_id) else None


# One item, opened ----------------------------------------------------------------------------------------------------


class Work(NamedTuple):
    """A piece of work handed in."""

    evidence: Evidence
    by: str
    may_remove: bool


class Said(NamedTuple):
    """Words said about an item, by whom, and what kind they are ('' for a comment)."""

    person: User | None
    name: str
    at: datetime
    text: str
    label: str


class Press(NamedTuple):
    """An action that needs nothing but a click."""

    action: str
    word: str
    css: str = ''


class Ask(NamedTuple):
    """An action that asks something first, folded until somebody wants it, open if it was just refused."""

    action: str
    word: str
    send: str
    form: ItemForm
    is_open: bool


@dataclass(slots=True)
class Panel:
    """An item opened: what is asked, what was handed in and said, what the viewer can do."""

    line: ItemLine
    label_html: str = ''
    detail_html: str = ''
    returned: Said | None = None
    works: list[Work] = field(default_factory=list)
    talk: list[Said] = field(default_factory=list)
    sees_work: bool = True
    presses: list[Press] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    hand_in: ItemForm | None = None
    submit_word: str = ''
    comment: ItemForm | None = None
    read_address: str = ''
    compare_address: str = ''
    changed_note: str = ''
    say_address: str = ''
    answers: tuple[Answer, ...] = ()
    refused: str = ''

    @property
    def heading(self) -> str:
        """The level of the headings in it: an item on its own page stands under that page's only heading."""
        return 'h2' if self.line.at == 'item' else 'h3'


def open_item(page: RunPage, row: ItemRow, acted: Acted | None = None) -> Panel:
    """Open an item: four queries (details, answers that stand, work handed in, whom to wait for), one more to read."""
    panel = Panel(page.line(row), sees_work=page.access.sees_work(row), refused=acted.refused if acted else '')
    asked = Item.objects.filter(version__playbook=page.run.playbook_id, key=row.key, version__number__lte=page.number)
    html = asked.order_by('-version__number').values_list('label_html', 'detail_html').first() or ('', '')
    panel.label_html, panel.detail_html = (html[0] if '<' in html[0] else ''), html[1]
    _offer_to_ask(panel, page, row)
    if row.task.kind == Item.Kind.READ and row.task.reads_slug:
        panel.read_address = read_address(row)
    if panel.sees_work:
        _show_work(panel, page, row)
    if row.state == State.TO_CONFIRM:
        _show_change(panel, page, row)
    if page.run.ended_at is None:
        _offer(panel, page, row, acted)
    return panel


def _offer_to_ask(panel: Panel, page: RunPage, row: ItemRow) -> None:
    """Offer to ask or report about the item to who may read its page, and show what was asked there before."""
    place = ITEM + row.key
    answers = answers_on_item(page.viewer, page.run.playbook_id, place)
    if answers is not None:
        panel.answers = answers
        where = urlencode({'at': place, 'v': page.number, 'next': panel.line.address})
        panel.say_address = f'/playbooks/{page.run.playbook.slug}/say/?{where}'


def _show_work(panel: Panel, page: RunPage, row: ItemRow) -> None:
    lines = page.lines
    may_remove = row.state == State.TO_DO and page.run.ended_at is None
    for evidence in Evidence.objects.filter(run=page.run, key=row.key):
        mine = evidence.added_by_id == page.viewer.pk
        panel.works.append(Work(evidence, lines.name(evidence.added_by_id), may_remove and mine))
    notes = [note for note in lines.notes.get(row.key, ()) if lines.shows(note, row)]
    panel.talk = [_said(lines, note) for note in notes]
    if row.returned_at:
        returned = [note for note in notes if note.kind == RunNote.Kind.RETURNED]
        panel.returned = _said(lines, returned[-1]) if returned else None


def _said(lines: Lines, note: Note) -> Said:
    person = lines.people.get(note.author_id)
    label = '' if note.kind == RunNote.Kind.COMMENT else str(RunNote.Kind(note.kind).label)
    return Said(person, str(person) if person else _('Somebody who left'), note.at, note.text, label)


def _show_change(panel: Panel, page: RunPage, row: ItemRow) -> None:
    panel.compare_address = panel.line.compare_address
    panel.changed_note = page.lines.changes.get(row.key, '')


def _offer(panel: Panel, page: RunPage, row: ItemRow, acted: Acted | None) -> None:
    """Put down what the viewer can do with the item now."""
    form = _Forms(panel.line, acted)
    if page.access.may_complete(row):
        _offer_completing(panel, page, row, form)
    _offer_judging(panel, page, row, form)
    _offer_excusing(panel, page, row, form)
    if page.access.may_withdraw(row):
        panel.presses.append(Press('withdraw', _('Take it back'), 'outline'))
    if page.access.may_reopen(row):
        panel.presses.append(Press('reopen', _('Open again'), 'outline'))
    if panel.sees_work:
        panel.comment = form('comment')


def _offer_completing(panel: Panel, page: RunPage, row: ItemRow, form: '_Forms') -> None:
    """What whoever does the item may do: hand in, complete."""
    panel.hand_in = form('hand-in', has_work=bool(panel.works))
    is_blocked = bool(page.opens.get(row.key))
    if panel.line.is_gone or is_blocked:
        return
    signers = {'names': page.lines.signers(row)} if row.signoff else None
    if row.task.kind == Item.Kind.SUBMIT:
        again = _('Resubmit to %(names)s') if row.returned_at else _('Submit to %(names)s')
        panel.submit_word = again % signers if signers else _('Submit')
    elif row.task.kind != Item.Kind.READ or _is_read(page, row):
        panel.presses.append(Press('complete', _('Send to %(names)s') % signers if signers else _('Mark done')))


def _offer_judging(panel: Panel, page: RunPage, row: ItemRow, form: '_Forms') -> None:
    """What the signer may do, and who checks a changed item again."""
    if page.access.may_sign(row):
        panel.presses.append(Press('sign-off', _('Sign off')))
        panel.asks.append(form.ask('return', _('Ask for changes'), _('Ask for changes')))
    if page.access.may_confirm(row):
        panel.presses.append(Press('confirm', _('It still holds')))


def _offer_excusing(panel: Panel, page: RunPage, row: ItemRow, form: '_Forms') -> None:
    """Waiting for somebody, excusing from the item and asking for that."""
    access = page.access
    if row.waiting_for_id:
        if access.completes(row) or row.waiting_for_id == page.viewer.pk:
            panel.presses.append(Press('stop-waiting', _('Stop waiting'), 'outline'))
    elif access.may_complete(row) and not panel.line.is_gone:
        panel.asks.append(form.ask('wait', _('Waiting for somebody'), _('Wait for them')))
    if access.may_waive(row):
        word = _('Excuse from this') if access.crew.private else _('Skip this')
        panel.asks.append(form.ask('excuse', word, word))
    elif access.may_ask_to_be_excused(row) and not row.excuse_asked_at and access.crew.private:
        panel.asks.append(form.ask('ask-to-be-excused', _('Ask to be excused'), _('Ask to be excused')))


class _Forms:
    """Makes the forms of an opened item; the one that was just refused is shown as it was filled in."""

    def __init__(self, line: ItemLine, acted: Acted | None) -> None:
        self.line = line
        self.acted = acted if acted and acted.outcome is None else None

    def __call__(self, action: str, **kwargs: Any) -> ItemForm:
        if self.acted and self.acted.action == action and self.acted.form is not None:
            return self.acted.form
        return form_for(action, dom_id=self.line.dom_id, **kwargs)

    def ask(self, action: str, word: str, send: str) -> Ask:
        return Ask(action, word, send, self(action), bool(self.acted and self.acted.action == action))


def _is_read(page: RunPage, row: ItemRow) -> bool:
    """Whether ticking a read item would do: its page was read before, or is nowhere to be read."""
    people = page.access.crew.doers(row.role)
    readings = readings_for([row.task], people)
    return not readings.is_resolvable(row.task) or readings.satisfying(row.task, people) is not None


# The last move to a new version --------------------------------------------------------------------------------------


class Moved(NamedTuple):
    """The last time a run moved to another version: from, to, when, what its author says, what came of the items."""

    before: int
    after: int
    at: datetime
    note: str
    author: str
    counts: list[str]
    compare_address: str
    may_undo: bool


def last_move(page: RunPage) -> Moved | None:
    """Say what the run's last carry-over did, if the run stands on another version than at its start (one query)."""
    if not page.has_moved:
        return None
    events = Event.objects.filter(run=page.run, action__in=MOVES).order_by('seq')
    steps = list(events.values_list('action', 'at', 'data__run__version'))
    if len(steps) < 2 or steps[-1][0] != Action.CARRIED_OVER:
        return None
    before, after = steps[-2][2], page.number
    version = page.run.version
    author = page.lines.people.get(version.author_id or 0)
    return Moved(
        before=before,
        after=after,
        at=steps[-1][1],
        note=version.note,
        author=str(author or version.author_name),
        counts=_counts(page, before, after),
        compare_address=f'/playbooks/{page.run.playbook.slug}/compare/{before}/{after}/',
        may_undo=page.access.may_carry_over and page.run.ended_at is None,
    )


def _counts(page: RunPage, before: int, after: int) -> list[str]:
    """“4 added in v4”, “2 changed, please check again”, “1 no longer asked”: of what the viewer sees."""
    told = [page.lines.stories[row.key] for row in (*page.rows, *page.gone) if row.key in page.lines.stories]
    added = sum(story.added_in is not None and before < story.added_in <= after for story in told)
    changed = sum(story.became == 'changed' for story in told)
    gone = sum(story.became == 'no_longer_asked' for story in told)
    kept = len(told) - added - changed - gone
    words = [_('%(number)s kept') % {'number': kept}] if kept else []
    if added:
        words.append(_('%(number)s added in v%(version)s') % {'number': added, 'version': after})
    if changed:
        words.append(_('%(number)s changed, please check again') % {'number': changed})
    if gone:
        words.append(_('%(number)s no longer asked') % {'number': gone})
    return words
