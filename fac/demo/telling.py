"""Acts of the past: each verb carried out by its actor, at its instant, in the transaction of one family's story.

Never: enqueue a notice of something long past; nobody is waiting for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances
from fac.casework.work import Result, Tools, Work
from fac.db.statement import Connection
from fac.domain.ids import new_id

Verb: TypeAlias = Callable[..., Awaitable[Result]]

# A deadline that passed in the last days is still the worker's to act on; older ones were acted on long ago.
_STILL_DUE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Telling:
    """One transaction in which a story is told; ``now`` is the present, which no act goes beyond."""

    connection: Connection
    tools: Tools
    now: datetime

    async def act(self, actor: Actor, at: datetime, operation: str, verb: Verb, /, *place: Any, **given: Any) -> Result:
        """Carry ``verb`` out as ``actor`` at ``at``, with its audit rows and the jobs that are still to be done."""
        work = self.work(actor, at, operation)
        result = await verb(work, *place, **given)
        work.jobs[:] = [job for job in work.jobs if job[1] is not None and job[1] > self.now - _STILL_DUE]
        await work.finish()
        return result

    def work(self, actor: Actor, at: datetime, operation: str) -> Work:
        """Return the work of one act."""
        circumstances = Circumstances(min(at, self.now), self.tools.policy.version, new_id())
        return Work(self.connection, actor, self.tools, circumstances, operation)
