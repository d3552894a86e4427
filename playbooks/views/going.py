"""Where a link by title leads."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.requests import Request

from .. import search as finding
from ..links_forms import TitleForm
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
