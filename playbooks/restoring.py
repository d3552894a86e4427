"""Bringing an old text back: it becomes the author's draft, and is published as every other text is.

Source: issue 3, History ("restore as a new version"); DESIGN.md, Bones ("source: restore of n").
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .drafts import save_draft
from .models import Draft, Suggestion, Version


def restore(*, draft: Draft, version: Version, shown_revision: int, now: datetime | None = None) -> Draft:
    """Put the title, text and fields of an old version into a draft, which is then based on the current version.

    Load the draft's playbook with its current version. `shown_revision` is that of the draft its author saw (0: none).
    Raises DraftChanged if the draft was saved elsewhere meanwhile; nothing is replaced then.
    """
    draft.restored_number = version.number
    with transaction.atomic():
        saved = save_draft(
            draft=draft,
            title=version.title,
            text=version.text,
            fields=version.fields,
            shown_revision=shown_revision,
            base=draft.playbook.current_version,
            by=draft.author,
            now=now,
        )
        Draft.objects.filter(pk=saved.pk).update(restored_number=version.number)
    saved.restored_number = version.number
    return saved


def is_shared(draft: Draft) -> bool:
    """Whether a draft's text is not its author's alone to replace: others write along, or it waits as a suggestion.

    No query for a draft that is not stored, else at most two.
    """
    if not draft.pk:
        return False
    return draft.co_authors.exists() or Suggestion.objects.waiting().filter(draft=draft).exists()


def first_words(draft: Draft | None) -> str:
    """How the note on a restored text begins; its author says the rest."""
    if draft is None or draft.restored_number is None:
        return ''
    return _('Back to version %(number)d: ') % {'number': draft.restored_number}


def origin_of(draft: Draft) -> dict[str, Any]:
    """What the version made of this draft says about where it comes from, for `publish`."""
    if draft.restored_number is None:
        return {}
    return {'source': Version.Source.RESTORE, 'restored_number': draft.restored_number}
