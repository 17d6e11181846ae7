"""The audit trail's rows, the seals over them, and the idempotency keys.

Append-only: a trigger refuses UPDATE and DELETE (migration 0001), the application's role has neither grant.
Never: hold a personal value; ids, codes and masks only.
"""

from typing import Final

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from fac.db.base import instant, metadata, tenant_key, tenant_table, unique

UNDER_GLASS: Final = text("jsonb_exists(detail, 'glass')")

# Without the foreign key to its incident: each read would lock the one row of it that all other reads lock too, and
# that was a fifth of the time its audit row took (benchmarks/README.md). Incidents are never deleted, and the incident
# floor of row-level security holds each row to the one that its transaction claims.
audit_events = Table(
    "audit_events",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    PrimaryKeyConstraint("incident_id", "id"),
    instant("at"),
    Column("event", Text, nullable=False),
    Column("membership_id", Uuid, nullable=False),
    Column("session_id", Uuid, nullable=True),
    Column("operation", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("record_id", Uuid, nullable=True),
    Column("subjects", ARRAY(Uuid), nullable=False),
    Column("classes", Integer, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("policy_version", LargeBinary, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index(None, "incident_id", "record_id"),
    # What was read in some days (fac.casework.unusual_access); instants come ascending, so it grows at its end.
    Index(None, "incident_id", "at"),
    # The few reads under broken glass (fac.casework.glass_reads), for whoever reviews it.
    Index("ix_audit_events_under_glass", "incident_id", "membership_id", "at", postgresql_where=UNDER_GLASS),
)

audit_seals = tenant_table(
    "audit_seals",
    Column("number", Integer, nullable=False),
    instant("sealed_at"),
    Column("first_event_id", Uuid, nullable=False),
    Column("last_event_id", Uuid, nullable=False),
    Column("events", Integer, nullable=False),
    # Exactly the rows that the seal covers, ascending: a late row lands in a later seal, a missing one has a name.
    Column("event_ids", ARRAY(Uuid), nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    unique("number"),
    CheckConstraint("number >= 1 AND events >= 1", name="counts_from_one"),
    CheckConstraint("cardinality(event_ids) = events", name="lists_its_events"),
    Index(None, "incident_id", "last_event_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("membership_id", Uuid, nullable=False),
    Column("key", Uuid, nullable=False),
    Column("operation", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("result", JSONB, nullable=True),
    instant("created_at"),
    PrimaryKeyConstraint("incident_id", "membership_id", "key"),
    *tenant_key("membership_id", "memberships", indexed=False),
    Index(None, "created_at"),
)
