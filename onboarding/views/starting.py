"""Pages that start something: somebody's onboarding, and the site itself for real."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.requests import Request
from playbooks.runs import NotAllowed, NotPossible

from ..enrolling import AddressTaken, AlreadyEnrolled, add_starter, may_add_starters
from ..real_start import NoSampleSite, count_sample, is_sample_site
from ..real_start import start_for_real as make_real
from ..starting_forms import ElsewhereForm, StarterForm, StartForRealForm


@require_http_methods(['GET', 'HEAD', 'POST'])
def starter_new(request: Request) -> HttpResponse:
    """Start somebody's onboarding; with a first day in the past, a second step asks what was done elsewhere."""
    if not may_add_starters(request.user):
        raise Http404

    form = StarterForm(request.POST if request.method == 'POST' else None, by=request.user)
    if not form.is_valid():
        return render(request, 'onboarding/starter_new.html', {'form': form}, status=422 if form.is_bound else 200)

    due = form.due_before_today()
    asked = 'second_step' in request.POST
    elsewhere = ElsewhereForm(request.POST if asked else None, due=due)
    if due and not elsewhere.is_valid():
        page = {'form': form, 'elsewhere': elsewhere, 'starter': form.starter}
        return render(request, 'onboarding/starter_elsewhere.html', page, status=422 if asked else 200)

    done = elsewhere.cleaned_data['done'] if due else []
    try:
        enrollment = add_starter(
            starter=form.starter, by=request.user, elsewhere={key: _('Done before starting here.') for key in done}
        )
    except (AddressTaken, AlreadyEnrolled, NotAllowed, NotPossible) as error:
        form.add_error('email', str(error))
        return render(request, 'onboarding/starter_new.html', {'form': form}, status=422)

    person = enrollment.run.owner
    if person.has_usable_password():
        words = _('%(name)s’s onboarding is started. Their account stays as it was.')
    else:
        words = _('%(name)s’s onboarding is started. A link to set a password goes to %(email)s.')
    messages.success(request, words % {'name': person, 'email': person.email})
    return redirect(enrollment)


@sensitive_post_parameters('password')
@require_http_methods(['GET', 'HEAD', 'POST'])
def start_for_real(request: Request) -> HttpResponse:
    """Turn a site with sample people into the company's own."""
    if not request.user.is_admin or not is_sample_site():
        raise Http404

    form = StartForRealForm(request.POST if request.method == 'POST' else None)
    if form.is_valid():
        try:
            admin = make_real(**form.cleaned_data)
        except NoSampleSite:
            raise Http404 from None
        login(request, admin, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _('This is your site now. The sample people are gone; the playbooks are yours.'))
        return redirect('/')

    page = {'form': form, 'sample': count_sample()}
    return render(request, 'onboarding/start_for_real.html', page, status=422 if form.is_bound else 200)
