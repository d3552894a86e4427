"""What is done to people and needs a lock, several rows or a message."""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from .models import HolidayCalendar, Organization, User, would_be_circular


class CircularLine(ValueError):
    """Somebody would report to a person below them."""


def set_manager(*, person: User, manager: User | None, by: User | None) -> bool:
    """Let a person report to somebody else, or to nobody.

    All changes of the reporting line wait for one another, because two that are fine by themselves can make a circle
    together. Returns whether anything changed. Raises CircularLine with words for the page.
    """
    with transaction.atomic():
        lock_reporting_line()
        person.refresh_from_db(fields=['reports_to'])
        if person.reports_to_id == (manager.pk if manager else None):
            return False
        if would_be_circular(person, manager):
            raise CircularLine(_('%(manager)s is below %(person)s.') % {'manager': manager, 'person': person})
        person.reports_to = manager
        person.save(update_fields=['reports_to'])
        return True


def lock_reporting_line() -> None:
    """Hold the one lock of the reporting line until the transaction ends: the row of the organization."""
    Organization.objects.get_or_create(pk=1, defaults={'name': 'Rampbook'})
    Organization.objects.select_for_update(no_key=True).get(pk=1)


def add_person(
    *,
    email: str,
    name: str,
    reports_to: User | None = None,
    time_zone: str = 'UTC',
    locale: str = 'en-us',
    holiday_calendar: HolidayCalendar | None = None,
    password: str | None = None,
    is_sample: bool = False,
) -> User:
    """Make an account whose address counts as verified; without a password, a link by mail lets them set one.

    Only who reads that mailbox can use the link, so following it proves the address. Raises IntegrityError where the
    address is taken.
    """
    with transaction.atomic():
        person = User.objects.create_user(
            email,
            password,
            name=name,
            reports_to=reports_to,
            time_zone=time_zone,
            locale=locale,
            holiday_calendar=holiday_calendar,
            is_sample=is_sample,
        )
        trust_address(person)
    return person


def trust_address(person: User) -> None:
    """Let this person sign in with the address of their account without confirming it first."""
    EmailAddress.objects.filter(user=person).exclude(email__iexact=person.email).update(primary=False)
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={'primary': True, 'verified': True})


def end_sessions(people: Collection[int]) -> int:
    """Sign these people (by primary key) out everywhere. Reads every session there is; returns how many ended."""
    wanted = {str(pk) for pk in people}
    keys = [
        session.session_key
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get(SESSION_KEY) in wanted
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]
