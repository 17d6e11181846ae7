"""Rotation of the audit key: what is written from now on is under a new epoch, and what was written stays as it is.

Rows, seals, checkpoints, second factors and portal tokens verify, or are derived, under the epoch they were made under;
a trail that was written anew would prove nothing. So nothing is brought along, and no epoch of it is ever destroyed.
What was written under the former key is sealed before the change is told of, so that nothing can be added to it later
by whoever has that key (fac.audit.turns).
Never: touch a row of the trail, or tell of the change while a process could still write under the former key.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from fac.audit.checkpoint import Checkpoint, take_checkpoint
from fac.audit.seal import MOST_EVENTS, seal_everything
from fac.audit.turns import mark
from fac.crypto.keys import AUDIT
from fac.db.claims import Claims
from fac.jobs.rotation.epochs import advance, begin, finish
from fac.jobs.rotation.holding import Custody
from fac.jobs.rotation.operating import Operator, incidents_of
from fac.jobs.rotation.rewrapping import Progress


async def rotate_audit(custody: Custody, operator: Operator, _: Progress) -> int:
    """Write the audit under a new epoch of its key, in every process; return the epoch.

    Resumes what a killed run left. Raises RotationBlocked when a process does not follow.
    """
    rotation = await begin(custody, operator, AUDIT)
    await advance(custody, AUDIT, rotation.target)
    # Every process writes under the new key by now, so what is under the former one stands there to be sealed.
    closed = {each: await _close(custody, each) for each in await incidents_of(custody)}

    def of_trail(incident_id: UUID) -> dict[str, Any]:
        return mark(closed.get(incident_id))  # one that was opened since has nothing under the former key

    await finish(custody, operator, rotation, of_trail)
    return rotation.target


async def _close(custody: Custody, incident_id: UUID) -> Checkpoint | None:
    """Seal all that a trail has, whatever other sealers do meanwhile; return how far it has come."""
    while True:
        try:
            async with custody.database.transaction(Claims.of_system(incident_id)) as connection:
                await connection.execute("SET LOCAL statement_timeout = '10min'")  # looks at every row there is
                made = await seal_everything(connection, custody.tools.mac, incident_id, now=datetime.now(UTC))
                reached = await take_checkpoint(connection, incident_id)
        except asyncpg.UniqueViolationError:
            continue  # another sealer was quicker, and what it left is sealed now
        if made is None or made.events < MOST_EVENTS:
            return reached
