"""Unpublished texts: starting one, saving it from two tabs, basing it on a newer version, putting it away and back.

Source: DESIGN.md, Words and Publishing.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User

from . import text as texts
from .models import Area, Draft, DraftSave, Kind, Playbook, SlugHistory, Version
from .models.documents import RESERVED_SLUGS

SLUG_LENGTH = 80
SAVES_KEPT = timedelta(days=1)
EVERY_SAVE_FOR = timedelta(minutes=10)  # after which one of ten minutes is kept


@dataclass(frozen=True, slots=True)
class Wording:
    """What a draft or a version says: the three things that a publication takes from it."""

    title: str
    text: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, said: Draft | Version) -> 'Wording':
        """What this draft or version says."""
        return cls(said.title, said.text, dict(said.fields))


class DraftChanged(Exception):
    """A draft was saved elsewhere since it was shown; nothing was overwritten.

    `stored` is the draft as it is kept now; `title`, `text` and `fields` are what was to be saved.
    """

    def __init__(self, stored: Draft, *, title: str, text: str, fields: Mapping[str, Any]) -> None:
        super().__init__('The draft was saved elsewhere since it was shown.')
        self.stored = stored
        self.title = title
        self.text = text
        self.fields = dict(fields)


def text_hash(title: str, text: str, fields: Mapping[str, Any]) -> str:
    """The SHA-256 that names one exact title, text and fields: what an approval is of."""
    exact = json.dumps([title, texts.normalize(text), dict(fields)], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(exact.encode()).hexdigest()


def address_of(draft: Draft) -> str:
    """The page of a draft (load its playbook)."""
    return reverse('playbooks:draft', args=[draft.playbook.slug, draft.pk])


def create_playbook(
    *,
    by: User | None,
    kind: Kind,
    area: Area,
    title: str,
    text: str | None = None,
    slug: str | None = None,
    owner: User | None = None,
    tags: Iterable[str] = (),
    audience: Iterable[Group] = (),
    fields: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Playbook:
    """Make a playbook that has no version yet, and its author's first draft.

    Without a text the draft starts from the kind's template. The slug is made from the title unless one is given, and
    gets a number where it is taken. The owner is the one named, else who the kind's rule says (`first_owner`); `by`
    None (a command) makes no draft.
    """
    now = now or timezone.now()
    wanted = slug or slugify(title)[:SLUG_LENGTH].strip('-_').replace('_', '-') or kind.slug
    while True:
        try:
            with transaction.atomic():
                playbook = Playbook.objects.create(
                    slug=free_slug(wanted),
                    kind=kind,
                    area=area,
                    owner=owner or first_owner(kind, by),
                    created_by=by,
                    created_at=now,
                    review_every_days=kind.review_every_days,
                )
                playbook.audience.set(audience)
                playbook.tags.set(list(tags))
                if by is not None:
                    Draft.objects.create(
                        playbook=playbook,
                        author=by,
                        title=title,
                        text=texts.normalize(kind.template if text is None else text),
                        fields=dict(fields or {}),
                        created_at=now,
                        updated_at=now,
                    )
                return playbook
        except IntegrityError:
            # Somebody took the same slug in this moment: the next free one is another. Anything else is an error.
            if not Playbook.objects.filter(slug=wanted).exists():
                raise


def first_owner(kind: Kind, by: User | None) -> User | None:
    """Who owns a new playbook of this kind by its rule; nobody yet where its writer's text is only a suggestion."""
    if kind.owner_rule == Kind.OwnerRule.PERSON:
        return kind.default_owner if kind.default_owner and kind.default_owner.is_active else None
    if kind.owner_rule == Kind.OwnerRule.NOBODY or by is None:
        return None
    return by if by.is_editor or by.is_admin or kind.members_may_publish_first else None


def free_slug(wanted: str) -> str:
    """The slug, with -2, -3 … where it is taken, was somebody's before, or is a word of the site itself."""
    taken = {*Playbook.objects.filter(slug__startswith=wanted[: SLUG_LENGTH - 6]).values_list('slug', flat=True)}
    taken |= {*SlugHistory.objects.filter(slug__startswith=wanted[: SLUG_LENGTH - 6]).values_list('slug', flat=True)}
    taken |= RESERVED_SLUGS
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f'{wanted[: SLUG_LENGTH - len(str(number)) - 1].rstrip("-")}-{number}'
    return slug


def draft_of(playbook: Playbook, author: User) -> Draft:
    """The author's draft, or a new one from the current version, not stored yet (`pk` None, `revision` 0).

    Load `current_version` first; one query. A discarded draft counts as none.
    """
    draft = Draft.objects.kept().filter(playbook=playbook, author=author).select_related('base', 'saved_by').first()
    if draft is not None:
        draft.playbook, draft.author = playbook, author
        return draft
    current = playbook.current_version
    return Draft(
        playbook=playbook,
        author=author,
        base=current,
        title=current.title if current else '',
        text=current.text if current else playbook.kind.template,
        fields=dict(current.fields) if current else {},
        revision=0,
    )


def is_stale(draft: Draft) -> bool:
    """Whether another version was published since the one the draft was written from. Load the playbook."""
    return draft.playbook.current_version_id != draft.base_id


def start_draft(*, playbook: Playbook, author: User, now: datetime | None = None) -> Draft:
    """The author's draft: the one they have, or a new one from the current version, stored."""
    draft = draft_of(playbook, author)
    if not draft.revision:
        draft = save_draft(
            draft=draft, title=draft.title, text=draft.text, fields=draft.fields, shown_revision=0, now=now
        )
    return draft


