"""Organisations, their services, contacts and agreements as readers see them.

Never: show a client's data; an organisation is global, what it offers belongs to the incident.
"""

from fac.db.organization import agreements, organization_contacts, organizations, services
from fac.reading.noun import Access, Many, Noun, One, Order, Root, plain
from fac.reading.provider_credential import OF_A_SERVICE

ORGANIZATION = Noun(
    "Organization",
    3,
    "organization",
    organizations,
    plain("id", "name", "kind", "confidentiality_regime", "version")
    | {
        "services": Many("Service", Order("id", descending=False), column="organization_id"),
        "contacts": Many("OrganizationContact", Order("id", descending=False), column="organization_id"),
        "agreements": Many("Agreement", Order("expires_on"), column="organization_id"),
        "providerCredentials": Many("ProviderCredential", Order("expires_on"), column="organization_id"),
        "access": Access(),
    },
)
SERVICE = Noun(
    "Service",
    4,
    "service",
    services,
    plain("id", "name", "category", "description", "languages", "wait_days", "is_accepting", "version")
    | {
        "lacksCredential": OF_A_SERVICE,
        "organization": One("Organization", "organization_id"),
        "access": Access(),
    },
)
ORGANIZATION_CONTACT = Noun(
    "OrganizationContact",
    5,
    "organization_contact",
    organization_contacts,
    plain("id", "label", "phone", "email", "is_round_the_clock", "verified_on", "version")
    | {"organization": One("Organization", "organization_id"), "access": Access()},
)
AGREEMENT = Noun(
    "Agreement",
    6,
    "agreement",
    agreements,
    plain(
        "id",
        "kind",
        "scope",
        "data_terms",
        "attests_nondiscrimination",
        "effective_on",
        "expires_on",
        "ended_at",
        "version",
    )
    | {"organization": One("Organization", "organization_id"), "access": Access()},
)
ROOTS = (
    Root("organization", "Organization"),
    Root("organizations", "Organization", order=Order("created_at", descending=False), filters={"kind": "kind"}),
    # What is due for its yearly check (domain invariant 15).
    Root(
        "agreements",
        "Agreement",
        order=Order("expires_on", descending=False),
        upto={"expiresBy": "expires_on"},
        is_null="ended_at",
    ),
    Root(
        "organizationContacts",
        "OrganizationContact",
        order=Order("verified_on", descending=False),
        upto={"verifiedBy": "verified_on"},
    ),
    Root("services", "Service", order=Order("id", descending=False), filters={"category": "category"}),
)
