"""Asking an address outside whether it is there: politely, and only what is public.

Texts are written by many, so an address in one may be meant to reach what only this server reaches: a database beside
it, the cloud's own address of secrets, a printer. So the name is resolved here, every address it has must be public,
and the connection goes to the very address that was looked at: a second answer of the name server changes nothing.
Each redirect is looked at in the same way. Source: OWASP, Server-Side Request Forgery Prevention.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from django.utils.translation import gettext_noop as _  # what is wrong is kept, and translated when it is shown

TIMEOUT = 8.0  # seconds of silence
DEADLINE = 15.0  # seconds for all of one address, redirects too
MAX_REDIRECTS = 3
MAX_READ = 16 * 1024
PORTS = {'http': 80, 'https': 443}
REDIRECTS = frozenset([301, 302, 303, 307, 308])
# Networks that lead on to others, whatever address they wrap: 6to4, Teredo, NAT64.
WRAPPING = tuple(ipaddress.ip_network(net) for net in ('2002::/16', '2001::/32', '64:ff9b::/96', '64:ff9b:1::/48'))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]


class Refused(Exception):
    """An address that is not asked at all, with the reason in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking: the last answer's status (None: there was none), and what is wrong, '' if nothing."""

    status: int | None
    problem: str = ''


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def connect(address: str, port: int, timeout: float) -> socket.socket:
    """A connection to an address that was resolved."""
    return socket.create_connection((address, port), timeout)


def is_public(written: str) -> bool:
    """Whether an address can belong to somebody else's server: none of this machine, its networks, or reserved."""
    try:
        address: Address = ipaddress.ip_address(written.partition('%')[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in WRAPPING) or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(slots=True)
class Fetcher:
    """Asks addresses. `resolve` and `connect` are the system's; a test gives its own."""

    agent: str
    resolve: Resolve = resolve
    connect: Connect = connect
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def ask(self, url: str) -> Answer:
        """Ask an address: its head first, and a little of it only where that is refused. Never raises."""
        until = time.monotonic() + DEADLINE
        try:
            return self._follow(f'https:{url}' if url.startswith('//') else url, until)
        except Refused as refused:
            return Answer(None, str(refused))
        except TimeoutError:
            return Answer(None, _('It does not answer.'))
        except ssl.SSLError:
            return Answer(None, _('Its certificate is not valid.'))
        except socket.gaierror:
            return Answer(None, _('There is no such host.'))
        except (OSError, http.client.HTTPException, ValueError):
            return Answer(None, _('It cannot be reached.'))

    def _follow(self, url: str, until: float) -> Answer:
        for _redirect in range(MAX_REDIRECTS + 1):
            status, location = self._status(url, until)
            if status not in REDIRECTS or not location:
                return Answer(status, '' if status < 400 else _said_of(status))
            url = urljoin(url, location)
        raise Refused(_('It redirects too often.'))

    def _status(self, url: str, until: float) -> tuple[int, str]:
        """The status and where it redirects; by GET where HEAD gives an error, as some servers do for no reason."""
        status, location = self._request('HEAD', url, until)
        return self._request('GET', url, until) if status >= 400 and status != 429 else (status, location)

    def _request(self, method: str, url: str, until: float) -> tuple[int, str]:
        scheme, host, port, target = _parts(url)
        addresses = self.resolve(host, port)
        if not addresses or not all(map(is_public, addresses)):
            raise Refused(_('Only public addresses are asked.'))
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        opened = self.connect(addresses[0], port, min(TIMEOUT, left))
        # A server that sends a byte now and then keeps a socket's own time-out from ever passing.
        guard = threading.Timer(max(0.1, until - time.monotonic()), _cut, [opened])
        guard.daemon = True
        guard.start()
        try:
            if scheme == 'https':
                opened = self.context.wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
                guard.args = [opened]
                opened.do_handshake()
            return self._exchange(opened, method, host, port, target)
        except OSError:
            if time.monotonic() >= until:
                raise TimeoutError from None
            raise
        finally:
            guard.cancel()
            opened.close()

    def _exchange(self, opened: socket.socket, method: str, host: str, port: int, target: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = opened
        name = f'[{host}]' if ':' in host else host
        headers = {'Host': name, 'User-Agent': self.agent, 'Accept': '*/*', 'Connection': 'close'}
        connection.request(method, target, headers=headers)
        with connection.getresponse() as response:
            if method == 'GET':
                response.read(MAX_READ)
            return response.status, response.headers.get('Location', '')


def _cut(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        opened.shutdown(socket.SHUT_RDWR)


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and what is asked for. Raises Refused for what is not http or https on its usual port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(_('This is no address.')) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise Refused(_('Only http and https are asked.'))
    if parts.username is not None or parts.password is not None:
        raise Refused(_('An address with a name or password in it is not asked.'))
    if port not in (None, PORTS[parts.scheme]):
        raise Refused(_('Only the usual ports are asked.'))
    try:
        host = parts.hostname if ':' in parts.hostname else parts.hostname.encode('idna').decode('ascii')
    except UnicodeError:
        raise Refused(_('This is no address.')) from None
    path = quote(parts.path or '/', safe="!$%&'()*+,-./:;=@_~")
    query = quote(parts.query, safe="!$%&'()*+,-./:;=?@_~")
    return parts.scheme, host, PORTS[parts.scheme], f'{path}?{query}' if query else path


def _said_of(status: int) -> str:
    if status in (404, 410):
        return _('It is not there any more.')
    if status in (401, 403):
        return _('It asks who we are.')
    return _('It answers with an error.')
