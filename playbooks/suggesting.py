"""Suggestions on their way: sent, sent back, sent again, taken or declined; and who is thanked for a version.

A suggestion is a draft of somebody who may not publish. Whoever decides about it is its playbook's keeper: the owner,
the co-owner, every editor. Each step locks the playbook first, as publication does, looks at the state again and has
one effect, however many keepers act at once. Source: DESIGN.md, Words, Publishing and Who may do what.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import drafts, permissions, scheduling
from .drafts import text_hash
from .models import Credit, Draft, DraftAuthor, Kind, Playbook, Suggestion, SuggestionStep, Version
from .notices import tell
from .permissions import NotAllowed

State = Suggestion.State


class NothingToSend(Exception):
    """The draft says what the page says already, or what was sent already."""


class Decided(Exception):
    """Somebody was quicker: `suggestion` is in another state than the one it was shown in."""

    def __init__(self, suggestion: Suggestion) -> None:
        super().__init__(f'It is {suggestion.state} now.')
        self.suggestion = suggestion


def address_of(suggestion: Suggestion) -> str:
    """The page of a suggestion."""
    return reverse('playbooks:suggestion', args=[suggestion.pk])


def send(*, draft: Draft, by: User, why: str = '', now: datetime | None = None) -> Suggestion:
    """Send a draft to the playbook's keepers, or send it anew after it was changed.

    What is sent is kept exactly as it is. Load the draft's playbook, author and base.
    Raises NotAllowed for whoever is not its author or may publish it themselves, NothingToSend if it says nothing new.
    """
    now = now or timezone.now()
    if draft.author_id != by.pk or permissions.can_publish(by, draft.playbook) or draft.playbook.archived_at:
        raise NotAllowed(_('You may not send this as a suggestion.'))
    exact = text_hash(draft.title, draft.text, draft.fields)
    base = draft.base
    if base is not None and exact == text_hash(base.title, base.text, base.fields):
        raise NothingToSend
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        if not Draft.objects.kept().filter(pk=draft.pk, revision=draft.revision).exists():
            raise drafts.DraftChanged(draft, title=draft.title, text=draft.text, fields=draft.fields)
        suggestion = draft.suggestions.waiting().first()
        is_first = suggestion is None
        if suggestion is None:
            suggestion = Suggestion(playbook=draft.playbook, draft=draft, author=by)
        elif suggestion.sent_hash == exact and suggestion.state == State.OPEN:
            raise NothingToSend
        suggestion.title, suggestion.text, suggestion.fields = draft.title, draft.text, draft.fields
        suggestion.base, suggestion.sent_hash, suggestion.sent_at = base, exact, now
        suggestion.why = why if is_first or why else suggestion.why
        suggestion.state, suggestion.decided_at, suggestion.decided_by, suggestion.answer = State.OPEN, None, None, ''
        suggestion.save()
        draft.remarks.filter(suggestion=None).update(suggestion=suggestion)
        _note(suggestion, by=by, now=now, note=why, with_text=True)
        kind = 'suggestion_sent' if is_first else 'suggestion_sent_again'
        _tell(permissions.keepers_of(draft.playbook), suggestion, kind=kind, by=by, now=now, note=why)
    return suggestion


def ask_for_changes(*, suggestion: Suggestion, by: User, note: str, now: datetime | None = None) -> None:
    """Send a suggestion back to its author, who changes it and sends it again.

    Takes the suggestion as it was shown. Raises Decided if it does not wait for an answer any more or was sent anew
    since, NotAllowed for whoever does not decide about it.
    """
    _answer(suggestion, State.CHANGES_ASKED, by=by, note=note, now=now)


def decline(*, suggestion: Suggestion, by: User, reason: str, now: datetime | None = None) -> None:
    """Decline a suggestion, with a reason. Its author keeps the draft. Raises what `ask_for_changes` raises."""
    _answer(suggestion, State.DECLINED, by=by, note=reason, now=now)


def _answer(shown: Suggestion, state: str, *, by: User, note: str, now: datetime | None) -> None:
    now = now or timezone.now()
    if not permissions.can_edit(by, shown.playbook):
        raise NotAllowed(_('You do not decide about this.'))
    with transaction.atomic():
        only = {State.OPEN} if state == State.CHANGES_ASKED else {State.OPEN, State.CHANGES_ASKED}
        locked = _locked(shown, only)
        if locked.sent_at != shown.sent_at:
            raise Decided(locked)
        _move(locked, state, by=by, now=now, answer=note)
        _tell(writers_of(locked), locked, kind=f'suggestion_{state}', by=by, now=now, note=note)


def withdraw(*, suggestion: Suggestion, by: User, now: datetime | None = None) -> None:
    """Take one's suggestion back. The draft stays. Raises Decided, NotAllowed for whoever is not its author."""
    if suggestion.author_id != by.pk:
        raise NotAllowed(_('Only who sent it takes it back.'))
    with transaction.atomic():
        _withdraw(_locked(suggestion, (State.OPEN, State.CHANGES_ASKED)), by, now or timezone.now())


