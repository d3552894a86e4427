"""Pages about oneself."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from .models import User


class ThemeForm(forms.Form):
    """What the account menu sends."""

    theme = forms.ChoiceField(choices=User.Theme.choices)
    next = forms.CharField(required=False)


@require_http_methods(['POST'])
def theme(request: HttpRequest) -> HttpResponse:
    """Show the pages light, dark, or as the device has it."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type='text/plain')

    request.user.theme = form.cleaned_data['theme']
    request.user.save(update_fields=['theme'])

    if request.htmx:
        return HttpResponse(status=204)
    back = form.cleaned_data['next']
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else '/')
