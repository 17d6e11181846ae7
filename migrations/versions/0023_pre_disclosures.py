"""Disclosures that rest on no release: the ledger, and of whom each was.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_OF, _PERSONS = "disclosures", "disclosure_persons"
_WORDS = (
    ("basis", "'mandated_report', 'court_order', 'statute', 'imminent_danger', 'reunification_consent'", False),
    ("instrument", "'order', 'warrant', 'subpoena'", True),
    ("client_notice", "'told_before', 'told_after', 'attempted', 'forbidden', 'unsafe'", True),
    (
        "protective_step",
        "'motion_to_quash', 'protective_order', 'review_in_camera', 'narrowed', 'redacted', 'none_open'",
        True,
    ),
)


def upgrade() -> None:
    """Make the two tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        _OF,
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=optional) for name, _, optional in _WORDS),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("reviewed_by_counsel", sa.Boolean(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_disclosures")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_disclosures_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_disclosures_organization_id")),
        *(_named(_OF, column, target) for column, target in (("case_id", "cases"), ("recorded_by", "memberships"))),
        *(
            sa.CheckConstraint(f"{name} IN ({words})", name=op.f(f"ck_disclosures_{name}_word"))
            for name, words, _ in _WORDS
        ),
        sa.CheckConstraint("classes > 0", name=op.f("ck_disclosures_names_a_class")),
        sa.CheckConstraint("disclosed_at <= recorded_at", name=op.f("ck_disclosures_was_made")),
        sa.CheckConstraint(
            "CASE WHEN basis = 'court_order' THEN instrument IS NOT NULL AND client_notice IS NOT NULL"
            " AND protective_step IS NOT NULL AND (instrument <> 'subpoena' OR reviewed_by_counsel)"
            " ELSE instrument IS NULL END",
            name=op.f("ck_disclosures_compelled_is_answered_for"),
        ),
    )
    op.create_index(op.f("ix_disclosures_incident_id_case_id"), _OF, ["incident_id", "case_id"])
    newest = [sa.literal_column("disclosed_at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_disclosures_newest", _OF, ["incident_id", *newest])
    op.create_table(
        _PERSONS,
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f("pk_disclosure_persons")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_disclosure_persons_incident_id")),
        _named(_PERSONS, "disclosure_id", _OF),
        _named(_PERSONS, "person_id", "persons"),
        sa.UniqueConstraint(
            "incident_id",
            "disclosure_id",
            "person_id",
            name=op.f("uq_disclosure_persons_incident_id_disclosure_id_person_id"),
        ),
    )
    op.create_index(op.f("ix_disclosure_persons_incident_id_person_id"), _PERSONS, ["incident_id", "person_id"])


def _named(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["incident_id", column],
        [f"{target}.incident_id", f"{target}.id"],
        name=op.f(f"fk_{table}_incident_id_{column}"),
    )


def downgrade() -> None:
    """Refuse: what was disclosed, and on what basis, would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
