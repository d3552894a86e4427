"""Template tags of the frame that every page stands in: the site's navigation, its icons, its files."""

from functools import lru_cache
from typing import NamedTuple

from django import template
from django.contrib.messages.storage.base import Message
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

# Without eval and injected styles our Content-Security-Policy holds; forms with errors come as 422 and are shown.
HTMX_CONFIG = (
    '{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,'
    '"historyRestoreAsHxRequest":false,"scrollBehavior":"auto","timeout":30000,"responseHandling":['
    '{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},'
    '{"code":"[45]..","swap":false,"error":true}]}'
)


class Link(NamedTuple):
    """One entry of the main navigation; `key` follows g on the keyboard."""

    address: str
    label: str
    key: str
    is_current: bool = False


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[Link]:
    """Return what this person can go to, the current place marked. No query: abilities came with the session."""
    person, path = context['user'], context['request'].path
    links = _links(get_language() or '', is_editor=person.is_editor, has_reports=person.has_reports)
    track = context.get('nav_track_url')
    if track:
        links = (links[0], Link(track, _('My track'), 'k'), *links[1:])
    return [link._replace(is_current=_is_at(link.address, path, track=track)) for link in links]


# Addresses that others rely on (DESIGN.md) stand here as they are: a test asks that each leads where it says.
@lru_cache(maxsize=64)
def _links(language: str, *, is_editor: bool, has_reports: bool) -> tuple[Link, ...]:
    links = [Link('/', _('Today'), 't')]
    if has_reports:
        links.append(Link('/team/', _('Team'), 'm'))
    links.append(Link('/playbooks/', _('Playbooks'), 'p'))
    links.append(Link('/runs/', _('Under way'), 'r'))
    if is_editor:
        links.append(Link('/onboarding/', _('People'), 'o'))
    return tuple(links)


def _is_at(address: str, path: str, *, track: str | None) -> bool:
    if address in {'/', track}:
        return path == address
    return path.startswith(address) and not (track and path.startswith(track))


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """`{% icon 'check' %}`: one drawing of static/icons.svg, always beside a word or inside a labelled control."""
    return format_html(
        '<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><use href="{}#i-{}"/></svg>', static('icons.svg'), name
    )


@register.simple_tag
@lru_cache(maxsize=1)
def page_assets() -> SafeString:
    """Return the tags for our styles, scripts and font; the same on every page."""
    return format_html(
        '<link rel="icon" href="{favicon}" type="image/svg+xml">\n'
        '<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>\n'
        '<link rel="stylesheet" href="{oat}">\n'
        '<link rel="stylesheet" href="{css}">\n'
        '<meta name="htmx-config" content="{htmx_config}">\n'
        '<script src="{htmx}" defer></script>\n'
        '<script src="{js}" defer></script>',
        favicon=static('favicon.svg'),
        font=static('vendor/source-sans-3/source-sans-3-latin-wght-normal.woff2'),
        oat=static('vendor/oat/oat.min.css'),
        css=static('css/rampbook.css'),
        htmx_config=HTMX_CONFIG,
        htmx=static('vendor/htmx/htmx.min.js'),
        js=static('js/rampbook.js'),
    )


@register.filter
def undo_address(message: Message) -> str:
    """Return where a message's Undo posts to; it travels in the message's tags as 'undo:/address/'."""
    tags = (message.extra_tags or '').split()
    return next((tag.removeprefix('undo:') for tag in tags if tag.startswith('undo:')), '')


@register.filter
def notice_class(message: Message) -> str:
    """Return the look of a message: what went well, what to mind, what went wrong."""
    return {'success': 'ok', 'warning': 'warn', 'error': 'late'}.get(message.level_tag, 'info')


@register.filter
def notice_icon(message: Message) -> str:
    """Return the drawing that goes with a message."""
    return {'success': 'check', 'warning': 'warn', 'error': 'warn'}.get(message.level_tag, 'info')
