"""The files of a playbook: adding one, where each is used, taking unused ones away. They are served by `views.files`.

A text names a file as `file:slug/name`. Which versions name which file is derived from their texts (`FileLink`).
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from .file_types import FILMS, FileRefused, check, ending_of, safe_name
from .models import Attachment, Draft, FileLink, Playbook, Run, SlugHistory

__all__ = ['FileRefused', 'add_file']

FOLDER = 'attachments'
FRESH = dt.timedelta(days=1)  # for so long a file that nothing names yet may be on its way into a text
MEGABYTE = 1024 * 1024


def add_file(*, playbook: Playbook, name: str, content: bytes | File, by: User | None) -> Attachment:
    """Give a playbook a file, for its texts to name as `file:slug/name`.

    `name` is as it came with the file; the one it gets is safe, and told apart from others by a number. The same
    content under the same name is kept once: the attachment that is there is returned. Who may do it is the caller's
    to ask. Raises FileRefused, with words for whoever brought it, for what may not be kept or is too large.
    """
    opened = ContentFile(content) if isinstance(content, bytes) else content
    _check_size(opened.size, ending_of(name))
    checked = check(name, opened)
    path = default_storage.save(f'{FOLDER}/{secrets.token_hex(20)}', checked.content)
    added = Attachment(
        playbook=playbook,
        name=safe_name(name, checked.ending),
        file=path,
        type=checked.type,
        size=checked.content.size,
        sha256=_digest(checked.content),
        width=checked.width,
        height=checked.height,
        added_by=by,
    )
    try:
        with transaction.atomic():
            Playbook.objects.lock(playbook.pk)
            kept = _kept(added)
    except BaseException:
        default_storage.delete(path)
        raise
    if kept is not added:
        default_storage.delete(path)
    return kept


def _check_size(size: int, ending: str) -> None:
    most = settings.FILM_MAX_MB if ending in FILMS else settings.ATTACHMENT_MAX_MB
    if size > most * MEGABYTE:
        raise FileRefused(
            _('This file is larger than %d MB. Put it where your team keeps files, and link to it.') % most
        )


def _digest(content: File) -> str:
    content.seek(0)
    found = hashlib.sha256()
    for chunk in content.chunks():
        found.update(chunk)
    return found.hexdigest()


def _kept(added: Attachment) -> Attachment:
    """The file as it is kept: stored under a name of its own, or the same one that is there. The playbook is locked."""
    others = Attachment.objects.filter(playbook=added.playbook)
    stem, _dot, ending = added.name.rpartition('.')
    like = {one.name.casefold(): one for one in others.filter(name__istartswith=stem)}
    number = 1
    while (taken := like.get(added.name.casefold())) is not None:
        if taken.sha256 == added.sha256:
            return taken
        number += 1
        added.name = f'{stem}-{number}.{ending}'
    together = others.aggregate(size=Sum('size'))['size'] or 0
    if together + added.size > settings.ATTACHMENTS_MAX_MB * MEGABYTE:
        message = _('The files of this playbook are larger than %d MB together. Take unused ones away first.')
        raise FileRefused(message % settings.ATTACHMENTS_MAX_MB)
    added.save()
    return added


def snippet(attachment: Attachment, slug: str) -> str:
    """What to write into a text so that it shows a picture or film, or links to any other file."""
    address = f'file:{slug}/{attachment.name}'
    words = attachment.name.rpartition('.')[0].replace('-', ' ').replace('_', ' ').strip()
    if attachment.type.startswith(('image/', 'video/')):
        return f'![{words}]({address})'
    return f'[{attachment.name}]({address})'


def addresses_of(playbook: Playbook) -> list[str]:
    """The slug a playbook has and those it had: a text may name its files by any of them (one query)."""
    return [playbook.slug, *SlugHistory.objects.filter(playbook=playbook).values_list('slug', flat=True)]


@dataclass(slots=True)
class Used:
    """A file of a playbook, and what names it: versions as (slug, title, numbers), drafts as how many."""

    attachment: Attachment
    snippet: str
    versions: list[tuple[str, str, list[int]]]
    drafts: int
    is_fresh: bool

    @property
    def is_unused(self) -> bool:
        """Whether nothing names it, nor is about to."""
        return not self.versions and not self.drafts and not self.is_fresh


def files_of(playbook: Playbook, *, reader: User | None = None, now: dt.datetime | None = None) -> list[Used]:
    """A playbook's files by name, each with what names it: any version or draft of any playbook, put away or not.

    `reader` is who reads that: a playbook they may not see is counted as in use, but not named. Four
    queries.
    """
    now = now or timezone.now()
    slugs = addresses_of(playbook)
    versions: dict[str, dict[tuple[str, str], list[int]]] = {}
    seen = Playbook.objects.visible_to(reader) if reader else Playbook.objects.all()
    rows = FileLink.objects.filter(slug__in=slugs).order_by('version__number')
    rows = rows.annotate(is_seen=Exists(seen.filter(pk=OuterRef('version__playbook'))))
    about = 'version__playbook__slug', 'version__playbook__current_version__title'
    for name, is_seen, slug, title, number in rows.values_list('name', 'is_seen', *about, 'version__number'):
        naming = (slug, title or slug) if is_seen else ('', '')
        numbers = versions.setdefault(name.casefold(), {}).setdefault(naming, [])
        if number not in numbers:
            numbers.append(number)
    drafts = _named_in_drafts(slugs)
    return [
        Used(
            one,
            snippet(one, playbook.slug),
            [(slug, title, numbers) for (slug, title), numbers in versions.get(one.name.casefold(), {}).items()],
            drafts.get(one.name.casefold(), 0),
            is_fresh=now - one.added_at < FRESH,
        )
        for one in playbook.attachments.select_related('added_by').order_by('name')
    ]


def _named_in_drafts(slugs: Collection[str]) -> dict[str, int]:
    """How many drafts name each file, by its name. One query; reads only drafts that name any file of the playbook."""
    condition = Q()
    for slug in slugs:
        condition |= Q(text__icontains=f'file:{slug}/')
    pattern = re.compile(rf'file:(?:{"|".join(map(re.escape, slugs))})/([^\s)>\]"\'<#?]+)', re.IGNORECASE)
    found: dict[str, int] = {}
    for text in Draft.objects.filter(condition).values_list('text', flat=True).iterator():
        for name in {unquote(name).casefold() for name in pattern.findall(text)}:
            found[name] = found.get(name, 0) + 1
    return found


def take_away(*, playbook: Playbook, names: Iterable[str], now: dt.datetime | None = None) -> list[str]:
    """Delete those of these files that nothing names; return their names, which is what was really deleted.

    A file that any version or draft names stays, and so does one added within the last day: its text may not be saved.
    """
    wanted = set(names)
    with transaction.atomic():
        Playbook.objects.lock(playbook.pk)
        gone = [
            used.attachment for used in files_of(playbook, now=now) if used.is_unused and used.attachment.name in wanted
        ]
        delete_files(gone)
    return [one.name for one in gone]


def delete_files(attachments: Iterable[Attachment]) -> None:
    """Delete rows now, and their content once the transaction is kept."""
    for one in attachments:
        path = str(one.file)
        one.delete()
        transaction.on_commit(partial(default_storage.delete, path))


def readable_file(user: User, slug: str, name: str, *, key: str = '') -> Attachment | None:
    """A playbook's file by its address, for whoever may read the playbook; None for everybody else.

    Whoever may look at a draft of it, also by a link with this key, reads the files that the draft or its base names;
    who takes part in a run, those that the run's version names. One query, up to three where there is none.
    """
    there = Attachment.objects.filter(name=name)
    here = there.filter(playbook__slug=slug)
    found = here.filter(playbook__in=Playbook.objects.visible_to(user)).first()
    if found is None:
        # Whoever is shown one draft sees what it, or the version it is compared with, shows: no other file of the page.
        named = Q(text__icontains=name) | Q(text__icontains=quote(name))
        named |= Q(base__text__icontains=name) | Q(base__text__icontains=quote(name))
        drafts = Draft.objects.kept().shown_to(user, key).filter(named, playbook__slug=slug)
        found = here.filter(playbook__in=drafts.values('playbook')).first()
    if found is None:
        taking_part = Run.objects.filter(Q(owner=user) | Q(roles__person=user)) | Run.objects.filter(
            visibility=Run.Visibility.PRIVATE, owner__reports_to=user
        )
        # Its own version alone: else whoever writes a page that names another's file would read that by a run of it.
        own = FileLink.objects.filter(version__playbook=OuterRef('playbook'), slug=slug, name=name)
        found = here.filter(Exists(own.filter(version__in=taking_part.values('version')))).first()
    return found
