"""Awards and delivered assistance in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.problems import Refusals
from fac.casework import assistance

if TYPE_CHECKING:
    from fac.api.organization import Organization
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(description="A funding award.")
class Award:
    """A funding award."""

    id: strawberry.ID = field("Opaque id.")
    name: str = field("Its name.")
    award_number: str = field("The funder's number.")
    starts_on: date = field("First day.")
    ends_on: date = field("First day after it.")
    new_resets_in_month: int = field("Month (1-12) in which a person counts as new again.")
    version: int = field("Version, for changes.")
    funder: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field("Who funds.")
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field("Who is funded.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="A service delivered to a person, counted in funder reports.")
class Assistance:
    """A service delivered to a person, counted in funder reports."""

    id: strawberry.ID = field("Opaque id.")
    line_code: str = field("The report line, such as C4.")
    occurrences: int = field("How many times.")
    delivered_on: date = field("When.")
    recorded_at: datetime = field("When it was recorded.")
    entered_in_error_at: datetime | None = field("When it was struck out, if it was.")
    version: int = field("Version, for changes.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("To whom.")
    award: Award | None = field("Under which award.")
    organization: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "By which organisation."
    )
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who recorded it.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Calls and visits of one day by people who gave no name.")
class AnonymousContact:
    """Calls and visits of one day by people who gave no name."""

    id: strawberry.ID = field("Opaque id.")
    contacted_on: date = field("On which day.")
    contacts: int | None = field("How many.")
    recorded_at: datetime = field("When it was recorded.")
    award: Award | None = field("Under which award.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="What was delivered to a person.")
class RecordAssistanceInput:
    """What was delivered to a person."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("To whom.")
    line_code: str = given("The report line, such as C4.")
    delivered_on: date = given("On which day.")
    occurrences: int = given("How many times.", 1)
    award_id: strawberry.ID | None = given("The award that pays.", None)
    referral_id: strawberry.ID | None = given("The referral by which it came about.", None)


@strawberry.type(description="The delivery is recorded.")
class AssistanceRecorded:
    """The delivery is recorded."""

    assistance: Assistance = field("The delivery.")


@strawberry.input(description="A delivery that was recorded wrongly.")
class MarkAssistanceEnteredInErrorInput:
    """A delivery that was recorded wrongly."""

    client_mutation_id: UUID = mutation_key()
    assistance_id: strawberry.ID = given("Which delivery.")
    version: int = given("The version you read.")


@strawberry.type(description="The delivery is struck out of every count to come.")
class AssistanceEnteredInError:
    """The delivery is struck out of every count to come."""

    assistance: Assistance = field("The delivery.")


@strawberry.input(description="Calls and visits by people who gave no name.")
class RecordAnonymousContactsInput:
    """Calls and visits by people who gave no name."""

    client_mutation_id: UUID = mutation_key()
    contacts: int = given("How many.")
    contacted_on: date = given("On which day.")
    award_id: strawberry.ID | None = given("The award that pays.", None)


@strawberry.type(description="The contacts are counted.")
class AnonymousContactsRecorded:
    """The contacts are counted."""

    anonymous_contact: AnonymousContact = field("The count.")


RecordAssistanceResult = Annotated[
    AssistanceRecorded | Refusals,
    strawberry.union("RecordAssistanceResult", description="What came of recordAssistance."),
]
MarkAssistanceEnteredInErrorResult = Annotated[
    AssistanceEnteredInError | Refusals,
    strawberry.union("MarkAssistanceEnteredInErrorResult", description="What came of markAssistanceEnteredInError."),
]
RecordAnonymousContactsResult = Annotated[
    AnonymousContactsRecorded | Refusals,
    strawberry.union("RecordAnonymousContactsResult", description="What came of recordAnonymousContacts."),
]


@strawberry.type
class AssistanceQueries:
    """Queries of this room."""

    award: Award | None = by_id("One award.")
    awards: Connection[Award] = page("The awards in your scope.")
    anonymous_contacts: Connection[AnonymousContact] = page("Counts of people who gave no name, newest first.")


@strawberry.type
class AssistanceMutations:
    """Mutations of this room."""

    @mutation("Record a service delivered to a person.")
    async def record_assistance(self, info: strawberry.Info, input: RecordAssistanceInput) -> RecordAssistanceResult:
        """Record a service delivered to a person."""
        return await act(
            info,
            input,
            AssistanceRecorded,
            lambda work: assistance.record_assistance(
                work,
                id_of(work, input.person_id, "Person"),
                line_code=input.line_code,
                occurrences=input.occurrences,
                delivered_on=input.delivered_on,
                award_id=id_or_none(work, input.award_id, "Award"),
                referral_id=id_or_none(work, input.referral_id, "Referral"),
            ),
        )

    @mutation("Strike out a delivery that was recorded wrongly.")
    async def mark_assistance_entered_in_error(
        self, info: strawberry.Info, input: MarkAssistanceEnteredInErrorInput
    ) -> MarkAssistanceEnteredInErrorResult:
        """Strike out a delivery that was recorded wrongly."""
        return await act(
            info,
            input,
            AssistanceEnteredInError,
            lambda work: assistance.mark_assistance_entered_in_error(
                work, id_of(work, input.assistance_id, "Assistance"), version=input.version
            ),
        )

    @mutation("Count calls and visits of one day by people who gave no name.")
    async def record_anonymous_contacts(
        self, info: strawberry.Info, input: RecordAnonymousContactsInput
    ) -> RecordAnonymousContactsResult:
        """Count calls and visits of one day by people who gave no name."""
        return await act(
            info,
            input,
            AnonymousContactsRecorded,
            lambda work: assistance.record_anonymous_contacts(
                work,
                contacts=input.contacts,
                contacted_on=input.contacted_on,
                award_id=id_or_none(work, input.award_id, "Award"),
            ),
        )
