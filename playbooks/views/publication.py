"""The publish step."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.reader import moment
from accounts.requests import Request

from .. import permissions
from .. import text as texts
from ..comparing import field_changes
from ..drafts import DraftChanged, is_stale
from ..impact import concerned_by, impact_of
from ..merging import with_current
from ..merging_forms import MergeForm
from ..models import Draft, Schedule, Version
from ..others import others_writing
from ..pins import give_new_keys, keep_text, pins_for, with_new_keys, with_pins
from ..plans import Plan, Weight, plan_publication
from ..publish_forms import PublishForm
from ..publishing import NotAllowed, NotApproved, StaleDraft, TextErrors, WeightTooLight, publish
from ..scheduling import schedule, schedules_of
from ..text.diff import compare, compare_items
from .settling import labels_of_versions, settle, store
from .writing import address, addresses_of, draft_to_write

KEPT = (
    'note',
    'weight',
    'reason',
    'runs',
    'better',
    'measure',
    'look_in',
    'look_on',
)  # what is said about a change and holds for its merged text too


@require_http_methods(['GET', 'POST'])
@vary_on_headers('HX-Request')
def playbook_publish(request: Request, slug: str, pk: int | None = None) -> HttpResponse:
    """Say what changed and how big it is, see whom it concerns, publish: one's own draft, or that with this number."""
    draft = draft_to_write(request, slug, pk)
    playbook = draft.playbook
    if not permissions.can_publish(request.user, playbook):
        raise PermissionDenied
    if not draft.revision:
        messages.info(request, _('There is no draft to publish. Write one first.'))
        return redirect(address('playbook_edit', draft, request.user))

    if request.method == 'POST' and is_stale(draft):
        return _bring_together(request, draft)
    plan = plan_publication(draft=draft, editor=request.user)
    if pins := pins_for(document=plan.document, base=draft.base, old=plan.old):
        # Whoever comes by address, and not by the editor's button, sees the text with the keys that publishing puts in.
        plan = plan_publication(draft=with_pins(draft, pins), editor=request.user)
    kept = request.session.get(_kept_name(draft))
    form = PublishForm(request.POST or None, plan=plan, concerned=concerned_by(playbook, request.user), kept=kept)
    if request.method == 'POST' and plan.says_the_same:
        return _step(request, form, status=422)
    if request.method == 'POST' and ('look' in request.POST or request.htmx):
        return _look(request, form)
    if request.method != 'POST' or not form.is_valid():
        return _step(request, form, status=422 if form.errors else 200)
    try:
        published = _publish(form, draft, request.user)
    except DraftChanged:
        return _step(request, form, status=409, meanwhile=_('Your draft was saved in another tab meanwhile.'))
    except StaleDraft:
        return _bring_together(request, draft_to_write(request, slug, pk))
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect('playbooks:suggestions')
    except (TextErrors, WeightTooLight, NotApproved) as refusal:
        _explain(form, refusal)
        return _step(request, form, status=422)
    request.session.pop(_kept_name(draft), None)
    if isinstance(published, Schedule):
        messages.success(
            request, _('It is published %(when)s. Until then you can take it back.') % {'when': moment(published.at)}
        )
        return redirect(address('playbook_edit', draft, request.user))
    messages.success(request, _('Published version %(number)d.') % {'number': published.number})
    return redirect('playbooks:playbook', slug=slug)


def _kept_name(draft: Draft) -> str:
    """Where the session keeps what was said about a change while its text is brought together with a newer version."""
    return f'publish-{draft.pk}'


def _bring_together(request: Request, draft: Draft) -> HttpResponse:
    """A stale publish publishes nothing: it answers with the merged draft, to be looked at and published again.

    What both changed is shown to be settled; what was said about the change is kept for then.
    """
    current = draft.playbook.current_version
    assert current is not None
    request.session[_kept_name(draft)] = {name: request.POST[name] for name in KEPT if name in request.POST}
    together, addresses = with_current(draft), addresses_of(draft, request.user)
    if together.conflicts:
        form = MergeForm(together=together, draft=draft, labels=labels_of_versions(current.number))
        return settle(request, form, addresses=addresses, status=409, newer=current, unpublished=True)
    try:
        store(request, draft, together.settled({}), base=current)
    except DraftChanged:
        messages.warning(
            request, _('Your draft was saved elsewhere meanwhile, and not published. Look at it once more.')
        )
        return redirect(addresses['edit'])
    message = _(
        'Version %(number)d was published meanwhile, so nothing was published now. Your draft has both in it: '
        'nobody had changed the same lines. Look at it once more, and publish again.'
    )
    messages.warning(request, message % {'number': current.number})
    return redirect(addresses['publish'])


