"""Persons, households and relationships in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none
from fac.api.field import Access, by_id, field, given, mutation, mutation_key
from fac.api.intake import IntakePersonInput, person_form
from fac.api.problems import Refusals
from fac.api.scalars import BirthDate, LanguageTag
from fac.casework import person
from fac.casework.intake_form import RelationshipForm
from fac.domain.vocabulary import (
    AgeBand,
    Channel,
    ContactTopic,
    Gender,
    InvolvementRole,
    KinCode,
    Race,
    SpecialClassification,
    VictimizationType,
)

if TYPE_CHECKING:
    from fac.api.case import Case
    from fac.api.consent import Release
    from fac.api.duplicate import DuplicateSuspicion, PersonMerge
    from fac.api.need import Need
    from fac.api.organization import Organization
    from fac.api.portal_access import PortalAccess
    from fac.api.referral import Referral


@strawberry.type(
    description="A person a family is made of. Sealed fields are null where your mask hides them; `access` says which."
)
class Person:
    """A person a family is made of."""

    id: strawberry.ID = field("Opaque id.")
    given_name: str | None = field("Given names (identity).")
    family_name: str | None = field("Every surname, as written (identity).")
    preferred_name: str | None = field("The name to call them by (identity).")
    aliases: list[str] | None = field("Other names (identity).")
    born_on: BirthDate | None = field("Date of birth as far as known (identity).")
    is_birth_date_estimated: bool | None = field("Whether the date is an estimate (identity).")
    phones: list[str] | None = field("Telephone numbers, E.164 (contact).")
    emails: list[str] | None = field("Electronic mail addresses (contact).")
    address: str | None = field("Postal address (contact).")
    postal_code: str | None = field("Postal code (contact).")
    is_substitute_address: bool | None = field("Whether it stands in for a confidential one (contact).")
    safe_channels: list[Channel] | None = field("Channels that are safe to use (contact).")
    best_times: str | None = field("When to call (contact).")
    topics_to_avoid: list[ContactTopic] | None = field("Topics not to be contacted about (contact).")
    age_band: AgeBand | None = field("Age band on the day of intake.")
    spoken_language: str | None = field("Language to speak, BCP 47.")
    written_language: str | None = field("Language to write, BCP 47.")
    needs_interpreter: bool | None = field("Whether an interpreter is needed.")
    gender: Gender | None = field("As the person said.")
    races: list[Race] | None = field("As the person said; several are possible.")
    special_classifications: list[SpecialClassification] | None = field("As the person said.")
    victimizations: list[VictimizationType] | None = field("Types of victimization.")
    created_at: datetime = field("When the person was recorded.")
    erased_at: datetime | None = field("Since when nothing sealed is known of the person any more.")
    version: int = field("Version, for changes.")
    case: Annotated[Case, strawberry.lazy("fac.api.case")] | None = field("The case the person is in.")
    involvements: list[Involvement] = field("How the person is involved.")
    relationships: list[Relationship] = field("How the person is related to others.")
    needs: list[Annotated[Need, strawberry.lazy("fac.api.need")]] = field("The person's needs.")
    releases: list[Annotated[Release, strawberry.lazy("fac.api.consent")]] = field("What the person released.")
    household: Household | None = field("With whom the person lives.")
    referrals: list[Annotated[Referral, strawberry.lazy("fac.api.referral")]] = field("Referrals that name the person.")
    merged_records: list[Annotated[PersonMerge, strawberry.lazy("fac.api.duplicate")]] = field(
        "Records that stand for this person too, as far as you may see them; nothing of theirs is moved here."
    )
    merged_into: list[Annotated[PersonMerge, strawberry.lazy("fac.api.duplicate")]] = field(
        "The merge by which this record stands for another, if there is one: never more than one."
    )
    possible_duplicates: list[Annotated[DuplicateSuspicion, strawberry.lazy("fac.api.duplicate")]] = field(
        "Persons who may be the same, told when this one was written down."
    )
    portal_accesses: list[Annotated[PortalAccess, strawberry.lazy("fac.api.portal_access")]] = field(
        "Who was given access to this record as somebody served: the person, or a minor's guardian."
    )
    redisclosure_notice: str | None = field("The notice of 42 CFR 2.32, where this speaks of substance use.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Persons who live together, as the family says.")
class Household:
    """Persons who live together, as the family says."""

    id: strawberry.ID = field("Opaque id.")
    created_at: datetime = field("When it was recorded.")
    persons: list[Person] = field("Who is in it.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="How a person is involved in the incident.")
class Involvement:
    """How a person is involved in the incident."""

    id: strawberry.ID = field("Opaque id.")
    role: InvolvementRole = field("In which role.")
    agency: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field(
        "A first responder's own agency."
    )
    access: Access = field("What of this row you may see.")


@strawberry.type(description='How one person is related to another: read "the person is the KIN of the other".')
class Relationship:
    """How one person is related to another: read "the person is the KIN of the other"."""

    id: strawberry.ID = field("Opaque id.")
    kin: KinCode = field("What the person is to the other.")
    is_legal_next_of_kin: bool = field("Legal next of kin, on evidence.")
    has_consent_authority: bool = field("May consent for the other.")
    is_pickup_authorized: bool = field("May take the other home.")
    is_restricted: bool = field("Must never be given information about the other.")
    is_emergency_contact: bool = field("To be called in an emergency.")
    other: Person | None = field("The other person.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="What is to be corrected; a field left out stays, null empties one that may be empty.")
class UpdatePersonInput:
    """What is to be corrected."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Which person.")
    version: int = given("The version you read.")
    given_name: str | None = given("Given names, as the person says them.", strawberry.UNSET)
    family_name: str | None = given("Every surname, as written.", strawberry.UNSET)
    preferred_name: str | None = given("The name to call them by.", strawberry.UNSET)
    aliases: list[str] | None = given("Other names.", strawberry.UNSET)
    born_on: BirthDate | None = given("Date of birth as far as known.", strawberry.UNSET)
    is_birth_date_estimated: bool | None = given("Whether the date is an estimate.", strawberry.UNSET)
    phones: list[str] | None = given("Telephone numbers: all of them.", strawberry.UNSET)
    emails: list[str] | None = given("Electronic mail addresses: all of them.", strawberry.UNSET)
    address: str | None = given("Postal address.", strawberry.UNSET)
    postal_code: str | None = given("Postal code.", strawberry.UNSET)
    is_substitute_address: bool | None = given("Whether it stands in for a confidential one.", strawberry.UNSET)
    safe_channels: list[Channel] | None = given("Channels that are safe to use: all of them.", strawberry.UNSET)
    best_times: str | None = given("When to call.", strawberry.UNSET)
    topics_to_avoid: list[ContactTopic] | None = given("Topics not to be contacted about.", strawberry.UNSET)
    spoken_language: LanguageTag | None = given("Language to speak.", strawberry.UNSET)
    written_language: LanguageTag | None = given("Language to write.", strawberry.UNSET)
    needs_interpreter: bool | None = given("Whether an interpreter is needed.", strawberry.UNSET)
    gender: Gender | None = given("As the person said.", strawberry.UNSET)
    races: list[Race] | None = given("As the person said; several are possible.", strawberry.UNSET)
    special_classifications: list[SpecialClassification] | None = given("As the person said.", strawberry.UNSET)
    victimizations: list[VictimizationType] | None = given("Types of victimization.", strawberry.UNSET)


