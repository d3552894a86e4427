"""What people say about a text, and what becomes of it: comments, questions, reports, field notes, whether it helped.

The contract, also for the review of drafts and suggestions:

- `say(...)` starts a conversation about a published page (`place` and `number` say where and of which version), or,
  with `draft` and/or `suggestion`, in their review. `reply(...)` goes on with one. Both are told to whom they concern.
- `threads(...)` gives conversations as pages show them; `templates/playbooks/_threads.html` shows them, with the forms
  to reply, resolve and edit. Take the draft or suggestion from a query set that the reader may see: it is not asked
  again.
- `revise`, `delete`, `settle`, `reopen`, `let_stand`, `take` do what their names say.

Every action is atomic, locks the playbook first, and raises NotAllowed for whoever may not. Done twice it has one
effect: the same words by the same person at the same place within a minute are the same remark.
Sources: DESIGN.md, Who may do what; issue "Writing together", demands 10 and 14.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User

from . import permissions
from .drafts import draft_of, save_draft
from .models import (
    BUDDY,
    Credit,
    Draft,
    Helped,
    Mention,
    Playbook,
    Remark,
    Run,
    RunRole,
    SoughtInVain,
    Suggestion,
    Version,
)
from .notices import tell
from .permissions import NotAllowed
from .places import NoSuchPlace, Place, place_in, place_in_text, with_paragraph
from .threads import Thread, threads

__all__ = [
    'NoSuchPlace',
    'NotAllowed',
    'Said',
    'Thread',
    'delete',
    'leave_out',
    'let_stand',
    'of_version',
    'people_named',
    'reopen',
    'reply',
    'revise',
    'say',
    'settle',
    'sought',
    'take',
    'taken_with',
    'threads',
    'vote',
    'whom_to_ask',
]

MOST = 5000  # characters of one remark
NAMED = 20  # people that one remark can name
AGAIN = dt.timedelta(minutes=1)  # the same words within it are a second click

Kind = Remark.Kind
GIVES_CREDIT = {
    Kind.QUESTION: Credit.For.QUESTION,
    Kind.REPORT: Credit.For.REPORT,
    Kind.NOTE: Credit.For.NOTE,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A remark, and whether it is new: a second click finds the one there is."""

    remark: Remark
    is_new: bool


# Saying something ----------------------------------------------------------------------------------------------------


def say(
    *,
    playbook: Playbook,
    by: User,
    text: str,
    kind: str = Kind.COMMENT,
    place: str = '',
    number: int | None = None,
    draft: Draft | None = None,
    suggestion: Suggestion | None = None,
    now: dt.datetime | None = None,
) -> Said:
    """Start a conversation about a page, or in the review of a draft or suggestion, and tell those it concerns.

    Load the playbook's `current_version`; `number` is the version that was read (default: the current one). What stands
    at the place is kept as the quote. A question goes to `whom_to_ask` and to whoever it names; a report and a field
    note to who keeps the page; a comment is told to the owner, or to the draft's author, and to whoever it names.
    Of a draft the caller has shown that they may see it. Raises NotAllowed, NoSuchPlace, and ValueError for words that
    are empty or too many.
    """
    text = _words(text)
    is_review = draft is not None or suggestion is not None
    if is_review:
        kind, number = Kind.COMMENT, None
        where = place_in_text(draft.text, draft.title, place) if draft else Place()
    elif not permissions.can_talk(by, playbook):
        raise NotAllowed
    else:
        version = _version(playbook, number)
        where, number = place_in(version, place), version.number
    remark = Remark(
        playbook=playbook,
        draft=draft,
        suggestion=suggestion,
        kind=kind,
        number=number,
        place=where.anchor,
        quote=where.words,
        text=text,
        author=by,
        at=now or timezone.now(),
    )
    with transaction.atomic():
        found = _store(remark)
        if not found.is_new:
            return found
        named = _mention(remark) if kind in {Kind.COMMENT, Kind.QUESTION} else []
        if kind == Kind.QUESTION:
            remark.asks.set(_once([*whom_to_ask(playbook, by), *named]))
        _tell_of_new(remark, named)
    return found


