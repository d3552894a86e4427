"""Items of a run as their rows on a page: mark, words, dates and the one next thing to do, ready for the template.

Pages of enrollments and of other runs, Today and every answer to a tick make their rows here, so that they cannot
drift apart. What a row says is worked out in Python: a track has sixty of them, and templates are slow.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from django.db.models import Q
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from accounts import reader
from accounts.models import User

from .crew import STAND_IN, Crew
from .models import (
    BUDDY,
    MANAGER,
    Acknowledgement,
    Evidence,
    Item,
    ItemChange,
    Run,
    RunItem,
    RunNote,
    Version,
)
from .permissions import RunAccess
from .runs import ItemRow, RunBrief, Story

State = RunItem.State
QUOTED = 120  # letters of a note that a row shows
KINDS = {
    Item.Kind.DO: (gettext_lazy('Do'), 'do'),
    Item.Kind.READ: (gettext_lazy('Read'), 'book'),
    Item.Kind.MEET: (gettext_lazy('Meet'), 'meet'),
    Item.Kind.ATTEND: (gettext_lazy('Attend'), 'cal'),
    Item.Kind.SUBMIT: (gettext_lazy('Submit'), 'pen'),
}


class Sign(NamedTuple):
    """A mark or a badge: the class that colors it, its drawing, its word ('' for a mark beside words that say it)."""

    css: str
    icon: str
    word: str = ''


PLAIN = Sign('off', 'do')


class Button(NamedTuple):
    """The one next thing to do with an item, as a link."""

    word: str
    address: str
    is_outline: bool = True


@dataclass(slots=True)
class ItemLine:
    """One row. `tick` is the address that a tick posts to, '' where there is none; `mark` stands in its place."""

    key: str
    dom_id: str
    text: str
    kind: str
    kind_icon: str
    address: str
    home: str
    version: int
    at: str
    state: str
    css: str = ''
    title_address: str = ''
    tick: str = ''
    is_ticked: bool = False
    mark: Sign = PLAIN
    said: list[str] = field(default_factory=list)
    badge: Sign | None = None
    button: Button | None = None
    compare_address: str = ''
    due: str = ''
    due_css: str = ''
    clips: int = 0
    talks: int = 0
    who: User | None = None
    is_finished: bool = False
    is_gone: bool = False
    is_fresh: bool = False


class Note(NamedTuple):
    """Words said about an item."""

    key: str
    kind: str
    text: str
    author_id: int
    at: datetime


class PageRead(NamedTuple):
    """What somebody has read of a playbook: which versions, and the number of its last process change."""

    numbers: frozenset[int]
    changed_number: int


@dataclass(slots=True)
class Lines:
    """Makes the rows of one run for one person. `load` fetches what they need in a fixed number of queries.

    `home` is the address of the page that has all items; an item and what is done with it lie below. `at` names the
    page the rows stand on, so that an answer can be made for it; `prefix` keeps ids apart where several runs meet, and
    `about` says there which run a row is from.
    """

    run: Run | RunBrief
    number: int
    slug: str
    access: RunAccess
    viewer: User
    home: str
    today: date
    at: str
    prefix: str = 'i-'
    about: str = ''
    is_open: bool = True
    offsets: bool = False
    people: Mapping[int, User] = field(default_factory=dict)
    notes: Mapping[str, list[Note]] = field(default_factory=dict)
    clips: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[str, PageRead] = field(default_factory=dict)
    stories: Mapping[str, Story] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def crew(self) -> Crew:
        """Who is who in the run."""
        return self.access.crew

    def load(self, rows: Sequence[ItemRow], *, also: Iterable[int | None] = ()) -> None:
        """Fetch names, notes, numbers of files and what was read: four queries, or a few more."""
        self.notes, self.clips = _notes(self.run.pk), _clips(self.run.pk)
        slugs = {row.task.reads_slug for row in rows if row.task.kind == Item.Kind.READ and row.state == State.TO_DO}
        self.pages = pages_read(self.viewer, slugs) if slugs else {}
        self.changes = self._reasons([row for row in rows if row.state == State.TO_CONFIRM])
        known = people_in(self.crew, rows) | {note.author_id for notes in self.notes.values() for note in notes}
        self.people = people_by_id(known | {person for person in also if person})

    def _reasons(self, rows: Sequence[ItemRow]) -> dict[str, str]:
        """By key why the author of the last change of substance made it."""
        if not rows:
            return {}
        changes = ItemChange.objects.filter(
            version__playbook=self.run.playbook_id,
            version__number__lte=self.number,
            key__in=[row.key for row in rows],
            meaning=ItemChange.Meaning.SUBSTANCE,
        ).order_by('version__number')
        return dict(changes.values_list('key', 'reason'))

    def line(self, row: ItemRow, opens_after: Sequence[str] = (), *, is_gone: bool = False) -> ItemLine:
        """Make the row of one item."""
        kind, icon = _kind(row.task.kind, get_language())
        address = f'{self.home}items/{quote(row.key)}/'
        line = ItemLine(
            key=row.key,
            dom_id=f'{self.prefix}{row.key}',
            text=row.task.text,
            kind=kind,
            kind_icon=icon,
            address=address,
            home=self.home,
            version=self.number,
            at=self.at,
            state=row.state,
            mark=Sign('off', icon),
            is_finished=row.is_finished,
            is_gone=is_gone,
        )
        line.title_address = address
        if self.about:
            line.said.append(self.about)
        if row.task.estimate:
            line.said.append(estimate_words(row.task.estimate))
        if is_gone:
            self._gone(line, row)
        elif row.state == State.TO_DO:
            self._to_do(line, row, opens_after)
        else:
            {
                State.DONE: self._done,
                State.AWAITING: self._awaiting,
                State.TO_CONFIRM: self._to_confirm,
                State.WAIVED: self._waived,
            }[State(row.state)](line, row)
        if row.optional and row.state == State.TO_DO:
            line.said.append(_('optional'))
        if row.task.milestone:
            line.said.append(_('milestone'))
        if row.excuse_asked_at and row.state in {State.TO_DO, State.AWAITING}:
            line.said.append(_('Asked to be excused, %(day)s') % {'day': reader.day(row.excuse_asked_at)})
        self._tell_story(line, row)
        if self.access.sees_work(row):
            notes = [note for note in self.notes.get(row.key, ()) if self.shows(note, row)]
            line.clips, line.talks = self.clips.get(row.key, 0), len(notes)
        if not self.crew.private and self.at != 'today':
            line.who = self.people.get(self.crew.doers(row.role)[0])
        return line

    def shows(self, note: Note, row: ItemRow) -> bool:
        """Whether the viewer may see these words: what a signer writes about a milestone is a judgement."""
        if not row.task.milestone or self.access.sees_judgements(row):
            return True
        judges = {row.signed_by_id, self.crew.manager_id, *self.crew.holders(row.signoff)}
        return note.kind not in {RunNote.Kind.RETURNED, RunNote.Kind.WAIVED} and note.author_id not in judges

    # The states ------------------------------------------------------------------------------------------------------

    def _done(self, line: ItemLine, row: ItemRow) -> None:
        line.css, line.mark = 'done', Sign('ok', 'check')
        simple = row.task.kind not in {Item.Kind.READ, Item.Kind.SUBMIT}
        if simple and self.is_open and self.access.may_reopen(row) and row.signed_by_id is None:
            line.tick, line.is_ticked = f'{line.address}reopen/', True
        if row.signed_by_id and row.signed_at:
            line.said.append(
                _('Signed off by %(name)s, %(day)s')
                % {'name': self.name(row.signed_by_id), 'day': reader.day(row.signed_at)}
            )
        self._say_who_did_it(line, row)
        story = self.stories.get(row.key)
        if row.done_at and not (story and story.credit):
            line.due = _('Done %(day)s') % {'day': reader.day(row.done_at)}

    def _awaiting(self, line: ItemLine, row: ItemRow) -> None:
        line.mark, line.badge = Sign('wait', 'clock'), Sign('wait', 'clock', _('Awaiting sign-off'))
        if self.is_open and self.access.may_sign(row):
            line.button = Button(_('Review'), line.address, is_outline=False)
        line.said.append(
            _('With %(names)s since %(day)s')
            % {'names': self.signers(row), 'day': reader.day(row.done_at) if row.done_at else ''}
        )
        self._say_who_did_it(line, row)

    def _to_confirm(self, line: ItemLine, row: ItemRow) -> None:
        line.mark, line.badge = Sign('ret', 'hist'), Sign('warn', 'hist', _('Changed, please check again'))
        if self.is_open and self.access.may_confirm(row):
            line.button = Button(_('Check again'), line.address, is_outline=False)
        line.compare_address = self.compare_address(row)
        reason = self.changes.get(row.key)
        line.said.append(_('Changed: %(reason)s') % {'reason': reason} if reason else _('The task changed'))

    def _waived(self, line: ItemLine, row: ItemRow) -> None:
        line.css, line.mark = 'waived', Sign('off', 'skip')
        excused = self.crew.private
        line.badge = Sign('off', 'skip', _('Excused') if excused else _('Skipped'))
        why = [str(RunItem.WaivedReason(row.waived_reason).label)] if row.waived_reason else []
        if self.access.sees_work(row):
            shown = [note for note in self.notes.get(row.key, ()) if self.shows(note, row)]
            words = [note.text for note in shown if note.kind == RunNote.Kind.WAIVED]
            why = words[-1:] or why
        by = self.name(row.waived_by_id)
        said = _('Excused by %(name)s: %(why)s') if excused else _('Skipped by %(name)s: %(why)s')
        line.said.append(said % {'name': by, 'why': ''.join(why)})

    def _to_do(self, line: ItemLine, row: ItemRow, opens_after: Sequence[str]) -> None:
        is_mine = self.is_open and self.access.completes(row)
        is_late = row.is_overdue(self.today)
        line.due, line.due_css = self._due_words(row, is_late=is_late)
        if row.task.kind == Item.Kind.READ and row.task.reads_slug:
            line.title_address = read_address(row)
        self._say_who(line, row)
        if row.late_addition:
            line.said.append(_('Added late: do it or skip it with a reason'))
        if row.returned_at:
            line.mark, line.badge = Sign('ret', 'ret'), Sign('warn', 'ret', _('Changes asked'))
            self._say_what_was_asked(line, row)
        elif opens_after:
            line.mark, line.badge = Sign('lock', 'lock'), Sign('off', 'lock', _('Not open yet'))
        elif row.waiting_for_id and row.waiting_since:
            line.mark, line.badge = Sign('wait', 'clock'), Sign('wait', 'clock', _('Waiting'))
            line.said.append(
                _('Waiting for %(name)s since %(day)s')
                % {'name': self.name(row.waiting_for_id), 'day': reader.day(row.waiting_since)}
            )
        if opens_after:
            names = get_text_list([f'“{text}”' for text in opens_after], _('and'))
            line.said.append(_('Opens after %(items)s') % {'items': names})
        elif is_mine:
            self._offer(line, row)

    def _offer(self, line: ItemLine, row: ItemRow) -> None:
        """Give an open item of the viewer its tick or its button."""
        if row.task.kind == Item.Kind.SUBMIT:
            if row.returned_at:
                line.button = Button(_('Fix and resubmit'), line.address, is_outline=False)
            else:
                line.button = Button(_('Hand in') if self.clips.get(row.key) else _('Start'), line.address)
        elif row.task.kind == Item.Kind.READ and not self._is_read(row):
            line.button = Button(_('Read it'), line.title_address)
        else:
            line.tick = f'{line.address}complete/'

    def _gone(self, line: ItemLine, row: ItemRow) -> None:
        line.css = 'done' if row.is_finished else ''
        line.mark = Sign('ok', 'check') if row.is_finished else Sign('off', 'skip')

    # Words -----------------------------------------------------------------------------------------------------------

    def compare_address(self, row: ItemRow) -> str:
        """The page that shows what changed since somebody did an item, '' if that is not known."""
        known = row.confirmed_number or row.earned_number
        return f'/playbooks/{self.slug}/compare/{known}/{self.number}/' if known and known < self.number else ''

    def name(self, person_id: int | None) -> str:
        """Somebody's name, “you” for who reads this."""
        if person_id == self.viewer.pk:
            return pgettext('by you, with you', 'you')
        person = self.people.get(person_id or 0)
        return str(person) if person else _('somebody who left')

    def signers(self, row: ItemRow) -> str:
        """Whom a sign-off waits for, by name."""
        found = self.crew.signers(
            row.signoff,
            completed_by=(row.done_by_id, row.done_for_id),
            asked_at=row.done_at if row.state == State.AWAITING else None,
            now=self.access.now,
        )
        names = [self.name(person) for person in sorted(found.people)] or [_('an editor')]
        return get_text_list(names, _('or'))

    def _say_who(self, line: ItemLine, row: ItemRow) -> None:
        if not self.crew.private and self.at != 'today':
            self._say_who_signs(line, row)  # who does it stands at the end of the row
            return
        doers = self.crew.doers(row.role)
        is_owners = self.crew.is_owner_role(row.role)
        if self.viewer.pk not in doers and not (is_owners and self.access.person_id != self.crew.owner_id):
            line.said.append(
                _('%(names)s does this') % {'names': get_text_list([self.name(pk) for pk in doers], _('or'))}
            )
        elif not is_owners and self.viewer.pk in doers:
            line.said.append(_('yours, as %(role)s') % {'role': role_name(row.role)})
        self._say_who_signs(line, row)

    def _say_who_signs(self, line: ItemLine, row: ItemRow) -> None:
        if row.signoff:
            line.said.append(_('Sign-off by %(names)s') % {'names': self.signers(row)})

    def _say_who_did_it(self, line: ItemLine, row: ItemRow) -> None:
        by = self.name(row.done_by_id)
        if row.done_for_id and row.done_by_id:
            line.said.append(_('by %(name)s for %(other)s') % {'name': by, 'other': self.name(row.done_for_id)})
        elif row.done_by_id and row.done_by_id != self.crew.owner_id:
            line.said.append(_('by %(name)s') % {'name': by})

    def _say_what_was_asked(self, line: ItemLine, row: ItemRow) -> None:
        if not self.access.sees_work(row):
            return
        returned = [n for n in self.notes.get(row.key, ()) if n.kind == RunNote.Kind.RETURNED and self.shows(n, row)]
        if returned:
            last = returned[-1]
            words = last.text if len(last.text) <= QUOTED else f'{last.text[: QUOTED - 1]}…'
            name = _('You') if last.author_id == self.viewer.pk else self.name(last.author_id)
            line.said.append(_('%(name)s: “%(words)s”') % {'name': name, 'words': words})

    def _tell_story(self, line: ItemLine, row: ItemRow) -> None:
        """After the run moved to another version: what became of the item, and where its credit was earned."""
        story = self.stories.get(row.key)
        if story is None:
            return
        if row.state != State.TO_CONFIRM:
            line.said.append(story.words)
        if story.credit:
            line.said.append(story.credit)

    def _due_words(self, row: ItemRow, *, is_late: bool) -> tuple[str, str]:
        if row.due_on is None:
            return '', ''
        day = reader.day(row.due_on)
        if self.offsets:
            day = f'{offset_label(row.due_on, self.run.anchor_on)}, {day}'
        if is_late:
            return _('Due %(day)s') % {'day': day}, 'late'
        if row.due_on == self.today:
            return _('%(day)s, today') % {'day': day} if self.offsets else _('Today'), 'now'
        return day, ''

    def _is_read(self, row: ItemRow) -> bool:
        """Whether its page was read before the item opened: then it is ticked like any other."""
        page = self.pages.get(row.task.reads_slug)
        if page is None:
            return False
        if row.task.reads_number:
            return row.task.reads_number in page.numbers
        return max(page.numbers) >= page.changed_number


