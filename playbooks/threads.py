"""Conversations as pages show them. `talk` is what writes them.

Two shapes: `Thread`, for one person, with what they may do in it; and what the page of a playbook shows at its places
and its end, which is the same for all who read it (`PageTalk`), so that the page can keep what it made of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User

from . import permissions
from .models import Draft, Playbook, Remark, Suggestion
from .prepared import Prepared

SHOWN = 50  # conversations on one page
ANSWERS_SHOWN = 50  # answers and notes that stand, on the page of a playbook
REPLIES_SHOWN = 300  # remarks that one page shows in all

Kind = Remark.Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One remark as somebody sees it. `person` is only a number for a tint; None where nobody is to be named."""

    pk: int
    person: User | None
    name: str
    at: datetime
    text: str
    is_edited: bool = False
    stands: bool = False
    may_revise: bool = False
    may_let_stand: bool = False

    @property
    def is_deleted(self) -> bool:
        """Whether its author took it back."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as one person sees it, with what they may do in it."""

    pk: int
    slug: str
    title: str
    kind: str
    place: str
    quote: str
    number: int | None
    is_current: bool
    first: Line
    replies: tuple[Line, ...]
    resolved_at: datetime | None
    resolved_by: User | None
    is_whole: bool
    may_reply: bool
    may_settle: bool
    may_take: bool
    taken_number: int | None
    is_in_draft: bool

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything said in it, the first first."""
        return (self.first, *self.replies)

    @property
    def is_open(self) -> bool:
        """Whether nobody has resolved or closed it."""
        return self.resolved_at is None

    @property
    def standing(self) -> Line | None:
        """The answer that stands on the page, the newest of several."""
        return next((line for line in reversed(self.replies) if line.stands), None)

    @property
    def kind_label(self) -> str:
        """Its kind in words."""
        return str(Kind(self.kind).label)


def threads(
    user: User,
    *,
    playbook: Playbook | None = None,
    draft: Draft | None = None,
    suggestion: Suggestion | None = None,
    among: 'QuerySet[Remark] | None' = None,
    page: int = 1,
) -> tuple[list[Thread], bool]:
    """One page of conversations as this person sees them, and whether there are more.

    Of a page (what `Remark.objects.visible_to` gives), of a draft or suggestion (the caller has shown that they may see
    it; a draft and the suggestion made of it are one review), or `among` a query set of what they may see: the oldest
    first, in `among` in its own order. Four queries, whatever is there; none of them grows with what was said.
    """
    found = among if among is not None else _began(user, playbook, draft, suggestion)
    shown = found.filter(parent=None).select_related(
        *('author', 'resolved_by', 'draft', 'taken_in'),
        *('playbook__owner', 'playbook__co_owner', 'playbook__current_version'),
    )
    shown = shown.defer('playbook__current_version__text', 'draft__text', 'taken_in__text')
    start = (page - 1) * SHOWN
    rows = list(shown[start : start + SHOWN + 1])
    return _seen_by(user, rows[:SHOWN]), len(rows) > SHOWN


def thread_of(user: User, root: Remark) -> Thread:
    """One conversation that this person may see, whole. Three queries."""
    return _seen_by(user, [root])[0]


def _began(
    user: User, playbook: Playbook | None, draft: Draft | None, suggestion: Suggestion | None
) -> 'QuerySet[Remark]':
    if draft is None and suggestion is None:
        return Remark.objects.visible_to(user).on_pages().filter(playbook=playbook)
    review = Q()
    if draft is not None:
        review |= Q(draft=draft)
    if suggestion is not None:
        review |= Q(suggestion=suggestion)
    return Remark.objects.filter(review, number=None)


def _seen_by(user: User, roots: Sequence[Remark]) -> list[Thread]:
    """These conversations as somebody sees them, who may see each of them at least in part."""
    pks = [root.pk for root in roots]
    asked = defaultdict(set)
    for remark, person in Remark.asks.through.objects.filter(remark__in=pks).values_list('remark', 'user'):
        asked[remark].add(person)
    replies = defaultdict(list)
    for said in Remark.objects.filter(parent__in=pks).select_related('author').order_by('at', 'pk'):
        replies[said.parent_id].append(said)
    return [_thread(user, root, replies[root.pk], asked[root.pk]) for root in roots]


def _thread(user: User, root: Remark, replies: list[Remark], asked: set[int]) -> Thread:
    is_whole = permissions.takes_part(user, root, asked)
    can_edit = permissions.can_edit(user, root.playbook)
    shown = replies if is_whole else [said for said in replies if said.stands]
    in_use, current = root.playbook.archived_at is None, root.playbook.current_version
    for said in shown:
        said.parent, said.playbook = root, root.playbook
    return Thread(
        pk=root.pk,
        slug=root.playbook.slug,
        title=root.playbook.title,
        kind=root.kind,
        place=root.place,
        quote=root.quote,
        number=root.number,
        is_current=current is not None and current.number == root.number,
        first=_line(user, root, asked, is_whole=is_whole),
        replies=tuple(_line(user, said, asked, is_whole=is_whole) for said in shown),
        resolved_at=root.resolved_at,
        resolved_by=root.resolved_by,
        is_whole=is_whole,
        may_reply=is_whole and in_use,
        may_settle=permissions.can_settle(user, root),
        may_take=can_edit and in_use and root.is_on_page and root.kind != Kind.COMMENT and root.taken_number is None,
        taken_number=root.taken_number,
        is_in_draft=root.taken_in is not None and root.taken_in.discarded_at is None,
    )


def _line(user: User, said: Remark, asked: set[int], *, is_whole: bool) -> Line:
    is_mine = said.author_id == user.pk and not said.is_deleted
    is_answer = said.parent_id is not None and said.kind == Kind.QUESTION
    is_note = said.parent_id is None and said.kind == Kind.NOTE
    return Line(
        pk=said.pk,
        person=said.author if is_whole else None,
        name=str(said.author) if is_whole and said.author else '',
        at=said.at,
        text=said.text,
        is_edited=said.edited_at is not None,
        stands=said.stands,
        may_revise=is_mine,
        may_let_stand=is_whole
        and said.is_on_page
        and not said.is_deleted
        and (is_answer or is_note)
        and permissions.can_let_stand(user, said, asked),
    )


# What the page of a playbook shows -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that somebody asked at a place before, and an answer that stands. Nobody is named."""

    pk: int
    place: str
    question: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """An open conversation beside the text: what was said, by whom, of which version."""

    pk: int
    place: str
    quote: str
    number: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class PageTalk:
    """What was said about a page and is shown on it to all its readers alike."""

    slug: str = ''
    comments: tuple[Comment, ...] = ()
    answers: tuple[Answer, ...] = ()
    notes: tuple[Line, ...] = ()
    has_more: bool = False

    def __bool__(self) -> bool:
        return bool(self.comments or self.answers or self.notes)


