"""Portal accesses: the role of somebody served, whose hat is of no organisation, and what opens a record to them.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROLES = (
    "'intake_worker', 'reunification_worker', 'case_manager', 'supervisor', 'volunteer', 'identification_liaison',"
    " 'partner_user', 'partner_administrator', 'fund_administrator', 'report_viewer', 'auditor', 'privacy_officer',"
    " 'system_administrator', 'system_worker', 'family_member'"
)
TABLE = "portal_accesses"
_NAMED = {
    "id": "memberships", "case_id": "cases", "person_id": "persons", "holder_id": "persons", "given_by": "memberships",
    "withdrawn_by": "memberships",
}  # fmt: skip


def upgrade() -> None:
    """Say the rules of hats anew and make the table; every hat that stands keeps them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_memberships_role_word"), "memberships", type_="check")
    op.create_check_constraint(op.f("ck_memberships_role_word"), "memberships", f"role IN ({ROLES})")
    op.alter_column("memberships", "organization_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_memberships_of_an_organization"), "memberships", "(organization_id IS NULL) = (role = 'family_member')"
    )
    _portal_accesses()


def downgrade() -> None:
    """Refuse: hats of the new role would be against the old rules."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")


def _portal_accesses() -> None:
    op.create_table(
        TABLE,
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("incident_id", "id", "case_id", "person_id", "holder_id")
        ),
        sa.Column("identity_check", sa.Text(), nullable=False),
        sa.Column("key_epoch", sa.Integer(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{TABLE}_incident_id")),
        *(
            sa.ForeignKeyConstraint(
                ["incident_id", column],
                [f"{target}.incident_id", f"{target}.id"],
                name=op.f(f"fk_{TABLE}_incident_id_{column}"),
            )
            for column, target in _NAMED.items()
        ),
        sa.CheckConstraint(
            "identity_check IN ('photo_id', 'other_document', 'known_to_worker')",
            name=op.f(f"ck_{TABLE}_identity_check_word"),
        ),
        sa.CheckConstraint("expires_at > given_at", name=op.f(f"ck_{TABLE}_expires_after_given")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f(f"ck_{TABLE}_withdrawn_by_somebody")
        ),
    )
    for columns in (["case_id"], ["person_id"], ["holder_id"], ["given_at", "id"]):
        op.create_index(op.f(f"ix_{TABLE}_incident_id_{'_'.join(columns)}"), TABLE, ["incident_id", *columns])
    op.create_index(
        "uq_portal_accesses_standing",
        TABLE,
        ["incident_id", "person_id", "holder_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
