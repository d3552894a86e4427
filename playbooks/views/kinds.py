"""The pages on which editors keep the kinds of playbooks: what new ones start with, their rules, their fields."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import Request

from .. import kinds as keeping
from .. import permissions
from .. import text as texts
from ..kind_fields import KindField, every_field, fields_of
from ..kind_forms import KindFieldForm, KindForm, MoveFieldForm, RemoveFieldForm
from ..models import Kind


def _keeper(request: Request) -> None:
    """Let nobody pass who may not change kinds. That the pages are there is no secret: 403."""
    if not permissions.can_change_kinds(request.user):
        raise PermissionDenied


def _kind(request: Request, slug: str) -> Kind:
    _keeper(request)
    return get_object_or_404(Kind, slug=slug)


@require_safe
def kinds(request: Request) -> HttpResponse:
    """All kinds with what new ones start with and how many playbooks there are of each."""
    _keeper(request)
    found = [(kind, len(fields_of(kind.fields))) for kind in keeping.with_use()]
    return render(request, 'playbooks/kinds.html', {'kinds': found})


@require_http_methods(['GET', 'POST'])
def kind_new(request: Request) -> HttpResponse:
    """Add a kind."""
    _keeper(request)
    form = KindForm(request.POST or None, instance=Kind())
    if request.method == 'POST' and 'preview' not in request.POST and form.is_valid():
        kind = keeping.create_kind(values=form.values(), approvers=form.cleaned_data['approvers'])
        messages.success(request, _('“%s” is there. Now say which fields it asks for.') % kind.name)
        return redirect('playbooks:kind', slug=kind.slug)
    return _form(request, 'playbooks/kind_new.html', form)


@require_http_methods(['GET', 'POST'])
def kind(request: Request, slug: str) -> HttpResponse:
    """Change a kind; versions that are published stay as they are."""
    found = _kind(request, slug)
    form = KindForm(request.POST or None, instance=found)
    if request.method != 'POST' or 'preview' in request.POST or not form.is_valid():
        return _kind_page(request, form)
    cleaned = form.cleaned_data
    try:
        keeping.change_kind(kind=found, values=form.values(), approvers=cleaned['approvers'], shown=cleaned['shown'])
    except keeping.KindChanged as changed:
        again = {**request.POST.dict(), 'shown': keeping.fingerprint(changed.stored)}
        return _kind_page(request, KindForm(again, instance=found), status=409, stored=changed.stored)
    messages.success(request, _('Saved. It holds for new playbooks; published versions stay as they are.'))
    return redirect('playbooks:kind', slug=slug)


def _kind_page(request: Request, form: KindForm, **more: Any) -> HttpResponse:
    stored = get_object_or_404(keeping.with_use(), pk=form.instance.pk)  # the form may hold what is not stored
    fields = every_field(stored.fields)
    page = {
        'kind': stored,
        'asked': [field for field in fields if not field.removed],
        'removed': [field for field in fields if field.removed],
        **more,
    }
    return _form(request, 'playbooks/kind.html', form, **page)


def _form(request: Request, template: str, form: KindForm, *, status: int = 0, **page: Any) -> HttpResponse:
    """A page with the form of a kind; after “Show preview” with its text as it will look, judged only then."""
    is_preview = 'preview' in request.POST
    page |= {'form': form, 'document': _document(form['template'].value() or '') if is_preview else None}
    is_refused = request.method == 'POST' and bool(form.errors)
    return render(request, template, page, status=status or (422 if is_refused else 200))


def _document(text: str) -> texts.Document:
    try:
        return texts.read(text, title=_('New'))
    except texts.Refused as refused:
        return texts.Document(problems=[texts.Problem(refused.line or 0, refused.message)])


@require_POST
def kind_delete(request: Request, slug: str) -> HttpResponse:
    """Delete a kind that no playbook has."""
    found = _kind(request, slug)
    try:
        keeping.delete_kind(kind=found)
    except keeping.KindInUse:
        messages.warning(request, _('There are playbooks of this type, so it stays.'))
        return redirect('playbooks:kind', slug=slug)
    messages.success(request, _('The type “%s” is deleted.') % found.name)
    return redirect('playbooks:kinds')


@require_http_methods(['GET', 'POST'])
def kind_field_new(request: Request, slug: str) -> HttpResponse:
    """Add a field to a kind."""
    found = _kind(request, slug)
    form = KindFieldForm(request.POST or None)
    if request.method == 'POST' and len(every_field(found.fields)) >= keeping.MAX_FIELDS:
        form.add_error(None, _('A type may have %d fields.') % keeping.MAX_FIELDS)
    if request.method == 'POST' and form.is_valid():
        added = keeping.add_field(kind=found, field=form.described())
        messages.success(request, _('“%s” is asked for from now on.') % added.label)
        return redirect('playbooks:kind', slug=slug)
    page = {'kind': found, 'form': form}
    return render(request, 'playbooks/kind_field.html', page, status=422 if form.errors else 200)


@require_http_methods(['GET', 'POST'])
def kind_field(request: Request, slug: str, name: str) -> HttpResponse:
    """Change a field of a kind, or see what taking it out would mean."""
    found = _kind(request, slug)
    field = _field(found, name)
    form = KindFieldForm(request.POST or None, field=field, is_said=keeping.is_said(found, name))
    if request.method == 'POST' and form.is_valid():
        keeping.change_field(kind=found, field=form.described())
        messages.success(request, _('Saved.'))
        return redirect('playbooks:kind', slug=slug)
    page = {'kind': found, 'form': form, 'field': field, 'pages': keeping.pages_saying(found, name)}
    return render(request, 'playbooks/kind_field.html', page, status=422 if form.errors else 200)


@require_POST
def kind_field_move(request: Request, slug: str, name: str) -> HttpResponse:
    """Move a field up or down in the kind's list."""
    found = _kind(request, slug)
    field, form = _field(found, name), MoveFieldForm(request.POST)
    if form.is_valid():
        keeping.move_field(kind=found, name=field.name, up=form.cleaned_data['way'] == 'up')
    return redirect(f'{found.get_absolute_url()}#field-{field.name}')


@require_POST
def kind_field_remove(request: Request, slug: str, name: str) -> HttpResponse:
    """Ask for a field no longer, or again."""
    found = _kind(request, slug)
    field, form = _field(found, name), RemoveFieldForm(request.POST)
    is_back = form.is_valid() and form.cleaned_data['back']
    keeping.remove_field(kind=found, name=field.name, removed=not is_back)
    if is_back:
        messages.success(request, _('“%s” is asked for again.') % field.label)
    else:
        messages.success(request, _('“%s” is not asked for any more. Versions that have it keep it.') % field.label)
    return redirect('playbooks:kind', slug=slug)


def _field(kind: Kind, name: str) -> KindField:
    found = next((field for field in every_field(kind.fields) if field.name == name), None)
    if found is None:
        raise Http404
    return found
