"""Incidents, and the centers opened for one.

Never: mix an exercise with a real incident; ``is_exercise`` is fixed when the incident is made.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, Text, Uuid

from fac.db.base import global_table, instant, tenant_table, word
from fac.domain.vocabulary import CenterKind, IncidentStatus

incidents = global_table(
    "incidents",
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_exercise", Boolean, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("occurred_on", Date, nullable=False),
    *word("status", IncidentStatus),
    Column("lead_organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    instant("created_at"),
    Column("version", Integer, nullable=False),
)

centers = tenant_table(
    "centers",
    *word("kind", CenterKind),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    instant("opened_at"),
    instant("closed_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after_opened"),
)
