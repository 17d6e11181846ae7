"""A guardian whom a court appointed signs for an adult without legal capacity, and names the order.

Never: be edited once a database holds it; the next change is the next migration.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TABLE = "release_signatories"
_BEFORE = "'self', 'guardian', 'minor_may_consent'"
_ALONE = "'minor_may_consent', 'court_appointed_guardian'"


def upgrade() -> None:
    """Let the word in, with the order that goes with it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _drop("capacity_word", "minor_has_legal_basis")
    _create("capacity_word", f"capacity IN ({_BEFORE}, 'court_appointed_guardian')")
    _create("alone_has_legal_basis", f"capacity NOT IN ({_ALONE}) OR legal_basis IS NOT NULL")


def downgrade() -> None:
    """Take the word out again; refused while a release is signed so."""
    _drop("capacity_word", "alone_has_legal_basis")
    _create("capacity_word", f"capacity IN ({_BEFORE})")
    _create("minor_has_legal_basis", "capacity <> 'minor_may_consent' OR legal_basis IS NOT NULL")


def _drop(*names: str) -> None:
    for name in names:
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, type_="check")


def _create(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, condition)
