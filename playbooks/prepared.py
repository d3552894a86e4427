"""Queries that the ORM writes once and the database then answers many times.

Writing the SQL of a query set with permissions in it takes Django some three milliseconds; the database answers it in
less than a tenth of one. A page that everybody opens all day keeps the SQL and gives it other values. The rules stay
where they are, in the query sets; nothing here knows any.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User

# What stands for the person and for words while the SQL is written; nothing else in a query equals one of these.
WHO = 8_306_141_593_265_358_979
WORD = '\ue000{}\ue001'
NUMBERS = (2_147_480_357, 2_147_480_371)  # primes that columns of numbers may hold


@dataclass(frozen=True, slots=True)
class _Written:
    """SQL, its parameters with the stand-ins still in them, the names of its columns, and what converts which."""

    sql: str
    parameters: tuple[Any, ...]
    columns: tuple[str, ...]
    converters: dict[int, tuple[list[Callable], Any]]


class Prepared:
    """A query by a person about something: `build(user, slug)` gives a `values_list`, `rows` its rows for other values.

    `names` are words, `numbers` at most two numbers; `build` takes all of them by name. What is nobody's business in
    particular is asked for nobody (None).

    `build` may use of the user the primary key and the abilities; each combination of these has SQL of its own. Every
    other value must reach the SQL as a parameter, unchanged, and never decide what the SQL says.
    """

    def __init__(self, build: Callable[..., QuerySet], *names: str, numbers: tuple[str, ...] = ()) -> None:
        self.build = build
        self.names = names
        self.numbers = dict(zip(numbers, NUMBERS, strict=False))
        self._written: dict[tuple[Any, ...], _Written] = {}

    def rows(self, user: User | None, **words: str | int) -> list[dict[str, Any]]:
        """The rows found, by the names of their columns. One query."""
        written = self._for(user)
        meant: dict[Any, Any] = {WHO: user and user.pk} | {WORD.format(name): words[name] for name in self.names}
        meant |= {number: words[name] for name, number in self.numbers.items()}
        values = [meant.get(value, value) if isinstance(value, int | str) else value for value in written.parameters]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, values)
            found = cursor.fetchall()
        return [self._named(written, row) for row in found]

    def first(self, user: User, **words: str | int) -> dict[str, Any] | None:
        """The first row, or None. One query."""
        return next(iter(self.rows(user, **words)), None)

    def _named(self, written: _Written, row: tuple[Any, ...]) -> dict[str, Any]:
        values = list(row)
        for place, (converters, expression) in written.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return dict(zip(written.columns, values, strict=True))

    def _for(self, user: User | None) -> _Written:
        able = (user.is_editor, user.is_admin, user.has_reports) if user else (False, False, False)
        shape = (connection.vendor, *able)
        if shape not in self._written:
            self._written[shape] = self._write(*able)
        return self._written[shape]

    def _write(self, is_editor: bool, is_admin: bool, has_reports: bool) -> _Written:
        stand_in = User(pk=WHO)
        stand_in.__dict__.update(in_editors=is_editor, in_admins=is_admin, with_reports=has_reports)
        query = self.build(stand_in, **{name: WORD.format(name) for name in self.names}, **self.numbers).query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        for name, value in [*((name, WORD.format(name)) for name in self.names), *self.numbers.items()]:
            assert value in parameters, f'{name} does not reach the SQL as it is'
        expressions = [expression for expression, *_ in compiler.select[: compiler.col_count]]
        return _Written(sql, tuple(parameters), tuple(query.selected or ()), compiler.get_converters(expressions))
