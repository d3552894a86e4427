"""Who may do what. Pure questions about people, documents and runs; visibility is in the query sets.

Source of every rule: DESIGN.md, Who may do what.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User, UserQuerySet, below

from .crew import STAND_IN, Crew, crew_of
from .models import BUDDY, Draft, Kind, Playbook, Remark, Run, RunItem


class NotAllowed(Exception):
    """This person may not do that."""


def owns(user: User, playbook: Playbook) -> bool:
    """Whether they are the playbook's owner or co-owner."""
    return user.pk in (playbook.owner_id, playbook.co_owner_id)


def can_read(user: User, playbook_id: int) -> bool:
    """Whether a playbook is open to them (one query). Taking part in a run of it alone does not open it."""
    return Playbook.objects.readable_by(user).filter(pk=playbook_id).exists()


def can_edit(user: User, playbook: Playbook) -> bool:
    """Whether they may publish changes of their own: owner, co-owner, editors, administrators."""
    return owns(user, playbook) or user.is_editor or user.is_admin


def can_publish(user: User, playbook: Playbook) -> bool:
    """Whether their draft may become a version: whoever may edit, and of some kinds the first one by its writer."""
    if can_edit(user, playbook):
        return True
    first_by_writer = playbook.current_version_id is None and playbook.created_by_id == user.pk
    return playbook.kind.members_may_publish_first and first_by_writer


def can_verify(user: User, playbook: Playbook) -> bool:
    """Whether they may say that a playbook is still true."""
    return can_edit(user, playbook)


def can_suggest(user: User, playbook: Playbook) -> bool:
    """Whether they may write a draft of it: whoever may read it. Without the right to publish it is a suggestion."""
    return can_edit(user, playbook) or playbook.created_by_id == user.pk or can_read(user, playbook.pk)


def can_write_draft(user: User, draft: Draft) -> bool:
    """Whether they may change a draft: its author, who writes along, and for a suggestion that waits, who decides.

    Load the draft's playbook; up to two queries for whoever is not its author, none if co-authors and suggestions were
    fetched with it.
    """
    if draft.author_id == user.pk:
        return True
    if any(row.person_id == user.pk for row in draft.co_authors.all()):
        return True
    return can_edit(user, draft.playbook) and any(one.is_waiting for one in draft.suggestions.all())


def can_publish_draft(user: User, draft: Draft) -> bool:
    """Whether they may make this draft a version: who may publish the page, of a draft they may change."""
    return can_publish(user, draft.playbook) and can_write_draft(user, draft)


def can_approve(user: User, playbook: Playbook, author: User) -> bool:
    """Whether they may approve this author's text: editors and those named for it, never their own.

    Where the kind asks for a second person, whoever keeps the playbook may be that person. Named are people by the
    kind and by the playbook, both of which editors set; one query for whoever is no editor.
    """
    if user == author:
        return False
    second_person = playbook.kind.approval == Kind.Approval.SECOND_PERSON and owns(user, playbook)
    return user.is_editor or second_person or is_approver(user, playbook)


def is_approver(user: User, playbook: Playbook) -> bool:
    """Whether they were named as somebody who may approve texts of this playbook, or of its kind."""
    of_page, of_kind = playbook.approvers.order_by(), playbook.kind.approvers.order_by()
    named = Q(pk__in=of_page.values('pk')) | Q(pk__in=of_kind.values('pk'))
    return User.objects.filter(named, pk=user.pk).exists()


def can_approve_draft(user: User, draft: Draft) -> bool:
    """Whether they may approve this draft as it stands: as `can_approve`, and nobody who has a hand in its text.

    Load the draft's playbook with its kind; one query more than `can_approve`.
    """
    return can_approve(user, draft.playbook, draft.author) and user.pk not in draft.hands()


