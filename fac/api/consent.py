"""Releases of information in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, by_id, field
from fac.domain.vocabulary import InfoClass, ReleaseForm, ReleasePurpose, SignatoryCapacity

if TYPE_CHECKING:
    from fac.api.organization import Organization
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(
    description="A release of information: written, informed, specific, for one recipient and a limited time."
)
class Release:
    """A release of information: written, informed, specific, for one recipient and a limited time."""

    id: strawberry.ID = field("Opaque id.")
    purpose: ReleasePurpose = field("What for.")
    form: ReleaseForm = field("The form of communication it allows.")
    language: str = field("The language it was explained in.")
    risks_explained: bool = field("Whether the risks were explained.")
    effective_at: datetime = field("From when.")
    expires_at: datetime = field("Until when.")
    recorded_at: datetime = field("When it was recorded.")
    revoked_at: datetime | None = field("When it was revoked, if it was.")
    version: int = field("Version, for changes.")
    classes: list[InfoClass] = field("The classes of information it opens.")
    person: Annotated["Person", strawberry.lazy("fac.api.person")] | None = field("Whose information.")
    recipient: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field("To whom.")
    recorded_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who recorded it.")
    revoked_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who recorded the revocation.")
    signatories: list[ReleaseSignatory] = field("Who signed.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Somebody who signed a release.")
class ReleaseSignatory:
    """Somebody who signed a release."""

    id: strawberry.ID = field("Opaque id.")
    capacity: SignatoryCapacity = field("In what capacity.")
    legal_basis: str | None = field("The law by which a minor consents alone.")
    signed_on: date = field("When.")
    person: Annotated["Person", strawberry.lazy("fac.api.person")] | None = field("Who.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class ConsentQueries:
    """Queries of this room."""

    release: Release | None = by_id("One release.")
