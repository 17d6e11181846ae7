"""Which process holds which keys, and which rotations are under way.

Never: hold a key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "key_holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_holders")),
    )
    op.create_table(
        "key_rotations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('kek', 'dek', 'index')", name=op.f("ck_key_rotations_kind_word")),
        sa.CheckConstraint("target >= 2", name=op.f("ck_key_rotations_target_follows_the_first")),
        sa.ForeignKeyConstraint(["started_by"], ["accounts.id"], name=op.f("fk_key_rotations_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_rotations")),
    )
    op.create_index(
        "uq_key_rotations_unfinished",
        "key_rotations",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    """Refuse: a rotation under way would be forgotten."""
    raise RuntimeError("not undone; restore a backup instead")
