"""Cases in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
from fac.domain.vocabulary import CaseStatus, CloseReason, FollowUpStatus, NeedStatus, ReferralStatus

if TYPE_CHECKING:
    from fac.api.assistance import Assistance
    from fac.api.consent import Release
    from fac.api.follow_up import FollowUp
    from fac.api.handoff import Handoff
    from fac.api.incident import Center
    from fac.api.need import Need
    from fac.api.note import Note
    from fac.api.person import Household, Person
    from fac.api.referral import Referral
    from fac.api.staff import Membership


@strawberry.type(description="One family's case, followed from the first intake for as long as it takes.")
class Case:
    """One family's case, followed from the first intake for as long as it takes."""

    id: strawberry.ID = field("Opaque id.")
    case_number: str = field("The number people say to each other; the last letter is a check.")
    status: CaseStatus = field("Open, paused or closed.")
    opened_at: datetime = field("When it was opened.")
    closed_at: datetime | None = field("When it was closed, if it is.")
    close_reason: CloseReason | None = field("Why it was closed.")
    version: int = field("Version, for changes.")
    center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("The center that is responsible.")
    responsible: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field(
        "The one worker who is accountable now."
    )
    households: list[Annotated["Household", strawberry.lazy("fac.api.person")]] = field("The households of the family.")
    persons: list[Annotated["Person", strawberry.lazy("fac.api.person")]] = field("Everybody in the case.")
    intakes: list[Intake] = field("The interviews.")
    assignments: list[CaseAssignment] = field("Who was accountable when, first first.")
    needs: Connection[Annotated["Need", strawberry.lazy("fac.api.need")]] = page(
        "Needs, newest first.", status=(NeedStatus, "Only in this state.")
    )
    releases: Connection[Annotated["Release", strawberry.lazy("fac.api.consent")]] = page(
        "Releases of information, revoked and expired ones too."
    )
    referrals: Connection[Annotated["Referral", strawberry.lazy("fac.api.referral")]] = page(
        "Referrals, newest first.", status=(ReferralStatus, "Only in this state.")
    )
    handoffs: Connection[Annotated["Handoff", strawberry.lazy("fac.api.handoff")]] = page("Handoffs, newest first.")
    assistances: Connection[Annotated["Assistance", strawberry.lazy("fac.api.assistance")]] = page(
        "What was delivered, newest first."
    )
    follow_ups: Connection[Annotated["FollowUp", strawberry.lazy("fac.api.follow_up")]] = page(
        "Follow-ups, first due first.", status=(FollowUpStatus, "Only in this state.")
    )
    notes: Connection[Annotated["Note", strawberry.lazy("fac.api.note")]] = page("Notes, newest first.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Who was accountable for a case, from when to when.")
class CaseAssignment:
    """Who was accountable for a case, from when to when."""

    id: strawberry.ID = field("Opaque id.")
    started_at: datetime = field("From when.")
    ended_at: datetime | None = field("Until when; open for the present one.")
    worker: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("The accountable worker.")
    center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("At which center.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="The interview that opened a case, or one that added to it.")
class Intake:
    """The interview that opened a case, or one that added to it."""

    id: strawberry.ID = field("Opaque id.")
    language: str = field("The language it was held in.")
    recorded_at: datetime = field("When it was recorded.")
    center: Annotated["Center", strawberry.lazy("fac.api.incident")] | None = field("Where.")
    recorded_by: Annotated["Membership", strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class CaseQueries:
    """Queries of this room."""

    case: Case | None = by_id("One case.")
    cases: Connection[Case] = page("The cases in your scope, newest first.", status=(CaseStatus, "Only in this state."))
    caseload: Connection[Case] = page(
        "The cases you are accountable for, newest first.", status=(CaseStatus, "Only in this state.")
    )
