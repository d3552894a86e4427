"""How each kind of notice is said, in the inbox and in mails.

A sentence is a function from the values of a notice to words. To say something new, add a function and its line in
KINDS; the test of this module reads them all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

Words = Callable[[Mapping[str, Any]], str]


def _approval_asked(data: Mapping[str, Any]) -> str:
    return _('%(who)s asks you to approve a change of “%(title)s”') % data


# kind of a notice -> its sentence, from `data` and, as `who`, the name of whoever did it
KINDS: dict[str, Words] = {
    'approval_asked': _approval_asked,
}


def sentence(kind: str, data: Mapping[str, Any], *, who: str = '') -> str:
    """What a notice says; a kind that this release does not know says its title, or nothing."""
    words = KINDS.get(kind)
    return words({**data, 'who': who or _('Somebody')}) if words else str(data.get('title', ''))
