"""Rows of items. Written in Python: a track has sixty of them, and as a template they took half of the page's time."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django import template
from django.middleware.csrf import get_token
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.icons import icon
from accounts.templatetags.reader import avatar_class, initials

from ..item_lines import ItemLine
from ..rendering import as_html

register = template.Library()
NOTHING = as_html('')


class _Pieces:
    """Pieces of HTML, put together as `format_html` does it, all at once: a track has 1,200 values, and to escape each
    by Django's functions takes a sixth of the page's time."""

    def __init__(self) -> None:
        self.formats: list[str] = []
        self.values: list[object] = []

    def add(self, html: str, *values: object) -> None:
        """Add a piece; each {} in it stands for a value, which is escaped unless it is safe already."""
        self.formats.append(html)
        self.values += values

    def joined(self) -> SafeString:
        """Everything added, in its order."""
        values = (value if hasattr(value, '__html__') else escape(str(value)) for value in self.values)
        return as_html(''.join(self.formats).format(*values))


class _Words(NamedTuple):
    """What rows say again and again, in the reader's language."""

    mark_done: str
    handed_in: str
    said: str
    see_change: str
    details: str


@lru_cache(maxsize=16)
def _words(_language: str | None) -> _Words:
    return _Words(_('Mark done:'), _('handed in'), _('said'), _('See what changed'), _('Details'))


@register.simple_tag(takes_context=True)
def item_rows(context: Context, lines: Iterable[ItemLine]) -> SafeString:
    """`{% item_rows lines %}`: the folded rows of a list, each as components/_item.html has it."""
    token, words = get_token(context['request']), _words(get_language())
    pieces = _Pieces()
    for line in lines:
        _begin(pieces, line)
        _row(pieces, line, token, words)
        pieces.add('</li>\n')
    return pieces.joined() if pieces.values else NOTHING


@register.simple_tag
def item_begin(line: ItemLine, *, out_of_band: bool = False) -> SafeString:
    """The opening tag of a row; `out_of_band` lets htmx put it in the place of the row with its id."""
    pieces = _Pieces()
    _begin(pieces, line, out_of_band=out_of_band)
    return pieces.joined()


@register.simple_tag(takes_context=True)
def item_row(context: Context, line: ItemLine, *, is_open: bool = False) -> SafeString:
    """What a row says: its mark or tick, title, words and dates."""
    pieces = _Pieces()
    _row(pieces, line, get_token(context['request']), _words(get_language()), is_open=is_open)
    return pieces.joined()


def _begin(pieces: _Pieces, line: ItemLine, *, out_of_band: bool = False) -> None:
    css = f'item {line.css}{" fresh" if line.is_fresh else ""}'.strip()
    more = ' hx-swap-oob="true"' if out_of_band else ''
    pieces.add(f'<li class="{{}}" data-row id="{{}}"{more}>\n', css, line.dom_id)


def _row(pieces: _Pieces, line: ItemLine, token: str, words: _Words, *, is_open: bool = False) -> None:
    pieces.add('<span>')
    if line.tick:
        _tick(pieces, line, token, words)
    else:
        pieces.add('<span class="mark {}">{}</span>', line.mark.css, icon(line.mark.icon))
    pieces.add('</span>\n<div>')
    if line.at != 'item':
        _title(pieces, line, is_open=is_open)
    pieces.add('<div class="sub"><span class="nowrap">{} {}</span>', icon(line.kind_icon), line.kind)
    for said in line.said:
        pieces.add('<span>{}</span>', said)
    _counts_and_links(pieces, line, words, is_open=is_open)
    pieces.add('</div></div>\n<div class="end">')
    _end(pieces, line, is_open=is_open)
    pieces.add('</div>\n')


def _tick(pieces: _Pieces, line: ItemLine, token: str, words: _Words) -> None:
    """A tick is a form that works without a script; rampbook.js shows it at once."""
    pieces.add(
        '<form method="post" action="{}" hx-post="{}" hx-target="#{}" hx-swap="outerHTML" data-optimistic>'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="version" value="{}"><input type="hidden" name="at" value="{}">',
        *(line.tick, line.tick, line.dom_id, token, line.version, line.at),
    )
    pieces.add(
        '<button class="tick" name="tick" value="yes" id="{}-tick" aria-pressed="{}" aria-label="{} {}"></button>'
        '</form>',
        *(line.dom_id, 'true' if line.is_ticked else 'false', words.mark_done, line.text),
    )


def _title(pieces: _Pieces, line: ItemLine, *, is_open: bool) -> None:
    pieces.add('<div class="ttl"><a id="{}-title"', line.dom_id)
    if line.at == 'today' or line.title_address != line.address:
        pieces.add(' href="{}"', line.title_address)
    else:
        pieces.add(' href="{}"', f'{line.home}#{line.dom_id}' if is_open else line.address)
        _opening(pieces, line, is_open=is_open)
    pieces.add('>{}</a></div>\n', line.text)


def _opening(pieces: _Pieces, line: ItemLine, *, is_open: bool) -> None:
    """What lets htmx open a row in its place, or fold it again."""
    folded, expanded = ('&amp;folded=yes', 'true') if is_open else ('', 'false')
    pieces.add(
        f' hx-get="{{}}?at={{}}{folded}" hx-target="#{{}}" hx-swap="outerHTML" aria-expanded="{expanded}"',
        *(line.address, line.at, line.dom_id),
    )


def _counts_and_links(pieces: _Pieces, line: ItemLine, words: _Words, *, is_open: bool) -> None:
    for number, drawing, word in ((line.clips, 'clip', words.handed_in), (line.talks, 'talk', words.said)):
        if number:
            count = '<span class="nowrap">{} {}<span class="vh"> {}</span></span>'
            pieces.add(count, icon(drawing), number, word)
    # What is the same in every row is told apart for those who hear it.
    if line.compare_address:
        link = '<a href="{}">{}<span class="vh">: {}</span></a>'
        pieces.add(link, line.compare_address, words.see_change, line.text)
    if line.at != 'item' and line.title_address != line.address:
        pieces.add('<a href="{}"', line.address)
        if line.at != 'today':
            pieces.add(' id="{}-more"', line.dom_id)
            _opening(pieces, line, is_open=is_open)
        pieces.add('>{}<span class="vh">: {}</span></a>', words.details, line.text)


def _end(pieces: _Pieces, line: ItemLine, *, is_open: bool) -> None:
    if line.badge:
        css, drawing, word = line.badge
        pieces.add('<span class="st {} pill">{}{}</span>', css, icon(drawing), word)
    if line.button and not is_open:
        css = 'button small outline' if line.button.is_outline else 'button small'
        link = '<a class="{}" href="{}">{}<span class="vh">: {}</span></a>'
        pieces.add(link, css, line.button.address, line.button.word, line.text)
    if line.due:
        pieces.add('<span class="{}">{}</span>', f'due {line.due_css}'.strip(), line.due)
    if line.who:
        # As components/_who.html has it.
        picture = '<span class="who"><span class="av {} s" aria-hidden="true">{}</span><span>{}</span></span>'
        pieces.add(picture, avatar_class(line.who), initials(line.who), line.who)
