"""Whom a publication concerns, for the person who is about to do it: named only where they may see the person.

Source: DESIGN.md, Publishing.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from accounts.models import User

from . import permissions, watching
from .models import Playbook, PlaybookLink, Run
from .plans import Plan
from .runs import RunImpact

NAMED = 10  # as many people or playbooks are named; the others are counted


@dataclass(frozen=True, slots=True)
class Concerned:
    """The people a version concerns by its weight: who watches it, and who is asked to read it again."""

    watchers: int = 0
    readers: list[str] = field(default_factory=list)

    @property
    def named(self) -> list[str]:
        """Those who are asked to read again, as many as are named."""
        return self.readers[:NAMED]

    @property
    def unnamed(self) -> int:
        """How many more there are."""
        return len(self.readers) - len(self.named)


@dataclass(frozen=True, slots=True)
class RunRow:
    """What is done to one run that may be named."""

    name: str
    impact: RunImpact

    @property
    def added(self) -> int:
        """How many items are new to it."""
        return len(self.impact.added)

    @property
    def to_check(self) -> int:
        """How many things that are done are to be checked again."""
        return len(self.impact.to_check)

    @property
    def gone(self) -> int:
        """How many of its items are no longer asked."""
        return len(self.impact.no_longer_asked)

    @property
    def redated(self) -> int:
        """How many of its items get another date."""
        return len(self.impact.redated)


@dataclass(slots=True)
class Group:
    """The runs that one thing happens to: how many, and the most items for one of them."""

    total: int = 0
    most: int = 0


@dataclass(slots=True)
class Impact:
    """What a publication does to runs under way, if they are moved, and which playbooks link here.

    `rows` are the runs that may be named, those first to which most happens; `unnamed` counts the others.
    """

    runs: int
    finished: int
    keeping: int
    added: Group
    to_check: Group
    no_longer_asked: Group
    rows: list[RunRow]
    linked_from: list[Playbook]
    linked_more: int

    @property
    def unnamed(self) -> int:
        """How many runs under way are not named."""
        return self.runs - len(self.rows)


def impact_of(plan: Plan, editor: User) -> Impact:
    """What a planned publication does to whom, as this person may know it (at most two queries)."""
    impacts: list[RunImpact] = plan.carry_over.impacts if plan.carry_over is not None else []
    seen: set[int] = set()
    if impacts and editor.is_editor:
        seen = {impact.run_id for impact in impacts}
    elif impacts:
        runs = Run.objects.visible_to(editor).filter(pk__in=[impact.run_id for impact in impacts])
        seen = set(runs.values_list('pk', flat=True))
    linking = _linking(plan.candidate.playbook, editor)
    rows = [
        RunRow(impact.owner_name if impact.private or not impact.name else impact.name, impact)
        for impact in impacts
        if impact.run_id in seen
    ]
    rows.sort(key=lambda row: (-row.to_check, -row.added, -row.gone, -row.redated, row.name))
    return Impact(
        runs=len(impacts),
        finished=plan.carry_over.finished if plan.carry_over is not None else 0,
        keeping=sum(impact.keeps_everything for impact in impacts),
        added=_group(impacts, 'added'),
        to_check=_group(impacts, 'to_check'),
        no_longer_asked=_group(impacts, 'no_longer_asked'),
        rows=rows[:NAMED],
        linked_from=linking[:NAMED],
        linked_more=max(0, len(linking) - NAMED),
    )


def concerned_by(playbook: Playbook, editor: User) -> Concerned:
    """Who watches a playbook, and who is asked to read it again after a process change, without the one who publishes.

    Whoever may publish may see who has read it (DESIGN.md, Required reading). Two queries.
    """
    watchers = watching.watchers_of(playbook).filter(pk=OuterRef('pk'))
    readers = watching.readers_of(playbook).filter(pk=OuterRef('pk'))
    people = permissions.people_who_read(playbook).annotate(is_watching=Exists(watchers), has_read=Exists(readers))
    found = people.filter(Q(is_watching=True) | Q(has_read=True)).exclude(pk=editor.pk)
    rows = list(found.order_by('name').values_list('name', 'is_watching', 'has_read'))
    return Concerned(sum(watches for _, watches, _ in rows), [name for name, _, reads in rows if reads])


def _group(impacts: list[RunImpact], what: str) -> Group:
    counts = [len(getattr(impact, what)) for impact in impacts if getattr(impact, what)]
    return Group(len(counts), max(counts, default=0))


def _linking(playbook: Playbook, editor: User) -> list[Playbook]:
    links = PlaybookLink.objects.filter(target_slug=playbook.slug).values('version')
    linking = Playbook.objects.visible_to(editor).published().filter(current_version__in=links).exclude(pk=playbook.pk)
    return list(linking.select_related('current_version').defer('current_version__text').order_by('slug'))