def reply(*, thread: Remark, by: User, text: str, now: dt.datetime | None = None) -> Said:
    """Go on with a conversation (load its playbook with `current_version`, and its draft) and tell who is in it.

    Words in a resolved conversation open it again. Raises NotAllowed for whoever only sees what stands of it.
    """
    text = _words(text)
    asked = asked_in(thread)
    if thread.parent_id is not None or not permissions.takes_part(by, thread, asked):
        raise NotAllowed
    if thread.is_on_page and not permissions.can_talk(by, thread.playbook):
        raise NotAllowed
    current = thread.playbook.current_version
    remark = Remark(
        playbook=thread.playbook,
        draft=thread.draft,
        suggestion=thread.suggestion,
        parent=thread,
        kind=thread.kind,
        number=current.number if thread.is_on_page and current else None,
        place=thread.place,
        text=text,
        author=by,
        at=now or timezone.now(),
    )
    with transaction.atomic():
        found = _store(remark)
        if not found.is_new:
            return found
        Remark.objects.filter(pk=thread.pk).update(resolved_at=None, resolved_by=None)
        named = _mention(remark) if thread.kind == Kind.COMMENT else []
        _tell_of_reply(remark, thread, asked, named)
    return found


def revise(*, remark: Remark, by: User, text: str, now: dt.datetime | None = None) -> None:
    """Say one's own words better. An answer that stands goes on standing. Whoever is named newly is told."""
    text = _words(text)
    if remark.author_id != by.pk or remark.is_deleted:
        raise NotAllowed
    if text == remark.text:
        return
    with transaction.atomic():
        Playbook.objects.lock(remark.playbook_id)
        remark.text, remark.edited_at = text, now or timezone.now()
        remark.save(update_fields=['text', 'edited_at'])
        before = set(remark.mentions.values_list('person', flat=True))
        named = _mention(remark) if remark.kind == Kind.COMMENT else []
        _tell_named([person for person in named if person.pk not in before], remark)


def delete(*, remark: Remark, by: User) -> None:
    """Take one's own words back. Where somebody replied, the place says that something was deleted; else it is gone."""
    if remark.author_id != by.pk:
        raise NotAllowed
    with transaction.atomic():
        Playbook.objects.lock(remark.playbook_id)
        if remark.replies.exists():
            remark.mentions.all().delete()
            Remark.objects.filter(pk=remark.pk).update(
                text='', author=None, edited_at=None, stands=False, taken_in=None
            )
        else:
            remark.delete()


# What becomes of it --------------------------------------------------------------------------------------------------


def settle(*, thread: Remark, by: User, now: dt.datetime | None = None) -> None:
    """Resolve a comment, close a question or a report. Its starter is told if somebody else did."""
    _check_settles(thread, by)
    with transaction.atomic():
        Playbook.objects.lock(thread.playbook_id)
        open_now = Remark.objects.open().filter(pk=thread.pk)
        closed = open_now.update(resolved_at=now or timezone.now(), resolved_by=by)
        if closed and thread.author and _sees_own(thread.author, thread):
            _tell([thread.author], 'conversation_closed', thread, by)


def reopen(*, thread: Remark, by: User) -> None:
    """Open a resolved conversation again."""
    _check_settles(thread, by)
    with transaction.atomic():
        Playbook.objects.lock(thread.playbook_id)
        Remark.objects.filter(pk=thread.pk).update(resolved_at=None, resolved_by=None)


def let_stand(*, remark: Remark, by: User, stands: bool = True) -> None:
    """Show an answer under its place, or a field note at the page's end, to all who come later; or take that back.

    Nobody's name is shown with it. Raises NotAllowed, also for what is neither an answer of somebody to a question nor
    a note, and for the review of a draft.
    """
    is_answer = remark.kind == Kind.QUESTION and remark.parent_id is not None
    is_note = remark.kind == Kind.NOTE and remark.parent_id is None
    asked = asked_in(remark.parent or remark)
    if not (is_answer or is_note) or remark.is_deleted or not permissions.can_let_stand(by, remark, asked):
        raise NotAllowed
    with transaction.atomic():
        Playbook.objects.lock(remark.playbook_id)
        Remark.objects.filter(pk=remark.pk).update(stands=stands)


