"""Frozen reports: what was counted, from which inputs, by which edition.

Never: be changed; late entries and merges make the next revision.
"""

from sqlalchemy import CheckConstraint, Column, Date, Integer, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from fac.db.base import instant, tenant_key, tenant_table, unique

reports = tenant_table(
    "reports",
    Column("kind", Text, nullable=False),
    Column("award_id", Uuid, nullable=False),
    *tenant_key("award_id", "awards"),
    Column("period_starts_on", Date, nullable=False),
    Column("period_ends_on", Date, nullable=False),
    Column("edition", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("input_hash", LargeBinary, nullable=False),
    Column("counts", JSONB, nullable=False),
    instant("generated_at"),
    Column("generated_by", Uuid, nullable=False),
    *tenant_key("generated_by", "memberships", indexed=False),
    unique("kind", "award_id", "period_starts_on", "period_ends_on", "revision"),
    CheckConstraint("revision >= 1", name="counts_from_one"),
    CheckConstraint("period_ends_on > period_starts_on", name="period_runs_forward"),
)
