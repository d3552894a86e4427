"""Links that lead nowhere: to playbooks, versions, items, titles, files, and to places of the text itself.

Asked of a text that is about to be published, and of all current versions for the report.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User

from . import text as texts
from .models import Attachment, FileLink, Item, Playbook, PlaybookLink, PlayerHost
from .outgoing import title_key
from .players import player_address
from .titles import Titled, meant

SOUGHT, MOST_KNOWN, ALIKE = 5, 5000, 0.75  # how many names are looked for, among how many, and how like they must be
LONGEST = 2000  # characters of a line that is offered in another form
NO_ITEM = gettext_lazy('There is no such item there.')
NO_FILE = gettext_lazy('There is no such file. Look at the list of files for its name.')


@dataclass(frozen=True, slots=True, order=True)
class Dead:
    """A link that leads nowhere: where it stands, as it is written, and why."""

    line: int
    written: str
    reason: str


@dataclass(slots=True)
class DeadPage:
    """A playbook whose current text has such links."""

    slug: str
    title: str
    owner: str
    links: list[Dead] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Target:
    pk: int
    number: int | None


def warnings_for(
    document: texts.Document, *, text: str, playbook: Playbook, reader: User | None
) -> list[texts.Problem]:
    """What of a text leads nowhere, beside addresses of playbooks (`plans` asks about those): all of it warnings.

    What the reader may not see counts as not there. A query or two for each sort of link that the text has; none for a
    text without them.
    """
    seen = Playbook.objects.visible_to(reader) if reader else Playbook.objects.all()
    problems = set()
    titles = meant(seen, {title_key(link.title) for link in document.links if link.title})
    dead = [(link, _why_not_title(titles.get(title_key(link.title), []))) for link in document.links if link.title]
    near = (
        nearest({link.title for link, reason in dead if reason}, _titles(seen)) if any(why for _, why in dead) else {}
    )
    for link, reason in dead:
        if reason:
            mend = _retitled(text, link, near.get(link.title, ''))
            problems.add(texts.Problem(link.line, f'“[[{link.title}]]”: {reason}', 'warning', mend))
    items = [link for link in document.links if link.slug and link.item]
    targets = _targets(seen, {link.slug for link in items})
    keys = _keys({target.pk for target in targets.values()}, {link.item or '' for link in items})
    for link in items:
        target = targets.get(link.slug)
        if target and target.number and not _has_item(target, link.number, link.item or '', keys):
            problems.add(texts.Problem(link.line, f'“{_written(link)}”: {NO_ITEM}', 'warning'))
    there = _files(seen | Playbook.objects.filter(pk=playbook.pk), {file.slug for file in document.files})
    for file in document.files:
        if (file.slug, file.name) not in there:
            problems.add(texts.Problem(file.line, f'“file:{file.slug}/{file.name}”: {NO_FILE}', 'warning'))
    return [*problems, *_players(document)]


def nearest(names: Collection[str], known: Collection[str]) -> dict[str, str]:
    """For the first few of these names the known one that is most like it, where one is much like it."""
    found = {}
    for name in sorted(names)[:SOUGHT] if len(known) <= MOST_KNOWN else ():
        if near := get_close_matches(name, known, 1, ALIKE):
            found[name] = near[0]
    return found


def readdressed(text: str, line: int, slug: str, near: str) -> texts.Mend | None:
    """The line of a text with links to another address; None where it has none that can be told."""
    return _mend(text, line, rf'(?<=\(|<)playbook:{re.escape(slug)}(?![\w-])', f'playbook:{near}', near)


def _retitled(text: str, link: texts.Link, near: str) -> texts.Mend | None:
    title = r'\s+'.join(map(re.escape, link.title.split()))
    return _mend(text, link.line, rf'\[\[\s*{title}\s*(?=[|\]])', f'[[{near}', near) if near else None


def _mend(text: str, number: int, pattern: str, written: str, near: str) -> texts.Mend | None:
    lines = text.split('\n')
    line = lines[number - 1] if 0 < number <= len(lines) else ''
    mended, times = re.subn(pattern, lambda _match: written, line, flags=re.IGNORECASE)
    return texts.Mend(_('Link to “%s”') % near, number, mended) if times and len(mended) <= LONGEST else None


def _titles(seen: QuerySet[Playbook]) -> list[str]:
    """The titles that mean one playbook each. One query."""
    rows = seen.filter(current_version__isnull=False, archived_at=None).values_list('current_version__title', flat=True)
    counted = Counter(rows)
    return [title for title, number in counted.items() if number == 1 and not set(title) & set('[]|`')]


def _players(document: texts.Document) -> list[texts.Problem]:
    """Players that no administrator allowed: readers see a link."""
    players = [one for one in document.external if one.is_player]
    allowed = set(PlayerHost.objects.values_list('host', flat=True)) if players else set()
    said = _('“%s” does not play in the page but stands there as a link: its host is not one that is allowed.')
    return [
        texts.Problem(one.line, said % one.address[:80], 'warning')
        for one in players
        if player_address(one.address, allowed) is None
    ]


def report(playbooks: QuerySet[Playbook], *, reader: User) -> list[DeadPage]:
    """The playbooks whose current texts have links that lead nowhere, by title, each with them. At most seven queries.

    What the reader may not see counts as not there, as before a text is published: else whoever keeps a page learned
    by a link in it whether there is a page or file that they know nothing of.
    """
    every = Playbook.objects.visible_to(reader)
    pages: dict[int, DeadPage] = {}
    current = Q(version__playbook__in=playbooks, version=F('version__playbook__current_version'))
    about = ('pk', 'slug', 'current_version__title', 'owner__name')
    columns = [f'version__playbook__{name}' for name in about]
    links = list(
        PlaybookLink.objects.filter(current).values_list(
            *columns, 'target_slug', 'target_number', 'target_item', 'target_title', 'line'
        )
    )
    asked = [(row[:4], _Link(*row[4:])) for row in links]
    targets = _targets(every, {link.slug for _about, link in asked if link.slug})
    items = {link.item for _about, link in asked if link.slug and link.item}
    keys = _keys({target.pk for target in targets.values()}, items)
    titles = meant(every, {link.title for _about, link in asked if link.title})
    for page, link in asked:
        if reason := _why_not(link, targets, keys, titles):
            _page(pages, page).links.append(Dead(link.line, _written(link), reason))
    files = list(FileLink.objects.filter(current).values_list(*columns, 'slug', 'name', 'line'))
    there = _files(every, {row[4] for row in files})
    for row in files:
        if (row[4], row[5]) not in there:
            _page(pages, row[:4]).links.append(Dead(row[6], f'file:{row[4]}/{row[5]}', str(NO_FILE)))
    for found in pages.values():
        found.links = sorted(set(found.links))
    return sorted(pages.values(), key=lambda page: (page.title.casefold(), page.slug))


@dataclass(frozen=True, slots=True)
class _Link:
    slug: str
    number: int | None
    item: str
    title: str
    line: int


def _page(pages: dict[int, DeadPage], about: tuple[Any, ...]) -> DeadPage:
    pk, slug, title, owner = about
    return pages.setdefault(pk, DeadPage(slug, title, owner or ''))


def _why_not(
    link: _Link,
    targets: Mapping[str, _Target],
    keys: Collection[tuple[int, int, str]],
    titles: Mapping[str, list[Titled]],
) -> str:
    """Why a link leads nowhere, or ''."""
    if link.title:
        return _why_not_title(titles.get(link.title, []))
    if not link.slug:
        return _('There is no such place in this text.') if link.item.startswith('#') else ''
    target = targets.get(link.slug)
    if target is None:
        return _('There is no playbook with this address.')
    if target.number is None:
        return _('It is not published yet.')
    if link.number and link.number > target.number:
        return _('There is no such version.')
    return str(NO_ITEM) if link.item and not _has_item(target, link.number, link.item, keys) else ''


def _why_not_title(found: list[Titled]) -> str:
    if not found:
        return _('No playbook is called so.')
    if len(found) > 1:
        return ngettext(
            '%d playbook is called so: link by address.', '%d playbooks are called so: link by address.', len(found)
        ) % len(found)
    return ''


def _written(link: _Link | texts.Link) -> str:
    """A link as texts write it."""
    if link.title:
        return f'[[{link.title}]]'
    if not link.slug:
        return link.item or ''
    number = f'@{link.number}' if link.number else ''
    return f'playbook:{link.slug}{number}' + (f'#{link.item}' if link.item else '')


def _targets(seen: QuerySet[Playbook], slugs: Collection[str]) -> dict[str, _Target]:
    """The playbooks at these addresses, also at those they had before. One query."""
    if not slugs:
        return {}
    there = seen.filter(Q(slug__in=slugs) | Q(slug_history__slug__in=slugs)).order_by()
    found: dict[str, _Target] = {}
    for pk, slug, before, number in there.values_list('pk', 'slug', 'slug_history__slug', 'current_version__number'):
        found[slug] = _Target(pk, number)
        if before:
            found.setdefault(before, _Target(pk, number))
    return found


def _keys(playbooks: Collection[int], keys: Collection[str]) -> set[tuple[int, int, str]]:
    """The items of these playbooks that have one of these keys, as (playbook, number of the version, key)."""
    if not playbooks or not keys:
        return set()
    rows = Item.objects.filter(version__playbook__in=playbooks, key__in=keys).order_by()
    return set(rows.values_list('version__playbook', 'version__number', 'key'))


def _has_item(target: _Target, number: int | None, key: str, keys: Collection[tuple[int, int, str]]) -> bool:
    return (target.pk, number or target.number or 0, key) in keys


def _files(seen: QuerySet[Playbook], slugs: Iterable[str]) -> set[tuple[str, str]]:
    """The files of the playbooks at these addresses, each under every address its playbook has or had. One query."""
    slugs = set(slugs)
    if not slugs:
        return set()
    at = Q(playbook__slug__in=slugs) | Q(playbook__slug_history__slug__in=slugs)
    rows = Attachment.objects.filter(at, playbook__in=seen.order_by().values('pk')).order_by()
    found = set()
    for name, slug, before in rows.values_list('name', 'playbook__slug', 'playbook__slug_history__slug'):
        found |= {(slug, name), (before, name)}
    return found
