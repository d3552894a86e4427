"""Addresses that playbooks had before lead to those they have now, whatever stands behind the slug."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from .reading import moved_to

LONGEST = 2000  # characters; Django redirects to no longer address


class MovedPlaybooksMiddleware:
    """Sends on who asks for something below an address that a playbook had before: page, version, file, comparison.

    What was sent there goes along (308): nobody loses what they typed because somebody gave the page another address
    meanwhile. Costs one query, and only where the answer would be 404; who may not see the playbook gets that answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        slug = match.kwargs.get('slug') if match and match.app_name == 'playbooks' else None
        before = f'/playbooks/{slug}/'
        if response.status_code != 404 or not slug or not request.path.startswith(before):
            return response
        now_at = moved_to(request.user, slug) if request.user.is_authenticated else None
        address = f'/playbooks/{now_at}/{request.get_full_path()[len(before) :]}'
        if now_at is None or len(address) > LONGEST:
            return response
        return HttpResponsePermanentRedirect(address, preserve_request=request.method not in ('GET', 'HEAD'))
