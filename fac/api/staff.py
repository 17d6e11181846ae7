"""Hats in the schema: who is on duty as what, where.

Never: show how to sign in.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, field, page
from fac.domain.vocabulary import Role

if TYPE_CHECKING:
    from fac.api.incident import Center
    from fac.api.organization import Organization


@strawberry.type(description="A person who works here.")
class Account:
    """A person who works here."""

    id: strawberry.ID = field("Opaque id.")
    display_name: str | None = field("The name colleagues know.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="A hat: one role for one organisation at one center in one incident.")
class Membership:
    """A hat: one role for one organisation at one center in one incident."""

    id: strawberry.ID = field("Opaque id.")
    role: Role = field("The role.")
    started_at: datetime = field("Since when.")
    ended_at: datetime | None = field("Until when, if it ended.")
    account: Account | None = field("Whose hat it is.")
    organization: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field(
        "For which organisation."
    )
    center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("At which center.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class StaffQueries:
    """Queries of this room."""

    viewer: Membership | None = field("The hat you wear in this session.")
    memberships: Connection[Membership] = page(
        "The hats of the incident that you may see.", role=(Role, "Only this role.")
    )
