"""Runs: what is under way, one of them with its items, and what concerns it as a whole."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.requests import Request

from .. import runs as engine
from ..days import today_for
from ..item_actions import Engine
from ..item_forms import CONTENT_TYPES, ending_of
from ..models import Evidence, Playbook, Run
from ..permissions import run_access
from ..run_lists import holders_of, listed_runs, roles_asked, sections_of, tally_of
from ..run_pages import RunPage, last_move, load_run_page, newer_version, runs_to_show
from ..running_forms import DayForm, EndForm, PeopleForm, RunsForm, StartForm, VersionForm
from ..runs import Refusal
from ..runs.checklists import checklist_of
from .items import act_on_item, place_of, prefix_for, show_item

PER_PAGE = 25


@require_http_methods(['GET', 'HEAD'])
def runs(request: Request) -> HttpResponse:
    """List what is under way, or what has ended: launches, reviews and the like."""
    form = RunsForm(request.GET)
    wishes = form.cleaned_data if form.is_valid() else {}
    has_ended = wishes.get('show') == 'ended'
    found = Run.objects.visible_to(request.user).shared().with_ended(has_ended)
    page = Paginator(found, PER_PAGE).get_page(wishes.get('page') or 1)
    listed = listed_runs(page.object_list, today=today_for(request.user))
    return render(request, 'playbooks/runs.html', {'page': page, 'listed': listed, 'has_ended': has_ended})


@require_http_methods(['GET', 'HEAD'])
def run(request: Request, pk: int) -> HttpResponse:
    """Show one run: its items by section, who holds what."""
    found = _find(request, pk)
    page = _load(request, found, at='run')
    return render(
        request, 'playbooks/run.html', _context(page) | {'sections': sections_of(page), 'moved': last_move(page)}
    )


@require_http_methods(['GET', 'HEAD'])
@vary_on_headers('HX-Request')
def run_item(request: Request, pk: int, key: str) -> HttpResponse:
    """Show one item with its details, what was handed in and said, and what can be done with it."""
    at = 'run' if request.htmx and place_of(request, 'item') == 'run' else 'item'
    page = _load(request, _find(request, pk), at=at)
    return show_item(request, page, key, template='playbooks/run_item.html', context=_context(page))


@require_http_methods(['POST'])
def run_item_action(request: Request, pk: int, key: str, action: str) -> HttpResponse:
    """Do something with an item: complete it, skip it, say that it waits for somebody, and so on."""
    at = place_of(request, 'item')
    page = _load(request, _find(request, pk), at=at)

    def around(now: RunPage) -> list[tuple[str, dict[str, Any]]]:
        return [('playbooks/_tally.html', _context(now) | {'oob': True})] if at == 'run' else []

    return act_on_item(
        request,
        page=page,
        key=key,
        action=action,
        engine=Engine(),
        load=lambda _run: _load(request, _find(request, pk), at=at),
        around=around,
        template='playbooks/run_item.html',
        context=_context(page),
    )


@require_http_methods(['GET', 'HEAD'])
def run_evidence(request: Request, pk: int, evidence: int) -> HttpResponse:
    """Give out a file that was handed in, to those who see the work of its item; always as a download."""
    found = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    work = get_object_or_404(Evidence, pk=evidence, run=found, kind=Evidence.Kind.FILE)
    item = get_object_or_404(found.items, key=work.key)
    if not run_access(request.user, found).sees_work(item):
        raise Http404
    try:
        with work.file.open('rb') as stream:
            content = stream.read()  # at most item_forms.MAX_FILE
    except FileNotFoundError:
        raise Http404 from None
    content_type = CONTENT_TYPES.get(ending_of(work.file_name), 'application/octet-stream')
    response = HttpResponse(content, content_type=content_type)
    response['Content-Disposition'] = content_disposition_header(as_attachment=True, filename=work.file_name)
    response['Cache-Control'] = 'private, no-store'
    return response


@require_http_methods(['GET', 'HEAD', 'POST'])
def run_new(request: Request, slug: str) -> HttpResponse:
    """Start a run of a playbook: its name, its day, who does what."""
    playbook = get_object_or_404(Playbook.objects.readable_by(request.user).runnable(), slug=slug)
    version = playbook.current_version
    today = today_for(request.user)
    form = StartForm(
        request.POST if request.method == 'POST' else None,
        roles=roles_asked(checklist_of(version)),
        anchor_noun=playbook.kind.anchor_noun,
        today=today,
        initial={'anchor_on': today + dt.timedelta(days=14)},
    )
    if form.is_valid():
        try:
            started = engine.start_run(
                version=version,
                owner=request.user,
                by=request.user,
                name=form.cleaned_data['name'],
                anchor_on=form.cleaned_data['anchor_on'],
                roles=form.holders,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _('Started: %(name)s') % {'name': started.name})
            return redirect(started)

    context = {'form': form, 'playbook': playbook, 'version': version}
    return render(request, 'playbooks/run_new.html', context, status=422 if form.is_bound else 200)


@require_http_methods(['GET', 'HEAD', 'POST'])
def run_move(request: Request, pk: int) -> HttpResponse:
    """Move the day a run counts from, after a look at what that changes."""
    found = _find(request, pk)
    _must(run_access(request.user, found).may_move and found.ended_at is None)
    data = request.POST if request.method == 'POST' else request.GET
    form = DayForm(data if 'to' in data else None, initial={'to': found.anchor_on})
    changes = None
    if form.is_valid():
        to = form.cleaned_data['to']
        if request.method == 'POST':
            try:
                engine.move_anchor(run=found, to=to, by=request.user)
            except Refusal as refusal:
                form.add_error('to', refusal.message)
            else:
                messages.success(request, _('The day is moved. What was done keeps its date.'))
                return redirect(found)
        else:
            changes = engine.preview_anchor(found, to)
    context = {'run': found, 'form': form, 'changes': changes}
    return render(request, 'playbooks/run_move.html', context, status=422 if form.errors else 200)


@require_http_methods(['GET', 'HEAD', 'POST'])
def run_people(request: Request, pk: int) -> HttpResponse:
    """Say who holds each role of a run. No state is lost by it."""
    found = _find(request, pk)
    access = run_access(request.user, found)
    _must(access.may_change_roles and found.ended_at is None)
    roles = roles_asked(checklist_of(found.version), private=access.crew.private, held=access.crew.roles)
    form = PeopleForm(
        request.POST if request.method == 'POST' else None,
        roles=roles,
        initial={f'role-{role}': access.crew.roles.get(role, ()) for role in roles},
    )
    if form.is_valid():
        try:
            for role, people in form.holders.items():
                engine.set_role(run=found, role=role, people=people, by=request.user)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _('People saved.'))
            return redirect(found)
    return render(
        request, 'playbooks/run_people.html', {'run': found, 'form': form}, status=422 if form.is_bound else 200
    )


@require_http_methods(['GET', 'HEAD', 'POST'])
def run_end(request: Request, pk: int) -> HttpResponse:
    """Stop a run, or close it as finished though something is open."""
    found = _find(request, pk)
    _must(run_access(request.user, found).may_end and found.is_active)
    form = EndForm(request.POST if request.method == 'POST' else None)
    if form.is_valid():
        try:
            engine.end_run(run=found, by=request.user, outcome=form.cleaned_data['outcome'])
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _('Ended. Everything done in it stays to be seen.'))
            return redirect(found)
    return render(request, 'playbooks/run_end.html', {'run': found, 'form': form}, status=422 if form.is_bound else 200)


@require_http_methods(['POST'])
def run_version(request: Request, pk: int) -> HttpResponse:
    """Move a run to a newer version of its playbook; everything done is kept."""
    found = _find(request, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise Http404
    version = get_object_or_404(found.playbook.versions, number=form.cleaned_data['number'])
    try:
        moved = engine.carry_over(run=found, version=version, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        if moved:
            messages.success(request, _('Moved to v%(number)s. Everything done is kept.') % {'number': version.number})
    return redirect(found)


@require_http_methods(['POST'])
def run_version_undo(request: Request, pk: int) -> HttpResponse:
    """Undo the last move of a run to a newer version."""
    found = _find(request, pk)
    try:
        undone = engine.undo_carry_over(run=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        if undone:
            messages.success(request, _('Moved back. What was done since stays as it is.'))
    return redirect(found)


def _find(request: Request, pk: int) -> Run:
    return get_object_or_404(runs_to_show(request.user), pk=pk)


def _load(request: Request, found: Run, *, at: str) -> RunPage:
    if found.visibility == Run.Visibility.PRIVATE:
        raise Http404  # an enrollment has pages of its own
    prefix = prefix_for(at, found)
    return load_run_page(found, viewer=request.user, home=found.get_absolute_url(), at=at, prefix=prefix, offsets=True)


def _context(page: RunPage) -> dict[str, Any]:
    return {
        'page': page,
        'run': page.run,
        'access': page.access,
        'tally': tally_of(page),
        'holders': holders_of(page),
        'newest': newer_version(page),
    }


def _must(allowed: bool) -> None:
    """Who sees a run, but may not change it, is told so."""
    if not allowed:
        raise PermissionDenied
