"""Releases of information as readers see them.

Never: leave a revoked or expired release out; what was allowed, and until when, stays listed.
"""

from fac.db.consent import release_signatories, releases
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Classes, Many, Noun, One, Order, Root, plain

RELEASE = Noun(
    "Release",
    31,
    "release",
    releases,
    plain(
        "id", "purpose", "form", "language", "risks_explained", "effective_at", "expires_at", "recorded_at",
        "revoked_at", "disclosers", "substance_use_contents", "revocation_explained", "version",
    )
    | {
        "classes": Classes("classes"),
        "person": One("Person", "person_id"),
        "recipient": One("Organization", "organization_id"),
        "recordedBy": One("Membership", "recorded_by"),
        "revokedBy": One("Membership", "revoked_by"),
        "signatories": Many("ReleaseSignatory", Order("id", descending=False), column="release_id"),
        "access": Access(),
    },
    case_column="case_id",
)  # fmt: skip
RELEASE_SIGNATORY = Noun(
    "ReleaseSignatory",
    32,
    "release",
    release_signatories,
    plain("id", "capacity", "legal_basis", "signed_on") | {"person": One("Person", "person_id"), "access": Access()},
    inherits=InfoClass.outline.bit,
)
ROOTS = (Root("release", "Release"),)