@strawberry.input(description="Somebody who belongs to a family already recorded.")
class AddPersonInput:
    """Somebody who belongs to a family already recorded."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("The family's case.")
    person: IntakePersonInput = given("The person, as at intake.")
    household_id: strawberry.ID | None = given("With whom they live; left out, a household of their own.", None)


@strawberry.input(description="How two persons of a family are related: the person is the KIN of the other.")
class AddRelationshipInput:
    """How two persons of a family are related."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("The person.")
    other_person_id: strawberry.ID = given("The other.")
    kin: KinCode = given("What the person is to the other.")
    is_legal_next_of_kin: bool = given("Legal next of kin; needs evidence.", False)
    next_of_kin_evidence: str | None = given("Which document showed it.", None)
    has_consent_authority: bool = given("May consent for the other.", False)
    is_pickup_authorized: bool = given("May take the other home.", False)
    is_restricted: bool = given("Must never be given information about the other.", False)
    is_emergency_contact: bool = given("To be called in an emergency.", False)


@strawberry.type(description="The person's record was corrected.")
class PersonUpdated:
    """The person's record was corrected."""

    person: Person = field("The person.")


@strawberry.type(description="The person belongs to the family's case.")
class PersonAdded:
    """The person belongs to the family's case."""

    person: Person = field("The person.")
    suspicions: int = field("How many signs there are that the person is already known; see possibleDuplicates.")


@strawberry.type(description="How the two are related is recorded.")
class RelationshipAdded:
    """How the two are related is recorded."""

    relationship: Relationship = field("The relationship.")


UpdatePersonResult = Annotated[
    PersonUpdated | Refusals, strawberry.union("UpdatePersonResult", description="What came of updatePerson.")
]
AddPersonResult = Annotated[
    PersonAdded | Refusals, strawberry.union("AddPersonResult", description="What came of addPerson.")
]
AddRelationshipResult = Annotated[
    RelationshipAdded | Refusals,
    strawberry.union("AddRelationshipResult", description="What came of addRelationship."),
]


@strawberry.type
class PersonQueries:
    """Queries of this room."""

    person: Person | None = by_id("One person.")


@strawberry.type
class PersonMutations:
    """Mutations of this room."""

    @mutation("Correct what is known of a person; what is left out stays as it is.")
    async def update_person(self, info: strawberry.Info, input: UpdatePersonInput) -> UpdatePersonResult:
        """Correct what is known of a person."""
        return await act(
            info,
            input,
            PersonUpdated,
            lambda work: person.update_person(
                work, id_of(work, input.person_id, "Person"), version=input.version, change=_change(input)
            ),
        )

    @mutation("Add somebody to a family.")
    async def add_person(self, info: strawberry.Info, input: AddPersonInput) -> AddPersonResult:
        """Add somebody to a family."""
        return await act(
            info,
            input,
            PersonAdded,
            lambda work: person.add_person(
                work,
                id_of(work, input.case_id, "Case"),
                form=person_form(work, input.person),
                household_id=id_or_none(work, input.household_id, "Household"),
            ),
        )

    @mutation("Record how two persons of a family are related.")
    async def add_relationship(self, info: strawberry.Info, input: AddRelationshipInput) -> AddRelationshipResult:
        """Record how two persons of a family are related."""
        return await act(
            info,
            input,
            RelationshipAdded,
            lambda work: person.add_relationship(
                work,
                id_of(work, input.person_id, "Person"),
                other_person_id=id_of(work, input.other_person_id, "Person"),
                form=_tie(input),
            ),
        )


_ADDRESSING = ("client_mutation_id", "person_id", "version", "other_person_id")


def _change(asked: UpdatePersonInput) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(asked).items()
        if value is not strawberry.UNSET and name not in _ADDRESSING
    }


def _tie(asked: AddRelationshipInput) -> RelationshipForm:
    said = {name: value for name, value in vars(asked).items() if name not in _ADDRESSING}
    return RelationshipForm(person_ref="person", other_ref="other", **said)
