"""Where a link by title leads, and the address that a playbook has."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import Request

from .. import permissions
from .. import search as finding
from ..actions import AddressTaken, give_address
from ..links_forms import AddressForm, TitleForm
from ..models import Playbook
from ..titles import meant_by

LISTED = 10


@require_safe
def go(request: Request) -> HttpResponse:
    """Lead to the playbook that a title means; if it means several or none, say so and offer what is near."""
    form = TitleForm(request.GET)
    title = form.cleaned_data['title'] if form.is_valid() else ''
    found = meant_by(request.user, title)
    if len(found) == 1:
        return redirect('playbooks:playbook', slug=found[0].slug)
    near = finding.search(title, finding.visible(request.user), limit=LISTED).hits if title and not found else []
    return render(request, 'playbooks/go.html', {'title': title, 'found': found, 'near': near})


@require_http_methods(['GET', 'HEAD', 'POST'])
def playbook_address(request: Request, slug: str) -> HttpResponse:
    """Give a playbook another address; those it had go on leading to it."""
    visible = Playbook.objects.visible_to(request.user).select_related('current_version')
    playbook = get_object_or_404(visible, slug=slug)
    if not permissions.can_edit(request.user, playbook):
        raise PermissionDenied
    form = AddressForm(request.POST if request.method == 'POST' else None, initial={'slug': slug})
    if form.is_valid():
        try:
            give_address(playbook=playbook, slug=form.cleaned_data['slug'])
        except AddressTaken:
            form.add_error('slug', _('Another playbook has this address, or had it before. Choose another.'))
        else:
            messages.success(request, _('Saved. The address it had leads here too.'))
            return redirect(
                'playbooks:playbook' if playbook.current_version else 'playbooks:playbook_edit', playbook.slug
            )
    page = {
        'playbook': playbook,
        'form': form,
        'earlier': playbook.slug_history.order_by('-until'),
        'start': request.build_absolute_uri('/playbooks/'),
    }
    return render(request, 'playbooks/playbook_address.html', page, status=422 if form.errors else 200)
