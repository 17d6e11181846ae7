"""Providers' credentials: what entitles somebody of an organisation to practise, verified by another person.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "provider_credentials"
_AGES = "'age_0_12', 'age_13_17', 'age_18_24', 'age_25_59', 'age_60_plus'"
_CHECKS = {
    "kind_word": "kind IN ('license', 'associate_license', 'certification', 'disaster_registration')",
    "revoke_reason_word": (
        "revoke_reason IN ('not_confirmed', 'withdrawn_by_board', 'left_provider', 'recorded_in_error')"
    ),
    "esar_vhp_level_in_range": "esar_vhp_level BETWEEN 1 AND 4",
    "age_bands_words": f"age_bands <@ ARRAY[{_AGES}]::text[] AND cardinality(age_bands) > 0",
    "verified_by_another": "num_nonnulls(verified_by, verified_at) IN (0, 2) AND verified_by <> recorded_by",
    "revoked_whole": "num_nonnulls(revoked_by, revoked_at, revoke_reason) IN (0, 3)",
}
_BY = ("recorded_by", "verified_by", "revoked_by")
_INDEXED = (["organization_id", "expires_on"], ["expires_on", "id"])


def upgrade() -> None:
    """Make the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("incident_id", "id", "organization_id")),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("kind", "title", "holder_name", "number", "board", "jurisdiction")
        ),
        sa.Column("esar_vhp_level", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.ARRAY(sa.Text()), nullable=False) for name in ("age_bands", "languages", "modalities")),
        sa.Column("works_with_interpreter", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{TABLE}_incident_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f(f"fk_{TABLE}_organization_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                ["memberships.incident_id", "memberships.id"],
                name=op.f(f"fk_{TABLE}_incident_id_{column}"),
            )
            for column in _BY
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}")) for name, rule in _CHECKS.items()),
    )
    for columns in _INDEXED:
        op.create_index(op.f(f"ix_{TABLE}_incident_id_{'_'.join(columns)}"), TABLE, ["incident_id", *columns])


def downgrade() -> None:
    """Refuse: nobody would know any longer who may counsel."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
