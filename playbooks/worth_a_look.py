"""Pages that come up for checking before their date, because of what happens to those who use them.

What counts is what happened since somebody last looked: since the page was last checked or last got a version that is
more than a small fix, and in any case only the last ninety days. Source of the thresholds:
docs/adr/0012; issue "Writing together", demand 10.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from .models import Helped, Item, Playbook, Remark, RunItem, SoughtInVain, Verification, Version

WITHIN = dt.timedelta(days=90)
ENOUGH = 3  # people, or runs: one or two may be chance, and would say who it was
PARTS = 3  # what is skipped or did not help counts from one in three on
WORDS_SHOWN = 20
WORDS_ENOUGH = 2  # people who looked for the same words anywhere

State = RunItem.State


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that was excused or skipped in `runs` of the `of` runs in which it was finished one way or the other."""

    key: str
    runs: int
    of: int
    text: str = ''


@dataclass(slots=True)
class Signals:
    """What happened to those who used a page, counted: people, but for the skipped steps, which count runs."""

    skipped: list[Skipped] = field(default_factory=list)
    reported: int = 0
    not_helped: int = 0
    voted: int = 0
    sought: int = 0


def reasons(signals: Signals) -> list[str]:
    """Why a page is worth a look, in sentences with the counts; none if it is not.

    Three people who reported something or looked for something in vain; three who said that it did not help, if they
    are at least a third of those who said anything; a step skipped in three runs, if they are at least a third of those
    in which it was finished. Source: docs/adr/0012.
    """
    found = [
        _('“%(text)s” was skipped in %(runs)s of %(of)s runs.')
        % {'text': step.text or step.key, 'runs': step.runs, 'of': step.of}
        for step in signals.skipped
        if is_enough(step.runs, step.of)
    ]
    if signals.reported >= ENOUGH:
        found.append(_('%(n)s people reported that something is wrong.') % {'n': signals.reported})
    if is_enough(signals.not_helped, signals.voted):
        words = _('It did not help %(n)s of the %(of)s people who said so.')
        found.append(words % {'n': signals.not_helped, 'of': signals.voted})
    if signals.sought >= ENOUGH:
        found.append(_('%(n)s people looked for something that is not there.') % {'n': signals.sought})
    return found


def is_enough(count: int, of: int) -> bool:
    """Whether so many of so many are no chance any more: at least three, and at least one in three."""
    return count >= ENOUGH and count * PARTS >= of


@dataclass(frozen=True, slots=True)
class Worth:
    """A page that is worth a look, with its reasons."""

    slug: str
    title: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Sought:
    """Words that several people looked for in vain."""

    words: str
    people: int


def worth_a_look(user: User, *, now: dt.datetime | None = None) -> list[Worth]:
    """The pages this person keeps (editors: all) that are worth a look, by title. At most six queries."""
    now = now or timezone.now()
    pages = Playbook.objects.published()
    if not (user.is_editor or user.is_admin):
        pages = pages.filter(Q(owner=user) | Q(co_owner=user))
    by_page = _signals(pages, now)
    said = {pk: reasons(signals) for pk, signals in by_page.items()}
    named = pages.filter(pk__in=[pk for pk, found in said.items() if found]).order_by('current_version__title', 'pk')
    rows = named.values_list('pk', 'slug', 'current_version__title')
    return [Worth(slug, title, said[pk]) for pk, slug, title in rows]


def _signals(pages: QuerySet[Playbook], now: dt.datetime) -> dict[int, Signals]:
    found: dict[int, Signals] = defaultdict(Signals)
    for pk, key, skipped, of in _steps(pages, now):
        found[pk].skipped.append(Skipped(key, skipped, of))
    _say_the_steps(found)
    reports = Remark.objects.on_pages().threads().filter(kind=Remark.Kind.REPORT, author__isnull=False)
    for pk, people in _people(reports, pages, now, 'author'):
        found[pk].reported = people
    for pk, people in _people(SoughtInVain.objects.all(), pages, now, 'person'):
        found[pk].sought = people
    votes = _since(Helped.objects.filter(playbook__in=pages), 'playbook', now).filter(at__gt=F('since'))
    no = Count('person', filter=Q(yes=False), distinct=True)
    counts = votes.order_by().values('playbook').annotate(no=no, of=Count('person', distinct=True))
    for pk, not_helped, voted in counts.filter(no__gte=ENOUGH).values_list('playbook', 'no', 'of'):
        found[pk].not_helped, found[pk].voted = not_helped, voted
    return found


