"""What the worker does by the clock for documents. A chore can be done at any time, and twice does no harm."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from . import (
    actions,
    date_reminders,
    drafts,
    expecting,
    intakes,
    link_checks,
    mailing,
    publishing_later,
    required,
)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done once in every slot of time; `do` returns how much it did."""

    name: str
    every: dt.timedelta
    do: Callable[[], int]


CHORES: list[Chore] = [
    Chore('documents that come in', dt.timedelta(minutes=1), intakes.carry_on_all),
    Chore('mails about notices', dt.timedelta(minutes=1), mailing.mail_notices),
    Chore('required reading that is due', dt.timedelta(hours=1), required.remind_of_reading),
    Chore('pages to be checked', dt.timedelta(hours=1), actions.tell_of_reviews),
    Chore('saves of drafts', dt.timedelta(minutes=10), drafts.thin_saves),
    Chore('links to other sites', dt.timedelta(seconds=5), link_checks.check_links),
    Chore('dates that fields say', dt.timedelta(hours=1), date_reminders.remind_of_dates),
    Chore('publications that were set for a time', dt.timedelta(minutes=1), publishing_later.publish_what_is_due),
    Chore('what versions were to make better', dt.timedelta(hours=1), expecting.tell_who_hoped),
]
