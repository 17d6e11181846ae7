"""The incident, founded once, and the centers opened for it.

Founding is the one act without an earlier actor: the founding administrator acts in the same transaction that makes
them, and the audit trail begins with it. Every incident also gets the hat in which background jobs act.
Never: turn an exercise into a real incident, or close a center that still carries families.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import bindparam, exists, select, update

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances
from fac.casework.loading import load
from fac.casework.organization import IN_INCIDENT, insert_organization, require_organization
from fac.casework.staff import insert_membership, lock_account
from fac.casework.work import Result, Tools, Work
from fac.db.case import cases
from fac.db.incident import centers, incidents
from fac.db.statement import Connection, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.text import NAME, refuse, require_texts
from fac.domain.vocabulary import (
    CaseStatus,
    CenterKind,
    ConfidentialityRegime,
    IncidentStatus,
    OrganizationKind,
    Role,
)
from fac.errors import InvalidInput, InvalidTransition

SYSTEM_LOGIN = "system"
_SYSTEM = (SYSTEM_LOGIN, "Background jobs", Role.system_worker)

_insert_incident = insert_into(incidents)
_insert_center = insert_into(centers)
_close_center = Statement(
    update(centers)
    .where(centers.c.incident_id == bindparam("of_incident"), centers.c.id == bindparam("of_id"))
    .values(closed_at=bindparam("to_closed_at"), version=centers.c.version + 1)
)
_carries_cases = Statement(
    select(
        exists().where(
            cases.c.incident_id == bindparam("incident_id"),
            cases.c.center_id == bindparam("center_id"),
            cases.c.status != CaseStatus.closed,
        )
    )
)


@dataclass(frozen=True, slots=True)
class Founded:
    """A new incident: its lead organisation, the administrator's hat and the hat of its background jobs."""

    incident_id: UUID
    organization_id: UUID
    administrator: Actor
    system_worker: Actor


async def found_incident(
    connection: Connection,
    tools: Tools,
    *,
    incident_id: UUID,
    name: str,
    is_exercise: bool,
    timezone: str,
    occurred_on: date,
    lead_organization: str,
    administrator_login: str,
    administrator_name: str,
    now: datetime,
) -> Founded:
    """Found incident ``incident_id``: lead organisation, one administrator, the system's hat; raises InvalidInput."""
    refuse(
        require_texts(
            name=name, leadOrganization=lead_organization, administratorLogin=administrator_login,
            administratorName=administrator_name,
        )
    )  # fmt: skip
    _refuse_strange_zone(timezone)
    if occurred_on > now.date():
        raise InvalidInput.at("occurredOn", "in_the_future", "An incident has happened.")
    organization_id = new_id()
    await insert_organization.run(
        connection, id=organization_id, name=lead_organization.strip(), kind=OrganizationKind.lead_agency,
        confidentiality_regime=ConfidentialityRegime.none, created_at=now, version=1,
    )  # fmt: skip
    await _insert_incident.run(
        connection, id=incident_id, name=name.strip(), is_exercise=is_exercise, timezone=timezone,
        occurred_on=occurred_on, status=IncidentStatus.open, lead_organization_id=organization_id, created_at=now,
        version=1,
    )  # fmt: skip
    people = ((administrator_login, administrator_name, Role.system_administrator), _SYSTEM)
    hats = [await _give_hat(connection, incident_id, organization_id, now, *each) for each in people]
    founded = Founded(incident_id, organization_id, *hats)
    await _tell_founding(connection, tools, founded, now, is_exercise=is_exercise)
    return founded


async def _give_hat(  # a hat's columns, in their order
    connection: Connection,
    incident_id: UUID,
    organization_id: UUID,
    now: datetime,
    login: str,
    display_name: str,
    role: Role,
) -> Actor:
    account_id = await lock_account(connection, login, display_name, now)
    hat = Actor(incident_id, new_id(), account_id, None, role, organization_id, None)
    await insert_membership(connection, hat, now)
    return hat


async def _tell_founding(
    connection: Connection, tools: Tools, founded: Founded, now: datetime, *, is_exercise: bool
) -> None:
    circumstances = Circumstances(now, tools.policy.version, new_id())
    work = Work(connection, founded.administrator, tools, circumstances, "foundIncident")
    work.tell("organization.added", "organization", founded.organization_id, kind=OrganizationKind.lead_agency)
    work.tell("incident.opened", "incident", founded.incident_id, is_exercise=is_exercise)
    for hat in (founded.administrator, founded.system_worker):
        work.tell("membership.granted", "membership", hat.membership_id, role=hat.role)
    await work.finish()


def _refuse_strange_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput.at("timezone", "not_a_zone", "Name an IANA time zone such as America/Chicago.") from None


async def open_center(work: Work, *, kind: CenterKind, name: str, address: str, organization_id: UUID) -> Result:
    """Open a center run by an organisation; it is open from now on. Raises NotFound for an unknown organisation."""
    permit = work.demand("open", "center", held=IN_INCIDENT)
    await require_organization(work.connection, organization_id)
    refuse(require_texts(name=name), require_texts(most=2 * NAME, address=address))
    center_id = new_id()
    await _insert_center.run(
        work.connection, incident_id=work.incident_id, id=center_id, kind=kind, name=name.strip(),
        address=address.strip(), organization_id=organization_id, opened_at=work.now, closed_at=None, version=1,
    )  # fmt: skip
    work.tell("center.opened", permit.record, center_id, kind=kind, organization=organization_id)
    return {"center": str(center_id)}


async def close_center(work: Work, center_id: UUID, *, version: int) -> Result:
    """Close a center; raises InvalidInput while a family's open case is there, InvalidTransition when it is closed.

    The locked row keeps a new case from being opened at the center meanwhile.
    """
    center = await load(work, "center", center_id, action="close", version=version)
    if center["closed_at"] is not None:
        raise InvalidTransition(state="closed", verb="close")
    if await _carries_cases.value(work.connection, incident_id=work.incident_id, center_id=center_id):
        raise InvalidInput.at("centerId", "carries_cases", "Hand its open cases over, or close them, first.")
    await _close_center.run(work.connection, of_incident=work.incident_id, of_id=center_id, to_closed_at=work.now)
    work.tell("center.closed", "center", center_id)
    return {"center": str(center_id)}
