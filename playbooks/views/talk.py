"""Asking, reporting and commenting at a place of a page, and what becomes of it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import Request, back

from .. import permissions
from .. import talk as talking
from .. import worth_a_look as worth
from ..drafts import DraftChanged, draft_of
from ..models import Draft, Playbook, Remark, Version
from ..places import NoSuchPlace, Place, place_in, place_in_text
from ..talk_forms import (
    CHANGE,
    OFFERED,
    ActForm,
    HelpedForm,
    KeyForm,
    ListForm,
    PlaceForm,
    ReplyForm,
    ReviseForm,
    SayForm,
    SoughtForm,
)
from ..threads import answers_at, thread_of, threads

Kind = Remark.Kind
THANKS = {
    Kind.QUESTION: gettext_lazy('Asked. You hear of the answer.'),
    Kind.REPORT: gettext_lazy('Reported. You hear of the answer, and of the version that mends it.'),
    Kind.COMMENT: gettext_lazy('Your comment is posted.'),
    Kind.NOTE: gettext_lazy('Thank you. Your note is with those who keep the page.'),
}


def page_to_talk_about(request: Request, slug: str) -> Playbook:
    """A published page, for whoever may read it; 404 for others, 403 where it is no longer in use."""
    visible = Playbook.objects.visible_to(request.user).filter(current_version__isnull=False)
    found = visible.select_related('kind', 'area', 'owner', 'co_owner', 'current_version')
    playbook = get_object_or_404(found, slug=slug)
    if not permissions.can_talk(request.user, playbook):
        raise PermissionDenied
    return playbook


@require_http_methods(['GET', 'POST'])
def say(request: Request, slug: str) -> HttpResponse:
    """Ask, report, comment, or go and suggest a change, at one place of a page."""
    playbook = page_to_talk_about(request, slug)
    where = PlaceForm(request.POST if request.method == 'POST' else request.GET)
    kind = where.value('kind', Kind.QUESTION)
    if kind == CHANGE:
        return redirect(_editor_at(request, playbook, where.value('at')))
    version, place = _read_at(playbook, where)

    form = SayForm(request.POST if request.method == 'POST' else None, kind=kind)
    if request.method == 'POST' and place is None:
        form.add_error(None, _('This place is not in the text. Open the page again and choose it there.'))
    if request.method == 'POST' and form.is_valid() and place is not None:
        said = talking.say(
            playbook=playbook,
            by=request.user,
            kind=kind,
            text=form.cleaned_data['text'],
            place=place.anchor,
            number=version.number,
        )
        messages.success(request, THANKS[Kind(kind)])
        return redirect(back(where.value('next'), _at(said.remark)))
    place = place or Place()
    page = {
        'playbook': playbook,
        'version': version,
        'place': place,
        'form': form,
        'kind': kind,
        'title': OFFERED.get(kind, Kind(kind).label),
        'offered': [(one, label, one == kind) for one, label in OFFERED.items()],
        'next': where.value('next'),
        'asked': talking.whom_to_ask(playbook, request.user) if kind == Kind.QUESTION else [],
        'answers': answers_at(playbook, place.anchor) if kind == Kind.QUESTION else (),
    }
    return render(request, 'playbooks/say.html', page, status=422 if form.errors else 200)


def _read_at(playbook: Playbook, where: PlaceForm) -> tuple[Version, Place | None]:
    """The version that was read, the current one if none is named, and the place in it; None if it is not there."""
    current = playbook.current_version
    assert current is not None
    number = where.value('v', current.number)
    version = current if number == current.number else playbook.versions.filter(number=number).first()
    if version is None:
        raise Http404
    try:
        return version, place_in(version, where.value('at'))
    except NoSuchPlace:
        return version, None


def _editor_at(request: Request, playbook: Playbook, anchor: str) -> str:
    """The editor at the line where a place stands: in one's draft if there is one, else in the current text."""
    draft = draft_of(playbook, request.user)
    try:
        line = place_in_text(draft.text, draft.title, anchor).line
    except NoSuchPlace:
        line = None
    return _editor(draft, line)


def _editor(draft: Draft, line: int | None) -> str:
    return reverse('playbooks:playbook_edit', args=[draft.playbook.slug]) + (f'#line-{line}' if line else '')


def _at(remark: Remark) -> str:
    """Where a remark is shown: comments at the page's end, everything else where it was said."""
    fragment = f'c-{remark.pk}' if remark.kind == Kind.COMMENT else remark.place
    page = reverse('playbooks:playbook', args=[remark.playbook.slug])
    return f'{page}#{fragment}' if fragment else page


