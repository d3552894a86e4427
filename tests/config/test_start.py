"""`make run`: one clear line for what is in the way, and a site that answers for what is not."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

LEFT_OUT = {'DJANGO_SETTINGS_MODULE', 'DATABASE_URL', 'BASE_URL', 'SECRET_KEY', 'DATA_DIR', 'DEMO_PASSWORD'}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class StartTests(SimpleTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='rampbook-start-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def environment(self, **variables):
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        return kept | {'DATA_DIR': str(self.folder), 'PYTHONUNBUFFERED': '1'} | variables

    def line(self, *command, **variables):
        """Return the one line a start ends with."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=self.environment(**variables),
            check=False,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def test_a_taken_port_is_told_with_another_one(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]

            line = self.line('bin/serve.py', PORT=str(port))

        advice = f'Choose another: PORT={port + 1} make run'
        self.assertEqual(line, f'Port {port} on 127.0.0.1 cannot be used: Address already in use. {advice}\n')

    def test_an_unreachable_database_is_told(self):
        line = self.line('bin/prepare.py', DATABASE_URL=f'postgres://ada:hunter2@127.0.0.1:{free_port()}/x')

        self.assertTrue(line.startswith('The database that DATABASE_URL names cannot be reached: '), line)
        self.assertNotIn('hunter2', line)

    def test_a_folder_one_cannot_write_into_is_told(self):
        blocked = self.folder / 'file'
        blocked.touch()

        self.assertIn(
            f'Cannot write into {blocked}', self.line('bin/prepare.py', DATA_DIR=str(blocked), SECRET_KEY='x')
        )
        self.assertIn(f'Cannot write {blocked}/secret_key', self.line('bin/prepare.py', DATA_DIR=str(blocked)))

    def test_an_interpreter_that_is_too_old_and_one_without_venv_are_told(self):
        old = 'sys.version_info = (3, 9, 2); shutil.which = lambda name: None; environment.check_interpreter()'
        bare = 'sys.modules["ensurepip"] = None; environment.check_venv()'
        head = 'import shutil, sys; sys.path.insert(0, "bin"); import environment; '

        self.assertIn('needs Python 3.11, 3.12 or 3.13, and this is 3.9.', self.line('-c', head + old))
        self.assertIn('apt-get install python3-venv', self.line('-c', head + bare))

    def start(self, port):
        server = subprocess.Popen(
            [sys.executable, 'bin/serve.py'],
            cwd=settings.BASE_DIR,
            env=self.environment(PORT=str(port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.kill)
        said = []
        for line in server.stdout:
            said.append(line)
            if line.startswith('Rampbook runs at'):
                break
        return server, ''.join(said)

    def stop(self, server):
        server.send_signal(signal.SIGINT)
        return server.wait(40)

    def test_the_first_start_fills_an_empty_site_and_the_second_keeps_it(self):
        port = free_port()

        server, said = self.start(port)
        with urllib.request.urlopen(f'http://localhost:{port}/accounts/login/') as page:
            self.assertIn(b'<h1>Sign in</h1>', page.read())
        self.assertEqual(self.stop(server), 0)

        self.assertIn('First start', said)
        self.assertRegex(said, r'pm@example\.com .*\n(.*\n)*with the password rampbook-demo')
        self.assertIn(f'Rampbook runs at http://localhost:{port}/', said)
        with sqlite3.connect(self.folder / 'rampbook.sqlite3') as database:
            database.execute("UPDATE accounts_user SET name = 'Kept' WHERE email = 'pm@example.com'")

        begin = time.monotonic()
        server, said = self.start(port)
        took = time.monotonic() - begin
        self.assertEqual(self.stop(server), 0)

        self.assertNotIn('First start', said)
        self.assertIn('pm@example.com', said)
        self.assertLess(took, 20)
        with sqlite3.connect(self.folder / 'rampbook.sqlite3') as database:
            names = database.execute("SELECT name FROM accounts_user WHERE email = 'pm@example.com'").fetchall()
        self.assertEqual(names, [('Kept',)])
        database.close()
