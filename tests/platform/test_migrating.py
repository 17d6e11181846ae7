"""Whole databases: made, migrated, copied, dropped; addresses rewritten without losing the password."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from fac.db import migrating
from fac.db.claims import Login
from fac.db.rls.login_roles import hand_to_owner
from fac.db.tables import metadata
from fac.domain.sensitivity import need_codes, note_class
from fac.domain.vocabulary import NoteKind
from fac.errors import DatabaseUnavailable
from tests.world import address_of, keep_passwords

SOCKET_DSN = "postgresql://fac:p%40ss@/postgres?host=/tmp/a%20b&port=5432"


def test_addresses_keep_everything_but_the_driver_and_the_database() -> None:
    assert migrating.sqlalchemy_url(SOCKET_DSN) == SOCKET_DSN.replace("postgresql://", "postgresql+asyncpg://")
    assert migrating.plain_dsn(migrating.sqlalchemy_url(SOCKET_DSN)) == SOCKET_DSN
    assert migrating.plain_dsn("postgres://h/x") == "postgresql://h/x"
    assert migrating.with_database(SOCKET_DSN, "fac") == SOCKET_DSN.replace("/postgres?", "/fac?")


@pytest.mark.parametrize("name", ['x"; DROP DATABASE y; --', "", "9x", "Name", "a" * 64])
def test_a_strange_database_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        migrating.with_database(SOCKET_DSN, name)


async def test_upgrade_reaches_the_newest_revision_and_twice_changes_nothing(empty_database_url: str) -> None:
    first = await migrating.upgrade(empty_database_url)
    assert first.up_to_date
    assert await migrating.upgrade(empty_database_url) == first
    assert await migrating.schema_state(empty_database_url) == first


async def test_a_fresh_database_is_behind_unless_there_is_no_migration(empty_database_url: str) -> None:
    state = await migrating.schema_state(empty_database_url)
    assert state.current is None
    assert state.up_to_date is (state.newest is None)


async def test_a_module_gets_its_own_migrated_copy(database_url: str) -> None:
    assert (await migrating.schema_state(database_url)).up_to_date
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT current_database()") in database_url
    await connection.close()


async def test_dropping_a_database_twice_is_harmless(cluster: str) -> None:
    await migrating.create_database(cluster, "fac_short_lived")
    for _ in range(2):
        await migrating.drop_database(cluster, "fac_short_lived")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(migrating.with_database(cluster, "fac_short_lived"))


async def test_no_server_is_told_without_the_password(open_folder: Path) -> None:
    nowhere = f"postgresql://fac:hush@/fac?host={open_folder}&port=5432"
    with pytest.raises(DatabaseUnavailable) as refused:
        await migrating.schema_state(nowhere)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("state", "behind"),
    [
        (migrating.SchemaState(None, "0002"), True),
        (migrating.SchemaState("0001", "0002"), True),
        (migrating.SchemaState("0002", "0002"), False),
        (migrating.SchemaState("0003", "0002", known=False), False),
    ],
)
def test_only_an_older_schema_is_behind(state: migrating.SchemaState, behind: bool) -> None:
    assert state.behind is behind


async def test_the_migrations_make_what_the_tables_say(empty_database_url: str) -> None:
    """Alembic finds nothing to add, drop or change between the migrated database and the metadata."""
    await migrating.upgrade(empty_database_url)

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_object": migrating.is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await migrating.with_connection(empty_database_url, differences) == []


async def test_sessions_open_when_lapsing_came_lapse_a_day_later_and_a_portal_s_never(empty_database_url: str) -> None:
    assert await hand_to_owner(empty_database_url)
    owner = address_of(empty_database_url, Login.owner)
    await migrating.upgrade(owner, "0030")
    connection = await asyncpg.connect(migrating.plain_dsn(empty_database_url))
    try:
        await connection.execute(
            "SET session_replication_role = replica"
        )  # no incident, no account: not asked for here
        for role in ("auditor", "family_member"):
            hat = await connection.fetchval(
                "INSERT INTO memberships (incident_id, id, account_id, role, organization_id, started_at)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1,"
                " CASE $1 WHEN 'auditor' THEN gen_random_uuid() END, now()) RETURNING id",
                role,
            )
            await connection.execute(
                "INSERT INTO sessions (incident_id, id, membership_id, token_hash, created_at, expires_at)"
                " SELECT incident_id, gen_random_uuid(), id, sha256(id::text::bytea), now(), now() + interval '9 days'"
                " FROM memberships WHERE id = $1",
                hat,
            )
        await migrating.upgrade(owner)
        found = await connection.fetch(
            "SELECT m.role, s.idle_minutes, s.lapses_at > now() AS opens FROM sessions s"
            " JOIN memberships m ON m.id = s.membership_id ORDER BY m.role"
        )
        assert [tuple(each) for each in found] == [("auditor", 1440, True), ("family_member", None, None)]
    finally:
        await connection.close()


async def test_a_need_and_a_note_of_before_are_of_the_class_that_code_and_kind_say(empty_database_url: str) -> None:
    assert await hand_to_owner(empty_database_url)
    owner = address_of(empty_database_url, Login.owner)
    await migrating.upgrade(owner, "0030")
    connection = await asyncpg.connect(migrating.plain_dsn(empty_database_url))
    try:
        await connection.execute("SET session_replication_role = replica")  # no case, no person: not asked for here
        kinds = [kind for kind in NoteKind if kind is not NoteKind.substance_use_counseling]  # which came with it
        for table, column, words in (("needs", "code", need_codes()), ("notes", "kind", kinds)):
            for word in words:
                await insert_anything(connection, table, column, str(word))
        await migrating.upgrade(owner)
        needs = await connection.fetch("SELECT code, detail_class FROM needs")
        notes = await connection.fetch("SELECT kind, body_class FROM notes")
        assert {each[0]: each[1] for each in needs} == {code: each.detail.code for code, each in need_codes().items()}
        assert {each[0]: each[1] for each in notes} == {kind: note_class(kind).code for kind in kinds}
    finally:
        await connection.close()


async def insert_anything(connection: asyncpg.Connection, table: str, column: str, word: str) -> None:
    """Insert a row of which only ``column`` matters; whatever else must be there is of its type."""
    some = {"uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "integer": "1", "bigint": "1"}
    given = {"needs": {"status": "'identified'", "horizon": "'immediate'"}}.get(table, {}) | {column: f"'{word}'"}
    for name, kind in await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL", table,
    ):  # fmt: skip
        given.setdefault(name, some.get(kind, "'x'"))
    await connection.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join(given.values())})")  # noqa: S608


async def test_two_migrators_at_once_take_turns(empty_database_url: str, tmp_path: Path) -> None:
    assert await hand_to_owner(empty_database_url)
    place = keep_passwords(empty_database_url, tmp_path / "passwords")
    environment = {**os.environ, "FAC_ENV": "dev", "FAC_SKIP_SETUP": "1", **place}
    migrators = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fac", "migrate", env=environment, cwd=Path(__file__).parents[2], stdout=PIPE
        )
        for _ in range(3)
    ]
    said = [(await migrator.communicate())[0] for migrator in migrators]
    assert len(set(said)) == 1
    assert [migrator.returncode for migrator in migrators] == [0, 0, 0]
    assert (await migrating.schema_state(empty_database_url)).up_to_date
