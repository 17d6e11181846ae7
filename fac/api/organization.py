"""Organisations, services, contacts and agreements in the schema.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from fac.api.field import Access, Connection, by_id, field, page
from fac.domain.vocabulary import AgreementKind, ConfidentialityRegime, OrganizationKind, ServiceCategory

if TYPE_CHECKING:
    from fac.api.provider_credential import ProviderCredential


@strawberry.type(description="An organisation that takes part: lead agency, partner, funder.")
class Organization:
    """An organisation that takes part: lead agency, partner, funder."""

    id: strawberry.ID = field("Opaque id.")
    name: str = field("Its name.")
    kind: OrganizationKind = field("What sort it is.")
    confidentiality_regime: ConfidentialityRegime = field("The confidentiality law that binds it.")
    services: list[Service] = field("What it offers in this incident.")
    contacts: list[OrganizationContact] = field("How to reach it.")
    agreements: list[Agreement] = field("On what written basis it takes part, newest expiry first.")
    provider_credentials: list[Annotated[ProviderCredential, strawberry.lazy("fac.api.provider_credential")]] = field(
        "What entitles its people to practise, newest expiry first."
    )
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="An offering of an organisation to families (Open Referral HSDS: service).")
class Service:
    """An offering of an organisation to families (Open Referral HSDS: service)."""

    id: strawberry.ID = field("Opaque id.")
    name: str = field("Its name.")
    category: ServiceCategory = field("What it is for.")
    description: str = field("What a family gets.")
    languages: list[str] = field("Languages it is given in, BCP 47.")
    wait_days: int = field("Days a family waits at present.")
    is_accepting: bool = field("Whether it takes new families.")
    lacks_credential: bool = field(
        "Whether it is counselling and nobody of the organisation holds a verified, unexpired credential: nobody is"
        " referred to it but for information."
    )
    organization: Organization | None = field("Who offers it.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="A way to reach an organisation.")
class OrganizationContact:
    """A way to reach an organisation."""

    id: strawberry.ID = field("Opaque id.")
    label: str = field("Desk or duty it reaches.")
    phone: str = field("Telephone number.")
    email: str = field("Electronic mail address for notices without personal data.")
    is_round_the_clock: bool = field("Whether somebody answers at any hour.")
    verified_on: date = field("When somebody last made sure.")
    organization: Organization | None = field("Whom it reaches.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type(description="The written basis (MOU, MOA or contract) on which an organisation takes part.")
class Agreement:
    """The written basis (MOU, MOA or contract) on which an organisation takes part."""

    id: strawberry.ID = field("Opaque id.")
    kind: AgreementKind = field("Its kind.")
    scope: str = field("What it covers.")
    data_terms: str = field("What it says about data.")
    attests_nondiscrimination: bool = field("Whether it attests non-discrimination.")
    effective_on: date = field("First day in force.")
    expires_on: date = field("First day no longer in force.")
    ended_at: datetime | None = field("When it was ended early, if it was.")
    organization: Organization | None = field("With whom.")
    version: int = field("Version, for changes.")
    access: Access = field("What of this row you may see.")


@strawberry.type
class OrganizationQueries:
    """Queries of this room."""

    organization: Organization | None = by_id("One organisation.")
    organizations: Connection[Organization] = page("The organisations.", kind=(OrganizationKind, "Only this kind."))
    services: Connection[Service] = page(
        "What is offered in the incident.", category=(ServiceCategory, "Only this category.")
    )
    agreements: Connection[Agreement] = page(
        "Agreements that were not ended early, the first to expire first.",
        expires_by=(date, "Only what has expired by the end of this day."),
    )
    organization_contacts: Connection[OrganizationContact] = page(
        "Ways to reach organisations, the one longest not verified first.",
        verified_by=(date, "Only those last verified on this day or before."),
    )
