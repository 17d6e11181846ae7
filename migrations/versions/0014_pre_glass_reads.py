"""The reads under broken glass are found by whoever reviews it: an index of those few rows of the audit.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index; nearly no row of the audit is in it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_audit_events_under_glass",
        "audit_events",
        ["incident_id", "membership_id", "at"],
        postgresql_where=sa.text("jsonb_exists(detail, 'glass')"),
    )


def downgrade() -> None:
    """Drop the index; nothing is lost by it."""
    op.drop_index("ix_audit_events_under_glass", "audit_events")
