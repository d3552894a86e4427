"""Today: what somebody does next, over all their roles in all runs, what waits for them, and for whom they wait."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import reader
from accounts.models import User
from playbooks.calendar import WorkingCalendar
from playbooks.catching_up import ToRead
from playbooks.catching_up import to_read as pages_to_read
from playbooks.days import calendar_of, day_in, today_for
from playbooks.item_lines import (
    ItemLine,
    Lines,
    Note,
    pages_read,
    people_by_id,
    people_in,
    read_address,
    role_name,
)
from playbooks.models import (
    BUDDY,
    MANAGER,
    Evidence,
    Item,
    ItemChange,
    RunItem,
    RunNote,
)
from playbooks.permissions import RunAccess
from playbooks.runs import ItemRow, RunBrief, WorkRow
from playbooks.runs.desk import Desk, desk_of
from playbooks.threads import Waiting, waiting_briefly

from .models import Enrollment
from .progress import number_word
from .standing import Phase, Standing, by_phase, phases_of, standing

State = RunItem.State
READ_SHOWN = 3  # pages to read, required or changed; Catch up has them all
LATER_SHOWN = 12
SIGNS_SHOWN = 30
AHEAD = dt.timedelta(days=14)  # how far Today looks in runs that are no track of one's own


class Group(NamedTuple):
    """Items to do under one heading: overdue, today, this week, later."""

    title: str
    css: str
    lines: list[ItemLine]


class Person(NamedTuple):
    """Somebody with a part in one's onboarding."""

    person: User
    part: str


class Asked(NamedTuple):
    """Somebody's wish to be excused from an item."""

    name: str
    text: str
    at: dt.datetime
    address: str


@dataclass(slots=True)
class Own:
    """One's own onboarding as Today shows it."""

    brief: RunBrief
    address: str
    rows: list[ItemRow]
    phases: list[tuple[Phase, list[ItemRow]]]
    standing: Standing
    calendar: WorkingCalendar
    today: dt.date
    people: list[Person] = field(default_factory=list)
    excused: str = ''

    @property
    def has_begun(self) -> bool:
        """Whether the first day has come."""
        return self.today >= self.brief.anchor_on

    @property
    def opens_on(self) -> str:
        """“on Monday” within a week, else “on Monday 7 December”."""
        near = (self.brief.anchor_on - self.today).days < 7
        written = reader.daylong(self.brief.anchor_on)
        return written.split()[0].rstrip(',') if near else written

    @property
    def first_page(self) -> tuple[str, str] | None:
        """Address and title of the first page to read, for who wants to begin early."""
        for row in self.rows:
            if row.task.kind == Item.Kind.READ and row.task.reads_slug and not row.is_finished:
                return read_address(row), row.task.text
        return None

    @property
    def open_keys(self) -> set[str]:
        """The items of the phases that are open now."""
        parts = zip(self.phases, self.standing.phases, strict=True)
        return {row.key for (_phase, rows), part in parts if part.state != 'not_open' for row in rows}

    @property
    def answer(self) -> str:
        """How it goes, in a sentence, and what to do about it."""
        return answer(self.standing)

    @property
    def done(self) -> tuple[int, int]:
        """How many items are done, of how many."""
        parts = self.standing.phases
        return sum(part.done for part in parts), sum(part.total for part in parts)

    @property
    def days_off(self) -> str:
        """The working days that are off between the first and the last day; they are counted already."""
        return days_off_between(self.calendar, self.brief.anchor_on, self.standing.ends_on)


def days_off_between(calendar: WorkingCalendar, first_day: dt.date, ends_on: dt.date | None) -> str:
    """The days off in a time that would have been working days, in words."""
    if ends_on is None:
        return ''
    off = sorted(day for day in calendar.days_off if first_day <= day <= ends_on)
    return ', '.join(reader.day(day) for day in off if day.weekday() not in calendar.weekend)


def answer(stand: Standing) -> str:
    """“You are three working days behind: “…” and “…”. Finish the two overdue items and you are back on it.”"""
    pace = stand.pace
    if pace.status == 'finished':
        return _('You have finished everything that is yours.')
    if pace.status == 'too_early':
        return _('These are your first days. How it goes is counted from the fifth working day on.')
    if pace.status not in {'behind', 'needs_help'}:
        return _('You are on pace: nothing is overdue.')
    if pace.days_behind and stand.words[:1].islower() and not stand.words.startswith(_('nothing')):
        said = _('You are %(words)s.') % {'words': stand.words}
    else:
        said = f'{stand.words[:1].upper()}{stand.words[1:]}.'
    count = len(pace.overdue)
    back = ngettext(
        'Finish the overdue item and you are back on it.',
        'Finish the %(number)s overdue items and you are back on it.',
        count,
    ) % {'number': number_word(count)}
    return f'{said} {back}'


