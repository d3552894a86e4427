"""Full-text search over current versions, on SQLite (FTS5) and PostgreSQL, with the permission inside the query.

The index is one table of our own beside Django's, `playbooks_search`: title and body of each playbook's current
version, written from here in the transaction that publishes. Whatever a person types is cut into words first, so that
no input is a syntax error. Every word must occur, as a word or as its beginning; where no text has all of them, texts
with any of them are shown.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from accounts.models import User

from . import text as texts
from .models import Playbook, Rendering, Version
from .reading import Freshness, freshness
from .rendering import as_html

# What lists of hits show; the rest is loaded when it is asked for.
SHOWN = (
    *('slug', 'current_version__number', 'kind__name', 'area__name', 'owner__name', 'owner__email'),
    *('verified_at', 'current_version__published_at', 'review_every_days'),
)
MAX_WORDS = 12
ALL = 2**31 - 1  # as the limit of a list: more than there are
MAX_QUERY = 400
START, END = '\x02', '\x03'  # no text holds them: the reader takes control characters out
WORD = re.compile(r'[^\W_]+')

INSERT = {
    'sqlite': 'INSERT INTO playbooks_search (rowid, title, body) VALUES (%(pk)s, %(title)s, %(body)s)',
    'postgresql': 'INSERT INTO playbooks_search (playbook_id, title, body, vector) VALUES (%(pk)s, %(title)s, %(body)s,'
    " setweight(to_tsvector('english', %(title_words)s), 'A') || setweight(to_tsvector('english', %(words)s), 'D'))",
}
DELETE = {
    'sqlite': 'DELETE FROM playbooks_search WHERE rowid = %s',
    'postgresql': 'DELETE FROM playbooks_search WHERE playbook_id = %s',
}
# The plus keeps SQLite from asking the index anew for each playbook somebody may see: seconds instead of milliseconds.
BEST = {
    'sqlite': """
        WITH found AS MATERIALIZED (
            SELECT rowid AS playbook_id, bm25(playbooks_search, 8.0, 1.0) AS place
            FROM playbooks_search WHERE playbooks_search MATCH %s AND +rowid IN ({visible}))
        SELECT playbook_id, (SELECT count(*) FROM found) FROM found ORDER BY place, playbook_id LIMIT %s OFFSET %s
    """,
    'postgresql': """
        SELECT playbook_id, count(*) OVER () FROM playbooks_search, to_tsquery('english', %s) AS query
        WHERE vector @@ query AND playbook_id IN ({visible})
        ORDER BY ts_rank_cd(vector, query, 1) DESC, playbook_id LIMIT %s OFFSET %s
    """,
}
# Marking the words costs as much as finding them, so it is done for the playbooks of one page only.
MARKED = {
    'sqlite': """
        SELECT rowid, highlight(playbooks_search, 0, char(2), char(3)),
               snippet(playbooks_search, 1, char(2), char(3), '…', 28)
        FROM playbooks_search WHERE playbooks_search MATCH %s AND +rowid IN ({pks})
    """,
    'postgresql': """
        SELECT playbook_id,
               ts_headline('english', title, query,
                           'HighlightAll=true, StartSel=' || chr(2) || ', StopSel=' || chr(3)),
               ts_headline('english', body, query,
                           'MaxWords=28, MinWords=12, StartSel=' || chr(2) || ', StopSel=' || chr(3))
        FROM playbooks_search, to_tsquery('english', %s) AS query WHERE playbook_id IN ({pks})
    """,
}
MATCHING = {
    'sqlite': 'SELECT rowid FROM playbooks_search WHERE playbooks_search MATCH %s',
    'postgresql': "SELECT playbook_id FROM playbooks_search WHERE vector @@ to_tsquery('english', %s)",
}
COUNT = {
    'sqlite': 'SELECT count(*) FROM playbooks_search WHERE playbooks_search MATCH %s AND +rowid IN ({visible})',
    'postgresql': "SELECT count(*) FROM playbooks_search WHERE vector @@ to_tsquery('english', %s)"
    ' AND playbook_id IN ({visible})',
}


class Hit(NamedTuple):
    """One playbook found: what a list says of it, whether it is known to be still true, and its title and best passage
    as safe HTML with `<mark>` around what was sought."""

    pk: int
    slug: str
    number: int
    kind: str
    area: str
    owner: str
    freshness: Freshness
    title_html: SafeString
    snippet_html: SafeString


@dataclass(frozen=True, slots=True)
class Results:
    """What a search gave: hits best first, how many there are in all, and whether they match every word sought."""

    hits: list[Hit]
    total: int
    words: list[str]
    matches_all: bool


def words_of(query: str) -> list[str]:
    """The words somebody looks for, at most twelve; signs and operators of the databases are not among them."""
    return WORD.findall(query[:MAX_QUERY].replace('\x00', ' '))[:MAX_WORDS]


def search(query: str, among: QuerySet[Playbook], *, limit: int = 20, offset: int = 0) -> Results:
    """Look for playbooks whose current version holds the words of a query.

    `among` decides who may see what: pass `visible(user)`, filtered further at will.
    Three queries, four where only some of the words are found or behind the last page; none for a query without words.
    """
    words = words_of(query)
    if not words:
        return Results([], 0, words, matches_all=True)
    visible = among.order_by().values('pk').query.sql_with_params()  # written once: it takes longer than the search
    for matches_all in (True, False):
        matching = _expression(words, matches_all)
        total, pks = _best(matching, visible, limit, offset)
        if total:
            return Results(_hits(matching, pks), total, words, matches_all)
        if len(words) == 1:
            break
    return Results([], 0, words, matches_all=True)


def best(query: str, among: QuerySet[Playbook]) -> tuple[list[int], bool]:
    """All playbooks found, by their keys, best first, and whether they match every word; nothing is marked.

    One query, two where only some of the words are found; none for a query without words.
    """
    words = words_of(query)
    visible = among.order_by().values('pk').query.sql_with_params()
    for matches_all in (True, False):
        if words and (pks := _best(_expression(words, matches_all), visible, ALL, 0)[1]):
            return pks, matches_all
        if len(words) < 2:
            break
    return [], True


def visible(user: User) -> QuerySet[Playbook]:
    """What this person's searches look through: what is published, as far as they may read it."""
    return Playbook.objects.readable_by(user).published()


