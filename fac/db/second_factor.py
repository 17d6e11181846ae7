"""Second factors: that somebody enrolled an authenticator, the last step it was used in, and the last proof.

Never: hold a secret or a code; the secret is derived (fac.crypto.one_time_code).
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, ForeignKey, Integer, Uuid

from fac.db.base import instant, tenant_table, unique_while

second_factors = tenant_table(
    "second_factors",
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("epoch", Integer, nullable=False),  # of the key the secret is derived from
    instant("enrolled_at"),
    instant("confirmed_at", optional=True),
    instant("ended_at", optional=True),
    Column("last_step", BigInteger, nullable=False),
    # A token bucket of tries, so that nobody can go through the million codes.
    Column("tries_left", Double, nullable=False),
    instant("counted_at"),
    # In which session the last code was proved, and when; spent by the act it was asked for.
    Column("proved_in", Uuid, nullable=True),
    instant("proved_at", optional=True),
    unique_while("uq_second_factors_account", "account_id", where="ended_at IS NULL"),
    CheckConstraint("(proved_in IS NULL) = (proved_at IS NULL)", name="proof_is_whole"),
    CheckConstraint("proved_at IS NULL OR confirmed_at IS NOT NULL", name="proof_confirms"),
    CheckConstraint("tries_left >= 0", name="never_in_debt"),
)
