"""The worker says every few seconds that it is there, when it last sealed everything, and since when a job waits.

Its own pool reads the queue; the processes that serve read what it said (fac.jobs.readiness), since they have no way to
the queue.
Never: say that something was sealed because it was tried.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from fac.db.beat import forget_beats, tell_beat
from fac.db.engine import Database
from fac.domain.ids import new_id
from fac.errors import FacError
from fac.jobs.queue import dead_jobs, waiting_jobs
from fac.logs import get_log

EVERY_SECONDS: Final = 5.0
_FORGOTTEN: Final = timedelta(days=1)
_MOST_COUNTED: Final = 1_000


class Beat:
    """One worker's; ``sealed_at`` says when it had last sealed everything."""

    def __init__(self, database: Database, sealed_at: Callable[[], datetime | None]) -> None:
        self._database = database
        self._sealed_at = sealed_at
        self._id = new_id()

    async def run(self) -> None:
        """Beat until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.tell(datetime.now(UTC))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, FacError) as fault:
                get_log().warning("worker.not_told", exc_info=fault)
            await asyncio.sleep(EVERY_SECONDS)

    async def tell(self, now: datetime) -> None:
        """Say it once."""
        async with self._database.own_transaction() as connection:
            waiting, seconds = await waiting_jobs(connection)
            given_up = len(await dead_jobs(connection, most=_MOST_COUNTED))
            await tell_beat.run(
                connection, id=self._id, beat_at=now, sealed_at=self._sealed_at(),
                due_since=now - timedelta(seconds=seconds) if waiting else None, given_up=given_up,
            )  # fmt: skip
            await forget_beats.run(connection, before=now - _FORGOTTEN)
