"""Cases, who is accountable for each at every instant, and the interviews that opened them.

``case_assignments`` holds exactly one open interval a case; ``cases.responsible_id`` is the same fact at hand.
Never: leave a case without an accountable worker (NOT NULL), close one by a timer.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Text, Uuid, text

from fac.db.base import instant, tenant_key, tenant_table, unique, unique_while, word
from fac.domain.vocabulary import CaseStatus, CloseReason

cases = tenant_table(
    "cases",
    Column("case_number", Text, nullable=False),
    *word("status", CaseStatus),
    Column("center_id", Uuid, nullable=False),
    *tenant_key("center_id", "centers", indexed=False),
    Column("responsible_id", Uuid, nullable=False),
    *tenant_key("responsible_id", "memberships", indexed=False),
    instant("opened_at"),
    instant("closed_at", optional=True),
    *word("close_reason", CloseReason, optional=True),
    Column("version", Integer, nullable=False),
    unique("case_number"),
    CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_instant"),
    CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name="closed_has_reason"),
    # The two lists people work from, newest first, with the id as tie-break for stable cursors.
    Index(None, "incident_id", "center_id", text("opened_at DESC"), text("id DESC")),
    Index(None, "incident_id", "responsible_id", text("opened_at DESC"), text("id DESC")),
    Index(None, "incident_id", text("opened_at DESC"), text("id DESC")),
)

case_assignments = tenant_table(
    "case_assignments",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("membership_id", Uuid, nullable=False),
    *tenant_key("membership_id", "memberships"),
    Column("center_id", Uuid, nullable=False),
    *tenant_key("center_id", "centers", indexed=False),
    Column("handoff_id", Uuid, nullable=True),
    instant("started_at"),
    instant("ended_at", optional=True),
    unique_while("uq_case_assignments_open", "case_id", where="ended_at IS NULL"),
    CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ended_after_started"),
)

intakes = tenant_table(
    "intakes",
    Column("case_id", Uuid, nullable=False),
    *tenant_key("case_id", "cases"),
    Column("center_id", Uuid, nullable=False),
    *tenant_key("center_id", "centers", indexed=False),
    Column("recorded_by", Uuid, nullable=False),
    *tenant_key("recorded_by", "memberships", indexed=False),
    Column("language", Text, nullable=False),
    instant("recorded_at"),
    # A keyed digest of the imported spreadsheet family: the same file read again makes nothing twice.
    Column("import_digest", LargeBinary, nullable=True),
    unique_while("uq_intakes_import_digest", "import_digest", where="import_digest IS NOT NULL"),
)
