"""An enrollment: the person's track, its items, and what is done with them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.requests import Request
from playbooks import runs
from playbooks.item_actions import Engine
from playbooks.models import Run
from playbooks.run_pages import RunPage, newer_version
from playbooks.runs import Refusal
from playbooks.views import running
from playbooks.views.items import act_on_item, place_of, prefix_for, show_item

from .. import actions
from ..forms import ShowForm
from ..models import Enrollment
from ..pages import Track, enrollments_with_run, load_track, own_enrollment
from ..today import answer

ENGINE = Engine(actions.complete, actions.confirm, actions.sign_off, actions.return_item)


@require_http_methods(['GET', 'HEAD'])
def my_track(request: Request) -> HttpResponse:
    """Go to the track one is under way on."""
    enrollment = own_enrollment(request.user)
    if enrollment is not None:
        return redirect(enrollment)
    return render(request, 'onboarding/my_track.html')


@require_http_methods(['GET', 'HEAD'])
def enrollment(request: Request, pk: int) -> HttpResponse:
    """Show somebody's track: phases, items, pace, people."""
    form = ShowForm(request.GET)
    only_left = form.is_valid() and form.cleaned_data['show'] == 'left'
    track = _find(request, pk)
    blocks = track.blocks(only_left=only_left)
    newest = newer_version(track.page)
    context = _context(track) | {'blocks': blocks, 'only_left': only_left, 'newest': newest}
    return render(request, 'onboarding/enrollment.html', context)


@require_http_methods(['GET', 'HEAD'])
@vary_on_headers('HX-Request')
def enrollment_item(request: Request, pk: int, key: str) -> HttpResponse:
    """Show one item with its details, what was handed in and said, and what can be done with it."""
    at = 'track' if request.htmx and place_of(request, 'item') == 'track' else 'item'
    track = _find(request, pk, at=at)
    return show_item(request, track.page, key, template='onboarding/enrollment_item.html', context=_context(track))


@require_http_methods(['POST'])
def enrollment_item_action(request: Request, pk: int, key: str, action: str) -> HttpResponse:
    """Do something with an item: complete it, hand in work, sign it off, and so on."""
    at = place_of(request, 'item')
    track = _find(request, pk, at=at)

    def again(_run: Run) -> RunPage:
        nonlocal track
        track = _find(request, pk, at=at)
        return track.page

    def around(_page: RunPage) -> list[tuple[str, dict[str, Any]]]:
        if not track.page.sees_all or (at == 'today' and not track.is_own):
            return []
        context = _context(track) | {'oob': True}
        if at == 'track':
            return [('onboarding/_track_figures.html', context | {'blocks': track.blocks()})]
        if at == 'today' and track.has_begun:
            return [('onboarding/_today_figures.html', context | {'answer': answer(track.standing)})]
        return []

    return act_on_item(
        request,
        page=track.page,
        key=key,
        action=action,
        engine=ENGINE,
        load=again,
        around=around,
        template='onboarding/enrollment_item.html',
        context=_context(track),
    )


@require_http_methods(['GET', 'HEAD'])
def run(request: Request, pk: int) -> HttpResponse:
    """Lead from a run's address to the enrollment it is, else to the page of the run."""
    found = Enrollment.objects.visible_to(request.user).of_run(pk).first()
    return redirect(found) if found is not None else running.run(request, pk)


@require_http_methods(['POST'])
def enrollment_move_undo(request: Request, pk: int) -> HttpResponse:
    """Undo the last move of an enrollment to a new version."""
    found = get_object_or_404(Enrollment.objects.visible_to(request.user).select_related('run'), pk=pk)
    try:
        undone = runs.undo_carry_over(run=found.run, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(found)
    if undone:
        messages.success(request, _('Moved back. What was done since stays as it is.'))
    return redirect(found)


def _find(request: Request, pk: int, *, at: str = 'track') -> Track:
    found = get_object_or_404(enrollments_with_run(), pk=pk)
    track = load_track(found, viewer=request.user, at=at, prefix=prefix_for(at, found.run))
    if not track.is_visible:
        raise Http404
    return track


def _context(track: Track) -> dict[str, Any]:
    url = track.enrollment.get_absolute_url()
    return {'track': track, 'track_url': url} | ({'nav_track_url': url} if track.is_own else {})
