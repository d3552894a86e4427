"""What the editor offers while somebody types a link or a name: only what they may see, few, the best first.

Each answer costs one query.
"""

from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.models import ADMINS, EDITORS, User

from .models import Playbook

MOST = 8
NOT_IN_BRACKETS = frozenset('[]|`')  # characters that a link by title, [[Title]], cannot hold


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing offered: the text that takes the place of what was typed, and how it is shown."""

    text: str
    label: str
    detail: str


def by_title(user: User, typed: str) -> list[Completion]:
    """Links by title, `[[Title]]`, to playbooks this person may read; by address where the title cannot stand so."""
    return [
        Completion(
            f'[{title.replace("[", "").replace("]", "")}](playbook:{slug})'
            if NOT_IN_BRACKETS & {*title}
            else f'[[{title}]]',
            title,
            kind,
        )
        for slug, title, kind in _playbooks(user, Q(current_version__title__icontains=typed), typed)
    ]


def by_address(user: User, typed: str) -> list[Completion]:
    """Addresses, `playbook:slug`, of playbooks this person may read, found by slug or title."""
    matching = Q(slug__icontains=typed) | Q(current_version__title__icontains=typed)
    return [Completion(f'playbook:{slug}', title, slug) for slug, title, _ in _playbooks(user, matching, typed)]


def by_name(playbook: Playbook, typed: str) -> list[Completion]:
    """People, `@Full Name`, who can sign in and may read this playbook."""
    found = _best_first(readers(playbook).filter(name__icontains=typed), 'name', typed)
    return [Completion(f'@{name}', name, email) for name, email in found.values_list('name', 'email')[:MOST]]


def readers(playbook: Playbook) -> QuerySet[User]:
    """People who can sign in and may read this playbook: `readable_by`, asked the other way round."""
    invitations = Playbook.audience.through.objects.filter(playbook=playbook)
    in_groups = User.groups.through.objects.filter(user=OuterRef('pk'))
    invited = Exists(in_groups.filter(group__in=invitations.values('group')))
    keeps = Exists(in_groups.filter(group__name__in=[EDITORS, ADMINS]))
    may_read = ~Exists(invitations) | invited | keeps | Q(pk__in=[playbook.owner_id, playbook.co_owner_id])
    return User.objects.active().filter(may_read)


def _playbooks(user: User, matching: Q, typed: str) -> list[tuple[str, str, str]]:
    found = _best_first(
        Playbook.objects.published().readable_by(user).filter(matching), 'current_version__title', typed
    )
    return list(found.values_list('slug', 'current_version__title', 'kind__name')[:MOST])


def _best_first(found: QuerySet, field: str, typed: str) -> QuerySet:
    """Those that begin with what was typed, then the others, each by name."""
    begins = Case(When(**{f'{field}__istartswith': typed}, then=Value(0)), default=Value(1))
    return found.order_by(begins, field)
