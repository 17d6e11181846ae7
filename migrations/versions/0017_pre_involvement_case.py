"""Involvements name their case, so that an agency's wall is found without the person.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it, and hold it to the cases."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("involvements", sa.Column("case_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE involvements SET case_id = p.case_id FROM persons p"
        " WHERE p.incident_id = involvements.incident_id AND p.id = involvements.person_id"
    )
    op.alter_column("involvements", "case_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_involvements_incident_id_case_id"),
        "involvements",
        "cases",
        ["incident_id", "case_id"],
        ["incident_id", "id"],
    )


def downgrade() -> None:
    """Refuse: the wall reads it."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
