"""Sites to measure: filled once and kept in var/bench, measured on a copy, served by gunicorn as `make run` does it."""

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .client import Connection, ready

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'var' / 'bench'
MAKES_THE_SITE = ('tests/bench/filling.py', 'tests/bench/writing.py', 'playbooks/text/*.py', '*/migrations/*.py')
_copies = itertools.count(1)
OURS = 'rampbook_bench_'  # how the databases on a PostgreSQL server begin that are ours to drop


def name_of(sizes: Any) -> str:
    """What a filled site is kept under: its sizes, the week (dates count from today), and the code that made it."""
    year, week, _day = dt.datetime.now(tz=dt.UTC).isocalendar()
    code = hashlib.sha256()
    for pattern in MAKES_THE_SITE:
        for file in sorted(ROOT.glob(pattern)):
            code.update(file.read_bytes())
    return f'{sizes_in_name(sizes)}_{year}w{week}_{code.hexdigest()[:8]}'


def sizes_in_name(sizes: Any) -> str:
    """How the names of all sites of these sizes begin, also of those that are out of date."""
    return '_'.join(map(str, astuple(sizes)))


class Sqlite:
    """Filled sites as SQLite files."""

    name = 'SQLite'

    def kept(self, name: str) -> str:
        return f'sqlite:///{FOLDER / name}.sqlite3'

    def has(self, name: str) -> bool:
        return (FOLDER / f'{name}.sqlite3').exists()

    def begin(self, name: str) -> str:
        return f'sqlite:///{FOLDER / name}.part'

    def keep(self, name: str) -> None:
        # Fold the log into the file, so that the file is all of it.
        script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"
        subprocess.run([sys.executable, '-c', script, str(FOLDER / f'{name}.part')], check=True)
        (FOLDER / f'{name}.part').rename(FOLDER / f'{name}.sqlite3')

    def forget(self, beginning: str) -> None:
        """Remove sites that are out of date, half-made ones, and copies that a killed run has left."""
        left = [file for file in FOLDER.glob('run-*') if not Path(f'/proc/{file.name[4:].partition(".")[0]}').exists()]
        for file in [*FOLDER.glob(f'{beginning}_*'), *left]:
            file.unlink()

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The address of a copy that may be written to, gone afterwards."""
        work = FOLDER / f'run-{os.getpid()}.{next(_copies)}.sqlite3'
        shutil.copyfile(FOLDER / f'{name}.sqlite3', work)
        try:
            yield f'sqlite:///{work}'
        finally:
            for file in FOLDER.glob(f'{work.name}*'):
                file.unlink()


class Postgresql:
    """Filled sites as databases of a PostgreSQL server, beside the one that its address names."""

    name = 'PostgreSQL'

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f'/{database}'))

    def ask(self, statement: str) -> list[tuple]:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def kept(self, name: str) -> str:
        return self.address(OURS + name)

    def has(self, name: str) -> bool:
        return bool(self.ask(f"SELECT 1 FROM pg_database WHERE datname = '{OURS}{name}'"))

    def begin(self, name: str) -> str:
        self.ask(f'CREATE DATABASE {OURS}part')
        return self.address(f'{OURS}part')

    def keep(self, name: str) -> None:
        self.ask(f'ALTER DATABASE {OURS}part RENAME TO "{OURS}{name}"')

    def forget(self, beginning: str) -> None:
        """Remove sites that are out of date, and half-made ones."""
        self.ask(f'DROP DATABASE IF EXISTS {OURS}part')
        for (found,) in self.ask('SELECT datname FROM pg_database'):
            if found.startswith(f'{OURS}{beginning}_'):
                self.ask(f'DROP DATABASE "{found}"')

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The address of a copy that may be written to, gone afterwards."""
        work = f'{OURS}run_{os.getpid()}_{next(_copies)}'
        self.ask(f'CREATE DATABASE {work} TEMPLATE "{OURS}{name}"')
        try:
            yield self.address(work)
        finally:
            self.ask(f'DROP DATABASE IF EXISTS {work} WITH (FORCE)')


Database = Sqlite | Postgresql


def environment(url: str, port: int) -> dict[str, str]:
    """What the site is told: production settings with the yardstick beside them; nothing of ours gets in its way."""
    kept = {name: os.environ[name] for name in ('PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ') if name in os.environ}
    return kept | {
        'DJANGO_SETTINGS_MODULE': 'tests.bench.settings',
        'DATABASE_URL': url,
        'DATA_DIR': str(FOLDER / 'site'),
        'PORT': str(port),
        'WEB_CONCURRENCY': '2',
        'PYTHONPATH': str(ROOT),
    }


def inside(url: str, *arguments: str) -> str:
    """Run the part that needs Django; return what it prints."""
    command = [sys.executable, '-m', 'tests.bench.inside', *arguments]
    done = subprocess.run(command, check=False, env=environment(url, 8000), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def make(database: Database, sizes: Any) -> str:
    """Fill a site of these sizes, or take the one that is there; the name it is kept under."""
    (FOLDER / 'site').mkdir(parents=True, exist_ok=True)
    name = name_of(sizes)
    if not database.has(name):
        print(f'Filling a site on {database.name}: {sizes} …', flush=True)
        begin = time.monotonic()
        database.forget(sizes_in_name(sizes))
        inside(database.begin(name), 'fill', *map(str, astuple(sizes)))
        database.keep(name)
        print(f'  took {time.monotonic() - begin:.0f} s', flush=True)
    return name


@dataclass
class Server:
    """A running site."""

    port: int
    process: subprocess.Popen
    url: str

    def processes(self) -> list[int]:
        """The ids of gunicorn's master and workers."""
        children = Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children').read_text()
        return [self.process.pid, *map(int, children.split())]

    def memory(self) -> float:
        """Megabytes of memory of all of them, what they share counted once (PSS)."""
        total = 0
        for pid in self.processes():
            for line in Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
                if line.startswith('Pss:'):
                    total += int(line.split()[1])
        return total / 1024

    def targets(self, which: str) -> dict[str, Any]:
        """What is to be measured on this site."""
        found: dict[str, Any] = json.loads(inside(self.url, 'targets', which))
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(url: str) -> Iterator[Server]:
    """Serve a database with two processes of gunicorn until the block ends."""
    sys.path.insert(0, str(ROOT / 'bin'))
    import serve

    port = free_port()
    variables = environment(url, port)
    collect = [sys.executable, 'manage.py', 'collectstatic', '--no-input', '--verbosity', '0']
    subprocess.run(collect, env=variables, cwd=ROOT, check=True)
    process = subprocess.Popen(serve.web_server('127.0.0.1', port), env=variables, cwd=ROOT, start_new_session=True)
    try:
        wait_until_it_answers(port, process)
        yield Server(port, process, url)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def wait_until_it_answers(port: int, process: subprocess.Popen) -> None:
    """Ask for the health page until it comes, at most half a minute; then a few times more, so that both are awake."""
    request = ready({'path': '/accounts/login/'}, port=port)
    for _ in range(150):
        if process.poll() is not None:
            sys.exit('The web server did not start; the lines above say why.')
        try:
            if Connection(port).ask(request).status == 200:
                break
        except OSError:
            time.sleep(0.2)
    for _ in range(20):
        Connection(port).ask(request)
