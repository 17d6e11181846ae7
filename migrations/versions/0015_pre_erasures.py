"""Erasures and legal holds, and since when nothing is known of a person any more.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

HOLD_REASONS = "'litigation', 'criminal_proceeding', 'audit', 'records_request', 'other'"
ERASURE_REASONS = "'client_request', 'court_order', 'retention_ended', 'not_carried_forward', 'recorded_in_error'"


def upgrade() -> None:
    """Make both tables and the column."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("persons", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "legal_holds",
        *_ids("legal_holds"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_keys("legal_holds", "placed_by", "lifted_by"),
        sa.CheckConstraint(f"reason IN ({HOLD_REASONS})", name=op.f("ck_legal_holds_reason_word")),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_legal_holds_lifted_by_somebody")),
    )
    op.create_table(
        "erasures",
        *_ids("erasures"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("includes_case_words", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_keys("erasures", "proposed_by", "ended_by"),
        sa.CheckConstraint(f"reason IN ({ERASURE_REASONS})", name=op.f("ck_erasures_reason_word")),
        sa.CheckConstraint("status IN ('proposed', 'carried_out', 'withdrawn')", name=op.f("ck_erasures_status_word")),
        sa.CheckConstraint("(status = 'proposed') = (ended_at IS NULL)", name=op.f("ck_erasures_ended_has_instant")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_erasures_ended_by_somebody")),
        sa.CheckConstraint(
            "status <> 'carried_out' OR ended_by <> proposed_by", name=op.f("ck_erasures_carried_out_by_another")
        ),
    )
    op.create_index(
        "uq_erasures_proposed",
        "erasures",
        ["incident_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    for table, instant in (("legal_holds", "placed_at"), ("erasures", "proposed_at")):
        op.create_index(op.f(f"ix_{table}_incident_id_case_id"), table, ["incident_id", "case_id"])
        op.create_index(
            op.f(f"ix_{table}_incident_id"),
            table,
            ["incident_id", sa.literal_column(f"{instant} DESC"), sa.literal_column("id DESC")],
        )


def downgrade() -> None:
    """Refuse: going back would forget who was erased and who is held."""
    raise RuntimeError("erasures are not undone; restore a backup instead")


def _ids(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{table}_incident_id")),
    )


def _keys(table: str, *hats: str) -> tuple[sa.schema.SchemaItem, ...]:
    targets = {"case_id": "cases", "person_id": "persons"} | dict.fromkeys(hats, "memberships")
    return tuple(
        sa.ForeignKeyConstraint(
            ["incident_id", column],
            [f"{target}.incident_id", f"{target}.id"],
            name=op.f(f"fk_{table}_incident_id_{column}"),
        )
        for column, target in targets.items()
    )
