"""Whole databases: made, migrated, copied, dropped; addresses rewritten without losing the password."""

import asyncpg
import pytest

from fac.db import migrating

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
