"""The history of a playbook: its versions, bringing an old one back, and where an item is now."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import Request

from .. import approving, reading, rendering
from .. import text as texts
from ..differences import difference
from ..drafts import DraftChanged, draft_of
from ..history import history_of
from ..history_forms import AtForm, GoneForm, HistoryForm, KeyForm, RestoreForm
from ..models import Playbook, Version
from ..permissions import can_archive, can_publish, can_suggest
from ..places import NoSuchPlace, place_in
from ..players import playing
from ..restoring import is_shared, restore
from ..since import origins
from ..whereabouts import links_to, whereabouts

LISTED = 20


@require_safe
def history(request: Request, slug: str) -> HttpResponse:
    """Every version of a playbook: who made it, when, what changed and why."""
    visible = Playbook.objects.visible_to(request.user).select_related('current_version', 'archived_by')
    playbook = get_object_or_404(visible.defer('current_version__text', 'current_version__fields'), slug=slug)
    form = HistoryForm(request.GET)
    number, weight = form.wish('page', 1), form.wish('weight', '')
    listed = history_of(playbook, request.user, page=number, size=LISTED, weight=weight)
    if not listed.entries and number > 1:
        raise Http404
    here = [entry.number for entry in listed.entries if not entry.check]
    old = form.wish('old', here[1] if len(here) > 1 else None)
    new = form.wish('new', here[0] if here else None)
    current = playbook.current_version.number if playbook.current_version else 0
    page = {
        'playbook': playbook,
        'entries': listed.entries,
        'number': number,
        'has_more': listed.has_more,
        'weight': weight,
        'weights': Version.Weight.choices,
        'old': old,
        'new': new,
        'elsewhere': [one for one in (('old', old), ('new', new)) if one[1] and one[1] not in here],
        'can_compare': current > 1,
        'since': origins(request.user, slug, current=current, read=listed.read_number, title=playbook.title),
        'can_archive': can_archive(request.user),
        'left_out': form.left_out,
    }
    return render(request, 'playbooks/history.html', page)


@require_safe
def version(request: Request, slug: str, number: int) -> HttpResponse:
    """Read one version by its address."""
    found = reading.readable_version(request.user, slug, number)
    if found is None:
        raise Http404
    shown_version, is_open = found
    page = {
        'version': shown_version,
        'playbook': shown_version.playbook,
        'is_open': is_open,
        'is_current': shown_version.pk == shown_version.playbook.current_version_id,
        'is_read': reading.has_read(request.user, shown_version),
        'fields': reading.facts_of(request.user, shown_version.playbook.kind.fields, shown_version.fields),
        'gone': GoneForm(request.GET).wish('gone', ''),
        'thanked': shown_version.credits.all() if is_open else (),
        'approvals': approving.of_version(shown_version) if is_open else (),
    }
    plays_from: frozenset[str] = frozenset()
    try:
        page['shown'] = shown = rendering.shown(shown_version)
        page['html'], plays_from = reading.html_for(request.user, shown.html, slug=slug)
    except texts.Refused as refused:
        page['refused'] = refused
    return playing(render(request, 'playbooks/version.html', page), plays_from)


@require_http_methods(['GET', 'HEAD', 'POST'])
def version_restore(request: Request, slug: str, number: int) -> HttpResponse:
    """Bring the text of an old version back: as one's draft, to be published as a version of its own."""
    visible = Playbook.objects.visible_to(request.user).select_related('kind', 'area', 'current_version', 'archived_by')
    playbook = get_object_or_404(visible, slug=slug)
    old = get_object_or_404(playbook.versions, number=number)
    if not can_suggest(request.user, playbook):
        raise PermissionDenied
    draft = draft_of(playbook, request.user)
    form = RestoreForm(request.POST or None, revision=draft.revision)
    is_possible = old.pk != playbook.current_version_id and not playbook.archived_at and not is_shared(draft)
    if request.method == 'POST' and is_possible and form.is_valid():
        try:
            restore(draft=draft, version=old, shown_revision=form.cleaned_data['revision'])
        except DraftChanged:
            messages.warning(request, _('Your draft was saved in another tab meanwhile. Nothing was replaced.'))
            return redirect('playbooks:version_restore', slug=slug, number=number)
        return _on_to_publish(request, playbook, old)
    page = {
        'playbook': playbook,
        'version': old,
        'draft': draft,
        'form': form,
        'is_possible': is_possible,
        'is_shared': is_shared(draft),
        'can_archive': can_archive(request.user),
        'difference': difference(request.user, playbook, playbook.current_version, old),
    }
    return render(request, 'playbooks/version_restore.html', page, status=422 if request.method == 'POST' else 200)


def _on_to_publish(request: Request, playbook: Playbook, old: Version) -> HttpResponse:
    """The text is a draft now: on to the publish step, or to the editor for whoever can only suggest it."""
    message = _('The text of version %(number)d is in your draft. Nothing is published yet.')
    messages.success(request, message % {'number': old.number})
    may_publish = can_publish(request.user, playbook)
    return redirect('playbooks:playbook_publish' if may_publish else 'playbooks:playbook_edit', slug=playbook.slug)


@require_safe
def item(request: Request, slug: str, key: str) -> HttpResponse:
    """Lead to the place of an item: in the current version, else where it was last."""
    playbook = get_object_or_404(Playbook.objects.visible_to(request.user).only('slug', 'current_version'), slug=slug)
    form = KeyForm({'key': key})
    place = whereabouts(playbook, form.cleaned_data['key']) if form.is_valid() else None
    if place is None:
        raise Http404
    if place.number is None:
        return redirect(f'{reverse("playbooks:playbook", args=[slug])}#{place.anchor}')
    address = reverse('playbooks:version', args=[slug, place.number])
    return redirect(f'{address}?{urlencode({"gone": key})}#{place.anchor}')


@require_safe
def place_link(request: Request, slug: str) -> HttpResponse:
    """The addresses of a heading or an item: where it is now, and where it is in this very version."""
    visible = Playbook.objects.visible_to(request.user).select_related('current_version').exclude(current_version=None)
    playbook = get_object_or_404(visible.defer('current_version__text'), slug=slug)
    form = AtForm(request.GET)
    try:
        place = place_in(playbook.current_version, form.wish('at', ''))
    except NoSuchPlace:
        raise Http404 from None
    return render(request, 'playbooks/place_link.html', {'playbook': playbook, **links_to(playbook, place)})
