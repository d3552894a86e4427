"""How many people's onboardings go at once: the rows of the team page and of the list of everybody under way.

What a row shows follows from the run's ledger, the day and the calendar alone, so that it is worked out once after each
event and kept in this process: the page costs the same with twenty enrollments on the site and with two thousand.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from django.db.models import QuerySet
from django.template.loader import get_template
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts import reader
from accounts.models import User
from playbooks import runs
from playbooks.days import calendar_of, day_in
from playbooks.models import Run

from . import progress
from .drawing import Ramp
from .models import Enrollment
from .standing import Standing, by_phase, phases_of, standing

KEPT = 1024
FINISHED_SHOWN_FOR = dt.timedelta(days=30)
NEED = {'needs_help': 0, 'behind': 1, 'too_early': 2, 'on_pace': 3, 'not_started': 4, 'finished': 5}
COLUMNS = (
    'pk',
    'run_id',
    'run__last_seq',
    'run__started_at',
    'run__anchor_on',
    'run__calendar_id',
    'run__finished_at',
    'run__version_id',
    'run__version__text_hash',
    'run__version__title',
    'run__playbook__slug',
    'run__owner_id',
    'run__owner__name',
    'run__owner__time_zone',
    'run__owner__reports_to_id',
    'run__owner__reports_to__name',
)


@dataclass(frozen=True, slots=True)
class RampUp:
    """How one enrollment goes: who and what, its pace in a word and in a sentence, phases, ramp, and what is next."""

    enrollment_id: int
    run_id: int
    person_id: int
    person: str
    manager_id: int | None
    manager: str
    track: str
    track_slug: str
    first_day: dt.date
    finished_on: dt.date | None
    pace: progress.Pace
    label: str
    why: str
    phases: tuple[progress.PhaseProgress, ...]
    ramp: Ramp
    next_item: str
    written: dict[tuple[str, str | None, bool], str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def html(self) -> str:
        """Its row in the table."""
        return self._html(with_manager=False)

    @property
    def html_with_manager(self) -> str:
        """Its row in the table, with whom the person reports to."""
        return self._html(with_manager=True)

    def _html(self, *, with_manager: bool) -> str:
        """The row, written once for each manner of writing dates: nothing else on it depends on who reads it."""
        manner = reader.locale(), get_language(), with_manager
        if manner not in self.written:
            template = get_template('onboarding/_ramp_up.html')
            self.written[manner] = template.render({'row': self, 'with_manager': with_manager})
        return self.written[manner]

    @property
    def status(self) -> str:
        """The pace as a word for the program, such as 'needs_help'."""
        return self.pace.status

    @property
    def phase_now(self) -> progress.PhaseProgress | None:
        """The phase the person is in, for narrow screens and for lists."""
        return next((phase for phase in self.phases if phase.state == 'current'), None)


@dataclass(frozen=True, slots=True)
class TrackTable:
    """The rows of one track, with the names of its phases as columns; each row's phases stand in their order."""

    title: str
    slug: str
    phases: tuple[str, ...]
    rows: tuple[RampUp, ...]


class _Kept:
    """The last rows worked out, under everything they depend on."""

    def __init__(self) -> None:
        self.rows: OrderedDict[tuple, RampUp] = OrderedDict()
        self.lock = Lock()

    def get(self, key: tuple) -> RampUp | None:
        with self.lock:
            if key in self.rows:
                self.rows.move_to_end(key)
            return self.rows.get(key)

    def put(self, key: tuple, row: RampUp) -> None:
        with self.lock:
            self.rows[key] = row
            while len(self.rows) > KEPT:
                self.rows.popitem(last=False)


_kept = _Kept()


def ramp_ups(enrollments: QuerySet[Enrollment], *, now: dt.datetime | None = None) -> list[RampUp]:
    """How these enrollments go today, in their order.

    One query where nothing happened since they were last shown; else two more for those in which something did, and at
    most two for each version and each calendar that this process does not have.
    """
    facts = list(enrollments.values_list(*COLUMNS))
    found: dict[int, RampUp] = {}
    missing: dict[int, tuple[tuple, tuple]] = {}
    for fact in facts:
        key = _key(fact, now)
        row = _kept.get(key)
        if row is None:
            missing[fact[1]] = key, fact
        else:
            found[row.run_id] = row
    if missing:
        rows = runs.rows_of(Run.objects.filter(pk__in=list(missing)))
        for run_id, (key, fact) in missing.items():
            found[run_id] = _ramp_up(fact, rows[run_id], now)
            _kept.put(key, found[run_id])
    return [found[fact[1]] for fact in facts]


def _key(fact: tuple, now: dt.datetime | None) -> tuple:
    """Everything a row follows from. A run's id can come back after a rollback, its beginning with it cannot."""
    return (*fact, day_in(fact[13], now), calendar_of(fact[5]).days_off, get_language())


