#!/usr/bin/env python3
"""`make test`: every check, then every test on SQLite and on PostgreSQL, then the browser.

`make test ARGS="ruff sqlite"` runs only what is named. What this machine cannot run is left out with one line that
names the command which brings it; with RAMPBOOK_NO_SKIPS=1 that is a failure. TEST_DATABASE_URL names a PostgreSQL
server to use; without it one is started in a temporary folder, where its programs are found.
"""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment

ROOT, BIN = environment.ROOT, environment.VENV / 'bin'
NO_SKIPS = os.environ.get('RAMPBOOK_NO_SKIPS') == '1'
CHROMIUM_NAMES = ('chromium', 'chromium-browser', 'google-chrome')
PRODUCTION = {
    'BASE_URL': 'https://playbooks.example.com',
    'SECRET_KEY': 'a-key-that-is-only-here-to-be-long-enough-for-the-check-0123456789',
}
WORKERS = str(max(1, min(2, os.cpu_count() or 1)))


def main() -> int:
    """Run the steps, say how each went, and end with 1 if one failed."""
    environment.ensure(environment.DEVELOP)
    os.chdir(ROOT)
    os.environ.setdefault('SECRET_KEY', 'only-for-tests')
    wanted = sys.argv[1:]
    unknown = set(wanted) - {name for name, _ in STEPS}
    if unknown:
        sys.exit(f'There is no step {", ".join(sorted(unknown))}. There are {", ".join(name for name, _ in STEPS)}.')
    results = []
    for name, step in STEPS:
        if wanted and name not in wanted:
            continue
        print(f'\n=== {name}', flush=True)
        begin = time.monotonic()
        try:
            outcome = step()
        except KeyboardInterrupt:
            return 130
        results.append((name, outcome, time.monotonic() - begin))
    print('\n=== summary')
    for name, outcome, seconds in results:
        print(f'{outcome:<8}{name:<12}{seconds:6.1f} s')
    bad = {'FAILED', 'skipped'} if NO_SKIPS else {'FAILED'}
    return 1 if any(outcome in bad for _, outcome, _ in results) else 0


def run(*command: str, **variables: str) -> str:
    """Run one command with its output shown."""
    done = subprocess.run(command, env={**os.environ, **variables})
    return 'FAILED' if done.returncode else 'passed'


def skip(line: str) -> str:
    """Leave a step out, saying what would bring it."""
    print(line)
    return 'skipped'


def tool(name: str, *arguments: str, **variables: str) -> str:
    """Run a program of the environment."""
    return run(str(BIN / name), *arguments, **variables)


def manage(*arguments: str, **variables: str) -> str:
    """Run a management command."""
    return tool('python', 'manage.py', *arguments, **variables)


def templates() -> str:
    """Check the templates' format."""
    files = sorted(str(path) for path in Path('templates').rglob('*.html'))
    return tool('djade', '--check', '--target-version', '5.2', *files)


def both(*outcomes: str) -> str:
    """Return the worse of the outcomes."""
    return 'FAILED' if 'FAILED' in outcomes else 'passed'


def pytest(*arguments: str, **variables: str) -> str:
    """Run tests."""
    return tool('python', '-m', 'pytest', '-q', *arguments, **variables)


def sqlite() -> str:
    """Run everything but the browser on SQLite."""
    return pytest('-m', 'not browser', '-n', WORKERS, DATABASE_URL='')


def postgresql() -> str:
    """Run what touches a database on PostgreSQL."""
    with contextlib.ExitStack() as stack:
        url = os.environ.get('TEST_DATABASE_URL')
        if not url:
            programs = postgresql_programs()
            if programs is None:
                return skip('PostgreSQL is missing, so its tests are left out: apt-get install postgresql')
            url = stack.enter_context(postgresql_server(programs))
        return pytest('-m', 'not browser', '-n', WORKERS, DATABASE_URL=url, RAMPBOOK_ONLY_DATABASE='1')


def browser() -> str:
    """Run the browser tests."""
    if not any(map(shutil.which, CHROMIUM_NAMES)):
        return skip('Chromium is missing, so the browser tests are left out: apt-get install chromium')
    return pytest('-m', 'browser', 'tests/browser', '-n', WORKERS, DATABASE_URL='')


def postgresql_programs() -> 'Path | None':
    """Return the folder of PostgreSQL's server programs, the newest; Debian keeps them out of PATH."""
    found = shutil.which('initdb')
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(
        map(Path, glob.glob('/usr/lib/postgresql/*/bin')), key=lambda path: path.parent.name, reverse=True
    )
    return next((folder for folder in folders if (folder / 'initdb').exists() and (folder / 'postgres').exists()), None)


@contextlib.contextmanager
def postgresql_server(programs: Path):
    """Run a PostgreSQL server of our own until the block ends; give its DATABASE_URL. It listens on no port."""
    with tempfile.TemporaryDirectory(prefix='rampbook-pg-') as folder:
        owner = unprivileged_user()
        if owner:
            shutil.chown(folder, owner.pw_uid, owner.pw_gid)
        identity = {'user': owner.pw_uid, 'group': owner.pw_gid, 'extra_groups': []} if owner else {}
        options = {**identity, 'cwd': folder, 'stdout': subprocess.DEVNULL}
        data = f'{folder}/data'
        subprocess.run(
            [programs / 'initdb', '-D', data, '-U', 'rampbook', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
            check=True,
            **options,
        )
        settings = {
            'listen_addresses': '',
            'unix_socket_directories': folder,
            'fsync': 'off',
            'synchronous_commit': 'off',
            'full_page_writes': 'off',
            'max_connections': '200',
            'log_min_messages': 'fatal',
            'log_min_error_statement': 'panic',
        }
        chosen = [word for name, value in settings.items() for word in ('-c', f'{name}={value}')]
        server = subprocess.Popen([programs / 'postgres', '-D', data, *chosen], stderr=subprocess.DEVNULL, **options)
        try:
            for _ in range(150):
                if os.path.exists(f'{folder}/.s.PGSQL.5432') and is_ready(programs, folder):
                    break
                if server.poll() is not None:
                    sys.exit('PostgreSQL did not start.')
                time.sleep(0.2)
            yield f'postgres://rampbook@/rampbook?host={folder}'
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait()


def is_ready(programs: Path, folder: str) -> bool:
    """Return whether the server takes connections."""
    command = [programs / 'psql', '-h', folder, '-U', 'rampbook', '-d', 'postgres', '-qc', 'CREATE DATABASE rampbook']
    return subprocess.run(command, capture_output=True).returncode == 0


def unprivileged_user():
    """Return whom to run PostgreSQL as, which refuses to run as root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam('postgres')
    return pwd.getpwnam('nobody')


STEPS = [
    ('vendored', lambda: tool('python', 'bin/vendor.py')),
    ('ruff', lambda: both(tool('ruff', 'check', '.'), tool('ruff', 'format', '--check', '.'))),
    ('templates', templates),
    ('types', lambda: tool('mypy', 'accounts', 'playbooks', 'onboarding', 'config')),
    ('migrations', lambda: manage('makemigrations', '--check', '--dry-run', DATABASE_URL='')),
    ('deploy', lambda: manage('check', '--deploy', '--fail-level', 'WARNING', **PRODUCTION)),
    ('sqlite', sqlite),
    ('postgresql', postgresql),
    ('browser', browser),
]

if __name__ == '__main__':
    sys.exit(main())
