"""Follow-ups: a human comes back to the family by a date, and each attempt to reach them.

Never: drop one silently; a follow-up is done, cancelled or overdue in somebody's list.
"""

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Uuid

from fac.db.base import instant, tenant_key, tenant_table, word
from fac.domain.vocabulary import Channel, ContactOutcome, FollowUpReason, FollowUpStatus

follow_ups = tenant_table(
    "follow_ups",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=True),
    *tenant_key("person_id", "persons", indexed=False),
    Column("referral_id", Uuid, nullable=True),
    *tenant_key("referral_id", "referrals"),
    *word("reason", FollowUpReason),
    *word("status", FollowUpStatus),
    Column("due_on", Date, nullable=False),
    Column("created_by", Uuid, nullable=False),
    *tenant_key("created_by", "memberships", indexed=False),
    instant("created_at"),
    instant("ended_at", optional=True),
    *word("outcome", ContactOutcome, optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("(status = 'due') = (ended_at IS NULL)", name="ended_has_instant"),
    CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name="done_has_outcome"),
    # What is due first, of all and of one status.
    Index(None, "incident_id", "due_on", "id"),
    Index(None, "incident_id", "status", "due_on", "id"),
)

contact_attempts = tenant_table(
    "contact_attempts",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases", indexed=False),
    Column("follow_up_id", Uuid, nullable=False),
    *tenant_key("follow_up_id", "follow_ups"),
    *word("channel", Channel),
    *word("outcome", ContactOutcome),
    Column("attempted_by", Uuid, nullable=False),
    *tenant_key("attempted_by", "memberships", indexed=False),
    instant("attempted_at"),
)
