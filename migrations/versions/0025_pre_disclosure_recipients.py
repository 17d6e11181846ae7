"""To whom a disclosure was made, beside each person it was about.

Rows of before it stay without: the words are sealed under the key of the case, and a migration holds no key.
Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("disclosure_persons", sa.Column("recipient", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Refuse: to whom it was told would be gone."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
