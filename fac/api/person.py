"""Persons, households and relationships in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, by_id, field
from fac.api.scalars import BirthDate
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
    from fac.api.need import Need
    from fac.api.organization import Organization


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
    version: int = field("Version, for changes.")
    case: Annotated["Case", strawberry.lazy("fac.api.case")] | None = field("The case the person is in.")
    involvements: list[Involvement] = field("How the person is involved.")
    relationships: list[Relationship] = field("How the person is related to others.")
    needs: list[Annotated["Need", strawberry.lazy("fac.api.need")]] = field("The person's needs.")
    releases: list[Annotated["Release", strawberry.lazy("fac.api.consent")]] = field("What the person released.")
    possible_duplicates: list[DuplicateSuspicion] = field("Persons who may be the same.")
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
    agency: Annotated["Organization", strawberry.lazy("fac.api.organization")] | None = field(
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


@strawberry.type(description="A sign that two records may be one person. Nothing is ever merged by itself.")
class DuplicateSuspicion:
    """A sign that two records may be one person."""

    id: strawberry.ID = field("Opaque id.")
    grade: str = field("same or review.")
    score: int = field("How strong the evidence is, in bits (0 to 100).")
    reasons: list[str] = field("What is alike, such as phone or birth_date; never the values.")
    raised_at: datetime = field("When it was noticed.")
    other: Person | None = field("The person it may be.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class PersonQueries:
    """Queries of this room."""

    person: Person | None = by_id("One person.")
