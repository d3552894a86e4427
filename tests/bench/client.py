"""A small HTTP client for measuring: kept connections, requests made ready before the clock runs. Loopback only."""

import selectors
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

TOKEN = 'b' * 32  # our own CSRF cookie, sent along in the header: the check only compares the two
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


def ready(request: dict[str, Any], *, port: int, probe: bool = False) -> bytes:
    """The bytes of a request given as method, path, session, body (form fields) and htmx."""
    cookies = f'csrftoken={TOKEN}' + (f'; sessionid={request["session"]}' if request.get('session') else '')
    lines = [
        f'{request.get("method", "GET")} {request["path"]} HTTP/1.1',
        f'Host: localhost:{port}',
        f'Cookie: {cookies}',
        'Accept-Encoding: gzip, br',
    ]
    body = b''
    if request.get('method') == 'POST':
        body = urlencode(request.get('body') or {}).encode()
        lines += ['Content-Type: application/x-www-form-urlencoded', f'X-CSRFToken: {TOKEN}']
        lines += [f'Content-Length: {len(body)}', f'Origin: http://localhost:{port}']
    if request.get('htmx'):
        lines += ['HX-Request: true', f'HX-Target: {request["htmx"]}']
    if probe:
        lines.append('X-Probe: yes')
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + body


class Connection:
    """One connection that is kept; the server may close it while it rests, so a resting one is opened again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.used_at = 0.0

    def open(self) -> socket.socket:
        """The connection, fresh if it has rested for more than a second: gunicorn closes after two."""
        if self.socket is None or time.perf_counter() - self.used_at > 1:
            self.close()
            self.socket = socket.create_connection(('127.0.0.1', self.port), timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.socket

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def ask(self, request: bytes) -> Answer:
        """Send a request and wait for the whole answer."""
        wire = self.open()
        begin = time.perf_counter()
        wire.sendall(request)
        reply = Reply()
        while not reply.take(wire.recv(262144)):
            pass
        self.used_at = time.perf_counter()
        if reply.headers.get('connection', '').lower() == 'close':
            self.close()
        return Answer(reply.status, reply.headers, reply.body(), self.used_at - begin)


class Reply:
    """An answer as it comes in."""

    def __init__(self) -> None:
        self.data = b''
        self.status = 0
        self.headers: dict[str, str] = {}
        self.start = self.end = 0

    def take(self, data: bytes) -> bool:
        """Add what arrived; True when the answer is whole."""
        if not data:
            raise ConnectionError('The server closed the connection in the middle of an answer.')
        self.data += data
        if not self.status:
            head, found, _rest = self.data.partition(b'\r\n\r\n')
            if not found:
                return False
            first, *lines = head.decode('latin-1').split('\r\n')
            self.status = int(first.split()[1])
            self.headers = {name.lower(): value for name, _, value in (line.partition(': ') for line in lines)}
            self.start = len(head) + 4
            self.end = self.start + int(self.headers.get('content-length', 0))
            if 'chunked' in self.headers.get('transfer-encoding', ''):
                raise ConnectionError('An answer without a length cannot be measured by this client.')
        return len(self.data) >= self.end

    def body(self) -> bytes:
        return self.data[self.start : self.end]


def throughput(requests: list[bytes], *, port: int, connections: int, seconds: float) -> tuple[float, list[float]]:
    """Answers per second over this many connections at once, each asking again as soon as it is answered; and times."""
    chooser = selectors.DefaultSelector()
    turn, times = 0, []
    begin = time.perf_counter()
    for _ in range(connections):
        connection = Connection(port)
        wire = connection.open()
        chooser.register(wire, selectors.EVENT_READ, [connection, Reply(), time.perf_counter()])
        wire.sendall(requests[turn % len(requests)])
        turn += 1
    last = begin
    while chooser.get_map():
        for key, _ in chooser.select(PATIENCE):
            state = key.data
            if not state[1].take(key.fileobj.recv(262144)):
                continue
            last = time.perf_counter()
            if state[1].status >= 400:
                raise ConnectionError(f'The server answered {state[1].status}.')
            times.append(last - state[2])
            if last - begin >= seconds:
                chooser.unregister(key.fileobj)
                state[0].close()
                continue
            state[1], state[2] = Reply(), last
            key.fileobj.sendall(requests[turn % len(requests)])
            turn += 1
    return len(times) / (last - begin), times
