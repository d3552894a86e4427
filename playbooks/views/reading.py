"""The pages on which playbooks are found and read."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import Request

from .. import library as shelf
from .. import permissions, reading, runs, suggestion_pages
from .. import search as finding
from .. import text as texts
from ..kind_fields import KindField
from ..library_csv import lines as csv_lines
from ..library_fields import PARAMETER
from ..models import Area, Kind, Playbook, RunItem
from ..players import playing
from ..reading_forms import AcknowledgeForm, CsvForm, LibraryForm, SearchForm, VersionForm

FOUND = 20
LISTED = 20


@require_safe
@vary_on_headers('HX-Request', 'HX-Target')
def library(request: Request) -> HttpResponse:
    """Find a playbook: by words, area, type, tag and freshness, and by the fields of a type."""
    kinds = _kinds()
    form = _library_form(request, kinds)
    wishes = form.wishes
    found = shelf.library_for(request.user, wishes, form.names, now=timezone.now())
    page = {
        'form': form,
        'wishes': wishes,
        'library': found,
        'next_page': _same_address(request, page=wishes.page + 1),
        'previous_page': _same_address(request, page=wishes.page - 1) if wishes.page > 1 else '',
        'unfiltered': _same_address(request, keep=('q', 'sort')),
        'headings': [_heading(request, field, found.sort) for field in found.columns],
        'csv': _csv_address(request),
        'can_create': any(permissions.can_create(request.user, kind) for kind in kinds),
        'can_change_kinds': permissions.can_change_kinds(request.user),
        'can_bring_in': permissions.can_bring_in(request.user),
        'suggestions': 0 if wishes.q else suggestion_pages.waiting_count(request.user),
    }
    return render(request, _library_template(request), page)


@require_safe
def library_csv(request: Request) -> StreamingHttpResponse:
    """The list of the library as a file: the same filters and order, all pages of it."""
    wishes = _library_form(request, _kinds()).wishes
    form = CsvForm(request.GET)
    lines = csv_lines(
        request.user,
        wishes,
        site=request.build_absolute_uri('/').rstrip('/'),
        bom=form.is_valid() and form.cleaned_data['bom'],
        now=timezone.now(),
    )
    name = f'{wishes.kind[0] if wishes.columns else "playbooks"}-{timezone.localdate()}.csv'
    return StreamingHttpResponse(
        lines,
        content_type='text/csv; charset=utf-8',
        headers={'X-Content-Type-Options': 'nosniff', 'Content-Disposition': f'attachment; filename="{name}"'},
    )


def _kinds() -> list[Kind]:
    """What the library knows of all kinds: how they are called and which fields they have."""
    return list(Kind.objects.only('slug', 'name', 'is_track', 'fields'))


def _library_form(request: Request, kinds: list[Kind]) -> LibraryForm:
    names = {
        'area': dict(Area.objects.values_list('slug', 'name')),
        'kind': {kind.slug: kind.name for kind in kinds},
        'fresh': {state: str(label) for state, label in shelf.FRESHNESS.items()},
    }
    return LibraryForm(request.GET, names, {kind.slug: kind.fields for kind in kinds})


def _heading(request: Request, field: KindField, sort: str) -> dict[str, str]:
    """A column's label, how the list is sorted by it now, and where it is sorted by it, or the other way round."""
    name = PARAMETER + field.name
    state = {name: 'ascending', f'-{name}': 'descending'}.get(sort, '')
    other = f'-{name}' if state == 'ascending' else name
    return {'label': field.label, 'state': state, 'address': _same_address(request, but=('page',), sort=other)}


def _csv_address(request: Request) -> str:
    """Where the whole list is as a file."""
    _path, sign, query = _same_address(request, but=('page',)).partition('?')
    return reverse('playbooks:library_csv') + sign + query


def _library_template(request: Request) -> str:
    """The page, or the part of it that htmx asked for: what the filters leave, or the next rows."""
    if not request.htmx or request.htmx.history_restore_request:
        return 'playbooks/library.html'
    return 'playbooks/_more.html' if request.htmx.target == 'more' else 'playbooks/_results.html'


def _same_address(
    request: HttpRequest, *, keep: tuple[str, ...] = (), but: tuple[str, ...] = (), **changes: object
) -> str:
    """This address with other values; with `keep`, without everything else; without those in `but`."""
    query = request.GET.copy()
    for name in list(query):
        if (keep and name not in keep) or name in but:
            del query[name]
    for name, value in changes.items():
        query[name] = str(value)
    return f'{request.path}?{query.urlencode()}' if query else request.path


