"""What changed between two versions."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import Request

from .. import comparing
from .. import text as texts
from ..models import Playbook
from ..reading_forms import CompareForm, LayoutForm


def _playbook(request: Request, slug: str) -> Playbook:
    visible = Playbook.objects.visible_to(request.user).select_related('kind', 'current_version')
    return get_object_or_404(visible.defer('current_version__text', 'kind__template'), slug=slug)


@require_safe
def compare_choose(request: Request, slug: str) -> HttpResponse:
    """Go to the comparison of the two versions that were chosen."""
    playbook = _playbook(request, slug)
    form = CompareForm(request.GET)
    if not form.is_valid():
        return redirect('playbooks:history', slug=slug)
    return redirect('playbooks:compare', slug=playbook.slug, old=form.cleaned_data['old'], new=form.cleaned_data['new'])


@require_safe
def compare(request: Request, slug: str, old: int, new: int) -> HttpResponse:
    """Show what changed from one version to another, in words first."""
    playbook = _playbook(request, slug)
    if old > new:
        return redirect('playbooks:compare', slug=slug, old=new, new=old)
    versions = comparing.numbered(playbook, old, new)
    if old not in versions or new not in versions:
        raise Http404

    notes = comparing.notes(playbook, request.user, old, new)
    read = {note.version.number: note.read_at for note in notes if note.read_at}
    page: dict[str, Any] = {
        'playbook': playbook,
        'old': versions[old],
        'new': versions[new],
        'notes': notes,
        'between': [note for note in notes if old <= note.version.number <= new],
        'releases': new - old,
        'old_read_at': read.get(old),
        'asks_to_read': versions[new].pk == playbook.current_version_id and new not in read,
        'layout': LayoutForm(request.GET).wish('layout', 'rendered'),
    }
    if old != new:
        page |= _compared(request.user, playbook, page)
    return render(request, 'playbooks/compare.html', page)


def _compared(user: User, playbook: Playbook, page: dict[str, Any]) -> dict[str, Any]:
    """The comparison in the layout asked for; of texts that this release cannot read, the Markdown."""
    old, new = page['old'], page['new']
    found: dict[str, Any]
    try:
        found = {'compared': comparing.compared(user, playbook, old, new)}
    except texts.Refused as refused:
        found = {'refused': refused, 'layout': 'markdown'}
    if (found.get('layout') or page['layout']) == 'markdown':
        found['lines'] = comparing.lines(old.text, new.text)
    return found
