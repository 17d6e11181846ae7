"""Handoffs: responsibility for a case moves from one center to another, when a named person accepts it.

Never: leave responsibility in doubt; the origin stays accountable until acceptance, and a case has one open proposal.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Uuid, text

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, unique_while, word
from fac.domain.vocabulary import HandoffDeclineReason, HandoffStatus

handoffs = tenant_table(
    "handoffs",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("from_center_id", Uuid, nullable=False),
    *tenant_key("from_center_id", "centers", indexed=False),
    Column("to_center_id", Uuid, nullable=False),
    *tenant_key("to_center_id", "centers", indexed=False),
    *word("status", HandoffStatus),
    Column("proposed_by", Uuid, nullable=False),
    *tenant_key("proposed_by", "memberships", indexed=False),
    instant("proposed_at"),
    instant("expires_at"),
    Column("decided_by", Uuid, nullable=True),
    *tenant_key("decided_by", "memberships", indexed=False),
    instant("decided_at", optional=True),
    Column("receiving_worker_id", Uuid, nullable=True),
    *tenant_key("receiving_worker_id", "memberships", indexed=False),
    *word("decline_reason", HandoffDeclineReason, optional=True),
    Column("client_agreed", Boolean, nullable=False),
    Column("message", SealedBytes, nullable=True),
    Column("version", Integer, nullable=False),
    unique_while("uq_handoffs_proposed", "case_id", where="status = 'proposed'"),
    CheckConstraint("from_center_id <> to_center_id", name="two_centers"),
    CheckConstraint("client_agreed", name="family_agreed"),
    CheckConstraint("(status = 'accepted') = (receiving_worker_id IS NOT NULL)", name="accepted_names_worker"),
    CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="declined_has_reason"),
    CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided_has_instant"),
    Index(None, "incident_id", "to_center_id", text("proposed_at DESC"), text("id DESC")),
    Index(None, "incident_id", text("proposed_at DESC"), text("id DESC")),
    # Which cases are offered to a center right now: asked by every read of its staff, so its past must not weigh on it.
    Index(
        "ix_handoffs_offered", "incident_id", "to_center_id", "case_id", postgresql_where=text("status = 'proposed'")
    ),
    Index(None, "incident_id", "from_center_id", text("proposed_at DESC"), text("id DESC")),
)