def _withdraw(suggestion: Suggestion, by: User, now: datetime) -> None:
    _move(suggestion, State.WITHDRAWN, by=by, now=now)
    keepers = permissions.keepers_of(suggestion.playbook)
    _tell(keepers, suggestion, kind='suggestion_withdrawn', by=by, now=now)


def discard(*, draft: Draft, by: User, now: datetime | None = None) -> None:
    """Put a draft away; a suggestion of it that waits, and a publication to come, are taken back with it."""
    now = now or timezone.now()
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        for suggestion in draft.suggestions.waiting().select_related('playbook__kind'):
            _withdraw(suggestion, by, now)
        for scheduled in draft.schedules.waiting().select_related('by', 'playbook'):
            scheduling.cancel(scheduled=scheduled, by=by, now=now)
        drafts.discard_draft(draft=draft, now=now)


def _locked(suggestion: Suggestion, only: Iterable[str]) -> Suggestion:
    """The suggestion as it is stored, locked; raises Decided if it is in none of these states."""
    Playbook.objects.lock(suggestion.playbook_id)
    found = Suggestion.objects.select_related('playbook__kind', 'author', 'decided_by').get(pk=suggestion.pk)
    if found.state not in only:
        raise Decided(found)
    return found


def _move(suggestion: Suggestion, state: str, *, by: User, now: datetime, answer: str = '') -> None:
    suggestion.state, suggestion.decided_at, suggestion.decided_by, suggestion.answer = state, now, by, answer
    suggestion.save(update_fields=['state', 'decided_at', 'decided_by', 'answer'])
    _note(suggestion, by=by, now=now, note=answer)


def _note(suggestion: Suggestion, *, by: User, now: datetime, note: str = '', with_text: bool = False) -> None:
    step = SuggestionStep(suggestion=suggestion, state=suggestion.state, by=by, at=now, note=note)
    if with_text:
        step.title, step.text, step.fields = suggestion.title, suggestion.text, suggestion.fields
    step.save()


def writers_of(suggestion: Suggestion) -> list[User]:
    """Who is told what becomes of it: its author, and who writes along."""
    along = DraftAuthor.objects.filter(draft=suggestion.draft_id).values('person')
    return [*User.objects.filter(pk__in=along), suggestion.author]


def _tell(
    people: Iterable[User], suggestion: Suggestion, *, kind: str, by: User | None, now: datetime, note: str = ''
) -> None:
    data = {'title': suggestion.title, 'note': note}
    path, playbook = address_of(suggestion), suggestion.playbook
    tell(people, kind=kind, path=path, playbook=playbook, actor=by, data=data, now=now)


# Becoming a version


@dataclass(slots=True)
class Origin:
    """What is known of a draft before publication takes it away: its suggestion, and who wrote it."""

    suggestion: Suggestion | None
    people: list[User]
    author_id: int


def take_up(*, draft: Draft, editor: User | None) -> Origin:
    """What a publication has to remember of its draft, read under the playbook's lock, before the draft goes.

    Two queries, three for a draft that somebody has a hand in beside its author.
    Raises NotAllowed if the suggestion that this editor is about to take was decided meanwhile.
    """
    made = list(draft.suggestions.select_related('author', 'playbook__kind'))
    waiting = next((one for one in made if one.is_waiting), None)
    along = set(draft.co_authors.values_list('person', flat=True))
    writers = {*draft.writers, *along} | ({draft.saved_by_id} if draft.saved_by_id else set())
    if made and waiting is None and editor is not None and editor.pk not in {draft.author_id, *along}:
        raise NotAllowed(_('This suggestion was decided meanwhile.'))
    if made:
        draft.remarks.filter(suggestion__isnull=False).update(draft=None)
    others = writers - {draft.author_id}
    people = list(User.objects.filter(pk__in=others).order_by('name')) if others else []
    return Origin(waiting, people, draft.author_id)


