"""Referrals to an organisation's service, whom and what they are for, and every step they took.

Never: be addressed to a user; silence past ``due_at`` escalates, it does not expire unseen.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)
from sqlalchemy.schema import SchemaItem

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import (
    DeclineReason,
    ReferralKind,
    ReferralOutcome,
    ReferralStatus,
    ReleasePurpose,
    Urgency,
)

# To whom a referral is shown: nobody, until it was sent and once it was a mistake.
SHOWN_TO_NOBODY: Final = UUID(int=0)
_SHOWN: Final = (
    "CASE WHEN sent_at IS NOT NULL AND status <> 'entered_in_error' THEN organization_id"
    f" ELSE '{SHOWN_TO_NOBODY}'::uuid END"
)


def _shown_as_its_referral() -> tuple[SchemaItem, ...]:
    """Return the column by which a row of a referral's is its organisation's to see without a look at the referral.

    The foreign key holds it to the referral's own, and the server changes both at once.
    """
    columns = ("incident_id", "referral_id", "shown_to")
    theirs = ["referrals.incident_id", "referrals.id", "referrals.shown_to"]
    return (
        Column("shown_to", Uuid, nullable=False),
        ForeignKeyConstraint(columns, theirs, onupdate="CASCADE"),
    )


referrals = tenant_table(
    "referrals",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    *word("kind", ReferralKind),
    *word("status", ReferralStatus),
    *word("urgency", Urgency),
    *word("purpose", ReleasePurpose),
    Column("service_id", Uuid, nullable=False),
    *tenant_key("service_id", "services", indexed=False),
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=False),
    Column("created_by", Uuid, nullable=False),
    *tenant_key("created_by", "memberships", indexed=False),
    instant("created_at"),
    instant("sent_at", optional=True),
    instant("due_at", optional=True),
    instant("received_at", optional=True),
    instant("accepted_at", optional=True),
    Column("accepted_by", Uuid, nullable=True),
    *tenant_key("accepted_by", "memberships", indexed=False),
    instant("scheduled_at", optional=True),
    instant("ended_at", optional=True),
    instant("escalated_at", optional=True),
    *word("decline_reason", DeclineReason, optional=True),
    *word("outcome", ReferralOutcome, optional=True),
    Column("reason", SealedBytes, nullable=True),
    # Kept here, since a recipient that is not shown the need is not shown the words of the referral either.
    Column("names_substance_use", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("shown_to", Uuid, Computed(_SHOWN, persisted=True), nullable=False),
    unique("id", "shown_to"),
    CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="declined_has_reason"),
    CheckConstraint("(status = 'completed') = (outcome IS NOT NULL)", name="completed_has_outcome"),
    CheckConstraint("(sent_at IS NULL) = (due_at IS NULL)", name="sent_has_deadline"),
    CheckConstraint("kind <> 'information_only' OR reason IS NULL", name="information_only_has_no_reason"),
    # The partner's inbox, newest first, without what was never sent.
    Index(
        "ix_referrals_inbox",
        "incident_id",
        "organization_id",
        text("sent_at DESC"),
        text("id DESC"),
        postgresql_where=text("sent_at IS NOT NULL"),
    ),
    # What staff list, newest first: all referrals, and those that were sent.
    Index(None, "incident_id", text("created_at DESC"), text("id DESC")),
    Index(
        "ix_referrals_sent",
        "incident_id",
        text("sent_at DESC"),
        text("id DESC"),
        postgresql_where=text("sent_at IS NOT NULL"),
    ),
    # What the deadline worker looks for.
    Index(
        "ix_referrals_overdue",
        "incident_id",
        "due_at",
        postgresql_where=text("status IN ('sent', 'received') AND escalated_at IS NULL"),
    ),
)

referral_persons = tenant_table(
    "referral_persons",
    Column("referral_id", Uuid, nullable=False),
    *_shown_as_its_referral(),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    unique("referral_id", "person_id"),
)

referral_needs = tenant_table(
    "referral_needs",
    Column("referral_id", Uuid, nullable=False),
    *_shown_as_its_referral(),
    Column("need_id", Uuid, nullable=False),
    *tenant_key("need_id", "needs"),
    unique("referral_id", "need_id"),
)

referral_steps = tenant_table(
    "referral_steps",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases", indexed=False),
    Column("referral_id", Uuid, nullable=False),
    *tenant_key("referral_id", "referrals"),
    Column("from_status", Text, nullable=True),
    *word("to_status", ReferralStatus),
    Column("verb", Text, nullable=False),
    Column("taken_by", Uuid, nullable=False),
    *tenant_key("taken_by", "memberships", indexed=False),
    instant("taken_at"),
)
