"""Today: the page that everybody begins with."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.requests import Request

from ..today import load_today


@require_http_methods(['GET', 'HEAD'])
def today(request: Request) -> HttpResponse:
    """Show what somebody does next, what waits for them and for whom they wait."""
    page = load_today(request.user)
    context: dict[str, Any] = {'today': page, 'own': page.own}
    if page.own is not None:
        context |= {'track_url': page.own.address, 'nav_track_url': page.own.address}
    return render(request, 'onboarding/today.html', context)
