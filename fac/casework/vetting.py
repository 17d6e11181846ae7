"""Vetting: somebody answerable vouches for a volunteer, until a day. Before and after it a volunteer sees nobody.

What was checked (background, references, training) is kept where such records belong; here is who vouched and until
when. It is looked up at every read (the relation my_center_while_vetted), so an ended vetting holds at once.
Never: let a hat vouch for itself, or without an end.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, update

from fac.casework.loading import Loaded, load
from fac.casework.second_factor import demand_proof
from fac.casework.work import OUTLINE, Result, Work
from fac.db.staff import memberships
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import InvalidInput, InvalidTransition

LONGEST = timedelta(days=366)  # vouched for anew every year, as agreements and contacts are (domain invariant 15)
_LISTED = OUTLINE | InfoClass.workforce.bit

_instant = DateTime(timezone=True)
_vet = Statement(
    update(memberships)
    .where(memberships.c.incident_id == bindparam("of_incident"), memberships.c.id == bindparam("of_id"))
    .values(
        vetted_by=bindparam("by", type_=Uuid),
        vetted_at=bindparam("at", type_=_instant),
        vetted_until=bindparam("until", type_=_instant),
    )
)
_end = Statement(
    update(memberships)
    .where(memberships.c.incident_id == bindparam("of_incident"), memberships.c.id == bindparam("of_id"))
    .values(vetted_until=bindparam("at", type_=_instant))
)


async def vet_membership(work: Work, membership_id: UUID, *, until: datetime) -> Result:
    """Vouch for a volunteer until an instant within a year; a second time it replaces the first.

    Raises InvalidInput for another role, the own account, or an end that has passed or is too far, NotPermitted
    without a fresh proof (needs_step_up).
    """
    hat = await _volunteer(work, membership_id)
    if hat["account_id"] == work.actor.account_id:
        raise InvalidInput.at("membershipId", "own_account", "Nobody vouches for themselves.")
    if not work.now < until <= work.now + LONGEST:
        raise InvalidInput.at("until", "out_of_range", "A vetting ends in the future, within a year.")
    await demand_proof(work)
    await _vet.run(
        work.connection, of_incident=work.incident_id, of_id=membership_id, by=work.actor.membership_id, at=work.now,
        until=until,
    )  # fmt: skip
    work.tell("membership.vetted", "membership", membership_id, until=until.isoformat())
    return {"membership": str(membership_id)}


async def end_vetting(work: Work, membership_id: UUID) -> Result:
    """End a vetting now; raises InvalidTransition when there is none in force."""
    hat = await _volunteer(work, membership_id)
    if hat["vetted_until"] is None or hat["vetted_until"] <= work.now:
        raise InvalidTransition(state="unvetted", verb="end_vetting")
    # Two machines' clocks may differ: a vetting never ends before it began.
    at = max(work.now, hat["vetted_at"])
    await _end.run(work.connection, of_incident=work.incident_id, of_id=membership_id, at=at)
    work.tell("membership.vetting_ended", "membership", membership_id)
    return {"membership": str(membership_id)}


async def _volunteer(work: Work, membership_id: UUID) -> Loaded:
    hat = await load(work, "membership", membership_id, action="vet", info=_LISTED)
    if hat["role"] != Role.volunteer:
        raise InvalidInput.at("membershipId", "not_a_volunteer", "Only volunteers are vetted here.")
    if hat["ended_at"] is not None:
        raise InvalidTransition(state="ended", verb="vet")
    return hat
