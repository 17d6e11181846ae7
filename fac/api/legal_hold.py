"""Legal holds in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import legal_hold
from fac.domain.vocabulary import HoldReason

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="Nothing of a person, or of anybody in a case, is erased while a hold stands.")
class LegalHold:
    """Nothing of a person, or of anybody in a case, is erased while a hold stands."""

    id: strawberry.ID = field("Opaque id.")
    reason: HoldReason = field("Why.")
    placed_at: datetime = field("Since when.")
    lifted_at: datetime | None = field("Until when, if it was lifted.")
    version: int = field("Version, for changes.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Of whom; null holds the whole case.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("In which case.")
    placed_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who placed it.")
    lifted_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who lifted it.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Who is to be held: name either a person, or a case for everybody in it.")
class PlaceLegalHoldInput:
    """Who is to be held."""

    client_mutation_id: UUID = mutation_key()
    reason: HoldReason = given("Why.")
    person_id: strawberry.ID | None = given("The person.", None)
    case_id: strawberry.ID | None = given("The case, with everybody in it.", None)


@strawberry.type(description="Nothing of theirs is erased while the hold stands.")
class LegalHoldPlaced:
    """The hold stands."""

    legal_hold: LegalHold = field("The hold.")


@strawberry.input(description="A hold that is no longer needed.")
class LiftLegalHoldInput:
    """A hold that is no longer needed."""

    client_mutation_id: UUID = mutation_key()
    legal_hold_id: strawberry.ID = given("Which hold.")
    version: int = given("The version you read.")


@strawberry.type(description="The hold is lifted.")
class LegalHoldLifted:
    """The hold is lifted."""

    legal_hold: LegalHold = field("The hold.")


PlaceLegalHoldResult = Annotated[
    LegalHoldPlaced | Refusals, strawberry.union("PlaceLegalHoldResult", description="What came of placeLegalHold.")
]
LiftLegalHoldResult = Annotated[
    LegalHoldLifted | Refusals, strawberry.union("LiftLegalHoldResult", description="What came of liftLegalHold.")
]


@strawberry.type
class LegalHoldQueries:
    """Queries of this room."""

    legal_hold: LegalHold | None = by_id("One legal hold.")
    legal_holds: Connection[LegalHold] = page(
        "The legal holds you may see, newest first.", reason=(HoldReason, "Only for this reason.")
    )


@strawberry.type
class LegalHoldMutations:
    """Mutations of this room."""

    @mutation("Hold what is known of a person, or of everybody in a case: it is not erased while the hold stands.")
    async def place_legal_hold(self, info: strawberry.Info, input: PlaceLegalHoldInput) -> PlaceLegalHoldResult:
        """Hold what is known of a person or of everybody in a case."""
        return await act(
            info,
            input,
            LegalHoldPlaced,
            lambda work: legal_hold.place_legal_hold(
                work,
                person_id=id_or_none(work, input.person_id, "Person"),
                case_id=id_or_none(work, input.case_id, "Case"),
                reason=input.reason,
            ),
        )

    @mutation("Lift a legal hold.")
    async def lift_legal_hold(self, info: strawberry.Info, input: LiftLegalHoldInput) -> LiftLegalHoldResult:
        """Lift a legal hold."""
        return await act(
            info,
            input,
            LegalHoldLifted,
            lambda work: legal_hold.lift_legal_hold(
                work, id_of(work, input.legal_hold_id, "LegalHold"), version=input.version
            ),
        )
