"""Blind postings get ids that do not sort by time, and lie in the order of their tokens.

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write every posting anew: rows that lay side by side, with ids of one instant, told that one person has them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "CREATE TEMPORARY TABLE unordered ON COMMIT DROP AS"
        " SELECT incident_id, gen_random_uuid() AS id, token, pointer, normaliser FROM match_postings"
    )
    op.execute("TRUNCATE match_postings")
    op.execute(
        "INSERT INTO match_postings (incident_id, id, token, pointer, normaliser)"
        " SELECT incident_id, id, token, pointer, normaliser FROM unordered ORDER BY token, id"
    )


def downgrade() -> None:
    """Refuse: an order that was forgotten does not come back."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
