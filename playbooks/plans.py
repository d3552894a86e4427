"""What publishing a text would do: its problems, what changes in its items, the questions that raises. It only reads.

Source: DESIGN.md, Publishing and The text of a checklist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import approving, runs
from . import text as texts
from .dead_links import nearest, readdressed, warnings_for
from .drafts import text_hash
from .kind_fields import FieldType, changes, fields_of
from .models import Approval, Draft, Item, ItemChange, Kind, Playbook, PlaybookLink, RunItem, SlugHistory, Version
from .text.notation import key_of

Meaning = ItemChange.Meaning
Weight = Version.Weight
IN_WORDS = (FieldType.TEXT, FieldType.LONG_TEXT, FieldType.URL)  # fields in which something may be misspelt
FINISHED = (RunItem.State.DONE, RunItem.State.TO_CONFIRM)


@dataclass(frozen=True, slots=True)
class Expects:
    """What should get better by a change, by which measure one sees it (empty: by looking), and when to look."""

    text: str
    measure: str
    look_on: str  # as ISO writes a day, so that it can be kept until a publication to come


@dataclass(frozen=True, slots=True)
class PublishAnswers:
    """What whoever publishes says about a change.

    `meanings` gives (meaning, reason) by key for changed items; `all_meaning` and `reason` hold for those not named
    (default: wording). `replaces` names, for lines that got a new key because they are another task now, the key of the
    earlier one. `runs` is what happens to runs under way (None: as the kind says). `expects` is what should get better.
    """

    weight: str
    note: str = ''
    meanings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    all_meaning: str | None = None
    reason: str = ''
    replaces: Mapping[str, str] = field(default_factory=dict)
    runs: str | None = None
    expects: Expects | None = None


@dataclass(slots=True)
class Candidate:
    """A text that may become the next version of a playbook; `base` is the version it was written from."""

    playbook: Playbook
    base: Version | None
    title: str
    text: str
    fields: dict[str, Any]
    author: User | None = None
    draft: Draft | None = None
    skip_approval: bool = False

    @classmethod
    def of(cls, draft: Draft) -> 'Candidate':
        """The text of a draft as its author last saw it."""
        return cls(draft.playbook, draft.base, draft.title, draft.text, dict(draft.fields), draft.author, draft)


@dataclass(frozen=True, slots=True)
class ItemQuestion:
    """A changed item: what does the change mean? Asked if `finished` people under way have done it, or if the line has
    other words than the one whose key it was given (`reworded`): is it that task at all?
    """

    old: texts.Item
    new: texts.Item
    finished: int
    reworded: bool

    @property
    def key(self) -> str:
        return self.new.key


@dataclass(slots=True)
class Plan:
    """Everything about one publication that can be known without a lock.

    `old` holds the items of the base as they were recorded; `changed` the keys that both have and whose item differs.
    """

    candidate: Candidate
    document: texts.Document
    old: texts.Document
    text_hash: str
    problems: list[texts.Problem]
    added: list[texts.Item]
    removed: list[texts.Item]
    changed: dict[str, tuple[texts.Item, texts.Item]]
    redated: list[texts.Item]
    questions: list[ItemQuestion]
    meanings: dict[str, tuple[str, str]]
    replaces: dict[str, str]
    choice: str
    now: datetime
    carry_over: runs.CarryOverPlan | None = None

    def reads(self, title: str, text: str) -> bool:
        """Whether `document` is that of exactly this title and text."""
        return (self.candidate.title, self.candidate.text) == (title, texts.normalize(text))

    @property
    def number(self) -> int:
        """The number the version would get."""
        return self.candidate.base.number + 1 if self.candidate.base else 1

    @property
    def errors(self) -> list[texts.Problem]:
        """The problems that keep the text from being published."""
        return [problem for problem in self.problems if problem.severity == 'error']

    @property
    def warnings(self) -> list[texts.Problem]:
        """The problems that do not."""
        return [problem for problem in self.problems if problem.severity != 'error']

    @property
    def too_much_for_editorial(self) -> list[str]:
        """Why this is no small fix, in words; empty if it may be one. Source: DESIGN.md, the table of weights.

        A field that holds a fact (a status, a date, a number, a person …) changes no spelling; one of words may.
        """
        reasons = [_('“%s” is added') % item.text for item in self.added]
        reasons += [_('“%s” is removed') % item.text for item in self.removed]
        reasons += [_('“%s” gets another date') % item.text for item in self.redated]
        for key, (old, new) in self.changed.items():
            if self.meanings[key][0] != Meaning.WORDING or _rules(old) != _rules(new):
                reasons.append(_('the task “%s” changes') % new.text)
        base, candidate = self.candidate.base, self.candidate
        if base is None:
            return []
        facts = [one for one in fields_of(candidate.playbook.kind.fields) if one.type not in IN_WORDS]
        was, now = ({one.name: held.get(one.name) for one in facts} for held in (base.fields, candidate.fields))
        return reasons + [_('“%s” says something else') % change.label for change in changes(facts, was, now)]

    @property
    def usual_weight(self) -> str:
        """What is proposed: a small fix where no item and no fact changed, else a clarification."""
        return Weight.CLARIFICATION if self.too_much_for_editorial else Weight.EDITORIAL

    @property
    def moves_runs(self) -> bool:
        """Whether there are runs under way about which to decide."""
        return self.carry_over is not None and bool(self.carry_over.impacts)

    @property
    def says_the_same(self) -> bool:
        """Whether title, text and fields are those of the base; a field reads the same as a number or as its digits."""
        new, base = self.candidate, self.candidate.base
        if base is None or (new.title, new.text) != (base.title, base.text):
            return False
        return _read(new.fields) == _read(base.fields)

    def needs_approval(self, weight: str) -> bool:
        """Whether the kind asks for an approval: of all but small fixes, and of every first version."""
        asks = self.candidate.playbook.kind.approval != Kind.Approval.NONE and not self.candidate.skip_approval
        return asks and (weight != Weight.EDITORIAL or self.candidate.base is None)

    def approvals(self) -> list[Approval]:
        """The approvals of exactly this text that count: by people who may approve it, not its writers. Two queries."""
        candidate = self.candidate
        if candidate.draft is not None:
            hands = candidate.draft.hands()
        else:
            hands = {candidate.author.pk} if candidate.author else set()
        return approving.counting(candidate.playbook, self.text_hash, hands)


def _read(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields as pages show them: without empty ones, each as its words."""
    return {name: str(value) for name, value in fields.items() if value not in (None, '')}


