"""The database's own refusal to alter what has been published or recorded, on SQLite and PostgreSQL.

Versions and events: UPDATE always refused; DELETE only while the deleting transaction holds an erase permit.
Source: DESIGN.md, Bones that are hard to add later.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

FROZEN_TABLES = ('playbooks_version', 'playbooks_event')
PERMIT_TABLE = 'playbooks_erasepermit'

SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: rows never change'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT EXISTS (SELECT 1 FROM {permit})
BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM {permit}) THEN RETURN OLD; END IF;
        RAISE EXCEPTION '{table}: rows are never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION '{table}: rows never change' USING ERRCODE = 'integrity_constraint_violation';
END $body$;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_frozen();
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_frozen()
"""


def trigger_names() -> set[str]:
    """The triggers that must be there; `check_integrity` asserts them."""
    return {f'{table}_no_{operation}' for table in FROZEN_TABLES for operation in ('update', 'delete')}


def existing_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """The triggers of the frozen tables that this database has (one query)."""
    catalog = {
        'sqlite': "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        'postgresql': 'SELECT tgname FROM pg_trigger WHERE NOT tgisinternal',
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(catalog)
        return {name for (name,) in cursor.fetchall()} & trigger_names()


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers (back) in place. A migration that rebuilds a table on SQLite drops them silently."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in sorted(existing_triggers(connection)):
            table = name.rsplit('_no_', 1)[0]
            cursor.execute(f'DROP TRIGGER {name}' + (f' ON {table}' if connection.vendor == 'postgresql' else ''))
        for table in FROZEN_TABLES:
            for statement in _statements(connection.vendor, table):
                cursor.execute(statement)


def _statements(vendor: str, table: str) -> list[str]:
    sql = {'sqlite': SQLITE, 'postgresql': POSTGRESQL}[vendor].format(table=table, permit=PERMIT_TABLE)
    marker = ';\nCREATE TRIGGER'
    first, *rest = sql.strip().split(marker)
    return [first, *(f'CREATE TRIGGER{part}' for part in rest)]


def create_triggers_after_migrate(using: str, **kwargs: object) -> None:
    """The receiver of post_migrate: triggers exist whenever the tables do."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    if {*FROZEN_TABLES, PERMIT_TABLE} <= tables:
        create_triggers(connection)


@contextmanager
def permit_erasing(reason: str, using: str = 'default') -> Iterator[None]:
    """Let this transaction delete versions and events, for the erase path and for emptying a test database."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute('INSERT INTO playbooks_erasepermit (reason) VALUES (%s)', [reason])
        yield
        cursor.execute('DELETE FROM playbooks_erasepermit')
