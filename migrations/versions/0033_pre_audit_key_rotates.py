"""The audit key is rotated too (fac.jobs.rotation.reauditing).

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_NAME = "ck_key_rotations_kind_word"


def upgrade() -> None:
    """Let a rotation be of the audit key."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(_NAME), "key_rotations")
    op.create_check_constraint(op.f(_NAME), "key_rotations", "kind IN ('kek', 'dek', 'index', 'audit')")


def downgrade() -> None:
    """Only the other keys, and only while no rotation of this one was begun."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(_NAME), "key_rotations")
    op.create_check_constraint(op.f(_NAME), "key_rotations", "kind IN ('kek', 'dek', 'index')")
