"""What the pages of onboarding show: an enrollment as its track page has it, and a person's Today.

Every read of these pages is here or in `playbooks.run_pages` and `playbooks.runs`, so that their number can be seen.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import reader
from accounts.models import User
from playbooks.calendar import WorkingCalendar
from playbooks.days import calendar_of, today_for
from playbooks.item_lines import ItemLine, role_name
from playbooks.models import MANAGER, RunItem
from playbooks.run_pages import WITH_RUN, WITHOUT_TEXTS, Moved, RunPage, last_move, load_run_page
from playbooks.runs import ItemRow, Progress, progress_of
from playbooks.runs.checklists import checklists

from .models import Enrollment, EnrollmentQuerySet
from .progress import PhaseProgress, pace_label
from .standing import Phase, Standing, by_phase, phases_of, standing
from .today import days_off_between

State = RunItem.State
PHASES_SHOWN_OPEN = frozenset({'current', 'to_come'})


def enrollments_with_run() -> EnrollmentQuerySet:
    """Enrollments with what their pages need. Whether somebody may see one is for `Track.is_visible` to say."""
    newest = 'playbook__current_version'
    with_run = [f'run__{name}' for name in (*WITH_RUN, newest)]
    without = [f'run__{name}' for name in (*WITHOUT_TEXTS, f'{newest}__text', f'{newest}__fields')]
    return Enrollment.objects.select_related(*with_run).defer(*without)


def own_enrollment(user: User) -> Enrollment | None:
    """The enrollment a person is under way on; the one that started last, if there are several (one query)."""
    mine = Enrollment.objects.active().filter(run__owner=user)
    return mine.order_by('-run__anchor_on', '-pk').first()


@dataclass(slots=True)
class PhaseBlock:
    """A phase of the track page: its heading, how far it is, its items; folded when finished or not yet begun."""

    phase: Phase
    progress: PhaseProgress
    lines: list[ItemLine]
    words: str
    is_folded: bool
    summary: str


class Person(NamedTuple):
    """Somebody with a part in an enrollment, and what they do in it."""

    person: User
    part: str


@dataclass(slots=True)
class Track:
    """An enrollment as one person may see it. Who only holds some other role sees that role's items and no figures."""

    enrollment: Enrollment
    page: RunPage
    today: dt.date
    calendar: WorkingCalendar
    phases: list[tuple[Phase, list[ItemRow]]]
    standing: Standing
    progress: Progress

    @property
    def is_visible(self) -> bool:
        """Whether the viewer may see it at all, asked of the people the page has read anyway; if not, it is a 404."""
        return self.page.access.sees_run

    @property
    def is_own(self) -> bool:
        """Whether the viewer is the person themselves."""
        return self.page.access.is_owner

    @property
    def has_begun(self) -> bool:
        """Whether the first day has come."""
        return self.today >= self.page.run.anchor_on

    @property
    def pace_pill(self) -> tuple[str, str] | None:
        """Class and words of the pace: “3 working days behind”; none before there is a pace, and after the end."""
        pace = self.standing.pace
        if pace.status in {'behind', 'needs_help'}:
            words = self.standing.words.partition(': ')[0]
            return self.standing.tone, words[:1].upper() + words[1:]
        return ('ok', pace_label('on_pace').capitalize()) if pace.status == 'on_pace' else None

    def blocks(self, *, only_left: bool = False) -> list[PhaseBlock]:
        """The phases with their rows; `only_left` leaves out what is finished."""
        found = []
        for (phase, rows), part in zip(self.phases, self.standing.phases, strict=True):
            seen = [row for row in rows if self.page.access.sees_item(row.role, row.signoff)]
            shown = [row for row in seen if not row.is_finished] if only_left else seen
            if shown:
                found.append(self._block(phase, part, shown, only_left=only_left))
        return found

    def _block(self, phase: Phase, part: PhaseProgress, rows: list[ItemRow], *, only_left: bool) -> PhaseBlock:
        is_folded = not only_left and part.state not in PHASES_SHOWN_OPEN and self.page.sees_all
        # Nothing that should be checked again, waits or is late hides in a fold.
        is_folded = is_folded and not any(row.state == State.TO_CONFIRM or row.is_overdue(self.today) for row in rows)
        if part.state == 'done':
            summary = ngettext('Show %(number)s finished item', 'Show %(number)s finished items', len(rows))
        else:
            summary = ngettext('Show %(number)s item', 'Show %(number)s items', len(rows))
        return PhaseBlock(
            phase=phase,
            progress=part,
            lines=self.page.lines_of(rows),
            words=_phase_words(part) if self.page.sees_all else '',
            is_folded=is_folded,
            summary=summary % {'number': len(rows)},
        )

    @property
    def gone(self) -> list[ItemLine]:
        """The items no longer asked."""
        return self.page.lines_of(self.page.gone)

    @property
    def moved(self) -> Moved | None:
        """What the last move to a new version did (one query, if there was one)."""
        return last_move(self.page)

    @property
    def people(self) -> list[Person]:
        """Manager, buddy and who else holds a role, with what they sign and do."""
        crew, known = self.page.access.crew, self.page.lines.people
        parts = [(MANAGER, pk) for pk in crew.holders(MANAGER)]
        parts += [(role, pk) for role, people in crew.roles.items() for pk in people]
        return [Person(known[pk], self._part(role)) for role, pk in parts if pk in known]

    def _part(self, role: str) -> str:
        words = [role_name(role).capitalize()]
        signs = sum(row.signoff == role for row in self.page.all_rows)
        does = sum(row.role == role for row in self.page.all_rows)
        if self.page.sees_all and signs:
            words.append(_('signs off 1 item') if signs == 1 else _('signs off %(number)s items') % {'number': signs})
        if self.page.sees_all and does:
            words.append(_('does 1 item') if does == 1 else _('does %(number)s items') % {'number': does})
        return ', '.join(words)

    @property
    def excused(self) -> str:
        """“1, by Ingrid Solberg”, or nothing."""
        rows = [row for row in self.page.all_rows if row.state == State.WAIVED]
        names = sorted({self.page.lines.name(row.waived_by_id) for row in rows})
        return _('%(number)s, by %(names)s') % {'number': len(rows), 'names': ', '.join(names)} if rows else ''

    @property
    def days_off(self) -> str:
        """The days off between first and last day that would have been working days, counted already."""
        return days_off_between(self.calendar, self.page.run.anchor_on, self.standing.ends_on)