@require_safe
def talk(request: Request, slug: str) -> HttpResponse:
    """Everything said about a page that one may see, resolved or not."""
    playbook = get_object_or_404(
        Playbook.objects.visible_to(request.user).select_related('current_version').defer('current_version__text'),
        slug=slug,
    )
    form = ListForm(request.GET)
    number = form.value('page', 1)
    shown, has_more = threads(request.user, playbook=playbook, page=number)
    if not shown and number > 1:
        raise Http404
    page = {'playbook': playbook, 'threads': shown, 'page': number, 'has_more': has_more, 'form': ReplyForm()}
    return render(request, 'playbooks/talk.html', page)


def remark_to_see(request: Request, slug: str, pk: int) -> Remark:
    """A remark, for whoever may see it; with the key of a link, also one about the draft that the link shows."""
    form = KeyForm(request.GET)
    key = form.cleaned_data['key'] if form.is_valid() else ''
    found = Remark.objects.visible_to(request.user, key).select_related(
        *('parent', 'author', 'resolved_by', 'draft', 'suggestion', 'taken_in'),
        *('playbook__kind', 'playbook__owner', 'playbook__co_owner', 'playbook__current_version'),
    )
    return get_object_or_404(found, pk=pk, playbook__slug=slug)


@require_http_methods(['GET', 'POST'])
def thread(request: Request, slug: str, pk: int) -> HttpResponse:
    """One conversation, to read and to go on with."""
    root = remark_to_see(request, slug, pk)
    if root.parent_id is not None:
        raise Http404
    seen = thread_of(request.user, root)
    if request.method == 'POST' and not seen.may_reply:
        raise PermissionDenied

    form = ReplyForm(request.POST or None)
    if request.method == 'POST' and form.is_valid():
        talking.reply(thread=root, by=request.user, text=form.cleaned_data['text'])
        messages.success(request, _('Your reply is posted.'))
        return redirect(_back_from(request, root))
    page = {
        'thread': seen,
        'playbook': root.playbook,
        'draft': root.draft,
        'form': form,
        'asked': list(root.asks.all()) if seen.is_whole and root.kind == Kind.QUESTION else [],
        'key': _key(request),
    }
    return render(request, 'playbooks/thread.html', page, status=422 if form.errors else 200)


def _thread(root: Remark) -> str:
    return reverse('playbooks:thread', args=[root.playbook.slug, root.parent_id or root.pk])


def _back_from(request: Request, root: Remark) -> str:
    """Where one came from, else the conversation; with the key of the link that shows the draft."""
    form = ActForm(request.POST)
    wish = form.cleaned_data['next'] if form.is_valid() else ''
    return back(wish, _thread(root) + _key(request))


def _key(request: Request) -> str:
    """What the address of a conversation about a draft ends with, where a link shows the draft."""
    form = KeyForm(request.GET)
    key = form.cleaned_data['key'] if form.is_valid() else ''
    return f'?{urlencode({"key": key})}' if key else ''


@require_http_methods(['GET', 'POST'])
def remark_edit(request: Request, slug: str, pk: int) -> HttpResponse:
    """Say one's own words better."""
    remark = remark_to_see(request, slug, pk)
    if remark.author_id != request.user.pk:
        raise PermissionDenied

    form = ReviseForm(request.POST or None, initial={'text': remark.text})
    if request.method == 'POST' and form.is_valid():
        talking.revise(remark=remark, by=request.user, text=form.cleaned_data['text'])
        messages.success(request, _('Saved.'))
        return redirect(_back_from(request, remark))
    page = {
        'playbook': remark.playbook,
        'form': form,
        'thread_address': _thread(remark),
        'key': _key(request),
    }
    return render(request, 'playbooks/remark_edit.html', page, status=422 if form.errors else 200)


@require_POST
def remark_act(request: Request, slug: str, pk: int, act: str) -> HttpResponse:
    """Resolve, open again, let stand, take back, put into the text, leave out, delete."""
    do = ACTS.get(act)
    if do is None:
        raise Http404
    remark = remark_to_see(request, slug, pk)
    try:
        to, message = do(request, remark)
    except talking.NotAllowed as refusal:
        raise PermissionDenied from refusal
    if message:
        messages.success(request, message)
    return redirect(to or _back_from(request, remark))


Done = tuple[str, str]  # where to, '' for where one came from; and what is said


def _resolve(request: Request, remark: Remark) -> Done:
    talking.settle(thread=remark, by=request.user)
    return '', _('Resolved.') if remark.kind == Kind.COMMENT else _('Closed.')


def _reopen(request: Request, remark: Remark) -> Done:
    talking.reopen(thread=remark, by=request.user)
    return '', _('Open again.')


def _stand(request: Request, remark: Remark) -> Done:
    talking.let_stand(remark=remark, by=request.user)
    return '', _('It stands on the page now, without names.')


def _take_back(request: Request, remark: Remark) -> Done:
    talking.let_stand(remark=remark, by=request.user, stands=False)
    return '', _('It no longer stands on the page.')


def _delete(request: Request, remark: Remark) -> Done:
    is_thread = remark.parent_id is None
    talking.delete(remark=remark, by=request.user)
    is_gone = is_thread and remark.pk is None
    home = reverse('playbooks:questions') if remark.kind != Kind.COMMENT else _page_of(remark)
    return (home if is_gone else ''), _('Deleted.')