def take(*, thread: Remark, by: User, answer: Remark | None = None) -> tuple[Draft, Place, bool]:
    """Make it part of the text: put an answer or a note into one's draft, under its place; of a report, open the draft.

    Load the playbook with its kind and `current_version`. The draft is stored, and the remark belongs to it until it is
    published (`of_version`) or left out. Returns the draft, where in it the place stands now, and whether the words
    went there; else they stand at the end. Raises NotAllowed, DraftChanged if the draft was saved in this moment.
    """
    playbook = thread.playbook
    if thread.parent_id is not None or thread.kind not in GIVES_CREDIT or not permissions.can_edit(by, playbook):
        raise NotAllowed
    source = thread if thread.kind == Kind.NOTE else answer
    with transaction.atomic():
        Playbook.objects.lock(thread.playbook_id)
        draft = draft_of(playbook, by)
        text, is_there = draft.text, True
        is_taken = draft.pk is not None and thread.taken_in_id == draft.pk
        if source is not None and not source.is_deleted and not is_taken:
            text, is_there = with_paragraph(draft.text, draft.title, thread.place, source.text)
        if text != draft.text or draft.pk is None:
            draft = save_draft(
                draft=draft,
                title=draft.title,
                text=text,
                fields=draft.fields,
                shown_revision=draft.revision,
                by=by,
            )
        Remark.objects.filter(pk=thread.pk).update(taken_in=draft)
    try:
        place = place_in_text(draft.text, draft.title, thread.place)
    except NoSuchPlace:
        place = Place()
    return draft, place, is_there


def leave_out(*, thread: Remark, by: User) -> None:
    """Say that it does not become part of the text after all; what was written into the draft stays there."""
    if not permissions.can_edit(by, thread.playbook):
        raise NotAllowed
    Remark.objects.filter(pk=thread.pk).update(taken_in=None)


def taken_with(draft: Draft | None) -> list[Remark]:
    """What was taken into this draft, with who said it. Ask before the draft goes with its publication. One query."""
    return list(draft.takes.select_related('author')) if draft is not None and draft.pk else []


def of_version(*, version: Version, taken: Iterable[Remark], by: User | None, now: dt.datetime) -> None:
    """Close what was taken into a version just published: thank who asked, reported or noted it, and tell them.

    Part of the publication's transaction; no query where nothing was taken, else three.
    """
    taken = list(taken)
    if not taken:
        return
    pks = [remark.pk for remark in taken]
    Remark.objects.filter(pk__in=pks).update(taken_number=version.number, taken_in=None)
    Remark.objects.filter(pk__in=pks, resolved_at=None).update(resolved_at=now, resolved_by=by)
    thanked = {(remark.author_id, remark.kind): remark.author for remark in taken if remark.author}
    Credit.objects.bulk_create(
        [
            Credit(version=version, person=person, name=str(person), reason=GIVES_CREDIT[Kind(kind)])
            for (_pk, kind), person in thanked.items()
        ],
        ignore_conflicts=True,
    )
    for remark in taken:
        if remark.author:
            remark.playbook = version.playbook
            _tell(
                [remark.author], f'{remark.kind}_taken', remark, by, data={'title': version.title, 'n': version.number}
            )


# Whether it helped, and what was not there ---------------------------------------------------------------------------


def vote(*, playbook: Playbook, by: User, number: int, yes: bool, now: dt.datetime | None = None) -> None:
    """Say whether a version helped: one word for each person and version, the last one counts."""
    if not permissions.can_talk(by, playbook) or not playbook.versions.filter(number=number).exists():
        raise NotAllowed
    Helped.objects.update_or_create(
        playbook=playbook, number=number, person=by, defaults={'yes': yes, 'at': now or timezone.now()}
    )


def sought(*, words: str, by: User, playbook: Playbook | None = None, now: dt.datetime | None = None) -> None:
    """Keep what somebody looked for and did not find, once a day; of a page, if they had expected it there."""
    now = now or timezone.now()
    words = ' '.join(words.split())[:200]
    if not words:
        raise ValueError('There are no words.')
    today = SoughtInVain.objects.filter(person=by, playbook=playbook, words__iexact=words, at__gt=now - dt.timedelta(1))
    if not today.exists():
        SoughtInVain.objects.create(words=words, playbook=playbook, person=by, at=now)


