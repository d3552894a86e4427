"""The one transaction that makes a version, and what comes before and after it: approval, and building anew.

Everything that needs no lock happens first (plans.py); the transaction holds only writes.
Source: DESIGN.md, Publishing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User

from . import expecting, permissions, runs, scheduling, search, suggesting, talk, watching
from . import text as texts
from .approving import approve
from .drafts import (
    DraftChanged,
    create_playbook,
    discard_draft,
    draft_of,
    free_slug,
    restore_draft,
    save_draft,
    start_draft,
    text_hash,
)
from .models import Draft, Item, ItemChange, Playbook, Rendering, Section, Version
from .outgoing import Outgoing
from .permissions import NotAllowed
from .pins import pinned_text, pins_for
from .plans import Candidate, Plan, PublishAnswers, Weight, plan, plan_publication, read
from .restoring import origin_of
from .text.matching import PinProposal

__all__ = [
    'Decision',
    'DraftChanged',
    'KeysWouldChange',
    'NotAllowed',
    'NotApproved',
    'Plan',
    'PublishAnswers',
    'Published',
    'StaleDraft',
    'TextErrors',
    'WeightTooLight',
    'approve',
    'create_playbook',
    'discard_draft',
    'draft_of',
    'free_slug',
    'plan_publication',
    'publish',
    'publish_unattended',
    'rebuild',
    'restore_draft',
    'save_draft',
    'start_draft',
    'text_hash',
]


DERIVED = ('label_html', 'detail_html')  # of an item; everything else about it is a recorded fact


class StaleDraft(Exception):
    """A newer version, `current`, exists than the one the text was written from; nothing was published."""

    def __init__(self, current: Version | None) -> None:
        super().__init__(f'Version {current.number} was published meanwhile.' if current else 'The base is gone.')
        self.current = current


class TextErrors(Exception):
    """The text cannot be published as it is: `problems`, each with its line (0: beside the text)."""

    def __init__(self, problems: list[texts.Problem]) -> None:
        super().__init__('; '.join(f'line {problem.line}: {problem.message}' for problem in problems))
        self.problems = problems


class WeightTooLight(Exception):
    """What is called a small fix is more than that: `reasons`, in words."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__('; '.join(reasons))
        self.reasons = reasons


class NotApproved(Exception):
    """The kind asks for an approval of exactly this text, and there is none."""


class KeysWouldChange(Exception):
    """Reading a published text anew would give other keys than were recorded; nothing was rebuilt."""

    def __init__(self, version: Version, keys: list[str]) -> None:
        super().__init__(f'{version.playbook.slug} v{version.number}: {", ".join(keys)}')
        self.version = version
        self.keys = keys


def publish(
    *,
    draft: Draft,
    editor: User | None,
    answers: PublishAnswers,
    earlier: Plan | None = None,
    now: datetime | None = None,
    **origin: Any,
) -> Version:
    """Make a draft the playbook's next version; earlier versions stay as they were.

    Takes the draft as its author last saw it (its playbook with kind, base and author loaded), who publishes it, and
    their answers. `earlier` is a plan that may have read this text already. `origin` may set the version's source,
    source_hash, restored_number, author_name, author_email, publisher_name, publisher_email and published_at.
    Returns the new version, numbered one above the last. The draft is gone then; if anything fails, nothing has
    happened and the draft is as it was.
    Raises StaleDraft (with the version that came between), DraftChanged if the draft was saved elsewhere meanwhile,
    TextErrors with line numbers, WeightTooLight, NotApproved, NotAllowed.
    Source: DESIGN.md, Publishing.
    """
    if editor is None or not permissions.can_publish(editor, draft.playbook):
        raise NotAllowed(_('You may not publish this.'))
    ready = plan_publication(draft=draft, answers=answers, editor=editor, earlier=earlier, now=now)
    return _publish(ready, answers, editor, {**origin_of(draft), **origin})


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that a publication with nobody to ask took for granted."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Published:
    """What an unattended publication gave: the version, and each decision it took."""

    version: Version
    decisions: list[Decision]


