"""Two wordings of one draft on a page: what fits by itself is put together, the rest is asked.

What a stale publish, a save in a second tab and the page for it (`merging`) have in common.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.requests import Request

from .. import permissions
from ..drafts import DraftChanged, Wording, save_draft
from ..forms import DraftForm
from ..merging import Together, with_stored
from ..merging_forms import MergeForm
from ..models import Draft


def settle(
    request: Request, form: MergeForm, *, addresses: dict[str, str], status: int = 200, **more: Any
) -> HttpResponse:
    """The page on which conflicts are settled; `addresses` are those of the draft: edit, publish, merge."""
    draft = form.draft
    page = {
        'playbook': draft.playbook,
        'draft': draft,
        'form': form,
        'together': form.together,
        'asked': form.asked,
        'addresses': addresses,
        'can_publish': permissions.can_publish_draft(request.user, draft),
        **more,
    }
    return render(request, 'playbooks/playbook_merge.html', page, status=status)


def mine_of(form: DraftForm) -> Wording:
    """What somebody typed, from a valid form."""
    return Wording(form.cleaned_data['title'], form.cleaned_data['text'], form.values())


def with_what_was_saved(form: DraftForm, stored: Draft) -> Together:
    """What was typed and what the draft says now that it was saved elsewhere."""
    return with_stored(stored, mine_of(form), shown_revision=form.cleaned_data['revision'])


def store(request: Request, draft: Draft, wording: Wording, **more: Any) -> Draft:
    """Save a merged wording over the draft as it was loaded. Raises DraftChanged."""
    return save_draft(
        draft=draft,
        title=wording.title,
        text=wording.text,
        fields=wording.fields,
        shown_revision=draft.revision,
        by=request.user,
        **more,
    )


def saved_elsewhere(
    request: Request, form: DraftForm, changed: DraftChanged, *, addresses: dict[str, str]
) -> HttpResponse:
    """Answer a save that came after another: both are put together, and stored where they fit; else it is asked.

    Nothing is overwritten. What was typed goes along on the page until it is settled.
    """
    stored = changed.stored
    stored.playbook = form.draft.playbook
    together = with_what_was_saved(form, stored)
    if not together.conflicts:
        try:
            store(request, stored, together.settled({}))
        except DraftChanged as again:
            return saved_elsewhere(request, form, again, addresses=addresses)
        messages.success(
            request,
            _('Draft saved, together with what was saved elsewhere meanwhile. Both fitted.'),
        )
        return redirect(addresses['edit'])
    asked = MergeForm(together=together, draft=stored, labels=labels_of_saves())
    return settle(request, asked, addresses=addresses, status=409, carried=form)


def labels_of_saves() -> tuple[str, str]:
    """How one's own text and the stored one are called where a draft was saved elsewhere."""
    return _('Keep what I wrote here'), _('Keep what was saved')


def labels_of_versions(number: int) -> tuple[str, str]:
    """How one's own text and the version that came between are called."""
    return _('Keep mine'), _('Keep version %d') % number