# Whom it concerns ----------------------------------------------------------------------------------------------------


def whom_to_ask(playbook: Playbook, by: User) -> list[User]:
    """Whom a question of this person about this page goes to: the owner, and their buddy while they are starting.

    Not to the manager. Where there is no owner (or it is the owner who asks), the co-owner; where neither is, editors;
    where there are no editors, administrators. A buddy who may not read the page is not asked. Up to six queries.
    Source: issue "Writing together", demand 10.
    """
    keepers = [playbook.owner, playbook.co_owner]
    owner = next((person for person in keepers if person and person.is_active and person.pk != by.pk), None)
    asked = [owner] if owner else []
    if not asked:
        asked = list(User.objects.active().editors().exclude(pk=by.pk)) or list(
            User.objects.active().admins().exclude(pk=by.pk)
        )
    buddies = [buddy for buddy in buddies_of(by) if permissions.can_read(buddy, playbook.pk)]
    return _once([*asked, *buddies])


def buddies_of(person: User) -> list[User]:
    """The buddies of somebody whose onboarding is under way. One query."""
    own = Run.objects.active().filter(owner=person, visibility=Run.Visibility.PRIVATE)
    roles = RunRole.objects.filter(run__in=own, role=BUDDY, person__is_active=True).exclude(person=person)
    return _once(role.person for role in roles.select_related('person'))


def asked_in(thread: Remark) -> set[int]:
    """The primary keys of those a question went to. One query for a question, none for anything else."""
    return set(thread.asks.values_list('pk', flat=True)) if thread.kind == Kind.QUESTION else set()


def people_named(text: str) -> list[User]:
    """The active people that a text names with `@Full Name`; of two names that fit, the longer one. One query."""
    starts = [place + 1 for place, sign in enumerate(text) if sign == '@' and not text[place - 1 : place].isalnum()]
    starts = starts[:NAMED]
    if not starts:
        return []
    first_words = {(text[start:].split() or [''])[0].strip('.,;:!?)')[:150] for start in starts} - {''}
    begins = Q(pk__in=[])
    for word in first_words:
        begins |= Q(name__istartswith=word)
    people = sorted(User.objects.active().filter(begins), key=lambda person: -len(person.name))
    named = (next((one for one in people if _is_named(text, start, one.name)), None) for start in starts)
    return _once(person for person in named if person)


def _is_named(text: str, start: int, name: str) -> bool:
    end = start + len(name)
    goes_on = text[end : end + 1].isalnum()
    return bool(name) and not goes_on and text[start:end].casefold() == name.casefold()


def _may_see(person: User, remark: Remark) -> bool:
    """Whether a remark about a page or a draft is something this person would see there."""
    if remark.is_on_page:
        return permissions.can_read(person, remark.playbook_id)
    if remark.draft_id and Draft.objects.visible_to(person).filter(pk=remark.draft_id).exists():
        return True
    return bool(remark.suggestion_id and Suggestion.objects.visible_to(person).filter(pk=remark.suggestion_id).exists())


def _sees_own(author: User, thread: Remark) -> bool:
    """Whether what somebody began is still open to them; of a review, it is not once its link is withdrawn."""
    return thread.is_on_page or Remark.objects.visible_to(author).filter(pk=thread.pk).exists()


# Inside --------------------------------------------------------------------------------------------------------------


def _words(text: str) -> str:
    text = text.replace('\r\n', '\n').replace('\r', '\n').replace('\x00', '').strip()
    if not text or len(text) > MOST:
        raise ValueError(f'A remark has 1 to {MOST} characters.')
    return text


def _version(playbook: Playbook, number: int | None) -> Version:
    current = playbook.current_version
    assert current is not None  # `can_talk` has asked
    if number is None or number == current.number:
        return current
    version = playbook.versions.filter(number=number).defer('text').first()
    if version is None:
        raise NoSuchPlace(f'v{number}')
    return version


