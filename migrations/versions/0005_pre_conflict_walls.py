"""Conflict walls: who may know nothing of a case.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REASONS = "'family_or_friend', 'involved_in_event', 'adverse_party', 'complaint', 'safety', 'family_asked', 'other'"


def upgrade() -> None:
    """Make the table and its indexes."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "conflict_walls",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_conflict_walls")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_conflict_walls_incident_id")),
        *(_key(column, target) for column, target in KEYS.items()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_conflict_walls_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_conflict_walls_organization_id")
        ),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_conflict_walls_reason_word")),
        sa.CheckConstraint("num_nonnulls(account_id, organization_id) = 1", name=op.f("ck_conflict_walls_one_side")),
        sa.CheckConstraint(
            "(membership_id IS NULL) = (account_id IS NULL)", name=op.f("ck_conflict_walls_account_has_hat")
        ),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_conflict_walls_lifted_by_somebody")
        ),
    )
    op.create_index(op.f("ix_conflict_walls_incident_id_case_id"), "conflict_walls", ["incident_id", "case_id"])
    for side in ("account", "organization"):
        op.create_index(
            f"uq_conflict_walls_{side}",
            "conflict_walls",
            ["incident_id", f"{side}_id", "case_id"],
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
    op.create_index(
        op.f("ix_conflict_walls_incident_id"),
        "conflict_walls",
        ["incident_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )


def downgrade() -> None:
    """Refuse: going back would let people in who are kept out."""
    raise RuntimeError("conflict walls are not undone; restore a backup instead")


KEYS = {"case_id": "cases", "membership_id": "memberships", "raised_by": "memberships", "lifted_by": "memberships"}


def _key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["incident_id", column],
        [f"{target}.incident_id", f"{target}.id"],
        name=op.f(f"fk_conflict_walls_incident_id_{column}"),
    )
