"""Handoffs as readers see them.

Never: show a family's record through a handoff; what the receiving center may see, the case's own scope says.
"""

from fac.db.handoff import handoffs
from fac.reading.noun import Access, Noun, One, Order, Root, SealedKey, plain

HANDOFF = Noun(
    "Handoff",
    45,
    "handoff",
    handoffs,
    plain("id", "status", "proposed_at", "expires_at", "decided_at", "decline_reason", "client_agreed", "version")
    | {
        "message": SealedKey("message", "text"),
        "case": One("Case", "case_id"),
        "fromCenter": One("Center", "from_center_id"),
        "toCenter": One("Center", "to_center_id"),
        "proposedBy": One("Membership", "proposed_by"),
        "decidedBy": One("Membership", "decided_by"),
        "receivingWorker": One("Membership", "receiving_worker_id"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("handoff", "Handoff"),
    Root(
        "handoffs",
        "Handoff",
        order=Order("proposed_at"),
        filters={"status": "status", "fromCenterId": "from_center_id"},
    ),
)
