"""What links lead nowhere: within the site, and outside where somebody asked."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import Request

from .. import permissions
from ..dead_links import report
from ..link_checks import ask_for_checks, outside_links
from ..models import Playbook
from ..reading_forms import PageForm

LISTED = 40


def _looked_after(request: Request) -> QuerySet[Playbook]:
    """The pages whose links this person looks after: editors all, everybody else those they keep."""
    published = Playbook.objects.published()
    return published if permissions.can_archive(request.user) else published.kept_by(request.user)


@require_safe
def links(request: Request) -> HttpResponse:
    """Links within the site that lead nowhere."""
    found = report(_looked_after(request), reader=request.user)
    page = Paginator(found, LISTED).get_page(PageForm(request.GET).wish('page', 1))
    shown = {
        'page': page,
        'number': sum(len(one.links) for one in found),
        'sees_all': permissions.can_archive(request.user),
    }
    return render(request, 'playbooks/links.html', shown)


@require_safe
def links_outside(request: Request) -> HttpResponse:
    """Links to other sites: what is known of them, and a button to have them checked."""
    found = outside_links(_looked_after(request))
    bad = [one for one in found if one.is_bad]
    checks = {one.url: one.check for one in found}.values()
    page = Paginator(bad, LISTED).get_page(PageForm(request.GET).wish('page', 1))
    shown = {
        'page': page,
        'bad': len(bad),
        'number': len(checks),
        'checked': sum(1 for check in checks if check and check.checked_at),
        'waiting': sum(1 for check in checks if check and check.asked_at),
        'last': max((check.checked_at for check in checks if check and check.checked_at), default=None),
        'sees_all': permissions.can_archive(request.user),
    }
    return render(request, 'playbooks/links_outside.html', shown)


@require_POST
def links_check(request: Request) -> HttpResponse:
    """Have the worker check links to other sites."""
    asked = ask_for_checks(_looked_after(request))
    if asked:
        said = ngettext('%d address is being checked.', '%d addresses are being checked.', asked) % asked
        messages.success(request, f'{said} {_("Each site is asked for one at a time, so it may take a while.")}')
    else:
        messages.success(request, _('All were checked within the last day, or wait for it.'))
    return redirect('playbooks:links_outside')
