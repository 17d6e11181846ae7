"""Follow-ups in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import follow_up
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
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Whom to reach.")
    referral: Annotated[Referral, strawberry.lazy("fac.api.referral")] | None = field("The referral it is about.")
    attempts: list[ContactAttempt] = field("Attempts to reach the family, first first.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="An attempt to reach the family.")
class ContactAttempt:
    """An attempt to reach the family."""

    id: strawberry.ID = field("Opaque id.")
    channel: Channel = field("How.")
    outcome: ContactOutcome = field("What came of it.")
    attempted_at: datetime = field("When.")
    attempted_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="When and why somebody comes back to the family.")
class PlanFollowUpInput:
    """When and why somebody comes back to the family."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    due_on: date = given("By when; today or later.")
    reason: FollowUpReason = given("Why.")
    person_id: strawberry.ID | None = given("Whom to reach.", None)
    referral_id: strawberry.ID | None = given("The referral it is about.", None)


@strawberry.type(description="The follow-up is planned.")
class FollowUpPlanned:
    """The follow-up is planned."""

    follow_up: FollowUp = field("The follow-up.")


@strawberry.input(description="An attempt to reach the family.")
class AttemptFollowUpInput:
    """An attempt to reach the family."""

    client_mutation_id: UUID = mutation_key()
    follow_up_id: strawberry.ID = given("Which follow-up.")
    channel: Channel = given("How.")
    outcome: ContactOutcome = given("What came of it.")


@strawberry.type(description="The attempt is written down; the follow-up stays due.")
class FollowUpAttempted:
    """The attempt is written down; the follow-up stays due."""

    follow_up: FollowUp = field("The follow-up.")


@strawberry.input(description="What came of a follow-up.")
class CompleteFollowUpInput:
    """What came of a follow-up."""

    client_mutation_id: UUID = mutation_key()
    follow_up_id: strawberry.ID = given("Which follow-up.")
    version: int = given("The version you read.")
    outcome: ContactOutcome = given("What came of it; not an outcome that reached nobody.")


@strawberry.type(description="The follow-up is done.")
class FollowUpCompleted:
    """The follow-up is done."""

    follow_up: FollowUp = field("The follow-up.")


@strawberry.input(description="A follow-up that nobody will do.")
class CancelFollowUpInput:
    """A follow-up that nobody will do."""

    client_mutation_id: UUID = mutation_key()
    follow_up_id: strawberry.ID = given("Which follow-up.")
    version: int = given("The version you read.")


@strawberry.type(description="The follow-up is cancelled.")
class FollowUpCancelled:
    """The follow-up is cancelled."""

    follow_up: FollowUp = field("The follow-up.")


PlanFollowUpResult = Annotated[
    FollowUpPlanned | Refusals, strawberry.union("PlanFollowUpResult", description="What came of planFollowUp.")
]
AttemptFollowUpResult = Annotated[
    FollowUpAttempted | Refusals, strawberry.union("AttemptFollowUpResult", description="What came of attemptFollowUp.")
]
CompleteFollowUpResult = Annotated[
    FollowUpCompleted | Refusals,
    strawberry.union("CompleteFollowUpResult", description="What came of completeFollowUp."),
]
CancelFollowUpResult = Annotated[
    FollowUpCancelled | Refusals, strawberry.union("CancelFollowUpResult", description="What came of cancelFollowUp.")
]


@strawberry.type
class FollowUpQueries:
    """Queries of this room."""

    follow_up: FollowUp | None = by_id("One follow-up.")
    follow_ups: Connection[FollowUp] = page(
        "The follow-ups in your scope, first due first.",
        status=(FollowUpStatus, "Only in this state."),
        due_by=(date, "Only those due on or before this day."),
    )


@strawberry.type
class FollowUpMutations:
    """Mutations of this room."""

    @mutation("Plan to come back to a family by a date.")
    async def plan_follow_up(self, info: strawberry.Info, input: PlanFollowUpInput) -> PlanFollowUpResult:
        """Plan to come back to a family by a date."""
        return await act(
            info,
            input,
            FollowUpPlanned,
            lambda work: follow_up.plan_follow_up(
                work,
                id_of(work, input.case_id, "Case"),
                due_on=input.due_on,
                reason=input.reason,
                person_id=id_or_none(work, input.person_id, "Person"),
                referral_id=id_or_none(work, input.referral_id, "Referral"),
            ),
        )

    @mutation("Write down an attempt to reach the family.")
    async def attempt_follow_up(self, info: strawberry.Info, input: AttemptFollowUpInput) -> AttemptFollowUpResult:
        """Write down an attempt to reach the family."""
        return await act(
            info,
            input,
            FollowUpAttempted,
            lambda work: follow_up.attempt_follow_up(
                work, id_of(work, input.follow_up_id, "FollowUp"), channel=input.channel, outcome=input.outcome
            ),
        )

    @mutation("End a follow-up with what came of it.")
    async def complete_follow_up(self, info: strawberry.Info, input: CompleteFollowUpInput) -> CompleteFollowUpResult:
        """End a follow-up with what came of it."""
        return await act(
            info,
            input,
            FollowUpCompleted,
            lambda work: follow_up.complete_follow_up(
                work, id_of(work, input.follow_up_id, "FollowUp"), version=input.version, outcome=input.outcome
            ),
        )

    @mutation("Cancel a follow-up.")
    async def cancel_follow_up(self, info: strawberry.Info, input: CancelFollowUpInput) -> CancelFollowUpResult:
        """Cancel a follow-up."""
        return await act(
            info,
            input,
            FollowUpCancelled,
            lambda work: follow_up.cancel_follow_up(
                work, id_of(work, input.follow_up_id, "FollowUp"), version=input.version
            ),
        )
