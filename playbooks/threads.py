"""Conversations as one person sees them, with what they may do in them. `talk` is what writes them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q, QuerySet

from accounts.models import User

from . import permissions
from .models import Draft, Playbook, Remark, Suggestion
from .prepared import Prepared

SHOWN = 50  # conversations on one page
WAITING_SHOWN = 3  # rows on Today
ANSWERS_SHOWN = 50  # answers and notes that stand, on the page of a playbook

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
    first, in `among` in its own order. At most four queries, whatever is there; none of them grows with what was said.
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
    questions = [root.pk for root in roots if root.kind == Kind.QUESTION]
    asks = Remark.asks.through.objects.filter(remark__in=questions).values_list('remark', 'user') if questions else ()
    for remark, person in asks:
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


# What stands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that somebody asked at a place before, and an answer that stands. Nobody is named."""

    pk: int
    place: str
    quote: str
    question: str
    text: str
    at: datetime


def answers_at(playbook: Playbook, place: str) -> tuple[Answer, ...]:
    """The answers that stand at one place of a page, the oldest first. One query."""
    found = Remark.objects.on_pages().filter(playbook=playbook, kind=Kind.QUESTION, stands=True, place=place)
    columns = ('pk', 'place', 'parent__quote', 'parent__text', 'text', 'at')
    rows = found.exclude(parent=None).order_by('at', 'pk').values_list(*columns)
    return tuple(Answer(*row) for row in rows[:ANSWERS_SHOWN])


def answers_on_item(user: User, playbook_id: int, place: str) -> tuple[Answer, ...] | None:
    """The answers that stand at an item, for who does it in a run; None if they may say nothing about the page.

    Holding a role opens the version that the run follows and not the page: what stands there is for its readers. One
    query, for both questions.
    """
    standing = Q(remarks__kind=Kind.QUESTION, remarks__stands=True, remarks__place=place)
    pages = Playbook.objects.readable_by(user).filter(pk=playbook_id, archived_at=None)
    rows = list(
        pages.annotate(answer=FilteredRelation('remarks', condition=standing))
        .order_by('answer__at')
        .values_list('answer', 'answer__place', 'answer__quote', 'answer__parent__text', 'answer__text', 'answer__at')
    )
    return tuple(Answer(*row) for row in rows if row[0] is not None) if rows else None


class Waiting(NamedTuple):
    """Something that waits for an answer, as a row of a list."""

    pk: int
    slug: str
    title: str
    kind: str
    quote: str
    text: str
    author: str
    at: datetime


def _waiting(user: User) -> QuerySet:
    waiting = Remark.objects.waiting_for(user).filter(playbook__archived_at=None)
    shown = waiting.annotate(
        slug=F('playbook__slug'),
        title=F('playbook__current_version__title'),
        author_name=F('author__name'),
    )
    columns = ('pk', 'slug', 'title', 'kind', 'quote', 'text', 'author_name', 'at')
    return shown.values_list(*columns)[: WAITING_SHOWN + 1]


WAITING = Prepared(_waiting)


def waiting_briefly(user: User) -> tuple[list[Waiting], bool]:
    """The questions, reports and notes that have waited longest for this person, and whether there are more.

    One query, the same SQL for everybody with the same rights.
    """
    rows = [Waiting(*row.values()) for row in WAITING.rows(user)]
    return rows[:WAITING_SHOWN], len(rows) > WAITING_SHOWN
