"""Disclosures that rest on no release: the ledger of what was told outside, on what basis, and to whom.

Written once: a row is never changed, but that its words are emptied when the case's are erased; then it still says
that there was a disclosure, when, on what basis and of what.
To whom it was told stands once more beside each person it was about, under that person's own key: their accounting of
disclosures is told it without a way to what else was written of their family.
Never: hold what a release opened; releases and referrals account for that themselves.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Uuid, text

from fac.crypto.columns import SealedBytes
from fac.db.base import instant, tenant_key, tenant_table, unique, word
from fac.domain.vocabulary import ClientNotice, CourtInstrument, DisclosureBasis, ProtectiveStep

disclosures = tenant_table(
    "disclosures",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    *word("basis", DisclosureBasis),
    Column("classes", Integer, nullable=False),  # mask of InfoClass bits
    Column("organization_id", Uuid, ForeignKey("organizations.id"), nullable=True),  # where it is one of the directory
    *word("instrument", CourtInstrument, optional=True),
    Column("reviewed_by_counsel", Boolean, nullable=False),
    *word("client_notice", ClientNotice, optional=True),
    *word("protective_step", ProtectiveStep, optional=True),
    Column("words", SealedBytes, nullable=False),  # staff_record, about the case: recipient, authority, what was told
    instant("disclosed_at"),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    instant("recorded_at"),
    CheckConstraint("classes > 0", name="names_a_class"),
    CheckConstraint("disclosed_at <= recorded_at", name="was_made"),
    CheckConstraint(
        "CASE WHEN basis = 'court_order' THEN instrument IS NOT NULL AND client_notice IS NOT NULL"
        " AND protective_step IS NOT NULL AND (instrument <> 'subpoena' OR reviewed_by_counsel)"
        " ELSE instrument IS NULL END",
        name="compelled_is_answered_for",
    ),
    Index("ix_disclosures_newest", "incident_id", text("disclosed_at DESC"), text("id DESC")),
)

disclosure_persons = tenant_table(
    "disclosure_persons",
    Column("disclosure_id", Uuid, nullable=False),
    *tenant_key("disclosure_id", "disclosures", indexed=False),
    Column("person_id", Uuid, nullable=False),
    *tenant_key("person_id", "persons"),
    Column("recipient", SealedBytes, nullable=True),  # identity, of the person; none of who was erased by then
    unique("disclosure_id", "person_id"),
)
