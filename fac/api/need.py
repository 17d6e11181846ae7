"""Needs in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.casework import need
from fac.domain.vocabulary import Horizon, NeedStatus

if TYPE_CHECKING:
    from fac.api.person import Person


@strawberry.type(description="Something a person needs.")
class Need:
    """Something a person needs."""

    id: strawberry.ID = field("Opaque id.")
    code: str | None = field("What is needed; see needCodes.")
    horizon: Horizon | None = field("By when.")
    status: NeedStatus = field("How far it is.")
    opened_at: datetime = field("When it was heard.")
    ended_at: datetime | None = field("When it came to an end.")
    detail: str | None = field("In the person's words (of the class that its code says).")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Whose need.")
    redisclosure_notice: str | None = field("The notice of 42 CFR 2.32, where this speaks of substance use.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="A need of a person.")
class AddNeedInput:
    """A need of a person."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Whose need.")
    code: str = given("What is needed; see needCodes.")
    horizon: Horizon = given("By when.")
    detail: str | None = given("In the person's words; sealed.", None)


@strawberry.input(description="How a need came to an end.")
class ResolveNeedInput:
    """How a need came to an end."""

    client_mutation_id: UUID = mutation_key()
    need_id: strawberry.ID = given("Which need.")
    version: int = given("The version you read.")
    status: NeedStatus = given("The end: met, partially_met, unmet_..., client_declined or no_longer_needed.")


@strawberry.type(description="The need was recorded.")
class NeedAdded:
    """The need was recorded."""

    need: Need = field("The need.")


@strawberry.type(description="The need came to an end.")
class NeedResolved:
    """The need came to an end."""

    need: Need = field("The need.")


AddNeedResult = Annotated[NeedAdded | Refusals, strawberry.union("AddNeedResult", description="What came of addNeed.")]
ResolveNeedResult = Annotated[
    NeedResolved | Refusals, strawberry.union("ResolveNeedResult", description="What came of resolveNeed.")
]


@strawberry.type
class NeedMutations:
    """Mutations of this room."""

    @mutation("Record a need of a person.")
    async def add_need(self, info: strawberry.Info, input: AddNeedInput) -> AddNeedResult:
        """Record a need."""
        return await act(
            info,
            input,
            NeedAdded,
            lambda work: need.add_need(
                work,
                id_of(work, input.person_id, "Person"),
                code=input.code,
                horizon=input.horizon,
                detail=input.detail,
            ),
        )

    @mutation("Bring a need to an end, met or not.")
    async def resolve_need(self, info: strawberry.Info, input: ResolveNeedInput) -> ResolveNeedResult:
        """Bring a need to an end."""
        return await act(
            info,
            input,
            NeedResolved,
            lambda work: need.resolve_need(
                work, id_of(work, input.need_id, "Need"), version=input.version, status=input.status
            ),
        )