def plan_publication(
    *,
    draft: Draft,
    answers: PublishAnswers | None = None,
    editor: User | None = None,
    earlier: Plan | None = None,
    only_text: bool = False,
    now: datetime | None = None,
) -> Plan:
    """Work out what publishing a draft would do, with these answers or the usual ones.

    Load the draft's playbook (with kind), base and author. Links are looked up as `editor` (default: the author) may
    see them. `earlier` is a plan that may have read this text already; it is not read twice then. A text that cannot be
    read at all gives a plan with that one error. A handful of queries, whatever the size of the text; those of the
    carry-over come on top where runs are under way. With `only_text` neither links nor runs are looked up: one query.
    """
    read = earlier.document if earlier and earlier.reads(draft.title, draft.text) else None
    old = earlier.old if earlier and earlier.candidate.base == draft.base else None
    reader = editor or draft.author
    return plan(Candidate.of(draft), answers, reader=reader, document=read, old=old, only_text=only_text, now=now)


def read(*, title: str, text: str) -> texts.Document:
    """The document of a text; one that cannot be read is empty and has that as its one problem."""
    try:
        return texts.read(text, title=title)
    except texts.Refused as refusal:
        return texts.Document(problems=[texts.Problem(refusal.line or 0, refusal.message)])


def plan(
    candidate: Candidate,
    answers: PublishAnswers | None,
    *,
    reader: User | None = None,
    document: texts.Document | None = None,
    old: texts.Document | None = None,
    only_text: bool = False,
    now: datetime | None = None,
) -> Plan:
    """`plan_publication` for any text; `reader` None sees all. `document` is what reading exactly this text gave,
    `old` the items recorded of the base.
    """
    answers, now = answers or PublishAnswers(Weight.CLARIFICATION), now or timezone.now()
    playbook = candidate.playbook
    candidate.text = texts.normalize(candidate.text)
    document = document or read(title=candidate.title, text=candidate.text)
    old = old or recorded(candidate.base)
    before, after = {item.key: item for item in old.items}, {item.key: item for item in document.items}
    both = [(before[key], item) for key, item in after.items() if key in before]
    changed = {new.key: (was, new) for was, new in both if was.content_hash != new.content_hash}
    leading_nowhere: list[texts.Problem] = []
    if not only_text:
        leading_nowhere = [*_nowhere(candidate, reader), *links_leading_nowhere(candidate, document, reader)]
    result = Plan(
        candidate=candidate,
        document=document,
        old=old,
        text_hash=text_hash(candidate.title, candidate.text, candidate.fields),
        problems=sorted([*_missing(candidate), *document.problems, *leading_nowhere]),
        added=[item for item in document.items if item.key not in before],
        removed=[item for item in old.items if item.key not in after],
        changed=changed,
        redated=[new for was, new in both if was.due != new.due],
        questions=[] if only_text else _questions(playbook, changed),
        meanings={key: _meaning(answers, key) for key in changed},
        replaces={new: was for new, was in answers.replaces.items() if new in after and new not in before},
        choice=answers.runs or playbook.kind.runs_on_publish,
        now=now,
    )
    for key, (meaning, _reason) in result.meanings.items():
        if meaning == Meaning.NEW:
            problem = _('This line still has the key of the earlier task. A different task needs a key of its own.')
            result.problems.append(texts.Problem(after[key].line, problem))
    if candidate.base is not None and not only_text and not result.errors and not _is_stale(candidate):
        result.carry_over = runs.prepare_carry_over(
            playbook=playbook,
            document=document,
            meanings=result.meanings,
            choice=result.choice,
            now=now,
        )
    return result


