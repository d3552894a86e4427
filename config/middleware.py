"""Response headers that Django 5.2 does not set itself."""

from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def content_security_policy(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the header's value for a policy written as Django 6's SECURE_CSP."""
    return '; '.join(f'{name} {" ".join(sources)}' for name, sources in policy.items())


def permissions_policy(policy: Mapping[str, Sequence[str]]) -> str:
    """Return the header's value; an empty list forbids the feature altogether."""
    return ', '.join(f'{name}=({" ".join(sources)})' for name, sources in policy.items())


class SecurityHeadersMiddleware:
    """Sets Content-Security-Policy and Permissions-Policy. The first goes when Django 6 brings its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            'Content-Security-Policy': content_security_policy(settings.SECURE_CSP),
            'Permissions-Policy': permissions_policy(settings.PERMISSIONS_POLICY),
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
