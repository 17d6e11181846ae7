"""Second factors: who enrolled an authenticator, and when it was last proved.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its rule of one a person."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "second_factors",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("tries_left", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_in", sa.Uuid(), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_second_factors")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_second_factors_incident_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_second_factors_account_id")),
        sa.CheckConstraint("(proved_in IS NULL) = (proved_at IS NULL)", name=op.f("ck_second_factors_proof_is_whole")),
        sa.CheckConstraint(
            "proved_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_second_factors_proof_confirms")
        ),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_second_factors_never_in_debt")),
    )
    op.create_index(
        "uq_second_factors_account",
        "second_factors",
        ["incident_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Refuse: who had enrolled would be asked for a factor they no longer have."""
    raise RuntimeError("second factors are not undone; restore a backup instead")
