"""Template tags of the frame that every page stands in: the site's navigation, its icons, its files."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.icons import icon
from accounts.models import User
from accounts.templatetags.reader import avatar_class, initials

register = template.Library()
register.simple_tag(icon)

# Without eval and injected styles our Content-Security-Policy holds; forms with errors come as 422 and are shown.
HTMX_CONFIG = (
    '{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,'
    '"historyRestoreAsHxRequest":false,"scrollBehavior":"auto","timeout":30000,"responseHandling":['
    '{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},'
    '{"code":"[45]..","swap":false,"error":true}]}'
)

FAVICON = settings.BASE_DIR / 'static/favicon.svg'
MY_TRACK = '/my-track/'


class Link(NamedTuple):
    """One entry of the main navigation; `key` follows g on the keyboard."""

    address: str
    label: str
    key: str
    is_current: bool = False


@register.simple_tag(takes_context=True)
def bar(context: template.Context) -> SafeString:
    """Return the bar with its menus, for who is signed in. No query: abilities came with the session.

    It is the same for everybody of one role but for a few words, and every page has it, so it is kept once rendered.
    """
    person, request = context['user'], context['request']
    own_track = context.get('nav_track_url')
    links = navigation(
        MY_TRACK if own_track and request.path.startswith(own_track) else request.path,
        is_editor=person.is_editor,
        has_reports=person.has_reports,
        has_track=bool(own_track) or not (person.is_editor or person.has_reports),
    )
    html = _bar(
        get_language(),
        links=links,
        initials=initials(person),
        tint=avatar_class(person),
        theme=person.theme,
        shortcuts=person.shortcuts,
        is_admin=person.is_admin,
        is_sample=context['organization'].is_sample,
    )
    return format_html(html, token=get_token(request), path=request.path, news=_news(person))


def _news(person: User) -> SafeString:
    """Return how many notices wait, for the link to the inbox: the number came with the session's person."""
    waiting = getattr(person, 'unseen_notices', None)
    if not waiting:
        return SafeString()
    shown = waiting if waiting < 100 else '99+'
    return format_html('<span class="count hot">{}<span class="vh"> {}</span></span>', shown, _('new'))


@lru_cache(maxsize=2048)
def _bar(language: str | None, **varying: object) -> str:
    """Return the bar as a format string that still lacks the token of its forms, the path of the page and the news."""
    html = get_template('components/bar.html').render({**varying, 'token': '\x02', 'path': '\x03', 'news': '\x04'})
    return (
        html.replace('{', '{{')
        .replace('}', '}}')
        .replace('\x02', '{token}')
        .replace('\x03', '{path}')
        .replace('\x04', '{news}')
    )


def navigation(path: str, *, is_editor: bool, has_reports: bool, has_track: bool) -> tuple[Link, ...]:
    """Return what this person can go to, the current place marked.

    Whoever leads nobody may have a track: they find it on every page, by an address that leads on to it.

    Addresses that others rely on (DESIGN.md) stand here as they are: a test asks that each leads where it says.
    """
    links = [
        Link('/', _('Today'), 't'),
        Link(MY_TRACK, _('My track'), 'k') if has_track else None,
        Link('/team/', _('Team'), 'm') if has_reports else None,
        Link('/playbooks/', _('Playbooks'), 'p'),
        Link('/runs/', _('Under way'), 'r'),
        Link('/onboarding/', _('People'), 'o') if is_editor else None,
    ]
    here = max((link.address for link in links if link and _is_at(link.address, path)), key=len, default=None)
    return tuple(link._replace(is_current=link.address == here) for link in links if link)


def _is_at(address: str, path: str) -> bool:
    return path == address if address == '/' else path.startswith(address)


@register.simple_tag
@lru_cache(maxsize=2)
def page_assets(*, htmx: bool = True) -> SafeString:
    """Return the tags for our styles, scripts and font, the same on every page. The tab's icon costs no request.

    Without htmx for a page whose own script takes its place: the editor.
    """
    script = format_html(
        '<meta name="htmx-config" content="{}">\n<script src="{}" defer></script>\n',
        HTMX_CONFIG,
        static('vendor/htmx/htmx.min.js'),
    )
    return format_html(
        '<link rel="icon" href="{favicon}" type="image/svg+xml">\n'
        '<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>\n'
        '<link rel="stylesheet" href="{oat}">\n'
        '<link rel="stylesheet" href="{css}">\n'
        '{htmx}<script src="{js}" defer></script>',
        favicon=f'data:image/svg+xml,{quote(FAVICON.read_text())}',
        font=static('vendor/source-sans-3/source-sans-3-latin-wght-normal.woff2'),
        oat=static('vendor/oat/oat.min.css'),
        css=static('css/rampbook.css'),
        htmx=script if htmx else '',
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
