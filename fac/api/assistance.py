"""Awards and delivered assistance in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page

if TYPE_CHECKING:
    from fac.api.organization import Organization
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="A funding award.")
class Award:
    """A funding award."""

    id: strawberry.ID = field("Opaque id.")
    name: str = field("Its name.")
    award_number: str = field("The funder's number.")
    starts_on: date = field("First day.")
    ends_on: date = field("First day after it.")
    new_resets_in_month: int = field("Month (1-12) in which a person counts as new again.")
    version: int = field("Version, for changes.")
    funder: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field("Who funds.")
    organization: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field("Who is funded.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="A service delivered to a person, counted in funder reports.")
class Assistance:
    """A service delivered to a person, counted in funder reports."""

    id: strawberry.ID = field("Opaque id.")
    line_code: str = field("The report line, such as C4.")
    occurrences: int = field("How many times.")
    delivered_on: date = field("When.")
    recorded_at: datetime = field("When it was recorded.")
    entered_in_error_at: datetime | None = field("When it was struck out, if it was.")
    version: int = field("Version, for changes.")
    person: Annotated["Person", strawberry.lazy("fac.api.person")] | None = field("To whom.")
    award: Award | None = field("Under which award.")
    organization: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field(
        "By which organisation."
    )
    recorded_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("Who recorded it.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class AssistanceQueries:
    """Queries of this room."""

    award: Award | None = by_id("One award.")
    awards: Connection[Award] = page("The awards in your scope.")