def _is_stale(candidate: Candidate) -> bool:
    """Whether another version than the base is current; one query for a playbook loaded before the last one."""
    playbook, base = candidate.playbook, candidate.base
    if base is not None and playbook.current_version_id != base.pk:
        playbook.refresh_from_db(fields=['current_version'])
    return playbook.current_version_id != (base.pk if base else None)


def recorded(version: Version | None) -> texts.Document:
    """A version's items as they were recorded at its publication, with nothing else in the document (one query)."""
    rows = Item.objects.filter(version=version).order_by('position') if version else []
    return texts.Document(items=[_recorded_item(row) for row in rows])


def _recorded_item(row: Item) -> texts.Item:
    reads = texts.Link(row.reads_slug, row.reads_number, None, row.line) if row.reads_slug else None
    return texts.Item(
        key=row.key,
        pinned=False,
        suffixed=False,
        position=row.position,
        text=row.text,
        label_html=row.label_html,
        detail_html=row.detail_html,
        kind=row.kind,
        role=row.role,
        signoff=row.signoff,
        due=row.due,
        after=tuple(row.after),
        optional=row.optional,
        milestone=row.milestone,
        estimate=row.estimate,
        reads=reads,
        parent=row.parent_key or None,
        section=None,
        phase=row.phase,
        line=row.line,
        line_end=row.line_end,
        content_hash=row.content_hash,
    )


def _rules(item: texts.Item) -> tuple[object, ...]:
    """What of an item is a rule and not words: changing it is no small fix."""
    return item.kind, item.role, item.signoff, item.optional, item.after


def _meaning(answers: PublishAnswers, key: str) -> tuple[str, str]:
    return answers.meanings.get(key) or (answers.all_meaning or Meaning.WORDING, answers.reason)


def _questions(playbook: Playbook, changed: Mapping[str, tuple[texts.Item, texts.Item]]) -> list[ItemQuestion]:
    """The changed items to ask about, in the order of the text (at most one query).

    A key that is the slug of the earlier words was not pinned then: the pin came with the rewording.
    """
    if not changed:
        return []
    under_way = Q(run__playbook=playbook, run__finished_at=None, run__ended_at=None)
    finished = RunItem.objects.filter(under_way, key__in=list(changed), state__in=FINISHED)
    counts = dict(finished.values_list('key').annotate(number=Count('pk')))
    asked = [
        ItemQuestion(old, new, counts.get(key, 0), reworded=old.text != new.text and old.key == key_of(old.text))
        for key, (old, new) in changed.items()
    ]
    return [question for question in asked if question.finished or question.reworded]


