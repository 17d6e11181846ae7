"""Conflict walls: a person or an organisation is kept from a case, and let back to it.

Never: let somebody raise or lift a wall of their own, wall off who answers for the family, or tell who is walled off
that there is anything behind it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, select, update

from fac.casework.loading import Loaded, load
from fac.casework.organization import require_organization
from fac.casework.review import Deed, await_review
from fac.casework.work import Result, Work
from fac.db.conflict_wall import conflict_walls, standing_walls
from fac.db.incident import centers
from fac.db.staff import memberships
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import ReviewKind, WallReason
from fac.errors import Conflict, InvalidInput, InvalidTransition

REVIEWED_WITHIN = timedelta(days=7)

_insert = insert_into(conflict_walls)
_lift = Statement(
    update(conflict_walls)
    .where(conflict_walls.c.incident_id == bindparam("of_incident"), conflict_walls.c.id == bindparam("of_id"))
    .values(
        lifted_by=bindparam("by", type_=Uuid),
        lifted_at=bindparam("at", type_=DateTime(timezone=True)),
        version=conflict_walls.c.version + 1,
    )
)
_account_of = Statement(
    select(memberships.c.account_id).where(
        memberships.c.incident_id == bindparam("incident_id"), memberships.c.id == bindparam("id")
    )
)
_runs_center = Statement(
    select(centers.c.organization_id).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id")
    )
)


@dataclass(frozen=True, slots=True)
class Side:
    """Who is kept out: the person who wears the hat ``membership_id``, in all their hats, or an organisation."""

    membership_id: UUID | None = None
    organization_id: UUID | None = None


async def raise_conflict_wall(work: Work, case_id: UUID, *, side: Side, reason: WallReason) -> Result:
    """Keep ``side`` from the case, from the next statement on, whatever else lets them in.

    Raises InvalidInput unless exactly one side is named, and for one's own, that of the accountable worker, or that of
    the center's organisation; Conflict when such a wall stands already.
    """
    if (side.membership_id is None) == (side.organization_id is None):
        raise InvalidInput.at("membershipId", "one_side", "Name either a person on duty or an organisation.")
    case = await load(work, "case", case_id, action="read", then=("raise", "conflict_wall"))
    work.demand("raise", "conflict_wall", held=case.held)
    account_id = None if side.membership_id is None else await _other_person(work, case, side.membership_id)
    if side.organization_id is not None:
        await _refuse_host(work, case, side.organization_id)
    who: dict[str, Any] = {"account_id": account_id, "organization_id": side.organization_id}
    if await standing_walls.value(work.connection, incident_id=work.incident_id, case_id=case_id, **who):
        raise Conflict
    wall_id = new_id()
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=wall_id, case_id=case_id, membership_id=side.membership_id,
        **who, reason=reason, raised_by=work.actor.membership_id, raised_at=work.now, lifted_by=None, lifted_at=None,
        version=1,
    )  # fmt: skip
    work.tell("conflict_wall.raised", "conflict_wall", wall_id, subjects=(case_id,), reason=reason, **who)
    return {"conflict_wall": str(wall_id)}


async def lift_conflict_wall(work: Work, wall_id: UUID, *, version: int) -> Result:
    """Let who was kept out see again what their role and relations allow; another person reviews it within a week.

    Raises InvalidTransition when it was lifted.
    """
    wall = await load(work, "conflict_wall", wall_id, action="lift", version=version)
    if wall["lifted_at"] is not None:
        raise InvalidTransition(state="lifted", verb="lift")
    await _lift.run(
        work.connection, of_incident=work.incident_id, of_id=wall_id, by=work.actor.membership_id, at=work.now
    )
    work.tell("conflict_wall.lifted", "conflict_wall", wall_id, subjects=(wall["case_id"],))
    deed = Deed(ReviewKind.wall_lifted, wall["case_id"], conflict_wall_id=wall_id)
    await await_review(work, deed, within=REVIEWED_WITHIN)
    return {"conflict_wall": str(wall_id)}


async def refuse_walled_organization(work: Work, case_id: UUID, organization_id: UUID, *, path: str) -> None:
    """Raise InvalidInput when the organisation is walled off: what is sent there would reach nobody."""
    if await standing_walls.value(
        work.connection, incident_id=work.incident_id, case_id=case_id, account_id=None,
        organization_id=organization_id,
    ):  # fmt: skip
        raise InvalidInput.at(path, "behind_conflict_wall", "A conflict wall stands here; choose another organisation.")


async def _other_person(work: Work, case: Loaded, membership_id: UUID) -> UUID:
    """Return whose hat it is; raises InvalidInput for one's own person or the one who answers for the family."""
    hat = await load(work, "membership", membership_id, action="read", lock=False)
    account_id: UUID = hat["account_id"]
    if account_id == work.actor.account_id:
        raise InvalidInput.at("membershipId", "own_wall", "Somebody else decides on a wall of yours.")
    carrying = await _account_of.value(work.connection, incident_id=work.incident_id, id=case["responsible_id"])
    if account_id == carrying:
        raise InvalidInput.at("membershipId", "carries_case", "Assign the case to somebody else first.")
    return account_id


async def _refuse_host(work: Work, case: Loaded, organization_id: UUID) -> None:
    await require_organization(work.connection, organization_id)
    if organization_id == work.actor.organization_id:
        raise InvalidInput.at("organizationId", "own_wall", "Somebody else decides on a wall of yours.")
    host = await _runs_center.value(work.connection, incident_id=work.incident_id, id=case["center_id"])
    if organization_id == host:
        raise InvalidInput.at("organizationId", "carries_case", "Its center carries the case; hand it over first.")
