"""Hats in the schema: who is on duty as what, where.

Never: show how to sign in.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, Connection, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import staff, vetting
from fac.domain.vocabulary import Role

if TYPE_CHECKING:
    from fac.api.incident import Center
    from fac.api.organization import Organization


@strawberry.type(description="A person who works here.")
class Account:
    """A person who works here."""

    id: strawberry.ID = field("Opaque id.")
    display_name: str | None = field("The name colleagues know.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="A hat: one role for one organisation at one center in one incident.")
class Membership:
    """A hat: one role for one organisation at one center in one incident."""

    id: strawberry.ID = field("Opaque id.")
    role: Role = field("The role.")
    started_at: datetime = field("Since when.")
    ended_at: datetime | None = field("Until when, if it ended.")
    vetted_at: datetime | None = field("Since when a volunteer is vetted.")
    vetted_until: datetime | None = field("Until when; before and after a volunteer sees no family.")
    vetted_by: Membership | None = field("Who vouched.")
    account: Account | None = field("Whose hat it is.")
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "For which organisation."
    )
    center: Annotated[Center, strawberry.lazy("fac.api.incident")] | None = field("At which center.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class StaffQueries:
    """Queries of this room."""

    viewer: Membership | None = field("The hat you wear in this session.")
    memberships: Connection[Membership] = page(
        "The hats of the incident that you may see.", role=(Role, "Only this role.")
    )


@strawberry.input(description="A role for somebody.")
class GrantMembershipInput:
    """A role for somebody."""

    client_mutation_id: UUID = mutation_key()
    login: str = given("The name they sign in with; an account that exists is used.")
    display_name: str = given("The name colleagues know; an account that exists keeps its own.")
    role: Role = given("The role.")
    organization_id: strawberry.ID = given("For which organisation.")
    center_id: strawberry.ID | None = given("At which center; for those who work at one.", None)


@strawberry.input(description="A role that ends.")
class EndMembershipInput:
    """A role that ends."""

    client_mutation_id: UUID = mutation_key()
    membership_id: strawberry.ID = given("Which hat.")


@strawberry.input(description="Somebody answerable vouches for a volunteer.")
class VetMembershipInput:
    """Somebody answerable vouches for a volunteer."""

    client_mutation_id: UUID = mutation_key()
    membership_id: strawberry.ID = given("Which volunteer's hat.")
    until: datetime = given("Until when: a year at most.")


@strawberry.input(description="A vetting that ends before its day.")
class EndVettingInput:
    """A vetting that ends before its day."""

    client_mutation_id: UUID = mutation_key()
    membership_id: strawberry.ID = given("Which volunteer's hat.")


@strawberry.type(description="The volunteer is vetted.")
class MembershipVetted:
    """The volunteer is vetted."""

    membership: Membership = field("The hat.")


@strawberry.type(description="The vetting ended; the volunteer sees no family from now on.")
class VettingEnded:
    """The vetting ended."""

    membership: Membership = field("The hat.")


@strawberry.type(description="The role was given.")
class MembershipGranted:
    """The role was given."""

    membership: Membership = field("The hat.")


@strawberry.type(description="The role ended, and every session with it.")
class MembershipEnded:
    """The role ended."""

    membership: Membership = field("The hat.")


GrantMembershipResult = Annotated[
    MembershipGranted | Refusals, strawberry.union("GrantMembershipResult", description="What came of grantMembership.")
]
EndMembershipResult = Annotated[
    MembershipEnded | Refusals, strawberry.union("EndMembershipResult", description="What came of endMembership.")
]

VetMembershipResult = Annotated[
    MembershipVetted | Refusals, strawberry.union("VetMembershipResult", description="What came of vetMembership.")
]
EndVettingResult = Annotated[
    VettingEnded | Refusals, strawberry.union("EndVettingResult", description="What came of endVetting.")
]


@strawberry.type
class StaffMutations:
    """Mutations of this room."""

    @mutation("Give somebody a role, for an organisation and perhaps at a center.")
    async def grant_membership(self, info: strawberry.Info, input: GrantMembershipInput) -> GrantMembershipResult:
        """Give a role."""
        return await act(
            info,
            input,
            MembershipGranted,
            lambda work: staff.grant_membership(
                work,
                login=input.login,
                display_name=input.display_name,
                role=input.role,
                organization_id=id_of(work, input.organization_id, "Organization"),
                center_id=id_or_none(work, input.center_id, "Center"),
            ),
        )

    @mutation("End a role; whoever is signed in with it is signed out at once.")
    async def end_membership(self, info: strawberry.Info, input: EndMembershipInput) -> EndMembershipResult:
        """End a role."""
        return await act(
            info,
            input,
            MembershipEnded,
            lambda work: staff.end_membership(work, id_of(work, input.membership_id, "Membership")),
        )

    @mutation("Vouch for a volunteer until a day: from now on they see who is at their center.")
    async def vet_membership(self, info: strawberry.Info, input: VetMembershipInput) -> VetMembershipResult:
        """Vouch for a volunteer."""
        return await act(
            info,
            input,
            MembershipVetted,
            lambda work: vetting.vet_membership(
                work, id_of(work, input.membership_id, "Membership"), until=input.until
            ),
        )

    @mutation("End a volunteer's vetting at once.")
    async def end_vetting(self, info: strawberry.Info, input: EndVettingInput) -> EndVettingResult:
        """End a volunteer's vetting."""
        return await act(
            info,
            input,
            VettingEnded,
            lambda work: vetting.end_vetting(work, id_of(work, input.membership_id, "Membership")),
        )
