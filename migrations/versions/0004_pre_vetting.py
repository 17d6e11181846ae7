"""Vetting of volunteers, and the way from an agency to the cases that must keep away from it.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three columns, their rules, and the index by agency."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("memberships", sa.Column("vetted_by", sa.Uuid(), nullable=True))
    for name in ("vetted_at", "vetted_until"):
        op.add_column("memberships", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_incident_id_vetted_by"),
        "memberships",
        "memberships",
        ["incident_id", "vetted_by"],
        ["incident_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_memberships_vetting_is_whole"),
        "memberships",
        "num_nonnulls(vetted_by, vetted_at, vetted_until) IN (0, 3) AND vetted_until >= vetted_at AND vetted_by <> id",
    )
    op.create_check_constraint(
        op.f("ck_memberships_only_volunteers_are_vetted"), "memberships", "vetted_by IS NULL OR role = 'volunteer'"
    )
    op.create_index(
        op.f("ix_involvements_incident_id_agency_organization_id"),
        "involvements",
        ["incident_id", "agency_organization_id"],
        postgresql_where=sa.text("agency_organization_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Refuse: who was vetted until when would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
