"""Playbooks by what they are called: `[[Title]]` in a text, and terms.

A title means the playbook that has it now; else the one with that address; else the one that was once called so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet

from accounts.models import User

from .models import Playbook, Version
from .outgoing import title_key

AT_ONCE = 50  # titles asked for in one query


@dataclass(frozen=True, slots=True)
class Titled:
    """A playbook that a title may mean."""

    slug: str
    title: str
    is_archived: bool


def meant_by(user: User, title: str) -> list[Titled]:
    """The playbooks a title means for this person, among those they may open; more than one if several are called so.

    One query, two if none is called so now. What is out of use is meant only if nothing else is.
    """
    key = title_key(title)
    return meant(Playbook.objects.visible_to(user), [key]).get(key, []) if key else []


def meant(seen: QuerySet[Playbook], keys: Collection[str]) -> dict[str, list[Titled]]:
    """The same for many titles, by their keys (`outgoing.title_key`); those that mean nothing are left out."""
    if not keys:
        return {}
    by_title: dict[str, list[Titled]] = {}
    by_slug: dict[str, list[Titled]] = {}
    rows = seen.filter(current_version__isnull=False).order_by('slug')
    for slug, title, archived_at in rows.values_list('slug', 'current_version__title', 'archived_at'):
        one = Titled(slug, title, archived_at is not None)
        by_title.setdefault(title_key(title), []).append(one)
        by_slug[slug] = [one]
    found = {key: by_title.get(key) or by_slug.get(key) for key in keys}
    missing = [key for key, those in found.items() if not those]
    found |= _once_called(seen, missing, by_slug)
    return {key: _in_use(those) for key, those in found.items() if those}


def _once_called(
    seen: QuerySet[Playbook], keys: Collection[str], by_slug: Mapping[str, list[Titled]]
) -> dict[str, list[Titled]]:
    """What earlier versions were called so: a query for every fifty titles."""
    found: dict[str, list[Titled]] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), AT_ONCE):
        called = reduce(or_, (Q(title__iexact=key) for key in wanted[start : start + AT_ONCE]))
        earlier = Version.objects.filter(called, playbook__in=seen).exclude(pk=F('playbook__current_version'))
        for slug, title in earlier.values_list('playbook__slug', 'title').distinct().order_by('playbook__slug'):
            those = found.setdefault(title_key(title), [])
            those += [one for one in by_slug.get(slug, []) if one not in those]
    return found


def _in_use(those: list[Titled]) -> list[Titled]:
    return [one for one in those if not one.is_archived] or those