@dataclass(slots=True)
class Today:
    """Everything on somebody's Today."""

    on: dt.date
    own: Own | None
    groups: list[Group]
    waiting: list[ItemLine]
    to_sign: list[ItemLine]
    more_to_sign: int
    asked: list[Asked]
    to_read: list[ToRead]
    more_to_read: int
    more_later: int
    to_answer: list[Waiting] = field(default_factory=list)
    more_to_answer: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all to do, to sign or to wait for."""
        return not (self.groups or self.waiting or self.to_sign or self.asked or self.to_read or self.to_answer)

    @property
    def due_now(self) -> int:
        """How many items are overdue or due today."""
        return sum(len(group.lines) for group in self.groups if group.css)

    @property
    def headline(self) -> str:
        """The answer, where there is no track of one's own to tell of."""
        signs = len(self.to_sign) + self.more_to_sign
        if signs:
            words = ngettext('%(number)s sign-off waits for you', '%(number)s sign-offs wait for you', signs)
            return (words % {'number': number_word(signs)}).capitalize()
        if self.due_now:
            words = ngettext('%(number)s item is due', '%(number)s items are due', self.due_now)
            return (words % {'number': number_word(self.due_now)}).capitalize()
        return _('Nothing is due today')


def load_today(user: User, now: dt.datetime | None = None) -> Today:
    """Read somebody's Today.

    Thirteen queries, whatever is on it: six for the desk, one each for enrollments, people and what waits for an
    answer, three for what is to be read, and what is signed in with. Four more where there is something to read, to
    hand in, changes asked, or a playbook that changed. That is more than ten because everybody opens this page for all
    their roles at once; each is plain and reads by an index, which costs less than fewer clever ones.
    """
    now = now or timezone.now()
    today = today_for(user, now)
    desk = desk_of(user, now)
    homes = _homes(desk)
    own = _own(user, desk, homes, now)
    waiting_rows = _waiting(desk)
    shown = [*desk.work, *desk.to_sign, *waiting_rows]
    make = _line_maker(user, desk, homes, shown=shown, own=own, today=today, now=now)

    groups, more_later = _groups(desk.work, own, today, make)
    to_read = pages_to_read(user)
    to_answer, more_to_answer = waiting_briefly(user)
    return Today(
        on=today,
        own=own,
        groups=groups,
        waiting=[make(work) for work in waiting_rows],
        to_sign=[make(work) for work in desk.to_sign[:SIGNS_SHOWN]],
        more_to_sign=max(len(desk.to_sign) - SIGNS_SHOWN, 0),
        asked=_asked(user, homes) if user.has_reports else [],
        to_read=to_read[:READ_SHOWN],
        more_to_read=max(len(to_read) - READ_SHOWN, 0),
        more_later=more_later,
        to_answer=to_answer,
        more_to_answer=more_to_answer,
    )


class Home(NamedTuple):
    """Where an enrollment has its page, and who keeps its track."""

    address: str
    keeper_id: int | None


def _homes(desk: Desk) -> dict[int, Home]:
    private = [pk for pk, brief in desk.briefs.items() if brief.is_private]
    found = Enrollment.objects.filter(run__in=private).order_by()
    rows = found.values_list('run_id', 'pk', 'run__playbook__owner_id')
    return {run: Home(Enrollment(pk=pk).get_absolute_url(), keeper) for run, pk, keeper in rows} if private else {}


def _own(user: User, desk: Desk, homes: dict[int, Home], now: dt.datetime) -> Own | None:
    """One's own onboarding: of several the one that began last."""
    mine = [desk.briefs[pk] for pk in desk.own if pk in homes]
    if not mine:
        return None
    brief = max(mine, key=lambda run: (run.anchor_on, run.pk))
    rows = desk.own[brief.pk]
    calendar = calendar_of(desk.crews[brief.pk].calendar_id)
    phases = by_phase(rows, phases_of(brief.version_id, brief.text_hash), beginning=_('To begin with'))
    today = day_in(user.time_zone, now)
    stand = standing(rows, phases, first_day=brief.anchor_on, calendar=calendar, today=today, time_zone=user.time_zone)
    return Own(brief, homes[brief.pk].address, rows, phases, stand, calendar, today)


