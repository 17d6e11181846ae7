"""Erasures and legal holds as readers see them.

Never: say more of somebody erased than that, when and why.
"""

from fac.db.erasure import erasures, legal_holds
from fac.reading.noun import Access, Noun, One, Order, Root, plain

ERASURE = Noun(
    "Erasure",
    64,
    "erasure",
    erasures,
    plain("id", "reason", "status", "includes_case_words", "proposed_at", "ended_at", "version")
    | {
        "person": One("Person", "person_id"),
        "case": One("Case", "case_id"),
        "proposedBy": One("Membership", "proposed_by"),
        "endedBy": One("Membership", "ended_by"),
        "access": Access(),
    },
    case_column="case_id",
)
LEGAL_HOLD = Noun(
    "LegalHold",
    65,
    "legal_hold",
    legal_holds,
    plain("id", "reason", "placed_at", "lifted_at", "version")
    | {
        "person": One("Person", "person_id"),
        "case": One("Case", "case_id"),
        "placedBy": One("Membership", "placed_by"),
        "liftedBy": One("Membership", "lifted_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("erasure", "Erasure"),
    Root("erasures", "Erasure", order=Order("proposed_at"), filters={"status": "status"}),
    Root("legalHold", "LegalHold"),
    Root("legalHolds", "LegalHold", order=Order("placed_at"), filters={"reason": "reason"}),
)
