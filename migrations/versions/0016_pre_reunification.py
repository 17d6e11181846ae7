"""Reunifications: two checks by two people, written once.

Never: be edited once a database holds it; the next change is the next migration.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FIRST, _SECOND = "reunifications", "reunification_confirmations"


def upgrade() -> None:
    """Make the two tables, append-only."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        _FIRST,
        *_checked(_FIRST),
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("case_id", "person_id", "picked_up_by_id", "relationship_id", "begun_by")
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("person_id <> picked_up_by_id", name=op.f(f"ck_{_FIRST}_two_persons")),
        *_named(
            _FIRST,
            ("case_id", "cases"),
            ("person_id", "persons"),
            ("picked_up_by_id", "persons"),
            ("relationship_id", "relationships"),
            ("begun_by", "memberships"),
        ),
        sa.UniqueConstraint("incident_id", "id", "account_id", name=op.f(f"uq_{_FIRST}_incident_id_id_account_id")),
    )
    for column in ("case_id", "person_id"):
        op.create_index(op.f(f"ix_{_FIRST}_incident_id_{column}"), _FIRST, ["incident_id", column])
    newest = [sa.literal_column("begun_at DESC"), sa.literal_column("id DESC")]
    op.create_index(op.f(f"ix_{_FIRST}_incident_id"), _FIRST, ["incident_id", *newest])
    op.create_table(
        _SECOND,
        *_checked(_SECOND),
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("reunification_id", "first_account_id", "confirmed_by")
        ),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("account_id <> first_account_id", name=op.f(f"ck_{_SECOND}_two_people")),
        *_named(_SECOND, ("confirmed_by", "memberships")),
        sa.ForeignKeyConstraint(
            ["incident_id", "reunification_id", "first_account_id"],
            [f"{_FIRST}.incident_id", f"{_FIRST}.id", f"{_FIRST}.account_id"],
            name=op.f(f"fk_{_SECOND}_first_check"),
        ),
        sa.UniqueConstraint("incident_id", "reunification_id", name=op.f(f"uq_{_SECOND}_incident_id_reunification_id")),
    )
    for table in (_FIRST, _SECOND):
        op.execute(
            f"CREATE TRIGGER refuse_row_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _checked(name: str) -> Sequence[sa.schema.SchemaItem]:
    return (
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("photo_id_matched", sa.Boolean(), nullable=False),
        sa.Column("authority_checked", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{name}_incident_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id")),
        sa.CheckConstraint("signature IN ('on_paper', 'on_screen')", name=op.f(f"ck_{name}_signature_word")),
        sa.CheckConstraint("photo_id_matched AND authority_checked", name=op.f(f"ck_{name}_both_were_checked")),
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
    """Refuse: who left with whom would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
