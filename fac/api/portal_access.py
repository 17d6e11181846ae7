"""Portal accesses in the schema: what opens a record to somebody served, and what they are shown of it.

Never: hold a rule, or show a token to anybody but who hands it over, at that moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.access.login import new_token
from fac.api.acting import act, id_of, id_or_none
from fac.api.context import Context
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import portal_access
from fac.casework.work import Result
from fac.domain.vocabulary import IdentityCheck

if TYPE_CHECKING:
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="What opens a person's record to somebody served: the person, or a minor's guardian.")
class PortalAccess:
    """What opens a person's record to somebody served."""

    id: strawberry.ID = field("Opaque id.")
    identity_check: IdentityCheck = field("How a worker made sure, face to face, who it was.")
    given_at: datetime = field("When it was handed over.")
    expires_at: datetime = field("Until when it opens anything.")
    withdrawn_at: datetime | None = field("When it was taken back, if it was.")
    version: int = field("Version, for changes.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Whose record it opens.")
    holder: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Who holds it.")
    given_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who handed it over.")
    withdrawn_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who took it back.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="What opens a person's record to somebody who stands before you.")
class GivePortalAccessInput:
    """What opens a person's record to somebody served."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Whose record.")
    holder_id: strawberry.ID | None = given("Who holds it: a minor's guardian. Left out, the person.", None)
    identity_check: IdentityCheck = given("How you made sure, face to face, who it is.")
    expires_at: datetime | None = given("Until when: 30 days when left out, 90 at most.", None)


@strawberry.type(description="Hand the token over on paper; it is shown only here.")
class PortalAccessGiven:
    """Hand the token over on paper."""

    portal_access: PortalAccess = field("The access. One that stood for the same two is withdrawn.")
    token: str = field("The bearer token of the holder's session.")


@strawberry.input(description="An access that is taken back.")
class WithdrawPortalAccessInput:
    """An access that is taken back."""

    client_mutation_id: UUID = mutation_key()
    portal_access_id: strawberry.ID = given("Which access.")
    version: int = given("The version you read.")


@strawberry.type(description="It opens nothing any more.")
class PortalAccessWithdrawn:
    """It opens nothing any more."""

    withdrawn_at: datetime = field("Since when. Who withdrew their own is signed out.")


GivePortalAccessResult = Annotated[
    PortalAccessGiven | Refusals,
    strawberry.union("GivePortalAccessResult", description="What came of givePortalAccess."),
]
WithdrawPortalAccessResult = Annotated[
    PortalAccessWithdrawn | Refusals,
    strawberry.union("WithdrawPortalAccessResult", description="What came of withdrawPortalAccess."),
]


def _given(context: Context, incident_id: UUID, result: Result) -> Result:
    access_id = result["portal_access"]
    material = context.parts.tools.portal_tokens.material(result["epoch"], incident_id, UUID(access_id))
    return {"portal_access": access_id, "token": new_token(incident_id, material)[0]}


def _withdrawn(_incident_id: UUID, result: Result) -> Result:
    return {"withdrawn_at": datetime.fromisoformat(result["withdrawn_at"])}


@strawberry.type
class PortalAccessQueries:
    """Queries of this room."""

    my_record: PortalAccess | None = field("What was opened to you, as somebody served; nothing for anybody on duty.")
    portal_access: PortalAccess | None = by_id("One access.")
    portal_accesses: Connection[PortalAccess] = page("Every access you may see, newest first.")


@strawberry.type
class PortalAccessMutations:
    """Mutations of this room."""

    @mutation("Give somebody served, whose identity you checked, what opens their record (or their child's) to them.")
    async def give_portal_access(
        self, info: strawberry.Info[Context, None], input: GivePortalAccessInput
    ) -> GivePortalAccessResult:
        """Give somebody served what opens a record."""
        return await act(
            info,
            input,
            PortalAccessGiven,
            lambda work: portal_access.give_portal_access(
                work,
                id_of(work, input.person_id, "Person"),
                holder_id=id_or_none(work, input.holder_id, "Person"),
                identity_check=input.identity_check,
                expires_at=input.expires_at,
            ),
            show=lambda incident_id, result: _given(info.context, incident_id, result),
        )

    @mutation("Take an access back: your own, or that of somebody you serve.")
    async def withdraw_portal_access(
        self, info: strawberry.Info, input: WithdrawPortalAccessInput
    ) -> WithdrawPortalAccessResult:
        """Take an access back."""
        return await act(
            info,
            input,
            PortalAccessWithdrawn,
            lambda work: portal_access.withdraw_portal_access(
                work, id_of(work, input.portal_access_id, "PortalAccess"), version=input.version
            ),
            show=_withdrawn,
        )
