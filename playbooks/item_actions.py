"""What is done with an item of a run from a page: which form each action needs, what it does, what it says after.

The names are the last part of an action's address. A refusal of the engine becomes words at the item; nothing typed
is lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User

from . import runs
from .item_forms import (
    AskForm,
    CommentForm,
    HandInForm,
    ItemForm,
    RemoveForm,
    ReturnForm,
    WaitForm,
    WaiveForm,
)
from .models import Evidence, Run, RunItem
from .runs import NotPossible, Outcome, Refusal


@dataclass(frozen=True, slots=True)
class Engine:
    """The actions of which somebody may have to be told; an onboarding passes its own."""

    complete: Callable[..., Outcome] = runs.complete
    confirm: Callable[..., Outcome] = runs.confirm
    sign_off: Callable[..., Outcome] = runs.sign_off
    return_item: Callable[..., Outcome] = runs.return_item


class Given(NamedTuple):
    """What an action works with."""

    engine: Engine
    run: Run
    key: str
    by: User
    cleaned: dict[str, Any]

    @property
    def item(self) -> dict[str, Any]:
        """The arguments that all actions of the engine take."""
        return {'run': self.run, 'key': self.key, 'by': self.by, 'shown_number': self.cleaned['version']}


class Act(NamedTuple):
    """An action: its form, what it does, what the page says after it ('' nothing), whether one click undoes it."""

    form: type[ItemForm]
    do: Callable[[Given], Outcome]
    said: Any = ''
    is_undoable: bool = False


def _hand_in(given: Given) -> Outcome:
    """Store each thing handed in, then complete the item where that was asked; refused, what was stored stays."""
    outcome: Outcome | None = None
    for kind, name in ((Evidence.Kind.TEXT, 'text'), (Evidence.Kind.LINK, 'url'), (Evidence.Kind.FILE, 'file')):
        if given.cleaned[name]:
            outcome = runs.add_evidence(**given.item, kind=kind, **{name: given.cleaned[name]})
    if given.cleaned['then'] == 'complete':
        outcome = given.engine.complete(**given.item)
    if outcome is None:
        raise NotPossible(_('Hand in a text, a link or a file.'))
    return outcome


def _take_back(given: Given) -> Outcome:
    evidence = Evidence.objects.filter(pk=given.cleaned['evidence'], run=given.run, key=given.key).first()
    if evidence is None:
        raise NotPossible(_('This is gone already.'))
    return runs.remove_evidence(evidence=evidence, by=given.by)


def _waive(given: Given) -> Outcome:
    return runs.waive(**given.item, reason=given.cleaned['reason'], note=given.cleaned['note'])


def _note(action: Callable[..., Outcome]) -> Callable[[Given], Outcome]:
    return lambda given: action(**given.item, note=given.cleaned['note'])


ACTS: Mapping[str, Act] = {
    'complete': Act(
        ItemForm, lambda given: given.engine.complete(**given.item), gettext_lazy('Done'), is_undoable=True
    ),
    'withdraw': Act(ItemForm, lambda given: runs.withdraw(**given.item), gettext_lazy('Taken back')),
    'reopen': Act(ItemForm, lambda given: runs.reopen(**given.item), gettext_lazy('Open again')),
    'confirm': Act(ItemForm, lambda given: given.engine.confirm(**given.item), gettext_lazy('Checked again')),
    'sign-off': Act(ItemForm, lambda given: given.engine.sign_off(**given.item), gettext_lazy('Signed off')),
    'return': Act(
        ReturnForm,
        lambda given: given.engine.return_item(**given.item, note=given.cleaned['note']),
        gettext_lazy('Changes asked'),
    ),
    'excuse': Act(WaiveForm, _waive, gettext_lazy('Excused'), is_undoable=True),
    'ask-to-be-excused': Act(AskForm, _note(runs.ask_to_be_excused), gettext_lazy('Asked to be excused')),
    'wait': Act(
        WaitForm, lambda given: runs.wait_for(**given.item, whom=given.cleaned['whom']), gettext_lazy('Waiting'), True
    ),
    'stop-waiting': Act(ItemForm, lambda given: runs.stop_waiting(**given.item), gettext_lazy('No longer waiting')),
    'hand-in': Act(HandInForm, _hand_in, gettext_lazy('Handed in')),
    'take-back': Act(RemoveForm, _take_back, gettext_lazy('Work taken back')),
    'comment': Act(CommentForm, _note(runs.comment), gettext_lazy('Comment posted')),
}


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an action: the outcome, or the form that was refused and the words that say why."""

    action: str
    outcome: Outcome | None = None
    form: ItemForm | None = None
    refused: str = ''

    @property
    def undo(self) -> str:
        """The action that takes this one back by one click, '' if none does."""
        if self.outcome is None or not self.outcome.changed or not ACTS[self.action].is_undoable:
            return ''
        if self.action == 'wait':
            return 'stop-waiting'
        return 'withdraw' if self.outcome.item.state == RunItem.State.AWAITING else 'reopen'

    def said(self, text: str) -> str:
        """What a toast says of it."""
        assert self.outcome is not None
        word = ACTS[self.action].said
        if self.action in {'complete', 'hand-in'} and self.outcome.item.state == RunItem.State.AWAITING:
            word = _('Sent for sign-off')
        elif self.action == 'hand-in' and self.outcome.item.state == RunItem.State.DONE:
            word = _('Done')
        elif self.action == 'excuse' and self.outcome.run.visibility != Run.Visibility.PRIVATE:
            word = _('Skipped')
        return _('%(word)s: %(item)s') % {'word': word, 'item': text}


def form_for(action: str, data: QueryDict | None = None, files: Any = None, **kwargs: Any) -> ItemForm:
    """The form of an action, filled in or empty."""
    return ACTS[action].form(data, files, action=action, **kwargs)


def perform(
    *, action: str, run: Run, key: str, by: User, data: QueryDict, files: MultiValueDict, dom_id: str, engine: Engine
) -> Acted:
    """Do what a form asks. Its errors and the engine's refusals come back with the form as it was filled in."""
    form_class = ACTS[action].form
    more = {'has_work': Evidence.objects.filter(run=run, key=key).exists()} if form_class is HandInForm else {}
    form = form_class(data, files, action=action, dom_id=dom_id, **more)
    if not form.is_valid():
        # Without a field to stand at, an error is said at the item.
        visible = {field.name for field in form.asked}
        lost = [str(e) for name, errors in form.errors.items() if name not in visible for e in errors]
        return Acted(action, form=form, refused=' '.join(lost))
    try:
        return Acted(action, outcome=ACTS[action].do(Given(engine, run, key, by, form.cleaned_data)), form=form)
    except Refusal as refusal:
        return Acted(action, form=form, refused=refusal.message)
