"""Approvals: who is asked, who says yes to which exact text, who says no, and what counts at publication.

An approval is of one exact title, text and fields, known by their hash. Any later edit makes it count for nothing until
the text is the same again or somebody approves the new one; nobody's approval counts for a text they have a hand in.
Source: DESIGN.md, Publishing and Who may do what.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User

from . import permissions
from .drafts import DraftChanged, address_of, text_hash
from .models import Approval, ApprovalRequest, Draft, Kind, Playbook, Version
from .notices import tell
from .permissions import NotAllowed

LISTED = 50  # drafts that wait for one person's approval: more than anybody has, and a limit to what one page reads


def counting(playbook: Playbook, exact: str, hands: Collection[int]) -> list[Approval]:
    """The approvals of the text with this hash that count: by people who may approve now and did not write it.

    One query. `hands` are the keys of those who wrote it (`Draft.hands`).
    """
    given = Approval.objects.filter(playbook=playbook, text_hash=exact).exclude(approver__in=hands)
    able = permissions.people_who_approve(playbook).values('pk')
    return list(given.filter(approver__in=able).select_related('approver').order_by('at'))


def ask(*, draft: Draft, people: Iterable[User], by: User, now: datetime | None = None) -> int:
    """Ask these people to approve a draft; who was asked before is asked again. How many were.

    They see the draft from now on, and nothing else by that. Load the draft's playbook with its kind.
    Raises NotAllowed if one of them may not approve it, and then asks nobody.
    """
    now = now or timezone.now()
    asked = list(people)
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        able = set(who_can_be_asked(draft).filter(pk__in=[one.pk for one in asked]).values_list('pk', flat=True))
        if able != {one.pk for one in asked}:
            raise NotAllowed(_('Somebody of these may not approve this text.'))
        for person in asked:
            values = {'asked_by': by, 'asked_at': now, 'refused_at': None, 'note': '', 'approved_revision': None}
            ApprovalRequest.objects.update_or_create(draft=draft, person=person, defaults=values)
        tell(asked, kind='approval_asked', path=address_of(draft), actor=by, data={'title': draft.title}, now=now)
    return len(asked)


def who_can_be_asked(draft: Draft) -> permissions.UserQuerySet:
    """Whoever may approve this draft: those who may approve for this playbook, without who has a hand in the text."""
    return permissions.people_who_approve(draft.playbook).exclude(pk__in=draft.hands()).order_by('name')


def take_request_back(*, draft: Draft, person: User) -> None:
    """Ask somebody no longer; they see the draft no longer. What they approved stays approved."""
    ApprovalRequest.objects.filter(draft=draft, person=person).delete()


def approve(*, playbook: Playbook, draft: Draft, by: User, now: datetime | None = None) -> Approval:
    """Say yes to exactly this title, text and fields; any later edit needs it again.

    Takes the draft as it was shown, its text with the keys that publishing would put in (`pins.with_pins`). Doing it
    twice has one effect.
    Raises NotAllowed for whoever may not approve and whoever has a hand in the text, DraftChanged if the draft was
    saved since it was shown.
    """
    now = now or timezone.now()
    with transaction.atomic():
        Playbook.objects.lock(playbook.pk)
        stored = Draft.objects.select_for_update(of=('self',)).kept().filter(pk=draft.pk).first()
        if stored is None or stored.revision != draft.revision:
            raise DraftChanged(stored or draft, title=draft.title, text=draft.text, fields=draft.fields)
        stored.playbook, stored.author = playbook, draft.author
        if not permissions.can_approve_draft(by, stored):
            raise NotAllowed(_('You may not approve this.'))
        exact = text_hash(draft.title, draft.text, draft.fields)
        approval, created = Approval.objects.get_or_create(
            playbook=playbook,
            text_hash=exact,
            approver=by,
            defaults={'at': now, 'draft': stored, 'title': draft.title, 'text': draft.text, 'fields': draft.fields},
        )
        if not created and approval.draft_id != stored.pk:
            Approval.objects.filter(pk=approval.pk).update(draft=stored)
        asked = ApprovalRequest.objects.filter(draft=stored, person=by)
        asked.update(refused_at=None, note='', approved_revision=stored.revision)
        if created:
            _tell_writers(stored, kind='approval_given', by=by, now=now)
    return approval


def refuse(*, draft: Draft, by: User, note: str, exact: str = '', now: datetime | None = None) -> None:
    """Say no, with what would have to change; an approval that this person gave before goes: as in `withdraw`.

    Raises NotAllowed for whoever may not approve.
    """
    now = now or timezone.now()
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        if not permissions.can_approve_draft(by, draft):
            raise NotAllowed(_('You may not approve this.'))
        _withdraw(draft, by, exact)
        values = {'refused_at': now, 'note': note, 'approved_revision': None}
        ApprovalRequest.objects.update_or_create(draft=draft, person=by, defaults=values)
        _tell_writers(draft, kind='approval_refused', by=by, now=now, note=note)


def withdraw(*, draft: Draft, by: User, exact: str = '') -> bool:
    """Take back what one approved of this draft, as long as it is not published; whether there was anything.

    `exact` is the hash of the text as it stands: a yes to it counts whichever draft it was given to, and so goes too.
    The playbook is locked, as publication does before it asks for approvals: what was taken back publishes nothing.
    """
    with transaction.atomic():
        Playbook.objects.lock(draft.playbook_id)
        return _withdraw(draft, by, exact)


def _withdraw(draft: Draft, by: User, exact: str) -> bool:
    given = Approval.objects.filter(Q(draft=draft) | Q(text_hash=exact), playbook=draft.playbook_id, approver=by)
    published = Version.objects.filter(playbook=draft.playbook_id).values('text_hash')
    return bool(given.exclude(text_hash__in=published).delete()[0])


def _tell_writers(draft: Draft, *, kind: str, by: User, now: datetime, note: str = '') -> None:
    """Tell whoever writes it, and whoever asked, what somebody said about it."""
    asked = ApprovalRequest.objects.filter(draft=draft, person=by).values('asked_by')
    people = User.objects.filter(pk__in=draft.hands()) | User.objects.filter(pk__in=asked)
    data = {'title': draft.title, 'note': note}
    tell(people, kind=kind, path=address_of(draft), playbook=draft.playbook, actor=by, data=data, now=now)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a draft stands with its approvals: those that count, those of an earlier text, and who was asked.

    `may` says whether the person who looks at it may approve it as it stands, `theirs` is what they approved of it.
    """

    valid: Sequence[Approval]
    voided: Sequence[Approval]
    requests: Sequence[ApprovalRequest]
    may: bool
    theirs: Approval | None

    @property
    def open_requests(self) -> Sequence[ApprovalRequest]:
        """Who has not answered about this text."""
        answered = {approval.approver_id for approval in self.valid}
        return [one for one in self.requests if one.refused_at is None and one.person_id not in answered]

    @property
    def refusals(self) -> Sequence[ApprovalRequest]:
        """Who said no, and why."""
        return [one for one in self.requests if one.refused_at is not None]


