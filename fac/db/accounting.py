"""Who read what is sealed of a person, day by day: counted up from the audit trail when it is sealed.

A row is one hat and one day, as an accounting is told (45 CFR 164.528(b)(3): first, last and how often), so that years
of it stay small. It says nothing that the trail does not; what the trail says wins.
Never: hold what was read, or a read that no seal covers.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKeyConstraint, Integer, Table, Uuid
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey

from fac.db.base import instant, metadata, tenant_key

accounted_reads = Table(
    "accounted_reads",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("read_on", Date, nullable=False),  # in the incident's time zone
    Column("membership_id", Uuid, nullable=False),
    Column("under_glass", Boolean, nullable=False),
    Column("classes", Integer, nullable=False),  # mask of InfoClass bits
    Column("reads", Integer, nullable=False),
    instant("first_at"),
    instant("last_at"),
    PrimaryKey("incident_id", "person_id", "read_on", "membership_id", "under_glass"),
    ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
    *tenant_key("person_id", "persons", indexed=False),
    *tenant_key("membership_id", "memberships", indexed=False),
    CheckConstraint("reads > 0 AND classes > 0", name="counts_something"),
    CheckConstraint("last_at >= first_at", name="last_after_first"),
)
