"""What `diff.compare` gives, and the sentences about it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .matching import Change
from .sides import numbered, sides
from .wording import WORDS, due_words, role_in_sentence

NUMBER = re.compile(r'<li value="(-?\d+)"')


@dataclass(frozen=True, slots=True)
class Part:
    """What stands level in two columns: a block, an item of a list in its list, a table with those of its rows."""

    kind: str
    html: str
    opening: str = ''
    closing: str = ''
    number: int | None = None

    @property
    def sides(self) -> tuple[str, str]:
        """The old and the new text of it, '' where there was none; items of a numbered list with their numbers."""
        if self.number is None:
            before, after = sides(self.html)
        else:
            now = NUMBER.match(self.html)
            before, after = sides(self.html)
            before = numbered(before, self.number)
            after = numbered(after, int(now[1]) if now else None)
        return self._framed(before, 'added'), self._framed(after, 'removed')

    def _framed(self, html: str, absent: str) -> str:
        return '' if self.kind == absent else f'{self.opening}{html}{self.closing}'


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of the compared document; `html` is as safe as the HTML of the two documents.

    `kind` is 'changed', 'added' or 'removed' (with an `id`, c1, c2 …, for going from change to change), 'same', or
    'heading': unchanged, shown because something below it changed. `label` is the heading it stands under, or for a
    fold the first heading in it. `folded` says that it is long and the same; `blocks` how many `unit`s it holds
    ('paragraph', 'item', 'row'; 'part' if they are mixed).
    """

    kind: str
    html: str
    id: str = ''
    label: str = ''
    blocks: int = 1
    unit: str = 'paragraph'
    folded: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What changed as two columns, level with each other: before and now. What went stands beside what came."""
        found: list[tuple[str, str]] = []
        gone: list[str] = []
        came: list[str] = []
        for part in (*self.parts, None):
            if part and part.kind in ('added', 'removed'):
                (gone if part.kind == 'removed' else came).append(part.sides[part.kind == 'added'])
                continue
            found += zip_longest(gone, came, fillvalue='')
            gone, came = [], []
            if part:
                found.append(part.sides)
        return found

    @property
    def fold_text(self) -> str:
        """What stands on a fold: '4 paragraphs the same: Is this really tier 1?'."""
        if self.unit == 'item':
            text = ngettext('%(n)d item the same', '%(n)d items the same', self.blocks)
        elif self.unit == 'row':
            text = ngettext('%(n)d row the same', '%(n)d rows the same', self.blocks)
        elif self.unit == 'paragraph':
            text = ngettext('%(n)d paragraph the same', '%(n)d paragraphs the same', self.blocks)
        else:
            text = ngettext('%(n)d part the same', '%(n)d parts the same', self.blocks)
        text %= {'n': self.blocks}
        return _('%(text)s: %(heading)s') % {'text': text, 'heading': self.label} if self.label else text


@dataclass(frozen=True)
class Comparison:
    """Two documents compared. Its sentences are in the language of whoever asks for them."""

    hunks: list[Hunk]
    words_added: int
    words_removed: int
    items: list[Change]
    texts: dict[str, str] = field(default_factory=dict)  # of items, by key, as they are now

    @property
    def passages(self) -> Counter[str]:
        """How many passages 'changed', were 'added' and 'removed'."""
        return Counter(hunk.kind for hunk in self.hunks if hunk.id)

    @property
    def is_same(self) -> bool:
        """Nothing differs that a reader or a run would notice."""
        return not self.passages and not self.items

    @property
    def summary(self) -> list[str]:
        """The comparison in a few sentences, to stand first."""
        if self.is_same:
            return [_('Nothing changed.')]
        sentences = (
            [self._passages_in_words(), self._words_in_words()] if self.passages else [_('The text is the same.')]
        )
        if self.items:
            sentences.append(_('Items: %(what)s.') % {'what': ', '.join(_counts(self.items))})
        return [sentence for sentence in sentences if sentence]

    @property
    def item_lines(self) -> list[tuple[Change, str]]:
        """Each item that changed, with what happened to it in words."""
        return [(change, describe(change, self.texts)) for change in self.items]

    def _passages_in_words(self) -> str:
        changed, added, removed = (self.passages[kind] for kind in ('changed', 'added', 'removed'))
        parts = []
        if changed:
            parts.append(ngettext('%(n)d passage changed', '%(n)d passages changed', changed) % {'n': changed})
        if added:
            text = (
                ngettext('%(n)d was added', '%(n)d were added', added)
                if parts
                else ngettext('%(n)d passage was added', '%(n)d passages were added', added)
            )
            parts.append(text % {'n': added})
        if removed:
            text = (
                ngettext('%(n)d was removed', '%(n)d were removed', removed)
                if parts
                else ngettext('%(n)d passage was removed', '%(n)d passages were removed', removed)
            )
            parts.append(text % {'n': removed})
        return ', '.join(parts) + '.'

    def _words_in_words(self) -> str:
        added, removed = self.words_added, self.words_removed
        if not added:
            return ngettext('%(n)d word removed.', '%(n)d words removed.', removed) % {'n': removed} if removed else ''
        text = ngettext('%(n)d word added', '%(n)d words added', added) % {'n': added}
        return _('%(added)s, %(n)d removed.') % {'added': text, 'n': removed} if removed else text + '.'


def _counts(items: list[Change]) -> list[str]:
    """'2 added', '1 reworded' and so on, for what there is."""
    counts = Counter(name for change in items for name in change.what)
    said = {
        'added': _('%(n)d added'),
        'removed': _('%(n)d removed'),
        'reworded': _('%(n)d reworded'),
        'details': _('%(n)d with other details'),
        'attributes': _('%(n)d with another date, role or rule'),
        'moved': _('%(n)d moved'),
        'renamed': _('%(n)d counted as new, because the key changed'),
    }
    return [text % {'n': counts[name]} for name, text in said.items() if counts[name]]


def describe(change: Change, texts: Mapping[str, str] | None = None, words: Mapping[str, str] = WORDS) -> str:
    """What happened to one item, in words: 'other details, due: 1 week after the start (was: no date)'.

    `texts` gives the texts of items that it opens after, by key; `words` are those of `wording`, for another language
    or start.
    """
    parts = []
    for name in change.what:
        if name == 'attributes':
            parts += [_attribute(*attribute, texts=texts or {}, words=words) for attribute in change.attributes]
        elif name == 'reworded':
            parts.append(_('reworded (was: “%(text)s”)') % {'text': change.old.text if change.old else ''})
        else:
            parts.append(
                {
                    'added': _('added'),
                    'removed': _('removed'),
                    'details': _('other details'),
                    'moved': _('moved'),
                    'renamed': _('counted as a new item, because its key changed'),
                }[name]
            )
    return ', '.join(parts)


def _attribute(name: str, old: object, new: object, *, texts: Mapping[str, str], words: Mapping[str, str]) -> str:
    """One attribute that changed, in words."""
    if name == 'optional':
        return _('now optional') if new else _('no longer optional')
    if name == 'milestone':
        return _('now a milestone') if new else _('no longer a milestone')
    said = {
        'kind': _('type: %(new)s (was: %(old)s)'),
        'role': _('done by: %(new)s (was: %(old)s)'),
        'signoff': _('signed off by: %(new)s (was: %(old)s)'),
        'due': _('due: %(new)s (was: %(old)s)'),
        'after': _('opens after: %(new)s (was: %(old)s)'),
        'estimate': _('takes: %(new)s (was: %(old)s)'),
        'reads': _('to read: %(new)s (was: %(old)s)'),
    }
    return said[name] % {'new': _value(name, new, texts, words), 'old': _value(name, old, texts, words)}


def _value(name: str, value: object, texts: Mapping[str, str], words: Mapping[str, str]) -> str:
    """The value of an attribute as people say it."""
    if name == 'kind':
        kinds = {'do': _('do'), 'read': _('read'), 'meet': _('meet'), 'attend': _('attend'), 'submit': _('hand in')}
        return kinds.get(str(value), str(value))
    if not value:
        return {'role': _('whoever does the checklist'), 'due': _('no date')}.get(name, _('nothing'))
    if isinstance(value, tuple):
        return ', '.join(f'“{texts.get(key, key)}”' for key in value)
    if name in ('role', 'signoff'):
        return role_in_sentence(str(value))
    if name == 'due':
        return due_words(str(value), words)
    if name == 'estimate':
        number, unit = str(value)[:-1], str(value)[-1]
        return words['minutes' if unit == 'm' else 'hours'].format(n=number)
    return str(value)