def people_in(crew: Crew, rows: Iterable[ItemRow]) -> set[int]:
    """Everybody whom the rows of a run may name."""
    known = {crew.owner_id, crew.manager_id, crew.next_manager_id}
    known.update(person for people in crew.roles.values() for person in people)
    for row in rows:
        known |= {row.done_by_id, row.done_for_id, row.signed_by_id, row.waiting_for_id, row.waived_by_id}
    return {person for person in known if person}


def people_by_id(known: Iterable[int]) -> dict[int, User]:
    """Names and addresses of these people (one query)."""
    people = User.objects.filter(pk__in=set(known)).only('name', 'email').order_by()
    return {person.pk: person for person in people}


def _notes(run_id: int) -> dict[str, list[Note]]:
    rows = RunNote.objects.filter(run=run_id)
    found: dict[str, list[Note]] = {}
    for values in rows.order_by('pk').values_list('key', 'kind', 'text', 'author_id', 'at'):
        found.setdefault(values[0], []).append(Note(*values))
    return found


def _clips(run_id: int) -> Counter[str]:
    rows = Evidence.objects.filter(run=run_id)
    return Counter(rows.order_by().values_list('key', flat=True))


def pages_read(viewer: User, slugs: Iterable[str]) -> dict[str, PageRead]:
    """What somebody has read of the playbooks at these addresses, or at those they had (at most two queries)."""
    slugs = set(slugs)
    here = Q(playbook__slug__in=slugs) | Q(playbook__slug_history__slug__in=slugs)
    found = Acknowledgement.objects.filter(here, person=viewer).order_by()
    numbers: dict[str, set[int]] = {}
    now_at: dict[str, str] = {}
    for slug, before, number in found.values_list('playbook__slug', 'playbook__slug_history__slug', 'number'):
        for asked in {slug, before} & slugs:
            numbers.setdefault(asked, set()).add(number)
            now_at[asked] = slug
    if not numbers:
        return {}
    changes = Version.objects.filter(Version.asks_to_read_again(), playbook__slug__in=set(now_at.values()))
    changed = dict(changes.order_by('number').values_list('playbook__slug', 'number'))
    return {asked: PageRead(frozenset(read), changed.get(now_at[asked], 1)) for asked, read in numbers.items()}


