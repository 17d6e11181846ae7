"""The intake form as it was filled in, and what is wrong with it.

Pure data and checks: the same form comes from the GraphQL edge and from an imported spreadsheet.
Never: echo a value; a problem names the field and says what would be right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fac.domain.identity import normal_email, normal_phone
from fac.domain.language import is_language
from fac.domain.sensitivity import need_codes
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
from fac.errors import FieldProblem

MOST_PERSONS = 30
MOST_TEXT = 200
MOST_LONG_TEXT = 4_000
_BIRTH_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_EARLIEST_YEAR = 1890


@dataclass(frozen=True, slots=True)
class NeedForm:
    """A need heard at intake."""

    code: str
    horizon: Horizon
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A person of the family. ``ref`` is the form's own name for the person; ``household`` groups who live together.

    ``born_on`` is EDTF level 0 (YYYY, YYYY-MM, YYYY-MM-DD); phones as they were said, made E.164 when recorded.
    """

    ref: str
    given_name: str | None
    family_name: str | None
    spoken_language: str
    written_language: str
    involvements: tuple[InvolvementRole, ...]
    preferred_name: str | None = None
    aliases: tuple[str, ...] = ()
    born_on: str | None = None
    is_birth_date_estimated: bool = False
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str | None = None
    postal_code: str | None = None
    is_substitute_address: bool = False
    safe_channels: tuple[Channel, ...] = ()
    best_times: str | None = None
    topics_to_avoid: tuple[ContactTopic, ...] = ()
    needs_interpreter: bool = False
    gender: Gender = Gender.not_reported
    races: tuple[Race, ...] = (Race.not_reported,)
    special_classifications: tuple[SpecialClassification, ...] = ()
    victimizations: tuple[VictimizationType, ...] = (VictimizationType.mass_violence,)
    agency_organization_id: UUID | None = None
    household: str = "home"
    needs: tuple[NeedForm, ...] = ()

    def __repr__(self) -> str:
        return f"<PersonForm {self.ref!r}>"


@dataclass(frozen=True, slots=True)
class RelationshipForm:
    """How two persons of the form are related: ``person_ref`` is the ``kin`` of ``other_ref``."""

    person_ref: str
    other_ref: str
    kin: KinCode
    is_legal_next_of_kin: bool = False
    next_of_kin_evidence: str | None = None
    has_consent_authority: bool = False
    is_pickup_authorized: bool = False
    is_restricted: bool = False
    is_emergency_contact: bool = False


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """Who of the form signed a release, in what capacity, when; a minor alone, by what law."""

    person_ref: str
    capacity: SignatoryCapacity
    legal_basis: str | None = None
    signed_on: date | None = None  # None: today


@dataclass(frozen=True, slots=True)
class IntakeReleaseForm:
    """A release given at intake: never a condition of anything."""

    person_ref: str
    recipient_organization_id: UUID
    purpose: ReleasePurpose
    classes: tuple[InfoClass, ...]
    form: ReleaseForm
    language: str
    risks_explained: bool
    effective_at: datetime | None  # None: from now on
    expires_at: datetime
    signatories: tuple[SignatureForm, ...]


@dataclass(frozen=True, slots=True)
class IntakeForm:
    """A whole family. ``language`` is the one the interview was held in; ``import_digest`` marks an imported row."""

    language: str
    persons: tuple[PersonForm, ...]
    relationships: tuple[RelationshipForm, ...] = ()
    releases: tuple[IntakeReleaseForm, ...] = ()
    import_digest: bytes | None = None