def settle(*, origin: Origin, version: Version, editor: User | None, now: datetime) -> None:
    """Say in the version's transaction who is thanked for it, and that its suggestion became this version.

    A first version by suggestion gets its owner by its kind's rule here, unless one was named. No query where the
    author published a text nobody else wrote in; a handful for a suggestion.
    """
    publisher = editor.pk if editor else None
    thanked = []
    if origin.suggestion is not None and origin.author_id != publisher:
        thanked.append(_credit(version, origin.suggestion.author, Credit.For.SUGGESTION))
    thanked += [_credit(version, one, Credit.For.WRITING) for one in origin.people if one.pk != publisher]
    if thanked:
        Credit.objects.bulk_create(thanked, ignore_conflicts=True)
    if origin.suggestion is not None:
        _accept(origin.suggestion, origin.people, version, editor, now)


def _credit(version: Version, person: User, reason: str) -> Credit:
    return Credit(version=version, person=person, name=person.name or person.email, reason=reason)


def _accept(
    suggestion: Suggestion, writers: Iterable[User], version: Version, editor: User | None, now: datetime
) -> None:
    suggestion.state, suggestion.version, suggestion.draft = State.ACCEPTED, version, None
    suggestion.decided_at, suggestion.decided_by, suggestion.answer = now, editor, version.note
    suggestion.save(update_fields=['state', 'version', 'draft', 'decided_at', 'decided_by', 'answer'])
    SuggestionStep.objects.create(suggestion=suggestion, state=State.ACCEPTED, by=editor, at=now, note=version.note)
    if version.number == 1:
        _give_owner(suggestion)
    _tell([suggestion.author, *writers], suggestion, kind='suggestion_accepted', by=editor, now=now)


def _give_owner(suggestion: Suggestion) -> None:
    """The owner of a new page that was suggested, where nobody has named one: as its kind says."""
    kind = suggestion.playbook.kind
    rule = {Kind.OwnerRule.AUTHOR: suggestion.author, Kind.OwnerRule.PERSON: kind.default_owner}
    owner = rule.get(Kind.OwnerRule(kind.owner_rule))
    if owner is not None:
        Playbook.objects.filter(pk=suggestion.playbook_id, owner=None).update(owner=owner)


# Writing with others, and showing a draft before it is sent


def write_with(*, draft: Draft, person: User, by: User, now: datetime | None = None) -> bool:
    """Let somebody write a draft along; they are told. False if they do already.

    Raises NotAllowed for whoever is not the draft's author, and for a person who may not read the page.
    """
    if draft.author_id != by.pk or person.pk == by.pk:
        raise NotAllowed(_('Only its author says who writes along.'))
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        if not permissions.people_who_read(draft.playbook).filter(pk=person.pk).exists():
            raise NotAllowed(_('They may not read this page.'))
        _row, created = DraftAuthor.objects.get_or_create(
            draft=draft, person=person, defaults={'added_by': by, 'added_at': now or timezone.now()}
        )
        if created:
            path = drafts.address_of(draft)
            data = {'title': draft.title}
            tell([person], kind='writes_along', path=path, playbook=draft.playbook, actor=by, data=data, now=now)
    return created


def write_without(*, draft: Draft, person: User) -> None:
    """Let somebody write a draft along no longer. What they wrote stays, and they stay one of its writers."""
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        DraftAuthor.objects.filter(draft=draft, person=person).delete()


def share(*, draft: Draft) -> str:
    """Make the link by which whoever may read the page sees the draft; a link there was before leads nowhere then."""
    key = secrets.token_urlsafe(18)
    Draft.objects.filter(pk=draft.pk).update(share_key=key)
    return key


def unshare(*, draft: Draft) -> None:
    """Take the link back."""
    Draft.objects.filter(pk=draft.pk).update(share_key='')
