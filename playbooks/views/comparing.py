"""What changed between two versions."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import Request

from .. import comparing
from ..models import Playbook
from ..reading_forms import CompareForm, LayoutForm
from ..since import origins


@require_safe
def compare_choose(request: Request, slug: str) -> HttpResponse:
    """Go to the comparison of the two versions that were chosen."""
    playbook = get_object_or_404(Playbook.objects.visible_to(request.user).only('slug'), slug=slug)
    form = CompareForm(request.GET)
    if not form.is_valid():
        return redirect('playbooks:history', slug=playbook.slug)
    return _to(playbook.slug, form.cleaned_data['old'], form.cleaned_data['new'], request)


def _to(slug: str, old: int, new: int, request: Request) -> HttpResponse:
    """Go to a comparison in the layout that was asked for."""
    layout = LayoutForm(request.GET).wish('layout', comparing.ONE_COLUMN)
    query = '' if layout == comparing.ONE_COLUMN else f'?layout={layout}'
    return redirect(reverse('playbooks:compare', args=[slug, old, new]) + query)


@require_safe
def compare(request: Request, slug: str, old: int, new: int) -> HttpResponse:
    """Show what changed from one version to another, in words first."""
    found = comparing.two_versions(request.user, slug, min(old, new), max(old, new))
    if found is None:
        raise Http404
    if old > new:
        return _to(slug, new, old, request)
    layout = LayoutForm(request.GET).wish('layout', comparing.ONE_COLUMN)
    since = origins(request.user, slug, current=found.current, read=found.read_number, title=found.title)
    page = {'asked': found, 'since': since, 'part': comparing.part_of(found, layout)}
    return render(request, 'playbooks/compare.html', page)
