"""Portal accesses: the hat of somebody served, for what is known of one person, given on paper and taken back.

An access is its hat: its id is that of a membership with the role ``family_member``. Whoever holds it is the person, or
the guardian of a minor; both are persons of one case.
Never: hold a token, or say who the person is.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Uuid

from fac.db.base import instant, tenant_key, tenant_table, unique_while, word
from fac.domain.vocabulary import IdentityCheck

portal_accesses = tenant_table(
    "portal_accesses",
    ForeignKeyConstraint(["incident_id", "id"], ["memberships.incident_id", "memberships.id"]),
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("holder_id", Uuid, nullable=False),
    *tenant_key("holder_id", "persons"),
    *word("identity_check", IdentityCheck),
    Column("key_epoch", Integer, nullable=False),  # of the key the token is derived from, to show it to a retry
    Column("given_by", Uuid, nullable=False),
    *tenant_key("given_by", "memberships", indexed=False),
    instant("given_at"),
    instant("expires_at"),
    instant("withdrawn_at", optional=True),
    Column("withdrawn_by", Uuid, nullable=True),
    *tenant_key("withdrawn_by", "memberships", indexed=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("expires_at > given_at", name="expires_after_given"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_somebody"),
    # One piece of paper for one holder and one person; another is given when that one was withdrawn.
    unique_while("uq_portal_accesses_standing", "person_id", "holder_id", where="withdrawn_at IS NULL"),
    Index(None, "incident_id", "given_at", "id"),
)