def matching(words: list[str], *, matches_all: bool) -> Q:
    """The condition that a playbook's current version holds these words, for counts and for other orders.

    `words` are those of `words_of`, at least one; `matches_all` is what a search for them answered.
    """
    return Q(pk__in=RawSQL(MATCHING[connection.vendor], [_expression(words, matches_all)]))  # noqa: S611 - a parameter


def _expression(words: list[str], matches_all: bool) -> str:
    """The words in the database's own notation. They hold letters and digits only, so nothing needs escaping."""
    if connection.vendor == 'sqlite':
        return (' AND ' if matches_all else ' OR ').join(f'("{word}" OR "{word}"*)' for word in words)
    return (' & ' if matches_all else ' | ').join(f"('{word}' | '{word}':*)" for word in map(_folded, words))


def _run(statement: str, visible: tuple[str, tuple[Any, ...]], *parameters: Any) -> list[tuple[Any, ...]]:
    visible_sql, visible_parameters = visible
    first, *rest = parameters
    with connection.cursor() as cursor:
        cursor.execute(statement.format(visible=visible_sql), [first, *visible_parameters, *rest])
        return cursor.fetchall()


def _best(matching: str, visible: tuple[str, tuple[Any, ...]], limit: int, offset: int) -> tuple[int, list[int]]:
    """How many there are in all, and the best of them from `offset` on. One query; two behind the last page."""
    rows = _run(BEST[connection.vendor], visible, matching, limit, offset)
    if rows or not offset:
        return (rows[0][1] if rows else 0), [pk for pk, _total in rows]
    return _run(COUNT[connection.vendor], visible, matching)[0][0], []


def _hits(matching: str, pks: list[int]) -> list[Hit]:
    """These playbooks in this order, with what was sought marked. Two queries."""
    if not pks:
        return []
    statement = MARKED[connection.vendor].format(pks=', '.join(['%s'] * len(pks)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [matching, *pks])
        marked = {pk: (_marked(title), _marked(snippet)) for pk, title, snippet in cursor.fetchall()}
    shown = Playbook.objects.filter(pk__in=pks).with_checked().order_by().values_list('pk', *SHOWN)
    facts, today = {pk: rest for pk, *rest in shown}, timezone.localdate()
    hits = []
    for pk in pks:
        if pk in facts and pk in marked:
            slug, number, kind, area, owner, email, verified_at, published_at, every_days = facts[pk]
            fresh = freshness(verified_at=verified_at, published_at=published_at, every_days=every_days, today=today)
            hits.append(Hit(pk, slug, number, kind, area, owner or email or '', fresh, *marked[pk]))
    return hits


def _marked(text: str) -> SafeString:
    """Escaped text with `<mark>` where the database set its marks; what the database returns is not HTML otherwise."""
    return as_html(escape(text).replace(START, '<mark>').replace(END, '</mark>'))


def index(*, playbook: Playbook, title: str, plain: str) -> None:
    """Put a playbook's current title and plain text into the index, in the caller's transaction."""
    remove(playbook)
    values: dict[str, Any] = {'pk': playbook.pk, 'title': _clean(title), 'body': _clean(plain)}
    if connection.vendor == 'postgresql':
        values |= {'title_words': _only_words(title), 'words': _only_words(plain)}
    with connection.cursor() as cursor:
        cursor.execute(INSERT[connection.vendor], values)


def remove(playbook: Playbook) -> None:
    """Take a playbook out of the index."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE[connection.vendor], [playbook.pk])


def _clean(text: str) -> str:
    return text.replace(START, '').replace(END, '').replace('\x00', '')


def _only_words(text: str) -> str:
    """The words alone, without accents: PostgreSQL's parser would take `a.b/c` for one word, and é for no e."""
    return ' '.join(_folded(word) for word in WORD.findall(text))


def _folded(word: str) -> str:
    letters = unicodedata.normalize('NFKD', word)
    return ''.join(letter for letter in letters if not unicodedata.combining(letter))


def reindex() -> Iterable[Playbook]:
    """Build the index anew from the current versions; yields each playbook once it is in, for a progress bar."""
    with connection.cursor() as cursor:
        cursor.execute('DELETE FROM playbooks_search')
    current = Playbook.objects.filter(current_version__isnull=False).select_related('current_version')
    for playbook in current.iterator(chunk_size=100):
        assert playbook.current_version is not None
        index(playbook=playbook, title=playbook.current_version.title, plain=plain_of(playbook.current_version))
        yield playbook


def plain_of(version: Version) -> str:
    """The plain text of a version, from its rendering or, where there is none yet, read anew."""
    stored = Rendering.objects.filter(version=version, pipeline=texts.PIPELINE).values_list('plain', flat=True).first()
    return texts.read(version.text, title=version.title).plain if stored is None else stored
