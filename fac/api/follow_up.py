"""Follow-ups in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
from fac.domain.vocabulary import Channel, ContactOutcome, FollowUpReason, FollowUpStatus

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.person import Person
    from fac.api.referral import Referral
    from fac.api.staff import Membership


@strawberry.type(description="A human comes back to the family by a date.")
class FollowUp:
    """A human comes back to the family by a date."""

    id: strawberry.ID = field("Opaque id.")
    reason: FollowUpReason = field("Why.")
    status: FollowUpStatus = field("Due, done or cancelled.")
    due_on: date = field("By when.")
    created_at: datetime = field("When it was planned.")
    ended_at: datetime | None = field("When it ended.")
    outcome: ContactOutcome | None = field("What came of it.")
    version: int = field("Version, for changes.")
    case: Annotated["Case", strawberry.lazy("fac.api.case")] | None = field("Which case.")
    person: Annotated["Person", strawberry.lazy("fac.api.person")] | None = field("Whom to reach.")
    referral: Annotated["Referral", strawberry.lazy("fac.api.referral")] | None = field("The referral it is about.")
    attempts: list[ContactAttempt] = field("Attempts to reach the family, first first.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="An attempt to reach the family.")
class ContactAttempt:
    """An attempt to reach the family."""

    id: strawberry.ID = field("Opaque id.")
    channel: Channel = field("How.")
    outcome: ContactOutcome = field("What came of it.")
    attempted_at: datetime = field("When.")
    attempted_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class FollowUpQueries:
    """Queries of this room."""

    follow_up: FollowUp | None = by_id("One follow-up.")
    follow_ups: Connection[FollowUp] = page(
        "The follow-ups in your scope, first due first.",
        status=(FollowUpStatus, "Only in this state."),
        due_by=(date, "Only those due on or before this day."),
    )
