"""The request as our views get it, and where it leads back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from .models import User


class Request(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in, htmx has had its say. Only for type hints."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails


def back(wish: str, otherwise: str) -> str:
    """Where somebody came from, if that is a path of this site, which no view's name is; else somewhere."""
    return wish if wish.startswith('/') and url_has_allowed_host_and_scheme(wish, allowed_hosts=None) else otherwise
