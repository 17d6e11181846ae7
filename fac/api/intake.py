"""Recording a family's intake, as a mutation.

Never: ask twice for what a family has said once: one form holds the whole family.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of, id_or_none, opaque
from fac.api.case import Case
from fac.api.field import field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.api.scalars import BirthDate, LanguageTag
from fac.casework import intake
from fac.casework.intake_form import (
    IntakeForm,
    IntakeReleaseForm,
    NeedForm,
    PersonForm,
    RelationshipForm,
    SignatureForm,
)
from fac.casework.work import Work
from fac.domain.vocabulary import (
    Channel,
    ContactTopic,
    Gender,
    Horizon,
    InfoClass,
    InvolvementRole,
    KinCode,
    Race,
    ReleaseForm,
    ReleasePurpose,
    SignatoryCapacity,
    SpecialClassification,
    VictimizationType,
)


@strawberry.input(description="A need heard at intake.")
class IntakeNeedInput:
    """A need heard at intake."""

    code: str = given("What is needed; see needCodes.")
    horizon: Horizon = given("By when.")
    detail: str | None = given("In the person's words; sealed.", None)


@strawberry.input(description="A person of the family.")
class IntakePersonInput:
    """A person of the family."""

    ref: str = given("The form's own name for the person, such as p1.")
    given_name: str | None = given("Given names, as the person says them.", None)
    family_name: str | None = given("Every surname, as written.", None)
    preferred_name: str | None = given("The name to call them by.", None)
    aliases: list[str] = given("Other names.", ())
    born_on: BirthDate | None = given("Date of birth as far as known.", None)
    is_birth_date_estimated: bool = given("Whether the date is an estimate.", False)
    phones: list[str] = given("Telephone numbers.", ())
    emails: list[str] = given("Electronic mail addresses.", ())
    address: str | None = given("Postal address.", None)
    postal_code: str | None = given("Postal code.", None)
    is_substitute_address: bool = given("Whether the address stands in for a confidential one.", False)
    safe_channels: list[Channel] = given("Channels that are safe to use.", ())
    best_times: str | None = given("When to call.", None)
    topics_to_avoid: list[ContactTopic] = given("Topics not to be contacted about.", ())
    spoken_language: LanguageTag = given("Language to speak.")
    written_language: LanguageTag | None = given("Language to write; the spoken one when left out.", None)
    needs_interpreter: bool = given("Whether an interpreter is needed.", False)
    gender: Gender = given("As the person said.", Gender.not_reported)
    races: list[Race] = given("As the person said; several are possible.", (Race.not_reported,))
    special_classifications: list[SpecialClassification] = given("As the person said.", ())
    victimizations: list[VictimizationType] = given("Types of victimization.", (VictimizationType.mass_violence,))
    involvements: list[InvolvementRole] = given("How the person is involved. A death is not stated here.")
    agency_id: strawberry.ID | None = given("A first responder's own agency.", None)
    household: str = given("Who lives together: the same word for each of them.", "home")
    needs: list[IntakeNeedInput] = given("What the person needs.", ())


@strawberry.input(description="How two persons of the form are related: person is the KIN of other.")
class IntakeRelationshipInput:
    """How two persons of the form are related."""

    person_ref: str = given("The person.")
    other_ref: str = given("The other.")
    kin: KinCode = given("What the person is to the other.")
    is_legal_next_of_kin: bool = given("Legal next of kin; needs evidence.", False)
    next_of_kin_evidence: str | None = given("Which document showed it.", None)
    has_consent_authority: bool = given("May consent for the other.", False)
    is_pickup_authorized: bool = given("May take the other home.", False)
    is_restricted: bool = given("Must never be given information about the other.", False)
    is_emergency_contact: bool = given("To be called in an emergency.", False)


@strawberry.input(description="Who of the form signed a release.")
class IntakeSignatoryInput:
    """Who of the form signed."""

    person_ref: str = given("Who.")
    capacity: SignatoryCapacity = given("In what capacity.")
    legal_basis: str | None = given("The law by which a minor consents alone, or the court and its order.", None)
    signed_on: date | None = given("The day it was signed; today when left out.", None)


@strawberry.input(description="A release given at intake; never a condition of anything.")
class IntakeReleaseInput:
    """A release given at intake."""

    person_ref: str = given("Whose information.")
    recipient_id: strawberry.ID = given("The organisation that may have it.")
    purpose: ReleasePurpose = given("What for.")
    classes: list[InfoClass] = given("Which classes of information.")
    form: ReleaseForm = given("The form of communication it allows.")
    language: LanguageTag = given("The language it was explained in.")
    risks_explained: bool = given("Whether the risks were explained.")
    effective_at: datetime | None = given("From when; now when left out.", None)
    expires_at: datetime = given("Until when.")
    signatories: list[IntakeSignatoryInput] = given("Who signed.")


@strawberry.input(description="A whole family, recorded at once.")
class RecordIntakeInput:
    """A whole family."""

    client_mutation_id: UUID = mutation_key()
    language: LanguageTag = given("The language the interview was held in.")
    persons: list[IntakePersonInput] = given("Everybody in the family.")
    relationships: list[IntakeRelationshipInput] = given("How they are related.", ())
    releases: list[IntakeReleaseInput] = given("Releases they gave.", ())


@strawberry.type(description="The id a person of the form was given.")
class RecordedPerson:
    """The id a person of the form was given."""

    ref: str = field("The form's own name for the person.")
    id: strawberry.ID = field("The person's opaque id.")


@strawberry.type(description="The family was recorded and its case opened.")
class IntakeRecorded:
    """The family was recorded."""

    case: Case = field("The case.")
    case_number: str = field("The number to say to the family.")
    persons: list[RecordedPerson] = field("The ids the persons were given, in the order of the form.")
    suspicions: int = field(
        "How many signs there are that somebody is already known; see possibleDuplicates of each person."
    )


RecordIntakeResult = Annotated[
    IntakeRecorded | Refusals, strawberry.union("RecordIntakeResult", description="What came of recordIntake.")
]


@strawberry.type
class IntakeMutations:
    """Mutations of this room."""

    @mutation("Record a whole family: persons, household, case, needs, languages, releases.")
    async def record_intake(self, info: strawberry.Info, input: RecordIntakeInput) -> RecordIntakeResult:
        """Record a family's intake."""
        return await act(
            info,
            input,
            IntakeRecorded,
            lambda work: intake.record_intake(work, _form(work, input)),
            show=lambda incident_id, result: result | {"persons": _named(incident_id, input, result)},
        )


