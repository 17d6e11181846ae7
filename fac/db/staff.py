"""Accounts, the hats they wear (memberships) and the sessions they act in.

A token is ``incident id || 32 random bytes``; only its SHA-256 is kept, so a dump lets nobody in. A session of somebody
on duty lapses by disuse too: ``lapses_at`` is moved on by its use (fac.access.login), ``idle_minutes`` at a time.
Never: store a token, let one session hold two hats.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    or_,
)

from fac.db.base import global_table, instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import Role

accounts = global_table(
    "accounts",
    Column("id", Uuid, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    instant("created_at"),
)

memberships = tenant_table(
    "memberships",
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    *word("role", Role),
    # Nobody served acts for an organisation (fac.db.portal_access).
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=True),
    Column("center_id", Uuid, nullable=True),
    *tenant_key("center_id", "centers"),
    instant("started_at"),
    instant("ended_at", optional=True),
    # A volunteer's vetting is a dated fact: by whom, when, until when (domain invariant 9).
    Column("vetted_by", Uuid, nullable=True),
    *tenant_key("vetted_by", "memberships", indexed=False),
    instant("vetted_at", optional=True),
    instant("vetted_until", optional=True),
    CheckConstraint(
        "num_nonnulls(vetted_by, vetted_at, vetted_until) IN (0, 3) AND vetted_until >= vetted_at AND vetted_by <> id",
        name="vetting_is_whole",
    ),
    CheckConstraint("vetted_by IS NULL OR role = 'volunteer'", name="only_volunteers_are_vetted"),
    CheckConstraint(
        "center_id IS NOT NULL OR role NOT IN"
        " ('intake_worker', 'reunification_worker', 'case_manager', 'supervisor', 'volunteer')",
        name="needs_center",
    ),
    CheckConstraint("(organization_id IS NULL) = (role = 'family_member')", name="of_an_organization"),
    unique("account_id", "role", "organization_id", "center_id", "started_at", nulls_equal=True),
    Index(None, "incident_id", "organization_id"),
)

sessions = tenant_table(
    "sessions",
    Column("membership_id", Uuid, nullable=False),
    *tenant_key("membership_id", "memberships"),
    Column("token_hash", LargeBinary, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    instant("revoked_at", optional=True),
    # Both are empty where disuse ends nothing: what somebody served was handed on paper.
    Column("idle_minutes", Integer, nullable=True),
    instant("lapses_at", optional=True),
    unique("token_hash"),
    CheckConstraint("(idle_minutes IS NULL) = (lapses_at IS NULL) AND idle_minutes > 0", name="idling_is_whole"),
    CheckConstraint("octet_length(token_hash) = 32", name="token_hash_is_sha256"),
)


def session_lives(at: str) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a session, joined to its hat, that is open at the instant of the parameter ``at``."""
    now = bindparam(at, type_=DateTime(timezone=True), required=True)
    return (
        memberships.c.incident_id == sessions.c.incident_id,
        memberships.c.id == sessions.c.membership_id,
        memberships.c.ended_at.is_(None),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
        or_(sessions.c.lapses_at.is_(None), sessions.c.lapses_at > now),
    )
