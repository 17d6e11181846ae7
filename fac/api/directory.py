"""What can be done to the directory: organisations, services, contacts and agreements.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import field, given, mutation, mutation_key
from fac.api.organization import Agreement, Organization, OrganizationContact, Service
from fac.api.problems import Refusals
from fac.casework import organization
from fac.domain.vocabulary import AgreementKind, ConfidentialityRegime, OrganizationKind, ServiceCategory


@strawberry.input(description="A new organisation.")
class AddOrganizationInput:
    """A new organisation."""

    client_mutation_id: UUID = mutation_key()
    name: str = given("Its name.")
    kind: OrganizationKind = given("What sort it is.")
    confidentiality_regime: ConfidentialityRegime = given("The confidentiality law that binds it.")


@strawberry.input(description="What an organisation offers to families.")
class OfferServiceInput:
    """What an organisation offers to families."""

    client_mutation_id: UUID = mutation_key()
    organization_id: strawberry.ID = given("Who offers it.")
    name: str = given("Its name.")
    category: ServiceCategory = given("What it is for.")
    description: str = given("What a family gets.")
    languages: list[str] = given("Languages it is given in, BCP 47.")
    wait_days: int = given("Days a family waits at present.", 0)
    is_accepting: bool = given("Whether it takes new families.", True)


@strawberry.input(description="What is new about a service; what is left out stays as it is.")
class ChangeServiceInput:
    """What is new about a service."""

    client_mutation_id: UUID = mutation_key()
    service_id: strawberry.ID = given("Which service.")
    version: int = given("The version you read.")
    name: str | None = given("Its name.", None)
    description: str | None = given("What a family gets.", None)
    languages: list[str] | None = given("Languages it is given in, BCP 47.", None)
    wait_days: int | None = given("Days a family waits at present.", None)
    is_accepting: bool | None = given("Whether it takes new families.", None)


@strawberry.input(description="A way to reach an organisation.")
class AddOrganizationContactInput:
    """A way to reach an organisation."""

    client_mutation_id: UUID = mutation_key()
    organization_id: strawberry.ID = given("Whose contact.")
    label: str = given("Desk or duty it reaches.")
    phone: str = given("Telephone number.")
    email: str = given("Electronic mail address for notices without personal data.")
    is_round_the_clock: bool = given("Whether somebody answers at any hour.", False)
    verified_on: date = given("When somebody last made sure.")


@strawberry.input(description="A contact that somebody made sure of today.")
class VerifyOrganizationContactInput:
    """A contact that somebody made sure of today."""

    client_mutation_id: UUID = mutation_key()
    organization_contact_id: strawberry.ID = given("Which contact.")
    version: int = given("The version you read.")


@strawberry.input(description="The written basis on which an organisation takes part.")
class RecordAgreementInput:
    """The written basis on which an organisation takes part."""

    client_mutation_id: UUID = mutation_key()
    organization_id: strawberry.ID = given("With whom.")
    kind: AgreementKind = given("Its kind.")
    scope: str = given("What it covers.")
    data_terms: str = given("What it says about data.")
    attests_nondiscrimination: bool = given("Whether it attests non-discrimination.")
    effective_on: date = given("First day in force.")
    expires_on: date = given("First day no longer in force.")


@strawberry.input(description="An agreement that ends early.")
class EndAgreementInput:
    """An agreement that ends early."""

    client_mutation_id: UUID = mutation_key()
    agreement_id: strawberry.ID = given("Which agreement.")
    version: int = given("The version you read.")


@strawberry.type(description="The organisation is in the directory.")
class OrganizationAdded:
    """The organisation is in the directory."""

    organization: Organization = field("The organisation.")


@strawberry.type(description="The service can be referred to.")
class ServiceOffered:
    """The service can be referred to."""

    service: Service = field("The service.")


@strawberry.type(description="The service was changed.")
class ServiceChanged:
    """The service was changed."""

    service: Service = field("The service.")


@strawberry.type(description="The contact was added.")
class OrganizationContactAdded:
    """The contact was added."""

    organization_contact: OrganizationContact = field("The contact.")


@strawberry.type(description="The contact is good for another year.")
class OrganizationContactVerified:
    """The contact is good for another year."""

    organization_contact: OrganizationContact = field("The contact.")


@strawberry.type(description="The agreement was recorded.")
class AgreementRecorded:
    """The agreement was recorded."""

    agreement: Agreement = field("The agreement.")


@strawberry.type(description="The agreement is no longer in force.")
class AgreementEnded:
    """The agreement is no longer in force."""

    agreement: Agreement = field("The agreement.")


AddOrganizationResult = Annotated[
    OrganizationAdded | Refusals, strawberry.union("AddOrganizationResult", description="What came of addOrganization.")
]
OfferServiceResult = Annotated[
    ServiceOffered | Refusals, strawberry.union("OfferServiceResult", description="What came of offerService.")
]
ChangeServiceResult = Annotated[
    ServiceChanged | Refusals, strawberry.union("ChangeServiceResult", description="What came of changeService.")
]
AddOrganizationContactResult = Annotated[
    OrganizationContactAdded | Refusals,
    strawberry.union("AddOrganizationContactResult", description="What came of addOrganizationContact."),
]
VerifyOrganizationContactResult = Annotated[
    OrganizationContactVerified | Refusals,
    strawberry.union("VerifyOrganizationContactResult", description="What came of verifyOrganizationContact."),
]
RecordAgreementResult = Annotated[
    AgreementRecorded | Refusals, strawberry.union("RecordAgreementResult", description="What came of recordAgreement.")
]
EndAgreementResult = Annotated[
    AgreementEnded | Refusals, strawberry.union("EndAgreementResult", description="What came of endAgreement.")
]


@strawberry.type
class OrganizationMutations:
    """Mutations of this room."""

    @mutation("Add an organisation to the directory.")
    async def add_organization(self, info: strawberry.Info, input: AddOrganizationInput) -> AddOrganizationResult:
        """Add an organisation."""
        return await act(
            info,
            input,
            OrganizationAdded,
            lambda work: organization.add_organization(
                work, name=input.name, kind=input.kind, confidentiality_regime=input.confidentiality_regime
            ),
        )

    @mutation("Add what an organisation offers to families.")
    async def offer_service(self, info: strawberry.Info, input: OfferServiceInput) -> OfferServiceResult:
        """Add a service."""
        return await act(
            info,
            input,
            ServiceOffered,
            lambda work: organization.offer_service(
                work,
                id_of(work, input.organization_id, "Organization"),
                name=input.name,
                category=input.category,
                description=input.description,
                languages=input.languages,
                wait_days=input.wait_days,
                is_accepting=input.is_accepting,
            ),
        )

    @mutation("Change a service: its words, languages, waiting time, whether it takes families.")
    async def change_service(self, info: strawberry.Info, input: ChangeServiceInput) -> ChangeServiceResult:
        """Change a service."""
        change = organization.ServiceChange(
            input.name, input.description, input.languages, input.wait_days, input.is_accepting
        )
        return await act(
            info,
            input,
            ServiceChanged,
            lambda work: organization.change_service(
                work, id_of(work, input.service_id, "Service"), version=input.version, change=change
            ),
        )

    @mutation("Add a way to reach an organisation.")
    async def add_organization_contact(
        self, info: strawberry.Info, input: AddOrganizationContactInput
    ) -> AddOrganizationContactResult:
        """Add a contact."""
        return await act(
            info,
            input,
            OrganizationContactAdded,
            lambda work: organization.add_organization_contact(
                work,
                id_of(work, input.organization_id, "Organization"),
                label=input.label,
                phone=input.phone,
                email=input.email,
                is_round_the_clock=input.is_round_the_clock,
                verified_on=input.verified_on,
            ),
        )

    @mutation("Say that you made sure today that a contact answers.")
    async def verify_organization_contact(
        self, info: strawberry.Info, input: VerifyOrganizationContactInput
    ) -> VerifyOrganizationContactResult:
        """Verify a contact."""
        return await act(
            info,
            input,
            OrganizationContactVerified,
            lambda work: organization.verify_organization_contact(
                work, id_of(work, input.organization_contact_id, "OrganizationContact"), version=input.version
            ),
        )

    @mutation("Record the written basis on which an organisation takes part.")
    async def record_agreement(self, info: strawberry.Info, input: RecordAgreementInput) -> RecordAgreementResult:
        """Record an agreement."""
        return await act(
            info,
            input,
            AgreementRecorded,
            lambda work: organization.record_agreement(
                work,
                id_of(work, input.organization_id, "Organization"),
                kind=input.kind,
                scope=input.scope,
                data_terms=input.data_terms,
                attests_nondiscrimination=input.attests_nondiscrimination,
                effective_on=input.effective_on,
                expires_on=input.expires_on,
            ),
        )

    @mutation("End an agreement before its date: partners read nothing personal on it any more.")
    async def end_agreement(self, info: strawberry.Info, input: EndAgreementInput) -> EndAgreementResult:
        """End an agreement."""
        return await act(
            info,
            input,
            AgreementEnded,
            lambda work: organization.end_agreement(
                work, id_of(work, input.agreement_id, "Agreement"), version=input.version
            ),
        )