def _said(user: User, slug: str) -> QuerySet:
    """One row for each remark that the page shows: open comments with replies, and what stands, with its question."""
    here = Remark.objects.on_pages().filter(playbook__slug=slug)
    comments = here.open().filter(kind=Kind.COMMENT).order_by('-at', '-pk')[: SHOWN + 1].values('pk')
    standing = here.filter(stands=True).order_by('-at', '-pk')[:ANSWERS_SHOWN]
    return (
        Remark.objects.filter(
            Q(pk__in=comments)
            | Q(parent__in=comments)
            | Q(pk__in=standing.values('pk'))
            | Q(pk__in=standing.values('parent'))
        )
        .order_by('at', 'pk')
        .annotate(author_name=Coalesce(F('author__name'), F('author__email')))
        .values_list(
            *('pk', 'parent_id', 'kind', 'place', 'quote', 'number', 'text', 'at', 'edited_at', 'stands'),
            *('author_id', 'author_name'),
        )[:REPLIES_SHOWN]
    )


SAID = Prepared(_said, 'slug')


def page_talk(user: User, slug: str) -> PageTalk:
    """What the page of a playbook shows of what was said, to somebody who may read it. One query."""
    rows = SAID.rows(user, slug=slug)
    by_pk = {row['pk']: row for row in rows}
    replies = defaultdict(list)
    for row in rows:
        if row['kind'] == Kind.COMMENT and row['parent_id'] is not None:
            replies[row['parent_id']].append(row)
    comments = [row for row in rows if row['kind'] == Kind.COMMENT and row['parent_id'] is None]
    return PageTalk(
        slug=slug,
        comments=tuple(_comment(row, replies[row['pk']]) for row in comments[-SHOWN:]),
        answers=tuple(
            Answer(row['pk'], row['place'], by_pk[row['parent_id']]['text'], row['text'], row['at'])
            for row in rows
            if row['stands'] and row['parent_id'] in by_pk
        ),
        notes=tuple(_read_line(row, named=False) for row in rows if row['stands'] and row['kind'] == Kind.NOTE),
        has_more=len(comments) > SHOWN or len(rows) >= REPLIES_SHOWN,
    )


def answers_at(playbook: Playbook, place: str) -> tuple[Answer, ...]:
    """The answers that stand at one place of a page, the oldest first. One query."""
    found = Remark.objects.on_pages().filter(playbook=playbook, kind=Kind.QUESTION, stands=True, place=place)
    rows = found.exclude(parent=None).order_by('at', 'pk').values_list('pk', 'place', 'parent__text', 'text', 'at')
    return tuple(Answer(*row) for row in rows[:ANSWERS_SHOWN])


def _comment(row: dict[str, Any], replies: Iterable[dict[str, Any]]) -> Comment:
    lines = tuple(_read_line(one) for one in (row, *replies))
    return Comment(row['pk'], row['place'], row['quote'], row['number'], lines)


def _read_line(row: dict[str, Any], *, named: bool = True) -> Line:
    person = User(pk=row['author_id'], name=row['author_name']) if named and row['author_id'] else None
    name = row['author_name'] if person else ''
    return Line(row['pk'], person, name, row['at'], row['text'], row['edited_at'] is not None, row['stands'])
