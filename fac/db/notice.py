"""Notices: which organisation's contact was told of which step, so that nobody is told twice.

Never: hold what was said or to which address; a notice says nothing about a person anyway.
"""

from sqlalchemy import Column, ForeignKey, Index, Text, Uuid

from fac.db.base import instant, tenant_key, tenant_table, unique

notices = tenant_table(
    "notices",
    Column("event", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("record_id", Uuid, nullable=False),
    # The step told of: a referral that is scheduled twice is told of twice, a job that runs twice tells once.
    Column("cause_id", Uuid, nullable=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("contact_id", Uuid, nullable=False),
    *tenant_key("contact_id", "organization_contacts", indexed=False),
    instant("sent_at"),
    unique("cause_id", "event", "contact_id"),
    Index(None, "incident_id", "record_id"),
)
