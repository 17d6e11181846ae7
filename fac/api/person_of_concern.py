"""Whom families look for, in the schema.

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
from fac.api.scalars import BirthDate
from fac.casework import person_of_concern
from fac.casework.concern_form import ConcernForm
from fac.domain.vocabulary import ConcernStatus, KinCode

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.identification import DeathNotification
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="Somebody a family looks for. Each family's search is its own, even for the same person.")
class PersonOfConcern:
    """Somebody a family looks for."""

    id: strawberry.ID = field("Opaque id.")
    kin: KinCode = field("What the person looked for is to the one who looks.")
    status: ConcernStatus = field("How far the search is, as the family may know it.")
    reported_at: datetime = field("When it was reported.")
    located_at: datetime | None = field("When the person was found.")
    version: int = field("Version, for changes.")
    given_name: str | None = field("Given names (identity).")
    family_name: str | None = field("Every surname, as told (identity).")
    aliases: list[str] | None = field("Other names (identity).")
    born_on: BirthDate | None = field("Date of birth as far as known (identity).")
    is_birth_date_estimated: bool | None = field("Whether the date is an estimate (identity).")
    description: str | None = field("What the person looks like, wore, carried (identity).")
    last_seen: str | None = field("Where and when last seen (identity).")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("The case of the family that looks.")
    reporter: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Who looks.")
    reported_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who wrote it down.")
    duplicate_of: PersonOfConcern | None = field("The family's other search for the same person.")
    notifications: list[Annotated[DeathNotification, strawberry.lazy("fac.api.identification")]] = field(
        "That the family was told of a death: when, by whom, how."
    )
    access: Access = field("What of this row you may see.")


@strawberry.input(description="Whom a person of a case looks for.")
class ReportPersonOfConcernInput:
    """Whom a person of a case looks for."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("The case of the family that looks.")
    reporter_id: strawberry.ID = given("Who of the family looks.")
    kin: KinCode = given("What the person looked for is to the reporter.")
    given_name: str | None = given("Given names; sealed.", None)
    family_name: str | None = given("Every surname; sealed.", None)
    aliases: list[str] = given("Other names; sealed.", ())
    born_on: BirthDate | None = given("Date of birth as far as known; sealed.", None)
    is_birth_date_estimated: bool = given("Whether the date is an estimate.", False)
    description: str | None = given("What the person looks like, wore, carried; sealed.", None)
    last_seen: str | None = given("Where and when last seen; sealed.", None)

    def form(self) -> ConcernForm:
        """Return the form that casework takes."""
        return ConcernForm(
            given_name=self.given_name, family_name=self.family_name, aliases=tuple(self.aliases), born_on=self.born_on,
            is_birth_date_estimated=self.is_birth_date_estimated, description=self.description,
            last_seen=self.last_seen,
        )  # fmt: skip


@strawberry.type(description="The search is written down.")
class PersonOfConcernReported:
    """The search is written down."""

    person_of_concern: PersonOfConcern = field("Whom the family looks for.")


@strawberry.input(description="How somebody looked for was found.")
class LocatePersonOfConcernInput:
    """How somebody looked for was found."""

    client_mutation_id: UUID = mutation_key()
    person_of_concern_id: strawberry.ID = given("Whom.")
    version: int = given("The version you read.")
    status: ConcernStatus = given("`located_safe` or `located_hospitalized`.")


@strawberry.type(description="Somebody looked for was found.")
class PersonOfConcernLocated:
    """Somebody looked for was found."""

    person_of_concern: PersonOfConcern = field("Whom the family looks for.")


@strawberry.input(description="A search that goes on.")
class ReopenPersonOfConcernInput:
    """A search that goes on."""

    client_mutation_id: UUID = mutation_key()
    person_of_concern_id: strawberry.ID = given("Whom.")
    version: int = given("The version you read.")


@strawberry.type(description="The search goes on: who was found was somebody else.")
class PersonOfConcernReopened:
    """The search goes on."""

    person_of_concern: PersonOfConcern = field("Whom the family looks for.")


