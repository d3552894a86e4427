"""Who else is writing a change of the same page.

That somebody is writing is told to everybody who writes too; who it is, and the text, to those who may see drafts.
Source: DESIGN.md, Who may do what.
"""

from dataclasses import dataclass

from accounts.models import User

from .models import Draft, Playbook

NAMED = 5


@dataclass(frozen=True, slots=True)
class Others:
    """The drafts of others: those this person may look at, and how many more there are."""

    seen: list[Draft]
    more: int

    @property
    def any(self) -> bool:
        """Whether anybody else is writing."""
        return bool(self.seen or self.more)


def others_writing(draft: Draft, user: User) -> Others:
    """Who else has a draft of this draft's playbook, the last saved first (two queries, one where nobody has)."""
    return _others(draft.playbook, user, without=draft.pk)


def writing_now(playbook: Playbook, user: User) -> Others:
    """Who else has a draft of a playbook, for somebody who reads it (at most two queries)."""
    return _others(playbook, user, without=None)


def _others(playbook: Playbook, user: User, *, without: int | None) -> Others:
    drafts = Draft.objects.kept().filter(playbook=playbook).exclude(author=user)
    if without is not None:
        drafts = drafts.exclude(pk=without)
    count = drafts.count()
    if not count:
        return Others([], 0)
    seen = drafts.visible_to(user).select_related('author').defer('text', 'fields').order_by('-updated_at')
    named = list(seen[:NAMED])
    return Others(named, count - len(named))
