"""The pages on which playbooks are written: a new one, the editor with its preview, putting a draft away."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.requests import Request

from .. import completing, permissions
from .. import text as texts
from ..drafts import DraftChanged, create_playbook, draft_of, is_stale, restore_draft
from ..editing import Preview, mended, preview_of
from ..forms import DraftForm, NewPlaybookForm
from ..kinds import brings
from ..limits import is_within
from ..models import Draft, DraftAuthor, Kind, Playbook, Suggestion
from ..others import others_writing
from ..pins import pin_draft
from ..plans import Candidate, links_leading_nowhere
from ..scheduling import schedules_of
from ..suggesting import discard
from ..talk import taken_with
from ..text.aschecklist import as_checklist
from ..writing_forms import CompletionForm, TextChangeForm
from .settling import saved_elsewhere

PREVIEWS_A_MINUTE = 120
COMPLETIONS_A_MINUTE = 300


def playbook_to_write(request: Request, slug: str) -> Playbook:
    """The playbook, for whoever may write a draft of it: all who may read it. For everybody else there is none."""
    visible = Playbook.objects.visible_to(request.user).select_related('kind', 'area', 'current_version')
    return get_object_or_404(visible, slug=slug)


def draft_to_see(request: Request, slug: str, pk: int, *, key: str = '') -> Draft:
    """A draft with its playbook, base, writers and suggestions, for whoever may look at it; for others there is none.

    Three queries. `reads_page` says whether they may read the page beside it.
    """
    found = Draft.objects.kept().shown_to(request.user, key).with_reader(request.user)
    names = ('base', 'author', 'saved_by', 'playbook__kind', 'playbook__area', 'playbook__current_version')
    along = Prefetch('co_authors', DraftAuthor.objects.select_related('person'))
    suggestions = Prefetch('suggestions', Suggestion.objects.defer('text', 'fields'))
    found = found.select_related(*names).prefetch_related(along, suggestions)
    return get_object_or_404(found, pk=pk, playbook__slug=slug)


def draft_to_write(request: Request, slug: str, pk: int | None = None) -> Draft:
    """One's own draft of a playbook, new if need be; with `pk` the draft with this number, for whoever may change it.

    404 for whom it is not there, 403 for whoever may only look at it. What is sent to a draft that was published or
    put away meanwhile goes into one's own: nothing is lost.
    """
    is_gone = pk is not None and request.method == 'POST' and not Draft.objects.kept().filter(pk=pk).exists()
    if pk is None or is_gone:
        return draft_of(playbook_to_write(request, slug), request.user)
    draft = draft_to_see(request, slug, pk)
    if not permissions.can_write_draft(request.user, draft):
        raise PermissionDenied
    return draft


def address(name: str, draft: Draft, user: User) -> str:
    """Where `name` (playbook_edit, playbook_publish …) of a draft is: one's own stands at the playbook's address."""
    slug = draft.playbook.slug
    if draft.author_id == user.pk or draft.pk is None:
        return reverse(f'playbooks:{name}', args=[slug])
    return reverse(f'playbooks:{name.replace("playbook_", "draft_")}', args=[slug, draft.pk])


def addresses_of(draft: Draft, user: User) -> dict[str, str]:
    """Where one goes with a draft: edit, merge, publish."""
    return {what: address(f'playbook_{what}', draft, user) for what in ('edit', 'merge', 'publish')}


@require_http_methods(['GET', 'POST'])
def playbook_new(request: Request) -> HttpResponse:
    """Choose a type, then say what a new playbook is called and where it stands."""
    every = Kind.objects.select_related('area', 'default_owner')
    kinds = [kind for kind in every if permissions.can_create(request.user, kind)]
    if not kinds:
        raise PermissionDenied
    kind = next((kind for kind in kinds if kind.slug == request.GET.get('kind')), None)
    if kind is None:
        return render(request, 'playbooks/playbook_new.html', {'kinds': kinds})

    form = NewPlaybookForm(request.POST or None, kind=kind, by=request.user)
    if request.method == 'POST' and form.is_valid():
        playbook = create_playbook(by=request.user, kind=kind, **form.cleaned_data)
        messages.success(request, _('Your draft is started. Nobody else reads it before it is published.'))
        return redirect('playbooks:playbook_edit', slug=playbook.slug)
    page = {'kind': kind, 'form': form, 'brings': brings(kind, request.user)}
    return render(request, 'playbooks/playbook_new.html', page, status=422 if form.errors else 200)


@require_http_methods(['GET', 'POST'])
@vary_on_headers('HX-Request')
def playbook_edit(request: Request, slug: str, pk: int | None = None) -> HttpResponse:
    """Write a draft of a playbook: one's own, starting from the current version, or the one with this number."""
    draft = draft_to_write(request, slug, pk)

    form = DraftForm(request.POST or None, draft=draft)
    if request.method != 'POST':
        return editor(request, form)
    if not form.is_valid():
        if request.htmx:
            return _status(request, draft, revision=form['revision'].value(), status=422, refused=form.errors)
        return editor(request, form, status=422)
    try:
        saved = form.save(by=request.user)
        if 'publish' in request.POST and permissions.can_publish_draft(request.user, saved):
            pin_draft(draft=saved)
            return redirect(address('playbook_publish', saved, request.user))
        if 'send' in request.POST and saved.author_id == request.user.pk:
            return redirect('playbooks:suggestion_new', slug=slug)
    except DraftChanged as changed:
        if request.htmx:
            return _status(request, draft, revision=form['revision'].value(), status=409, conflict=changed.stored)
        return saved_elsewhere(request, form, changed, addresses=addresses_of(draft, request.user))
    if request.htmx:
        return _status(request, saved, revision=saved.revision, is_first=saved.revision == 1)
    messages.success(request, _('Draft saved. Nobody else reads it before it is published.'))
    return redirect(address('playbook_edit', saved, request.user))


