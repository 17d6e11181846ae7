"""The schema rules that let one machine become many (docs/decisions/0002-schema-rules.md).

Walked over the metadata, and over what the migrations left in PostgreSQL.
"""

from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import (
    Column,
    Computed,
    ForeignKeyConstraint,
    Identity,
    Integer,
    MetaData,
    Sequence,
    Table,
    UniqueConstraint,
    Uuid,
)

from fac.db.tables import metadata

TENANT = [table for table in metadata.sorted_tables if "incident_id" in table.c]
GLOBAL = [table for table in metadata.sorted_tables if "incident_id" not in table.c]
# All schemas but PostgreSQL's own. The queue's tables are left out: they are the library's, number their rows by
# sequences, hold ids alone, and stay on the one machine that does the jobs.
MADE_BY_THE_SERVER = """
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
    AND c.relname NOT LIKE 'procrastinate\\_%'
)
SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL SELECT 'sequence ' || relname FROM ours WHERE relkind = 'S'
UNION ALL SELECT 'identity ' || relname || '.' || attname FROM ours JOIN pg_attribute ON attrelid = oid
WHERE attidentity <> '' AND NOT attisdropped
UNION ALL SELECT 'default ' || relname || '.' || attname FROM ours JOIN pg_attribute ON attrelid = oid
WHERE atthasdef AND attgenerated = '' AND NOT attisdropped
ORDER BY 1
"""


def faults(table: Table) -> Iterator[str]:  # noqa: C901, PLR0912  # one question a rule
    """Yield what would keep a tenant table from being distributed by incident."""
    if not table.primary_key.columns or next(iter(table.primary_key.columns)).name != "incident_id":
        yield "the primary key does not begin with incident_id"
    if table.c.incident_id.nullable:
        yield "incident_id may be null"
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and "incident_id" not in constraint.columns:
            yield f"unique over {sorted(constraint.columns.keys())} leaves the incident out"
        if isinstance(constraint, ForeignKeyConstraint):
            target = constraint.referred_table
            if "incident_id" in target.c and "incident_id" not in constraint.columns:
                yield f"the key to {target.name} leaves the incident out"
            if (constraint.ondelete or "").upper() == "SET NULL":
                yield f"the key to {target.name} sets null"
    for index in table.indexes:
        first = next(iter(index.columns), None)
        if index.unique and "incident_id" not in {column.name for column in index.columns}:
            yield f"unique index {index.name} leaves the incident out"
        if not index.unique and (first is None or first.name not in ("incident_id", "created_at")):
            yield f"index {index.name} does not begin with the incident"
    for column in table.c:
        if (
            column.autoincrement is True
            or isinstance(column.default, Sequence)
            or isinstance(column.server_default, Identity)
        ):
            yield f"{column.name} needs a sequence"
        if column.server_default is not None and not isinstance(column.server_default, Computed):
            yield f"{column.name} has a default of the server's"


@pytest.mark.parametrize("table", TENANT, ids=lambda table: table.name)
def test_a_tenant_table_can_be_distributed(table: Table) -> None:
    assert list(faults(table)) == []


@pytest.mark.parametrize("table", GLOBAL, ids=lambda table: table.name)
def test_a_global_table_points_at_no_tenant_table(table: Table) -> None:
    assert [key.target_fullname for key in table.foreign_keys if "incident_id" in key.column.table.c] == []


async def test_the_migrated_database_needs_no_extension_sequence_or_default(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    async def found() -> list[Any]:
        return [row[0] for row in await connection.fetch(MADE_BY_THE_SERVER)]

    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relname = ANY($1)", list(metadata.tables))
        assert await found() == []
        async with connection.transaction():  # what breaks the rules is found
            await connection.execute(
                "CREATE TABLE bad (id bigint GENERATED ALWAYS AS IDENTITY, old serial, named text DEFAULT '')"
            )
            assert await found() == [
                "default bad.named", "default bad.old", "identity bad.id", "sequence bad_id_seq",
                "sequence bad_old_seq",
            ]  # fmt: skip
    finally:
        await connection.close()


def test_there_are_tables_to_walk() -> None:
    assert len(TENANT) > 25
    assert {"incidents", "organizations", "accounts", "class_keys"} <= {table.name for table in GLOBAL}


def test_every_index_has_its_own_name() -> None:
    names = [index.name for table in metadata.sorted_tables for index in table.indexes]
    assert len(names) == len(set(names))


def test_a_table_that_breaks_the_rules_is_found() -> None:
    bad = MetaData()
    Table("others", bad, Column("incident_id", Uuid), Column("id", Uuid, primary_key=True))
    table = Table(
        "bad",
        bad,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("incident_id", Uuid, nullable=True),
        Column("other_id", Uuid),
        UniqueConstraint("other_id"),
        ForeignKeyConstraint(["other_id"], ["others.id"], ondelete="SET NULL"),
    )
    assert len(list(faults(table))) == 6
