"""A look-up reads the sealed pointers off the index of tokens, and no page of the table for each.

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAME, ALONE = "ix_match_postings_incident_id_token", "ix_match_postings_token_alone"


def upgrade() -> None:
    """Make the index anew with the pointer in it; intakes wait meanwhile (40 s with ten million postings)."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"ALTER INDEX {NAME} RENAME TO {ALONE}")
    op.create_index(NAME, "match_postings", ["incident_id", "token"], postgresql_include=["pointer"])
    op.drop_index(ALONE, "match_postings")


def downgrade() -> None:
    """Leave the pointer out of the index; nothing is lost by it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(NAME, "match_postings")
    op.create_index(NAME, "match_postings", ["incident_id", "token"])