def _named(incident_id: UUID, asked: RecordIntakeInput, result: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"ref": person.ref, "id": opaque(incident_id, id, "Person")}
        for person, id in zip(asked.persons, result["persons"], strict=True)
    ]


def _form(work: Work, asked: RecordIntakeInput) -> IntakeForm:
    return IntakeForm(
        language=asked.language,
        persons=tuple(person_form(work, each) for each in asked.persons),
        relationships=tuple(RelationshipForm(**vars(each)) for each in asked.relationships),
        releases=tuple(_release(work, each) for each in asked.releases),
    )


def person_form(work: Work, asked: IntakePersonInput) -> PersonForm:
    """Return the form of a person as the verbs take it."""
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in vars(asked).items()
    }
    plain["needs"] = tuple(NeedForm(**vars(each)) for each in asked.needs)
    plain["written_language"] = asked.written_language or asked.spoken_language
    plain["agency_organization_id"] = id_or_none(work, plain.pop("agency_id"), "Organization")
    return PersonForm(**plain)


def _release(work: Work, asked: IntakeReleaseInput) -> IntakeReleaseForm:
    plain = dict(vars(asked))
    plain["recipient_organization_id"] = id_of(work, plain.pop("recipient_id"), "Organization")
    plain["classes"] = tuple(asked.classes)
    plain["signatories"] = tuple(SignatureForm(**vars(each)) for each in asked.signatories)
    return IntakeReleaseForm(**plain)
