"""A partner's own notes on what was referred to it.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "partner_notes"
_NAMED = {"case_id": "cases", "referral_id": "referrals", "written_by": "memberships"}


def upgrade() -> None:
    """Make the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        TABLE,
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("incident_id", "id", "case_id", "referral_id", "organization_id")
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{TABLE}_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f(f"fk_{TABLE}_organization_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                [f"{target}.incident_id", f"{target}.id"],
                name=op.f(f"fk_{TABLE}_incident_id_{column}"),
            )
            for column, target in _NAMED.items()
        ),
    )
    op.create_index(op.f(f"ix_{TABLE}_incident_id_case_id"), TABLE, ["incident_id", "case_id"])
    columns = ["referral_id", "written_at", "id"]
    op.create_index(op.f(f"ix_{TABLE}_incident_id_{'_'.join(columns)}"), TABLE, ["incident_id", *columns])


def downgrade() -> None:
    """Refuse: what partners wrote would be gone."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