def _missing(candidate: Candidate) -> list[texts.Problem]:
    """The fields that the kind requires and that are empty. They stand beside the text: line 0."""
    problems = []
    if not candidate.title.strip():
        problems.append(texts.Problem(0, _('Give it a title.')))
    fields = fields_of(candidate.playbook.kind.fields)
    empty = [one for one in fields if one.required and candidate.fields.get(one.name) in (None, '')]
    return problems + [texts.Problem(0, _('Fill in “%s”.') % one.label) for one in empty]


def _nowhere(candidate: Candidate, reader: User | None) -> list[texts.Problem]:
    """The fields that name a playbook the reader cannot find, unless the base says the same (two queries)."""
    base = candidate.base.fields if candidate.base else {}
    said = [
        (one, str(candidate.fields[one.name]))
        for one in fields_of(candidate.playbook.kind.fields)
        if one.type == FieldType.PLAYBOOK and candidate.fields.get(one.name) not in (None, '', base.get(one.name))
    ]
    if not said:
        return []
    seen = Playbook.objects.visible_to(reader) if reader else Playbook.objects.all()
    slugs = [slug for _field, slug in said]
    found = {*seen.filter(slug__in=slugs).values_list('slug', flat=True)}
    found |= {*SlugHistory.objects.filter(slug__in=slugs, playbook__in=seen).values_list('slug', flat=True)}
    message = _('“%(label)s”: there is no playbook with the address “%(slug)s”.')
    lost = [message % {'label': one.label, 'slug': slug} for one, slug in said if slug not in found]
    return [texts.Problem(0, one, 'warning') for one in lost]


def links_leading_nowhere(candidate: Candidate, document: texts.Document, reader: User | None) -> list[texts.Problem]:
    """What a text links to and is not there, each with a mend where something is much like it.

    No query for a text without links to playbooks and files; else a few, whatever there is.
    """
    others = warnings_for(document, text=candidate.text, playbook=candidate.playbook, reader=reader)
    return [*_dead_links(candidate, document, reader), *others]


def _dead_links(candidate: Candidate, document: texts.Document, reader: User | None) -> list[texts.Problem]:
    """Links to playbooks that lead nowhere: an error where an item is done by reading it, else a warning.

    A playbook the reader may not see counts as none, unless the base already links to it: nobody learns that it
    exists, and nobody is kept from publishing by it. One query for all links, up to four where some do not resolve.
    """
    links = {link for link in document.links if link.slug} | {item.reads for item in document.items if item.reads}
    slugs = {link.slug for link in links if link.slug}
    if not slugs:
        return []
    seen = Playbook.objects.visible_to(reader) if reader else Playbook.objects.all()
    found = dict(seen.filter(slug__in=slugs).values_list('slug', 'current_version__number'))
    if missing := slugs - found.keys():
        older = SlugHistory.objects.filter(slug__in=missing, playbook__in=seen)
        found |= dict(older.values_list('slug', 'playbook__current_version__number'))
    if missing := slugs - found.keys():
        known = PlaybookLink.objects.filter(version=candidate.base, target_slug__in=missing) if candidate.base else None
        existing = Playbook.objects.filter(slug__in=missing)
        allowed = existing.filter(slug__in=known.values('target_slug')) if known is not None else existing.none()
        found |= dict(allowed.values_list('slug', 'current_version__number'))
    read_at = {(item.reads.slug, item.reads.number, item.reads.line) for item in document.items if item.reads}
    missing = slugs - found.keys()
    near = nearest(missing, list(seen.values_list('slug', flat=True))) if missing else {}
    problems = set()
    for link in links:
        mend = None
        address = f'playbook:{link.slug}' + (f'@{link.number}' if link.number else '')
        if link.slug and link.slug not in found:
            message = _('“%s” leads nowhere: there is no playbook with this address.') % address
            if link.slug in near:
                mend = readdressed(candidate.text, link.line, link.slug, near[link.slug])
        elif link.number and link.number > (found[link.slug] or 0):
            message = _('“%s” leads nowhere: there is no such version.') % address
        else:
            continue
        error = (link.slug, link.number, link.line) in read_at
        problems.add(texts.Problem(link.line, message, 'error' if error else 'warning', mend))
    return list(problems)
