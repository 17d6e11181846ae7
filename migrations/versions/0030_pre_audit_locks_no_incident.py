"""An audit row no longer locks its incident: the foreign key goes (fac.db.audit says why).

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the key."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("fk_audit_events_incident_id"), "audit_events")


def downgrade() -> None:
    """Put the key back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_foreign_key(op.f("fk_audit_events_incident_id"), "audit_events", "incidents", ["incident_id"], ["id"])
