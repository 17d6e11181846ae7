"""What the pools do when the server breaks off."""

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
