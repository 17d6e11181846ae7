"""Providers' credentials in the schema: recorded, verified by another, revoked.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import Access, Connection, by_id, field, given, mutation, mutation_key, page
from fac.api.organization import Organization
from fac.api.problems import Refusals
from fac.casework import provider_credential
from fac.domain.provider_credential import CredentialDraft
from fac.domain.vocabulary import AgeBand, CredentialEnd, CredentialKind, Modality

if TYPE_CHECKING:
    from fac.api.staff import Membership


@strawberry.type(description="What entitles somebody of a provider to practise: a licence, a registration.")
class ProviderCredential:
    """What entitles somebody of a provider to practise: a licence, a registration."""

    id: strawberry.ID = field("Opaque id.")
    organization: Organization | None = field("Of which organisation its holder is.")
    kind: CredentialKind = field("Its kind.")
    title: str = field("What it is called, such as licensed clinical social worker.")
    holder_name: str | None = field("Whose it is (workforce).")
    number: str | None = field("Its number at the board (workforce).")
    board: str = field("The board that gave it.")
    jurisdiction: str = field("The state whose board it is, ISO 3166-2.")
    esar_vhp_level: int | None = field("The holder's level in the registry of volunteer health professionals, 1 to 4.")
    age_bands: list[AgeBand] = field("For people of which ages.")
    languages: list[str] = field("Languages its holder works in, BCP 47.")
    works_with_interpreter: bool = field("Whether its holder works with a qualified interpreter.")
    modalities: list[Modality] = field("What its holder is trained in.")
    expires_on: date = field("First day it counts no longer.")
    recorded_at: datetime = field("When it was recorded.")
    recorded_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    verified_at: datetime | None = field("When another person last had it confirmed by the board; null: it counts not.")
    verified_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    revoked_at: datetime | None = field("When it was said to count no longer, if it was.")
    revoked_by: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("By whom.")
    revoke_reason: CredentialEnd | None = field("Why.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.input(description="What entitles somebody of an organisation to practise; another person verifies it.")
class RecordProviderCredentialInput:
    """What entitles somebody of an organisation to practise."""

    client_mutation_id: UUID = mutation_key()
    organization_id: strawberry.ID = given("Of which organisation its holder is.")
    kind: CredentialKind = given("Its kind.")
    title: str = given("What it is called.")
    holder_name: str = given("Whose it is.")
    number: str = given("Its number at the board.")
    board: str = given("The board that gave it.")
    jurisdiction: str = given("The state whose board it is, ISO 3166-2, such as US-IL.")
    expires_on: date = given("First day it counts no longer.")
    age_bands: list[AgeBand] = given("For people of which ages.")
    languages: list[str] = given("Languages its holder works in, BCP 47.")
    works_with_interpreter: bool = given("Whether its holder works with a qualified interpreter.", False)
    modalities: list[Modality] = given("What its holder is trained in.", ())
    esar_vhp_level: int | None = given("The holder's level in the registry of volunteer health professionals.", None)


@strawberry.input(description="A credential that the board confirmed.")
class VerifyProviderCredentialInput:
    """A credential that the board confirmed."""

    client_mutation_id: UUID = mutation_key()
    provider_credential_id: strawberry.ID = given("Which credential.")
    version: int = given("The version you read.")


@strawberry.input(description="A credential that counts no longer.")
class RevokeProviderCredentialInput:
    """A credential that counts no longer."""

    client_mutation_id: UUID = mutation_key()
    provider_credential_id: strawberry.ID = given("Which credential.")
    version: int = given("The version you read.")
    reason: CredentialEnd = given("Why.")


@strawberry.type(description="The credential is recorded; it counts once another person has verified it.")
class ProviderCredentialRecorded:
    """The credential is recorded."""

    provider_credential: ProviderCredential = field("The credential.")


@strawberry.type(description="The credential is verified: families may be referred on its strength.")
class ProviderCredentialVerified:
    """The credential is verified."""

    provider_credential: ProviderCredential = field("The credential.")


@strawberry.type(description="The credential counts no longer.")
class ProviderCredentialRevoked:
    """The credential counts no longer."""

    provider_credential: ProviderCredential = field("The credential.")


RecordProviderCredentialResult = Annotated[
    ProviderCredentialRecorded | Refusals,
    strawberry.union("RecordProviderCredentialResult", description="What came of recordProviderCredential."),
]
VerifyProviderCredentialResult = Annotated[
    ProviderCredentialVerified | Refusals,
    strawberry.union("VerifyProviderCredentialResult", description="What came of verifyProviderCredential."),
]
RevokeProviderCredentialResult = Annotated[
    ProviderCredentialRevoked | Refusals,
    strawberry.union("RevokeProviderCredentialResult", description="What came of revokeProviderCredential."),
]


@strawberry.type
class ProviderCredentialQueries:
    """Queries of this room."""

    provider_credential: ProviderCredential | None = by_id("One credential of a provider.")
    provider_credentials: Connection[ProviderCredential] = page(
        "Providers' credentials that were not revoked, the first to expire first.",
        expires_by=(date, "Only what has expired by the end of this day."),
    )


@strawberry.type
class ProviderCredentialMutations:
    """Mutations of this room."""

    @mutation("Record what entitles somebody of an organisation to practise.")
    async def record_provider_credential(
        self, info: strawberry.Info, input: RecordProviderCredentialInput
    ) -> RecordProviderCredentialResult:
        """Record a provider's credential."""
        return await act(
            info,
            input,
            ProviderCredentialRecorded,
            lambda work: provider_credential.record_provider_credential(
                work, id_of(work, input.organization_id, "Organization"), draft=_draft(input)
            ),
        )

    @mutation("Say that the board confirmed a credential that somebody else recorded.")
    async def verify_provider_credential(
        self, info: strawberry.Info, input: VerifyProviderCredentialInput
    ) -> VerifyProviderCredentialResult:
        """Verify a provider's credential."""
        return await act(
            info,
            input,
            ProviderCredentialVerified,
            lambda work: provider_credential.verify_provider_credential(
                work, id_of(work, input.provider_credential_id, "ProviderCredential"), version=input.version
            ),
        )

    @mutation("Say that a credential counts no longer, or never did.")
    async def revoke_provider_credential(
        self, info: strawberry.Info, input: RevokeProviderCredentialInput
    ) -> RevokeProviderCredentialResult:
        """Revoke a provider's credential."""
        return await act(
            info,
            input,
            ProviderCredentialRevoked,
            lambda work: provider_credential.revoke_provider_credential(
                work,
                id_of(work, input.provider_credential_id, "ProviderCredential"),
                version=input.version,
                reason=input.reason,
            ),
        )


def _draft(asked: RecordProviderCredentialInput) -> CredentialDraft:
    return CredentialDraft(
        kind=asked.kind, title=asked.title, holder_name=asked.holder_name, number=asked.number, board=asked.board,
        jurisdiction=asked.jurisdiction, expires_on=asked.expires_on, age_bands=tuple(asked.age_bands),
        languages=tuple(asked.languages), works_with_interpreter=asked.works_with_interpreter,
        modalities=tuple(asked.modalities), esar_vhp_level=asked.esar_vhp_level,
    )  # fmt: skip
