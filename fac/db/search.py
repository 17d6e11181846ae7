"""How many searches each hat has left: one row of a token bucket a membership.

Never: hold what was searched for.
"""

from sqlalchemy import CheckConstraint, Column, Double, Uuid

from fac.db.base import instant, tenant_key, tenant_table, unique

search_allowances = tenant_table(
    "search_allowances",
    Column("membership_id", Uuid, nullable=False),
    *tenant_key("membership_id", "memberships", indexed=False),
    Column("searches_left", Double, nullable=False),
    instant("counted_at"),
    unique("membership_id"),
    CheckConstraint("searches_left >= 0", name="never_in_debt"),
)
