"""The audit is found by the day: for who looks at unusual access, and at what somebody did in some hours.

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_audit_events_incident_id_at", "audit_events", ["incident_id", "at"])


def downgrade() -> None:
    """Drop the index; nothing is lost by it."""
    op.drop_index("ix_audit_events_incident_id_at", "audit_events")
