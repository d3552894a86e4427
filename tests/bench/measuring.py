"""Measures one site: each page or write in turns with its yardstick, so that a busy moment of the machine hits both."""

import gzip
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .client import Answer, Connection, ready, throughput
from .sites import Server

ROUNDS = 8
SECONDS = 0.5  # of each round, for the page and for the yardstick
MOST = 150  # requests in a round
PROBES = 15
ASSET = re.compile(rb'<(?:link|script|img|use)\b[^>]*?(?:href|src)="(/static/[^"#]+)')
FONT = re.compile(rb'url\("?([^")]+\.woff2)')


@dataclass(frozen=True)
class Weight:
    """A page with all that a browser fetches for it: bytes as they come, requests, and bytes of the page packed."""

    page: int
    page_packed: int
    assets: int
    requests: int

    @property
    def all(self) -> int:
        """Bytes of everything, the page packed as a proxy in front of the site would."""
        return self.page_packed + self.assets


@dataclass(frozen=True)
class Result:
    """What was measured of a page or write; times in milliseconds, ratios to the yardstick's of the same round."""

    name: str
    median: float
    p95: float
    per_second: float
    cpu: float
    cpu_ratio: float
    queries: int
    ratio: float
    at_best: float
    yardstick: str
    yardstick_median: float
    target: tuple[str, float] | None
    lock: float
    weight: Weight | None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        what, limit = self.target
        if what == 'throughput':
            return self.ratio >= limit
        if what == 'time':
            return self.ratio <= limit
        return self.median <= limit * 1000 and self.lock <= limit * 500


class Bench:
    """One running site with what is to be measured on it."""

    def __init__(self, server: Server, which: str) -> None:
        self.server = server
        found = server.targets(which)
        self.measures: list[dict[str, Any]] = found['measures']
        self.yardsticks = {name: Steps(steps, server.port) for name, steps in found['yardsticks'].items()}

    def measure(self, measure: dict[str, Any]) -> Result:
        """Measure one page or write."""
        steps = Steps(measure['steps'], self.server.port, measure['status'], used_up=measure['used_up'])
        yardstick = self.yardsticks[measure['yardstick']]
        yardstick.run(PROBES)
        if not steps.used_up:
            steps.run(len(steps))
        if measure['connections'] > 1:
            rates = self._at_once(steps, yardstick, measure['connections'])
        else:
            rates = self._in_turn(steps, yardstick)
        times, others, ratios, rate = rates
        costs = [cost_of(answer) for answer in (steps.probed or steps.probe(PROBES))]
        reference = [cost_of(answer)[0] for answer in yardstick.probe(PROBES)]
        cpu = statistics.median(cpu for cpu, _queries, _held in costs)
        by_time = measure['target'] is None or measure['target'][0] != 'throughput'
        return Result(
            name=measure['name'],
            median=statistics.median(times) * 1000,
            p95=percentile(times, 0.95) * 1000,
            per_second=rate,
            cpu=cpu,
            cpu_ratio=cpu / statistics.median(reference),
            queries=int(max(queries for _cpu, queries, _held in costs)),
            ratio=statistics.median(1 / ratio for ratio in ratios) if by_time else statistics.median(ratios),
            at_best=percentile(times, 0.1) / percentile(others, 0.1),
            yardstick=measure['yardstick'],
            yardstick_median=statistics.median(others) * 1000,
            target=tuple(measure['target']) if measure['target'] else None,  # type: ignore[arg-type]
            lock=statistics.median(held for _cpu, _queries, held in costs),
            weight=self.weigh(steps) if measure['is_page'] else None,
        )

    def _in_turn(self, steps: 'Steps', yardstick: 'Steps') -> tuple[list[float], list[float], list[float], float]:
        """One connection: times of both, and per round the yardstick's median by the page's."""
        times: list[float] = []
        others: list[float] = []
        ratios = []
        rounds = min(ROUNDS, len(steps)) if steps.used_up else ROUNDS
        share = len(steps) // rounds
        for _ in range(rounds):
            reference = yardstick.run_for(SECONDS, MOST)
            own = steps.run(share) if steps.used_up else steps.run_for(SECONDS, MOST)
            ratios.append(statistics.median(reference) / statistics.median(own))
            times += own
            others += reference
        return times, others, ratios, len(times) / sum(times)

    def _at_once(
        self, steps: 'Steps', yardstick: 'Steps', connections: int
    ) -> tuple[list[float], list[float], list[float], float]:
        """Several connections: times of both, and per round the page's throughput by the yardstick's."""
        times: list[float] = []
        others: list[float] = []
        ratios, rates = [], []
        for _ in range(ROUNDS):
            more = {'port': self.server.port, 'connections': connections, 'seconds': 2 * SECONDS}
            reference, waits = throughput(yardstick.plain, **more)
            own, took = throughput(steps.plain, **more)
            ratios.append(own / reference)
            rates.append(own)
            times += took
            others += waits
        return times, others, ratios, statistics.median(rates)

    def weigh(self, steps: 'Steps') -> Weight:
        """Fetch a page and once each all that it names, as a browser with an empty cache does."""
        port = self.server.port
        connection = Connection(port)

        def fetch(path: str) -> Answer:
            answer = connection.ask(ready({'path': path}, port=port))
            if answer.status != 200:
                raise ConnectionError(f'{path} answered {answer.status}')
            return answer

        page = connection.ask(steps.plain[0]).body
        names = dict.fromkeys(found.decode() for found in ASSET.findall(page))
        assets = {name: len(fetch(name).body) for name in names if not name.endswith('.css')}
        for sheet in [name for name in names if name.endswith('.css')]:
            plain = connection.ask(ready({'path': sheet}, port=port).replace(b'gzip, br', b'identity')).body
            assets[sheet] = len(fetch(sheet).body)
            for font in FONT.findall(plain):
                path = font.decode() if font.startswith(b'/') else joined(sheet, font.decode())
                if path.encode() in page or not preloads_fonts(page):
                    assets[path] = len(fetch(path).body)
        return Weight(len(page), len(gzip.compress(page, 6)), sum(assets.values()), 1 + len(assets))


