"""Mails that the calendar sends, not somebody's action."""

import datetime as dt

from accounts.models import Mail
from playbooks.days import calendar_of, today_for
from playbooks.models import RunItem
from playbooks.models.runs import BUDDY

from . import actions, mails
from .models import Enrollment

DAYS_BEFORE = 3  # working days before the first day: time to order what is missing and to keep an hour free


def send_first_days_coming(now: dt.datetime | None = None) -> int:
    """Tell managers and buddies of every first day that is near; return how many mails that made.

    Can be called at any time and as often as one likes: nobody is told twice of the same day.
    """
    return sum(len(tell_of_first_day(enrollment, now=now)) for enrollment in _coming(now))


def tell_of_waiting_sign_offs(now: dt.datetime | None = None) -> int:
    """Tell of every sign-off that waits whoever may give it and was not told; return how many mails that made.

    It is how a stand-in learns, after two working days, that they may answer too, and how a signer learns of a page
    that was read elsewhere on the site. A few queries for each item that waits.
    """
    waiting = RunItem.objects.filter(
        state=RunItem.State.AWAITING, run__enrollment__isnull=False, run__ended_at=None
    ).select_related('run__owner', 'run__enrollment')
    return sum(len(actions.tell_signers(item, item.run, now=now)) for item in waiting)


def tell_of_first_day(enrollment: Enrollment, *, now: dt.datetime | None = None) -> list[Mail]:
    """Tell manager and buddy that a first day comes, if it is within the working days before it."""
    run = enrollment.run
    today = today_for(run.owner, now)
    if not today < run.anchor_on <= calendar_of(run.calendar_id).add_working_days(today, DAYS_BEFORE):
        return []
    buddies = [role.person for role in run.roles.select_related('person') if role.role == BUDDY]
    readers = [(buddy, True) for buddy in buddies]
    if run.owner.reports_to is not None and run.owner.reports_to not in buddies:
        readers.append((run.owner.reports_to, False))
    told = [mails.tell_first_day(enrollment, to=person, as_buddy=as_buddy) for person, as_buddy in readers]
    return [mail for mail in told if mail is not None]


def _coming(now: dt.datetime | None) -> list[Enrollment]:
    """Those whose first day may be near in some time zone; the exact question is asked for each one."""
    today = (now or dt.datetime.now(dt.UTC)).date()
    soon = Enrollment.objects.active().filter(
        run__anchor_on__gte=today, run__anchor_on__lte=today + dt.timedelta(days=21)
    )
    return list(soon.select_related('run__owner__reports_to'))
