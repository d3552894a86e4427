"""Players of other sites in our pages: only from hosts that an administrator allows, everything else stays a link."""

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from .models import PlayerHost

PLAYER = re.compile(r'<a class="player" href="(https://[^"]+)"[^>]*>([^<]*)</a>')
MARKED = 'class="player"'
# Where the pages of well-known sites have their player. The first group is what it plays.
PLAYERS = (
    (
        re.compile(r'(?:www\.|m\.)?youtube\.com/(?:embed|shorts|live)/([\w-]{6,20})'),
        'https://www.youtube-nocookie.com/embed/{}',
    ),
    (re.compile(r'youtu\.be/([\w-]{6,20})'), 'https://www.youtube-nocookie.com/embed/{}'),
    (re.compile(r'(?:www\.)?vimeo\.com/(\d{4,15})'), 'https://player.vimeo.com/video/{}'),
    (re.compile(r'(?:www\.)?loom\.com/share/([\w-]{8,64})'), 'https://www.loom.com/embed/{}'),
)
YOUTUBE = re.compile(r'(?:www\.|m\.)?youtube\.com/watch')
VIDEO = re.compile(r'[\w-]{6,20}')


def with_players(html: str) -> tuple[str, frozenset[str]]:
    """The HTML with a player in the place of each marked link whose host is allowed, and the hosts it plays from.

    `html` is out of the cleaner. No query where nothing is marked, else one.
    """
    if MARKED not in html:
        return html, frozenset()
    allowed = frozenset(PlayerHost.objects.values_list('host', flat=True))
    used: set[str] = set()

    def player(link: re.Match[str]) -> str:
        address = player_address(unescape(link[1]), allowed)
        if address is None:
            return link[0]
        used.add(urlsplit(address).netloc)
        title = unescape(link[2]).strip() or _('Player')
        frame = format_html(
            '<iframe src="{}" title="{}" loading="lazy" allow="fullscreen; picture-in-picture; encrypted-media" '
            'sandbox="allow-scripts allow-same-origin allow-presentation allow-popups" '
            'referrerpolicy="strict-origin"></iframe>',
            address,
            title,
        )
        return f'<span class="plays">{frame}{link[0]}</span>'

    return PLAYER.sub(player, html), frozenset(used)


def player_address(address: str, allowed: Collection[str]) -> str | None:
    """Where the player of an address lies, if its host is allowed: the one written, or the player's own."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None  # https://[x: what begins like an address and is none
    host = (parts.hostname or '').lower()
    if parts.scheme != 'https' or parts.netloc.lower() != host or not re.fullmatch(r'[a-z0-9.-]+', host):
        return None  # with a name, a password or a port it is not what an administrator has allowed
    player = _known_player(host, parts.path, parts.query) or address
    hosts = {host, urlsplit(player).netloc}
    return player if hosts & set(allowed) else None


def _known_player(host: str, path: str, query: str) -> str | None:
    if YOUTUBE.fullmatch(host + path):
        video = parse_qs(query).get('v', [''])[0]
        return f'https://www.youtube-nocookie.com/embed/{video}' if VIDEO.fullmatch(video) else None
    for page, player in PLAYERS:
        if match := page.fullmatch(host + path.rstrip('/')):
            return player.format(match[1])
    return None


def playing(response: HttpResponse, hosts: Collection[str]) -> HttpResponse:
    """The answer, with the site's policy widened by frames of these hosts, if there are any."""
    if hosts:
        policy = {**settings.SECURE_CSP, 'frame-src': [f'https://{host}' for host in sorted(hosts)]}
        header = '; '.join(f'{name} {" ".join(sources)}' for name, sources in policy.items())
        response.headers['Content-Security-Policy'] = header
    return response
