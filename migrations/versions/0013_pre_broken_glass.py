"""Broken glass and reviews, and the follow-up that tells who carries the case.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GLASS_REASONS = (
    "'threat_to_life', 'medical_emergency', 'child_at_risk', 'safety_of_family', 'worker_unreachable', 'other'"
)
FOLLOW_UP_REASONS = (
    "'wellbeing_check', 'referral_outcome', 'referral_overdue', 'glass_broken', 'document_needed', 'anniversary',"
    " 'court_event', 'deadline', 'handoff'"
)
AN_HOUR = "ends_at > broken_at AND ends_at <= broken_at + interval '60 minutes'"
WHOLE = (
    "num_nonnulls(reviewed_by, reviewed_by_account, reviewed_at, finding)"
    " = CASE status WHEN 'concluded' THEN 4 ELSE 0 END"
)


def upgrade() -> None:
    """Make both tables and their indexes, and say the reasons of follow-ups anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _glass_breaks()
    _reviews()
    op.drop_constraint(op.f("ck_follow_ups_reason_word"), "follow_ups", type_="check")
    op.create_check_constraint(op.f("ck_follow_ups_reason_word"), "follow_ups", f"reason IN ({FOLLOW_UP_REASONS})")


def downgrade() -> None:
    """Refuse: who read what in an emergency would be forgotten."""
    raise RuntimeError("broken glass is not undone; restore a backup instead")


def _glass_breaks() -> None:
    table = "glass_breaks"
    op.create_table(
        table,
        *_ids("incident_id", "id", "case_id", "broken_by", "account_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        *_instants("broken_at", "ends_at"),
        *_instants("told_at", nullable=True),
        *_keys(table, {"case_id": "cases", "broken_by": "memberships"}, "account_id"),
        sa.CheckConstraint(f"reason IN ({GLASS_REASONS})", name=op.f("ck_glass_breaks_reason_word")),
        sa.CheckConstraint(AN_HOUR, name=op.f("ck_glass_breaks_an_hour_at_most")),
    )
    op.create_index(op.f("ix_glass_breaks_incident_id_case_id"), table, ["incident_id", "case_id"])
    op.create_index(
        op.f("ix_glass_breaks_incident_id_broken_by_ends_at"), table, ["incident_id", "broken_by", "ends_at"]
    )
    newest = [sa.literal_column("broken_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_glass_breaks_newest", table, ["incident_id", *newest])


def _reviews() -> None:
    table = "reviews"
    keys = {
        "case_id": "cases", "glass_break_id": "glass_breaks", "conflict_wall_id": "conflict_walls",
        "done_by": "memberships", "reviewed_by": "memberships",
    }  # fmt: skip
    op.create_table(
        table,
        *_ids("incident_id", "id", "case_id", "done_by", "done_by_account"),
        *_ids("glass_break_id", "conflict_wall_id", "reviewed_by", "reviewed_by_account", nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        *_instants("raised_at", "due_at"),
        *_instants("escalated_at", "reviewed_at", nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_keys(table, keys, "done_by_account", "reviewed_by_account"),
        sa.CheckConstraint("kind IN ('glass_broken', 'wall_lifted')", name=op.f("ck_reviews_kind_word")),
        sa.CheckConstraint("status IN ('open', 'concluded')", name=op.f("ck_reviews_status_word")),
        sa.CheckConstraint("finding IN ('justified', 'mistaken', 'unjustified')", name=op.f("ck_reviews_finding_word")),
        sa.CheckConstraint("num_nonnulls(glass_break_id, conflict_wall_id) = 1", name=op.f("ck_reviews_of_one_thing")),
        sa.CheckConstraint(WHOLE, name=op.f("ck_reviews_conclusion_is_whole")),
        sa.CheckConstraint("reviewed_by_account <> done_by_account", name=op.f("ck_reviews_by_another_person")),
        sa.CheckConstraint("due_at > raised_at", name=op.f("ck_reviews_due_after_raised")),
        *(
            sa.UniqueConstraint("incident_id", column, name=op.f(f"uq_reviews_incident_id_{column}"))
            for column in ("glass_break_id", "conflict_wall_id")
        ),
    )
    for columns in (["case_id"], ["due_at", "id"], ["status", "due_at", "id"]):
        op.create_index(op.f(f"ix_reviews_incident_id_{'_'.join(columns)}"), table, ["incident_id", *columns])


def _ids(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Uuid(), nullable=nullable) for name in names]


def _instants(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _keys(table: str, tenant: dict[str, str], *accounts: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{table}_incident_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                [f"{target}.incident_id", f"{target}.id"],
                name=op.f(f"fk_{table}_incident_id_{column}"),
            )
            for column, target in tenant.items()
        ),
        *(sa.ForeignKeyConstraint([column], ["accounts.id"], name=op.f(f"fk_{table}_{column}")) for column in accounts),
    ]
