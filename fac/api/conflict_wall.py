"""Conflict walls in the schema.

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
from fac.casework import conflict_wall
from fac.casework.conflict_wall import Side
from fac.domain.vocabulary import WallReason

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.organization import Organization
    from fac.api.staff import Membership


@strawberry.type(
    description="A case that one person or one organisation may know nothing of. To them the case, and the wall, are "
    "not there."
)
class ConflictWall:
    """A case that one person or one organisation may know nothing of."""

    id: strawberry.ID = field("Opaque id.")
    reason: WallReason = field("Why.")
    raised_at: datetime = field("Since when.")
    lifted_at: datetime | None = field("Until when, if it was lifted.")
    version: int = field("Version, for changes.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("Which case.")
    membership: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field(
        "By which hat the person is known; the wall holds in all their hats."
    )
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "The organisation that is kept out, if it is not a person."
    )
    raised_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who raised it.")
    lifted_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who lifted it.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Who is to be kept from a case: name either a person by a hat, or an organisation.")
class RaiseConflictWallInput:
    """Who is to be kept from a case."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Which case.")
    reason: WallReason = given("Why.")
    membership_id: strawberry.ID | None = given("A hat of the person; the wall holds in all their hats.", None)
    organization_id: strawberry.ID | None = given("The organisation.", None)


@strawberry.type(description="From now on they see nothing of the case, in whatever list, count or search.")
class ConflictWallRaised:
    """The wall stands."""

    conflict_wall: ConflictWall = field("The wall.")


@strawberry.input(description="A wall that is no longer needed.")
class LiftConflictWallInput:
    """A wall that is no longer needed."""

    client_mutation_id: UUID = mutation_key()
    conflict_wall_id: strawberry.ID = given("Which wall.")
    version: int = given("The version you read.")


@strawberry.type(description="They see again what their role and relations allow.")
class ConflictWallLifted:
    """The wall is lifted."""

    conflict_wall: ConflictWall = field("The wall.")


RaiseConflictWallResult = Annotated[
    ConflictWallRaised | Refusals,
    strawberry.union("RaiseConflictWallResult", description="What came of raiseConflictWall."),
]
LiftConflictWallResult = Annotated[
    ConflictWallLifted | Refusals,
    strawberry.union("LiftConflictWallResult", description="What came of liftConflictWall."),
]


@strawberry.type
class ConflictWallQueries:
    """Queries of this room."""

    conflict_wall: ConflictWall | None = by_id("One conflict wall.")
    conflict_walls: Connection[ConflictWall] = page(
        "The conflict walls you may see, newest first.", reason=(WallReason, "Only for this reason.")
    )


@strawberry.type
class ConflictWallMutations:
    """Mutations of this room."""

    @mutation("Keep a person or an organisation from a case, whatever else would let them in.")
    async def raise_conflict_wall(
        self, info: strawberry.Info, input: RaiseConflictWallInput
    ) -> RaiseConflictWallResult:
        """Keep a person or an organisation from a case."""
        return await act(
            info,
            input,
            ConflictWallRaised,
            lambda work: conflict_wall.raise_conflict_wall(
                work,
                id_of(work, input.case_id, "Case"),
                side=Side(
                    membership_id=id_or_none(work, input.membership_id, "Membership"),
                    organization_id=id_or_none(work, input.organization_id, "Organization"),
                ),
                reason=input.reason,
            ),
        )

    @mutation("Lift a conflict wall.")
    async def lift_conflict_wall(self, info: strawberry.Info, input: LiftConflictWallInput) -> LiftConflictWallResult:
        """Lift a conflict wall."""
        return await act(
            info,
            input,
            ConflictWallLifted,
            lambda work: conflict_wall.lift_conflict_wall(
                work, id_of(work, input.conflict_wall_id, "ConflictWall"), version=input.version
            ),
        )
