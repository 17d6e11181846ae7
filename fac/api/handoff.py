"""Handoffs between centers in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import handoff
from fac.domain.vocabulary import HandoffDeclineReason, HandoffStatus

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.incident import Center
    from fac.api.staff import Membership


@strawberry.type(
    description="Responsibility for a case offered by one center to another. "
    "The origin stays accountable until a named worker accepts."
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
    message: str | None = field("What the receiving center should know (staff_record).")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    from_center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("From which center.")
    to_center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("To which center.")
    proposed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who proposed it.")
    decided_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who decided.")
    receiving_worker: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who took over.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="An offer of a case to another center.")
class ProposeHandoffInput:
    """An offer of a case to another center."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    to_center_id: strawberry.ID = given("The center that is to take it.")
    client_agreed: bool = given("Whether the family agreed; there is no handoff without.")
    message: str | None = given("What the receiving center should know; sealed.", None)


@strawberry.type(description="The case was offered; the origin stays accountable until a named worker accepts.")
class HandoffProposed:
    """The case was offered; the origin stays accountable until a named worker accepts."""

    handoff: Handoff = field("The handoff.")


@strawberry.input(description="Who takes the case over.")
class AcceptHandoffInput:
    """Who takes the case over."""

    client_mutation_id: UUID = mutation_key()
    handoff_id: strawberry.ID = given("Which handoff.")
    version: int = given("The version you read.")
    worker_id: strawberry.ID = given("A case manager or supervisor of the receiving center.")


@strawberry.type(description="The named worker is accountable from now on.")
class HandoffAccepted:
    """The named worker is accountable from now on."""

    handoff: Handoff = field("The handoff.")


@strawberry.input(description="Why the case is not taken over.")
class DeclineHandoffInput:
    """Why the case is not taken over."""

    client_mutation_id: UUID = mutation_key()
    handoff_id: strawberry.ID = given("Which handoff.")
    version: int = given("The version you read.")
    reason: HandoffDeclineReason = given("Why.")


@strawberry.type(description="The offer was declined; the case stays where it is.")
class HandoffDeclined:
    """The offer was declined; the case stays where it is."""

    handoff: Handoff | None = field("The handoff; null, because what was declined is no longer the center's to see.")


@strawberry.input(description="An offer that is taken back.")
class WithdrawHandoffInput:
    """An offer that is taken back."""

    client_mutation_id: UUID = mutation_key()
    handoff_id: strawberry.ID = given("Which handoff.")
    version: int = given("The version you read.")


@strawberry.type(description="The offer was withdrawn; the case stays where it is.")
class HandoffWithdrawn:
    """The offer was withdrawn; the case stays where it is."""

    handoff: Handoff = field("The handoff.")


ProposeHandoffResult = Annotated[
    HandoffProposed | Refusals, strawberry.union("ProposeHandoffResult", description="What came of proposeHandoff.")
]
AcceptHandoffResult = Annotated[
    HandoffAccepted | Refusals, strawberry.union("AcceptHandoffResult", description="What came of acceptHandoff.")
]
DeclineHandoffResult = Annotated[
    HandoffDeclined | Refusals, strawberry.union("DeclineHandoffResult", description="What came of declineHandoff.")
]
WithdrawHandoffResult = Annotated[
    HandoffWithdrawn | Refusals, strawberry.union("WithdrawHandoffResult", description="What came of withdrawHandoff.")
]


@strawberry.type
class HandoffQueries:
    """Queries of this room."""

    handoff: Handoff | None = by_id("One handoff.")
    handoffs: Connection[Handoff] = page(
        "Handoffs from or to your center, newest first.",
        status=(HandoffStatus, "Only in this state."),
        from_center_id=(strawberry.ID, "Only what this center offered."),
    )


@strawberry.type
class HandoffMutations:
    """Mutations of this room."""

    @mutation("Offer a case to another center for seven days.")
    async def propose_handoff(self, info: strawberry.Info, input: ProposeHandoffInput) -> ProposeHandoffResult:
        """Offer a case to another center for seven days."""
        return await act(
            info,
            input,
            HandoffProposed,
            lambda work: handoff.propose_handoff(
                work,
                id_of(work, input.case_id, "Case"),
                to_center_id=id_of(work, input.to_center_id, "Center"),
                client_agreed=input.client_agreed,
                message=input.message,
            ),
        )

    @mutation("Take an offered case over, naming who is accountable from now on.")
    async def accept_handoff(self, info: strawberry.Info, input: AcceptHandoffInput) -> AcceptHandoffResult:
        """Take an offered case over, naming who is accountable from now on."""
        return await act(
            info,
            input,
            HandoffAccepted,
            lambda work: handoff.accept_handoff(
                work,
                id_of(work, input.handoff_id, "Handoff"),
                version=input.version,
                worker_id=id_of(work, input.worker_id, "Membership"),
            ),
        )

    @mutation("Decline an offered case.")
    async def decline_handoff(self, info: strawberry.Info, input: DeclineHandoffInput) -> DeclineHandoffResult:
        """Decline an offered case."""
        return await act(
            info,
            input,
            HandoffDeclined,
            lambda work: handoff.decline_handoff(
                work, id_of(work, input.handoff_id, "Handoff"), version=input.version, reason=input.reason
            ),
        )

    @mutation("Take an offer back before it is answered.")
    async def withdraw_handoff(self, info: strawberry.Info, input: WithdrawHandoffInput) -> WithdrawHandoffResult:
        """Take an offer back before it is answered."""
        return await act(
            info,
            input,
            HandoffWithdrawn,
            lambda work: handoff.withdraw_handoff(
                work, id_of(work, input.handoff_id, "Handoff"), version=input.version
            ),
        )
