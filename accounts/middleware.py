"""What every page knows about its reader."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .reader import reading_as


class ReaderMiddleware:
    """Writes dates and times as the signed-in person reads them. Stands after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with reading_as(locale=request.user.locale, time_zone=request.user.time_zone):
            return self.get_response(request)
