"""Incidents and centers in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
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
    lead_organization: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field(
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
    organization: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field("Who runs it.")
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
