"""Whom and what a referral names is the partner's to see by a column of its own, held to the referral by a foreign key.

Row by row the look at the referral cost a partner's inbox a third of PostgreSQL's time.
Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
SHOWN = f"CASE WHEN sent_at IS NOT NULL AND status <> 'entered_in_error' THEN organization_id ELSE {NOBODY} END"


def upgrade() -> None:
    """Add the columns, fill them, and let the server keep them alike."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("referrals", sa.Column("shown_to", sa.Uuid(), sa.Computed(SHOWN, persisted=True), nullable=False))
    op.create_unique_constraint(
        op.f("uq_referrals_incident_id_id_shown_to"), "referrals", ["incident_id", "id", "shown_to"]
    )
    for table in ("referral_persons", "referral_needs"):
        op.add_column(table, sa.Column("shown_to", sa.Uuid(), nullable=True))
        op.execute(
            f"UPDATE {table} SET shown_to = r.shown_to FROM referrals r"  # noqa: S608  # our own names
            f" WHERE r.incident_id = {table}.incident_id AND r.id = {table}.referral_id"
        )
        op.alter_column(table, "shown_to", nullable=False)
        op.drop_constraint(op.f(f"fk_{table}_incident_id_referral_id"), table, type_="foreignkey")
        op.create_foreign_key(
            op.f(f"fk_{table}_incident_id_referral_id_shown_to"),
            table,
            "referrals",
            ["incident_id", "referral_id", "shown_to"],
            ["incident_id", "id", "shown_to"],
            onupdate="CASCADE",
        )


def downgrade() -> None:
    """Refuse: the partners' wall reads them."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
