"""Erasures in the schema.

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
from fac.casework import erasure
from fac.casework.erasure import Extent
from fac.domain.vocabulary import ErasureReason, ErasureStatus

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(
    description="That what is known of a person is erased: one proposes it, another carries it out. Counts stay."
)
class Erasure:
    """That what is known of a person is erased."""

    id: strawberry.ID = field("Opaque id.")
    reason: ErasureReason = field("Why.")
    status: ErasureStatus = field("How far it is.")
    includes_case_words: bool = field(
        "Whether notes, reasons of referrals and handoff messages of the whole case go too: they may name the person."
    )
    proposed_at: datetime = field("When it was proposed.")
    ended_at: datetime | None = field("When it was carried out or withdrawn.")
    version: int = field("Version, for changes.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Whose data.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("In which case.")
    proposed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who proposed it.")
    ended_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who carried it out or withdrew.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Whose data is to be erased, and how far.")
class ProposeErasureInput:
    """Whose data is to be erased, and how far."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Whose data.")
    reason: ErasureReason = given("Why.")
    includes_case_words: bool = given(
        "Whether what was written of the whole case goes too: it may name the person, and the family loses it.", False
    )


@strawberry.type(description="The erasure is proposed; nothing is lost until somebody else approves it.")
class ErasureProposed:
    """The erasure is proposed."""

    erasure: Erasure = field("The proposal.")


@strawberry.input(description="A proposal of somebody else's that is to be carried out. This cannot be undone.")
class ApproveErasureInput:
    """A proposal that is to be carried out."""

    client_mutation_id: UUID = mutation_key()
    erasure_id: strawberry.ID = given("Which proposal.")
    version: int = given("The version you read.")


@strawberry.type(description="What was known of the person is gone, for good; counts stay.")
class ErasureCarriedOut:
    """What was known of the person is gone."""

    erasure: Erasure = field("The erasure.")


@strawberry.input(description="A proposal that is not to be carried out.")
class WithdrawErasureInput:
    """A proposal that is not to be carried out."""

    client_mutation_id: UUID = mutation_key()
    erasure_id: strawberry.ID = given("Which proposal.")
    version: int = given("The version you read.")


@strawberry.type(description="The proposal is withdrawn.")
class ErasureWithdrawn:
    """The proposal is withdrawn."""

    erasure: Erasure = field("The proposal.")


ProposeErasureResult = Annotated[
    ErasureProposed | Refusals, strawberry.union("ProposeErasureResult", description="What came of proposeErasure.")
]
ApproveErasureResult = Annotated[
    ErasureCarriedOut | Refusals, strawberry.union("ApproveErasureResult", description="What came of approveErasure.")
]
WithdrawErasureResult = Annotated[
    ErasureWithdrawn | Refusals, strawberry.union("WithdrawErasureResult", description="What came of withdrawErasure.")
]


@strawberry.type
class ErasureQueries:
    """Queries of this room."""

    erasure: Erasure | None = by_id("One erasure.")
    erasures: Connection[Erasure] = page(
        "The erasures you may see, newest proposal first.", status=(ErasureStatus, "Only those in this state.")
    )


@strawberry.type
class ErasureMutations:
    """Mutations of this room."""

    @mutation("Propose to erase what is known of a person.")
    async def propose_erasure(self, info: strawberry.Info, input: ProposeErasureInput) -> ProposeErasureResult:
        """Propose to erase what is known of a person."""
        return await act(
            info,
            input,
            ErasureProposed,
            lambda work: erasure.propose_erasure(
                work,
                id_of(work, input.person_id, "Person"),
                extent=Extent(input.reason, includes_case_words=input.includes_case_words),
            ),
        )

    @mutation("Erase, for good, what another proposed to erase; stepUp first. A legal hold wins.")
    async def approve_erasure(self, info: strawberry.Info, input: ApproveErasureInput) -> ApproveErasureResult:
        """Erase what another proposed to erase."""
        return await act(
            info,
            input,
            ErasureCarriedOut,
            lambda work: erasure.approve_erasure(work, id_of(work, input.erasure_id, "Erasure"), version=input.version),
        )

    @mutation("Withdraw a proposal to erase.")
    async def withdraw_erasure(self, info: strawberry.Info, input: WithdrawErasureInput) -> WithdrawErasureResult:
        """Withdraw a proposal to erase."""
        return await act(
            info,
            input,
            ErasureWithdrawn,
            lambda work: erasure.withdraw_erasure(
                work, id_of(work, input.erasure_id, "Erasure"), version=input.version
            ),
        )
