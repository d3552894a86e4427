"""Brings a site's database and static files to the present; the first time with something to look at.

Run by bin/serve.py before the server starts. Says one clear line where something is in the way.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')

# Who one may sign in as while the site has its sample people. Source: DESIGN.md, Names that others rely on.
SIGN_INS = [
    ('pm@example.com', 'a new product manager, some weeks in'),
    ('buddy@example.com', 'the buddy'),
    ('manager@example.com', 'the manager'),
    ('ops@example.com', 'product operations, an editor'),
    ('admin@example.com', 'an administrator'),
]


def main() -> None:
    """Prepare the site."""
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, connection

    try:
        for folder in {settings.VAR_DIR, settings.MEDIA_ROOT, *database_folders(settings.DATABASES['default'])}:
            check_writable(folder)
        django.setup()
        try:
            connection.ensure_connection()
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            sys.exit(f'The database that DATABASE_URL names cannot be reached: {reason}')
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    bring_to_the_present(settings)
    first_content(behind_tls=settings.BEHIND_TLS)
    say_who_may_sign_in()


def database_folders(database: dict) -> list[Path]:
    """Return the folder of a SQLite file; PostgreSQL keeps its own."""
    return [Path(database['NAME']).parent] if database['ENGINE'].endswith('sqlite3') else []


def check_writable(folder: Path) -> None:
    """Stop with one line where nothing can be written into a folder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f'.probe-{os.getpid()}'
        probe.touch()
        probe.unlink()
    except OSError as error:
        sys.exit(f'Cannot write into {folder}: {error.strerror}. Make it writable for the user who runs Rampbook.')


def bring_to_the_present(settings) -> None:
    """Migrate, and collect the static files where one of them has changed."""
    from django.core.management import call_command

    call_command('migrate', interactive=False, verbosity=0)
    call_command('createcachetable', verbosity=0)
    stamp = settings.STATIC_ROOT / '.collected'
    wanted = fingerprint(ROOT / 'static', ROOT / 'requirements.txt')
    if not stamp.exists() or stamp.read_text() != wanted:
        print('Collecting styles, scripts and pictures …', flush=True)
        call_command('collectstatic', interactive=False, clear=settings.STATIC_ROOT.exists(), verbosity=0)
        stamp.write_text(wanted)


def fingerprint(*places: Path) -> str:
    """Return a hash over names and contents."""
    total = hashlib.sha256()
    for place in places:
        for file in sorted(place.rglob('*')) if place.is_dir() else [place]:
            if file.is_file():
                total.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return total.hexdigest()


def first_content(*, behind_tls: bool) -> None:
    """Fill an empty site. Sample people have a known password, so a site that is reached by TLS starts without them."""
    from django.core.management import call_command
    from django.db import transaction

    from accounts.models import User
    from playbooks.models import Playbook

    if User.objects.exists() or Playbook.objects.exists():
        return
    print('First start: writing the starter playbooks and the sample people …', flush=True)
    with transaction.atomic():  # all of it or nothing, so that the next start tries again
        call_command('starter_content', demo_people=not behind_tls)


def say_who_may_sign_in() -> None:
    """Print the sample people's addresses for as long as they are there."""
    from accounts.models import Organization, User

    if not Organization.objects.filter(is_sample=True).exists():
        return
    here = set(User.objects.filter(is_sample=True).values_list('email', flat=True))
    print('\nSign in as')
    for address, who in SIGN_INS:
        if address in here:
            print(f'  {address:<22}{who}')
    print(f'with the password {os.environ.get("DEMO_PASSWORD") or "rampbook-demo"}')


if __name__ == '__main__':
    main()
