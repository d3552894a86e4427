"""The short form of the kill test; `python -m tests.durability.killing` is the long one."""

import os
import uuid
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.durability.killing import kill_under_load


@pytest.fixture
def database_url(db):
    """Where the killed site keeps its data: '' for a SQLite file of its own, or a new database on the test server."""
    if connection.vendor == 'sqlite':
        yield ''
        return
    import psycopg

    name, url = f'rampbook_kill_{uuid.uuid4().hex[:8]}', os.environ['DATABASE_URL']
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE {name}')
    try:
        yield urlsplit(url)._replace(path=f'/{name}').geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE {name} WITH (FORCE)')


def test_what_was_confirmed_is_there_after_every_kill(database_url):
    confirmed, gone = kill_under_load(rounds=3, writers=2, database_url=database_url, seed=7)

    assert gone == []
    assert all(count >= 3 for count in confirmed.counts)
