"""Runs the suite's races again and again: twenty who publish, twenty who tick the same item, and their like.

    python -m tests.durability.racing [--rounds 50]        with DATABASE_URL for another database than SQLite

The suite runs each once; a race that is lost one time in a hundred wants more.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RACES = ['tests/test_races.py', 'tests/runs/test_race.py']


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=50)
    rounds = parser.parse_args().rounds
    for number in range(1, rounds + 1):
        done = subprocess.run(
            [sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', *RACES],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(f'\nRound {number} was lost:\n{done.stdout}{done.stderr}')
            return 1
        print(f'\rround {number} of {rounds}: all races won', end='', flush=True)
    print()
    return 0


if __name__ == '__main__':
    sys.exit(main())
