"""Legal holds: nothing of a person, or of anybody in a case, is erased while one stands.

Placed by who answers for privacy or for the center when a suit, a prosecution, an audit or a request for records is to
be expected; a hold wins over every erasure (domain invariant 14).
Never: be placed on somebody erased, or lifted by anything but a decision.
"""

from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, func, select, update

from fac.casework.loading import load
from fac.casework.work import Result, Work
from fac.db.erasure import legal_holds
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import HoldReason
from fac.errors import Conflict, InvalidInput, InvalidTransition

_insert = insert_into(legal_holds)
_same = Statement(
    select(func.count()).where(
        legal_holds.c.incident_id == bindparam("incident_id"),
        legal_holds.c.case_id == bindparam("case_id"),
        legal_holds.c.person_id.is_not_distinct_from(bindparam("person_id", type_=Uuid)),
        legal_holds.c.lifted_at.is_(None),
    )
)
_lift = Statement(
    update(legal_holds)
    .where(legal_holds.c.incident_id == bindparam("of_incident"), legal_holds.c.id == bindparam("of_id"))
    .values(
        lifted_by=bindparam("by", type_=Uuid),
        lifted_at=bindparam("at", type_=DateTime(timezone=True)),
        version=legal_holds.c.version + 1,
    )
)


async def place_legal_hold(
    work: Work, *, person_id: UUID | None = None, case_id: UUID | None = None, reason: HoldReason
) -> Result:
    """Hold a person, or everybody in a case, for as long as nobody lifts it.

    Raises InvalidInput unless exactly one is named, InvalidTransition for somebody erased, Conflict when such a hold
    stands already.
    """
    match person_id, case_id:
        case (UUID(), None):
            held = await load(work, "person", person_id, action="read", then=("place", "legal_hold"))
            case_id = held["case_id"]
        case (None, UUID()):
            held = await load(work, "case", case_id, action="read", then=("place", "legal_hold"))
        case _:
            raise InvalidInput.at("personId", "one_of_both", "Name either a person or a case.")
    work.demand("place", "legal_hold", held=held.held)
    if person_id is not None and held["erased_at"] is not None:
        raise InvalidTransition(state="erased", verb="place")
    if await _same.value(work.connection, incident_id=work.incident_id, case_id=case_id, person_id=person_id):
        raise Conflict
    hold_id = new_id()
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=hold_id, case_id=case_id, person_id=person_id, reason=reason,
        placed_by=work.actor.membership_id, placed_at=work.now, lifted_by=None, lifted_at=None, version=1,
    )  # fmt: skip
    work.tell("legal_hold.placed", "legal_hold", hold_id, subjects=(person_id or case_id,), reason=reason)
    return {"legal_hold": str(hold_id)}


async def lift_legal_hold(work: Work, hold_id: UUID, *, version: int) -> Result:
    """Let what was held be erased again, where that is decided; InvalidTransition when it was lifted."""
    hold = await load(work, "legal_hold", hold_id, action="lift", version=version)
    if hold["lifted_at"] is not None:
        raise InvalidTransition(state="lifted", verb="lift")
    await _lift.run(
        work.connection, of_incident=work.incident_id, of_id=hold_id, by=work.actor.membership_id, at=work.now
    )
    work.tell("legal_hold.lifted", "legal_hold", hold_id, subjects=(hold["person_id"] or hold["case_id"],))
    return {"legal_hold": str(hold_id)}