def read_address(row: ItemRow) -> str:
    """The page that a read item leads to."""
    address = f'/playbooks/{row.task.reads_slug}/'
    return f'{address}v/{row.task.reads_number}/' if row.task.reads_number else address


def role_name(role: str) -> str:
    """A role in people's words."""
    return {MANAGER: _('manager'), BUDDY: _('buddy'), 'new-pm': _('new product manager'), STAND_IN: _('stand-in')}.get(
        role, role.replace('-', ' ')
    )


def offset_label(day: date, anchor: date) -> str:
    """“T-7”, in calendar days from the day a run counts from; beside a date, never instead of one."""
    return f'T{(day - anchor).days:+d}' if day != anchor else 'T-0'


def estimate_words(estimate: str) -> str:
    """“60m” as “60 min”, “2h” as “2 h”."""
    return _estimate_words(estimate, get_language())


# Rows say these again and again, and looking up a translation is what takes longest about them.


@lru_cache(maxsize=1024)
def _estimate_words(estimate: str, _language: str | None) -> str:
    unit = {'m': _('min'), 'h': _('h'), 'd': _('d')}.get(estimate[-1:])
    return f'{estimate[:-1]} {unit}' if unit else estimate


@lru_cache(maxsize=128)
def _kind(kind: str, _language: str | None) -> tuple[str, str]:
    """What a kind of item is called, and its drawing."""
    word, icon = KINDS[Item.Kind(kind)]
    return str(word), icon
