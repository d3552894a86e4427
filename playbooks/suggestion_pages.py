"""What the pages about suggestions show: the lists of them, and one on its way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from accounts.models import User

from . import approving, permissions
from . import text as texts
from .differences import Difference, difference
from .drafts import text_hash
from .models import Draft, Remark, Suggestion
from .plans import read
from .suggestion_forms import AnswerForm
from .threads import threads

ON_A_PAGE = 30
State = Suggestion.State


def shelf(user: User, *, show: str, number: int) -> dict[str, Any]:
    """The lists of suggestions for this person: to decide, one's own, decided. Up to five queries.

    Whoever decides about nothing sees their own only.
    """
    mine, queue = Q(author=user), Suggestion.objects.queue_of(user)
    counts = Suggestion.objects.visible_to(user).aggregate(
        mine=Count('pk', filter=mine, distinct=True),
        open=Count('pk', filter=Q(pk__in=queue.waiting().values('pk')), distinct=True),
        decided=Count('pk', filter=Q(pk__in=queue.decided().values('pk')), distinct=True),
    )
    decides = user.is_editor or user.is_admin or bool(counts['open'] or counts['decided'])
    show = show if decides and show else ('open' if decides and not show else 'mine')
    found = {
        'open': queue.waiting().order_by('sent_at', 'pk'),
        'decided': queue.decided().order_by('-decided_at', '-pk'),
        'mine': Suggestion.objects.visible_to(user).filter(mine),
    }[show]
    remarks = Remark.objects.filter(suggestion=OuterRef('pk')).order_by().values('suggestion')
    rows = found.for_list().annotate(said=Subquery(remarks.annotate(number=Count('pk')).values('number')))
    return {
        'show': show,
        'decides': decides,
        'counts': counts,
        'page': Paginator(rows, ON_A_PAGE).get_page(number),
        'to_approve': approving.waiting_for(user),
    }


def waiting_count(user: User) -> int:
    """How many suggestions wait for this person's decision (one query)."""
    return Suggestion.objects.queue_of(user).filter(state=State.OPEN).count()


@dataclass(frozen=True, slots=True)
class With:
    """Who has a suggestion now, and since when; `people` is empty where any editor may take it."""

    people: list[User]
    since: datetime


def with_whom(suggestion: Suggestion) -> With | None:
    """Who has it now: its keepers while it waits for an answer, its author while changes are asked, then nobody."""
    if suggestion.state == State.OPEN:
        owned = (suggestion.playbook.owner, suggestion.playbook.co_owner)
        return With([one for one in owned if one and one.is_active], suggestion.sent_at)
    if suggestion.state == State.CHANGES_ASKED:
        return With([suggestion.author], suggestion.decided_at or suggestion.sent_at)
    return None


def sending_of(suggestion: Suggestion) -> str:
    """What names this one sending of it, for answers that were written to an earlier one."""
    return suggestion.sent_at.isoformat()


def asking(suggestion: Suggestion, data: Any = None) -> AnswerForm:
    """The form that asks for changes."""
    return AnswerForm(data, label=_('What should change?'), prefix='ask', sent=sending_of(suggestion))


def declining(suggestion: Suggestion, data: Any = None) -> AnswerForm:
    """The form that declines."""
    return AnswerForm(data, label=_('Why not?'), prefix='decline', sent=sending_of(suggestion))


def page_of(user: User, suggestion: Suggestion, *, against: str) -> dict[str, Any]:
    """Everything the page of a suggestion says to this person. Up to five queries."""
    draft = suggestion.draft if suggestion.is_waiting else None
    if draft is not None:
        draft.playbook = suggestion.playbook
    decides = permissions.can_edit(user, suggestion.playbook)
    is_author = suggestion.author_id == user.pk
    current = suggestion.playbook.current_version
    along = {row.person_id for row in draft.co_authors.all()} if draft else set()
    writes = draft is not None and (is_author or decides or user.pk in along)
    since_sent = bool(draft and text_hash(draft.title, draft.text, draft.fields) != suggestion.sent_hash)
    compared = _compared(user, suggestion, draft, against)
    return {
        'suggestion': suggestion,
        'playbook': suggestion.playbook,
        'draft': draft,
        'decides': decides,
        'is_author': is_author,
        'can_answer': decides and draft is not None,
        'with_whom': with_whom(suggestion),
        'changed_since': since_sent,
        'newer': current if current and suggestion.is_waiting and _base_of(suggestion, draft) != current.pk else None,
        'writes': writes,
        'steps': suggestion.steps.select_related('by').defer('text'),
        'threads': threads(user, draft=draft, suggestion=suggestion)[0],
        'asking': asking(suggestion),
        'declining': declining(suggestion),
        'document': _document(compared),
        **compared,
    }


def _document(found: dict[str, Any]) -> texts.Document | None:
    """The text as it reads, where there is nothing to compare it with."""
    return read(title=found['shown'].title, text=found['shown'].text) if found['difference'] is None else None


def _base_of(suggestion: Suggestion, draft: Draft | None) -> int | None:
    return draft.base_id if draft else suggestion.base_id


def _compared(user: User, suggestion: Suggestion, draft: Draft | None, against: str) -> dict[str, Any]:
    """What is compared: once published, what was sent with what came of it; before, the text as it stands.

    `against` is current (the version now current), sent (what changed since it was sent), else its base.
    """
    playbook = suggestion.playbook
    found: Difference | None
    if suggestion.version is not None:
        found = difference(user, playbook, suggestion, suggestion.version)
        return {'difference': found, 'against': 'published', 'shown': suggestion.version}
    now = draft or suggestion
    if against == 'sent' and draft is not None:
        return {'difference': difference(user, playbook, suggestion, draft), 'against': against, 'shown': now}
    if against == 'current' and playbook.current_version is not None:
        return {
            'difference': difference(user, playbook, playbook.current_version, now),
            'against': against,
            'shown': now,
        }
    base = draft.base if draft else suggestion.base
    return {
        'difference': difference(user, playbook, base, now) if base else None,
        'against': 'base',
        'shown': now,
        'base': base,
    }
