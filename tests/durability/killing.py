"""Kills the server again and again under people who write, and counts what was confirmed and is gone.

    python -m tests.durability.killing [--rounds 20] [--writers 4]

Confirmed means: the client got the redirect that follows a successful write. DESIGN.md, Invariants, 2.
"""

import argparse
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from .client import Client
from .site import ITEMS, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
NO_ANSWER = (OSError, http.client.HTTPException, LookupError)


@dataclass
class Confirmed:
    """What the clients were told has been written."""

    drafts: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        return len(self.drafts), len(self.versions), len(self.ticks)


class Site:
    """A gunicorn of its own on a database of its own, which can be killed and started again."""

    def __init__(self, folder: str, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith('RAMPBOOK')},
            'DATABASE_URL': database_url,
            'DJANGO_SETTINGS_MODULE': 'tests.durability.settings',
            'SECRET_KEY': 'only-for-this-test',
            'PORT': str(self.port),
            'MEDIA_STORAGE_URL': f'file://{folder}/media',
        }
        self.server: subprocess.Popen | None = None

    def run(self, *command: str, given: str = '') -> str:
        """The output of a command of ours on the site's database."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, input=given, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def start(self) -> None:
        """Start two web processes in a group of their own and wait until they answer."""
        command = [sys.executable, '-m', 'gunicorn', 'config.wsgi:application', '--bind', f'127.0.0.1:{self.port}']
        command += ['--workers', '2', '--worker-class', 'gthread', '--threads', '4', '--no-control-socket']
        self.server = subprocess.Popen(
            [*command, '--log-level', 'critical'], cwd=ROOT, env=self.environment, start_new_session=True
        )
        for _ in range(600):
            try:
                if Client(self.port).request('GET', '/healthz')[0] == 200:
                    return
            except NO_ANSWER:
                pass
            if self.server.poll() is not None:
                break
            threading.Event().wait(0.05)
        raise RuntimeError('The server does not answer.')

    def kill(self) -> None:
        """SIGKILL to the whole process group: nobody gets to clean up."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None


def write_pages(port: int, email: str, page: int, confirmed: Confirmed, stop: threading.Event) -> None:
    """Add line after line to one page's draft and publish every third, until the server is gone."""
    path = f'/playbooks/page-{page}'
    try:
        client = Client(port)
        client.sign_in(email, PASSWORD)
        number = 0
        while not stop.is_set():
            number += 1
            marker = f'page-{page}-{time.time_ns()}'
            status, _location = client.submit(
                f'{path}/edit/', '/edit/', 'save', text=lambda text, m=marker: f'{text}\n{m}\n'
            )
            if status == 302:
                confirmed.drafts.append(marker)
            if number % 3 == 0:
                client.submit(f'{path}/edit/', '/edit/', 'publish')
                status, _location = client.submit(f'{path}/publish/', '/publish/', weight='clarification', note=marker)
                if status == 302:
                    confirmed.versions.append(marker)
    except NO_ANSWER:
        return


def tick_items(port: int, email: str, track: str, confirmed: Confirmed, stop: threading.Event) -> None:
    """Tick one item after another, until the server is gone."""
    try:
        client = Client(port)
        client.sign_in(email, PASSWORD)
        while not stop.is_set() and len(confirmed.ticks) < ITEMS:
            page = client.get(track)
            left = re.search(r'action="(/[^"]*/items/(task-\d+)/complete/)"', page)
            if left is None:
                raise AssertionError(f'{track} offers nothing to tick.')
            status, _location = client.submit(track, left[1])
            if status == 302:
                confirmed.ticks.append(left[2])
    except NO_ANSWER:
        return


def kill_under_load(
    *, rounds: int, writers: int, database_url: str = '', seed: int | None = None
) -> tuple[Confirmed, list[str]]:
    """Run the whole test. Gives what was confirmed, and what of it is missing afterwards (or else is wrong)."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix='rampbook-kill-') as folder:
        site = Site(folder, database_url or f'sqlite:///{folder}/site.sqlite3')
        site.run('manage.py', 'migrate', '-v0')
        people = json.loads(site.run('-m', 'tests.durability.site', 'fill', str(writers)))
        confirmed = Confirmed()
        try:
            for _ in range(rounds):
                one_round(site, people, confirmed, chance.uniform(0.0, 1.5))
        finally:
            site.kill()
        gone = json.loads(site.run('-m', 'tests.durability.site', 'missing', given=json.dumps(vars(confirmed))))
    return confirmed, gone


def one_round(site: Site, people: dict, confirmed: Confirmed, seconds: float) -> None:
    """Start, let everybody write, kill at some moment."""
    site.start()
    stop = threading.Event()
    everybody = [
        threading.Thread(target=write_pages, args=(site.port, email, page, confirmed, stop))
        for page, email in enumerate(people['editors'])
    ]
    everybody.append(
        threading.Thread(target=tick_items, args=(site.port, people['person'], people['track'], confirmed, stop))
    )
    for writer in everybody:
        writer.start()
    before = confirmed.counts
    deadline = time.monotonic() + 60
    while (
        not all(now > then for now, then in zip(confirmed.counts, before, strict=True)) and time.monotonic() < deadline
    ):
        threading.Event().wait(0.02)  # a round counts once each kind of write was confirmed; then it ends at any moment
    threading.Event().wait(seconds)
    site.kill()
    stop.set()
    for writer in everybody:
        writer.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument('--writers', type=int, default=4)
    parser.add_argument('--seed', type=int, default=None)
    chosen = parser.parse_args()
    confirmed, gone = kill_under_load(
        rounds=chosen.rounds, writers=chosen.writers, seed=chosen.seed, database_url=os.environ.get('DATABASE_URL', '')
    )
    counts = f'{len(confirmed.drafts)} drafts, {len(confirmed.versions)} versions, {len(confirmed.ticks)} ticks'
    print(f'{chosen.rounds} kills; confirmed and looked for: {counts}; missing or wrong: {len(gone)}')
    for line in gone:
        print(f'  {line}')
    return bool(gone)


if __name__ == '__main__':
    sys.exit(main())
