"""Tells a client that asks for it what its request cost on the server. Who does not ask pays for one look-up."""

import time
from contextlib import ExitStack

from django.db import connection, transaction

ASK, ANSWER = 'HTTP_X_PROBE', 'X-Probe'


class Cost:
    """Counts queries, and how long the database's write lock, or the lock on a playbook's row, is held."""

    def __init__(self) -> None:
        self.queries = 0
        self.locked_at: float | None = None
        self.held = 0.0

    def __call__(self, execute, sql, params, many, context):
        self.queries += not sql.startswith(('BEGIN', 'SAVEPOINT', 'RELEASE', 'ROLLBACK'))
        answer = execute(sql, params, many, context)
        takes_lock = sql == 'BEGIN IMMEDIATE' or 'FOR UPDATE' in sql or 'FOR NO KEY UPDATE' in sql
        if takes_lock and self.locked_at is None:
            self.locked_at = time.perf_counter()
            if sql == 'BEGIN IMMEDIATE':
                return (
                    answer  # Django says that a transaction is open only after it; the next statement sees to the rest
                )
        if self.locked_at is not None and connection.in_atomic_block and not self._is_told():
            transaction.on_commit(self._released)
        return answer

    def _is_told(self) -> bool:
        return any(function == self._released for _sids, function, _robust in connection.run_on_commit)

    def _released(self) -> None:
        if self.locked_at is not None:
            self.held = max(self.held, time.perf_counter() - self.locked_at)
            self.locked_at = None


class ProbeMiddleware:
    """Adds milliseconds of processor time, queries, and milliseconds a lock was held, where the client asks for it."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        if ASK not in request.META:
            return self.get_response(request)
        cost, before = Cost(), time.thread_time()
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(cost))
            response = self.get_response(request)
        used = (time.thread_time() - before) * 1000
        response[ANSWER] = f'{used:.3f} {cost.queries} {cost.held * 1000:.3f}'
        return response
