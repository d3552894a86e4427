"""What the page of a playbook shows of what was said about it: at its places and at its end.

It is the same for all who read the page, so that the page can keep what it made of it; who may do what stands on the
pages of the conversations. Source: issue "Writing together", demands 10 and 14.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User

from . import rendering
from .memory import Memory
from .models import Remark
from .place_marks import says, stands_in, with_marks
from .prepared import Prepared
from .threads import ANSWERS_SHOWN, SHOWN, Answer, Line

REMARKS_SHOWN = 300  # on one page, replies included
SUMMARY = 160  # characters of a question, while its answer is folded

Kind = Remark.Kind
KEPT = 4_000_000  # characters of pages with their marks that a process keeps


@dataclass(frozen=True, slots=True)
class Comment:
    """An open conversation. `is_gone` says that the words it was about are no longer in the text."""

    pk: int
    number: int
    is_gone: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The open conversations about one heading or item; '' is the page as a whole, or what is in it no more."""

    place: str
    quote: str
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class PageTalk:
    """What stands at the end of a page. `at_places` is what its text shows: how much was said where, and answers."""

    slug: str = ''
    groups: tuple[Group, ...] = ()
    answers: tuple[Answer, ...] = ()
    notes: tuple[Line, ...] = ()
    has_more: bool = False
    counts: tuple[tuple[str, int], ...] = ()
    at_places: tuple[Answer, ...] = ()


NOTHING = PageTalk()


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
        .annotate(author_name=F('author__name'))
        .values_list(
            *('pk', 'parent_id', 'kind', 'place', 'quote', 'number', 'text', 'at', 'edited_at', 'stands'),
            *('author_id', 'author_name'),
        )[:REMARKS_SHOWN]
    )


SAID = Prepared(_said, 'slug')


def talk_of_page(user: User, slug: str, *, html: str, number: int) -> PageTalk:
    """What the page with this HTML, of this version, shows of what was said. One query.

    For somebody who may read the page: that is not asked again. The newest conversations, if there are many.
    """
    rows = SAID.rows(user, slug=slug)
    begun = [row for row in rows if row['kind'] == Kind.COMMENT and row['parent_id'] is None]
    answers = _answers(rows)
    groups = _groups(rows, begun[-SHOWN:], html, number)
    return PageTalk(
        slug=slug,
        groups=groups,
        answers=tuple(one for one in answers if stands_in(html, one.place) < 0),
        notes=tuple(_line(row, named=False) for row in rows if row['stands'] and row['kind'] == Kind.NOTE),
        has_more=len(begun) > SHOWN or len(rows) >= REMARKS_SHOWN,
        counts=tuple((group.place, sum(len(one.lines) for one in group.comments)) for group in groups if group.place),
        at_places=tuple(one for one in answers if stands_in(html, one.place) >= 0),
    )


def _answers(rows: list[dict[str, Any]]) -> list[Answer]:
    questions = {row['pk']: row for row in rows if row['kind'] == Kind.QUESTION}
    standing = [(questions.get(row['parent_id']), row) for row in rows if row['stands'] and row['parent_id']]
    return [
        Answer(row['pk'], row['place'], question['quote'], question['text'], row['text'], row['at'])
        for question, row in standing
        if question is not None
    ]


def _groups(rows: list[dict[str, Any]], begun: list[dict[str, Any]], html: str, number: int) -> tuple[Group, ...]:
    """Conversations by place: those of the whole page, then as the places stand in the text, then those without."""
    replies = defaultdict(list)
    for row in rows:
        if row['kind'] == Kind.COMMENT and row['parent_id'] is not None:
            replies[row['parent_id']].append(row)
    found: dict[tuple[int, str, str], list[Comment]] = defaultdict(list)
    for row in begun:
        is_gone = bool(row['place']) and row['number'] != number and not says(html, row['quote'])
        at = stands_in(html, row['place'])
        lines = tuple(_line(one) for one in (row, *replies[row['pk']]))
        comment = Comment(row['pk'], row['number'], is_gone or (bool(row['place']) and at < 0), lines)
        # What is no longer there stands last, each under the words it was about.
        order = at if at >= 0 else len(html) if row['place'] else -1
        found[order, row['place'] if at >= 0 else '', row['quote']].append(comment)
    by_place: dict[tuple[int, str], Group] = {}
    for (order, place, quote), comments in sorted(found.items(), key=lambda one: one[0]):
        key = (order, place or quote)
        known = by_place.get(key)
        by_place[key] = Group(place, quote, (*(known.comments if known else ()), *comments))
    return tuple(by_place.values())


def _line(row: dict[str, Any], *, named: bool = True) -> Line:
    person = User(pk=row['author_id'], name=row['author_name']) if named and row['author_id'] else None
    name = row['author_name'] if person else ''
    return Line(row['pk'], person, name, row['at'], row['text'], row['edited_at'] is not None, row['stands'])


def marked(html: str, talk: PageTalk) -> SafeString:
    """A page's HTML with a link to ask or report at each place, and what was said there; kept while it is in use."""
    made_of = (get_language() or '', html, talk.counts, talk.at_places)
    return MARKED.get(made_of, lambda: _marked(html, talk))


MARKED: Memory[SafeString] = Memory(KEPT, lambda html: 2 * len(html))  # the text without its marks is in the key


def _marked(html: str, talk: PageTalk) -> SafeString:
    language = get_language() or ''
    return rendering.as_html(
        with_marks(
            html,
            label=_('Ask or report about “{place}”'),
            word=_('Ask'),
            counts=[(place, _how_many(count)) for place, count in talk.counts],
            answers=[(one.place, _folded(language, one.question, one.text)) for one in talk.at_places],
        )
    )


def _how_many(count: int) -> str:
    return ngettext('%(n)s comment', '%(n)s comments', count) % {'n': count}


@lru_cache(maxsize=1024)
def _folded(language: str, question: str, answer: str) -> SafeString:
    """A question and its answer in the text: folded, with nobody's name."""
    short = question if len(question) <= SUMMARY else f'{question[: SUMMARY - 1].rstrip()}…'
    whole = format_html('<p><i>{}</i></p>', rendering.said(question)) if short != question else ''
    return format_html(
        '<details class="asked"><summary>{}</summary><div class="said">{}{}</div></details>',
        _('Asked before: %(question)s') % {'question': short},
        whole,
        rendering.said(answer),
    )