def problems_of(form: IntakeForm, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with the form, nothing when it may be recorded."""
    found = list(_language("language", form.language))
    if not form.persons:
        found.append(FieldProblem("persons", "required", "An intake has at least one person."))
    if len(form.persons) > MOST_PERSONS:
        found.append(FieldProblem("persons", "too_many", f"An intake has {MOST_PERSONS} persons at most."))
        return found
    refs = [person.ref for person in form.persons]
    if len(set(refs)) != len(refs):
        found.append(FieldProblem("persons", "ref_repeated", "Every person has a ref of their own."))
    for place, person in enumerate(form.persons):
        found.extend(_prefixed(f"persons.{place}.", _person(person, today)))
    for place, relationship in enumerate(form.relationships):
        found.extend(_prefixed(f"relationships.{place}.", _relationship(relationship, set(refs))))
    for place, release in enumerate(form.releases):
        named = {release.person_ref, *(each.person_ref for each in release.signatories)}
        if not named <= set(refs):
            found.append(FieldProblem(f"releases.{place}", "unknown_ref", "Name persons of this form by their ref."))
    return found


def person_problems(person: PersonForm, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with one person of a form."""
    return list(_person(person, today))


def relationship_problems(relationship: RelationshipForm, refs: set[str]) -> list[FieldProblem]:
    """Return everything that is wrong with how two persons of ``refs`` are said to be related."""
    return list(_relationship(relationship, refs))


def birth_date(text: str | None) -> date | None:
    """Return the first day that ``text`` (YYYY, YYYY-MM or YYYY-MM-DD) can mean, None when it means none."""
    if not text or not _BIRTH_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat((text + "-01-01")[:10] if len(text) != 7 else text + "-01")
    except ValueError:
        return None


def born_problems(born_on: str | None, today: date) -> Iterator[FieldProblem]:
    """Yield what is wrong with a birth date as it was written; nothing where none was given."""
    if born_on is None:
        return
    born = birth_date(born_on)
    if born is None:
        yield FieldProblem("bornOn", "not_a_date", "Write a birth date as YYYY-MM-DD, YYYY-MM or YYYY.")
    elif born > today or born.year < _EARLIEST_YEAR:
        yield FieldProblem("bornOn", "out_of_range", "A birth date lies in the past and within a human life.")


def is_whole_date(text: str | None) -> bool:
    """Tell whether year, month and day are known."""
    return text is not None and len(text) == 10


def _prefixed(prefix: str, problems: Iterator[FieldProblem]) -> Iterator[FieldProblem]:
    for each in problems:
        yield FieldProblem(prefix + each.path, each.problem, each.hint)


def _language(path: str, tag: str) -> Iterator[FieldProblem]:
    if not is_language(tag):
        yield FieldProblem(path, "not_a_language", "Write a language as a BCP 47 tag such as en or es-MX.")


def _person(person: PersonForm, today: date) -> Iterator[FieldProblem]:
    if not person.ref or len(person.ref) > MOST_TEXT:
        yield FieldProblem("ref", "required", "Give every person a short name of the form's own.")
    if not any(name and name.strip() for name in (person.given_name, person.family_name, person.preferred_name)):
        yield FieldProblem("givenName", "required", "A person has at least one name, be it a description.")
    yield from _language("spokenLanguage", person.spoken_language)
    yield from _language("writtenLanguage", person.written_language)
    yield from born_problems(person.born_on, today)
    yield from _reachable(person)
    yield from _lengths(person)
    if not person.involvements:
        yield FieldProblem("involvements", "required", "Say how the person is involved.")
    if InvolvementRole.deceased in person.involvements:
        # Domain invariant 7: only a medical examiner or law enforcement may state a death.
        yield FieldProblem("involvements", "set_by_medical_examiner", "A death is stated by the medical examiner.")
    if person.agency_organization_id and InvolvementRole.first_responder not in person.involvements:
        yield FieldProblem("agencyId", "only_first_responders", "Only a first responder has an agency of their own.")
    for place, need in enumerate(person.needs):
        if need.code not in need_codes():
            yield FieldProblem(f"needs.{place}.code", "unknown_code", "Take a code from needCodes.")
        if need.detail and len(need.detail) > MOST_LONG_TEXT:
            yield FieldProblem(f"needs.{place}.detail", "too_long", f"{MOST_LONG_TEXT} characters at most.")


def _reachable(person: PersonForm) -> Iterator[FieldProblem]:
    for place, phone in enumerate(person.phones):
        if normal_phone(phone) is None:
            yield FieldProblem(f"phones.{place}", "not_a_phone", "Write a number with its area code, or +country.")
    for place, email in enumerate(person.emails):
        if normal_email(email) is None:
            yield FieldProblem(f"emails.{place}", "not_an_email", "Write an address as name@domain.")


def _lengths(person: PersonForm) -> Iterator[FieldProblem]:
    short = {
        "givenName": person.given_name, "familyName": person.family_name, "preferredName": person.preferred_name,
        "postalCode": person.postal_code, "bestTimes": person.best_times, "household": person.household,
    }  # fmt: skip
    for name, value in short.items():
        if value and len(value) > MOST_TEXT:
            yield FieldProblem(name, "too_long", f"{MOST_TEXT} characters at most.")
    if person.address and len(person.address) > 2 * MOST_TEXT:
        yield FieldProblem("address", "too_long", f"{2 * MOST_TEXT} characters at most.")
    for name, values in (("aliases", person.aliases), ("phones", person.phones), ("emails", person.emails)):
        if len(values) > 10 or any(len(each) > MOST_TEXT for each in values):
            yield FieldProblem(name, "too_many", f"Ten at most, each of {MOST_TEXT} characters at most.")


def _relationship(relationship: RelationshipForm, refs: set[str]) -> Iterator[FieldProblem]:
    if not {relationship.person_ref, relationship.other_ref} <= refs:
        yield FieldProblem("personRef", "unknown_ref", "Name persons of this form by their ref.")
    elif relationship.person_ref == relationship.other_ref:
        yield FieldProblem("otherRef", "same_person", "A person is not related to themself.")
    if relationship.is_legal_next_of_kin and not (relationship.next_of_kin_evidence or "").strip():
        yield FieldProblem("nextOfKinEvidence", "required", "Legal next of kin is a fact with evidence.")
    if relationship.is_restricted and (relationship.has_consent_authority or relationship.is_pickup_authorized):
        yield FieldProblem("isRestricted", "contradiction", "A restricted person has no authority over the other.")
