"""Providers' credentials: what entitles somebody of an organisation to practise, who made sure of it, until when.

Whoever holds one and its number stand in plain text, as staff's names do: a board publishes both.
Never: hold anything of somebody served, or have another expiry; what was renewed is another row.
"""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Text, Uuid

from fac.db.base import instant, tenant_key, tenant_table, word
from fac.domain.vocabulary import AgeBand, CredentialEnd, CredentialKind

_AGES = ", ".join(f"'{each}'" for each in AgeBand if each is not AgeBand.not_reported)

provider_credentials = tenant_table(
    "provider_credentials",
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    *word("kind", CredentialKind),
    Column("title", Text, nullable=False),
    Column("holder_name", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("board", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("esar_vhp_level", Integer, nullable=True),
    Column("age_bands", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("works_with_interpreter", Boolean, nullable=False),
    Column("modalities", ARRAY(Text), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    Column("verified_by", Uuid, nullable=True),
    *tenant_key("verified_by", "memberships", indexed=False),
    instant("verified_at", optional=True),
    Column("revoked_by", Uuid, nullable=True),
    *tenant_key("revoked_by", "memberships", indexed=False),
    instant("revoked_at", optional=True),
    *word("revoke_reason", CredentialEnd, optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("esar_vhp_level BETWEEN 1 AND 4", name="esar_vhp_level_in_range"),
    CheckConstraint(f"age_bands <@ ARRAY[{_AGES}]::text[] AND cardinality(age_bands) > 0", name="age_bands_words"),
    CheckConstraint(
        "num_nonnulls(verified_by, verified_at) IN (0, 2) AND verified_by <> recorded_by", name="verified_by_another"
    ),
    CheckConstraint("num_nonnulls(revoked_by, revoked_at, revoke_reason) IN (0, 3)", name="revoked_whole"),
    Index(None, "incident_id", "organization_id", "expires_on"),
    Index(None, "incident_id", "expires_on", "id"),
)
