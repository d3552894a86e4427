"""What somebody is told: their inbox, what they watch, and everything that changed since they were here."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import Request, back

from .. import catching_up, comparing, notices
from .. import text as texts
from ..models import MailWish, Playbook
from ..reading_forms import PageForm
from ..telling_forms import HaveReadForm, MailWishForm, SeenForm, WatchForm, WatchMoreForm, instant
from ..watching import stop_watching, watch, watching_of

LISTED = 50


@require_safe
def inbox(request: Request) -> HttpResponse:
    """Show what somebody was told, the newest first."""
    number = PageForm(request.GET).wish('page', 1)
    shows_all = request.GET.get('show') == 'all'
    found = notices.inbox_of(request.user, only_unseen=not shows_all)
    start = (number - 1) * LISTED
    rows = list(found[start : start + LISTED + 1])
    page = {
        'lines': notices.lines_of(rows[:LISTED], request.user),
        'shows_all': shows_all,
        'until': instant(timezone.now()),
        'next_page': number + 1 if len(rows) > LISTED else 0,
        'previous_page': number - 1,
    }
    return render(request, 'playbooks/inbox.html', page)


@require_POST
def inbox_seen(request: Request) -> HttpResponse:
    """Mark one notice as seen, or all that came until the page was shown."""
    form = SeenForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _('Nothing was marked. Load the page again.'))
    elif form.cleaned_data['notice']:
        notices.see(person=request.user, pks=[form.cleaned_data['notice']])
    else:
        seen = notices.see(person=request.user, until=form.cleaned_data['until'])
        if seen:
            messages.success(request, ngettext('%d notice seen.', '%d notices seen.', seen) % seen)
    return HttpResponse(status=204) if request.htmx else redirect('playbooks:inbox')


@require_http_methods(['GET', 'HEAD', 'POST'])
def watching(request: Request) -> HttpResponse:
    """Show what somebody watches; take more, and how they want to be told by mail."""
    wish = MailWish.objects.filter(person=request.user).values_list('how', flat=True).first()
    initial = {'how': wish or MailWish.How.AT_ONCE}
    mail_form, more_form = MailWishForm(initial=initial), WatchMoreForm()
    if request.method == 'POST' and 'how' in request.POST:
        mail_form = MailWishForm(request.POST)
        if mail_form.is_valid():
            MailWish.objects.update_or_create(person=request.user, defaults={'how': mail_form.cleaned_data['how']})
            messages.success(request, _('Saved.'))
            return redirect('playbooks:watching')
    elif request.method == 'POST':
        more_form = WatchMoreForm(request.POST)
        if more_form.is_valid():
            for chosen in more_form.chosen:
                watch(person=request.user, watched=chosen)
            messages.success(request, _('You are told of new versions from now on.'))
            return redirect('playbooks:watching')
    page = {'watched': watching_of(request.user), 'mail_form': mail_form, 'more_form': more_form}
    status = 422 if mail_form.errors or more_form.errors else 200
    return render(request, 'playbooks/watching.html', page, status=status)


@require_POST
def watch_change(request: Request) -> HttpResponse:
    """Begin or stop to watch a page, type, tag or area."""
    form = WatchForm(request.POST)
    watched = form.watched(request.user) if form.is_valid() else None
    if watched is None:
        raise Http404
    name = watched.title if isinstance(watched, Playbook) else str(watched)
    if form.cleaned_data['on']:
        watch(person=request.user, watched=watched)
        messages.success(request, _('You are told of new versions: “%s”.') % name)
    else:
        stop_watching(person=request.user, watched=watched)
        messages.success(request, _('No longer watched: “%s”.') % name)
    return redirect(back(form.cleaned_data['next'], reverse('playbooks:watching')))


@require_http_methods(['GET', 'HEAD', 'POST'])
def catch_up(request: Request) -> HttpResponse:
    """Show all that changed since somebody was here, required things first; one click says that they have read it."""
    if request.method == 'POST':
        form = HaveReadForm(request.POST)
        if not form.is_valid():
            messages.warning(request, _('This page does not fit any more. Here it is anew; nothing was recorded.'))
            return redirect('playbooks:catch_up')
        done = catching_up.have_read(person=request.user, read=form.read, until=form.cleaned_data['until'])
        said = ngettext('%d page read.', '%d pages read.', done) % done if done else ''
        messages.success(request, f'{said} {_("You are up to date.")}'.strip())
        return redirect('onboarding:today')
    page = catching_up.catch_up(request.user)
    context = {'page': page, 'until': instant(page.until), 'today': timezone.localdate()}
    return render(request, 'playbooks/catch_up.html', context)


@require_safe
def catch_up_change(request: Request, slug: str, old: int, new: int) -> HttpResponse:
    """What changed in one page, for the list of all that changed; the whole comparison has a page of its own."""
    asked = comparing.two_versions(request.user, slug, old, new) if old < new else None
    if asked is None:
        raise Http404
    if not request.htmx:
        return redirect('playbooks:compare', slug=slug, old=old, new=new)
    try:
        comparison = comparing.compared(asked)[0]
    except texts.Refused:
        comparison = None
    return render(request, 'playbooks/_catch_up_change.html', {'comparison': comparison})
