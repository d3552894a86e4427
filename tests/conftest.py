"""What all tests share: an emptied database that may be emptied, fresh caches, and no silent skips in CI."""

import os

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase

from playbooks.triggers import PERMIT_TABLE, permit_erasing

NO_SKIPS = os.environ.get('RAMPBOOK_NO_SKIPS') == '1'
ONLY_DATABASE = os.environ.get('RAMPBOOK_ONLY_DATABASE') == '1'


def pytest_collection_modifyitems(config, items):
    """Mark what touches a database; a second run on another database leaves the rest out."""
    for item in items:
        if touches_database(item):
            item.add_marker(pytest.mark.database)
        if 'tests/browser/' in item.nodeid:
            item.add_marker(pytest.mark.browser)
    if ONLY_DATABASE:
        left_out = [item for item in items if item.get_closest_marker('database') is None]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item.get_closest_marker('database') is not None]


def touches_database(item):
    """Whether a test may use a database: a Django TestCase, the django_db marker, or a fixture that leads to one."""
    case = getattr(item, 'cls', None)
    if case is not None and issubclass(case, TransactionTestCase):
        return True
    fixtures = {'db', 'transactional_db', 'live_server', 'django_db_setup'}
    return item.get_closest_marker('django_db') is not None or not fixtures.isdisjoint(item.fixturenames)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure where everything is installed, so that nothing is quietly left out."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, 'wasxfail'):
        report.outcome = 'failed'
        report.longrepr = f'{item.nodeid} was skipped, but nothing may be skipped here: {report.longrepr}'
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Do the same for a module that leaves itself out."""
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = 'failed'
        report.longrepr = f'{collector.nodeid} was skipped, but nothing may be skipped here: {report.longrepr}'
    return report


@pytest.fixture(scope='session', autouse=True)
def _database_may_be_emptied():
    """Let Django empty the tables after a TransactionTestCase: versions and events refuse it without a permit."""
    if connection.vendor != 'sqlite':  # PostgreSQL empties by TRUNCATE, which our triggers leave alone
        yield
        return
    operations = type(connection.ops)
    plain_flush = operations.execute_sql_flush

    def flush(self, statements):
        with permit_erasing('between two tests'):
            plain_flush(self, sorted(statements, key=lambda statement: PERMIT_TABLE in statement))

    operations.execute_sql_flush = flush
    yield
    operations.execute_sql_flush = plain_flush


@pytest.fixture(autouse=True)
def _fresh_caches():
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()
