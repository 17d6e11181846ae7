"""Referrals in the schema, and a partner's inbox.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
from fac.domain.vocabulary import DeclineReason, ReferralKind, ReferralOutcome, ReferralStatus, ReleasePurpose, Urgency

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.need import Need
    from fac.api.organization import Organization, Service
    from fac.api.partner_note import PartnerNote
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="A referral of one or several household members to an organisation's service.")
class Referral:
    """A referral of one or several household members to an organisation's service."""

    id: strawberry.ID = field("Opaque id.")
    kind: ReferralKind = field("How much travels.")
    status: ReferralStatus = field("How far it is.")
    urgency: Urgency | None = field("How soon it must be answered.")
    purpose: ReleasePurpose = field("The purpose a release must name.")
    created_at: datetime = field("When it was drafted.")
    sent_at: datetime | None = field("When it was sent.")
    due_at: datetime | None = field("When silence becomes overdue.")
    received_at: datetime | None = field("When the organisation saw it.")
    accepted_at: datetime | None = field("When it was accepted.")
    scheduled_at: datetime | None = field("When the service is to begin.")
    ended_at: datetime | None = field("When it ended.")
    escalated_at: datetime | None = field("When silence was escalated.")
    decline_reason: DeclineReason | None = field("Why it was declined.")
    outcome: ReferralOutcome | None = field("What came of it.")
    version: int = field("Version, for changes.")
    reason: str | None = field("Why, in words (narrative).")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("The case it comes from.")
    service: Annotated[Service, strawberry.lazy("fac.api.organization")] | None = field("The service asked for.")
    recipient: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "The organisation it goes to."
    )
    created_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who drafted it.")
    accepted_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who accepted it.")
    persons: list[Annotated[Person, strawberry.lazy("fac.api.person")]] = field("For whom.")
    needs: list[Annotated[Need, strawberry.lazy("fac.api.need")]] = field("For which needs.")
    partner_notes: Connection[Annotated[PartnerNote, strawberry.lazy("fac.api.partner_note")]] = page(
        "What your own organisation wrote down of it, newest first; nobody else's notes are here."
    )
    steps: list[ReferralStep] = field("Every step it took.")
    lacks_agreement: bool = field(
        "Whether it is under way and no agreement with the recipient is in force: nothing personal opens there."
    )
    redisclosure_notice: str | None = field("The notice of 42 CFR 2.32, where this speaks of substance use.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="One step of a referral.")
class ReferralStep:
    """One step of a referral."""

    id: strawberry.ID = field("Opaque id.")
    from_status: ReferralStatus | None = field("From which state.")
    to_status: ReferralStatus = field("To which state.")
    verb: str = field("By which step.")
    taken_at: datetime = field("When.")
    taken_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class ReferralQueries:
    """Queries of this room."""

    referral: Referral | None = by_id("One referral.")
    referrals: Connection[Referral] = page(
        "The referrals in your scope, newest first.", status=(ReferralStatus, "Only in this state.")
    )
    referral_inbox: Connection[Referral] = page(
        "What was sent, newest first: a partner's inbox.", status=(ReferralStatus, "Only in this state.")
    )
    referrals_without_agreement: Connection[Referral] = page(
        "Referrals under way whose recipient has no agreement in force any more, newest first."
    )
