"""What people do with one item of a run: the table of states in DESIGN.md, Runs.

Every action is keyword-only and atomic, locks the run before its items, writes one event, and done twice, or by twenty
at once, has one effect. It takes the number of the version that the person was shown. Raises NotAllowed or
NotPossible, with a message for the page.
"""

from datetime import datetime

from django.core.files import File
from django.utils.translation import gettext as _

from accounts.models import User

from ..ledger import Action
from ..models import Evidence, Item, Run, RunItem, RunNote
from .checklists import Task
from .readings import mark_read, readings_for
from .recording import NotAllowed, NotPossible, Outcome, State, Work, locked


def complete(*, run: Run, key: str, by: User, shown_number: int, now: datetime | None = None) -> Outcome:
    """Do an item: it is done, or awaits its sign-off.

    Refused before the items it opens after, without the work it asks for, and for a page to read that has not been
    acknowledged. On a key no longer asked it is recorded all the same; on one that changed in substance since the
    version shown, and asks for no sign-off, it is to be confirmed.
    """
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        access = work.access(by)
        _must(access.completes(row), _('This is not yours to do.'))
        work.must_be_open()
        if row.state in {State.DONE, State.AWAITING, State.TO_CONFIRM}:
            return Outcome(row, work.run, changed=False)
        if row.state == State.WAIVED:
            raise NotPossible(_('This was excused. Open it again first.'))
        task = work.task(key, shown_number)
        _must_be_open_for(work, task)
        _must_have_work(work, row, task)
        if _do_by_reading(work, row, task):
            work.record(Action.COMPLETED, by=by, key=key)
            return Outcome(row, work.run, changed=True)
        number = work.known_number(shown_number)
        # With a sign-off it awaits that, whichever version was shown: only the signer says that it holds for this one.
        row.state = State.AWAITING if row.signoff else work.state_held_since(key, number)
        row.done_by = by
        row.done_for_id = None if access.does(row) else work.crew.doers(row.role)[0]
        row.done_at = work.now
        row.earned_number = row.confirmed_number = number
        row.returned_at = row.excuse_asked_at = row.waiting_since = None
        row.waiting_for = None
        row.touched = True
        work.record(Action.COMPLETED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def withdraw(*, run: Run, key: str, by: User, shown_number: int | None = None, now: datetime | None = None) -> Outcome:
    """Take back what awaits its sign-off."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        if row.state == State.TO_DO and work.access(by).completes(row):
            return Outcome(row, work.run, changed=False)
        _must(work.access(by).withdraws(row), _('Only who did this can take it back.'))
        work.must_be_open()
        if row.state != State.AWAITING:
            raise NotPossible(_('This does not wait for a sign-off any more.'))
        _back_to_do(work, row)
        work.record(Action.WITHDRAWN, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def sign_off(*, run: Run, key: str, by: User, shown_number: int | None = None, now: datetime | None = None) -> Outcome:
    """Confirm what somebody else has done. What the signer was not shown of a changed item is to be confirmed."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        if row.state == State.DONE and row.signed_by_id == by.pk:
            return Outcome(row, work.run, changed=False)
        _must(work.access(by).signs(row), _('This is not yours to sign off.'))
        work.must_be_open()
        if row.state in {State.DONE, State.TO_CONFIRM} and row.signed_by_id is not None:
            return Outcome(row, work.run, changed=False)
        if row.state != State.AWAITING:
            raise NotPossible(_('There is nothing to sign off here now.'))
        row.signed_by, row.signed_at = by, work.now
        _hold_for(work, row, shown_number)
        work.record(Action.SIGNED_OFF, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def return_item(
    *, run: Run, key: str, by: User, note: str, shown_number: int | None = None, now: datetime | None = None
) -> Outcome:
    """Ask for changes instead of signing off; the note says which."""
    note = _words(note, _('Say what should change.'))
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        if (
            row.state == State.TO_DO
            and row.returned_at is not None
            and _said_already(work, key, by, RunNote.Kind.RETURNED, note)
        ):
            return Outcome(row, work.run, changed=False)
        _must(work.access(by).signs(row), _('This is not yours to sign off.'))
        work.must_be_open()
        if row.state != State.AWAITING:
            raise NotPossible(_('There is nothing to sign off here now.'))
        _back_to_do(work, row)
        row.returned_at = work.now
        _note(work, key, by, RunNote.Kind.RETURNED, note)
        work.record(Action.RETURNED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def waive(
    *,
    run: Run,
    key: str,
    by: User,
    reason: str,
    note: str = '',
    shown_number: int | None = None,
    now: datetime | None = None,
) -> Outcome:
    """Excuse from an item (of a launch: skip it). `reason` is a `RunItem.WaivedReason`; "other" needs words."""
    if reason not in RunItem.WaivedReason.values:
        raise NotPossible(_('Choose a reason.'))
    if reason == RunItem.WaivedReason.OTHER:
        note = _words(note, _('Say why.'))
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).waives(), _('Only who leads this may excuse from it.'))
        work.must_be_open()
        if row.state == State.WAIVED:
            return Outcome(row, work.run, changed=False)
        if row.state not in {State.TO_DO, State.AWAITING}:
            raise NotPossible(_('This is done already.'))
        _clear_credit(row)
        row.state = State.WAIVED
        row.waived_by, row.waived_at, row.waived_reason = by, work.now, reason
        row.excuse_asked_at = row.returned_at = row.waiting_since = None
        row.waiting_for = None
        row.touched = True
        _note(work, key, by, RunNote.Kind.WAIVED, note.strip())
        work.record(Action.WAIVED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def ask_to_be_excused(
    *, run: Run, key: str, by: User, note: str, shown_number: int | None = None, now: datetime | None = None
) -> Outcome:
    """Ask whoever leads the run to be excused from an item, with a reason."""
    note = _words(note, _('Say why.'))
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).completes(row), _('This is not yours to do.'))
        work.must_be_open()
        if row.state == State.WAIVED or row.excuse_asked_at is not None:
            return Outcome(row, work.run, changed=False)
        if row.state not in {State.TO_DO, State.AWAITING}:
            raise NotPossible(_('This is done already.'))
        row.excuse_asked_at = work.now
        row.touched = True
        _note(work, key, by, RunNote.Kind.EXCUSE_ASKED, note)
        work.record(Action.EXCUSE_ASKED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def confirm(*, run: Run, key: str, by: User, shown_number: int | None = None, now: datetime | None = None) -> Outcome:
    """Say that what was done still holds for the changed text, as far as one was shown it."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).confirms(row), _('This is not yours to check again.'))
        work.must_be_open()
        if row.state == State.DONE:
            return Outcome(row, work.run, changed=False)
        if row.state != State.TO_CONFIRM:
            raise NotPossible(_('There is nothing to check again here.'))
        before = row.confirmed_number
        _hold_for(work, row, shown_number)
        if row.state == State.TO_CONFIRM and row.confirmed_number == before:
            return Outcome(row, work.run, changed=False)
        if row.signoff and row.state == State.DONE:
            row.signed_by, row.signed_at = by, work.now
        row.touched = True
        work.record(Action.CONFIRMED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def reopen(*, run: Run, key: str, by: User, shown_number: int | None = None, now: datetime | None = None) -> Outcome:
    """Open a finished or excused item again, and with it a finished run."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        access = work.access(by)
        if row.state == State.TO_DO and (access.completes(row) or access.leads or access.signs(row)):
            return Outcome(row, work.run, changed=False)
        if row.state == State.AWAITING:
            raise NotPossible(_('This awaits its sign-off. Take it back instead.'))
        _must(access.reopens(row), _('This is not yours to open again.'))
        work.must_be_open()
        _back_to_do(work, row)
        row.waived_by = row.waived_at = None
        row.waived_reason = ''
        work.redate(row)
        work.record(Action.REOPENED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def wait_for(
    *, run: Run, key: str, by: User, whom: User, shown_number: int | None = None, now: datetime | None = None
) -> Outcome:
    """Say that an item waits for somebody; that stops its clock."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).completes(row), _('This is not yours to do.'))
        work.must_be_open()
        if row.state != State.TO_DO:
            raise NotPossible(_('This is not to do any more.'))
        if row.waiting_for_id == whom.pk:
            return Outcome(row, work.run, changed=False)
        row.waiting_for, row.waiting_since = whom, work.now
        row.touched = True
        work.record(Action.WAITING, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def stop_waiting(
    *, run: Run, key: str, by: User, shown_number: int | None = None, now: datetime | None = None
) -> Outcome:
    """Say that an item waits for nobody any more: by whoever does it, or who was waited for."""
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).completes(row) or row.waiting_for_id == by.pk, _('This is not yours to do.'))
        work.must_be_open()
        if row.waiting_for_id is None:
            return Outcome(row, work.run, changed=False)
        row.waiting_for = row.waiting_since = None
        row.touched = True
        work.record(Action.WAITING_ENDED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def add_evidence(
    *,
    run: Run,
    key: str,
    by: User,
    kind: str,
    text: str = '',
    url: str = '',
    file: File | None = None,
    shown_number: int | None = None,
    now: datetime | None = None,
) -> Outcome:
    """Hand in work for an item: a text, a link or a file (checked by the form that took it)."""
    given = {Evidence.Kind.TEXT: text.strip(), Evidence.Kind.LINK: url.strip(), Evidence.Kind.FILE: file}
    if not given.get(kind):  # type: ignore[call-overload]
        raise NotPossible(_('Hand in a text, a link or a file.'))
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).completes(row), _('This is not yours to do.'))
        work.must_be_open()
        evidence = Evidence(run=work.run, key=key, kind=kind, added_by=by, added_at=work.now)
        if kind == Evidence.Kind.FILE:
            assert file is not None
            evidence.file_name = (file.name or '').rsplit('/', 1)[-1][:200]
        else:
            evidence.text, evidence.url = (text.strip(), '') if kind == Evidence.Kind.TEXT else ('', url.strip())
        if _is_handed_in(evidence, file):
            return Outcome(row, work.run, changed=False)
        if file is not None and kind == Evidence.Kind.FILE:
            evidence.file.save(evidence.file_name, file, save=False)
        evidence.save()
        row.touched = True
        work.record(Action.EVIDENCE_ADDED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def remove_evidence(*, evidence: Evidence, by: User, now: datetime | None = None) -> Outcome:
    """Take work back before it is signed off or counted: by who handed it in. Its words and file are gone then."""
    with locked(evidence.run_id, now) as work:
        row = work.item(evidence.key)
        found = Evidence.objects.filter(pk=evidence.pk).first()
        if found is None:
            return Outcome(row, work.run, changed=False)
        _must(found.added_by_id == by.pk, _('Only who handed this in can take it back.'))
        work.must_be_open()
        if row.state != State.TO_DO:
            raise NotPossible(_('This was handed in. Take the item back first.'))
        if found.file:
            found.file.delete(save=False)
        found.delete()
        row.touched = True
        work.record(Action.EVIDENCE_REMOVED, by=by, key=evidence.key)
        return Outcome(row, work.run, changed=True)


def comment(
    *, run: Run, key: str, by: User, note: str, shown_number: int | None = None, now: datetime | None = None
) -> Outcome:
    """Say something about an item, to those who see its work."""
    note = _words(note, _('Write something first.'))
    with locked(run, now) as work:
        row = work.item(key, shown_number)
        _must(work.access(by).sees_work(row), _('This is not yours to comment on.'))
        if _said_already(work, key, by, RunNote.Kind.COMMENT, note):
            return Outcome(row, work.run, changed=False)
        row.touched = True
        _note(work, key, by, RunNote.Kind.COMMENT, note)
        work.record(Action.COMMENTED, by=by, key=key)
        return Outcome(row, work.run, changed=True)


def _must(allowed: bool, message: str) -> None:
    if not allowed:
        raise NotAllowed(message)


def _words(note: str, question: str) -> str:
    if not note.strip():
        raise NotPossible(question)
    return note.strip()


def _must_be_open_for(work: Work, task: Task | None) -> None:
    blockers = work.blockers(task)
    if blockers:
        raise NotPossible(_('This opens after “%(items)s”.') % {'items': '”, “'.join(other.text for other in blockers)})


def _must_have_work(work: Work, row: RunItem, task: Task | None) -> None:
    if task is None or task.kind != Item.Kind.SUBMIT:
        return
    if not Evidence.objects.filter(run=work.run, key=row.key).exists():
        raise NotPossible(_('Hand in your work first: a link, a text or a file.'))


def _do_by_reading(work: Work, row: RunItem, task: Task | None) -> bool:
    """Do a read item by an acknowledgement given before; False for any other item."""
    if task is None or task.kind != Item.Kind.READ:
        return False
    people = work.crew.doers(row.role)
    readings = readings_for([task], people)
    if not readings.is_resolvable(task):
        return False
    read = readings.satisfying(task, people)
    if read is None:
        raise NotPossible(_('Read the page and say so at its end; that does this item.'))
    mark_read(work, row, person_id=read[0], at=read[1])
    return True


def _hold_for(work: Work, row: RunItem, shown_number: int | None) -> None:
    """What was done holds for the version shown; done, or to confirm where the item changed once more since."""
    number = work.known_number(shown_number) if shown_number is not None else work.run.version.number
    row.confirmed_number = max(number, row.confirmed_number or 0)
    row.state = work.state_held_since(row.key, row.confirmed_number)


def _back_to_do(work: Work, row: RunItem) -> None:
    _clear_credit(row)
    row.state = State.TO_DO
    row.touched = True


def _clear_credit(row: RunItem) -> None:
    row.done_by = row.done_for = row.done_at = None
    row.signed_by = row.signed_at = None
    row.earned_number = row.confirmed_number = None


def _note(work: Work, key: str, by: User, kind: RunNote.Kind, text: str) -> None:
    if text:
        RunNote.objects.create(run=work.run, key=key, kind=kind, text=text, author=by, at=work.now)


def _said_already(work: Work, key: str, by: User, kind: RunNote.Kind, text: str) -> bool:
    """Whether the last thing said about the item is exactly this, by the same person."""
    last = RunNote.objects.filter(run=work.run, key=key).last()
    return last is not None and (last.author_id, last.kind, last.text) == (by.pk, kind, text)


def _is_handed_in(evidence: Evidence, file: File | None) -> bool:
    """Whether the same person handed in the same before: of a file, the same name and content."""
    same = Evidence.objects.filter(
        run=evidence.run,
        key=evidence.key,
        kind=evidence.kind,
        added_by=evidence.added_by,
        text=evidence.text,
        url=evidence.url,
        file_name=evidence.file_name,
    )
    if file is None or evidence.kind != Evidence.Kind.FILE:
        return same.exists()
    return any(_same_content(other.file, file) for other in same if other.file.size == file.size)


def _same_content(one: File, other: File) -> bool:
    with one.open('rb') as stream:
        content = stream.read()
    other.seek(0)
    same = other.read() == content
    other.seek(0)
    return same
