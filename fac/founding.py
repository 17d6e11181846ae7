"""What is done at the machine itself, where nobody is signed in: an incident founded, sessions issued and ended, a lost
second factor reset.

Never: print or keep a token beyond handing it to who asked; take part in casework.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from fac import opening
from fac.casework.incident import Founded, found_incident
from fac.casework.second_factor import reset_at_the_machine
from fac.casework.staff import USUAL_IDLE, act_for_administrator, issue_session, revoke_sessions
from fac.casework.work import Work
from fac.db.claims import WORKING, Claims
from fac.domain.ids import new_id

if TYPE_CHECKING:
    from fac.api.context import Parts
    from fac.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Incident:
    """What must be said of an incident to found it."""

    name: str
    lead_organization: str
    administrator_login: str
    administrator_name: str
    timezone: str
    occurred_on: date
    is_exercise: bool


@dataclass(frozen=True, slots=True)
class Hat:
    """Whose sessions: a membership of an incident, and the administrator who answers for them."""

    incident_id: UUID
    administrator_login: str
    membership_id: UUID


async def open_incident(settings: "Settings", incident: Incident) -> Founded:
    """Found an incident; raises InvalidInput naming what cannot be."""
    async with opening.opened(settings, WORKING, personal=False) as parts:
        return await found(parts, incident)


async def found(parts: "Parts", incident: Incident) -> Founded:
    """Found an incident over opened parts."""
    incident_id = new_id()
    async with parts.database.transaction(Claims.of_system(incident_id)) as connection:
        return await found_incident(
            connection,
            parts.tools,
            incident_id=incident_id,
            name=incident.name,
            is_exercise=incident.is_exercise,
            timezone=incident.timezone,
            occurred_on=incident.occurred_on,
            lead_organization=incident.lead_organization,
            administrator_login=incident.administrator_login,
            administrator_name=incident.administrator_name,
            now=parts.clock(),
        )


async def sign_in(settings: "Settings", hat: Hat, days: int, idle: timedelta) -> str:
    """Return the token of a new session; raises NotSignedIn for who is no administrator, NotFound for no such hat."""
    async with opening.opened(settings, WORKING, personal=False) as parts:
        return await new_session(parts, hat, days, idle)


async def new_session(parts: "Parts", hat: Hat, days: int, idle: timedelta = USUAL_IDLE) -> str:
    """Issue a session over opened parts."""

    async def issue(work: Work) -> str:
        return await issue_session(work, hat.membership_id, expires_at=work.now + timedelta(days=days), idle=idle)

    return await _at_the_machine(parts, hat, "issueSession", issue)


async def sign_out(settings: "Settings", hat: Hat) -> int:
    """End every session of a hat, which stays; returns how many there were."""
    async with opening.opened(settings, WORKING, personal=False) as parts:
        return await end_sessions(parts, hat)


async def end_sessions(parts: "Parts", hat: Hat) -> int:
    """End the sessions over opened parts."""
    return await _at_the_machine(parts, hat, "revokeSessions", lambda work: revoke_sessions(work, hat.membership_id))


async def reset_factor(settings: "Settings", hat: Hat) -> None:
    """End the second factor of who wears a hat; raises InvalidTransition where there is none."""
    async with opening.opened(settings, WORKING, personal=False) as parts:
        await end_factor(parts, hat)


async def end_factor(parts: "Parts", hat: Hat) -> None:
    """End the second factor over opened parts."""
    await _at_the_machine(
        parts, hat, "resetFactorAtTheMachine", lambda work: reset_at_the_machine(work, hat.membership_id)
    )


async def _at_the_machine(parts: "Parts", hat: Hat, operation: str, verb: Callable[[Work], Awaitable[T]]) -> T:
    async with parts.database.transaction(Claims.of_system(hat.incident_id)) as connection:
        work = await act_for_administrator(
            connection, parts.tools, incident_id=hat.incident_id, login=hat.administrator_login, operation=operation,
            now=parts.clock(),
        )  # fmt: skip
        result = await verb(work)
        await work.finish()
        return result
