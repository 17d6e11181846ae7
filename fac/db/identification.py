"""Identifications: what the medical examiner or law enforcement knows of a death; and that a family was told.

An identification hangs on no case: several families' searches may be matched to it, and none of their rows changes with
it. A family's center learns of a death from the row of the notification, and from nothing before (domain invariant 7).
Never: be pointed at from a table that others read.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Uuid, text

from fac.db.base import instant, tenant_key, tenant_table, unique, unique_while, word
from fac.domain.vocabulary import IdentificationMethod, IdentificationStatus, NotificationManner, NotificationTeam

identifications = tenant_table(
    "identifications",
    *word("status", IdentificationStatus),
    *word("method", IdentificationMethod, optional=True),
    Column("opened_by", Uuid, nullable=False),
    *tenant_key("opened_by", "memberships", indexed=False),
    instant("opened_at"),
    Column("confirmed_by", Uuid, nullable=True),
    *tenant_key("confirmed_by", "memberships", indexed=False),
    instant("confirmed_at", optional=True),
    instant("withdrawn_at", optional=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("num_nonnulls(method, confirmed_by, confirmed_at) IN (0, 3)", name="confirmation_is_whole"),
    CheckConstraint("status <> 'deceased_confirmed_by_me' OR confirmed_at IS NOT NULL", name="confirmed_has_instant"),
    CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_instant"),
    Index(None, "incident_id", text("opened_at DESC"), text("id DESC")),
)

identification_matches = tenant_table(
    "identification_matches",
    Column("identification_id", Uuid, nullable=False),
    *tenant_key("identification_id", "identifications"),
    Column("person_of_concern_id", Uuid, nullable=False),
    *tenant_key("person_of_concern_id", "persons_of_concern"),
    Column("matched_by", Uuid, nullable=False),
    *tenant_key("matched_by", "memberships", indexed=False),
    instant("matched_at"),
    instant("ended_at", optional=True),
    # A search is for one person: it is matched to one identification at a time.
    unique_while("uq_identification_matches_live", "person_of_concern_id", where="ended_at IS NULL"),
)

death_notifications = tenant_table(
    "death_notifications",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("identification_id", Uuid, nullable=False),
    *tenant_key("identification_id", "identifications"),
    Column("person_of_concern_id", Uuid, nullable=False),
    *tenant_key("person_of_concern_id", "persons_of_concern", indexed=False),
    *word("team", NotificationTeam),
    *word("manner", NotificationManner),
    Column("advocate_present", Boolean, nullable=False),
    instant("notified_at"),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    unique("person_of_concern_id"),
)