def publish_unattended(
    *,
    playbook: Playbook,
    title: str,
    text: str,
    fields: Mapping[str, Any] | None = None,
    weight: str = Weight.CLARIFICATION,
    note: str = '',
    editor: User | None = None,
    author: User | None = None,
    base: Version | None = None,
    needs_approval: bool = True,
    now: datetime | None = None,
    **origin: Any,
) -> Published:
    """Publish a text with nobody there to answer questions: an import, the starter content, the interface for programs.

    Pins keys only where the match with the current version is unambiguous, takes every change as a better wording and
    what the kind says about runs under way, and reports each such decision. A small fix that is more than one becomes a
    clarification. `base` is the version the text takes into account (default: the current one; load it first). `editor`
    None is whoever runs the command: the site's operator; `needs_approval` False is for what was approved elsewhere.
    Raises what `publish` raises.
    Source: DESIGN.md, The text of a checklist (unattended publications) and Publishing.
    """
    if editor is not None and not permissions.can_publish(editor, playbook):
        raise NotAllowed(_('You may not publish this.'))
    base = base or playbook.current_version
    text, document = texts.normalize(text), read(title=title, text=text)
    pinned, decisions = _pin_certain(text, document, base)
    candidate = Candidate(
        playbook, base, title, pinned, dict(fields or {}), author or editor, skip_approval=not needs_approval
    )
    answers = PublishAnswers(weight, note)
    ready = plan(candidate, answers, reader=editor, document=document if pinned == text else None, now=now)
    for key, (_old, new) in ready.changed.items():
        message = _('“%(text)s” (%(key)s) is taken as the same task, better said.')
        decisions.append(Decision(new.line, message % {'text': new.text, 'key': key}))
    if weight == Weight.EDITORIAL and ready.too_much_for_editorial:
        answers = PublishAnswers(Weight.CLARIFICATION, note)
        decisions.append(Decision(0, _('It is more than a small fix and was published as “Clearer, same rules”.')))
    return Published(_publish(ready, answers, editor, origin), sorted(decisions, key=lambda decision: decision.line))


def _pin_certain(text: str, document: texts.Document, base: Version | None) -> tuple[str, list[Decision]]:
    pins = pins_for(document=document, base=base)
    decisions = [Decision(pin.line, _said_of(pin)) for pin in pins if pin.old_text]
    return pinned_text(text, [pin for pin in pins if pin.certain]), decisions


def _said_of(pin: PinProposal) -> str:
    """What is done about a line that looks like an earlier item."""
    if pin.certain:
        message = _('“%(new)s” goes on being “%(old)s” (%(key)s).')
    else:
        message = _('“%(new)s” may be “%(old)s” (%(key)s) in other words. It was left as it is.')
    return message % {'new': pin.new_text, 'old': pin.old_text, 'key': pin.key}


def _publish(ready: Plan, answers: PublishAnswers, editor: User | None, origin: Mapping[str, Any]) -> Version:
    """Check what needs no lock, then write: see `publish`."""
    if ready.candidate.playbook.archived_at:
        raise NotAllowed(_('This playbook is archived. Bring it back first.'))
    if ready.errors:
        raise TextErrors(ready.errors)
    if answers.weight == Weight.EDITORIAL and ready.too_much_for_editorial:
        raise WeightTooLight(ready.too_much_for_editorial)
    if ready.needs_approval(answers.weight) and not ready.approvals():
        raise NotApproved
    rows = _Rows(ready, answers, editor, origin)
    with transaction.atomic():
        _check_still_true(ready)
        if ready.needs_approval(answers.weight) and not ready.approvals():
            raise NotApproved  # it was taken back since
        taken = talk.taken_with(ready.candidate.draft)
        scheduled = scheduling.close(ready.candidate.draft, ready.now) if ready.candidate.draft else []
        origin_of_draft = _take_draft_away(ready, editor)
        version = rows.write()
        scheduling.published(scheduled, version)
        if answers.expects is not None and editor is not None:
            expecting.expect(version=version, expects=answers.expects, by=editor)
        if ready.carry_over is not None:
            runs.apply_carry_over(plan=ready.carry_over, version=version, by=editor, now=ready.now)
        if origin_of_draft is not None:
            suggesting.settle(origin=origin_of_draft, version=version, editor=editor, now=ready.now)
        watching.tell_of_version(version, by=editor, now=ready.now)
        talk.of_version(version=version, taken=taken, by=editor, now=ready.now)
    ready.candidate.playbook.current_version = version
    return version


def _check_still_true(ready: Plan) -> None:
    """Lock the playbook; refuse if a version came between."""
    candidate, base = ready.candidate, ready.candidate.base
    locked = Playbook.objects.select_for_update().filter(pk=candidate.playbook.pk)
    (current,) = locked.values_list('current_version_id', flat=True)
    if current != (base.pk if base else None):
        raise StaleDraft(Version.objects.filter(pk=current).select_related('author', 'publisher').first())


def _take_draft_away(ready: Plan, editor: User | None) -> suggesting.Origin | None:
    """Take the draft away and return where it came from; refuse if it was saved since or its suggestion decided."""
    candidate = ready.candidate
    if (draft := candidate.draft) is None:
        return None
    origin = suggesting.take_up(draft=draft, editor=editor)
    deleted, _rows = Draft.objects.kept().filter(pk=draft.pk, revision=draft.revision).delete()
    if not deleted:
        stored = Draft.objects.filter(pk=draft.pk).first()
        if stored is None:
            raise StaleDraft(candidate.playbook.current_version)
        raise DraftChanged(stored, title=draft.title, text=draft.text, fields=draft.fields)
    return origin


