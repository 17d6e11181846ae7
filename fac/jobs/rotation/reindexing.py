"""Rotation of the index key: postings under the old epoch are found, and made anew under the active one.

Until none are left a look-up asks for the tokens of both epochs, so that nobody goes unfound. What remains are the
old postings themselves, so a killed run needs no memory of where it was.
Never: leave a person with neither posting, or open an identity without the audit row that says so.
"""

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, select

from fac.audit.ledger import Circumstances
from fac.casework.reindexing import Posting, rebuild_postings
from fac.casework.work import Work
from fac.crypto.keys import INDEX
from fac.db.duplicate import match_postings
from fac.db.statement import Statement
from fac.domain.ids import new_id
from fac.errors import RotationBlocked
from fac.jobs.acting import system_actor
from fac.jobs.rotation.epochs import advance, begin, finish, rows_under
from fac.jobs.rotation.holding import Custody
from fac.jobs.rotation.operating import Operator, incidents_of
from fac.jobs.rotation.rewrapping import Progress

BATCH: Final = 200
_PASSES: Final = 20
_PAUSE_SECONDS: Final = 0.5

_batch = Statement(
    select(match_postings.c.id, match_postings.c.token, match_postings.c.pointer)
    .where(
        match_postings.c.incident_id == bindparam("incident_id"),
        match_postings.c.id > bindparam("after", type_=Uuid),
        func.get_byte(match_postings.c.pointer, 0) * 256 + func.get_byte(match_postings.c.pointer, 1)
        < bindparam("target", type_=Integer),
    )
    .order_by(match_postings.c.id)
    .limit(bindparam("most", type_=Integer))
)


async def rotate_index(custody: Custody, operator: Operator, progress: Progress) -> int:
    """Bring every posting under a new epoch of the index key; return how many old ones are gone.

    Resumes what a killed run left. Raises RotationBlocked when postings stay (their persons' rows are locked, or do not
    open) or a process does not follow.
    """
    rotation = await begin(custody, operator, INDEX)
    await advance(custody, INDEX, rotation.target)
    total = await _left(custody, rotation.target)
    left = total
    for turn in range(_PASSES):
        for incident_id in await incidents_of(custody):
            await _rebuild_incident(custody, incident_id, rotation.target, progress, total)
        left = await _left(custody, rotation.target)
        progress(INDEX, total - left, total)
        if not left:
            await finish(custody, operator, rotation)
            return total
        await asyncio.sleep(_PAUSE_SECONDS * turn)
    raise RotationBlocked(f"{left} postings are left: their persons are in use, or do not open.")


async def _left(custody: Custody, target: int) -> int:
    return sum([await rows_under(custody, INDEX, epoch) for epoch in range(1, target)])


async def _rebuild_incident(custody: Custody, incident_id: UUID, target: int, progress: Progress, total: int) -> None:
    after, met = UUID(int=0), 0
    while True:
        async with custody.database.own_transaction(incident_id) as connection:
            rows = await _batch.all(connection, incident_id=incident_id, after=after, target=target, most=BATCH)
            if not rows:
                return
            actor = await system_actor(connection, incident_id)
            circumstances = Circumstances(custody.clock(), custody.tools.policy.version, new_id())
            work = Work(connection, actor, custody.tools, circumstances, "rotateIndex")
            await rebuild_postings(work, [Posting(row["id"], row["token"], row["pointer"]) for row in rows])
            await work.finish()
        after, met = rows[-1]["id"], met + len(rows)
        progress(INDEX, min(met, total), total)
