"""Releases of information in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, by_id, field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.api.scalars import LanguageTag
from fac.casework import consent
from fac.casework.consent import ReleaseTerms, Signed
from fac.casework.work import Work
from fac.domain.substance_use import ConsentTerms
from fac.domain.vocabulary import (
    Discloser,
    InfoClass,
    ReleaseForm,
    ReleasePurpose,
    SignatoryCapacity,
    SubstanceUseContent,
)

if TYPE_CHECKING:
    from fac.api.organization import Organization
    from fac.api.person import Person
    from fac.api.staff import Membership


@strawberry.type(
    description="A release of information: written, informed, specific, for one recipient and a limited time."
)
class Release:
    """A release of information: written, informed, specific, for one recipient and a limited time."""

    id: strawberry.ID = field("Opaque id.")
    purpose: ReleasePurpose = field("What for.")
    form: ReleaseForm = field("The form of communication it allows.")
    language: str = field("The language it was explained in.")
    risks_explained: bool = field("Whether the risks were explained.")
    effective_at: datetime = field("From when.")
    expires_at: datetime = field("Until when.")
    recorded_at: datetime = field("When it was recorded.")
    revoked_at: datetime | None = field("When it was revoked, if it was.")
    version: int = field("Version, for changes.")
    classes: list[InfoClass] = field("The classes of information it opens.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Whose information.")
    recipient: Annotated[Organization, strawberry.lazy("fac.api.organization")] | None = field("To whom.")
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who recorded it.")
    revoked_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("Who recorded the revocation.")
    signatories: list[ReleaseSignatory] = field("Who signed.")
    disclosers: list[Discloser] | None = field("Who may disclose substance-use information under it.")
    substance_use_contents: list[SubstanceUseContent] | None = field("What of substance use it covers.")
    revocation_explained: bool | None = field("Whether the right to revoke a substance-use consent was explained.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="Somebody who signed a release.")
class ReleaseSignatory:
    """Somebody who signed a release."""

    id: strawberry.ID = field("Opaque id.")
    capacity: SignatoryCapacity = field("In what capacity.")
    legal_basis: str | None = field("The law by which a minor consents alone, or the court and its order.")
    signed_on: date = field("When.")
    person: Annotated[Person, strawberry.lazy("fac.api.person")] | None = field("Who.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class ConsentQueries:
    """Queries of this room."""

    release: Release | None = by_id("One release.")


@strawberry.input(description="Somebody who signed a release.")
class SignatoryInput:
    """Somebody who signed."""

    person_id: strawberry.ID = given("Who signed: a person of the case.")
    capacity: SignatoryCapacity = given("In what capacity.")
    signed_on: date = given("The day it was signed.")
    legal_basis: str | None = given("The law by which a minor consents alone, or the court and its order.", None)


@strawberry.input(description="What a consent to substance-use information must say beside (42 CFR 2.31).")
class SubstanceUseConsentInput:
    """What a consent to substance-use information must say beside."""

    disclosers: list[Discloser] = given("Who may disclose; the center of the case is always among them.")
    contents: list[SubstanceUseContent] = given("What of substance use may be disclosed.")
    revocation_explained: bool = given("Whether the right to revoke, and how, was explained.")


@strawberry.input(description="A release of information as it was explained and signed.")
class GiveReleaseInput:
    """A release of information."""

    client_mutation_id: UUID = mutation_key()
    person_id: strawberry.ID = given("Whose information.")
    recipient_id: strawberry.ID = given("To which organisation: one release, one recipient.")
    purpose: ReleasePurpose = given("What for.")
    classes: list[InfoClass] = given(
        "What it opens: identity, contact, clinical, legal, financial, narrative; substance_use is named apart."
    )
    form: ReleaseForm = given("The form of communication it allows.")
    language: LanguageTag = given("The language it was explained in.")
    risks_explained: bool = given("Whether the risks of releasing were explained.")
    expires_at: datetime = given("Until when: a year at most.")
    signatories: list[SignatoryInput] = given("Who signed.")
    effective_at: datetime | None = given("From when; from now on when left out.", None)
    substance_use: SubstanceUseConsentInput | None = given(
        "What 42 CFR 2.31 asks of a consent that names substance_use; a general release leaves it out.", None
    )


@strawberry.input(description="A release that is withdrawn.")
class RevokeReleaseInput:
    """A release that is withdrawn."""

    client_mutation_id: UUID = mutation_key()
    release_id: strawberry.ID = given("Which release.")
    version: int = given("The version you read.")


@strawberry.type(description="The release was recorded.")
class ReleaseGiven:
    """The release was recorded."""

    release: Release = field("The release.")


@strawberry.type(description="The release was revoked; nothing more is read under it.")
class ReleaseRevoked:
    """The release was revoked."""

    release: Release = field("The release.")


GiveReleaseResult = Annotated[
    ReleaseGiven | Refusals, strawberry.union("GiveReleaseResult", description="What came of giveRelease.")
]
RevokeReleaseResult = Annotated[
    ReleaseRevoked | Refusals, strawberry.union("RevokeReleaseResult", description="What came of revokeRelease.")
]


@strawberry.type
class ConsentMutations:
    """Mutations of this room."""

    @mutation("Record a release of information that was explained and signed.")
    async def give_release(self, info: strawberry.Info, input: GiveReleaseInput) -> GiveReleaseResult:
        """Record a release."""
        return await act(
            info,
            input,
            ReleaseGiven,
            lambda work: consent.give_release(work, id_of(work, input.person_id, "Person"), terms=_terms(work, input)),
        )

    @mutation("Revoke a release: further reads under it stop at once.")
    async def revoke_release(self, info: strawberry.Info, input: RevokeReleaseInput) -> RevokeReleaseResult:
        """Revoke a release."""
        return await act(
            info,
            input,
            ReleaseRevoked,
            lambda work: consent.revoke_release(work, id_of(work, input.release_id, "Release"), version=input.version),
        )


def _consent(asked: SubstanceUseConsentInput | None) -> ConsentTerms | None:
    if asked is None:
        return None
    return ConsentTerms(tuple(asked.disclosers), tuple(asked.contents), asked.revocation_explained)


def _terms(work: Work, asked: GiveReleaseInput) -> ReleaseTerms:
    return ReleaseTerms(
        organization_id=id_of(work, asked.recipient_id, "Organization"),
        purpose=asked.purpose,
        classes=tuple(asked.classes),
        form=asked.form,
        language=asked.language,
        risks_explained=asked.risks_explained,
        expires_at=asked.expires_at,
        effective_at=asked.effective_at,
        substance_use=_consent(asked.substance_use),
        signed=tuple(
            Signed(id_of(work, each.person_id, "Person"), each.capacity, each.signed_on, each.legal_basis)
            for each in asked.signatories
        ),
    )
