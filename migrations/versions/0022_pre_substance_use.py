"""Releases that name substance use say what 42 CFR 2.31 asks of a consent; referrals say that they name such a need.

Never: be edited once a database holds it; the next change is the next migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NAMED = "(classes & 2048 <> 0)"


def upgrade() -> None:
    """Add the terms, all of them or none, and mark the referrals there are."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("releases", sa.Column("disclosers", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column("releases", sa.Column("substance_use_contents", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column("releases", sa.Column("revocation_explained", sa.Boolean(), nullable=True))
    op.add_column("referrals", sa.Column("names_substance_use", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE referrals SET names_substance_use = EXISTS (SELECT 1 FROM referral_needs l JOIN needs n"
        " ON n.incident_id = l.incident_id AND n.id = l.need_id WHERE l.incident_id = referrals.incident_id"
        " AND l.referral_id = referrals.id AND n.code = 'substance_use')"
    )
    op.alter_column("referrals", "names_substance_use", nullable=False)
    op.create_check_constraint(
        op.f("ck_releases_substance_use_is_consented"),
        "releases",
        f"{_NAMED} = (disclosers IS NOT NULL) AND {_NAMED} = (substance_use_contents IS NOT NULL)"
        f" AND {_NAMED} = (revocation_explained IS NOT NULL) AND revocation_explained IS NOT FALSE",
    )


def downgrade() -> None:
    """Refuse: what was consented to would be lost."""
    raise RuntimeError("a schema is not taken back; restore a backup instead")
