"""The fence around a database that is being restored: nobody who serves can connect, and a mark says why.

What stands in an old database is not what was decided since: sessions that were ended, notices that were sent, people
who were erased. So until all that is settled PostgreSQL itself keeps out every login that serves or works, also those
of processes that run already, and a mark on the database outlives whoever restores.
Never: take the fence away before everything is settled; who takes it away has settled it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from fac.db.claims import BACKING, KEEPING, POOLS, Login
from fac.db.engine import unreachable
from fac.db.statement import Connection
from fac.errors import DatabaseUnavailable, RestoreUnfinished

PREFIX: Final = "fac restore "
_SETTLING: Final = (*KEEPING, *BACKING)  # who connects while the fence stands, beside the owner
_KEPT_OUT: Final = ", ".join(login.role for login in POOLS if login not in _SETTLING)
_LET_IN: Final = ", ".join(login.role for login in _SETTLING)
_ALL: Final = ", ".join(login.role for login in POOLS)
_MARK: Final = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = ANY ($1) AND pid <> pg_backend_pid()
"""
_PARK: Final = """
UPDATE procrastinate_jobs SET status = 'failed', abort_requested = false
WHERE status IN ('todo', 'doing') AND task_name LIKE 'notify.%'
"""


async def mark_of(connection: Connection) -> str | None:
    """Return what is being restored into the connection's database, None where nothing is."""
    said: str | None = await connection.fetchval(_MARK)
    return said.removeprefix(PREFIX) if said is not None and said.startswith(PREFIX) else None


async def refuse_unfinished(connection: Connection) -> None:
    """Raise RestoreUnfinished where a restore has not come to its end: asked before anything is served."""
    if await mark_of(connection) is not None:
        raise RestoreUnfinished


@asynccontextmanager
async def owning(address: str) -> AsyncIterator[Connection]:
    """Lend a connection of the owner's; raises DatabaseUnavailable when no server answers."""
    try:
        connection = await asyncpg.connect(address)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise unreachable(fault) from None
    try:
        await connection.execute("SET statement_timeout = 0")
        yield connection
    finally:
        await connection.close()


async def is_empty(owner: Connection) -> bool:
    """Tell whether the database holds no table yet."""
    return not await owner.fetchval(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))"
    )


async def shut(owner: Connection, what: str) -> None:
    """Keep out everybody who serves, and mark what is being restored.

    Raises DatabaseUnavailable while somebody is in who came before, a server or the rest of a restore that was killed.
    """
    name = await owner.fetchval("SELECT quote_ident(current_database())")
    marked = await owner.fetchval("SELECT quote_literal($1)", PREFIX + what)
    async with owner.transaction():
        await owner.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, {_KEPT_OUT}")
        await owner.execute(f"GRANT CONNECT ON DATABASE {name} TO {_LET_IN}")
        await owner.execute(f"COMMENT ON DATABASE {name} IS {marked}")
    before = [Login.owner.role, *(login.role for login in POOLS if login not in _SETTLING)]
    if inside := await owner.fetchval(_OTHERS, before):
        raise DatabaseUnavailable(f"{inside} connections of what serves or works are still open: stop it first.")


async def open_again(owner: Connection) -> None:
    """Let everybody in, and take the mark away."""
    name = await owner.fetchval("SELECT quote_ident(current_database())")
    async with owner.transaction():
        await owner.execute(f"GRANT CONNECT ON DATABASE {name} TO {_ALL}")
        await owner.execute(f"COMMENT ON DATABASE {name} IS NULL")


async def park_notices(owner: Connection) -> int:
    """Give up the notices that were queued, since they may have been sent after the backup; return how many.

    They are jobs that were given up like any other: doctor names them, and whoever knows that they never left has the
    worker take them up again; each asks for consent anew before it is sent.
    """
    return int((await owner.execute(_PARK)).rpartition(" ")[2])