def _phase_words(part: PhaseProgress) -> str:
    done = _('%(done)s of %(total)s') % {'done': part.done, 'total': part.total}
    if part.state == 'done' or part.ends_on is None:
        return done
    if part.state == 'not_open' and part.starts_on:
        dates = {'done': done, 'start': reader.day(part.starts_on), 'end': reader.day(part.ends_on)}
        return _('%(done)s, %(start)s to %(end)s') % dates
    words = _('%(done)s, was to end %(day)s') if part.is_late else _('%(done)s, ends %(day)s')
    return words % {'done': done, 'day': reader.day(part.ends_on)}


def load_track(
    enrollment: Enrollment, *, viewer: User, at: str = 'track', prefix: str = 'i-', now: dt.datetime | None = None
) -> Track:
    """Read an enrollment for a page. Beside what the run's page costs: the headings of a version not seen before."""
    run = enrollment.run
    page = load_run_page(run, viewer=viewer, home=enrollment.get_absolute_url(), at=at, prefix=prefix, now=now)
    today = today_for(run.owner, now)
    calendar = calendar_of(run.calendar_id)
    headings = phases_of(run.version_id, run.version.text_hash)
    phases = by_phase(page.all_rows, headings, beginning=_('To begin with'))
    return Track(
        enrollment=enrollment,
        page=page,
        today=today,
        calendar=calendar,
        phases=phases,
        standing=standing(
            page.all_rows,
            phases,
            first_day=run.anchor_on,
            calendar=calendar,
            today=today,
            time_zone=run.owner.time_zone,
        ),
        progress=_progress(page),
    )


def _progress(page: RunPage) -> Progress:
    versions = {run_version.pk: run_version for run_version in (page.run.first_version, page.run.version)}
    lists = checklists((pk, version.number, version.text_hash) for pk, version in versions.items())
    states = {row.key: (row.state, row.optional) for row in page.all_rows}
    return progress_of(lists[page.run.version_id], lists[page.run.first_version_id], states)
