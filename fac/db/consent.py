"""Releases of information: written, informed, specific, time-limited (28 CFR 94.115, 34 USC 12291(b)(2)).

Never: stand for two recipients, live without an expiry, or be edited; a release is given and later revoked.
"""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Text, Uuid

from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import InfoClass, ReleaseForm, ReleasePurpose, SignatoryCapacity

releases = tenant_table(
    "releases",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons", indexed=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    *word("purpose", ReleasePurpose),
    Column("classes", Integer, nullable=False),  # mask of InfoClass bits
    *word("form", ReleaseForm),
    Column("language", Text, nullable=False),
    Column("risks_explained", Boolean, nullable=False),
    instant("effective_at"),
    instant("expires_at"),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    instant("revoked_at", optional=True),
    Column("revoked_by", Uuid, nullable=True),
    *tenant_key("revoked_by", "memberships", indexed=False),
    # What a consent to substance-use information says beside (42 CFR 2.31); a general release says none of it.
    Column("disclosers", ARRAY(Text), nullable=True),
    Column("substance_use_contents", ARRAY(Text), nullable=True),
    Column("revocation_explained", Boolean, nullable=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("expires_at > effective_at", name="expires_after_effective"),
    CheckConstraint("classes > 0", name="names_a_class"),
    CheckConstraint("risks_explained", name="is_informed"),
    CheckConstraint(
        f"(classes & {InfoClass.substance_use.bit} <> 0) = (disclosers IS NOT NULL)"
        f" AND (classes & {InfoClass.substance_use.bit} <> 0) = (substance_use_contents IS NOT NULL)"
        f" AND (classes & {InfoClass.substance_use.bit} <> 0) = (revocation_explained IS NOT NULL)"
        " AND revocation_explained IS NOT FALSE",
        name="substance_use_is_consented",
    ),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    Index(None, "incident_id", "person_id", "organization_id"),
)

release_signatories = tenant_table(
    "release_signatories",
    Column("release_id", Uuid, nullable=False),
    *tenant_key("release_id", "releases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons", indexed=False),
    *word("capacity", SignatoryCapacity),
    Column("legal_basis", Text, nullable=True),
    Column("signed_on", Date, nullable=False),
    unique("release_id", "person_id"),
    CheckConstraint(
        "capacity NOT IN ('minor_may_consent', 'court_appointed_guardian') OR legal_basis IS NOT NULL",
        name="alone_has_legal_basis",
    ),
)
