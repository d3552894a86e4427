"""The pages on which documents come in from elsewhere."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from accounts.requests import Request

from .. import intakes as bringing
from .. import permissions
from .. import text as texts
from ..editing import preview_of
from ..intake_forms import ChoicesForm, IntakeForm, PasteForm, TargetForm
from ..intake_pages import rows_of
from ..limits import is_within
from ..models import Intake, IntakeDocument, Playbook
from ..text.fromhtml import markdown_from_html

PASTES = 30  # within a minute
ONE_PAGE = 20
SECONDS = 1.5  # that one request gives to an intake


@require_POST
def paste(request: Request) -> HttpResponse:
    """Answer what the HTML of a clipboard is in Markdown, for the editor. Nothing is kept."""
    form = PasteForm(request.POST)
    if not is_within('paste', request.user, most=PASTES, seconds=60):
        words = _('That was much in one minute. Paste it without formatting, or wait.')
        return JsonResponse({'error': words}, status=429)
    if not form.is_valid():
        return JsonResponse({'error': ' '.join(map(str, form.errors['html']))}, status=422)
    try:
        converted = markdown_from_html(form.cleaned_data['html'])
    except texts.Refused as refused:
        return JsonResponse({'error': refused.message}, status=422)
    return JsonResponse({'text': converted.text, 'remarks': converted.remarks})


@require_http_methods(['GET', 'POST'])
def intakes(request: Request) -> HttpResponse:
    """Drop documents to bring in, and see what came in before."""
    by = request.user
    knows = permissions.can_bring_in(by)
    if not knows and not Playbook.objects.visible_to(by).kept_by(by).exists():
        raise PermissionDenied
    wanted = TargetForm(request.GET)
    target = wanted.cleaned_data['to'] if wanted.is_valid() else ''
    form = IntakeForm(request.POST or None, request.FILES or None, by=by)
    if request.method == 'POST' and form.is_valid():
        cleaned = form.cleaned_data
        intake = bringing.start(
            by=by, uploads=cleaned['documents'], kind=cleaned['kind'], area=cleaned['area'], target=target
        )
        return redirect('playbooks:intake', pk=intake.pk)
    page = Paginator(bringing.seen_by(by), ONE_PAGE).get_page(request.GET.get('page'))
    shown = {'form': form, 'page': page, 'knows': knows, 'target': target}
    return render(request, 'playbooks/intakes.html', shown, status=422 if form.errors else 200)


def _intake(request: Request, pk: int) -> Intake:
    """An intake that its reader may see; 404 for whom it does not exist."""
    return get_object_or_404(bringing.seen_by(request.user), pk=pk)


@require_http_methods(['GET', 'POST'])
@vary_on_headers('HX-Request')
def intake(request: Request, pk: int) -> HttpResponse:
    """What would come in, with a choice for each document; then how far it is; then the report of it."""
    found = _intake(request, pk)
    is_own = found.by == request.user
    if request.method == 'POST' and not is_own:
        raise PermissionDenied
    settled = found.asked_at or found.cancelled_at
    if request.method == 'POST' and settled:
        return redirect('playbooks:intake', pk=pk)
    if settled or not is_own:
        return render(
            request, 'playbooks/intake.html', {**_page(found, bringing.documents_of(found)), 'is_own': is_own}
        )
    documents = bringing.documents_of(found)
    initial = {'target': found.answers['target'], 'publish': ''}
    form = ChoicesForm(request.POST or None, documents=documents, by=request.user, initial=initial)
    if request.method == 'POST' and form.is_valid():
        cleaned = form.cleaned_data
        bringing.answer(
            intake=found,
            chosen=form.chosen(),
            publish=bool(cleaned.get('publish')),
            target=form.playbook,
            join_title=cleaned.get('join_title') or '',
        )
        bringing.carry_on(intake=found, seconds=SECONDS)
        return redirect('playbooks:intake', pk=pk)
    shown = {**_page(found, documents, form), 'form': form}
    return render(request, 'playbooks/intake.html', shown, status=422 if form.errors else 200)


@require_POST
def intake_continue(request: Request, pk: int) -> HttpResponse:
    """Go on with an intake that was asked for, for a moment; the page asks again until it is done."""
    found = _intake(request, pk)
    if found.by != request.user:
        raise PermissionDenied
    bringing.carry_on(intake=found, seconds=SECONDS)
    if not request.htmx:
        return redirect('playbooks:intake', pk=pk)
    found = _intake(request, pk)
    if found.done_at:
        return HttpResponseClientRefresh()
    return render(request, 'playbooks/_intake_progress.html', {'intake': found, 'is_own': True})


@require_POST
def intake_cancel(request: Request, pk: int) -> HttpResponse:
    """Bring nothing in after all."""
    found = _intake(request, pk)
    if found.by != request.user:
        raise PermissionDenied
    bringing.cancel(intake=found)
    messages.success(request, _('Nothing came in, and what you dropped is forgotten.'))
    return redirect('playbooks:intakes')


@require_safe
def intake_document(request: Request, pk: int, position: int) -> HttpResponse:
    """One document as it would come in: rendered, its text, and what was remarked on the way."""
    found = _intake(request, pk)
    document = get_object_or_404(found.documents.select_related('playbook'), position=position)
    if not document.text:
        raise Http404
    shown = {'intake': found, 'document': document, 'preview': preview_of(document.text, document.title)}
    return render(request, 'playbooks/intake_document.html', shown)


def _page(found: Intake, documents: list[IntakeDocument], form: ChoicesForm | None = None) -> dict[str, Any]:
    rows = rows_of(found, documents, form)
    return {'intake': found, 'rows': rows, 'can_come': any(row.field for row in rows)}
