"""The pools of connections, one a login role, and the transaction that everything happens in.

Claims choose the pool and travel in the message that begins the transaction (fac.db.claims). Connections are never
reset between uses (an extra round trip), so nothing may ever be set at session level; a FIFO gate of the pool's size
keeps waiting fair (measured: p99 590 -> 126 ms at concurrency 128).
Never: commit half of a request, leave a transaction open behind a cancelled one, or lend a connection of one login role
to the hat of another.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from fac.db.claims import Claims, Login
from fac.db.statement import Connection
from fac.errors import Busy, DatabaseUnavailable

_STATEMENT_CACHE = 1024
_DRAIN_SECONDS = 0.02
STATEMENT_SECONDS = 10.0
IDLE_SECONDS = 30  # of a transaction in which nothing is asked
ROLL_BACK_SECONDS = 5
# What every connection is served with. A pooler in between lets none of it pass (deploy/pgbouncer.ini), so each login
# role has the same for itself (fac.db.rls.login_roles, deploy/create-database.sh).
SETTINGS: Final[Mapping[str, str]] = {
    "jit": "off",
    # What is read is in memory or on solid state; for spinning disks (4, by default) the server would rather read whole
    # tables than walk an index to a page's worth of rows.
    "random_page_cost": "1.1",
    # Every condition is an equality led by the incident, so no value changes the plan; left to itself the server plans
    # the larger reads anew at each run, which costs as much as running them.
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": f"{STATEMENT_SECONDS:g}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
}
# It goes on while the machine sleeps: BOOTTIME where there is one (Linux), elsewhere the monotonic clock does.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_NOT_ADMITTED = asyncpg.InsufficientPrivilegeError.sqlstate


def instant() -> float:
    """Return the seconds since some moment, by a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


class Pool:
    """A pool of one login's connections, with a fair gate. Made by ``Pool.open``."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", size: int) -> None:
        self._pool = pool
        self._gate = asyncio.Semaphore(size)
        self._running: set[object] = set()

    @classmethod
    async def open(cls, dsn: str, *, size: int = 10, statement_seconds: float = STATEMENT_SECONDS) -> "Pool":
        """Connect to ``dsn``; raises DatabaseUnavailable when no server answers."""
        try:
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=size,
                init=_prepare,
                reset=_keep,
                statement_cache_size=_STATEMENT_CACHE,
                max_cacheable_statement_size=0,  # no limit: the driver's 15 kB had larger reads planned at each run
                max_inactive_connection_lifetime=0,
                server_settings={
                    "application_name": "fac",
                    **SETTINGS,
                    "statement_timeout": f"{int(statement_seconds * 1000)}ms",
                },
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            raise unreachable(fault) from None
        return cls(pool, size)

    @asynccontextmanager
    async def transaction(self, opening: str = "BEGIN") -> AsyncIterator[Connection]:
        """Open one transaction; it commits when the block ends and rolls back when it raises.

        Raises DatabaseUnavailable, with nothing done, when no connection is to be had.
        """
        this = object()
        self._running.add(this)
        try:
            async with self.connection() as connection:
                await connection.execute(opening)
                try:
                    yield connection
                    await connection.execute("COMMIT")
                except BaseException:
                    await _roll_back(connection)
                    raise
        finally:
            self._running.discard(this)

    async def drained(self) -> None:
        """Return once every transaction that is open now is over."""
        before = set(self._running)
        while before & self._running:  # noqa: ASYNC110  # an event a transaction would cost more than this look
            await asyncio.sleep(_DRAIN_SECONDS)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection whose statements commit one by one (health checks): without claims it sees no rows."""
        async with self._gate:
            try:
                connection = await self._pool.acquire()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                raise unreachable(fault) from None
            try:
                yield connection
            finally:
                await self._pool.release(connection)

    async def close(self) -> None:
        """Close every connection, waiting for those in use."""
        await self._pool.close()


class Database:
    """The pools of a process. ``own`` is the login it does its own work in: reading keys, finding sessions.

    ``commits_until`` is the ``instant`` after which nothing commits any more, since the keys it was written under may
    have been replaced (fac.jobs.rotation.holding); None for a process that follows no keys.
    """

    def __init__(self, pools: Mapping[Login, Pool], own: Login) -> None:
        self._pools = pools
        self.own = own
        self.commits_until: float | None = None

    @classmethod
    async def open(
        cls, addresses: Mapping[Login, str], *, own: Login, size: int = 10, statement_seconds: float = STATEMENT_SECONDS
    ) -> "Database":
        """Open a pool for each of ``addresses``; raises DatabaseUnavailable when one is refused."""
        pools: dict[Login, Pool] = {}
        try:
            for login, dsn in addresses.items():
                pools[login] = await Pool.open(dsn, size=size, statement_seconds=statement_seconds)
        except BaseException:
            await cls(pools, own).close()
            raise
        return cls(pools, own)

    @property
    def logins(self) -> tuple[Login, ...]:
        """The logins this process has."""
        return tuple(self._pools)

    def pool(self, login: Login) -> Pool:
        """Return the pool of ``login``; raises DatabaseUnavailable when this process was not given that login."""
        try:
            return self._pools[login]
        except KeyError:
            raise DatabaseUnavailable(f"This process does not act as {login.role}.") from None

    @asynccontextmanager
    async def transaction(self, claims: Claims) -> AsyncIterator[Connection]:
        """Open one transaction in the pool of ``claims.login``; the claims hold until it ends.

        Raises Busy instead of committing when this process was silent for so long that it must look at its keys first.
        """
        async with self.pool(claims.login).transaction(claims.opening) as connection:
            yield connection
            if self.commits_until is not None and instant() > self.commits_until:
                raise Busy

    @asynccontextmanager
    async def own_transaction(self, incident: UUID | None = None) -> AsyncIterator[Connection]:
        """Open one transaction of the process itself: nobody's hat, of one incident or of none."""
        async with self.transaction(Claims(self.own, incident)) as connection:
            yield connection

    async def drained(self) -> None:
        """Return once every transaction that is open now is over, and what followed it without a pause is done."""
        await asyncio.gather(*(pool.drained() for pool in self._pools.values()))
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Close every pool, waiting for connections in use."""
        for pool in self._pools.values():
            await pool.close()


def unreachable(fault: BaseException | None) -> DatabaseUnavailable:
    """Return what a person is told when a connection was refused."""
    if getattr(fault, "sqlstate", None) == _NOT_ADMITTED:
        return DatabaseUnavailable(
            "This login is not let into the database: a restore that is not finished keeps out everybody who serves"
            " (docs/deploy.md)."
        )
    return DatabaseUnavailable(f"PostgreSQL did not accept the connection ({type(fault).__name__}).")


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda text: text, decoder=orjson.loads, format="text"
    )


async def _keep(connection: Any) -> None:
    """Take the place of asyncpg's reset query: there is no session state to reset."""


async def _roll_back(connection: Connection) -> None:
    # A cancelled request must not hand its open transaction to the next one: roll back out of the cancellation's
    # reach, and throw the connection away if even that fails.
    try:
        if connection.is_closed():
            return
        await asyncio.shield(asyncio.wait_for(connection.execute("ROLLBACK"), timeout=ROLL_BACK_SECONDS))
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        with suppress(asyncpg.InterfaceError):  # the server closed it, and the pool has taken it back already
            connection.terminate()
