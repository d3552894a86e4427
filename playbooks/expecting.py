"""Whether a version did what was hoped of it: what runs say of before and since, with numbers that do not boast.

A run counts as *before* if it ended on an older version, within a year before the publication or after it; as *since*
if it was done from its start on this version or a newer one. A run that changed over in between counts on neither side.
Only runs that the reader may see are counted (DESIGN.md, Who may do what).

Too few to be sure are fewer than ten runs on either side: our own rule, because below that not even 3 of 8 against none
says anything. With ten and more, a difference is called one if Fisher's exact test, two-sided, gives p of 0.05 at most
(R. A. Fisher, The Logic of Inductive Inference, 1935; two-sided as the sum of all tables that are not likelier than the
one found, as R's fisher.test and scipy.stats.fisher_exact have it). Times are compared by how many on each side took
longer than the median of both (Mood's median test, with the same exact test).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import comb
from statistics import median

from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import User

from . import notices
from .days import day_in
from .ledger import Action
from .models import Event, Expectation, Run, RunItem, Version
from .permissions import can_edit
from .plans import Expects

Measure = Expectation.Measure
FEWEST = 10  # runs on either side, below which nothing is said about a difference
SURE = 0.05
LOOKED_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Side:
    """The runs before, or since: how many count, how many of them it happened to, and the median of their days."""

    runs: int
    hits: int = 0
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Before and since by one measure. `between` counts the runs that changed over and count on neither side.

    `p` is how likely a difference like this, or a greater one, is by chance; None where there are too few to ask.
    """

    measure: str
    before: Side
    since: Side
    between: int
    p: float | None

    @property
    def verdict(self) -> str:
        """'few', 'chance', 'better' or 'worse'. Every measure counts what there should be less of."""
        if self.p is None:
            return 'few'
        if self.p > SURE:
            return 'chance'
        was, now = self.before.hits * self.since.runs, self.since.hits * self.before.runs
        return 'better' if now < was else 'worse'


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """The two-sided p of the table a of a + b against c of c + d; counted in whole numbers, so it is exact.

    Source: see the module.
    """
    first, second, hits = a + b, c + d, a + c
    ways = [comb(first, k) * comb(second, hits - k) for k in range(max(0, hits - second), min(first, hits) + 1)]
    found = comb(first, a) * comb(second, c)
    return sum(way for way in ways if way <= found) / sum(ways)


def expect(*, version: Version, expects: Expects, by: User) -> Expectation:
    """Keep what should get better by a version, as part of its publication (one query)."""
    return Expectation.objects.create(
        version=version,
        playbook=version.playbook,
        author=by,
        text=expects.text,
        measure=expects.measure,
        look_on=date.fromisoformat(expects.look_on),
    )


def conclude(*, expectation: Expectation, conclusion: str, now: datetime | None = None) -> None:
    """Keep what came of it, in one line; it stands in the history beside the version."""
    Expectation.objects.filter(pk=expectation.pk).update(conclusion=conclusion, looked_at=now or timezone.now())


def look_later(*, expectation: Expectation, on: date) -> None:
    """Be told again on another day."""
    Expectation.objects.filter(pk=expectation.pk).update(look_on=on, told_at=None)


def can_look(user: User, expectation: Expectation) -> bool:
    """Whether they see the numbers and say what came of it: who hoped, wrote it, or keeps it. Load version."""
    hoped = user.pk in (expectation.author_id, expectation.version.author_id)
    return hoped or can_edit(user, expectation.playbook)