def _steps(pages: QuerySet[Playbook], now: dt.datetime) -> Iterable[tuple[int, str, int, int]]:
    """Steps finished since, with how many runs skipped them. Who knows it already says nothing against the page."""
    skipped = Q(state=State.WAIVED) & ~Q(waived_reason=RunItem.WaivedReason.ALREADY_KNOWS)
    finished = Q(state=State.WAIVED, waived_at__gt=F('since')) | Q(
        state__in=[State.DONE, State.TO_CONFIRM], done_at__gt=F('since')
    )
    items = _since(RunItem.objects.filter(run__playbook__in=pages), 'run__playbook', now).filter(finished)
    counts = (
        items.order_by()
        .values('run__playbook', 'key')
        .annotate(skipped=Count('run', filter=skipped, distinct=True), of=Count('run', distinct=True))
    )
    return counts.filter(skipped__gte=ENOUGH).values_list('run__playbook', 'key', 'skipped', 'of')


def _say_the_steps(found: dict[int, Signals]) -> None:
    keys = {step.key for signals in found.values() for step in signals.skipped}
    asked = Item.objects.filter(
        version__playbook__in=list(found), key__in=keys, version=F('version__playbook__current_version')
    )
    texts = {(pk, key): text for pk, key, text in asked.values_list('version__playbook', 'key', 'text')}
    for pk, signals in found.items():
        steps = [
            Skipped(step.key, step.runs, step.of, texts[pk, step.key])
            for step in signals.skipped
            if (pk, step.key) in texts
        ]  # a step that is asked no more is nobody's to mend
        signals.skipped = steps


def _people(rows: 'QuerySet[Any]', pages: QuerySet[Playbook], now: dt.datetime, who: str) -> Iterable[tuple[int, int]]:
    """How many different people each page has a row of, since it was last looked at."""
    since = _since(rows.filter(playbook__in=pages), 'playbook', now).filter(at__gt=F('since'))
    counts = since.order_by().values('playbook').annotate(people=Count(who, distinct=True))
    return counts.filter(people__gte=ENOUGH).values_list('playbook', 'people')


def _since(rows: 'QuerySet[Any]', playbook: str, now: dt.datetime) -> 'QuerySet[Any]':
    """Annotate from when on something counts: ninety days ago, the last check, the last version of any weight."""
    long_ago = Value(now - WITHIN)
    checked = Verification.objects.filter(playbook=OuterRef(playbook)).order_by('-at').values('at')[:1]
    changed = Version.objects.filter(playbook=OuterRef(playbook)).exclude(weight=Version.Weight.EDITORIAL)
    published = changed.order_by('-number').values('published_at')[:1]
    return rows.annotate(
        since=Greatest(long_ago, Coalesce(Subquery(checked), long_ago), Coalesce(Subquery(published), long_ago))
    )


def sought_in_vain(*, now: dt.datetime | None = None) -> list[Sought]:
    """Words that several people searched for in vain in the last ninety days, those of most people first. One query."""
    since = (now or timezone.now()) - WITHIN
    words = SoughtInVain.objects.filter(playbook=None, at__gt=since).order_by().annotate(lower=Lower('words'))
    counts = words.values('lower').annotate(people=Count('person', distinct=True)).filter(people__gte=WORDS_ENOUGH)
    return [Sought(*row) for row in counts.order_by('-people', 'lower').values_list('lower', 'people')[:WORDS_SHOWN]]