@require_POST
@vary_on_headers('HX-Request')
def playbook_preview(request: Request, slug: str, pk: int | None = None) -> HttpResponse:
    """What a text would look like, without saving it; without a script, also after a change that was asked for."""
    form = DraftForm(request.POST, draft=draft_to_write(request, slug, pk))
    if not is_within('preview', request.user, most=PREVIEWS_A_MINUTE, seconds=60):
        return HttpResponse(_('That was often. Wait a minute, then go on.'), status=429, content_type='text/plain')
    if 'mend' in request.POST or 'items' in request.POST:
        return _changed(request, form)
    if request.htmx:
        page = {'preview': _preview(form), 'preview_address': address('playbook_preview', form.draft, request.user)}
        return render(request, 'playbooks/_preview.html', page)
    return editor(request, form, status=200 if form.is_valid() else 422, unsaved=True)


@require_GET
def completions(request: Request, slug: str) -> HttpResponse:
    """What could be meant by the title, address or name that somebody is typing into a text."""
    playbook = playbook_to_write(request, slug)
    form = CompletionForm(request.GET)
    if not form.is_valid():
        return JsonResponse({'options': []}, status=422)
    if not is_within('completions', request.user, most=COMPLETIONS_A_MINUTE, seconds=60):
        return JsonResponse({'options': []}, status=429)
    what, typed = form.cleaned_data['what'], form.cleaned_data['typed']
    if what == 'person':
        found = completing.by_name(playbook, typed)
    else:
        found = (completing.by_title if what == 'title' else completing.by_address)(request.user, typed)
    return JsonResponse({'options': [{'text': one.text, 'label': one.label, 'detail': one.detail} for one in found]})


@require_POST
def draft_discard(request: Request, slug: str) -> HttpResponse:
    """Put one's draft away; Undo brings it back."""
    playbook = playbook_to_write(request, slug)
    draft = draft_of(playbook, request.user)
    if draft.revision:
        discard(draft=draft, by=request.user)
        undo = 'undo:' + reverse('playbooks:draft_restore', args=[slug])
        messages.success(request, _('Draft discarded.'), extra_tags=undo)
    else:
        messages.info(request, _('There is no draft to discard.'))
    return redirect('playbooks:playbook' if playbook.current_version else 'playbooks:playbook_edit', slug=slug)


