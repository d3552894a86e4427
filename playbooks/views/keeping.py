"""Who keeps a playbook and where it stands; that it was checked; taking it out of use and back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import Request

from .. import actions, permissions
from ..forms import SettingsForm, VerifyForm
from ..models import Playbook
from ..telling_forms import HandOverForm, WhoseForm


def _playbook(request: Request, slug: str) -> Playbook:
    visible = Playbook.objects.visible_to(request.user)
    known = visible.select_related('kind', 'area', 'owner', 'current_version', 'archived_by')
    return get_object_or_404(known, slug=slug)


@require_http_methods(['GET', 'POST'])
def playbook_settings(request: Request, slug: str) -> HttpResponse:
    """Change who keeps a playbook, where it stands and whom it is for."""
    playbook = _playbook(request, slug)
    if not permissions.can_edit(request.user, playbook):
        raise PermissionDenied
    form = SettingsForm(request.POST or None, playbook=playbook, by=request.user)
    if request.method == 'POST' and form.is_valid():
        actions.keep(playbook=playbook, **form.values())
        messages.success(request, _('Saved.'))
        return redirect('playbooks:playbook' if playbook.current_version else 'playbooks:playbook_edit', slug=slug)
    page = {'playbook': playbook, 'form': form, 'can_archive': permissions.can_archive(request.user)}
    return render(request, 'playbooks/playbook_settings.html', page, status=422 if form.errors else 200)


@require_POST
def verify(request: Request, slug: str) -> HttpResponse:
    """Record that a playbook was checked and is still true."""
    playbook = _playbook(request, slug)
    if not permissions.can_verify(request.user, playbook):
        raise PermissionDenied
    form = VerifyForm(request.POST)
    if playbook.current_version is None:
        messages.warning(request, _('There is no version to check yet.'))
    elif form.is_valid():
        actions.verify(playbook=playbook, by=request.user, remark=form.cleaned_data['remark'])
        messages.success(request, _('Checked today: still true.'))
    else:
        messages.warning(request, _('A remark may have 300 characters. Nothing was saved.'))
    return redirect('playbooks:playbook' if playbook.current_version else 'playbooks:playbook_edit', slug=slug)


@require_POST
def playbook_archive(request: Request, slug: str) -> HttpResponse:
    """Take a playbook out of use; Undo brings it back."""
    playbook = _playbook(request, slug)
    if not permissions.can_archive(request.user):
        raise PermissionDenied
    actions.archive(playbook=playbook, by=request.user)
    undo = 'undo:' + reverse('playbooks:playbook_unarchive', args=[slug])
    messages.success(request, _('Archived. It is kept and can be found by its address.'), extra_tags=undo)
    return redirect('playbooks:playbook_settings', slug=slug)


@require_POST
def playbook_unarchive(request: Request, slug: str) -> HttpResponse:
    """Bring an archived playbook back into use."""
    playbook = _playbook(request, slug)
    if not permissions.can_archive(request.user):
        raise PermissionDenied
    actions.unarchive(playbook=playbook)
    messages.success(request, _('Back in use.'))
    return redirect('playbooks:playbook_settings', slug=slug)


@require_http_methods(['GET', 'POST'])
def hand_over(request: Request) -> HttpResponse:
    """Give pages to somebody else to keep: one's own, or, for editors, those of anybody."""
    named = WhoseForm(request.GET).person()
    if named is not None and named != request.user and not permissions.can_archive(request.user):
        raise PermissionDenied
    giver = named or request.user
    pages = Playbook.objects.visible_to(request.user).filter(owner=giver).select_related('current_version')
    pages = pages.defer('current_version__text').order_by('slug')
    chosen = request.GET.getlist('page')
    form = HandOverForm(request.POST or None, pages=pages, giver=giver, chosen=chosen)
    if request.method == 'POST' and form.is_valid():
        handed = actions.hand_over(by=request.user, **form.cleaned_data)
        words = ngettext('%(n)d page is kept by %(to)s now.', '%(n)d pages are kept by %(to)s now.', handed)
        messages.success(request, words % {'n': handed, 'to': form.cleaned_data['to']})
        return redirect('playbooks:library')
    page = {'form': form, 'giver': giver, 'has_pages': pages.exists()}
    return render(request, 'playbooks/hand_over.html', page, status=422 if form.errors else 200)
