"""What whoever publishes says about a change: only what this change raises.

Source: DESIGN.md, Publishing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .forms import MEANING, Label
from .impact import Concerned
from .models import Expectation, Kind
from .plans import Expects, ItemQuestion, Meaning, Plan, PublishAnswers, Weight
from .restoring import first_words
from .scheduling import NoSuchTime, moment_of

LATEST = timedelta(days=366)  # ahead; the last day there is has no end where clocks go before
ON = 'on'  # instead of so many days: on a day that is named


class PublishForm(forms.Form):
    """The publish step: what changed and why, how big it is, and only those questions that this change raises."""

    hide_optional = True

    note = forms.CharField(
        label=gettext_lazy('What changed, and why'),
        max_length=2000,
        widget=forms.Textarea(attrs={'rows': 3, 'class': 'short'}),
        help_text=gettext_lazy('Readers see this next to the changes. One or two sentences.'),
        error_messages={'required': gettext_lazy('Say in a sentence what changed, and why.')},
    )
    weight = forms.ChoiceField(label=gettext_lazy('How big is it?'), widget=forms.RadioSelect)
    all_meaning = forms.ChoiceField(label=gettext_lazy('For all of them'), widget=forms.RadioSelect, required=False)
    reason = forms.CharField(
        label=gettext_lazy('Why, for those who have done it'),
        max_length=300,
        required=False,
        help_text=gettext_lazy('They see it beside the item.'),
    )
    runs = forms.ChoiceField(label=gettext_lazy('Those under way'), widget=forms.RadioSelect, required=False)
    better = forms.CharField(
        label=gettext_lazy('What should get better by this?'),
        max_length=300,
        required=False,
        help_text=gettext_lazy('One line. On the day you choose you are told to look whether it did.'),
    )
    measure = forms.ChoiceField(label=gettext_lazy('By what one sees it'), required=False)
    look_in = forms.ChoiceField(label=gettext_lazy('When to look'), required=False)
    look_on = forms.DateField(
        label=gettext_lazy('The day'), required=False, widget=forms.DateInput(format='%Y-%m-%d', attrs={'type': 'date'})
    )
    later_on = forms.DateField(
        label=gettext_lazy('Day'), required=False, widget=forms.DateInput(format='%Y-%m-%d', attrs={'type': 'date'})
    )
    later_at = forms.TimeField(
        label=gettext_lazy('Time'), required=False, widget=forms.TimeInput(format='%H:%M', attrs={'type': 'time'})
    )
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        plan: Plan,
        concerned: Concerned | None = None,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        self.plan = plan
        self.concerned = concerned or Concerned()
        self.at: datetime | None = None  # when it is to be published, if not now
        draft = plan.candidate.draft
        assert draft is not None
        self.draft = draft
        begins = {'revision': draft.revision, 'note': first_words(draft)}
        super().__init__(data, initial=begins | dict(kept or {}))
        self._ask_weight(self.concerned)
        self._ask_what_gets_better()
        self._ask_meanings()
        if plan.moves_runs:
            kind = plan.candidate.playbook.kind
            choices: list[tuple[str, Label]] = [
                (Kind.OnPublish.MOVE_ALL, _('Move all of them to this version')),
                (Kind.OnPublish.OWNER_CHOICE, _('Let each owner choose')),
                (Kind.OnPublish.LEAVE, _('Leave them on the version they have')),
            ]
            self._choose('runs', choices, kind.runs_on_publish)
            self.fields['runs'].label = _('%(runs)s under way') % {'runs': kind.run_plural.capitalize()}
            self.fields['runs'].required = True
        else:
            del self.fields['runs']

    def _ask_weight(self, concerned: Concerned) -> None:
        if self.plan.candidate.base is None:
            del self.fields['weight']
            self.fields['note'].required = False
            self.fields['note'].label = _('What it is for')
            return
        watchers, readers = concerned.watchers, len(concerned.readers)
        told = ngettext('%d person who watches it is told.', '%d people who watch it are told.', watchers)
        again = ngettext('%d person is asked to read it again.', '%d people are asked to read it again.', readers)
        told, again = (sentence % count if count else '' for sentence, count in ((told, watchers), (again, readers)))
        choices: list[tuple[str, Label]] = [
            (Weight.EDITORIAL, _('Small fix: spelling, a link, a clearer word. Nobody is told.')),
            (Weight.CLARIFICATION, f'{_("Clearer, same rules: nobody has to read it again.")} {told}'.strip()),
            (Weight.PROCESS_CHANGE, f'{_("We work differently now.")} {again}'.strip()),
        ]
        self._choose('weight', choices, self.plan.usual_weight)

    def _ask_what_gets_better(self) -> None:
        if self.plan.candidate.base is None:
            for name in ('better', 'measure', 'look_in', 'look_on'):
                del self.fields[name]
            return
        runs = self.plan.candidate.playbook.kind.run_plural
        measures: list[tuple[str, Label]] = [('', _('I look for myself'))]
        if self.plan.document.items or self.plan.old.items:
            measures += [
                (measure.value, _('Of %(runs)s: %(what)s') % {'runs': runs, 'what': measure.label})
                for measure in Expectation.Measure
            ]
        self._choose('measure', measures, '')
        spans: list[tuple[str, Label]] = [
            ('14', _('In two weeks')),
            ('30', _('In a month')),
            ('91', _('In three months')),
            (ON, _('On a day that I name')),
        ]
        self._choose('look_in', spans, '91')
        today = timezone.localdate()
        self.fields['look_on'].widget.attrs['min'] = self.fields['later_on'].widget.attrs['min'] = today.isoformat()

    def _choose(self, name: str, choices: list[tuple[str, Label]], initial: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices, field.initial = choices, initial

    def _ask_meanings(self) -> None:
        questions = self.plan.questions
        for number, question in enumerate(questions):
            choices: list[tuple[str, Label]] = [(Meaning.WORDING, Meaning.WORDING.label)]
            if question.finished:
                choices.append((Meaning.SUBSTANCE, Meaning.SUBSTANCE.label))
            choices.append((Meaning.NEW, Meaning.NEW.label))
            self.fields[f'{MEANING}{number}'] = forms.ChoiceField(
                label=_('“%s”: is it still the same task?') % question.new.text,
                choices=choices,
                initial=Meaning.WORDING,
                widget=forms.RadioSelect,
            )
        if sum(bool(question.finished) for question in questions) > 1:
            for_all: list[tuple[str, Label]] = [
                ('', _('I say it one by one, below')),
                (Meaning.WORDING, Meaning.WORDING.label),
                (Meaning.SUBSTANCE, Meaning.SUBSTANCE.label),
            ]
            self._choose('all_meaning', for_all, '')
        else:
            del self.fields['all_meaning']
        if not questions:
            del self.fields['reason']

    @property
    def questions(self) -> list[tuple[ItemQuestion, forms.BoundField]]:
        """Each question about a changed item with the field that answers it."""
        return [(question, self[f'{MEANING}{number}']) for number, question in enumerate(self.plan.questions)]

    def clean(self) -> None:
        super().clean()
        reasons = self.plan.too_much_for_editorial
        if self.cleaned_data.get('weight') == Weight.EDITORIAL and reasons:
            more = _('It is more than a small fix: %s.') % '; '.join(reasons[:3])
            self.add_error('weight', more)
        elif self.cleaned_data.get('weight') == Weight.EDITORIAL and self._changes_substance():
            self.add_error('weight', _('It is more than a small fix: you said that a task changed.'))
        self._clean_what_gets_better()
        self._clean_later()

    def _clean_what_gets_better(self) -> None:
        """Whoever names a day or a measure says what should get better; the day is to come."""
        cleaned = self.cleaned_data
        if 'better' not in self.fields or 'better' in self.errors:
            return
        if not cleaned.get('better'):
            if cleaned.get('measure') or cleaned.get('look_on'):
                self.add_error('better', _('Say what should get better, or leave out how and when to look.'))
            return
        if cleaned.get('look_in') == ON:
            if not cleaned.get('look_on') and 'look_on' not in self.errors:
                self.add_error('look_on', _('Name the day.'))
            elif cleaned.get('look_on') and cleaned['look_on'] <= timezone.localdate():
                self.add_error('look_on', _('Choose a day to come.'))

    def _clean_later(self) -> None:
        """A day and a time that are to come, for whoever publishes later; neither for whoever publishes now."""
        day, clock = self.cleaned_data.get('later_on'), self.cleaned_data.get('later_at')
        if 'later' not in self.data:
            if day or clock:
                self.add_error('later_on', _('Press “Publish then”, or leave out day and time to publish now.'))
            return
        for name, value in (('later_on', day), ('later_at', clock)):
            if value is None and name not in self.errors:
                self.add_error(name, _('Say when.'))
        if day is None or clock is None:
            return
        try:
            self.at = moment_of(day, clock)
        except NoSuchTime:
            self.add_error('later_at', _('There is no such time on that day: the clocks are put forward then.'))
            return
        if self.at <= timezone.now():
            self.add_error('later_on', _('That is past. Choose a time to come.'))
        elif self.at > timezone.now() + LATEST:
            self.add_error('later_on', _('Choose a time within a year.'))

    def _changes_substance(self) -> bool:
        return any(meaning != Meaning.WORDING for meaning in self._said().values())

    def _said(self) -> dict[str, str]:
        """What each changed item means, by key, the answer for all taken into account."""
        for_all = self.cleaned_data.get('all_meaning')
        said = {}
        for number, question in enumerate(self.plan.questions):
            own = self.cleaned_data.get(f'{MEANING}{number}', Meaning.WORDING)
            said[question.key] = for_all if for_all and question.finished and own != Meaning.NEW else own
        return said

    def different_tasks(self) -> list[str]:
        """The keys whose line is another task now: it needs a key of its own before it is published."""
        return [key for key, meaning in self._said().items() if meaning == Meaning.NEW]

    def unjudged(self) -> 'PublishForm':
        """The same answers in a form that finds no fault with them yet, for whoever only wants to see what they do."""
        fresh = PublishForm(plan=self.plan, concerned=self.concerned)
        fresh.initial.update({name: self.data[name] for name in fresh.fields if name in self.data})
        return fresh

    def answers(self, replaces: dict[str, str] | None = None) -> PublishAnswers:
        """The answers for `publish`; `replaces` names the new keys of lines that are different tasks."""
        cleaned = self.cleaned_data
        reason = cleaned.get('reason', '')
        return PublishAnswers(
            weight=cleaned.get('weight') or Weight.CLARIFICATION,
            note=cleaned.get('note', ''),
            meanings={key: (meaning, reason) for key, meaning in self._said().items() if meaning != Meaning.NEW},
            reason=reason,
            replaces=replaces or {},
            runs=cleaned.get('runs') or None,
            expects=self._expects(),
        )

    def _expects(self) -> Expects | None:
        cleaned = self.cleaned_data
        if not cleaned.get('better'):
            return None
        if cleaned.get('look_in') == ON:
            day = cleaned['look_on']
        else:
            starts = timezone.localdate(self.at) if self.at else timezone.localdate()
            day = starts + timedelta(days=int(cleaned.get('look_in') or 91))
        return Expects(cleaned['better'], cleaned.get('measure', ''), day.isoformat())

    @property
    def says_more(self) -> bool:
        """Whether something was said, or is wrong, in the part that is folded away."""
        names = {'better', 'measure', 'look_on', 'later_on', 'later_at'} & self.fields.keys()
        return any(self[name].errors or self[name].value() for name in names)
