"""Keeps a process on the policy in force, and lets everybody see which one each process has.

It asks every two seconds for the number of the newest approval (one look at an index): a connection pooler between
does not pass notifications on, and two seconds are soon enough for a change that two persons thought about.
Never: stop for a fault, or leave a process on an old policy without saying so.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from fac.access.in_force import Policies
from fac.db.engine import Database
from fac.db.policy import forget_processes, tell_process
from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.errors import Busy, DatabaseUnavailable
from fac.logs import get_log

EVERY_SECONDS: Final = 2.0
TOLD_EVERY: Final = timedelta(seconds=10)
ALIVE: Final = timedelta(seconds=60)  # not seen for so long, a process is taken for gone
_FORGOTTEN: Final = timedelta(days=1)


class Watch:
    """One process's watch over the policy; ``component`` is what it is (serve, worker, demo)."""

    def __init__(self, policies: Policies, component: str, clock: Callable[[], datetime]) -> None:
        self._policies = policies
        self._component = component
        self._clock = clock
        self._id = new_id()
        self._since = clock()
        self._told: datetime | None = None

    async def run(self, database: Database) -> None:
        """Watch until cancelled; a database that is away is waited for."""
        while True:
            try:
                async with database.own_transaction() as connection:
                    await self.look(connection)
            except (OSError, Busy, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                get_log().warning("policy.not_watched", exc_info=fault)
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self, connection: Connection) -> None:
        """Swap if there is something newer, and tell what this process has in force."""
        now, before = self._clock(), self._policies.current
        changed = await self._policies.refresh(connection)
        if self._policies.current is not before:
            self._since = now
        if changed or self._told is None or now - self._told >= TOLD_EVERY:
            await self._tell(connection, now)

    async def _tell(self, connection: Connection, now: datetime) -> None:
        current = self._policies.current
        await tell_process.run(
            connection, id=self._id, component=self._component, number=current.number,
            version=current.policy.version.hex(), refused=self._policies.refused, since=self._since, seen_at=now,
        )  # fmt: skip
        await forget_processes.run(connection, before=now - _FORGOTTEN)
        self._told = now
