"""Who has read a page, and who has to."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import Request

from .. import permissions, required
from ..models import Playbook, RequiredReading
from ..telling_forms import AskToReadForm, ReadersForm

LISTED = 50


def _playbook(request: Request, slug: str) -> Playbook:
    """The page, for whoever keeps it: 404 for whom it is not there, 403 for who may only read it."""
    visible = Playbook.objects.visible_to(request.user).filter(current_version__isnull=False).with_readers()
    shown = visible.select_related('current_version').defer('current_version__text')
    playbook = get_object_or_404(shown, slug=slug)
    if not permissions.can_edit(request.user, playbook):
        raise PermissionDenied
    return playbook


@require_http_methods(['GET', 'HEAD', 'POST'])
def readers(request: Request, slug: str) -> HttpResponse:
    """Show who has read a page and who has not, version by version; ask a group or everybody to."""
    playbook = _playbook(request, slug)
    form = AskToReadForm(request.POST if request.method == 'POST' else None, today=timezone.localdate())
    if request.method == 'POST' and form.is_valid():
        try:
            reading = required.ask_to_read(playbook=playbook, by=request.user, **form.cleaned_data)
        except required.AskedAlready:
            form.add_error('group', _('They are asked already. Stop asking first, to ask anew.'))
        else:
            messages.success(request, _('Asked. Whoever has not read it is told.'))
            return redirect(f'{request.path}?ask={reading.pk}')
    narrowed = ReadersForm(request.GET)
    askings = required.askings_of(playbook)
    wanted = narrowed.wish('ask')
    chosen = next((asking for asking in askings if asking.reading.pk == wanted), askings[0] if askings else None)
    people = required.asked_by(chosen.reading) if chosen else permissions.people_who_read(playbook)
    state, number = narrowed.wish('state') or '', narrowed.wish('page') or 1
    start = (number - 1) * LISTED
    listed = required.in_state(people, playbook, state or ('' if chosen else 'some'))
    rows = list(listed[start : start + LISTED + 1])
    page = {
        'playbook': playbook,
        'form': form,
        'askings': askings,
        'chosen': chosen,
        'state': state,
        'people': rows[:LISTED],
        'last_asking': required.last_asking(playbook),
        'by_version': required.readers_by_version(playbook),
        'next_page': number + 1 if len(rows) > LISTED else 0,
        'previous_page': number - 1,
    }
    return render(request, 'playbooks/readers.html', page, status=422 if form.errors else 200)


def _reading(request: Request, slug: str, pk: int) -> RequiredReading:
    playbook = _playbook(request, slug)
    reading = get_object_or_404(RequiredReading.objects.filter(ended_at=None), playbook=playbook, pk=pk)
    reading.playbook = playbook
    return reading


@require_POST
def reading_end(request: Request, slug: str, pk: int) -> HttpResponse:
    """Ask no more for a page to be read."""
    reading = _reading(request, slug, pk)
    required.stop_asking(reading=reading, by=request.user)
    messages.success(request, _('Nobody is asked any more. What was read stays read.'))
    return redirect('playbooks:readers', slug=slug)


@require_POST
def reading_remind(request: Request, slug: str, pk: int) -> HttpResponse:
    """Remind those who have not read it, once a day at most."""
    reading = _reading(request, slug, pk)
    told = required.remind(reading=reading, by=request.user)
    if told:
        words = ngettext('%d person has it in their inbox.', '%d people have it in their inbox.', told)
        messages.success(request, words % told + ' ' + _('Nobody is reminded twice in a day.'))
    else:
        messages.info(request, _('Everybody has read it.'))
    return redirect(f'{reverse("playbooks:readers", args=[slug])}?ask={pk}')
