"""Recording awards.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.assistance import Award
from fac.api.field import field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.casework import award


@strawberry.input(description="A funding award.")
class RecordAwardInput:
    """A funding award."""

    client_mutation_id: UUID = mutation_key()
    funder_id: strawberry.ID = given("The organisation that funds.")
    organization_id: strawberry.ID = given("The organisation that is funded.")
    name: str = given("Its name.")
    award_number: str = given("The funder's number.")
    starts_on: date = given("First day.")
    ends_on: date = given("First day after it.")
    new_resets_in_month: int = given("Month (1-12) in which a person counts as new again.")


@strawberry.type(description="The award was recorded.")
class AwardRecorded:
    """The award was recorded."""

    award: Award = field("The award.")


RecordAwardResult = Annotated[
    AwardRecorded | Refusals, strawberry.union("RecordAwardResult", description="What came of recordAward.")
]


@strawberry.type
class AwardMutations:
    """Mutations of this room."""

    @mutation("Record a funding award.")
    async def record_award(self, info: strawberry.Info, input: RecordAwardInput) -> RecordAwardResult:
        """Record an award."""
        return await act(
            info,
            input,
            AwardRecorded,
            lambda work: award.record_award(
                work,
                funder_id=id_of(work, input.funder_id, "Organization"),
                organization_id=id_of(work, input.organization_id, "Organization"),
                name=input.name,
                award_number=input.award_number,
                starts_on=input.starts_on,
                ends_on=input.ends_on,
                new_resets_in_month=input.new_resets_in_month,
            ),
        )
