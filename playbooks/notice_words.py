"""How each kind of notice is said, in the inbox and in mails.

A sentence is a function from the values of a notice to words. To say something new, add a function and its line in
KINDS; the test of this module reads them all.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts import reader

Words = Callable[[Mapping[str, Any]], str]


def _approval_asked(data: Mapping[str, Any]) -> str:
    return _('%(who)s asks you to approve a change of “%(title)s”') % data


def _version(data: Mapping[str, Any]) -> str:
    if data['number'] == 1:
        return _('“%(title)s” is new') % data
    if data.get('asks'):
        return _('We work differently now: “%(title)s”, version %(number)s') % data
    return _('“%(title)s” has a new version, %(number)s') % data


def _reading_asked(data: Mapping[str, Any]) -> str:
    if data.get('due_on'):
        return _('%(who)s asks you to read “%(title)s” by %(day)s') % {**data, 'day': _day(data['due_on'])}
    return _('%(who)s asks you to read “%(title)s”') % data


def _reading_due(data: Mapping[str, Any]) -> str:
    if data.get('due_on'):
        return _('You have not read “%(title)s” yet; it is due %(day)s') % {**data, 'day': _day(data['due_on'])}
    return _('You have not read “%(title)s” yet') % data


def _handed_over(data: Mapping[str, Any]) -> str:
    return _('%(who)s handed “%(title)s” over: %(to)s keeps it now') % data


def _review_due(data: Mapping[str, Any]) -> str:
    words = {**data, 'day': _day(data['due_on'])}
    if data.get('overdue'):
        return _('“%(title)s” was to be checked by %(day)s') % words
    return _('“%(title)s” is to be checked by %(day)s') % words


def _date_near(data: Mapping[str, Any]) -> str:
    words = {**data, 'day': _day(data['day'])}
    if data.get('is_here'):
        return _('The day has come: %(label)s %(day)s, “%(title)s”') % words
    return _('%(label)s %(day)s: “%(title)s”') % words


def _day(written: str) -> str:
    return reader.day(dt.date.fromisoformat(written))


def _about(data: Mapping[str, Any]) -> str:
    """What something was said about: a heading or item in its page, or the page."""
    title = data.get('title', '')
    if quote := data.get('quote'):
        return _('“%(quote)s” in “%(title)s”') % {'quote': quote, 'title': title}
    return _('“%(title)s”') % {'title': title}


def _question_asked(data: Mapping[str, Any]) -> str:
    return _('%(who)s asks about %(about)s') % {**data, 'about': _about(data)}


def _question_answered(data: Mapping[str, Any]) -> str:
    return _('%(who)s answered your question about %(about)s') % {**data, 'about': _about(data)}


def _question_taken(data: Mapping[str, Any]) -> str:
    return _('The answer to your question is part of “%(title)s” since version %(n)s') % data


def _report_made(data: Mapping[str, Any]) -> str:
    return _('%(who)s says that something is wrong: %(about)s') % {**data, 'about': _about(data)}


def _report_answered(data: Mapping[str, Any]) -> str:
    return _('%(who)s answered your report about %(about)s') % {**data, 'about': _about(data)}


def _report_taken(data: Mapping[str, Any]) -> str:
    return _('Version %(n)s of “%(title)s” mends what you reported') % data


def _note_left(data: Mapping[str, Any]) -> str:
    return _('%(who)s tells what happened when they did this: %(about)s') % {**data, 'about': _about(data)}


def _note_taken(data: Mapping[str, Any]) -> str:
    return _('Your field note is part of “%(title)s” since version %(n)s') % data


def _commented(data: Mapping[str, Any]) -> str:
    return _('%(who)s commented on %(about)s') % {**data, 'about': _about(data)}


def _replied(data: Mapping[str, Any]) -> str:
    return _('%(who)s replied about %(about)s') % {**data, 'about': _about(data)}


def _mentioned(data: Mapping[str, Any]) -> str:
    return _('%(who)s mentions you at %(about)s') % {**data, 'about': _about(data)}


def _conversation_closed(data: Mapping[str, Any]) -> str:
    return _('%(who)s closed what you said about %(about)s') % {**data, 'about': _about(data)}


def _approval_given(data: Mapping[str, Any]) -> str:
    return _('%(who)s approved the text of “%(title)s”') % data


def _approval_refused(data: Mapping[str, Any]) -> str:
    return _('%(who)s did not approve the text of “%(title)s”') % data


def _suggestion_sent(data: Mapping[str, Any]) -> str:
    return _('%(who)s suggests a change: “%(title)s”') % data


def _suggestion_sent_again(data: Mapping[str, Any]) -> str:
    return _('%(who)s changed a suggestion and sent it again: “%(title)s”') % data


def _suggestion_changes_asked(data: Mapping[str, Any]) -> str:
    return _('%(who)s asks for changes in the suggestion “%(title)s”') % data


def _suggestion_accepted(data: Mapping[str, Any]) -> str:
    return _('The suggestion “%(title)s” was accepted and is published') % data


def _suggestion_declined(data: Mapping[str, Any]) -> str:
    return _('%(who)s declined the suggestion “%(title)s”, with a reason') % data


def _suggestion_withdrawn(data: Mapping[str, Any]) -> str:
    return _('%(who)s took the suggestion “%(title)s” back') % data


def _writes_along(data: Mapping[str, Any]) -> str:
    return _('%(who)s lets you write along: “%(title)s”') % data


def _schedule_failed(data: Mapping[str, Any]) -> str:
    return _('“%(title)s” was not published as it was set to be. %(why)s') % data


def _schedule_cancelled(data: Mapping[str, Any]) -> str:
    return _('%(who)s decided that “%(title)s” is not published at the time you set') % data


def _expectation_due(data: Mapping[str, Any]) -> str:
    return _('Look whether it got better since version %(number)s of “%(title)s”: %(text)s') % data


# kind of a notice -> its sentence, from `data` and, as `who`, the name of whoever did it
KINDS: dict[str, Words] = {
    'approval_asked': _approval_asked,
    'date_near': _date_near,
    'approval_given': _approval_given,
    'approval_refused': _approval_refused,
    'suggestion_sent': _suggestion_sent,
    'suggestion_sent_again': _suggestion_sent_again,
    'suggestion_changes_asked': _suggestion_changes_asked,
    'suggestion_accepted': _suggestion_accepted,
    'suggestion_declined': _suggestion_declined,
    'suggestion_withdrawn': _suggestion_withdrawn,
    'writes_along': _writes_along,
    'handed_over': _handed_over,
    'reading_asked': _reading_asked,
    'reading_due': _reading_due,
    'review_due': _review_due,
    'version': _version,
    'question_asked': _question_asked,
    'question_answered': _question_answered,
    'question_taken': _question_taken,
    'report_made': _report_made,
    'report_answered': _report_answered,
    'report_taken': _report_taken,
    'note_left': _note_left,
    'note_taken': _note_taken,
    'commented': _commented,
    'replied': _replied,
    'mentioned': _mentioned,
    'conversation_closed': _conversation_closed,
    'schedule_failed': _schedule_failed,
    'schedule_cancelled': _schedule_cancelled,
    'expectation_due': _expectation_due,
}


def sentence(kind: str, data: Mapping[str, Any], *, who: str = '') -> str:
    """What a notice says; a kind that this release does not know says its title, or nothing."""
    words = KINDS.get(kind)
    return words({**data, 'who': who or _('Somebody')}) if words else str(data.get('title', ''))
