"""Tells who keeps the directory, and the partner, what is due for its yearly check (domain invariant 15).

Asked when the notice goes out: what was renewed, ended or verified meanwhile is nobody's concern.
Never: tell of anything but the directory.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid5

from sqlalchemy import bindparam, exists, select

from fac.casework.loading import Loaded, load
from fac.casework.organization import AHEAD, CHECKED
from fac.casework.work import Work
from fac.db.incident import incidents
from fac.db.organization import agreements
from fac.db.statement import Statement
from fac.jobs.acting import Equipment, acting
from fac.jobs.notify import Telling, deliver, untold_contacts

_lead_of = Statement(select(incidents.c.lead_organization_id).where(incidents.c.id == bindparam("incident_id")))
_goes_on = Statement(
    select(
        exists().where(
            agreements.c.incident_id == bindparam("incident_id"),
            agreements.c.organization_id == bindparam("organization_id"),
            agreements.c.expires_on > bindparam("expires_on"),
            agreements.c.ended_at.is_(None),
        )
    )
)


async def notify_agreement(equipment: Equipment, task: str, incident_id: UUID, agreement_id: UUID) -> None:
    """Tell that an agreement ends within a month, unless it was ended or another one goes on after it."""

    async def due(work: Work, agreement: Loaded) -> UUID | None:
        after = {"organization_id": agreement["organization_id"], "expires_on": agreement["expires_on"]}
        if agreement["ended_at"] is not None or await _goes_on.value(work.connection, incident_id=incident_id, **after):
            return None
        return agreement_id

    await _tell(equipment, task, incident_id, "agreement", agreement_id, due)


async def notify_contact(equipment: Equipment, task: str, incident_id: UUID, contact_id: UUID) -> None:
    """Tell that nobody has made sure of a contact for nearly a year, unless somebody did meanwhile."""

    async def due(work: Work, contact: Loaded) -> UUID | None:
        verified_on = contact["verified_on"]
        is_due = verified_on + CHECKED - AHEAD <= work.now.date()
        return uuid5(contact_id, str(verified_on)) if is_due else None  # told once a year

    await _tell(equipment, task, incident_id, "organization_contact", contact_id, due)


async def _tell(
    equipment: Equipment,
    task: str,
    incident_id: UUID,
    record: str,
    id: UUID,
    due: Callable[[Work, Loaded], Awaitable[UUID | None]],
) -> None:
    """Tell the lead organisation and the partner, where ``due`` names a cause."""
    event = f"{record}.due"
    async with acting(equipment, incident_id, task) as work:
        row = await load(work, record, id, action="read")
        cause_id = await due(work, row)
        if cause_id is None:
            return
        lead_id = await _lead_of.value(work.connection, incident_id=incident_id)
        telling = Telling(event, record, id, cause_id, tuple({lead_id, row["organization_id"]}))
        untold = await untold_contacts(work, telling)
        if untold:
            work.tell(event, record, id, organization=row["organization_id"])
    await deliver(equipment, task, incident_id, telling, untold)
