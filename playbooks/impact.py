"""Whom a publication concerns, for the person who is about to do it: named only where they may see the person.

Source: DESIGN.md, Publishing.
"""

from dataclasses import dataclass, field

from django.db.models import Max

from accounts.models import User

from .models import Acknowledgement, Playbook, PlaybookLink, Run
from .plans import Plan
from .runs import RunImpact

NAMED = 10  # as many people or playbooks are named; the others are counted


@dataclass(frozen=True, slots=True)
class Concerned:
    """A run that something happens to, and how much."""

    name: str
    count: int


@dataclass(slots=True)
class Group:
    """The runs that one thing happens to: how many, the most items for one of them, and those that may be named."""

    total: int = 0
    most: int = 0
    named: list[Concerned] = field(default_factory=list)

    @property
    def unnamed(self) -> int:
        """How many more there are than are named."""
        return self.total - len(self.named)


@dataclass(slots=True)
class Impact:
    """What a publication does to runs under way, if they are moved, and which playbooks link here."""

    runs: int
    finished: int
    added: Group
    to_check: Group
    no_longer_asked: Group
    linked_from: list[Playbook]
    linked_more: int

    @property
    def untouched(self) -> bool:
        """Whether runs under way notice nothing at all."""
        return not (self.added.total or self.to_check.total or self.no_longer_asked.total)


def impact_of(plan: Plan, editor: User) -> Impact:
    """What a planned publication does to whom, as this person may know it (at most two queries)."""
    impacts: list[RunImpact] = plan.carry_over.impacts if plan.carry_over is not None else []
    seen = set()
    if impacts:
        runs = Run.objects.visible_to(editor).filter(pk__in=[impact.run_id for impact in impacts])
        seen = set(runs.values_list('pk', flat=True))
    linking = _linking(plan.candidate.playbook, editor)
    return Impact(
        runs=len(impacts),
        finished=plan.carry_over.finished if plan.carry_over is not None else 0,
        added=_group(impacts, 'added', seen),
        to_check=_group(impacts, 'to_check', seen),
        no_longer_asked=_group(impacts, 'no_longer_asked', seen),
        linked_from=linking[:NAMED],
        linked_more=max(0, len(linking) - NAMED),
    )


def readers_of(playbook: Playbook) -> int:
    """How many people have read a version of it: those whom a process change asks to read again (one query)."""
    read = Acknowledgement.objects.filter(playbook=playbook, person__is_active=True)
    return read.values('person').annotate(newest=Max('number')).count()


def _group(impacts: list[RunImpact], what: str, seen: set[int]) -> Group:
    concerned = [(impact, len(getattr(impact, what))) for impact in impacts if getattr(impact, what)]
    named = [
        Concerned(impact.owner_name if impact.private or not impact.name else impact.name, count)
        for impact, count in concerned
        if impact.run_id in seen
    ]
    return Group(len(concerned), max((count for _run, count in concerned), default=0), named[:NAMED])


def _linking(playbook: Playbook, editor: User) -> list[Playbook]:
    links = PlaybookLink.objects.filter(target_slug=playbook.slug).values('version')
    linking = Playbook.objects.visible_to(editor).published().filter(current_version__in=links).exclude(pk=playbook.pk)
    return list(linking.select_related('current_version').defer('current_version__text').order_by('slug'))
