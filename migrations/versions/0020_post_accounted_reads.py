"""Who read what is sealed of whom, day by day: counted up from what is sealed so far, and from then on with each seal.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "accounted_reads"
COUNTED = """
INSERT INTO accounted_reads
  (incident_id, person_id, read_on, membership_id, under_glass, classes, reads, first_at, last_at)
SELECT e.incident_id, p.id, timezone(i.timezone, e.at)::date, e.membership_id, jsonb_exists(e.detail, 'glass'),
  bit_or(e.classes), count(*), min(e.at), max(e.at)
FROM audit_events e
JOIN incidents i ON i.id = e.incident_id
JOIN (SELECT incident_id, unnest(event_ids) AS id FROM audit_seals) s ON s.incident_id = e.incident_id AND s.id = e.id
CROSS JOIN LATERAL unnest(e.subjects) AS subject
JOIN persons p ON p.incident_id = e.incident_id AND p.id = subject
WHERE e.event = 'record.read' AND e.classes > 0
GROUP BY 1, 2, 3, 4, 5
"""


def upgrade() -> None:
    """Make the table and count what is sealed; the trail itself is only read."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        TABLE,
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("under_glass", sa.Boolean(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "incident_id", "person_id", "read_on", "membership_id", "under_glass", name=op.f(f"pk_{TABLE}")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{TABLE}_incident_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                [f"{target}.incident_id", f"{target}.id"],
                name=op.f(f"fk_{TABLE}_incident_id_{column}"),
            )
            for column, target in (("person_id", "persons"), ("membership_id", "memberships"))
        ),
        sa.CheckConstraint("reads > 0 AND classes > 0", name=op.f(f"ck_{TABLE}_counts_something")),
        sa.CheckConstraint("last_at >= first_at", name=op.f(f"ck_{TABLE}_last_after_first")),
    )
    op.execute(COUNTED)


def downgrade() -> None:
    """Drop the table; the trail says the same."""
    op.drop_table(TABLE)
