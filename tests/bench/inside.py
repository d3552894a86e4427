"""The part of the measuring that needs Django, on the database that DATABASE_URL names; a process of its own.

`python -m tests.bench.inside fill 2000 5 500 300 40 200` brings the database to the present and fills it;
`python -m tests.bench.inside targets all` prints as JSON what is to be measured on it.
"""

import json
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from playbooks.integrity import check_all  # noqa: E402

from .filling import Sizes, fill  # noqa: E402
from .targets import everything  # noqa: E402


def say(line: str) -> None:
    """Report over the line before, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f'\r  {line:<60}')
        sys.stderr.flush()


def main(command: str, *arguments: str) -> None:
    """Fill, or print the targets."""
    if command == 'targets':
        json.dump(everything(arguments[0]), sys.stdout)
        return
    call_command('migrate', verbosity=0)
    call_command('createcachetable', verbosity=0)
    fill(Sizes(*map(int, arguments)), say)
    say('checking …')
    if findings := check_all():
        sys.exit('\n'.join(['The filled site does not add up:', *map(str, findings[:10])]))
    say('')


if __name__ == '__main__':
    main(*sys.argv[1:])
