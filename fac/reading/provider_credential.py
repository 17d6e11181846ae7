"""Providers' credentials as readers see them, and whether a service lacks one.

Never: show whose a credential is, or its number, with its outline.
"""

from sqlalchemy import ColumnElement, FromClause, and_, true

from fac.access.opened import today
from fac.db.provider_credential import provider_credentials
from fac.db.rls.credentialed import credentialed_until
from fac.db.statement import among
from fac.domain.provider_credential import LICENSED
from fac.reading.noun import Access, Flag, Noun, One, Order, Root, plain


def _lacks_one(service: FromClause) -> ColumnElement[bool]:
    standing = credentialed_until(service.c.organization_id) > today()
    return and_(among(service.c.category, LICENSED), standing.is_not(true()))


OF_A_SERVICE = Flag(_lacks_one)
PROVIDER_CREDENTIAL = Noun(
    "ProviderCredential",
    59,
    "provider_credential",
    provider_credentials,
    plain(
        "id", "kind", "title", "holder_name", "number", "board", "jurisdiction", "esar_vhp_level", "age_bands",
        "languages", "works_with_interpreter", "modalities", "expires_on", "recorded_at", "verified_at", "revoked_at",
        "revoke_reason", "version",
    )
    | {
        "organization": One("Organization", "organization_id"),
        "recordedBy": One("Membership", "recorded_by"),
        "verifiedBy": One("Membership", "verified_by"),
        "revokedBy": One("Membership", "revoked_by"),
        "access": Access(),
    },
)  # fmt: skip
ROOTS = (
    Root("providerCredential", "ProviderCredential"),
    # Those that count or may come to count, the first to expire first.
    Root(
        "providerCredentials",
        "ProviderCredential",
        order=Order("expires_on", descending=False),
        upto={"expiresBy": "expires_on"},
        is_null="revoked_at",
    ),
)
