"""How a job acts: in the hat of its incident's system worker, in one transaction, audited like any other work.

Never: act without that hat, use the network inside the transaction, or carry anything but ids.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.access.actor import Actor
from fac.access.in_force import Policies
from fac.audit.ledger import Circumstances
from fac.casework.work import Tools, Work
from fac.db.claims import Claims
from fac.db.engine import Database
from fac.db.staff import memberships
from fac.db.statement import Connection, Statement
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.errors import JobRefused
from fac.jobs.transport import Transport

_find_hat = Statement(
    select(memberships.c.id, memberships.c.account_id, memberships.c.organization_id)
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        memberships.c.role == Role.system_worker,
        memberships.c.ended_at.is_(None),
    )
    .order_by(memberships.c.started_at, memberships.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every job works with; made once a process."""

    database: Database
    tools: Tools
    clock: Callable[[], datetime]
    transport: Transport
    policies: Policies

    def tools_for(self, incident_id: UUID) -> Tools:
        """Return the tools with the policy that the incident has now."""
        return replace(self.tools, policy=self.policies.of(incident_id))


async def system_actor(connection: Connection, incident_id: UUID) -> Actor:
    """Return the hat that jobs of the incident act in; raises JobRefused when it has none."""
    hat = await _find_hat.first(connection, incident_id=incident_id)
    if hat is None:
        raise JobRefused
    return Actor(incident_id, hat["id"], hat["account_id"], None, Role.system_worker, hat["organization_id"], None)


@asynccontextmanager
async def acting(equipment: Equipment, incident_id: UUID, task: str) -> AsyncIterator[Work]:
    """Lend a piece of work in one transaction; what it leaves (audit, jobs) is written before the commit."""
    async with equipment.database.transaction(Claims.of_system(incident_id)) as connection:
        actor = await system_actor(connection, incident_id)
        tools = equipment.tools_for(incident_id)
        circumstances = Circumstances(equipment.clock(), tools.policy.version, new_id())
        work = Work(connection, actor, tools, circumstances, task)
        yield work
        await work.finish()
