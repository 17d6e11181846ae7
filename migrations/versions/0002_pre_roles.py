"""All roles of the domain: the words a hat may hold, and which of them work at a center.

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = (
    "intake_worker", "reunification_worker", "case_manager", "supervisor", "volunteer", "identification_liaison",
    "partner_user", "partner_administrator", "fund_administrator", "report_viewer", "auditor", "privacy_officer",
    "system_administrator", "system_worker",
)  # fmt: skip
AT_A_CENTER = ("intake_worker", "reunification_worker", "case_manager", "supervisor", "volunteer")


def upgrade() -> None:
    """Say the two rules anew; every row that stands keeps them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("role_word", "needs_center"):
        op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships", type_="check")
    op.create_check_constraint(op.f("ck_memberships_role_word"), "memberships", f"role IN ({_listed(ROLES)})")
    op.create_check_constraint(
        op.f("ck_memberships_needs_center"),
        "memberships",
        f"center_id IS NOT NULL OR role NOT IN ({_listed(AT_A_CENTER)})",
    )


def downgrade() -> None:
    """Refuse: hats of the new roles would be against the old rule."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{each}'" for each in words)
