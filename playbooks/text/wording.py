"""What an item's attributes say, in people's words. Braces and keys are shown to nobody who reads.

The words are a plain mapping, so that a caller can give others: another language, or what a kind of playbook calls its
start.
"""

from collections.abc import Mapping

WORDS = {
    'anchor': 'Link to {text}',
    'table': 'Table',
    'footnotes': 'Footnotes',
    'back': 'Back to where footnote {number} is referred to',
    'note': 'Note',
    'tip': 'Tip',
    'important': 'Important',
    'warning': 'Warning',
    'caution': 'Caution',
    'task': 'Task: {text}',
    'task without text': 'Task',
    'submit': 'hand in your work',
    'signoff': 'signed off by the {role}',
    'after': 'opens after {text}',
    'optional': 'optional',
    'milestone': 'milestone',
    'minutes': '{n} min',
    'hours': '{n} h',
    'at the start': 'on the day of the start',
    'one working day after': '1 working day after the start',
    'working days after': '{n} working days after the start',
    'one working day before': '1 working day before the start',
    'working days before': '{n} working days before the start',
    'one day after': '1 day after the start',
    'days after': '{n} days after the start',
    'one day before': '1 day before the start',
    'days before': '{n} days before the start',
    'one week after': '1 week after the start',
    'weeks after': '{n} weeks after the start',
    'one week before': '1 week before the start',
    'weeks before': '{n} weeks before the start',
}
UNITS = {'wd': ('working day', 'working days'), 'd': ('day', 'days'), 'w': ('week', 'weeks')}
MAX_QUOTED = 60


def role_words(role: str) -> str:
    """A role as people say it: 'release-captain' is 'Release captain', 'new-pm' 'New PM'."""
    parts = ['PM' if part == 'pm' else part for part in role.replace('-', ' ').split()]
    text = ' '.join(parts)
    return text[:1].upper() + text[1:]


def role_in_sentence(role: str) -> str:
    """A role within a sentence: 'the release captain'."""
    return ' '.join('PM' if part == 'pm' else part for part in role.replace('-', ' ').split())


def due_words(due: str, words: Mapping[str, str] = WORDS) -> str:
    """When something is due, counted from the start: '+5wd' is '5 working days after the start'."""
    number = int(due.rstrip('wd'))
    one, many = UNITS[due.lstrip('+-0123456789')]
    if not number:
        return words['at the start']
    side = 'before' if number < 0 else 'after'
    if abs(number) == 1:
        return words[f'one {one} {side}']
    return words[f'{many} {side}'].format(n=abs(number))


def facts(
    attributes: Mapping[str, str], after: list[str], words: Mapping[str, str] = WORDS, *, kind: str = 'do'
) -> list[str]:
    """What a task line's attributes say, one short phrase each; `after` are the texts of the items it opens after."""
    found = []
    if role := attributes.get('role'):
        found.append(role_words(role))
    if kind == 'submit':
        found.append(words['submit'])
    if due := attributes.get('due'):
        found.append(due_words(due, words))
    if estimate := attributes.get('estimate'):
        found.append(words['minutes' if estimate.endswith('m') else 'hours'].format(n=estimate[:-1]))
    if signoff := attributes.get('signoff'):
        found.append(words['signoff'].format(role=role_in_sentence(signoff)))
    found += [words['after'].format(text=_quoted(text)) for text in after]
    found += [words[name] for name in ('optional', 'milestone') if name in attributes]
    return found


def _quoted(text: str) -> str:
    return f'“{text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED].rstrip() + "…"}”'
