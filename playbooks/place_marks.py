"""What stands at the places of a page besides its text: a small link to ask or report, how much was said there, and
answers that stand.

They are put into the stored HTML when it is shown, in one step that looks at each character at most a few times; the
HTML was made by `playbooks.text`, whose headings and task lines this knows.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, unquote

from .text.wording import WORDS

# A heading's link to itself, and the box of a task line; both have the words of the place in their label.
PLACE = re.compile(
    r'<a aria-label="([^"]*)" class="anchor" href="#([^"]+)"[^>]*>#</a>'
    r'|<li class="task[^"]*" id="([^"]+)">\s*(?:<p>)?<input aria-label="([^"]*)"[^>]*>'
)
BEFORE_HEADING = WORDS['anchor'].partition('{text}')[0]
BEFORE_ITEM = WORDS['task'].partition('{text}')[0]
END_OF_LINE = re.compile(r'</p>|(?=</li>|<(?:ul|ol|dl|div|pre|table|blockquote|details|p|h[1-6]|hr)\b)')


def with_marks(
    html: str,
    *,
    label: str,
    word: str,
    counts: Iterable[tuple[str, str]] = (),
    answers: Iterable[tuple[str, str]] = (),
) -> str:
    """A page's HTML with a link at each heading and item, and what was said there.

    `word` is what the link shows, `label`, with {place} in it, what it is called. `counts` are places with words about
    how much was said there; they lead to `#at-` and the place. `answers` are places with HTML, made by a template, that
    goes under the heading or the item's own words. The links lead to `say/`, seen from the page's address.
    """
    said = dict(counts)
    before, after = (escape(part) for part in label.split('{place}'))
    shown = escape(word)

    def mark(found: re.Match[str]) -> str:
        heading, anchor, key, task = found.groups()
        if anchor is not None:
            words, at = heading.removeprefix(BEFORE_HEADING), anchor
        else:
            words, at = task.removeprefix(BEFORE_ITEM), quote(key)
        link = f'<a class="say" href="say/?at={at}" aria-label="{before}{words}{after}">{shown}</a>'
        if said and (much := said.get(unquote(at))):
            link += f' <a class="said-n" href="#at-{at}">{escape(much)}</a>'
        return found[0] + link

    marked = PLACE.sub(mark, html)
    at_place = defaultdict(list)
    for place, answer in answers:
        at_place[place].append(answer)
    for place, shown_there in at_place.items():
        marked = _put_under(marked, place, ''.join(shown_there))
    return marked


def _put_under(html: str, place: str, more: str) -> str:
    """The HTML with more under a heading, or under the own words of an item; as it was where the place is not there."""
    start = html.find(f' id="{place}">')
    if start < 0:
        return html
    find = _end_of_heading if html[html.rfind('<', 0, start) + 1] == 'h' else _end_of_words
    end = find(html, start)
    return html[:end] + more + html[end:] if end >= 0 else html


def _end_of_heading(html: str, start: int) -> int:
    end = html.find('</h', start)
    return html.find('>', end) + 1 if end >= 0 else -1


def _end_of_words(html: str, start: int) -> int:
    opening = html.find('>', start) + 1
    if html[opening : opening + 8].lstrip().startswith('<p>'):
        opening = html.find('<p>', opening) + 3  # a paragraph: its end is the end of the words
    found = END_OF_LINE.search(html, opening)
    return found.end() if found else -1


def stands_in(html: str, place: str) -> int:
    """Where in a page's HTML a heading or item stands, or -1."""
    return html.find(f' id="{place}"') if place else -1


def says(html: str, words: str) -> bool:
    """Whether a heading or item of a page still has these words."""
    in_label = escape(words, quote=False).replace('"', '&quot;').replace('\xa0', '&nbsp;')
    return in_label in html