def _publish(form: PublishForm, draft: Draft, editor: User) -> Version | Schedule:
    """Put the keys in place, then publish with the answers given, or set it to be published at the time given."""
    if form.cleaned_data['revision'] != draft.revision:
        raise DraftChanged(draft, title=draft.title, text=draft.text, fields=draft.fields)
    draft = keep_text(draft=draft, text=form.plan.candidate.text)
    replaces: dict[str, str] = {}
    if different := form.different_tasks():
        draft, replaces = give_new_keys(draft=draft, keys=different)
    if form.at is not None:
        return schedule(draft=draft, answers=form.answers(replaces), at=form.at, by=editor)
    return publish(draft=draft, editor=editor, answers=form.answers(replaces), earlier=form.plan)


def _look(request: Request, form: PublishForm) -> HttpResponse:
    """Show what publishing with these answers would do, and do nothing."""
    form.is_valid()
    draft = copy(form.plan.candidate.draft)
    assert draft is not None
    draft.text = form.plan.candidate.text
    draft, replaces = with_new_keys(draft, form.different_tasks())
    plan = plan_publication(draft=draft, answers=form.answers(replaces), editor=request.user, earlier=form.plan)
    if request.htmx:
        return render(
            request, 'playbooks/_impact.html', {'impact': impact_of(plan, request.user), 'moves': plan.choice}
        )
    return _step(request, form.unjudged(), answered=plan)


def _explain(form: PublishForm, refusal: Exception) -> None:
    """Say in the form why nothing was published."""
    if isinstance(refusal, WeightTooLight):
        form.add_error('weight', _('It is more than a small fix: %s.') % '; '.join(refusal.reasons[:3]))
    elif isinstance(refusal, NotApproved):
        form.add_error(None, _('Nobody has approved exactly this text yet.'))
    else:
        form.add_error(None, _('The text cannot be published as it is.'))


def _step(
    request: Request, form: PublishForm, *, status: int = 200, meanwhile: str = '', answered: Plan | None = None
) -> HttpResponse:
    """The publish step with what is known about this change; `answered` is the plan that counts with the answers."""
    plan = form.plan
    playbook = plan.candidate.playbook
    needs_approval = plan.needs_approval(Weight.CLARIFICATION)
    page = {
        'playbook': playbook,
        'draft': plan.candidate.draft,
        'plan': plan,
        'form': form,
        **_changes(plan, request.user, form),
        'questions': [(one, compare_items(one.old, one.new), field) for one, field in form.questions],
        'impact': impact_of(answered or plan, request.user),
        'moves': (answered or plan).choice,
        'others': others_writing(form.draft, request.user),
        **schedules_of(form.draft, request.user),
        'needs_approval': needs_approval,
        'approvals': plan.approvals() if needs_approval else [],
        'newer': playbook.current_version if form.draft.pk and is_stale(form.draft) else None,
        'merge_address': address('playbook_merge', form.draft, request.user),
        'meanwhile': meanwhile,
        'edit_address': address('playbook_edit', form.draft, request.user),
        'publish_address': address('playbook_publish', form.draft, request.user),
    }
    return render(request, 'playbooks/playbook_publish.html', page, status=status)


TYPO = 10  # words that come and go at most, for a change to be offered as a small fix without asking how big it is


def _changes(plan: Plan, user: User, form: PublishForm) -> dict[str, Any]:
    """What changes since the base, in words, and whether it is no more than a typo; nothing for a first version."""
    base = plan.candidate.base
    if base is None:
        return {'summary': [], 'is_typo': False}
    beside = [f'{change}.' for change in field_changes(user, plan.candidate.playbook, base, plan.candidate)]
    if plan.candidate.title != base.title:
        beside.insert(0, _('The title changed: it was “%(title)s”.') % {'title': base.title})
    if beside and plan.candidate.text == base.text:
        return {'summary': beside, 'is_typo': False}
    comparison = compare(texts.read(base.text, title=base.title), plan.document)
    is_small = not beside and max(comparison.words_added, comparison.words_removed) <= TYPO
    says_small = str(form['weight'].value()) == Weight.EDITORIAL and not form['weight'].errors
    is_typo = is_small and says_small and not plan.too_much_for_editorial and not plan.questions
    return {'summary': [*beside, *comparison.summary], 'is_typo': is_typo}
