"""Broken glass: for an hour somebody read the whole of one case, because of an emergency, and said which.

Written once, never deleted: who broke it and why is part of the case's history.
Never: last longer than an hour, or be without words of its own.
"""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Uuid, text

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, word
from fac.domain.vocabulary import GlassReason

MINUTES: Final = 60

glass_breaks = tenant_table(
    "glass_breaks",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("broken_by", Uuid, nullable=False),
    *tenant_key("broken_by", "memberships", indexed=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    *word("reason", GlassReason),
    Column("words", SealedBytes, nullable=False),  # staff_record, about the case
    instant("broken_at"),
    instant("ends_at"),
    instant("told_at", optional=True),  # when who carries the case and who watches over privacy were told
    CheckConstraint(
        f"ends_at > broken_at AND ends_at <= broken_at + interval '{MINUTES} minutes'", name="an_hour_at_most"
    ),
    # Every read of somebody who may break the glass asks which of theirs are still broken.
    Index(None, "incident_id", "broken_by", "ends_at"),
    Index("ix_glass_breaks_newest", "incident_id", text("broken_at DESC"), text("id DESC")),
)
