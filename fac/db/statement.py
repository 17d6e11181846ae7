"""Named statements: SQLAlchemy Core builds and compiles them once, asyncpg runs them.

Measured: SQLAlchemy's connection layer costs 2.4-3 times asyncpg's client time and the ORM 9-16 times, so only the
building is SQLAlchemy's (docs/decisions/0003-core-statements-on-asyncpg.md). Every statement is checked when it is
made: one that touches a tenant table without naming the incident is refused.
Never: commit, interpolate a value into SQL.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pgproto import pgproto
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import (
    Alias,
    BindParameter,
    ColumnElement,
    Insert,
    Table,
    bindparam,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement

from fac.crypto.columns import Sealed

Row: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
# Every named statement, so that a test can look at each (tests/architecture).
STATEMENTS: "list[Statement]" = []


def id_of(raw: bytes) -> UUID:
    """Return the id that ``raw`` (16 bytes) is, as the driver makes those of rows: a tenth of the time of UUID()."""
    return pgproto.UUID(raw)


class Statement:
    """One statement, compiled at its first use; parameters are passed by name.

    Raises TypeError when made without the incident; KeyError when run without a parameter it needs.
    """

    __slots__ = ("_clause", "_places", "_sql")

    def __init__(self, clause: ClauseElement, *, across_incidents: bool = False, remembered: bool = True) -> None:
        if not across_incidents:
            refuse_unscoped(clause)
        self._clause = clause
        self._sql = ""
        self._places: tuple[tuple[str, BindParameter[Any]], ...] = ()
        if remembered:
            STATEMENTS.append(self)

    @property
    def sql(self) -> str:
        """The statement's text with ``$1`` places."""
        if not self._sql:
            compiled: Any = self._clause.compile(dialect=DIALECT)
            self._places = tuple((name, compiled.binds[name]) for name in compiled.positiontup or ())
            self._sql = str(compiled)
        return self._sql

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return ``values`` in the order of the places; a place without a value takes its literal."""
        if not self._sql:
            _ = self.sql  # compiled now, because the places come from it
        return [_argument(bind, values[name] if bind.required else bind.effective_value) for name, bind in self._places]

    async def all(self, connection: Connection, **values: Any) -> list[Row]:
        """Return every row."""
        return await connection.fetch(self.sql, *self.arguments(values))

    async def first(self, connection: Connection, **values: Any) -> Row | None:
        """Return the first row, or None."""
        return await connection.fetchrow(self.sql, *self.arguments(values))

    async def value(self, connection: Connection, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await connection.fetchval(self.sql, *self.arguments(values))

    async def run(self, connection: Connection, **values: Any) -> int:
        """Carry the statement out and return how many rows it touched."""
        tag = await connection.execute(self.sql, *self.arguments(values))
        return int(tag.rpartition(" ")[2])

    async def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Carry the statement out for each of ``rows``, in one exchange with the server."""
        sql = self.sql
        await connection.executemany(sql, [self.arguments(row) for row in rows])


def insert_into(table: Table, *, returning: tuple[str, ...] = (), or_ignore: bool = False) -> Statement:
    """Return the statement that inserts one row of ``table``; every column is a parameter that is not worked out."""
    given = {each.name: bindparam(each.name, type_=each.type) for each in table.c if each.computed is None}
    clause = pg_insert(table).values(given)
    if or_ignore:
        clause = clause.on_conflict_do_nothing()
    if returning:
        return Statement(clause.returning(*(table.c[name] for name in returning)))
    return Statement(clause)


def among(where: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return ``where IN (...)`` with the words of our own vocabulary written out, as partial indexes need them."""
    written = ", ".join(f"'{each}'" for each in sorted(words) if each.replace("_", "").isalnum())
    return where.op("IN", is_comparison=True)(literal_column(f"({written})"))


def refuse_unscoped(clause: ClauseElement) -> None:
    """Raise TypeError if a tenant table of ``clause`` is touched without an equality on its ``incident_id``."""
    touched: set[tuple[str, str]] = set()
    named: set[tuple[str, str]] = set()
    for part in _parts(clause):
        if isinstance(part, Table | Alias) and "incident_id" in part.c:
            touched.add(_known_as(part))
        elif isinstance(part, BinaryExpression) and part.operator is operators.eq:
            named.update(_known_as(side.table) for side in (part.left, part.right) if _is_incident(side))
    missing = sorted({table for _, table in touched - named})
    if missing:
        raise TypeError(f"no incident named for: {', '.join(missing)}")


def _known_as(table: Any) -> tuple[str, str]:
    """Return the name a table goes by in the statement, and its own: a copy of an alias goes by the alias's name."""
    named: Any = table.element if isinstance(table, Alias) else table
    return str(table.name), str(named.name)


def _parts(clause: ClauseElement) -> Iterator[Any]:
    """Yield every part of ``clause`` once: an alias without the table it renames, an INSERT without its own table.

    Not by ``Select.get_final_froms``: that compiles each of the thousand selects of a large read to find its tables.
    """
    seen: dict[int, Any] = {}  # holds what it has seen, so that no id is given twice
    ahead: list[Any] = [clause]
    while ahead:
        part = ahead.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        yield part
        if not isinstance(part, Table | Alias):
            own = part.table if isinstance(part, Insert) else None
            ahead.extend(each for each in part.get_children() if each is not own)


def _is_incident(side: Any) -> bool:
    return getattr(side, "name", None) == "incident_id" and getattr(side, "table", None) is not None


def _argument(bind: BindParameter[Any], value: Any) -> Any:
    if isinstance(value, Sealed):
        return value.blob
    if isinstance(bind.type, JSONB) and value is not None:
        return orjson.dumps(value).decode()
    return value
