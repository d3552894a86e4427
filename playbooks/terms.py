"""Terms explain themselves: where a text first mentions the title of a playbook of kind *term*, it links to it.

This happens when a page is shown, because terms come and go after a text is published, and not everybody may read every
term. One pass over the HTML; what came out is kept in the process, for the same text and the same terms.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import escape, format_html

from accounts.models import User

from . import text as texts
from .models import Playbook, Version
from .prepared import Prepared
from .text.cleaning import TAG

KIND = 'term'
LONGEST = 240  # characters of the sentence that explains
KEPT = 8_000_000  # characters of explained pages in one process

WORD = re.compile(r'\w+')
SENTENCE = re.compile(r'.+?[.!?](?=\s|$)')
# A link within a link is none; code and headings say what they say; what we added to a task is no mention.
LEFT_ALONE = frozenset(
    [
        'a',
        'abbr',
        'code',
        'dfn',
        'h1',
        'h2',
        'h3',
        'h4',
        'h5',
        'h6',
        'kbd',
        'pre',
        'samp',
        'summary',
        'sup',
        'table',
        'video',
    ]
)
OURS = ('<span class="own"', '<p class="callout-title"')


@dataclass(frozen=True, slots=True)
class Term:
    """A term as texts mention it: its first word, the whole of it as a pattern, and the sentence that explains it."""

    first: str
    pattern: re.Pattern[str]
    sentence: str


def _visible(user: User) -> QuerySet:
    terms = Playbook.objects.visible_to(user).published().filter(kind__slug=KIND).order_by('pk')
    return terms.values_list('slug', 'current_version_id', 'current_version__text_hash')


VISIBLE = Prepared(_visible)
Key = tuple[int, str]  # of the version that says a term: its number and hash; it never changes
_terms: dict[Key, Term | None] = {}
_pages: OrderedDict[tuple[object, ...], str] = OrderedDict()
_lock = Lock()


def explained(user: User, html: str, *, slug: str) -> str:
    """The HTML of a text with each term that this person may read explained at its first mention.

    `html` is out of the cleaner; `slug` is the playbook's own, which links to no page of itself. One query, and
    one more for terms that this process meets for the first time.
    """
    rows = [row for row in VISIBLE.rows(user) if row['slug'] != slug]
    visible = {(row['current_version_id'], row['current_version__text_hash']): row['slug'] for row in rows}
    if not visible or not html:
        return html
    key = (slug, hash(html), tuple(visible.items()))
    with _lock:
        if key in _pages:
            _pages.move_to_end(key)
            return _pages[key]
    found = _explain(html, list(_known(visible)))
    with _lock:
        _pages[key] = found
        size = sum(map(len, _pages.values()))
        while size > KEPT and len(_pages) > 1:
            size -= len(_pages.popitem(last=False)[1])
    return found


def _known(visible: dict[Key, str]) -> Iterator[tuple[Term, str]]:
    """Each term with its slug; at most one query."""
    missing = {key[0]: key for key in visible if key not in _terms}
    if missing:
        rendered = Q(renderings__pipeline=texts.PIPELINE) | Q(renderings=None)
        rows = Version.objects.filter(rendered, pk__in=missing).values_list('pk', 'title', 'text', 'renderings__plain')
        for pk, title, text, plain in rows:
            _terms[missing[pk]] = _read(title, texts.read(text, title=title).plain if plain is None else plain)
    for key, slug in visible.items():
        if (term := _terms.get(key)) is not None:
            yield term, slug


def _read(title: str, plain: str) -> Term | None:
    """A term by its title and text; None for a title that is no words."""
    words = escape(' '.join(title.split()))
    first = WORD.match(words)
    if not first:
        return None
    line = plain.partition('\n')[0]
    sentence = SENTENCE.match(line)
    said = sentence[0] if sentence else line
    said = said if len(said) <= LONGEST else said[: LONGEST - 1].rsplit(' ', 1)[0] + '…'
    pattern = re.compile(r'\s+'.join(map(re.escape, words.split(' '))) + r'(?!\w)', re.IGNORECASE)
    return Term(first[0].casefold(), pattern, said)


def _explain(html: str, terms: list[tuple[Term, str]]) -> str:
    """One pass: each word is looked up once, and the few terms that begin with it are tried, the longest first."""
    by_word: dict[str, list[tuple[Term, str]]] = {}
    for term, slug in sorted(terms, key=lambda pair: -len(pair[0].pattern.pattern)):
        by_word.setdefault(term.first, []).append((term, slug))
    pieces: list[str] = []
    number = 0
    for is_text, piece in _pieces(html):
        if not is_text or not by_word:
            pieces.append(piece)
            continue
        done = 0
        for word in WORD.finditer(piece):
            if word.start() < done:
                continue
            for pair in by_word.get(word[0].casefold(), ()):
                if not (match := pair[0].pattern.match(piece, word.start())):
                    continue
                number += 1
                pieces += [piece[done : match.start()], _mention(match[0], *pair, number)]
                done = match.end()
                by_word[pair[0].first].remove(pair)
                break
        pieces.append(piece[done:])
    return ''.join(pieces)


def _mention(written: str, term: Term, slug: str, number: int) -> str:
    """The mention as a link, with the sentence beside it: shown at hover and focus, read out as its description."""
    address = escape(reverse('playbooks:playbook', args=[slug]))
    if not term.sentence:
        return f'<a class="term" href="{address}">{written}</a>'
    tip = format_html('<span class="tip" role="tooltip" id="term-{}">{}</span>', number, term.sentence)
    return f'<a class="term" href="{address}" aria-describedby="term-{number}">{written}</a>{tip}'


def _pieces(html: str) -> Iterable[tuple[bool, str]]:
    """The HTML in order: texts in which terms are looked for, and everything else."""
    done = start = depth = 0
    within = ''
    for tag in TAG.finditer(html):
        if within:
            if tag[2] == within:
                depth += -1 if tag[1] else 1
                if not depth:
                    within, done = '', tag.end()
                    yield False, html[start:done]
            continue
        if tag.start() > done:
            yield True, html[done : tag.start()]
        if not tag[1] and (tag[2] in LEFT_ALONE or tag[0].startswith(OURS)):
            within, depth, start = tag[2], 1, tag.start()
        else:
            done = tag.end()
            yield False, tag[0]
    yield (True, html[done:]) if not within else (False, html[start:])