def _ramp_up(fact: tuple, items: list[runs.ItemRow], now: dt.datetime | None) -> RampUp:
    pk, run_id, _seq, _started, first_day, calendar_id, finished_at, version_id, text_hash, title, slug, *person = fact
    person_id, name, time_zone, manager_id, manager = person
    how = standing(
        items,
        by_phase(items, phases_of(version_id, text_hash), beginning=_('To begin with')),
        first_day=first_day,
        calendar=calendar_of(calendar_id),
        today=day_in(time_zone, now),
        time_zone=time_zone,
        words='',
        is_mini=True,
    )
    label = pace_in_short(how.pace)
    texts = {item.key: item.task.text for item in items}
    return RampUp(
        enrollment_id=pk,
        run_id=run_id,
        person_id=person_id,
        person=name,
        manager_id=manager_id,
        manager=manager or '',
        track=title,
        track_slug=slug,
        first_day=first_day,
        finished_on=day_in(time_zone, finished_at) if finished_at else None,
        pace=how.pace,
        label=label,
        why=_why(how),
        phases=tuple(how.phases),
        ramp=how.ramp,
        next_item=texts.get(how.pace.next_key or '', ''),
    )


def _why(how: Standing) -> str:
    """What causes it: the items, after a word on idleness where that, and no number of days, is what needs help."""
    if not how.pace.causes:
        return ''
    is_idle = how.pace.status == 'needs_help' and how.pace.days_behind <= progress.BEHIND_NEEDS_HELP
    return how.words if is_idle else how.words.partition(': ')[2]


def pace_in_short(pace: progress.Pace) -> str:
    """The pace for a table: “3 days behind”, “On pace”."""
    if pace.days_behind:
        return ngettext('%(days)d day behind', '%(days)d days behind', pace.days_behind) % {'days': pace.days_behind}
    label = progress.pace_label(pace.status)
    return label[:1].upper() + label[1:]


def by_need(rows: Iterable[RampUp]) -> list[RampUp]:
    """Whoever needs help first, then by days behind, then by first day."""
    return sorted(rows, key=lambda row: (NEED[row.status], -row.pace.days_behind, row.first_day, row.person))


ORDERS = {
    'need': by_need,
    'name': lambda rows: sorted(rows, key=lambda row: (row.person.casefold(), row.first_day)),
    'overdue': lambda rows: sorted(rows, key=lambda row: (-len(row.pace.overdue), row.person.casefold())),
    'first-day': lambda rows: sorted(rows, key=lambda row: (row.first_day, row.person.casefold())),
}


def by_track(rows: Iterable[RampUp]) -> list[TrackTable]:
    """Rows put together by track and its phases, in the order in which each first occurs."""
    tables: dict[tuple, list[RampUp]] = {}
    for row in rows:
        tables.setdefault((row.track_slug, tuple(phase.title for phase in row.phases)), []).append(row)
    return [TrackTable(found[0].track, slug, phases, tuple(found)) for (slug, phases), found in tables.items()]


def of_team(manager: User, *, only_direct: bool = False, now: dt.datetime | None = None) -> list[RampUp]:
    """How everyone below this manager goes who is under way, or finished within the last thirty days."""
    now = now or timezone.now()
    team = Enrollment.objects.below(manager).shown_to_managers(now - FINISHED_SHOWN_FOR)
    return ramp_ups(team.filter(run__owner__reports_to=manager) if only_direct else team, now=now)


def summary(rows: list[RampUp]) -> str:
    """The team in a sentence or two, who needs help named: “Five people are under way, one has not started yet.”"""
    counts = [row.status for row in rows]
    numbers = (
        (sum(status not in ('not_started', 'finished') for status in counts), _people_under_way),
        (counts.count('not_started'), _people_to_come),
        (counts.count('finished'), _people_finished),
    )
    sentence = ', '.join(
        words(number) % {'number': progress.number_word(number)} for number, words in numbers if number
    )
    sentence = f'{sentence[:1].upper()}{sentence[1:]}.' if sentence else ''
    names = [row.person.split()[0] for row in by_need(rows) if row.status == 'needs_help']
    if names:
        words = ngettext('%(names)s needs help.', '%(names)s need help.', len(names))
        sentence += ' ' + words % {'names': get_text_list(names[:3], _('and'))}
    return sentence


def _people_under_way(number: int) -> str:
    return ngettext('%(number)s person is under way', '%(number)s people are under way', number)


def _people_to_come(number: int) -> str:
    return ngettext('%(number)s has not started yet', '%(number)s have not started yet', number)


def _people_finished(number: int) -> str:
    return ngettext('%(number)s finished lately', '%(number)s finished lately', number)