@require_safe
def playbook(request: Request, slug: str) -> HttpResponse:
    """Read a playbook."""
    try:
        page = reading.page_for(request.user, slug, today=timezone.localdate())
    except texts.Refused as refused:
        current = get_object_or_404(Playbook.objects.visible_to(request.user), slug=slug)
        return render(request, 'playbooks/unreadable.html', {'playbook': current, 'refused': refused})
    if page is None:
        raise Http404
    template = 'playbooks/unpublished.html' if isinstance(page, reading.Unpublished) else 'playbooks/playbook.html'
    return playing(render(request, template, {'page': page}), getattr(page, 'plays_from', frozenset()))


@require_POST
def acknowledge(request: Request, slug: str) -> HttpResponse:
    """Say that one has read a version: the number that the page showed."""
    form = AcknowledgeForm(request.POST)
    number = form.cleaned_data['number'] if form.is_valid() else 0
    found = reading.readable_version(request.user, slug, number)
    if found is None:
        raise Http404

    version, is_open = found
    done = runs.acknowledge(playbook=version.playbook, person=request.user, number=number)
    messages.success(request, f'{_("Read: “%s”.") % version.title} {_what_it_did(done.completed)}'.strip())
    return redirect('playbooks:playbook', slug=slug) if is_open else redirect(version)


def _what_it_did(completed: list[RunItem]) -> str:
    """Which steps an acknowledgement did, in a sentence."""
    if not completed:
        return ''
    waiting = sum(item.state == RunItem.State.AWAITING for item in completed)
    done = len(completed) - waiting
    sentences = []
    if done == 1:
        item = next(item for item in completed if item.state != RunItem.State.AWAITING)
        text = reading.words_of_step(item)
        sentences.append(_('One step in your track is done: “%s”.') % text if text else _('One step is done.'))
    elif done:
        sentences.append(_('%s steps in your tracks are done.') % done)
    if waiting:
        sentences.append(ngettext('%s step waits for sign-off.', '%s steps wait for sign-off.', waiting) % waiting)
    return ' '.join(sentences)


@require_safe
def raw(request: Request, slug: str) -> HttpResponse:
    """The Markdown of a playbook, exactly as it is stored; `?v=` names a version."""
    form = VersionForm(request.GET)
    if not form.is_valid():
        raise Http404
    text = reading.text_of(request.user, slug, form.cleaned_data['v'])
    if text is None:
        raise Http404
    return HttpResponse(
        text,
        content_type='text/markdown; charset=utf-8',
        headers={'X-Content-Type-Options': 'nosniff', 'Content-Disposition': f'inline; filename="{slug}.md"'},
    )


@require_safe
@vary_on_headers('HX-Request')
def search(request: Request) -> HttpResponse:
    """Find playbooks by their words."""
    form = SearchForm(request.GET)
    words, areas, kinds, number = (
        form.wish('q', ''),
        form.wish('area', ()),
        form.wish('kind', ()),
        form.wish('page', 1),
    )
    among = shelf.narrowed(finding.visible(request.user), areas=areas, kinds=kinds)
    kinds_there = list(Kind.objects.only('slug', 'name', 'is_track'))
    results = finding.search(words, among, limit=FOUND, offset=(number - 1) * FOUND)
    seen = (number - 1) * FOUND + len(results.hits)
    page = {
        'q': words,
        'results': results,
        'areas': [
            shelf.Choice(slug, name, 0, slug in areas) for slug, name in Area.objects.values_list('slug', 'name')
        ],
        'kinds': [shelf.Choice(kind.slug, kind.name, 0, kind.slug in kinds) for kind in kinds_there],
        'can_create': any(permissions.can_create(request.user, kind) for kind in kinds_there),
        'is_filtered': bool(areas or kinds),
        'unfiltered': _same_address(request, keep=('q',)),
        'left_out': form.left_out,
        'first': (number - 1) * FOUND + 1,
        'last': seen,
        'next_page': _same_address(request, page=number + 1) if seen < results.total and results.hits else '',
        'previous_page': _same_address(request, page=number - 1) if number > 1 else '',
        'library': reverse('playbooks:library'),
    }
    is_part = request.htmx and not request.htmx.history_restore_request
    return render(request, 'playbooks/_hits.html' if is_part else 'playbooks/search.html', page)