def _waiting(desk: Desk) -> list[WorkRow]:
    """What somebody waits for: their own items that await a sign-off, and what they said waits for somebody."""
    awaiting = [
        WorkRow(desk.briefs[pk], row) for pk, rows in desk.own.items() for row in rows if row.state == State.AWAITING
    ]
    by_hand = [work for work in desk.work if work.item.waiting_for_id and work.item.state == State.TO_DO]
    return [*awaiting, *by_hand]


def _line_maker(
    user: User,
    desk: Desk,
    homes: dict[int, Home],
    *,
    shown: list[WorkRow],
    own: Own | None,
    today: dt.date,
    now: dt.datetime,
) -> Callable[[WorkRow], ItemLine]:
    """Fetch at once what the rows of all runs need, and return what makes a row."""
    runs = {work.run.pk for work in shown}
    items = [work.item for work in shown]
    known = {person for pk in runs for person in people_in(desk.crews[pk], ())}
    known |= {person for work in shown for person in people_in(desk.crews[work.run.pk], [work.item])}
    notes = _returns(items)
    known |= {note.author_id for found in notes.values() for note in found}
    if own is not None:
        known |= people_in(desk.crews[own.brief.pk], own.rows)
        known |= {pk for pk in [homes[own.brief.pk].keeper_id] if pk}
    people = people_by_id(known) if known else {}
    slugs = {row.task.reads_slug for row in items if row.task.kind == Item.Kind.READ and row.state == State.TO_DO}
    pages = pages_read(user, slugs) if slugs else {}
    clips = _clips(items)
    reasons = _reasons(shown)
    makers: dict[int, Lines] = {}
    for pk in runs:
        brief = desk.briefs[pk]
        makers[pk] = Lines(
            run=brief,
            number=brief.number,
            slug=brief.slug,
            access=_access(user, desk, pk, now),
            viewer=user,
            home=homes[pk].address if pk in homes else f'/runs/{pk}/',
            today=today,
            at='today',
            prefix=f'r{pk}-',
            about='' if own and own.brief.pk == pk else _about(brief),
            people=people,
            notes={key: found for (run, key), found in notes.items() if run == pk},
            clips={key: 1 for run, key in clips if run == pk},
            pages=pages,
            changes={key: reason for (playbook, key), reason in reasons.items() if playbook == brief.playbook_id},
        )
    if own is not None:
        own.people = _people(desk, own, homes, people)
        own.excused = _excused(own, people, user)
    return lambda work: makers[work.run.pk].line(work.item, work.opens_after)


def _access(user: User, desk: Desk, run_id: int, now: dt.datetime) -> RunAccess:
    """What somebody may do with what lies on their desk; asked of many runs at once, so without the line above."""
    crew = desk.crews[run_id]
    above = {crew.manager_id, crew.next_manager_id}
    return RunAccess(
        person_id=user.pk,
        crew=crew,
        roles=crew.roles_of(user.pk),
        is_editor=user.is_editor,
        is_above=crew.private and user.pk in above,
        reads=True,
        now=now,
    )


def _about(brief: RunBrief) -> str:
    if brief.is_private:
        return _('for %(name)s') % {'name': brief.owner_name}
    return brief.name or brief.title


def _returns(rows: Iterable[ItemRow]) -> dict[tuple[int, str], list[Note]]:
    returned = {(row.run_id, row.key) for row in rows if row.returned_at}
    if not returned:
        return {}
    found: dict[tuple[int, str], list[Note]] = {}
    notes = RunNote.objects.filter(
        run__in={run for run, _key in returned}, key__in={key for _run, key in returned}, kind=RunNote.Kind.RETURNED
    ).order_by('pk')
    for run, key, kind, text, author, at in notes.values_list('run_id', 'key', 'kind', 'text', 'author_id', 'at'):
        found.setdefault((run, key), []).append(Note(key, kind, text, author, at))
    return found


def _clips(rows: Iterable[ItemRow]) -> set[tuple[int, str]]:
    """Which items to submit have work already."""
    asked = {(row.run_id, row.key) for row in rows if row.task.kind == Item.Kind.SUBMIT}
    if not asked:
        return set()
    found = Evidence.objects.filter(run__in={run for run, _key in asked}, key__in={key for _run, key in asked})
    return set(found.order_by().values_list('run_id', 'key').distinct())