def standing(draft: Draft, exact: str, user: User) -> Standing:
    """What is known about the approval of a draft whose text has this hash, for who looks at it.

    Load the draft with its writers. Two queries. Of those whose approval does not count any more, the latest of each
    stands in `voided`. To somebody named who was not asked, approving is not offered.
    """
    playbook, hands = draft.playbook, draft.hands()
    able = permissions.people_who_approve(playbook)
    of_this = Approval.objects.filter(Q(text_hash=exact) | Q(draft=draft), playbook=playbook)
    given = of_this.annotate(able=Exists(able.filter(pk=OuterRef('approver')))).select_related('approver')
    rows = list(given.order_by('at'))
    valid = [one for one in rows if one.text_hash == exact and one.able and one.approver_id not in hands]
    count = {one.approver_id for one in valid}
    latest = {one.approver_id: one for one in rows if one.text_hash != exact and one.approver_id not in count}
    asked = ApprovalRequest.objects.filter(draft=draft).select_related('person', 'asked_by')
    requests = list(asked.annotate(able=Exists(able.filter(pk=OuterRef('person')))))
    own = next((one for one in requests if one.person_id == user.pk), None)
    second = playbook.kind.approval == Kind.Approval.SECOND_PERSON and permissions.owns(user, playbook)
    may = user.pk not in hands and (own.able if own else user.is_editor or second)
    theirs = next((one for one in valid if one.approver_id == user.pk), None)
    return Standing(valid, list(latest.values()), requests, may, theirs)


def of_version(version: Version) -> QuerySet[Approval]:
    """The approvals with which a version was published, the first first (one query)."""
    given = Approval.objects.filter(playbook=version.playbook_id, text_hash=version.text_hash)
    return given.filter(at__lte=version.published_at).select_related('approver').defer('text', 'fields').order_by('at')


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for somebody's approval."""

    draft: Draft
    by: User | None
    at: datetime


def waiting_for(user: User) -> list[Waiting]:
    """The drafts that this person was asked to approve and has not answered as they stand. Two queries."""
    requests = ApprovalRequest.objects.filter(person=user, refused_at=None, draft__discarded_at=None)
    requests = requests.exclude(approved_revision=F('draft__revision'))
    asked = list(requests.select_related('draft__playbook__kind', 'draft__author', 'asked_by')[:LISTED])
    given = set()
    if asked:
        books = {one.draft.playbook_id for one in asked}
        approvals = Approval.objects.filter(approver=user, playbook__in=books)
        given = set(approvals.values_list('playbook', 'text_hash'))
    return [
        Waiting(one.draft, one.asked_by, one.asked_at)
        for one in asked
        if (one.draft.playbook_id, text_hash(one.draft.title, one.draft.text, one.draft.fields)) not in given
    ]