class _Rows:
    """The rows of one version, made before the lock so that the transaction only writes them."""

    def __init__(self, ready: Plan, answers: PublishAnswers, editor: User | None, origin: Mapping[str, Any]) -> None:
        candidate, document = ready.candidate, ready.document
        self.playbook = candidate.playbook
        self.document = document
        values: dict[str, Any] = {
            'playbook': candidate.playbook,
            'number': ready.number,
            'title': candidate.title,
            'text': candidate.text,
            'fields': candidate.fields,
            'text_hash': ready.text_hash,
            'base': candidate.base,
            'weight': answers.weight,
            'note': answers.note.strip(),
            'author': candidate.author,
            'publisher': editor,
            'published_at': ready.now,
        }
        self.version = version = Version(**{**values, **origin})
        self.rendering = rendering_row(version, document)
        self.sections = section_rows(version, document)
        self.items = [item_row(version, item) for item in document.items]
        self.outgoing = Outgoing.of(version, document)
        self.changes = [
            ItemChange(version=version, key=key, meaning=meaning, reason=reason)
            for key, (meaning, reason) in ready.meanings.items()
        ] + [
            ItemChange(version=version, key=key, meaning=ItemChange.Meaning.NEW, reason=answers.reason, replaces=old)
            for key, old in ready.replaces.items()
        ]

    def write(self) -> Version:
        """Store everything, in the caller's transaction, and let the playbook point at it."""
        self.version.save(force_insert=True)
        self.rendering.save(force_insert=True)
        Section.objects.bulk_create(self.sections)
        Item.objects.bulk_create(self.items)
        self.outgoing.store()
        ItemChange.objects.bulk_create(self.changes)
        Playbook.objects.filter(pk=self.playbook.pk).update(current_version=self.version)
        search.index(playbook=self.playbook, title=self.version.title, plain=self.document.plain)
        return self.version


def rendering_row(version: Version, document: texts.Document) -> Rendering:
    """What is kept of a document for showing it."""
    return Rendering(
        version=version,
        pipeline=texts.PIPELINE,
        html=document.html,
        toc=[asdict(entry) for entry in document.toc],
        plain=document.plain,
        words=document.words,
    )


def section_rows(version: Version, document: texts.Document) -> list[Section]:
    """What is recorded of the headings of a document; of a title longer than a row holds, its beginning."""
    most = Section._meta.get_field('title').max_length
    return [
        Section(version=version, position=s.position, level=s.level, title=s.text[:most], anchor=s.anchor, line=s.line)
        for s in document.sections
    ]


def item_row(version: Version, item: texts.Item) -> Item:
    """What is recorded of a task line."""
    return Item(
        version=version,
        key=item.key,
        position=item.position,
        text=item.text,
        label_html=item.label_html,
        detail_html=item.detail_html,
        kind=item.kind,
        role=item.role,
        signoff=item.signoff,
        due=item.due,
        after=list(item.after),
        optional=item.optional,
        milestone=item.milestone,
        estimate=item.estimate,
        reads_slug=item.reads.slug if item.reads else '',
        reads_number=item.reads.number if item.reads else None,
        parent_key=item.parent or '',
        phase=item.phase,
        line=item.line,
        line_end=item.line_end,
        content_hash=item.content_hash,
    )


def rebuild(version: Version) -> bool:
    """Make what is derived from a published text anew: rendering, links, item labels, search.

    Load the version's playbook. Returns whether anything differed. Keys are facts recorded at publication: raises
    KeysWouldChange if the text would now give others, and changes nothing then.
    Source: DESIGN.md, The text of a checklist.
    """
    document = texts.read(version.text, title=version.title)
    items = {item.key: item for item in Item.objects.filter(version=version)}
    recorded = {(key, item.line) for key, item in items.items()}
    if differing := recorded ^ {(item.key, item.line) for item in document.items}:
        raise KeysWouldChange(version, sorted({key for key, _line in differing}))
    fresh = rendering_row(version, document)
    kept = Rendering.objects.filter(version=version, pipeline=texts.PIPELINE).first()
    stale = [items[item.key] for item in document.items if _refresh(items[item.key], item)]
    outgoing = Outgoing.of(version, document)
    with transaction.atomic():
        if changed := kept is None or any(
            getattr(kept, name) != getattr(fresh, name) for name in ('html', 'toc', 'plain', 'words')
        ):
            Rendering.objects.filter(version=version).delete()
            fresh.save(force_insert=True)
        Item.objects.bulk_update(stale, DERIVED)
        outgoing.replace()
        if version.playbook.current_version_id == version.pk:
            search.index(playbook=version.playbook, title=version.title, plain=document.plain)
    return changed or bool(stale)


def _refresh(row: Item, item: texts.Item) -> bool:
    """Put what is derived on the row, unsaved; whether any of it was another."""
    differs = any(getattr(row, name) != getattr(item, name) for name in DERIVED)
    for name in DERIVED:
        setattr(row, name, getattr(item, name))
    return differs
