"""Reunifications in the schema.

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
from fac.casework import reunification
from fac.casework.reunification import Check
from fac.domain.vocabulary import SignatureKind

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.person import Person, Relationship
    from fac.api.staff import Membership


@strawberry.type(
    description="A minor or dependent and who comes for them, checked by one worker and then by another. "
    "Without a confirmation nobody has left."
)
class Reunification:
    """A minor or dependent and who comes for them."""

    id: strawberry.ID = field("Opaque id.")
    photo_id_matched: bool = field("Whether the first worker matched the photo identification.")
    authority_checked: bool = field("Whether the first worker checked the authority.")
    signature: SignatureKind = field("How it was signed for, at the first check.")
    begun_at: datetime = field("When the first check was made.")
    expires_at: datetime = field("Until when it can be confirmed.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Who is to leave.")
    picked_up_by: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("With whom.")
    relationship: Annotated[Relationship, strawberry.lazy("fac.api.person")] | None = field("What authorises it.")
    begun_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who made the first check.")
    confirmations: list[ReunificationConfirmation] = field("The second check, once made: the person has left.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="The second check of a reunification, by another person; the minor or dependent left.")
class ReunificationConfirmation:
    """The second check of a reunification."""

    id: strawberry.ID = field("Opaque id.")
    photo_id_matched: bool = field("Whether the second worker matched the photo identification.")
    authority_checked: bool = field("Whether the second worker checked the authority.")
    signature: SignatureKind = field("How it was signed for, on leaving.")
    left_at: datetime = field("When the person left.")
    confirmed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who made the second check.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="The first check before a minor or dependent leaves.")
class BeginReunificationInput:
    """The first check before a minor or dependent leaves."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Who is to leave.")
    picked_up_by_id: strawberry.ID = given("With whom; an adult of the same case, with a tie that authorises it.")
    photo_id_matched: bool = given("That you matched the photo identification; nobody leaves without.")
    authority_checked: bool = given("That you checked the authority; nobody leaves without.")
    signature: SignatureKind = given("How it was signed for.")


@strawberry.type(description="The first check is recorded; another worker makes the second.")
class ReunificationBegun:
    """The first check is recorded."""

    reunification: Reunification = field("The reunification.")


@strawberry.input(description="The second check, by another worker.")
class ConfirmReunificationInput:
    """The second check, by another worker."""

    client_mutation_id: UUID = mutation_key()
    reunification_id: strawberry.ID = given("Which reunification.")
    photo_id_matched: bool = given("That you too matched the photo identification.")
    authority_checked: bool = given("That you too checked the authority.")
    signature: SignatureKind = given("How it was signed for, on leaving.")


@strawberry.type(description="The minor or dependent has left.")
class ReunificationConfirmed:
    """The minor or dependent has left."""

    reunification: Reunification = field("The reunification.")


BeginReunificationResult = Annotated[
    ReunificationBegun | Refusals,
    strawberry.union("BeginReunificationResult", description="What came of beginReunification."),
]
ConfirmReunificationResult = Annotated[
    ReunificationConfirmed | Refusals,
    strawberry.union("ConfirmReunificationResult", description="What came of confirmReunification."),
]


@strawberry.type
class ReunificationQueries:
    """Queries of this room."""

    reunification: Reunification | None = by_id("One reunification.")
    reunifications: Connection[Reunification] = page("The reunifications in your scope, newest first.")


@strawberry.type
class ReunificationMutations:
    """Mutations of this room."""

    @mutation("Record the first check before a minor or dependent leaves; it holds for an hour.")
    async def begin_reunification(
        self, info: strawberry.Info, input: BeginReunificationInput
    ) -> BeginReunificationResult:
        """Record the first check before a minor or dependent leaves."""
        return await act(
            info,
            input,
            ReunificationBegun,
            lambda work: reunification.begin_reunification(
                work,
                id_of(work, input.person_id, "Person"),
                picked_up_by_id=id_of(work, input.picked_up_by_id, "Person"),
                check=Check(input.photo_id_matched, input.authority_checked, input.signature),
            ),
        )

    @mutation("Record the second check, by another person than the first: the minor or dependent has left.")
    async def confirm_reunification(
        self, info: strawberry.Info, input: ConfirmReunificationInput
    ) -> ConfirmReunificationResult:
        """Record the second check, by another person than the first."""
        return await act(
            info,
            input,
            ReunificationConfirmed,
            lambda work: reunification.confirm_reunification(
                work,
                id_of(work, input.reunification_id, "Reunification"),
                check=Check(input.photo_id_matched, input.authority_checked, input.signature),
            ),
        )
