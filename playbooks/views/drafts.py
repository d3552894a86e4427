"""A draft as others see it: what it changes, what is said about it, who writes along, who approves it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.requests import Request

from .. import approving, permissions, plans, reading, suggesting, talk
from ..differences import difference
from ..drafts import DraftChanged, address_of
from ..forms import ApproveForm
from ..models import ApprovalRequest, Draft, Kind
from ..pins import as_published
from ..suggestion_forms import AlongForm, AnswerForm, AskForm, CommentForm, KeyForm, RowForm, SinceForm
from ..threads import threads
from .writing import address, draft_to_see


@require_GET
def draft(request: Request, slug: str, pk: int) -> HttpResponse:
    """Look at somebody's draft: what it changes, what it would look like, who approved it, what was said."""
    key = KeyForm(request.GET).given()
    return _shown(request, draft_to_see(request, slug, pk, key=key), key=key)


@require_POST
def draft_comment(request: Request, slug: str, pk: int) -> HttpResponse:
    """Say something about a draft, also as somebody who sees it by its link."""
    key = KeyForm(request.GET).given()
    shown = draft_to_see(request, slug, pk, key=key)
    form = CommentForm(request.POST, document=plans.read(title=shown.title, text=shown.text))
    if not form.is_valid():
        return _shown(request, shown, key=key, status=422, comment=form)
    said = talk.say(
        playbook=shown.playbook,
        draft=shown,
        suggestion=next((one for one in shown.suggestions.all() if one.is_waiting), None),
        text=form.cleaned_data['text'],
        place=form.cleaned_data['place'],
        by=request.user,
    )
    messages.success(request, _('Your comment is posted.'))
    return redirect(f'{address_of(shown)}{_key(key)}#c-{said.remark.pk}')


@require_POST
def draft_approve(request: Request, slug: str, pk: int) -> HttpResponse:
    """Approve exactly the text that was on the page."""
    shown = draft_to_see(request, slug, pk)
    if not permissions.can_approve_draft(request.user, shown):
        raise PermissionDenied
    form = ApproveForm(request.POST)
    plan = as_published(shown, request.user)
    assert plan.candidate.draft is not None
    try:
        if not form.is_valid() or form.cleaned_data['text_hash'] != plan.text_hash:
            raise DraftChanged(shown, title=shown.title, text=shown.text, fields=shown.fields)
        approving.approve(playbook=shown.playbook, draft=plan.candidate.draft, by=request.user)
    except DraftChanged:
        messages.warning(request, _('The draft was changed since you opened it. Look at it once more.'))
        return _shown(request, draft_to_see(request, slug, pk), status=409)
    messages.success(request, _('Approved. Exactly this text may be published now.'))
    return redirect(address_of(shown))


@require_POST
def draft_unapprove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take one's approval back, as long as the text is not published."""
    shown = draft_to_see(request, slug, pk)
    if not permissions.can_approve(request.user, shown.playbook, shown.author):
        raise PermissionDenied
    if approving.withdraw(draft=shown, by=request.user, exact=as_published(shown, request.user).text_hash):
        messages.success(request, _('Your approval is taken back.'))
    else:
        messages.info(request, _('There is no approval of yours to take back.'))
    return redirect(address_of(shown))


@require_POST
def draft_refuse(request: Request, slug: str, pk: int) -> HttpResponse:
    """Say that one does not approve a draft, and what would have to change."""
    shown = draft_to_see(request, slug, pk)
    if not permissions.can_approve_draft(request.user, shown):
        raise PermissionDenied
    form = _refusal(request.POST)
    if not form.is_valid():
        return _shown(request, shown, status=422, refusal=form)
    exact = as_published(shown, request.user).text_hash
    approving.refuse(draft=shown, by=request.user, note=form.cleaned_data['note'], exact=exact)
    messages.success(request, _('Said. Whoever writes it is told.'))
    return redirect(address_of(shown))


@require_http_methods(['GET', 'POST'])
def draft_people(request: Request, slug: str, pk: int) -> HttpResponse:
    """Who has to do with a draft: who writes along, who sees it by its link, who is asked to approve it."""
    draft = draft_to_see(request, slug, pk)
    is_author = draft.author_id == request.user.pk
    if not (is_author or (request.method == 'GET' and permissions.can_write_draft(request.user, draft))):
        raise PermissionDenied
    if request.method != 'POST':
        return _people(request, draft)
    form = AlongForm(request.POST, people=_may_write_along(draft))
    if not form.is_valid():
        return _people(request, draft, form_along=form)
    for person in form.cleaned_data['people']:
        suggesting.write_with(draft=draft, person=person, by=request.user)
    names = ', '.join(map(str, form.cleaned_data['people']))
    messages.success(request, _('From now on you write it with %(names)s.') % {'names': names})
    return redirect('playbooks:draft_people', slug=slug, pk=pk)


