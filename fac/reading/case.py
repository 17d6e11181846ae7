"""Cases as readers see them, with everything that hangs on one.

Never: list a case outside the reader's scope; a count goes through the same scope as the rows.
"""

from fac.db.case import case_assignments, cases, intakes
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Many, Noun, One, Order, Root, plain

CASE = Noun(
    "Case",
    10,
    "case",
    cases,
    plain("id", "case_number", "status", "opened_at", "closed_at", "close_reason", "version")
    | {
        "center": One("Center", "center_id"),
        "responsible": One("Membership", "responsible_id"),
        "households": Many("Household", Order("created_at", descending=False), column="case_id"),
        "persons": Many("Person", Order("created_at", descending=False), column="case_id"),
        "intakes": Many("Intake", Order("recorded_at", descending=False), column="case_id"),
        "assignments": Many("CaseAssignment", Order("started_at", descending=False), column="case_id"),
        "needs": Many("Need", Order("opened_at"), column="case_id", paged=True, filters={"status": "status"}),
        "releases": Many("Release", Order("recorded_at"), column="case_id", paged=True),
        "referrals": Many("Referral", Order("created_at"), column="case_id", paged=True, filters={"status": "status"}),
        "handoffs": Many("Handoff", Order("proposed_at"), column="case_id", paged=True),
        "assistances": Many("Assistance", Order("recorded_at"), column="case_id", paged=True),
        "followUps": Many(
            "FollowUp", Order("due_on", descending=False), column="case_id", paged=True, filters={"status": "status"}
        ),
        "personsOfConcern": Many("PersonOfConcern", Order("reported_at"), column="case_id", paged=True),
        "reunifications": Many("Reunification", Order("begun_at"), column="case_id", paged=True),
        "notes": Many("Note", Order("written_at"), column="case_id", paged=True),
        "legalHolds": Many("LegalHold", Order("placed_at"), column="case_id"),
        "conflictWalls": Many("ConflictWall", Order("raised_at"), column="case_id"),
        "glassBreaks": Many("GlassBreak", Order("broken_at"), column="case_id"),
        "access": Access(),
    },
    case_column="id",
)
CASE_ASSIGNMENT = Noun(
    "CaseAssignment",
    11,
    "case",
    case_assignments,
    plain("id", "started_at", "ended_at")
    | {"worker": One("Membership", "membership_id"), "center": One("Center", "center_id"), "access": Access()},
    inherits=InfoClass.outline.bit,
)
INTAKE = Noun(
    "Intake",
    12,
    "intake",
    intakes,
    plain("id", "language", "recorded_at")
    | {"center": One("Center", "center_id"), "recordedBy": One("Membership", "recorded_by"), "access": Access()},
    case_column="case_id",
)
ROOTS = (
    Root("case", "Case"),
    Root("cases", "Case", order=Order("opened_at"), filters={"status": "status"}),
    Root("caseload", "Case", order=Order("opened_at"), filters={"status": "status"}, mine="responsible_id"),
)
