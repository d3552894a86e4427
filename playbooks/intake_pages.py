"""What the page of an intake shows of each document."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from .drafts import address_of
from .intakes import Outcome
from .models import Area, Intake, IntakeDocument, Kind

ACTIONS = {
    'new': ('info', gettext_lazy('New')),
    'changed': ('warn', gettext_lazy('Changed')),
    'unchanged': ('off', gettext_lazy('As last time')),
    'skipped': ('late', gettext_lazy('Refused')),
}
OUTCOMES = {
    Outcome.DRAFTED: 'info',
    Outcome.PUBLISHED: 'ok',
    Outcome.ADDED: 'info',
    Outcome.JOINED: 'info',
    Outcome.LEFT: 'off',
    Outcome.FAILED: 'late',
}


@dataclass(slots=True)
class Row:
    """A document: how it stands, in a word and its color, what it is, remarks, and where to look at it."""

    document: IntakeDocument
    tone: str
    word: Any
    kind: str
    area: str
    address: str
    address_word: str
    problems: list[str]
    field: BoundField | None


def rows_of(intake: Intake, documents: Iterable[IntakeDocument], form: forms.Form | None) -> list[Row]:
    """A row for each document of an intake (two queries)."""
    kinds = dict(Kind.objects.values_list('slug', 'name'))
    areas = dict(Area.objects.values_list('slug', 'name'))
    return [_row(intake, document, kinds, areas, form) for document in documents]


def _row(
    intake: Intake, document: IntakeDocument, kinds: dict[str, str], areas: dict[str, str], form: forms.Form | None
) -> Row:
    outcome = document.choice.get('outcome')
    tone, word = ACTIONS.get(document.action, ('off', document.action))
    if outcome:
        tone, word = OUTCOMES[Outcome(outcome)], Outcome(outcome).label
    elif intake.asked_at and document.done_at is None:
        tone, word = 'wait', _('Waiting')
    meta, answers = document.data['meta'], intake.answers
    name = f'do-{document.position}'
    address, address_word = _address(intake, document)
    return Row(
        document=document,
        tone=tone,
        word=word,
        kind=_named(kinds, meta.get('kind'), answers['kind']),
        area=_named(areas, meta.get('area'), answers['area']),
        address=address,
        address_word=address_word,
        problems=[
            _('Line %(line)s: %(message)s') % {'line': line, 'message': said} for line, said in _problems(document)
        ],
        field=form[name] if form is not None and name in form.fields else None,
    )


def _problems(document: IntakeDocument) -> list[Any]:
    found: list[Any] = document.data['problems']
    return found if not document.choice.get('outcome') else []


def _named(names: dict[str, str], named: Any, otherwise: str) -> str:
    return names.get(str(named), names.get(otherwise, ''))


def _address(intake: Intake, document: IntakeDocument) -> tuple[str, str]:
    """Where a document can be looked at, and what that is called."""
    if document.version and document.playbook:
        return reverse('playbooks:playbook', args=[document.playbook.slug]), _('Read it')
    if document.draft:
        return address_of(document.draft), _('Draft')
    if document.action != 'skipped' and not intake.asked_at and not intake.cancelled_at:
        return reverse('playbooks:intake_document', args=[intake.pk, document.position]), pgettext('a document', 'Look')
    return '', ''
