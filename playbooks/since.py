"""From where somebody may want to see what changed: the version they read, their runs', those that others cite.

Source: issue 3, History ("since I read it, since this run's version, since this decision cited it").
"""

from dataclasses import dataclass

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User

from .models import Playbook, PlaybookLink, Run, RunRole, SlugHistory
from .prepared import Prepared

OFFERED = 6  # of runs, and of pages that cite a version
RUN, CITED = 'run', 'cited'


@dataclass(frozen=True, slots=True)
class Since:
    """A version to compare the current one with, and why: `words` go on "What changed since …"."""

    number: int
    words: str
    address: str = ''


def _runs(user: User, slug: str) -> QuerySet:
    """Runs under way in which this person takes part, with the version each follows."""
    roles = RunRole.objects.filter(run=OuterRef('pk'), person=user)
    mine = Run.objects.active().filter(Q(owner=user) | Exists(roles), playbook__slug=slug)
    return mine.filter(version__number__lt=F('playbook__current_version__number'))


def _citing(user: User, slug: str) -> QuerySet:
    """Links of current versions, on pages this person may open, to an exact earlier version of this playbook."""
    here = Playbook.objects.filter(slug=slug).order_by().values('slug')
    addresses = here.union(SlugHistory.objects.filter(playbook__slug=slug).order_by().values('slug'))
    others = Playbook.objects.visible_to(user).published().exclude(slug=slug)
    return PlaybookLink.objects.filter(
        Exists(others.filter(pk=OuterRef('version__playbook'))),
        target_slug__in=addresses,
        target_number__isnull=False,
        version=F('version__playbook__current_version'),
    )


def _origins(user: User, slug: str) -> QuerySet:
    """Both in one query: what it is, how to get there, its name, and the version it is about."""
    runs = _runs(user, slug).order_by()
    cited = _citing(user, slug).order_by()
    named = ('what', 'at', 'name', 'about')
    return runs.annotate(
        what=Value(RUN, CharField()), at=Cast('pk', CharField()), about=F('version__number')
    ).values_list(*named).union(
        cited.annotate(
            what=Value(CITED, CharField()),
            at=F('version__playbook__slug'),
            name=F('version__title'),
            about=F('target_number'),
        ).values_list(*named)
    ).order_by('what', '-about', 'name')[: 20 * OFFERED]  # fmt: skip


ORIGINS = Prepared(_origins, 'slug')


def origins(user: User, slug: str, *, current: int, read: int | None, title: str) -> list[Since]:
    """What to compare the current version with, for this person; nothing where there is nothing newer. One query."""
    found = [Since(read, _('you read it'))] if read is not None and read < current else []
    counts = {RUN: 0, CITED: 0}
    for row in ORIGINS.rows(user, slug=slug):
        what = row['what']
        if row['about'] >= current or counts[what] >= OFFERED:
            continue
        counts[what] += 1
        if what == RUN:
            name, at = row['name'] or title, reverse('playbooks:run', args=[row['at']])
            found.append(Since(row['about'], _('the version of “%(name)s”') % {'name': name}, at))
        else:
            at = reverse('playbooks:playbook', args=[row['at']])
            found.append(Since(row['about'], _('“%(name)s” cited it') % {'name': row['name']}, at))
    return list(dict.fromkeys(found))
