"""Searching: how many searches a hat has left, and under which normaliser a blind token was made.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column; every posting so far is of the first normaliser."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "search_allowances",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("searches_left", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("searches_left >= 0", name=op.f("ck_search_allowances_never_in_debt")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_search_allowances_incident_id")),
        sa.ForeignKeyConstraint(
            ["incident_id", "membership_id"],
            ["memberships.incident_id", "memberships.id"],
            name=op.f("fk_search_allowances_incident_id_membership_id"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_search_allowances")),
        sa.UniqueConstraint(
            "incident_id", "membership_id", name=op.f("uq_search_allowances_incident_id_membership_id")
        ),
    )
    op.add_column("match_postings", sa.Column("normaliser", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("match_postings", "normaliser", server_default=None)


def downgrade() -> None:
    """Refuse: going back would forget under which normaliser people are found."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
