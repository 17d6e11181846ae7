"""Persons of concern: whom a family looks for. One row a family and a person looked for.

Several families may look for the same person: each has a row of its own and learns nothing of the others'.
Never: hold a word of what the medical examiner knows; that is another table, of other readers (domain invariant 7).
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Uuid, text

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, word
from fac.domain.vocabulary import ConcernStatus, KinCode

persons_of_concern = tenant_table(
    "persons_of_concern",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    # Who of the family looks, and what the person looked for is to them.
    Column("reporter_id", Uuid, nullable=False),
    *tenant_key("reporter_id", "persons"),
    *word("kin", KinCode),
    *word("status", ConcernStatus),
    # Sealed under a key of the row's own: names, birth date, description and where last seen.
    Column("identity", SealedBytes, nullable=False),
    Column("reported_by", Uuid, nullable=False),
    *tenant_key("reported_by", "memberships", indexed=False),
    instant("reported_at"),
    instant("located_at", optional=True),
    Column("duplicate_of_id", Uuid, nullable=True),
    *tenant_key("duplicate_of_id", "persons_of_concern", indexed=False),
    Column("version", Integer, nullable=False),
    CheckConstraint(
        "status NOT IN ('located_safe', 'located_hospitalized') OR located_at IS NOT NULL", name="located_has_instant"
    ),
    CheckConstraint("(status = 'withdrawn_duplicate') = (duplicate_of_id IS NOT NULL)", name="duplicate_names_other"),
    CheckConstraint("duplicate_of_id <> id", name="duplicate_of_another"),
    # Newest first, of all and of one status.
    Index(None, "incident_id", text("reported_at DESC"), text("id DESC")),
    Index(None, "incident_id", "status", text("reported_at DESC"), text("id DESC")),
)
