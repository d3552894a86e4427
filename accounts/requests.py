"""The request as our views get it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from .models import User


class Request(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in, htmx has had its say. Only for type hints."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails
