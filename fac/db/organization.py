"""Organisations, what they offer, how to reach them and on what written basis they take part.

Never: hold a client's data; an agreement's dates decide access, so they are never edited silently (version, audit).
"""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Text, Uuid

from fac.db.base import global_table, instant, tenant_table, word
from fac.domain.vocabulary import AgreementKind, ConfidentialityRegime, OrganizationKind, ServiceCategory

organizations = global_table(
    "organizations",
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    *word("kind", OrganizationKind),
    *word("confidentiality_regime", ConfidentialityRegime),
    instant("created_at"),
    Column("version", Integer, nullable=False),
)

services = tenant_table(
    "services",
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    *word("category", ServiceCategory),
    Column("description", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("wait_days", Integer, nullable=False),
    Column("is_accepting", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("wait_days >= 0", name="wait_days_not_negative"),
    Index(None, "incident_id", "organization_id"),
)

organization_contacts = tenant_table(
    "organization_contacts",
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("is_round_the_clock", Boolean, nullable=False),
    Column("verified_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "incident_id", "organization_id"),
)

agreements = tenant_table(
    "agreements",
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    *word("kind", AgreementKind),
    Column("scope", Text, nullable=False),
    Column("data_terms", Text, nullable=False),
    Column("attests_nondiscrimination", Boolean, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False),
    instant("ended_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("expires_on > effective_on", name="expires_after_effective"),
    Index(None, "incident_id", "organization_id", "expires_on"),
)
