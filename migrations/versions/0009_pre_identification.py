"""Identifications and death notifications; and no involvement states a death.

Never: be edited once a database holds it; the next change is the next migration.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_METHODS = "'fingerprints', 'dental', 'dna', 'medical_device', 'visual', 'other'"
_TEAMS = "'medical_examiner', 'law_enforcement', 'joint'"
_MANNERS = "'in_person', 'by_local_agency', 'by_video', 'by_telephone'"


def upgrade() -> None:
    """Make the three tables, and refuse the word in the fourth."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_check_constraint(op.f("ck_involvements_states_no_death"), "involvements", "role <> 'deceased'")
    _identifications("identifications")
    _matches("identification_matches")
    _notifications("death_notifications")


def _identifications(name: str) -> None:
    op.create_table(
        name,
        *_key(name),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('identity_pending', 'deceased_confirmed_by_me', 'withdrawn')",
            name=op.f(f"ck_{name}_status_word"),
        ),
        sa.CheckConstraint(f"method IN ({_METHODS})", name=op.f(f"ck_{name}_method_word")),
        sa.CheckConstraint(
            "num_nonnulls(method, confirmed_by, confirmed_at) IN (0, 3)", name=op.f(f"ck_{name}_confirmation_is_whole")
        ),
        sa.CheckConstraint(
            "status <> 'deceased_confirmed_by_me' OR confirmed_at IS NOT NULL",
            name=op.f(f"ck_{name}_confirmed_has_instant"),
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f(f"ck_{name}_withdrawn_has_instant")
        ),
        *_named(name, ("opened_by", "memberships"), ("confirmed_by", "memberships")),
    )
    newest = [sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")]
    op.create_index(op.f(f"ix_{name}_incident_id"), name, ["incident_id", *newest])


def _matches(name: str) -> None:
    op.create_table(
        name,
        *_key(name),
        sa.Column("identification_id", sa.Uuid(), nullable=False),
        sa.Column("person_of_concern_id", sa.Uuid(), nullable=False),
        sa.Column("matched_by", sa.Uuid(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_named(
            name,
            ("identification_id", "identifications"),
            ("person_of_concern_id", "persons_of_concern"),
            ("matched_by", "memberships"),
        ),
    )
    for column in ("identification_id", "person_of_concern_id"):
        op.create_index(op.f(f"ix_{name}_incident_id_{column}"), name, ["incident_id", column])
    op.create_index(
        "uq_identification_matches_live",
        name,
        ["incident_id", "person_of_concern_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _notifications(name: str) -> None:
    op.create_table(
        name,
        *_key(name),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("identification_id", sa.Uuid(), nullable=False),
        sa.Column("person_of_concern_id", sa.Uuid(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("manner", sa.Text(), nullable=False),
        sa.Column("advocate_present", sa.Boolean(), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"team IN ({_TEAMS})", name=op.f(f"ck_{name}_team_word")),
        sa.CheckConstraint(f"manner IN ({_MANNERS})", name=op.f(f"ck_{name}_manner_word")),
        *_named(
            name,
            ("case_id", "cases"),
            ("identification_id", "identifications"),
            ("person_of_concern_id", "persons_of_concern"),
            ("recorded_by", "memberships"),
        ),
        sa.UniqueConstraint(
            "incident_id", "person_of_concern_id", name=op.f(f"uq_{name}_incident_id_person_of_concern_id")
        ),
    )
    for column in ("case_id", "identification_id"):
        op.create_index(op.f(f"ix_{name}_incident_id_{column}"), name, ["incident_id", column])


def _key(name: str) -> Sequence[sa.schema.SchemaItem]:
    return (
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{name}_incident_id")),
    )


def _named(name: str, *keys: tuple[str, str]) -> Sequence[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint(
            ["incident_id", column],
            [f"{target}.incident_id", f"{target}.id"],
            name=op.f(f"fk_{name}_incident_id_{column}"),
        )
        for column, target in keys
    ]


def downgrade() -> None:
    """Refuse: who was identified, and which family was told, would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
