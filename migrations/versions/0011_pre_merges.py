"""Suspected duplicates are dismissed, and two records of one person are tied together and parted again.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TWICE = """
DELETE FROM duplicate_suspicions AS later USING duplicate_suspicions AS first
WHERE later.incident_id = first.incident_id AND later.person_id = first.other_person_id
  AND later.other_person_id = first.person_id AND later.id > first.id
"""


def upgrade() -> None:
    """Add what a dismissal needs, let a pair be suspected once, and make the table of merges."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "duplicate_suspicions"
    op.add_column(table, sa.Column("dismissed_by", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column(table, "version", server_default=None)
    _to_membership(table, "dismissed_by")
    op.create_check_constraint(
        op.f("ck_duplicate_suspicions_dismissed_by_somebody"), table, "(dismissed_at IS NULL) = (dismissed_by IS NULL)"
    )
    op.execute(_TWICE)
    op.execute(
        "CREATE UNIQUE INDEX uq_duplicate_suspicions_pair ON duplicate_suspicions"
        " (incident_id, LEAST(person_id, other_person_id), GREATEST(person_id, other_person_id))"
    )
    op.execute(
        "CREATE INDEX ix_duplicate_suspicions_open ON duplicate_suspicions (incident_id, score DESC, id DESC)"
        " WHERE dismissed_at IS NULL"
    )
    _make_merges()


def _make_merges() -> None:
    table = "person_merges"
    op.create_table(
        table,
        *(
            sa.Column(name, sa.Uuid(), nullable=name == "unmerged_by")
            for name in ("incident_id", "id", "person_id", "other_person_id", "merged_by", "unmerged_by")
        ),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unmerged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("person_id <> other_person_id", name=op.f("ck_person_merges_two_persons")),
        sa.CheckConstraint(
            "(unmerged_at IS NULL) = (unmerged_by IS NULL)", name=op.f("ck_person_merges_unmerged_by_somebody")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_person_merges_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_person_merges")),
    )
    for column in ("person_id", "other_person_id"):
        op.create_foreign_key(
            op.f(f"fk_{table}_incident_id_{column}"), table, "persons", ["incident_id", column], ["incident_id", "id"]
        )
        op.create_index(op.f(f"ix_{table}_incident_id_{column}"), table, ["incident_id", column])
    for column in ("merged_by", "unmerged_by"):
        _to_membership(table, column)
    op.create_index(
        "uq_person_merges_in_force",
        table,
        ["incident_id", "other_person_id"],
        unique=True,
        postgresql_where=sa.text("unmerged_at IS NULL"),
    )


def _to_membership(table: str, column: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_incident_id_{column}"), table, "memberships", ["incident_id", column], ["incident_id", "id"]
    )


def downgrade() -> None:
    """Refuse: who was dismissed or merged would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