@strawberry.input(description="A search that a family has twice.")
class WithdrawPersonOfConcernInput:
    """A search that a family has twice."""

    client_mutation_id: UUID = mutation_key()
    person_of_concern_id: strawberry.ID = given("The one to withdraw.")
    version: int = given("The version you read.")
    duplicate_of_id: strawberry.ID = given("The one that goes on, of the same case.")


@strawberry.type(description="The search is withdrawn; the family's other one goes on.")
class PersonOfConcernWithdrawn:
    """The search is withdrawn."""

    person_of_concern: PersonOfConcern = field("The withdrawn search.")


ReportPersonOfConcernResult = Annotated[
    PersonOfConcernReported | Refusals,
    strawberry.union("ReportPersonOfConcernResult", description="What came of reportPersonOfConcern."),
]
LocatePersonOfConcernResult = Annotated[
    PersonOfConcernLocated | Refusals,
    strawberry.union("LocatePersonOfConcernResult", description="What came of locatePersonOfConcern."),
]
ReopenPersonOfConcernResult = Annotated[
    PersonOfConcernReopened | Refusals,
    strawberry.union("ReopenPersonOfConcernResult", description="What came of reopenPersonOfConcern."),
]
WithdrawPersonOfConcernResult = Annotated[
    PersonOfConcernWithdrawn | Refusals,
    strawberry.union("WithdrawPersonOfConcernResult", description="What came of withdrawPersonOfConcern."),
]


@strawberry.type
class PersonOfConcernQueries:
    """Queries of this room."""

    person_of_concern: PersonOfConcern | None = by_id("Somebody a family looks for.")
    persons_of_concern: Connection[PersonOfConcern] = page(
        "Whom the families in your scope look for, newest first.", status=(ConcernStatus, "Only in this state.")
    )


@strawberry.type
class PersonOfConcernMutations:
    """Mutations of this room."""

    @mutation("Write down whom a family looks for.")
    async def report_person_of_concern(
        self, info: strawberry.Info, input: ReportPersonOfConcernInput
    ) -> ReportPersonOfConcernResult:
        """Write down whom a family looks for."""
        return await act(
            info,
            input,
            PersonOfConcernReported,
            lambda work: person_of_concern.report_person_of_concern(
                work,
                id_of(work, input.case_id, "Case"),
                reporter_id=id_of(work, input.reporter_id, "Person"),
                kin=input.kin,
                form=input.form(),
            ),
        )

    @mutation("Record that somebody looked for was found, safe or in a hospital.")
    async def locate_person_of_concern(
        self, info: strawberry.Info, input: LocatePersonOfConcernInput
    ) -> LocatePersonOfConcernResult:
        """Record that somebody looked for was found, safe or in a hospital."""
        return await act(
            info,
            input,
            PersonOfConcernLocated,
            lambda work: person_of_concern.locate_person_of_concern(
                work,
                id_of(work, input.person_of_concern_id, "PersonOfConcern"),
                version=input.version,
                status=input.status,
            ),
        )

    @mutation("Take a search up again: who was found was somebody else.")
    async def reopen_person_of_concern(
        self, info: strawberry.Info, input: ReopenPersonOfConcernInput
    ) -> ReopenPersonOfConcernResult:
        """Take a search up again: who was found was somebody else."""
        return await act(
            info,
            input,
            PersonOfConcernReopened,
            lambda work: person_of_concern.reopen_person_of_concern(
                work, id_of(work, input.person_of_concern_id, "PersonOfConcern"), version=input.version
            ),
        )

    @mutation("Withdraw a search that the family has twice.")
    async def withdraw_person_of_concern(
        self, info: strawberry.Info, input: WithdrawPersonOfConcernInput
    ) -> WithdrawPersonOfConcernResult:
        """Withdraw a search that the family has twice."""
        return await act(
            info,
            input,
            PersonOfConcernWithdrawn,
            lambda work: person_of_concern.withdraw_person_of_concern(
                work,
                id_of(work, input.person_of_concern_id, "PersonOfConcern"),
                version=input.version,
                duplicate_of_id=id_of(work, input.duplicate_of_id, "PersonOfConcern"),
            ),
        )
