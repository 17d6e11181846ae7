"""What the pools keep, and what they do when the server breaks off."""

import asyncpg
import pytest

from fac.db.engine import Pool
from tests.world import World


async def broken_off(pool: Pool) -> None:
    async with pool.transaction() as connection:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_connection_that_the_server_closes_is_told_as_what_it_is_and_replaced(world: World) -> None:
    with pytest.raises((asyncpg.AdminShutdownError, asyncpg.ConnectionDoesNotExistError)):
        await broken_off(world.beneath)
    async with world.beneath.transaction() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_large_statement_is_planned_once_a_connection(world: World) -> None:
    """The driver keeps statements up to 15 kB by itself; the whole case is larger, and was planned at each read."""
    large = "SELECT $1::int AS number -- " + "x" * 100_000
    async with world.beneath.transaction() as connection:
        for number in range(2):
            assert await connection.fetchval(large, number) == number
        kept = await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 100000")
    assert kept == 1
