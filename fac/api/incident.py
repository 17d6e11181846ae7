"""Incidents and centers in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import incident
from fac.domain.vocabulary import CenterKind, IncidentStatus

if TYPE_CHECKING:
    from fac.api.organization import Organization


@strawberry.type(description="A mass-violence incident, or an exercise for one.")
class Incident:
    """A mass-violence incident, or an exercise for one."""

    id: strawberry.ID = field("Opaque id.")
    name: str = field("What the incident is called.")
    is_exercise: bool = field("Whether this is a drill; a drill is in no funder report.")
    timezone: str = field("IANA time zone of the place.")
    occurred_on: date = field("The day it happened.")
    status: IncidentStatus = field("Open or closed.")
    lead_organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "The agency in charge."
    )
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type(
    description="A place where families are received: reunification, family assistance or resiliency center."
)
class Center:
    """A place where families are received: reunification, family assistance or resiliency center."""

    id: strawberry.ID = field("Opaque id.")
    kind: CenterKind = field("Which of the three kinds.")
    name: str = field("What it is called.")
    address: str = field("Where it is.")
    opened_at: datetime = field("When it opened.")
    closed_at: datetime | None = field("When it closed, if it has.")
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field("Who runs it.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class IncidentQueries:
    """Queries of this room."""

    incident: Incident | None = field("The incident you are on duty in.")
    center: Center | None = by_id("One center.")
    centers: Connection[Center] = page(
        "The incident's centers, first opened first.", kind=(CenterKind, "Only this kind.")
    )


@strawberry.input(description="A center that opens.")
class OpenCenterInput:
    """A center that opens."""

    client_mutation_id: UUID = mutation_key()
    kind: CenterKind = given("Which of the three kinds.")
    name: str = given("What it is called.")
    address: str = given("Where it is.")
    organization_id: strawberry.ID = given("Who runs it.")


@strawberry.input(description="A center that closes.")
class CloseCenterInput:
    """A center that closes."""

    client_mutation_id: UUID = mutation_key()
    center_id: strawberry.ID = given("Which center.")
    version: int = given("The version you read.")


@strawberry.type(description="The center is open.")
class CenterOpened:
    """The center is open."""

    center: Center = field("The center.")


@strawberry.type(description="The center is closed.")
class CenterClosed:
    """The center is closed."""

    center: Center = field("The center.")


OpenCenterResult = Annotated[
    CenterOpened | Refusals, strawberry.union("OpenCenterResult", description="What came of openCenter.")
]
CloseCenterResult = Annotated[
    CenterClosed | Refusals, strawberry.union("CloseCenterResult", description="What came of closeCenter.")
]


@strawberry.type
class IncidentMutations:
    """Mutations of this room."""

    @mutation("Open a center of one of the three kinds.")
    async def open_center(self, info: strawberry.Info, input: OpenCenterInput) -> OpenCenterResult:
        """Open a center."""
        return await act(
            info,
            input,
            CenterOpened,
            lambda work: incident.open_center(
                work,
                kind=input.kind,
                name=input.name,
                address=input.address,
                organization_id=id_of(work, input.organization_id, "Organization"),
            ),
        )

    @mutation("Close a center that carries no open case any more.")
    async def close_center(self, info: strawberry.Info, input: CloseCenterInput) -> CloseCenterResult:
        """Close a center."""
        return await act(
            info,
            input,
            CenterClosed,
            lambda work: incident.close_center(work, id_of(work, input.center_id, "Center"), version=input.version),
        )