def _page_of(remark: Remark) -> str:
    if remark.draft is not None:
        return reverse('playbooks:draft', args=[remark.playbook.slug, remark.draft.pk])
    return reverse('playbooks:playbook', args=[remark.playbook.slug])


def _take(request: Request, remark: Remark) -> Done:
    form = ActForm(request.POST)
    number = form.cleaned_data['answer'] if form.is_valid() else None
    answer = remark.replies.filter(pk=number).first() if number else None
    try:
        draft, place, is_there = talking.take(thread=remark, by=request.user, answer=answer)
    except DraftChanged:
        return '', _('Your draft was saved in this moment. Try once more.')
    if remark.kind == Kind.REPORT:
        message = _('Mend it here. Who reported it hears of the version that you publish.')
    elif is_there:
        message = _('It is in your draft, at its place. Read it once more, then publish.')
    else:
        message = _('It stands at the end of your draft. Move it to where it belongs, then publish.')
    return _editor(draft, place.line), message


def _leave_out(request: Request, remark: Remark) -> Done:
    talking.leave_out(thread=remark, by=request.user)
    return '', _('It does not count as part of your draft any more. What is written there stays.')


ACTS = {
    'resolve': _resolve,
    'reopen': _reopen,
    'stand': _stand,
    'take-back': _take_back,
    'take': _take,
    'leave-out': _leave_out,
    'delete': _delete,
}


@require_safe
def questions(request: Request) -> HttpResponse:
    """Questions, reports and field notes: those that wait for one, for the text, one's own; for editors all."""
    form = ListForm(request.GET)
    show, number = form.value('show', 'waiting'), form.value('page', 1)
    remarks, user = Remark.objects, request.user
    among = {
        'waiting': remarks.waiting_for,
        'text': remarks.for_the_text,
        'yours': remarks.begun_by,
        'all': remarks.feedback_to_settle,
    }[show](user)
    shown, has_more = threads(user, among=among, page=number)
    if not shown and number > 1:
        raise Http404
    tabs = [('waiting', _('Wait for you')), ('text', _('For the text')), ('yours', _('Yours'))]
    if user.is_editor:
        tabs.append(('all', _('All that are open')))
    page = {
        'threads': shown,
        'show': show,
        'tabs': [(name, label, name == show) for name, label in tabs],
        'page': number,
        'has_more': has_more,
    }
    return render(request, 'playbooks/questions.html', page)


@require_safe
def worth_a_look(request: Request) -> HttpResponse:
    """Pages one keeps that come up for checking before their date; for editors also what is looked for in vain."""
    page = {
        'pages': worth.worth_a_look(request.user),
        'words': worth.sought_in_vain() if request.user.is_editor else [],
    }
    return render(request, 'playbooks/worth_a_look.html', page)


@require_POST
def helped(request: Request, slug: str) -> HttpResponse:
    """Say whether a version helped; after a no, what was missing is asked at the same place."""
    playbook = page_to_talk_about(request, slug)
    form = HelpedForm(request.POST)
    page = reverse('playbooks:playbook', args=[slug])
    if not form.is_valid():
        messages.error(request, _('That could not be understood. Say yes or no at the end of the page.'))
        return redirect(f'{page}#helped')
    yes = form.cleaned_data['helped'] == 'yes'
    try:
        talking.vote(playbook=playbook, by=request.user, number=form.cleaned_data['v'], yes=yes)
    except talking.NotAllowed as refusal:
        raise Http404 from refusal
    messages.success(request, _('Thank you.') if yes else _('Thank you. What was missing? You can say it below.'))
    return redirect(f'{page}#helped')


@require_POST
def page_sought(request: Request, slug: str) -> HttpResponse:
    """Say what one looked for on a page in vain."""
    playbook = page_to_talk_about(request, slug)
    page = reverse('playbooks:playbook', args=[slug])
    form = SoughtForm(request.POST)
    if form.is_valid():
        talking.sought(words=form.cleaned_data['words'], by=request.user, playbook=playbook)
        messages.success(request, _('Noted. Those who keep the page see what was looked for.'))
    else:
        messages.error(request, _('Say in a few words what you looked for.'))
    return redirect(f'{page}#helped')


@require_POST
def search_sought(request: Request) -> HttpResponse:
    """Say that a search did not find what one looked for."""
    form = SoughtForm(request.POST)
    if not form.is_valid():
        messages.error(request, _('Say in a few words what you looked for.'))
        return redirect('playbooks:search')
    talking.sought(words=form.cleaned_data['words'], by=request.user)
    messages.success(request, _('Noted. Editors see what is looked for in vain.'))
    return redirect(f'{reverse("playbooks:search")}?{urlencode({"q": form.cleaned_data["words"]})}')
