"""Reads settings from environment variables, with a type each; an error names the variable and what is right."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {'1', 'true', 'yes', 'on'}
_FALSE = {'0', 'false', 'no', 'off'}


class Env:
    """Typed reading of a mapping of environment variables. An empty value counts as not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def text(self, name: str, default: str = '') -> str:
        """Return the variable without surrounding space, or the default."""
        return self.values.get(name, '').strip() or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        word = self.text(name).lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        if word:
            raise self.refusal(name, 'is neither yes nor no', '1 or 0')
        return default

    def number(self, name: str, default: int, *, at_least: int = 0, at_most: int | None = None) -> int:
        """Return a whole number within its bounds."""
        word = self.text(name, str(default))
        if not word.isascii() or not word.isdigit():
            raise self.refusal(name, 'is not a whole number', str(default))
        if int(word) < at_least or (at_most is not None and int(word) > at_most):
            raise self.refusal(name, 'is out of range', str(default))
        return int(word)

    def words(self, name: str, default: list[str]) -> list[str]:
        """Return a list written with commas."""
        return [word.strip() for word in self.text(name).split(',') if word.strip()] or default

    def url(self, name: str, default: str, *, schemes: set[str], example: str) -> SplitResult:
        """Return a split URL whose scheme is one of those given."""
        try:
            url = urlsplit(self.text(name, default))
            url.port  # noqa: B018 - reading it is what raises on a port that is no number
        except ValueError:
            raise self.refusal(name, 'is not a URL', example) from None
        if url.scheme not in schemes:
            raise self.refusal(name, f'must start with one of {", ".join(sorted(schemes))}', example)
        return url

    def refusal(self, name: str, problem: str, example: str) -> ImproperlyConfigured:
        """Return the error for one variable. Values stay out of it, since they may hold passwords."""
        return ImproperlyConfigured(f'The environment variable {name} {problem}. Write for example {name}={example}')


env = Env(os.environ)


def database(source: Env, *, default: Path, base: Path) -> dict[str, Any]:
    """Return Django's settings for DATABASE_URL; the given SQLite file when it is not set."""
    example = 'postgres://user:password@host:5432/rampbook'
    schemes = {'sqlite', 'postgres', 'postgresql'}
    url = source.url('DATABASE_URL', 'sqlite:///', schemes=schemes, example=example)
    name = unquote(url.path.removeprefix('/'))
    if url.scheme == 'sqlite':
        # Three slashes: relative to the checkout. Four: an absolute path.
        return sqlite(base / name if name else default)
    if not name:
        raise source.refusal('DATABASE_URL', 'names no database', example)
    return {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': name,
        'USER': unquote(url.username or ''),
        'PASSWORD': unquote(url.password or ''),
        'HOST': url.hostname or '',
        'PORT': str(url.port or ''),
        'CONN_MAX_AGE': 600,
        'CONN_HEALTH_CHECKS': True,
        'OPTIONS': {'connect_timeout': 10, **dict(parse_qsl(url.query))},
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of a SQLite file that many threads and processes write to.

    IMMEDIATE makes a transaction wait for the write lock when it starts, instead of failing halfway; FULL keeps what
    was confirmed through a loss of power. Source: docs/adr/0001-frame.md.
    """
    return {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': path,
        'CONN_MAX_AGE': None,
        'OPTIONS': {
            'transaction_mode': 'IMMEDIATE',
            'timeout': 20,
            'init_command': (
                'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;'
                'PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;'
            ),
        },
    }


def cache(source: Env, *, processes: int) -> dict[str, Any]:
    """Return the settings of the shared cache; it counts failed sign-ins, so all processes must see it."""
    value = source.text('CACHE_URL', 'db' if processes > 1 else 'locmem')
    scheme = value.partition(':')[0]
    if scheme == 'locmem':
        return {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache', 'LOCATION': 'shared'}
    if scheme == 'db':
        return {'BACKEND': 'django.core.cache.backends.db.DatabaseCache', 'LOCATION': 'rampbook_cache'}
    if scheme not in {'redis', 'rediss'}:
        raise source.refusal('CACHE_URL', 'must be locmem, db or start with redis:', 'redis://host:6379/0')
    try:
        import redis  # noqa: F401 - only asked whether it is there
    except ImportError:
        raise source.refusal('CACHE_URL', 'needs the package redis (pip install redis)', 'db') from None
    return {'BACKEND': 'django.core.cache.backends.redis.RedisCache', 'LOCATION': value}


def email(source: Env) -> dict[str, Any]:
    """Return Django's EMAIL_ settings for EMAIL_URL; without it mails become files in EMAIL_FILE_PATH."""
    example = 'smtp+tls://user:password@mail.example.com:587'
    if not source.text('EMAIL_URL'):
        return {'EMAIL_BACKEND': 'django.core.mail.backends.filebased.EmailBackend'}
    url = source.url('EMAIL_URL', '', schemes={'smtp', 'smtp+tls', 'smtps'}, example=example)
    if not url.hostname:
        raise source.refusal('EMAIL_URL', 'names no server', example)
    ports = {'smtp': 25, 'smtp+tls': 587, 'smtps': 465}
    return {
        'EMAIL_BACKEND': 'django.core.mail.backends.smtp.EmailBackend',
        'EMAIL_HOST': url.hostname,
        'EMAIL_PORT': url.port or ports[url.scheme],
        'EMAIL_HOST_USER': unquote(url.username or ''),
        'EMAIL_HOST_PASSWORD': unquote(url.password or ''),
        'EMAIL_USE_TLS': url.scheme == 'smtp+tls',
        'EMAIL_USE_SSL': url.scheme == 'smtps',
        'EMAIL_TIMEOUT': 20,
    }


def media_folder(source: Env, *, folder: Path) -> Path:
    """Return the folder for work that people hand in."""
    if not source.text('MEDIA_STORAGE_URL'):
        return folder
    url = source.url('MEDIA_STORAGE_URL', '', schemes={'file'}, example='file:///srv/rampbook/media')
    if url.netloc or not url.path.startswith('/'):
        raise source.refusal('MEDIA_STORAGE_URL', 'is not an absolute path', 'file:///srv/rampbook/media')
    return Path(unquote(url.path))


def secret_key(source: Env, *, file: Path, required: bool) -> str:
    """Return SECRET_KEY; where it may be missing, make one on the first start and keep it in a file of its own."""
    key = source.text('SECRET_KEY')
    if key:
        return key
    if required:
        raise source.refusal('SECRET_KEY', 'must be set where BASE_URL is https', 'a long random text')
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError), open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as new:
            new.write(secrets.token_urlsafe(50))
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f'Cannot write {file}: {error.strerror}. Make the folder writable.') from None
