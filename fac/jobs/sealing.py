"""Seals every incident's audit trail every few seconds, and says in the log what the newest seal is.

The log goes elsewhere, so each line is a witness that the trail can be held against. The sealer also remembers what it
sealed last: a trail that no longer holds it was rolled back, and that is an alarm.
Never: stop for one incident's fault, or seal a trail that does not extend what was sealed before.
"""

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select

from fac.audit.seal import MOST_EVENTS, all_incidents, digest_of, newest_seal, seal_pending
from fac.db.audit import audit_seals
from fac.db.claims import Claims
from fac.db.engine import Database
from fac.db.statement import Connection, Statement
from fac.errors import Busy, DatabaseUnavailable
from fac.logs import get_log

if TYPE_CHECKING:
    from fac.crypto.mac import AuditMac

EVERY_SECONDS = 5.0
WHOLE_EVERY = 720  # passes: once an hour everything is looked at, not only what is recent

_seal = Statement(
    select(audit_seals).where(
        audit_seals.c.incident_id == bindparam("incident_id"), audit_seals.c.number == bindparam("number")
    )
)


class Sealer:
    """Seals for one process; ``run`` for ever, ``pass_over`` once."""

    def __init__(self, database: Database, mac: "AuditMac") -> None:
        self._database = database
        self._mac = mac
        self._witnessed: dict[UUID, tuple[int, bytes]] = {}
        self._passed_at: datetime | None = None
        self._is_whole = True

    @property
    def passed_at(self) -> datetime | None:
        """When the last pass began that left nothing unsealed behind it, in no incident."""
        return self._passed_at

    async def run(self) -> None:
        """Seal until cancelled; a database that is away is waited for."""
        for number in count():
            try:
                await self.pass_over(whole=number % WHOLE_EVERY == 0)
            except (OSError, Busy, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                get_log().warning("audit.not_sealed", exc_info=fault)
            await asyncio.sleep(EVERY_SECONDS)

    async def pass_over(self, *, whole: bool = False) -> int:
        """Seal what every incident has; return how many rows were sealed."""
        began, self._is_whole = datetime.now(UTC), True
        async with self._database.transaction(Claims.of_system()) as connection:
            ids = [row["id"] for row in await all_incidents.all(connection)]
        sealed = 0
        for incident_id in ids:
            while rows := await self._seal(incident_id, whole=whole):
                sealed += rows
                if rows < MOST_EVENTS:
                    break
        if self._is_whole:
            self._passed_at = began
        return sealed

    async def _seal(self, incident_id: UUID, *, whole: bool) -> int:
        try:
            async with self._database.transaction(Claims.of_system(incident_id)) as connection:
                if whole:  # looks at every row there is
                    await connection.execute("SET LOCAL statement_timeout = '10min'")
                if not await self._extends(connection, incident_id):
                    get_log().error("audit.rolled_back", incident_id=incident_id)
                    self._is_whole = False
                    return 0
                made = await seal_pending(connection, self._mac, incident_id, now=datetime.now(UTC), whole=whole)
        except asyncpg.UniqueViolationError:
            return 0  # another worker sealed at the same moment
        if made is None:
            return 0
        self._witnessed[incident_id] = (made.number, made.digest)
        get_log().info(
            "audit.sealed", incident_id=incident_id, number=made.number, count=made.events, digest=made.digest.hex()
        )
        return made.events

    async def _extends(self, connection: Connection, incident_id: UUID) -> bool:
        if incident_id not in self._witnessed:
            newest = await newest_seal.first(connection, incident_id=incident_id)
            if newest is not None:
                self._witnessed[incident_id] = (newest["number"], digest_of(dict(newest)))
            return True
        number, digest = self._witnessed[incident_id]
        held = await _seal.first(connection, incident_id=incident_id, number=number)
        return held is not None and digest_of(dict(held)) == digest