def people_who_approve(playbook: Playbook) -> UserQuerySet:
    """Whoever may approve texts of this playbook, of those who can sign in: the same rule as `can_approve`."""
    may = Q(Exists(User.objects.editors().filter(pk=OuterRef('pk'))))
    for named in (playbook.approvers.all(), playbook.kind.approvers.all()):
        may |= Q(Exists(named.order_by().filter(pk=OuterRef('pk'))))
    if playbook.kind.approval == Kind.Approval.SECOND_PERSON:
        may |= Q(pk__in=[pk for pk in (playbook.owner_id, playbook.co_owner_id) if pk])
    return User.objects.active().filter(may)


def people_who_read(playbook: Playbook) -> UserQuerySet:
    """Whoever may read this playbook once it is published, of those who can sign in: as `readable_by`.

    One query before, none where `with_readers` has found that it is for everybody.
    """
    if playbook.__dict__.get('is_restricted') is False:
        return User.objects.active()
    groups = list(playbook.audience.values_list('pk', flat=True))
    if not groups:
        return User.objects.active()
    keeps = Q(pk__in=[pk for pk in (playbook.owner_id, playbook.co_owner_id) if pk])
    invited = Exists(User.groups.through.objects.filter(user=OuterRef('pk'), group__in=groups))
    editors = Exists(User.objects.editors().filter(pk=OuterRef('pk')))
    admins = Exists(User.objects.admins().filter(pk=OuterRef('pk')))
    return User.objects.active().filter(keeps | Q(invited) | Q(editors) | Q(admins))


def keepers_of(playbook: Playbook) -> list[User]:
    """Who is told about what comes in for a playbook: its owners; where it has none who can sign in, the editors."""
    owners = [pk for pk in (playbook.owner_id, playbook.co_owner_id) if pk]
    found = list(User.objects.active().filter(pk__in=owners)) if owners else []
    return found or list(User.objects.editors().active())


def can_see_drafts(user: User, playbook: Playbook) -> bool:
    """Whether they may look at other people's drafts of it: whoever keeps it, editors, administrators."""
    return can_edit(user, playbook)


def can_archive(user: User) -> bool:
    """Whether they may archive playbooks and change tags, kinds and areas."""
    return user.is_editor or user.is_admin


def can_change_kinds(user: User) -> bool:
    """Whether they may change what types of playbooks there are, with their texts, rules and fields."""
    return can_archive(user)


def can_bring_in(user: User) -> bool:
    """Whether they may bring in documents as new playbooks. Into a draft of one's own page an owner may, too."""
    return user.is_editor or user.is_admin


def can_create(user: User, kind: Kind) -> bool:
    """Whether they may start a playbook of this kind: everybody; what others than editors write is a suggestion.

    A track is started by editors and administrators alone, because people are put on it.
    """
    return not kind.is_track or user.is_editor or user.is_admin


