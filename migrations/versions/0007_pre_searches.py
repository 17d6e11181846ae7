"""Whom families look for.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KIN = (
    "'spouse', 'partner', 'parent', 'child', 'sibling', 'grandparent', 'grandchild', 'guardian', 'ward', "
    "'other_relative', 'friend', 'coworker', 'other'"
)
_STATUS = "'reported_unaccounted', 'located_safe', 'located_hospitalized', 'notified', 'withdrawn_duplicate'"


def upgrade() -> None:
    """Make the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    name = "persons_of_concern"
    op.create_table(
        name,
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("kin", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("located_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"kin IN ({_KIN})", name=op.f(f"ck_{name}_kin_word")),
        sa.CheckConstraint(f"status IN ({_STATUS})", name=op.f(f"ck_{name}_status_word")),
        sa.CheckConstraint(
            "status NOT IN ('located_safe', 'located_hospitalized') OR located_at IS NOT NULL",
            name=op.f(f"ck_{name}_located_has_instant"),
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn_duplicate') = (duplicate_of_id IS NOT NULL)",
            name=op.f(f"ck_{name}_duplicate_names_other"),
        ),
        sa.CheckConstraint("duplicate_of_id <> id", name=op.f(f"ck_{name}_duplicate_of_another")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{name}_incident_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                [f"{target}.incident_id", f"{target}.id"],
                name=op.f(f"fk_{name}_incident_id_{column}"),
            )
            for column, target in (
                ("case_id", "cases"),
                ("reporter_id", "persons"),
                ("reported_by", "memberships"),
                ("duplicate_of_id", name),
            )
        ),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{name}")),
    )
    for column in ("case_id", "reporter_id"):
        op.create_index(op.f(f"ix_{name}_incident_id_{column}"), name, ["incident_id", column])
    newest = [sa.literal_column("reported_at DESC"), sa.literal_column("id DESC")]
    op.create_index(op.f(f"ix_{name}_incident_id"), name, ["incident_id", *newest])
    op.create_index(op.f(f"ix_{name}_incident_id_status"), name, ["incident_id", "status", *newest])


def downgrade() -> None:
    """Refuse: whom families look for would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