def tell_who_hoped(now: datetime | None = None) -> int:
    """Tell who hoped for something, and who wrote the version, on the day they chose; where they are. Told once."""
    now = now or timezone.now()
    waiting = Expectation.objects.filter(told_at=None, looked_at=None, look_on__lte=(now + timedelta(days=1)).date())
    told = 0
    for one in waiting.select_related('author', 'version__author', 'playbook'):
        if one.look_on > day_in(one.author.time_zone, now):
            continue
        if not Expectation.objects.filter(pk=one.pk, told_at=None).update(told_at=now):
            continue
        people = [one.author, *([one.version.author] if one.version.author else [])]
        told += notices.tell(
            people,
            kind='expectation_due',
            path=address_of(one),
            playbook=one.playbook,
            data={'title': one.version.title, 'text': one.text, 'number': one.version.number},
            dedupe_key=f'expectation:{one.pk}:{one.look_on}',
            now=now,
        )
    return told


def address_of(expectation: Expectation) -> str:
    """The page that shows before and since. Load playbook and version."""
    return reverse('playbooks:expectation', args=[expectation.playbook.slug, expectation.version.number])


def finding_of(expectation: Expectation, user: User) -> Finding | None:
    """Before and since, of the runs this person may see; None where one looks for oneself. Load the version.

    One query (two for whoever has people reporting to them), whatever the number of runs.
    """
    if not expectation.measure:
        return None
    version = expectation.version
    rows = _ended(expectation, user, version.published_at - LOOKED_BACK)
    before = [row for row in rows if row.number < version.number]
    since = [row for row in rows if row.first >= version.number]
    between = len(rows) - len(before) - len(since)
    if expectation.measure == Measure.TIME:
        return _times(before, since, between)
    was, now = (Side(len(side), sum(row.hit for row in side)) for side in (before, since))
    return Finding(expectation.measure, was, now, between, _chance(was, now))


def _chance(was: Side, now: Side) -> float | None:
    """How likely a difference like this is by chance; None where there are too few to say."""
    if min(was.runs, now.runs) < FEWEST:
        return None
    return fisher_exact(was.hits, was.runs - was.hits, now.hits, now.runs - now.hits)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    first: int
    hit: bool
    days: float


def _times(before: list[_Row], since: list[_Row], between: int) -> Finding:
    both = [row.days for row in (*before, *since)]
    middle = median(both) if both else 0.0
    was, now = (
        Side(len(side), sum(row.days > middle for row in side), median([row.days for row in side]) if side else None)
        for side in (before, since)
    )
    return Finding(Measure.TIME, was, now, between, _chance(was, now))


def _ended(expectation: Expectation, user: User, start: datetime) -> list[_Row]:
    """The runs that ended, each with whether it counts for the measure. Those it does not apply to are left out."""
    measure = expectation.measure
    runs = Run.objects.visible_to(user).filter(playbook=expectation.playbook)
    runs = runs.annotate(over_at=Coalesce('finished_at', 'ended_at')).filter(over_at__gte=start)
    if measure in {Measure.LATE, Measure.SKIPPED, Measure.TIME}:
        runs = runs.filter(outcome=Run.Outcome.FINISHED)
    if measure == Measure.LATE:
        last = Max('items__due_on', filter=Q(items__optional=False))
        runs = runs.annotate(last_on=last).exclude(last_on=None)
    if measure == Measure.SKIPPED:
        skipped = RunItem.objects.filter(run=OuterRef('pk'), optional=False, state=RunItem.State.WAIVED)
        runs = runs.annotate(happened=Exists(skipped))
    if measure == Measure.RETURNED:
        runs = runs.annotate(happened=Exists(Event.objects.filter(run=OuterRef('pk'), action=Action.RETURNED)))
    columns = ('version__number', 'first_version__number', 'outcome', 'started_at', 'over_at', 'owner__time_zone')
    said = 'last_on' if measure == Measure.LATE else 'happened' if 'happened' in runs.query.annotations else 'outcome'
    rows = []
    for number, first, outcome, started_at, over_at, zone, value in runs.values_list(*columns, said):
        if measure == Measure.LATE:
            hit = day_in(zone, over_at) > value
        else:
            hit = value is True or (measure == Measure.STOPPED and outcome == Run.Outcome.STOPPED)
        rows.append(_Row(number, first, hit, (over_at - started_at) / timedelta(days=1)))
    return rows
