"""Bringing a draft together with the version, or the save, that came between."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import Request

from .. import permissions
from ..drafts import DraftChanged
from ..forms import DraftForm
from ..merging import with_current
from ..merging_forms import MergeForm
from ..models import Draft
from . import settling
from .writing import addresses_of, draft_to_write, editor


@require_http_methods(['GET', 'POST'])
def playbook_merge(request: Request, slug: str, pk: int | None = None) -> HttpResponse:
    """See what fits by itself and settle the rest; the draft goes on from the version that came between."""
    draft = draft_to_write(request, slug, pk)
    if request.method == 'POST' and 'text' in request.POST:
        return _with_what_was_saved(request, draft)
    addresses, current = addresses_of(draft, request.user), draft.playbook.current_version
    if not draft.revision or current is None or (draft.base is not None and draft.base.pk == current.pk):
        messages.info(request, _('There is nothing to bring together: your draft has the newest version in it.'))
        return redirect(addresses['edit'])

    labels = settling.labels_of_versions(current.number)
    form = MergeForm(
        request.POST if request.method == 'POST' else None, together=with_current(draft), draft=draft, labels=labels
    )
    if request.method != 'POST':
        return settling.settle(request, form, addresses=addresses, newer=current)
    if not form.is_valid():
        return settling.settle(request, form, addresses=addresses, newer=current, status=422)
    try:
        saved = settling.store(request, draft, form.wording(), base=current)
    except DraftChanged:
        return playbook_merge(request, slug, pk)
    message = _('Both are together now: your draft goes on from version %(number)d.')
    messages.success(request, message % {'number': current.number})
    return _onward(request, saved)


def _with_what_was_saved(request: Request, draft: Draft) -> HttpResponse:
    """The same for what was typed in one tab, which the page carries, and what the draft says now."""
    typed = DraftForm(request.POST, draft=draft)
    if not typed.is_valid():
        return editor(request, typed, status=422)
    if not draft.revision:
        # It was published or put away meanwhile: what was typed is a draft of its own.
        return _onward(request, typed.save(by=request.user))
    labels = settling.labels_of_saves()
    form = MergeForm(request.POST, together=settling.with_what_was_saved(typed, draft), draft=draft, labels=labels)
    if not form.is_valid():
        addresses = addresses_of(draft, request.user)
        return settling.settle(request, form, addresses=addresses, carried=typed, status=422)
    try:
        saved = settling.store(request, draft, form.wording())
    except DraftChanged:
        return playbook_merge(request, draft.playbook.slug, draft.pk)
    messages.success(request, _('Draft saved, with both in it.'))
    return _onward(request, saved)


def _onward(request: Request, saved: Draft) -> HttpResponse:
    """To the publish step if that is where one was going, else to the text."""
    publishes = request.POST.get('then') == 'publish' and permissions.can_publish_draft(request.user, saved)
    return redirect(addresses_of(saved, request.user)['publish' if publishes else 'edit'])
