"""Providers' credentials as readers see them, and whether a service lacks one.

Never: show whose a credential is, or its number, with its outline.
"""

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, not_, select

from fac.access.opened import today
from fac.access.standing import actor_parameter
from fac.db.aliased import another
from fac.db.provider_credential import provider_credentials
from fac.db.statement import among
from fac.domain.provider_credential import LICENSED
from fac.reading.noun import Access, Flag, Noun, One, Order, Root, plain


def _lacks_one(service: FromClause) -> ColumnElement[bool]:
    credential = another(provider_credentials)
    standing = (
        select(literal_column("true"))
        .where(
            credential.c.incident_id == actor_parameter("incident"),
            credential.c.organization_id == service.c.organization_id,
            credential.c.verified_at.is_not(None),
            credential.c.revoked_at.is_(None),
            credential.c.expires_on > today(),
        )
        .correlate_except(credential)
        .exists()
    )
    return and_(among(service.c.category, LICENSED), not_(standing))


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