class Doable(Protocol):
    """What rights ask of a run item; rows of a list have the same columns as `RunItem`."""

    @property
    def state(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def signoff(self) -> str: ...

    @property
    def done_by_id(self) -> int | None: ...

    @property
    def done_for_id(self) -> int | None: ...

    @property
    def done_at(self) -> datetime | None: ...

    @property
    def signed_by_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class RunAccess:
    """What one person may see and do in one run. Asking costs no query.

    `may_...(item)` say whether an action is open to them now; `completes`, `signs` and `waives` whether it is theirs to
    do at all, whatever the item's state.
    """

    person_id: int
    crew: Crew
    roles: frozenset[str]
    is_editor: bool
    is_above: bool
    reads: bool
    now: datetime

    @property
    def is_owner(self) -> bool:
        """Whether the run is theirs."""
        return self.person_id == self.crew.owner_id

    @property
    def is_manager(self) -> bool:
        """Whether the owner of this enrollment reports to them."""
        return self.crew.private and self.person_id == self.crew.manager_id

    @property
    def leads(self) -> bool:
        """Whether they decide about it: an enrollment's manager or the line above, another run's owner, editors."""
        return self.is_editor or (self.is_above if self.crew.private else self.is_owner)

    @property
    def sees_run(self) -> bool:
        """Whether the run is there for them at all; else every address of it answers 404."""
        return self.reads or self.is_owner or self.is_editor or self.is_above or bool(self.roles)

    def sees_item(self, role: str, signoff: str = '') -> bool:
        """Whether they see the state and dates of an item with this role and sign-off."""
        if not self.crew.private:
            return self.sees_run
        if self.is_owner or self.is_editor or self.is_above or BUDDY in self.roles:
            return True
        return self._holds(role) or (bool(signoff) and (self._holds(signoff) or STAND_IN in self.roles))

    def sees_work(self, item: Doable) -> bool:
        """Whether they see the work handed in for an item, its comments and what was returned."""
        if not self.crew.private:
            return self.sees_run
        if self.is_owner or self.is_manager or BUDDY in self.roles or self._holds(item.role):
            return True
        return self._is_signer(item)

    def sees_judgements(self, item: Doable) -> bool:
        """Whether they see what a signer wrote about an item that judges the person; the buddy does not."""
        if not self.crew.private:
            return self.sees_run
        return self.is_owner or self.is_manager or self._is_signer(item)

    def completes(self, item: Doable) -> bool:
        """Whether the item is theirs to do: they hold its role; of a launch, owner and editors tick for others."""
        return self.does(item) or (not self.crew.private and self.leads)

    def does(self, item: Doable) -> bool:
        """Whether the item waits for them: they hold its role, or stand in where nobody does."""
        return self.person_id in self.crew.doers(item.role)

    def signs(self, item: Doable) -> bool:
        """Whether a sign-off of this item waits for them. Nobody signs off what they completed."""
        if not item.signoff or self.person_id in {item.done_by_id, item.done_for_id}:
            return False
        asked_at = item.done_at if item.state == RunItem.State.AWAITING else None
        completers = (item.done_by_id, item.done_for_id)
        signers = self.crew.signers(item.signoff, completed_by=completers, asked_at=asked_at, now=self.now)
        return self.person_id in signers.people or (signers.any_editor and self.is_editor)

    def waives(self) -> bool:
        """Whether they may excuse from an item: who leads the run."""
        return self.leads

    def withdraws(self, item: Doable) -> bool:
        """Whether they completed it, themselves or through the owner of a launch."""
        return self.person_id in {item.done_by_id, item.done_for_id}

    def confirms(self, item: Doable) -> bool:
        """Whether it is theirs to check a changed item again: the signer where one is asked, else who did it."""
        return self.signs(item) if item.signoff else self.withdraws(item) or self.completes(item)

    def reopens(self, item: Doable) -> bool:
        """Whether they may open a finished item again: who completed it, if nobody signed; else signer or editor."""
        if item.state == RunItem.State.WAIVED:
            return self.is_editor or (self.is_manager if self.crew.private else self.is_owner)
        if item.signed_by_id is None:
            return self.withdraws(item)
        return self.is_editor or self.person_id == item.signed_by_id or self.signs(item)

    def may_complete(self, item: Doable) -> bool:
        """Whether they may complete it now; order and work to hand in are not looked at."""
        return item.state == RunItem.State.TO_DO and self.completes(item)

    def may_withdraw(self, item: Doable) -> bool:
        """Whether they may take it back before it is signed."""
        return item.state == RunItem.State.AWAITING and self.withdraws(item)

    def may_sign(self, item: Doable) -> bool:
        """Whether they may sign it off, or ask for changes, now."""
        return item.state == RunItem.State.AWAITING and self.signs(item)

    def may_confirm(self, item: Doable) -> bool:
        """Whether they may say that it still holds after the text changed."""
        return item.state == RunItem.State.TO_CONFIRM and self.confirms(item)

    def may_reopen(self, item: Doable) -> bool:
        """Whether they may open it again now."""
        finished = {RunItem.State.DONE, RunItem.State.TO_CONFIRM, RunItem.State.WAIVED}
        return item.state in finished and self.reopens(item)

    def may_waive(self, item: Doable) -> bool:
        """Whether they may excuse from it now."""
        return item.state in {RunItem.State.TO_DO, RunItem.State.AWAITING} and self.waives()

    def may_ask_to_be_excused(self, item: Doable) -> bool:
        """Whether they may ask for it, because they may not do it themselves."""
        return item.state in {RunItem.State.TO_DO, RunItem.State.AWAITING} and self.completes(item)

    @property
    def may_move(self) -> bool:
        """Whether they may change the date that the run counts from."""
        return self.leads

    @property
    def may_change_roles(self) -> bool:
        """Whether they may fill its roles."""
        return self.leads

    @property
    def may_end(self) -> bool:
        """Whether they may stop it."""
        return self.leads

    @property
    def may_carry_over(self) -> bool:
        """Whether they may move it to a newer version, and undo that: the owner too."""
        return self.leads or self.is_owner

    def _holds(self, role: str) -> bool:
        return self.person_id in self.crew.doers(role)

    def _is_signer(self, item: Doable) -> bool:
        return bool(item.signoff) and (self.person_id in self.crew.holders(item.signoff) or self.signs(item))


def run_access(user: User, run: Run, *, crew: Crew | None = None, now: datetime | None = None) -> RunAccess:
    """What this person may see and do in this run (at most four queries, whatever the run holds)."""
    crew = crew or crew_of(run)
    is_above = False
    if crew.private and user.pk != crew.owner_id:
        is_above = user.pk in {crew.manager_id, crew.next_manager_id} or (
            user.has_reports and User.objects.filter(pk=crew.owner_id).filter(below(user)).exists()
        )
    roles = crew.roles_of(user.pk)
    reads = False
    if not crew.private and user.pk != crew.owner_id and not roles:
        reads = can_read(user, run.playbook_id)
    return RunAccess(
        person_id=user.pk,
        crew=crew,
        roles=roles,
        is_editor=user.is_editor,
        is_above=is_above,
        reads=reads,
        now=now or timezone.now(),
    )


def can_start_run(user: User, playbook: Playbook, *, owner: User, private: bool) -> bool:
    """Whether they may start a run of this playbook for its owner: of an enrollment the line above and editors.

    Any other run may be started by whoever may read the playbook, for themselves or a colleague.
    """
    if user.is_editor:
        return True
    if private:
        return user.has_reports and User.objects.filter(pk=owner.pk).filter(below(user)).exists()
    return can_read(user, playbook.pk)


def can_talk(user: User, playbook: Playbook) -> bool:
    """Whether they may say something about the page: whoever may read it, while it is in use (one query at most)."""
    in_use = playbook.current_version_id is not None and playbook.archived_at is None
    return in_use and (can_edit(user, playbook) or can_read(user, playbook.pk))


def takes_part(user: User, thread: Remark, asked: Collection[int]) -> bool:
    """Whether a conversation that they see is open to them as a whole, with names, and theirs to reply in.

    Comments and the review of a draft are; a question, a report or a note, to whoever began it, to those who were
    `asked` (primary keys), and to whoever keeps the page. Others see the answer that stands, and nobody's name.
    """
    if thread.kind == Remark.Kind.COMMENT or not thread.is_on_page:
        return True
    return user.pk == thread.author_id or user.pk in asked or can_edit(user, thread.playbook)


def can_settle(user: User, thread: Remark) -> bool:
    """Whether they may resolve a conversation and open it again: its starter, the draft's author, the keepers."""
    writes = thread.draft is not None and thread.draft.author_id == user.pk
    return user.pk == thread.author_id or writes or can_edit(user, thread.playbook)


def can_let_stand(user: User, remark: Remark, asked: Collection[int]) -> bool:
    """Whether they may show an answer (or a field note) to all who come later, and take that back.

    Who keeps the page may, and of an answer whoever gave it, if they were asked.
    """
    if can_edit(user, remark.playbook):
        return True
    return remark.parent_id is not None and remark.author_id == user.pk and user.pk in asked
