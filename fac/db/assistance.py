"""Awards, what was delivered under them, and calls from people who gave no name.

Assistance is counted in funder reports and so holds coded words only.
Never: hold free text or a sealed value; reporting reads these tables without keys.
"""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, Text, Uuid

from fac.db.base import instant, tenant_key, tenant_table

awards = tenant_table(
    "awards",
    Column("funder_organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("award_number", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    # A person counts as new once per window; the window starts each year on the first of this month (PMT rule).
    Column("new_resets_in_month", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("ends_on > starts_on", name="ends_after_starts"),
    CheckConstraint("new_resets_in_month BETWEEN 1 AND 12", name="month"),
    Index(None, "incident_id", "funder_organization_id"),
)

assistances = tenant_table(
    "assistances",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("referral_id", Uuid, nullable=True),
    *tenant_key("referral_id", "referrals", indexed=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("line_code", Text, nullable=False),
    Column("occurrences", Integer, nullable=False),
    Column("award_id", Uuid, nullable=True),
    *tenant_key("award_id", "awards", indexed=False),
    Column("delivered_on", Date, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    instant("entered_in_error_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("occurrences BETWEEN 1 AND 1000", name="occurrences_range"),
    Index(None, "incident_id", "award_id", "delivered_on"),
)

anonymous_contacts = tenant_table(
    "anonymous_contacts",
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("award_id", Uuid, nullable=True),
    *tenant_key("award_id", "awards", indexed=False),
    Column("contacted_on", Date, nullable=False),
    Column("contacts", Integer, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    CheckConstraint("contacts BETWEEN 1 AND 100000", name="contacts_range"),
    Index(None, "incident_id", "award_id", "contacted_on"),
)
