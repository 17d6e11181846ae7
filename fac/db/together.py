"""Rows of several tables written in one exchange with the server: one statement, an INSERT in it for each table.

Each exchange costs both sides as much as many rows do. Foreign keys are checked when the statement ends, so the tables
may stand in any order; a table that is given no rows gets none.
Never: change or remove a row, or rely on one part seeing what another wrote: they all see the database as it was.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, Column, LargeBinary, Table, Text, bindparam, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert

from fac.crypto.columns import Sealed, SealedBytes
from fac.db.statement import Connection, Statement

Rows: TypeAlias = Mapping[Table, Sequence[Mapping[str, Any]]]


class Together:
    """The statement that inserts rows of ``tables``; rows of those in ``or_ignore`` are left out where one stands."""

    def __init__(self, *tables: Table, or_ignore: Collection[Table] = ()) -> None:
        self._columns = {table: [each for each in table.c if each.computed is None] for table in tables}
        parts = [self._part(table, table in or_ignore) for table in tables]
        self._statement = Statement(select(literal_column("1")).add_cte(*parts))

    async def run(self, connection: Connection, rows: Rows) -> None:
        """Insert ``rows``, in their order within each table; raises KeyError for a row without one of its columns."""
        values: dict[str, list[Any]] = {}
        for table, columns in self._columns.items():
            given = rows.get(table, ())
            for each in columns:
                name = each.name
                values[_place(table, each)] = [_plain(row[name]) for row in given]
        if unknown := rows.keys() - self._columns.keys():
            raise KeyError(*sorted(table.name for table in unknown))
        await self._statement.run(connection, **values)

    def _part(self, table: Table, or_ignore: bool) -> Any:
        columns = self._columns[table]
        given = [bindparam(_place(table, each), type_=ARRAY(_kind(each)), required=True) for each in columns]
        # Numbered, because a column called incident_id would pass for a table's (fac.db.statement.refuse_unscoped).
        named = [column(f"c{place}", _kind(each)) for place, each in enumerate(columns)]
        row = func.unnest(*given).table_valued(*named).alias(f"of_{table.name}").render_derived()
        taken = [
            cast(value, each.type) if _is_list(each) else value for each, value in zip(columns, row.c, strict=True)
        ]
        insert = pg_insert(table).from_select([each.name for each in columns], select(*taken))
        return (insert.on_conflict_do_nothing() if or_ignore else insert).cte(f"into_{table.name}")


def _place(table: Table, each: Column[Any]) -> str:
    return f"{table.name}_{each.name}"


def _is_list(each: Column[Any]) -> bool:
    return isinstance(each.type, ARRAY)


def _kind(each: Column[Any]) -> Any:
    """Return the type a value travels in: a list inside a list of rows has to travel as its text."""
    if isinstance(each.type, JSONB):
        raise TypeError(f"{each.name}: documents are not written together")
    if isinstance(each.type, SealedBytes):
        return LargeBinary()
    return Text() if _is_list(each) else each.type


def _plain(value: Any) -> Any:
    if isinstance(value, Sealed):
        return value.blob
    return array_text(value) if isinstance(value, list | tuple) else value


def array_text(words: Sequence[str]) -> str:
    """Return the text of an array of ``words``, each quoted."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in words)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
