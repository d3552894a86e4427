#!/usr/bin/env python3
"""Makes .venv and keeps it as requirements.txt says. Plain Python, so that it runs on a machine that has nothing else.

`bin/environment.py` installs what the site needs to run, `bin/environment.py dev` what tests and checks need as well.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / '.venv'
PYTHON = VENV / 'bin' / 'python'
OLDEST, NEWEST = (3, 11), (3, 13)


def stop(line):
    """End with one clear line."""
    sys.exit(line)


def check_interpreter():
    """Go on with a Python that fits, another one of this machine if need be; else say which ones do."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which('python3.{}'.format(minor))
        if other and subprocess.call([other, '-c', ''], stderr=subprocess.DEVNULL) == 0:
            os.execv(other, [other] + sys.argv)
    stop(
        'Rampbook needs Python 3.11, 3.12 or 3.13, and this is {}.{}. '
        'Install one of them and say which: make run PYTHON=python3.11'.format(*sys.version_info[:2])
    )


def check_venv():
    """Say what is missing where Python came without the parts that make an environment."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            'Python came without venv. Install it: apt-get install python3-venv (or python{}.{}-venv)'.format(
                *sys.version_info[:2]
            )
        )


def ensure(files):
    """Bring .venv to what the requirement files lock; at once where it is there already."""
    check_interpreter()
    stamp = VENV / ('rampbook-' + '-'.join(Path(name).stem for name in files))
    wanted = hashlib.sha256(b''.join((ROOT / name).read_bytes() for name in files)).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    check_venv()
    if not works():
        print('Making the environment in .venv …', flush=True)
        try:
            shutil.rmtree(VENV, ignore_errors=True)
            subprocess.run([sys.executable, '-m', 'venv', str(VENV)], check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            stop('Cannot make {}: {}'.format(VENV, error))
    print('Installing {} …'.format(' and '.join(files)), flush=True)
    command = [str(PYTHON), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes']
    for name in files:
        command += ['-r', str(ROOT / name)]
    if subprocess.run(command).returncode:
        stop('Installing failed; the lines above say why. Nothing else was changed.')
    stamp.write_text(wanted)


def works():
    """Return whether .venv holds a Python that fits, with pip."""
    if not PYTHON.exists():
        return False
    probe = 'import pip, sys; print(sys.version_info[0], sys.version_info[1])'
    found = subprocess.run([str(PYTHON), '-c', probe], capture_output=True, text=True)
    return found.returncode == 0 and OLDEST <= tuple(map(int, found.stdout.split())) <= NEWEST


RUN = ['requirements.txt']
DEVELOP = ['requirements.txt', 'requirements-dev.txt']

if __name__ == '__main__':
    ensure(DEVELOP if sys.argv[1:] == ['dev'] else RUN)