def save_draft(
    *,
    draft: Draft,
    title: str,
    text: str,
    fields: Mapping[str, Any],
    shown_revision: int,
    base: Version | None = None,
    by: User | None = None,
    now: datetime | None = None,
) -> Draft:
    """Store a draft's title, text and fields, if it is still as it was shown.

    `shown_revision` is the revision the author had before them (0: there was none). `base`, if given, says that the
    text now takes that version into account. `by` is who saves it (default: its author).
    Saving what is stored already changes nothing.
    Raises DraftChanged if the draft was saved elsewhere meanwhile; nothing is overwritten then.
    """
    now = now or timezone.now()
    text, fields = texts.normalize(text), dict(fields)
    onto = base or draft.base
    saver = by or draft.author
    values: dict[str, Any] = {'title': title, 'text': text, 'fields': fields, 'base': onto, 'saved_by': saver}
    values['writers'] = sorted({*draft.writers, saver.pk}) if shown_revision else [saver.pk]
    with transaction.atomic():
        if shown_revision == 0:
            return _first_save(draft, values, now)
        saved = Draft.objects.kept().filter(pk=draft.pk, revision=shown_revision)
        if not saved.update(revision=F('revision') + 1, updated_at=now, **values):
            stored = Draft.objects.filter(pk=draft.pk).select_related('playbook', 'author', 'base', 'saved_by').first()
            if stored is None or stored.discarded_at is not None:
                # It was published or discarded meanwhile; what was written since is a draft of its own.
                return _first_save(draft, values, now)
            if (stored.title, stored.text, stored.fields) == (title, text, fields):
                return stored
            raise DraftChanged(stored, title=title, text=text, fields=fields)
        draft.title, draft.text, draft.fields, draft.base = title, text, fields, onto
        draft.revision, draft.updated_at, draft.saved_by = shown_revision + 1, now, saver
        draft.writers = values['writers']
        _remember(draft)
    return draft


def _remember(draft: Draft) -> None:
    """Keep what was saved, for whoever goes on from it while somebody else does too."""
    DraftSave.objects.create(
        draft=draft,
        revision=draft.revision,
        title=draft.title,
        text=zlib.compress(draft.text.encode()),
        fields=draft.fields,
        at=draft.updated_at,
    )


def shown_before(draft: Draft, revision: int) -> Wording | None:
    """What a stored draft said at this revision, or at the last one before it that is still kept (one query).

    Either way both today's text and one written from that revision come from it. None where nothing is kept any more.
    """
    save = DraftSave.objects.filter(draft=draft, revision__lte=revision).order_by('-revision').first()
    return Wording(save.title, zlib.decompress(save.text).decode(), save.fields) if save else None


def thin_saves(now: datetime | None = None) -> int:
    """Drop saves older than a day, and of those older than ten minutes all but the first of ten; how many went."""
    now = now or timezone.now()
    gone, _rows = DraftSave.objects.filter(at__lt=now - SAVES_KEPT).delete()
    older = DraftSave.objects.filter(at__lt=now - EVERY_SAVE_FOR).order_by('draft', 'revision')
    slots: set[tuple[int, int]] = set()
    surplus = []
    for pk, draft, at in older.values_list('pk', 'draft', 'at').iterator():
        slot = draft, int(at.timestamp() // EVERY_SAVE_FOR.total_seconds())
        if slot in slots:
            surplus.append(pk)
        slots.add(slot)
    for start in range(0, len(surplus), 500):
        gone += DraftSave.objects.filter(pk__in=surplus[start : start + 500]).delete()[0]
    return gone


def _first_save(draft: Draft, values: dict[str, Any], now: datetime) -> Draft:
    """Store a draft that was shown as a new one. What the author discarded before makes room for it."""
    if draft.pk is not None and draft.author_id != values['saved_by'].pk:
        # A draft that several write was published or put away meanwhile: what one of them still had is theirs. The
        # hands in it stay: nobody approves words of their own because they came into somebody else's draft this way.
        values['writers'] = sorted({*values['writers'], draft.author_id})
        draft = Draft(playbook=draft.playbook, author=values['saved_by'], base=draft.base)
    stored = (
        Draft.objects.select_for_update(of=('self',))
        .filter(playbook_id=draft.playbook_id, author_id=draft.author_id)
        .select_related('base', 'saved_by')
        .first()
    )
    if stored is not None and stored.discarded_at is None:
        if all(getattr(stored, name) == values[name] for name in ('title', 'text', 'fields')):
            return stored
        raise DraftChanged(stored, title=values['title'], text=values['text'], fields=values['fields'])
    if stored is not None:
        forget_draft(stored)
    new, _ = Draft.objects.update_or_create(
        playbook_id=draft.playbook_id,
        author_id=draft.author_id,
        defaults={
            **values,
            'revision': stored.revision + 1 if stored else 1,
            'updated_at': now,
            'discarded_at': None,
            'restored_number': draft.restored_number,
            'share_key': '',
        },
    )
    new.playbook, new.author = draft.playbook, draft.author
    _remember(new)
    return new


def forget_draft(draft: Draft) -> None:
    """Take a draft away for good, with who wrote along, who was asked to approve and what was said about it.

    A suggestion keeps what was said about it. Nothing of all that comes up in a later draft: it has another number.
    """
    draft.remarks.filter(suggestion__isnull=False).update(draft=None)
    draft.delete()


def discard_draft(*, draft: Draft, now: datetime | None = None) -> None:
    """Put a draft away. It can be had back until its author starts another."""
    Draft.objects.kept().filter(pk=draft.pk).update(discarded_at=now or timezone.now())


def restore_draft(*, playbook: Playbook, author: User) -> bool:
    """Take a discarded draft back; False if there is none any more."""
    discarded = Draft.objects.filter(playbook=playbook, author=author, discarded_at__isnull=False)
    return bool(discarded.update(discarded_at=None))