def _store(remark: Remark) -> Said:
    """Write a remark, unless the same words by the same person stand there since less than a minute."""
    Playbook.objects.lock(remark.playbook_id)
    same = Remark.objects.filter(
        playbook=remark.playbook,
        draft=remark.draft,
        suggestion=remark.suggestion,
        parent=remark.parent,
        kind=remark.kind,
        place=remark.place,
        author=remark.author,
        text=remark.text,
        at__gt=remark.at - AGAIN,
        at__lte=remark.at,
    ).first()
    if same is not None:
        return Said(same, is_new=False)
    remark.save(force_insert=True)
    return Said(remark, is_new=True)


def _mention(remark: Remark) -> list[User]:
    """Write down whom a remark names, of those who may see it, and give them. Three queries more for each name."""
    named = [person for person in people_named(remark.text) if _may_see(person, remark)]
    Mention.objects.filter(remark=remark).exclude(person__in=named).delete()
    Mention.objects.bulk_create([Mention(remark=remark, person=one) for one in named], ignore_conflicts=True)
    return named


def _tell_of_new(remark: Remark, named: list[User]) -> None:
    by = remark.author
    if remark.kind == Kind.QUESTION:
        _tell(remark.asks.all(), 'question_asked', remark, by, words=remark)
    elif remark.kind == Kind.REPORT:
        _tell(permissions.keepers_of(remark.playbook), 'report_made', remark, by, words=remark)
    elif remark.kind == Kind.NOTE:
        _tell(permissions.keepers_of(remark.playbook), 'note_left', remark, by, words=remark)
    else:
        others = _writers(remark) if not remark.is_on_page else permissions.keepers_of(remark.playbook)
        _tell([person for person in others if person not in named], 'commented', remark, by, words=remark)
        _tell_named(named, remark)


def _writers(remark: Remark) -> list[User]:
    """Whom a review concerns: the draft's author, who writes along, who sent the suggestion and who decides."""
    people = []
    if remark.draft:
        people = [remark.draft.author, *User.objects.filter(pk__in=remark.draft.co_authors.values('person'))]
    if remark.suggestion:
        people += [remark.suggestion.author, *permissions.keepers_of(remark.playbook)]
    return _once(people)


def _tell_of_reply(remark: Remark, thread: Remark, asked: set[int], named: list[User]) -> None:
    """Tell everybody who is in a conversation, each of them once and in the words that fit."""
    by = remark.author
    _tell_named(named, remark)
    told = {*(person.pk for person in named), remark.author_id}
    if thread.author and thread.author_id not in told and _sees_own(thread.author, thread):
        kind = {Kind.QUESTION: 'question_answered', Kind.REPORT: 'report_answered'}.get(Kind(thread.kind), 'replied')
        _tell([thread.author], kind, thread, by, words=remark)
        told.add(thread.author_id)
    others = Q(pk__in=thread.replies.exclude(author=None).values('author')) | Q(pk__in=asked)
    people = [*User.objects.active().filter(others).exclude(pk__in=told)]
    if thread.kind in {Kind.REPORT, Kind.NOTE}:
        people += [one for one in permissions.keepers_of(thread.playbook) if one.pk not in told]
    if not thread.is_on_page:
        people += [one for one in _writers(thread) if one.pk not in told]
    _tell([one for one in _once(people) if _may_see(one, thread)], 'replied', thread, by, words=remark)


def _tell_named(named: Iterable[User], remark: Remark) -> None:
    _tell(named, 'mentioned', remark, remark.author, words=remark)


def _tell(
    people: Iterable[User],
    kind: str,
    remark: Remark,
    by: User | None,
    *,
    data: Mapping[str, Any] | None = None,
    words: Remark | None = None,
) -> None:
    """Tell of a remark. The words that are told are looked up when they are shown, so that what was deleted is gone."""
    thread = remark.parent or remark
    about = {'title': _title(remark), 'quote': thread.quote[:120], **(data or {})}
    if words is not None:
        about['remark'] = words.pk
    path = reverse('playbooks:thread', args=[remark.playbook.slug, thread.pk])
    tell(people, kind=kind, path=path, playbook=remark.playbook, actor=by, data=about)


def _title(remark: Remark) -> str:
    return (remark.draft.title if remark.draft else '') or remark.playbook.title


def _check_settles(thread: Remark, by: User) -> None:
    if thread.parent_id is not None or not permissions.can_settle(by, thread):
        raise NotAllowed


def _once(people: Iterable[User]) -> list[User]:
    return list(dict.fromkeys(people))
