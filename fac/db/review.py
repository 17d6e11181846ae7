"""Reviews: what one person did and another looks at afterwards, by a day.

The reviewer is never the one who did it; a constraint says so, whatever the code does.
Never: end without a finding.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Uuid

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import ReviewFinding, ReviewKind, ReviewStatus

reviews = tenant_table(
    "reviews",
    *word("kind", ReviewKind),
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("glass_break_id", Uuid, nullable=True),
    *tenant_key("glass_break_id", "glass_breaks", indexed=False),
    Column("conflict_wall_id", Uuid, nullable=True),
    *tenant_key("conflict_wall_id", "conflict_walls", indexed=False),
    # Who did it: the hat, to show, and the person, who may wear another.
    Column("done_by", Uuid, nullable=False),
    *tenant_key("done_by", "memberships", indexed=False),
    Column("done_by_account", Uuid, ForeignKey("accounts.id"), nullable=False),
    *word("status", ReviewStatus),
    instant("raised_at"),
    instant("due_at"),
    instant("escalated_at", optional=True),
    Column("reviewed_by", Uuid, nullable=True),
    *tenant_key("reviewed_by", "memberships", indexed=False),
    Column("reviewed_by_account", Uuid, ForeignKey("accounts.id"), nullable=True),
    instant("reviewed_at", optional=True),
    *word("finding", ReviewFinding, optional=True),
    Column("words", SealedBytes, nullable=True),  # staff_record, about the case
    Column("version", Integer, nullable=False),
    CheckConstraint("num_nonnulls(glass_break_id, conflict_wall_id) = 1", name="of_one_thing"),
    CheckConstraint(
        "num_nonnulls(reviewed_by, reviewed_by_account, reviewed_at, finding)"
        " = CASE status WHEN 'concluded' THEN 4 ELSE 0 END",
        name="conclusion_is_whole",
    ),
    CheckConstraint("reviewed_by_account <> done_by_account", name="by_another_person"),
    CheckConstraint("due_at > raised_at", name="due_after_raised"),
    unique("glass_break_id"),
    unique("conflict_wall_id"),
    # What is due first, of all and of one status.
    Index(None, "incident_id", "due_at", "id"),
    Index(None, "incident_id", "status", "due_at", "id"),
)
