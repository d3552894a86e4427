"""What the worker publishes at its time. It stands apart, because `publish` itself takes schedules off the list."""

import datetime as dt
import logging

from django.utils import timezone
from django.utils.translation import gettext as _

from . import scheduling
from .models import Schedule
from .publishing import DraftChanged, NotAllowed, NotApproved, StaleDraft, TextErrors, WeightTooLight, publish

log = logging.getLogger(__name__)


def publish_what_is_due(now: dt.datetime | None = None) -> int:
    """Publish all that is set for now or before; how many versions that made. One that fails keeps no other back.

    Any number of workers may do this at once: publishing takes the schedule off the list in its own transaction, and
    whoever comes second finds it gone.
    """
    made = 0
    for scheduled in scheduling.due(now):
        try:
            made += _publish(scheduled, now or timezone.now())
        except Exception:
            log.exception('Schedule %d could not be done; it is tried again.', scheduled.pk)
    return made


def _publish(scheduled: Schedule, now: dt.datetime) -> bool:
    """Publish one, or say why not."""
    draft = scheduling.draft_to_publish(scheduled)
    if isinstance(draft, str):
        scheduling.fail(scheduled, draft, now=now)
        return False
    try:
        publish(draft=draft, editor=scheduled.by, answers=scheduling.answers_of(scheduled), now=now)
    except (StaleDraft, DraftChanged, TextErrors, WeightTooLight, NotApproved, NotAllowed) as refusal:
        scheduling.fail(scheduled, _why(refusal), now=now)
        return False
    return True


def _why(refusal: Exception) -> str:
    """Why nothing was published, in words."""
    if isinstance(refusal, StaleDraft):
        return _('Another version was published meanwhile. Bring both together, then publish again.')
    if isinstance(refusal, DraftChanged):
        return _('The text was changed after it was set to be published.')
    if isinstance(refusal, NotApproved):
        return _('Nobody has approved exactly this text.')
    if isinstance(refusal, WeightTooLight):
        return _('It is more than a small fix: %s.') % '; '.join(refusal.reasons[:3])
    if isinstance(refusal, TextErrors):
        first = refusal.problems[0]
        return _('Line %(line)d: %(message)s') % {'line': first.line, 'message': first.message}
    return str(refusal) or _('It may not be published any more.')