@require_POST
def draft_restore(request: Request, slug: str) -> HttpResponse:
    """Take back a draft that was discarded."""
    playbook = playbook_to_write(request, slug)
    if restore_draft(playbook=playbook, author=request.user):
        messages.success(request, _('Your draft is back.'))
    else:
        messages.warning(request, _('There is no discarded draft any more.'))
    return redirect('playbooks:playbook_edit', slug=slug)


def editor(request: Request, form: DraftForm, *, status: int = 200, **more: Any) -> HttpResponse:
    """The whole page, with the text as it was typed and what it looks like.

    `unsaved` says that the text is not what is stored.
    """
    draft, playbook = form.draft, form.draft.playbook
    current = playbook.current_version
    can_keep = permissions.can_edit(request.user, playbook)
    page = {
        'form': form,
        'taken': taken_with(draft) if can_keep else [],
        'change': TextChangeForm(),
        'newer': current if draft.pk and is_stale(draft) else None,
        'can_keep': can_keep,
        'merge_address': address('playbook_merge', draft, request.user),
        'others': others_writing(draft, request.user),
        **schedules_of(draft, request.user),
        'unsaved': status != 200,
        'file_address': reverse('playbooks:file_add', args=[playbook.slug]),
        'paste_address': reverse('playbooks:paste'),
        'preview': _preview(form),
        **_bar(request, draft),
        **more,
    }
    return render(request, 'playbooks/playbook_edit.html', page, status=status)


def _bar(request: Request, draft: Draft) -> dict[str, Any]:
    """What the bar below the text shows: it comes again with a draft's first save."""
    return {
        'playbook': draft.playbook,
        'draft': draft,
        'can_publish': permissions.can_publish(request.user, draft.playbook),
        'edit_address': address('playbook_edit', draft, request.user),
        'preview_address': address('playbook_preview', draft, request.user),
    }


def _preview(form: DraftForm) -> Preview:
    """How the text of a form looks, with what it links to and is not there among its problems."""
    text, title, draft = form['text'].value() or '', form['title'].value() or '', form.draft
    preview = preview_of(text, title)
    candidate = Candidate(draft.playbook, draft.base, title, texts.normalize(text), {}, draft.author, draft)
    document = preview.document
    document.problems = sorted([*document.problems, *links_leading_nowhere(candidate, document, draft.author)])
    return preview


def _changed(request: Request, form: DraftForm) -> HttpResponse:
    """The page with one change made in its text; for the editor's script, the text alone. Nothing is saved."""
    if not form.is_valid():
        return editor(request, form, status=422)
    text = form.cleaned_data['text']
    change = TextChangeForm(request.POST, lines=text.count('\n'))
    if not change.is_valid():
        return editor(request, form, status=422, change=change)
    if asked := change.cleaned_data['mend']:
        new = mended(text, _preview(form), asked)
    else:
        new = as_checklist(text, change.cleaned_data['first_line'], change.cleaned_data['last_line'])
    if request.htmx:
        return HttpResponse(text if new is None else new, content_type='text/plain; charset=utf-8')
    if new is None:
        messages.warning(request, _('That line reads differently now, so nothing was changed in it.'))
    shown = DraftForm({**request.POST.dict(), 'text': text if new is None else new}, draft=form.draft)
    return editor(request, shown, unsaved=True)


def _status(request: Request, draft: Draft, *, revision: Any, status: int = 200, **more: Any) -> HttpResponse:
    """What became of an autosave. `revision` is the one that the next save may overwrite: after a refusal, the same."""
    page = {**_bar(request, draft), 'revision': revision, 'just_now': True, **more}
    return render(request, 'playbooks/_draft_status.html', page, status=status)
