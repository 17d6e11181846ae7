"""Mixes the postings of the blind index, so that where they lie does not tell which were written together.

A dump lists a table as it lies, and what lies together there was written together: postings of one family, set beside
the cases in the order of their ids. Every posting is written anew in the order of its id, which is chance, a slice of
ids at a time: whoever looks one up meanwhile finds it, an intake goes on, and who takes a posting away waits for its
slice. A snapshot stands until the last slice: without it the room of the rows that were rewritten would be used again
by later slices, page by page, and each row would stay with those it was written with.
Never: change a posting, hold more than a slice, or spend more than a hundredth of the time.
"""

import asyncio
import time
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import Integer, Uuid, bindparam, select, update

from fac.audit.seal import all_incidents
from fac.db.claims import Claims
from fac.db.duplicate import match_postings
from fac.db.engine import Database
from fac.db.statement import Statement
from fac.errors import Busy, DatabaseUnavailable
from fac.logs import get_log

EVERY_SECONDS: Final = 3600.0
MOST_SECONDS: Final = 600
SLICE: Final = 4096
_SHARE: Final = 100  # of the time that passes
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)

# The rows go where there is room, in the order in which they are come by: by way of the key, not of the table.
_BY_KEY: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_STAND: Final = "SELECT pg_export_snapshot()"
_of_incident = match_postings.c.incident_id == bindparam("of_incident", type_=Uuid)
_after = match_postings.c.id > bindparam("after", type_=Uuid)
_slice_end = Statement(
    select(match_postings.c.id)
    .where(_of_incident, _after)
    .order_by(match_postings.c.id)
    .offset(bindparam("skipped", type_=Integer))
    .limit(1)
)
_mix = Statement(
    update(match_postings)
    .where(_of_incident, _after, match_postings.c.id <= bindparam("until", type_=Uuid))
    .values(normaliser=match_postings.c.normaliser)
)
_EVER_POSTED: Final = "SELECT pg_stat_get_tuples_inserted('match_postings'::regclass)"


async def mix_postings(database: Database) -> int:
    """Write every posting of every incident anew, in the order of its id; return how many there were."""
    async with database.transaction(Claims.of_system()) as connection:
        ids = [row["id"] for row in await all_incidents.all(connection)]
    return sum([await _mix_incident(database, incident_id) for incident_id in ids])


async def _mix_incident(database: Database, incident_id: UUID) -> int:
    claims, mixed, after = Claims.of_system(incident_id), 0, _FIRST
    async with asyncio.timeout(MOST_SECONDS), database.transaction(claims) as standing:
        await standing.execute(f"{_BY_KEY}; {_STAND}")
        while after < _LAST:
            at = {"of_incident": incident_id, "after": after}
            until = await _slice_end.value(standing, **at, skipped=SLICE - 1) or _LAST
            async with database.transaction(claims) as connection:
                await connection.execute(_BY_KEY)
                mixed += await _mix.run(connection, **at, until=until)
            after = until
    return mixed


async def mix_if_new(database: Database, known: int) -> int:
    """Mix where something was posted since ``known`` postings had ever been; return how many have been now."""
    async with database.transaction(Claims.of_system()) as connection:
        posted: int = await connection.fetchval(_EVER_POSTED)
    if posted != known:  # less than before: the server counts from nothing after a crash
        get_log().info("postings.mixed", count=await mix_postings(database))
    return posted


async def mix_for_ever(database: Database) -> None:
    """Mix every hour in which something was posted, until cancelled; a database that is away is waited for."""
    known = -1
    while True:
        begun = time.monotonic()
        try:
            known = await mix_if_new(database, known)
        except (OSError, Busy, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            get_log().warning("postings.not_mixed", exc_info=fault)
        await asyncio.sleep(max(EVERY_SECONDS, _SHARE * (time.monotonic() - begun)))
