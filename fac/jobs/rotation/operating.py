"""Who changes keys, and that it is told: an administrator by login, and an event in the trail of every incident.

Never: change a key for somebody without a name, or leave an incident's trail without the change.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, select

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances, Entry
from fac.audit.seal import all_incidents
from fac.db.staff import accounts, memberships
from fac.db.statement import Connection, Row, Statement
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.errors import NotSignedIn
from fac.jobs.acting import system_actor
from fac.jobs.rotation.holding import Custody

_administrators = Statement(
    select(memberships)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(
        accounts.c.login == bindparam("login", type_=Text),
        memberships.c.role == Role.system_administrator,
        memberships.c.ended_at.is_(None),
    )
    .order_by(memberships.c.incident_id, memberships.c.started_at),
    across_incidents=True,
)
OfTrail = Callable[[UUID], Mapping[str, Any]]  # what an event says of the trail it stands in


@dataclass(frozen=True, slots=True)
class Operator:
    """An account that administers at least one incident, and its hat in each it administers."""

    account_id: UUID
    hats: dict[UUID, Actor]


async def find_operator(custody: Custody, login: str) -> Operator:
    """Return the operator; raises NotSignedIn when ``login`` administers nothing here."""
    async with custody.database.own_transaction() as connection:
        rows = await _administrators.all(connection, login=login.strip().casefold())
    if not rows:
        raise NotSignedIn
    return Operator(rows[0]["account_id"], {row["incident_id"]: _hat(row) for row in reversed(rows)})


async def incidents_of(custody: Custody) -> list[UUID]:
    """Return every incident of the database."""
    async with custody.database.own_transaction() as connection:
        return [row["id"] for row in await all_incidents.all(connection)]


async def tell_everywhere(
    custody: Custody,
    connection: Connection,
    operator: Operator,
    event: str,
    of_trail: OfTrail | None = None,
    **detail: Any,
) -> None:
    """Write ``event`` into the trail of every incident, in the transaction of the change."""
    for incident_id in [row["id"] for row in await all_incidents.all(connection)]:
        own = {} if of_trail is None else of_trail(incident_id)
        await tell(custody, connection, operator, incident_id, [Entry(event, "keys", "key", detail={**detail, **own})])


async def tell(
    custody: Custody, connection: Connection, operator: Operator, incident_id: UUID, entries: Iterable[Entry]
) -> None:
    """Write entries into one trail, in the operator's own hat or the system's; each names the operator's account."""
    actor = operator.hats.get(incident_id) or await system_actor(connection, incident_id)
    circumstances = Circumstances(custody.clock(), custody.tools.policy.version, new_id())
    named = [
        Entry(
            each.event, each.operation, each.record, each.record_id, each.subjects, each.classes,
            {**each.detail, "operator": str(operator.account_id)},
        )
        for each in entries
    ]  # fmt: skip
    await custody.tools.ledger.append_all(connection, actor, named, circumstances)


def _hat(row: Row) -> Actor:
    return Actor(
        row["incident_id"], row["id"], row["account_id"], None, Role(row["role"]), row["organization_id"],
        row["center_id"],
    )  # fmt: skip
