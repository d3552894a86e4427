"""What comes after the publish step: a publication that was set for later, and whether a version did what was hoped."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import Request

from .. import expecting, scheduling
from ..expecting_forms import ConclusionForm
from ..models import Expectation, Playbook, Schedule


@require_POST
def schedule_cancel(request: Request, slug: str, pk: int) -> HttpResponse:
    """Do not publish what was set for a time."""
    found = Schedule.objects.filter(scheduling.visible_to(request.user), playbook__slug=slug)
    scheduled = get_object_or_404(found.select_related('playbook', 'draft__author', 'by'), pk=pk)
    if not scheduling.can_cancel(request.user, scheduled):
        raise PermissionDenied
    if scheduling.cancel(scheduled=scheduled, by=request.user):
        messages.success(request, _('It is not published then. The draft stays as it is.'))
    else:
        messages.warning(request, _('That is over: it was published, or taken back, meanwhile.'))
    return redirect('playbooks:playbook_edit', slug=slug)


@require_http_methods(['GET', 'POST'])
def expectation(request: Request, slug: str, number: int) -> HttpResponse:
    """Before and since by numbers, and what came of it in one line."""
    readable = Playbook.objects.visible_to(request.user).select_related('kind')
    playbook = get_object_or_404(readable, slug=slug)
    found = Expectation.objects.filter(playbook=playbook, version__number=number)
    hoped = get_object_or_404(found.select_related('version', 'author'))
    hoped.playbook = playbook
    if not expecting.can_look(request.user, hoped):
        raise PermissionDenied

    form = ConclusionForm(request.POST if request.method == 'POST' else None, expectation=hoped)
    if request.method == 'POST' and form.is_valid():
        if form.cleaned_data['again_on']:
            expecting.look_later(expectation=hoped, on=form.cleaned_data['again_on'])
            messages.success(request, _('You are told again on that day.'))
        else:
            expecting.conclude(expectation=hoped, conclusion=form.cleaned_data['conclusion'])
            messages.success(request, _('Kept. It stands in the history beside the version.'))
        return redirect(expecting.address_of(hoped))
    page = {
        'playbook': playbook,
        'expectation': hoped,
        'finding': expecting.finding_of(hoped, request.user),
        'fewest': expecting.FEWEST,
        'form': form,
    }
    return render(request, 'playbooks/expectation.html', page, status=422 if form.errors else 200)
