"""A partner's own notes on what was referred to it: one row a note, written once, of one organisation.

The case and the recipient are told in the row, so that a wall and the organisation are found without the referral.
Never: be read by another organisation or by the host (domain invariant 6); fac.db.rls gives no other login the words.
"""

from sqlalchemy import Column, ForeignKey, Index, Uuid

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table

partner_notes = tenant_table(
    "partner_notes",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("referral_id", Uuid, nullable=False),
    *tenant_key("referral_id", "referrals", indexed=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("body", SealedBytes, nullable=False),
    Column("written_by", Uuid, nullable=False),
    *tenant_key("written_by", "memberships", indexed=False),
    instant("written_at"),
    Index(None, "incident_id", "referral_id", "written_at", "id"),
)
