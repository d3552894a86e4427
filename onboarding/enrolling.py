"""Starting somebody's onboarding: the person, their reporting line, buddy, track and first day, all or nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.actions import add_person
from accounts.models import HolidayCalendar, User, below
from playbooks import runs
from playbooks.calendar import due_table
from playbooks.days import calendar_of
from playbooks.models import Item, Playbook, Run
from playbooks.models.runs import BUDDY

from . import mails, reminders
from .models import Enrollment


class AlreadyEnrolled(ValueError):
    """The person is under way on this track, and one enrollment is enough."""


class AddressTaken(ValueError):
    """The address belongs to somebody whose onboarding this person may not start."""


def may_add_starters(user: User) -> bool:
    """Whether they may start somebody's onboarding: managers and editors. Source: DESIGN.md, Who may do what."""
    return user.is_editor or user.has_reports


def may_start_for(user: User, person: User) -> bool:
    """Whether they may start a track for somebody who is here already: managers for their line, editors for anybody."""
    return user.is_editor or User.objects.below(user).filter(pk=person.pk).exists()


def possible_managers(user: User) -> QuerySet[User]:
    """Whom a new starter added by this person may report to: themselves and everyone below; for editors anybody."""
    people = User.objects.active()
    return people if user.is_editor else people.filter(Q(pk=user.pk) | below(user))


def tracks_for(user: User) -> QuerySet[Playbook]:
    """The tracks this person may start somebody on."""
    tracks = Playbook.objects.readable_by(user).published().filter(kind__is_track=True)
    return tracks.select_related('current_version').defer('current_version__text').order_by('current_version__title')


@dataclass(frozen=True)
class Starter:
    """What the page asks about somebody who starts."""

    email: str
    name: str
    reports_to: User
    track: Playbook
    first_day: dt.date
    buddy: User | None = None
    time_zone: str = 'UTC'
    holiday_calendar: HolidayCalendar | None = None


def add_starter(
    *, starter: Starter, by: User, elsewhere: Mapping[str, str] | None = None, now: dt.datetime | None = None
) -> Enrollment:
    """Make the account if there is none, start the track and mail a link to set a password; all of it or nothing.

    The account of somebody who is here already stays exactly as it is. Takes the keys of what was done elsewhere,
    each with a note. Raises AddressTaken where `by` may not start this person's onboarding, AlreadyEnrolled.
    """
    with transaction.atomic():
        person = User.objects.filter(email__iexact=starter.email).first()
        if person is None:
            person = _add(starter, by)
        elif not (person.is_active and may_start_for(by, person)):
            raise AddressTaken(_('You cannot start the onboarding of the person with this address. Ask an editor.'))
        enrollment = enroll(
            person=person,
            track=starter.track,
            first_day=starter.first_day,
            buddy=starter.buddy if starter.buddy != person else None,
            by=by,
            elsewhere=elsewhere,
            now=now,
        )
        if not person.has_usable_password():
            mails.invite(person, by=by, enrollment=enrollment)
    return enrollment


def _add(starter: Starter, by: User) -> User:
    try:
        return add_person(
            email=starter.email,
            name=starter.name,
            reports_to=starter.reports_to,
            time_zone=starter.time_zone,
            locale=by.locale,
            holiday_calendar=starter.holiday_calendar,
        )
    except IntegrityError:
        raise AddressTaken(_('Somebody else has just added a person with this address. Try again.')) from None


def enroll(
    *,
    person: User,
    track: Playbook,
    first_day: dt.date,
    by: User,
    buddy: User | None = None,
    elsewhere: Mapping[str, str] | None = None,
    now: dt.datetime | None = None,
) -> Enrollment:
    """Start a track for a person: a private run of its current version, counted from their first day.

    Tells manager and buddy at once where the first day is near. Raises AlreadyEnrolled: a person does a track once at
    a time, also when two managers start it in the same second.
    """
    assert track.current_version is not None
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if Enrollment.objects.active().filter(run__owner=person, run__playbook=track).exists():
            raise AlreadyEnrolled(_('%(name)s is under way on this track already.') % {'name': person})
        run = runs.start_run(
            version=track.current_version,
            owner=person,
            anchor_on=first_day,
            by=by,
            visibility=Run.Visibility.PRIVATE,
            roles={BUDDY: [buddy]} if buddy else {},
            calendar=person.holiday_calendar,
            elsewhere=dict(elsewhere or {}),
            now=now,
        )
        enrollment = Enrollment.objects.create(run=run, added_by=by, **({'added_at': now} if now else {}))
        reminders.tell_of_first_day(enrollment, now=now)
    return enrollment


@dataclass(frozen=True)
class DueBefore:
    """An item of a track whose day has passed before somebody starts on it here."""

    item: Item
    due: dt.date


def due_before(track: Playbook, *, first_day: dt.date, calendar_id: int | None, today: dt.date) -> list[DueBefore]:
    """The items of a track that would be due before today, in the order of the text: what may be done elsewhere."""
    if first_day >= today or track.current_version is None:
        return []
    items = list(track.current_version.items.order_by('position'))
    dates = due_table({item.key: item.due for item in items}, first_day, calendar_of(calendar_id))
    return [DueBefore(item, due) for item in items if (due := dates[item.key]) is not None and due < today]
