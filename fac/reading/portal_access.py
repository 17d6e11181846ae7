"""Portal accesses as readers see them: staff those of their families, somebody served their own.

Never: show a token; it was shown once, to whoever handed it over.
"""

from fac.db.portal_access import portal_accesses
from fac.reading.noun import Access, Noun, One, Order, Root, plain

PORTAL_ACCESS = Noun(
    "PortalAccess",
    91,
    "portal_access",
    portal_accesses,
    plain("id", "identity_check", "given_at", "expires_at", "withdrawn_at", "version")
    | {
        "person": One("Person", "person_id"),
        "holder": One("Person", "holder_id"),
        "givenBy": One("Membership", "given_by"),
        "withdrawnBy": One("Membership", "withdrawn_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("myRecord", "PortalAccess", fixed="me"),
    Root("portalAccess", "PortalAccess"),
    Root("portalAccesses", "PortalAccess", order=Order("given_at")),
)
