"""Pages about oneself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .forms import ProfileForm, ThemeForm
from .requests import Request, back


@require_http_methods(['GET', 'HEAD', 'POST'])
def profile(request: Request) -> HttpResponse:
    """Say how one is called, when one works, and how pages look."""
    form = ProfileForm(request.POST if request.method == 'POST' else None, instance=request.user)
    if request.method == 'POST' and form.is_valid():
        form.save()
        messages.success(request, _('Profile saved.'))
        return redirect('accounts:profile')

    # A form that was refused has written into its person; the frame of the page shows who is signed in as stored.
    if form.is_bound:
        request.user.refresh_from_db(fields=form.Meta.fields)
    return render(request, 'accounts/profile.html', {'form': form}, status=422 if form.is_bound else 200)


@require_http_methods(['POST'])
def theme(request: Request) -> HttpResponse:
    """Show the pages light, dark, or as the device has it."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type='text/plain')

    request.user.theme = form.cleaned_data['theme']
    request.user.save(update_fields=['theme'])

    if request.htmx:
        return HttpResponse(status=204)
    return redirect(back(form.cleaned_data['next'], '/'))
