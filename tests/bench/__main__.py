"""Fills a site to size and measures it: `python -m tests.bench --help`."""

import argparse
import contextlib
import datetime as dt
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .measuring import Bench, Result
from .sites import Database, Postgresql, Server, Sqlite, make, served

AT_REST = 120  # megabytes for two workers
KILOBYTES, REQUESTS = 80, 8
FEW, MANY, SAME, TURNS = 20, 2000, 0.2, 3


@dataclass(frozen=True)
class Sizes:
    """How large a site is made; the same as `filling.Sizes`, which needs Django."""

    playbooks: int
    versions: int
    people: int
    enrollments: int
    items: int
    history: int

    def __str__(self) -> str:
        return (
            f'{self.playbooks} playbooks × {self.versions} versions, {self.people} people, '
            f'{self.enrollments} enrollments × {self.items} items, a page of {self.history} versions'
        )


def main() -> None:
    """Measure on each database, and say for each target whether it is met."""
    arguments = parse()
    sizes = Sizes(*(getattr(arguments, name) for name in Sizes.__dataclass_fields__))
    print(f'{dt.date.today():%Y-%m-%d}  Python {platform.python_version()}  {os.cpu_count()} × {processor()}')  # noqa: DTZ011
    for database in databases(arguments.database):
        verdicts: list[tuple[bool, str]] = []
        with database.copy(make(database, sizes)) as url, served(url) as server:
            measure(server, database, sizes, arguments.only, verdicts)
        if not arguments.only and not arguments.quick:
            compare_sizes(database, verdicts)
        print()
        for is_met, line in verdicts:
            print(f'{"met    " if is_met else "NOT MET"}  {line}')


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog='python -m tests.bench', description='Fill a site to size and measure it.')
    parser.add_argument('--playbooks', type=int, default=2000)
    parser.add_argument('--versions', type=int, default=5)
    parser.add_argument('--people', type=int, default=500)
    parser.add_argument('--enrollments', type=int, default=300)
    parser.add_argument('--items', type=int, default=40, help='of the track that all but one are on')
    parser.add_argument('--history', type=int, default=200, help='versions of the page with a long history')
    parser.add_argument('--only', default='', help='measure only what has this in its name (a regular expression)')
    parser.add_argument('--quick', action='store_true', help='leave out the sites with few and with many enrollments')
    parser.add_argument(
        '--database',
        choices=['sqlite', 'postgresql', 'both'],
        help='default: SQLite, and PostgreSQL where DATABASE_URL or TEST_DATABASE_URL names a server',
    )
    return parser.parse_args()


def databases(wanted: str | None) -> list[Database]:
    """The databases to measure on."""
    urls = [os.environ.get(name, '') for name in ('TEST_DATABASE_URL', 'DATABASE_URL')]
    url = next((url for url in urls if url.startswith('postgres')), None)
    if wanted in {'postgresql', 'both'} and url is None:
        sys.exit('Say where PostgreSQL is: TEST_DATABASE_URL=postgres://user@host:5432/database make bench')
    found: list[Database] = [Sqlite()] if wanted != 'postgresql' else []
    return found + ([Postgresql(url)] if url and wanted != 'sqlite' else [])


def measure(server: Server, database: Database, sizes: Sizes, only: str, verdicts: list[tuple[bool, str]]) -> None:
    """Measure a site of full size and print a line for each page and write."""
    at_rest = server.memory()
    bench = Bench(server, 'all')
    print(f'\n{database.name}: {sizes}\n')
    print(HEAD)
    for one in bench.measures:
        if re.search(only, one['name']):
            result = bench.measure(one)
            print(row(result), flush=True)
            verdicts += verdicts_of(result)
    after = server.memory()
    print(f'\nMemory of two workers and their master (PSS): {at_rest:.0f} MB at rest, {after:.0f} MB after all this')
    verdicts.append((at_rest <= AT_REST, f'memory at rest {at_rest:.0f} MB (at most {AT_REST})'))


HEAD = (
    f'{"":<28}{"median":>9}{"p95":>9}{"per s":>8}{"CPU":>8}{"queries":>8}{"ratio":>7}{"at best":>9}{"of CPU":>8}  '
    f'{"yardstick":<20}{"lock":>7}{"page":>8}{"all":>8}{"requests":>9}'
)


def row(result: Result) -> str:
    """One line of the table: times in ms, weights in kB (the page as sent; all with the page packed)."""
    line = f'{result.name:<28}{result.median:9.1f}{result.p95:9.1f}{result.per_second:8.1f}{result.cpu:8.1f}'
    line += f'{result.queries:8}{result.ratio:7.2f}{result.at_best:9.2f}{result.cpu_ratio:8.1f}  '
    line += f'{f"{result.yardstick} {result.yardstick_median:.1f}":<20}{result.lock or "":>7.5}'
    if weight := result.weight:
        line += f'{weight.page / 1000:8.1f}{weight.all / 1000:8.1f}{weight.requests:9}'
    return line


def verdicts_of(result: Result) -> list[tuple[bool, str]]:
    """Each target this concerns: whether it is met, and in words."""
    found = []
    if result.target and result.is_met is not None:
        what, limit = result.target
        words = {
            'throughput': f'{result.ratio:.2f} of the throughput of {result.yardstick} (at least {limit})',
            'time': f'{result.ratio:.2f} × {result.yardstick} (at most {limit})',
            'seconds': f'{result.median / 1000:.2f} s, lock held {result.lock / 1000:.2f} s '
            f'(at most {limit} s, and half of that)',
        }[what]
        found.append((result.is_met, f'{result.name}: {words}'))
    if weight := result.weight:
        words = f'{result.name}: {weight.all / 1000:.0f} kB in {weight.requests} requests'
        is_light = weight.all <= KILOBYTES * 1024 and weight.requests <= REQUESTS
        found.append((is_light, f'{words} (at most {KILOBYTES} kB and {REQUESTS})'))
    return found


def compare_sizes(database: Database, verdicts: list[tuple[bool, str]]) -> None:
    """The team page of the same team on a site with few enrollments and on one with many, in turns."""
    with contextlib.ExitStack() as stack:
        benches = {}
        for enrollments in (FEW, MANY):
            sizes = Sizes(50, 2, enrollments + 150, enrollments, 40, 4)
            url = stack.enter_context(database.copy(make(database, sizes)))
            benches[enrollments] = Bench(stack.enter_context(served(url)), 'few')
        print()
        found: dict[int, list[Result]] = {FEW: [], MANY: []}
        for _ in range(TURNS):
            for enrollments, bench in benches.items():
                found[enrollments].append(bench.measure(bench.measures[0]))
    for enrollments, results in found.items():
        print(row(results[-1]), f'  {enrollments} enrollments', flush=True)
    ratios = {enrollments: median(result.ratio for result in results) for enrollments, results in found.items()}
    change = ratios[MANY] / ratios[FEW] - 1
    words = f'team of the same size at {FEW} and {MANY} enrollments: {change:+.0%} (at most ±{SAME:.0%})'
    verdicts.append((abs(change) <= SAME, words))


def processor() -> str:
    """The name of the processor, as far as the machine tells it."""
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.machine()


if __name__ == '__main__':
    main()
