"""Suggestions: sending one, those that wait, one on its way with all that was said, and the answers to it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import Request

from .. import permissions, plans, suggesting, suggestion_pages, talk
from ..differences import difference
from ..drafts import DraftChanged, draft_of
from ..models import Draft, Suggestion
from ..suggesting import Decided, NothingToSend
from ..suggestion_forms import AgainstForm, AnswerForm, CommentForm, SendForm, ShelfForm
from .writing import address, playbook_to_write


@require_GET
def suggestions(request: Request) -> HttpResponse:
    """What waits for one's decision or approval, and what became of one's own suggestions."""
    form = ShelfForm(request.GET)
    page = suggestion_pages.shelf(request.user, show=form.wish('show', ''), number=form.wish('page', 1))
    return render(request, 'playbooks/suggestions.html', page)


@require_http_methods(['GET', 'POST'])
def suggestion_new(request: Request, slug: str) -> HttpResponse:
    """Send one's draft as a suggestion, or what was changed in it since: see what changes, say why."""
    playbook = playbook_to_write(request, slug)
    if permissions.can_publish(request.user, playbook):
        raise PermissionDenied
    draft = draft_of(playbook, request.user)
    if not draft.revision:
        messages.info(request, _('There is no draft to send. Write one first.'))
        return redirect('playbooks:playbook_edit', slug=slug)

    form = SendForm(request.POST or None, initial={'revision': draft.revision})
    if request.method == 'POST' and form.is_valid():
        try:
            return _sent(request, draft, form)
        except DraftChanged:
            draft = draft_of(playbook, request.user)
            data = request.POST.copy()
            data['revision'] = str(draft.revision)
            form = SendForm(data)
            form.add_error(None, _('Your draft was saved elsewhere meanwhile. Look at what changes once more.'))
        except NothingToSend:
            form.add_error(None, _('There is nothing new in it to send.'))
    page = {
        'playbook': playbook,
        'draft': draft,
        'form': form,
        'waiting': draft.suggestions.waiting().first(),
        'keepers': permissions.keepers_of(playbook) if playbook.owner_id or playbook.co_owner_id else [],
        'difference': difference(request.user, playbook, draft.base, draft) if draft.base else None,
    }
    return render(request, 'playbooks/suggestion_new.html', page, status=422 if form.errors else 200)


def _sent(request: Request, draft: Draft, form: SendForm) -> HttpResponse:
    if form.cleaned_data['revision'] != draft.revision:
        raise DraftChanged(draft, title=draft.title, text=draft.text, fields=draft.fields)
    suggestion = suggesting.send(draft=draft, by=request.user, why=form.cleaned_data['why'])
    messages.success(request, _('Sent. You hear of it when somebody answers.'))
    return redirect('playbooks:suggestion', pk=suggestion.pk)


def _suggestion(request: Request, pk: int) -> Suggestion:
    found = Suggestion.objects.visible_to(request.user).with_all()
    return get_object_or_404(found, pk=pk)


def _to_decide(request: Request, pk: int) -> Suggestion:
    """The suggestion, for whoever decides about it; 403 for its author."""
    suggestion = _suggestion(request, pk)
    if not permissions.can_edit(request.user, suggestion.playbook):
        raise PermissionDenied
    return suggestion


@require_GET
def suggestion(request: Request, pk: int) -> HttpResponse:
    """One suggestion on its way: where it is, what it changes, what was said about it, what came of it."""
    return _shown(request, _suggestion(request, pk))


@require_POST
def suggestion_comment(request: Request, pk: int) -> HttpResponse:
    """Say something about a suggestion."""
    shown = _suggestion(request, pk)
    draft = shown.draft if shown.is_waiting else None
    text = draft or shown
    form = CommentForm(request.POST, document=plans.read(title=text.title, text=text.text) if draft else None)
    if not form.is_valid():
        return _shown(request, shown, status=422, comment=form)
    said = talk.say(
        playbook=shown.playbook,
        draft=draft,
        suggestion=shown,
        text=form.cleaned_data['text'],
        place=form.cleaned_data['place'],
        by=request.user,
    )
    messages.success(request, _('Your comment is posted.'))
    return redirect(f'{suggesting.address_of(shown)}#c-{said.remark.pk}')


@require_POST
def suggestion_ask(request: Request, pk: int) -> HttpResponse:
    """Send a suggestion back to its author with what to change."""
    shown = _to_decide(request, pk)
    form = suggestion_pages.asking(shown, request.POST)
    return _answered(request, shown, form, 'asking', _('Sent back. %(who)s changes it and sends it again.'))


@require_POST
def suggestion_decline(request: Request, pk: int) -> HttpResponse:
    """Decline a suggestion, with the reason."""
    shown = _to_decide(request, pk)
    form = suggestion_pages.declining(shown, request.POST)
    return _answered(request, shown, form, 'declining', _('Declined. %(who)s is told why.'))


def _answered(request: Request, shown: Suggestion, form: AnswerForm, name: str, done: str) -> HttpResponse:
    """Give the answer, if the suggestion is still as it was shown."""
    if not form.is_valid():
        return _shown(request, shown, status=422, **{name: form})
    try:
        if form.cleaned_data['sent'] != suggestion_pages.sending_of(shown):
            raise Decided(shown)
        if name == 'asking':
            suggesting.ask_for_changes(suggestion=shown, by=request.user, note=form.cleaned_data['note'])
        else:
            suggesting.decline(suggestion=shown, by=request.user, reason=form.cleaned_data['note'])
    except Decided:
        messages.warning(request, _('Somebody was quicker, or it was sent anew. Nothing was done: look once more.'))
        return _shown(request, _suggestion(request, shown.pk), status=409, **{name: form})
    messages.success(request, done % {'who': shown.author})
    return redirect('playbooks:suggestion', pk=shown.pk)


@require_POST
def suggestion_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take one's own suggestion back; the draft stays."""
    shown = _suggestion(request, pk)
    if shown.author_id != request.user.pk:
        raise PermissionDenied
    try:
        suggesting.withdraw(suggestion=shown, by=request.user)
    except Decided:
        messages.warning(request, _('It was decided meanwhile.'))
    else:
        messages.success(request, _('Taken back. Your draft is as it was.'))
    return redirect('playbooks:suggestion', pk=pk)


def _shown(request: Request, shown: Suggestion, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a suggestion; `forms` are those that have errors."""
    against = AgainstForm(request.GET).wish('against', '')
    page = suggestion_pages.page_of(request.user, shown, against=against)
    if (draft := page['draft']) is not None:
        page['edit_address'] = address('playbook_edit', draft, request.user) if page['writes'] else ''
        page['publish_address'] = address('playbook_publish', draft, request.user) if page['can_answer'] else ''
    document = plans.read(title=draft.title, text=draft.text) if draft is not None else None
    page |= {'comment': CommentForm(document=document), 'next': f'{request.get_full_path()}#talk', **forms}
    return render(request, 'playbooks/suggestion.html', page, status=status)
