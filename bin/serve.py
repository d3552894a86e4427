"""Runs the web server and the worker together, until one of them or Ctrl-C ends both. Started by bin/run.py."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 25  # seconds for requests under way to finish
DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def main() -> int:
    """Check, prepare, start, watch."""
    os.chdir(ROOT)
    os.environ.setdefault('WEB_CONCURRENCY', '2')
    port, host = chosen_port(), os.environ.get('BIND') or '127.0.0.1'
    check_free(host, port)
    if subprocess.run([sys.executable, 'bin/prepare.py']).returncode:
        return 1

    for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT as well: a shell's background job starts with it ignored
        signal.signal(ending, stop_asked)
    children = {'web server': start(web_server(host, port)), 'worker': start([sys.executable, 'manage.py', 'worker'])}
    try:
        if wait_until_it_answers(host, port, children['web server']):
            print(f'\nRampbook runs at {address(port)} (Ctrl-C ends it)', flush=True)
        return watch(children)
    except KeyboardInterrupt:
        print('\nStopping …', flush=True)
        return 0
    finally:
        end(children.values())


def chosen_port() -> int:
    """Return PORT, 8000 if it is not set."""
    word = os.environ.get('PORT') or '8000'
    if not word.isdigit() or not 1 <= int(word) <= 65535:
        sys.exit('PORT must be a number from 1 to 65535. Write for example PORT=8001 make run')
    return int(word)


def check_free(host: str, port: int) -> None:
    """Stop with one line where the port cannot be had."""
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f'Port {port} on {host} cannot be used: {error.strerror}. Choose another: PORT={port + 1} make run'
            )


def web_server(host: str, port: int) -> list[str]:
    """Return gunicorn's command: WEB_CONCURRENCY processes that share their memory, with threads."""
    bind = f'[{host}]:{port}' if ':' in host else f'{host}:{port}'
    command = [sys.executable, '-m', 'gunicorn', 'config.wsgi:application', '--bind', bind, '--preload']
    command += ['--worker-class', 'gthread', '--threads', os.environ.get('WEB_THREADS') or '4', '--timeout', '60']
    command += ['--graceful-timeout', '20', '--no-control-socket', '--log-level', 'warning']
    return command + (['--worker-tmp-dir', '/dev/shm'] if os.access('/dev/shm', os.W_OK) else [])  # noqa: S108


def start(command: list[str]) -> subprocess.Popen:
    """Start a child in a group of its own, so that Ctrl-C reaches it through us, and it never outlives us."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: PLW1509


def die_with_parent() -> None:
    """Ask Linux to end this child should we be killed; elsewhere there is no such thing."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


def stop_asked(number: int, frame: object) -> None:
    """Treat a polite end from outside as Ctrl-C."""
    raise KeyboardInterrupt


def wait_until_it_answers(host: str, port: int, server: subprocess.Popen) -> bool:
    """Wait for the health page, at most a minute."""
    local = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host)  # noqa: S104
    url = f'http://[{local}]:{port}/healthz' if ':' in local else f'http://{local}:{port}/healthz'
    for _ in range(300):
        if server.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            return True  # it answers; a foreign host name is refused, and that is right
        except OSError:
            time.sleep(0.2)
    return False


def address(port: int) -> str:
    """Return where people reach the site."""
    return os.environ.get('BASE_URL') or f'http://localhost:{port}/'


def watch(children: dict[str, subprocess.Popen]) -> int:
    """Wait until one of them ends."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                print(f'The {name} ended by itself (exit code {child.returncode}), so everything stops.', flush=True)
                return 1
        time.sleep(0.3)


def end(children) -> None:
    """Ask all to finish what they do; insist after a while."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    last = time.monotonic() + PATIENCE
    for child in children:
        try:
            child.wait(max(0.1, last - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == '__main__':
    sys.exit(main())