def preloads_fonts(page: bytes) -> bool:
    """Whether a page says itself which fonts it needs."""
    return b'as="font"' in page


def joined(sheet: str, relative: str) -> str:
    """The address of what a style sheet names relative to itself."""
    parts = sheet.split('/')[:-1]
    for part in relative.split('/'):
        if part == '..':
            parts.pop()
        else:
            parts.append(part)
    return '/'.join(parts)


class Steps:
    """Requests made ready, asked for in turn over one connection; each is asked for with the probe on if it can be
    done only once.
    """

    def __init__(self, steps: Sequence[dict[str, Any]], port: int, status: int = 0, *, used_up: bool = False) -> None:
        self.plain = [ready(step['request'], port=port) for step in steps]
        self.with_probe = [ready(step['request'], port=port, probe=True) for step in steps]
        self.before = [[ready(request, port=port) for request in step['before']] for step in steps]
        self.connection = Connection(port)
        self.status, self.used_up = status, used_up
        self.turn = 0
        self.probed: list[Answer] = []

    def __len__(self) -> int:
        return len(self.plain)

    def ask(self, *, probe: bool) -> Answer:
        """The next step; its time counts without what is asked before it."""
        place = self.turn % len(self.plain)
        self.turn += 1
        for request in self.before[place]:
            check(self.connection.ask(request), 0)
        return check(self.connection.ask((self.with_probe if probe else self.plain)[place]), self.status)

    def run(self, number: int) -> list[float]:
        """So many steps; their times."""
        answers = [self.ask(probe=self.used_up) for _ in range(number)]
        if self.used_up:
            self.probed += answers
        return [answer.seconds for answer in answers]

    def run_for(self, seconds: float, most: int) -> list[float]:
        """Steps for so long, at least three and at most `most`; their times."""
        times: list[float] = []
        while len(times) < 3 or (sum(times) < seconds and len(times) < most):
            times.append(self.ask(probe=False).seconds)
        return times

    def probe(self, number: int) -> list[Answer]:
        """Some steps with the probe on."""
        return [self.ask(probe=True) for _ in range(number)]


def check(answer: Answer, status: int) -> Answer:
    """Let nothing be measured that did not work."""
    if answer.status != status if status else answer.status >= 400:
        words = re.sub(rb'<[^>]+>|\s+', b' ', answer.body)[-1500:].decode(errors='replace')
        raise ConnectionError(f'The server answered {answer.status}: {words}')
    return answer


def cost_of(answer: Answer) -> tuple[float, float, float]:
    """Milliseconds of processor time, queries, milliseconds of a held lock, as the probe tells them."""
    cpu, queries, held = map(float, answer.headers['x-probe'].split())
    return cpu, queries, held


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
