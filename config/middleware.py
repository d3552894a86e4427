"""What Django 5.2 does not do itself: some headers of answers, and an end to what a request may hold."""

from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _


def content_security_policy(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the header's value for a policy written as Django 6's SECURE_CSP."""
    return '; '.join(f'{name} {" ".join(sources)}' for name, sources in policy.items())


def permissions_policy(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the header's value; an empty list forbids the feature altogether."""
    return ', '.join(f'{name}=({" ".join(sources)})' for name, sources in policy.items())


class SecurityHeadersMiddleware:
    """Sets Content-Security-Policy and Permissions-Policy. The first goes when Django 6 brings its own.

    A page that says nothing else about it is kept nowhere: whoever uses the device next must not come back to it, and
    what an address leads to depends on who asks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            'Content-Security-Policy': content_security_policy(settings.SECURE_CSP),
            'Permissions-Policy': permissions_policy(settings.PERMISSIONS_POLICY),
            'Cache-Control': 'private, no-store',
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class RequestSizeMiddleware:
    """Refuses a request that says it is larger than anything asked for here, before a byte of it is read.

    A form with a file is read whole, into a temporary file, before anybody has looked at who sends it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        size = request.META.get('CONTENT_LENGTH') or '0'
        if not size.isdecimal() or len(size) > 15 or int(size) > settings.MOST_BYTES_SENT:
            return HttpResponse(_('This is too much to send at once.\n'), status=413, content_type='text/plain')
        return self.get_response(request)