@require_POST
def draft_ask(request: Request, slug: str, pk: int) -> HttpResponse:
    """Ask people to approve a draft."""
    draft = draft_to_see(request, slug, pk)
    if not permissions.can_write_draft(request.user, draft):
        raise PermissionDenied
    if not _asks_approval(draft):
        messages.info(request, _('Pages of this type need no approval.'))
        return redirect('playbooks:draft_people', slug=slug, pk=pk)
    form = AskForm(request.POST, people=approving.who_can_be_asked(draft))
    if not form.is_valid():
        return _people(request, draft, ask=form)
    many = approving.ask(draft=draft, people=form.cleaned_data['people'], by=request.user)
    messages.success(request, ngettext('One person is asked.', '%(n)d people are asked.', many) % {'n': many})
    return redirect('playbooks:draft_people', slug=slug, pk=pk)


@require_POST
def draft_remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Let somebody write along no longer, or ask them no longer."""
    draft = _of_author(request, slug, pk)
    form = RowForm(request.POST)
    if form.is_valid():
        person = form.cleaned_data['person']
        suggesting.write_without(draft=draft, person=person)
        approving.take_request_back(draft=draft, person=person)
        messages.success(request, _('%(who)s is taken off.') % {'who': person})
    return redirect('playbooks:draft_people', slug=slug, pk=pk)


@require_POST
def draft_share(request: Request, slug: str, pk: int) -> HttpResponse:
    """Make a link to a draft, or take it back."""
    draft = _of_author(request, slug, pk)
    if 'revoke' in request.POST:
        suggesting.unshare(draft=draft)
        messages.success(request, _('The link leads nowhere any more.'))
    else:
        suggesting.share(draft=draft)
        messages.success(request, _('Here is the link. Whoever may read the page sees the draft by it.'))
    return redirect('playbooks:draft_people', slug=slug, pk=pk)


def _of_author(request: Request, slug: str, pk: int) -> Draft:
    """The draft, for its author; 403 for others who see it."""
    draft = draft_to_see(request, slug, pk)
    if draft.author_id != request.user.pk:
        raise PermissionDenied
    return draft


def _key(key: str) -> str:
    """What an address ends with where a link shows the draft."""
    return f'?{urlencode({"key": key})}' if key else ''


def _asks_approval(draft: Draft) -> bool:
    return draft.playbook.kind.approval != Kind.Approval.NONE


def _may_write_along(draft: Draft) -> QuerySet[User]:
    along = [row.person_id for row in draft.co_authors.all()]
    return permissions.people_who_read(draft.playbook).exclude(pk__in=[draft.author_id, *along]).order_by('name')


def _refusal(data: Any = None) -> AnswerForm:
    return AnswerForm(data, label=_('What would have to change?'), prefix='refuse')


def _shown(request: Request, shown: Draft, *, key: str = '', status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a draft; `forms` are those that have errors."""
    user, playbook, base = request.user, shown.playbook, shown.base
    plan = as_published(shown, user)
    standing = approving.standing(shown, plan.text_hash, user) if _asks_approval(shown) else None
    asked_since = SinceForm(request.GET).wish('since', None)
    since = next((one for one in standing.voided if one.pk == asked_since), None) if standing else None
    earlier = since or base
    writes = permissions.can_write_draft(user, shown)
    suggestion = next((one for one in shown.suggestions.all() if one.is_waiting), None)
    page = {
        'playbook': playbook,
        'draft': shown,
        'plan': plan,
        'key': _key(key),
        'next': f'{request.get_full_path()}#talk',
        'since': since,
        'difference': difference(user, playbook, earlier, plan.candidate) if earlier else None,
        'fields': reading.facts_of(user, playbook.kind.fields, shown.fields, removed=False),
        'standing': standing,
        'suggestion': suggestion,
        'threads': threads(user, draft=shown, suggestion=suggestion)[0],
        'edit_address': address('playbook_edit', shown, user) if writes else '',
        'refusal': _refusal(),
        'comment': CommentForm(document=plan.document),
        **forms,
    }
    return render(request, 'playbooks/draft.html', page, status=status)


def _people(request: Request, draft: Draft, **forms: Any) -> HttpResponse:
    """The page about who has to do with a draft."""
    is_author = draft.author_id == request.user.pk
    asks = _asks_approval(draft)
    link = ''
    if is_author and draft.share_key:
        link = request.build_absolute_uri(f'{address_of(draft)}?{urlencode({"key": draft.share_key})}')
    page = {
        'playbook': draft.playbook,
        'draft': draft,
        'is_author': is_author,
        'link': link,
        'form_along': AlongForm(people=_may_write_along(draft)) if is_author else None,
        'ask': AskForm(people=approving.who_can_be_asked(draft)) if asks else None,
        'requests': ApprovalRequest.objects.filter(draft=draft).select_related('person') if asks else [],
        'edit_address': address('playbook_edit', draft, request.user),
        **forms,
    }
    failed = any(form.errors for form in forms.values())
    return render(request, 'playbooks/draft_people.html', page, status=422 if failed else 200)