def _reasons(shown: Iterable[WorkRow]) -> dict[tuple[int, str], str]:
    changed = [work for work in shown if work.item.state == State.TO_CONFIRM]
    if not changed:
        return {}
    rows = ItemChange.objects.filter(
        version__playbook__in={work.run.playbook_id for work in changed},
        key__in={work.item.key for work in changed},
        meaning=ItemChange.Meaning.SUBSTANCE,
    ).order_by('version__number')
    return {(playbook, key): reason for playbook, key, reason in rows.values_list('version__playbook', 'key', 'reason')}


def _people(desk: Desk, own: Own, homes: dict[int, Home], people: dict[int, User]) -> list[Person]:
    crew = desk.crews[own.brief.pk]
    parts = [(pk, role_name(MANAGER).capitalize()) for pk in crew.holders(MANAGER)]
    parts += [(pk, role_name(BUDDY).capitalize()) for pk in crew.holders(BUDDY)]
    keeper = homes[own.brief.pk].keeper_id
    if keeper and keeper not in {pk for pk, _part in parts}:
        parts.append((keeper, _('Keeps your track')))
    return [Person(people[pk], part) for pk, part in parts if pk in people]


def _excused(own: Own, people: dict[int, User], user: User) -> str:
    rows = [row for row in own.rows if row.state == State.WAIVED]
    names = sorted({str(people[row.waived_by_id]) for row in rows if row.waived_by_id in people})
    if not rows:
        return ''
    return _('%(number)s, by %(names)s') % {'number': len(rows), 'names': ', '.join(names)} if names else str(len(rows))


def _groups(
    work: list[WorkRow], own: Own | None, today: dt.date, make: Callable[[WorkRow], ItemLine]
) -> tuple[list[Group], int]:
    """Sort what is to do by when; also how much more there is later."""
    is_weekend = today.weekday() >= 5
    week_ends = today + dt.timedelta(days=6 - today.weekday() + (7 if is_weekend else 0))
    overdue, check, returned, now, week, later = [], [], [], [], [], []
    for row in work:
        item = row.item
        if item.waiting_for_id and item.state == State.TO_DO:
            continue
        if own and row.run.pk == own.brief.pk and not own.has_begun:
            continue
        if item.state == State.TO_CONFIRM:
            check.append(row)
        elif item.is_overdue(today):
            overdue.append(row)
        elif item.returned_at is not None:
            returned.append(row)
        elif item.due_on is not None and item.due_on <= today:
            now.append(row)
        elif item.due_on is not None and item.due_on <= week_ends:
            week.append(row)
        elif _is_near(row, own, today):
            later.append(row)
    is_all_own = own is not None and all(row.run.pk == own.brief.pk for row in later)
    groups = [
        Group(_('Overdue'), 'late', [make(row) for row in overdue]),
        Group(_('Changes asked'), '', [make(row) for row in returned]),
        Group(_('Please check again'), '', [make(row) for row in check]),
        Group(_('Today'), 'now', [make(row) for row in now]),
        Group(_('Next week') if is_weekend else _('This week'), '', [make(row) for row in week]),
        Group(_('Later this phase') if is_all_own else _('Later'), '', [make(row) for row in later[:LATER_SHOWN]]),
    ]
    return [group for group in groups if group.lines], max(len(later) - LATER_SHOWN, 0)


def _is_near(row: WorkRow, own: Own | None, today: dt.date) -> bool:
    if own is not None and row.run.pk == own.brief.pk:
        return row.item.key in own.open_keys
    return row.item.due_on is None or row.item.due_on <= today + AHEAD


def _asked(user: User, homes: dict[int, Home]) -> list[Asked]:
    """Who of one's people asks to be excused from something, first come first (one query)."""
    rows = RunItem.objects.filter(
        run__in=list(homes),
        run__owner__reports_to=user,
        state__in=[State.TO_DO, State.AWAITING],
        excuse_asked_at__isnull=False,
    ).order_by('excuse_asked_at')
    asked = Item.objects.filter(version=OuterRef('run__version'), key=OuterRef('key')).values('text')[:1]
    columns = ('run_id', 'key', 'run__owner__name', 'text', 'excuse_asked_at')
    found = rows.annotate(text=Subquery(asked)).values_list(*columns)
    return [
        Asked(name, text or key, at, f'{homes[run].address}items/{quote(key)}/')
        for run, key, name, text, at in found
        if at
    ]
