"""Changes of the policy while it is in use: proposals, approvals, and what each process has in force.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = ("policy_proposals", "policy_approvals")


def upgrade() -> None:
    """Make the three tables; two of them are append-only."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "policy_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("overlay_for", sa.Uuid(), nullable=True),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_policy_proposals_digest_is_sha256")),
        sa.ForeignKeyConstraint(["overlay_for"], ["incidents.id"], name=op.f("fk_policy_proposals_overlay_for")),
        sa.ForeignKeyConstraint(["proposed_by"], ["accounts.id"], name=op.f("fk_policy_proposals_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposals")),
        sa.UniqueConstraint("id", "proposed_by", name=op.f("uq_policy_proposals_id_proposed_by")),
    )
    op.create_table(
        "policy_approvals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_policy_approvals_two_persons")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_policy_approvals_counts_from_one")),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.id"], name=op.f("fk_policy_approvals_approved_by")),
        sa.ForeignKeyConstraint(
            ["proposal_id", "proposed_by"],
            ["policy_proposals.id", "policy_proposals.proposed_by"],
            name=op.f("fk_policy_approvals_proposal_id_proposed_by"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_approvals")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_policy_approvals_proposal_id")),
    )
    op.create_table(
        "policy_processes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_processes")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_row_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refuse: what was in force when would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
