"""Handoffs between centers in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
from fac.domain.vocabulary import HandoffDeclineReason, HandoffStatus

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.incident import Center
    from fac.api.staff import Membership


@strawberry.type(
    description="Responsibility for a case offered by one center to another. The origin stays accountable until a named worker accepts."
)
class Handoff:
    """Responsibility for a case offered by one center to another."""

    id: strawberry.ID = field("Opaque id.")
    status: HandoffStatus = field("How far it is.")
    proposed_at: datetime = field("When it was proposed.")
    expires_at: datetime = field("When the offer lapses.")
    decided_at: datetime | None = field("When it was decided.")
    decline_reason: HandoffDeclineReason | None = field("Why it was declined.")
    client_agreed: bool = field("Whether the family agreed.")
    version: int = field("Version, for changes.")
    message: str | None = field("What the receiving center should know (narrative).")
    case: Annotated["Case", strawberry.lazy("fac.api.case")] | None = field("Which case.")
    from_center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("From which center.")
    to_center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("To which center.")
    proposed_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who proposed it.")
    decided_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who decided.")
    receiving_worker: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who took over.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class HandoffQueries:
    """Queries of this room."""

    handoff: Handoff | None = by_id("One handoff.")
    handoffs: Connection[Handoff] = page(
        "Handoffs from or to your center, newest first.", status=(HandoffStatus, "Only in this state.")
    )
