"""Broken glass and reviews as readers see them.

Never: show either to who stands behind a wall of its case.
"""

from fac.db.glass import glass_breaks
from fac.db.review import reviews
from fac.reading.noun import Access, Many, Noun, One, Order, Root, SealedKey, plain

GLASS_BREAK = Noun(
    "GlassBreak",
    74,
    "glass_break",
    glass_breaks,
    plain("id", "reason", "broken_at", "ends_at", "told_at")
    | {
        "words": SealedKey("words", "text"),
        "case": One("Case", "case_id"),
        "brokenBy": One("Membership", "broken_by"),
        "reviews": Many("Review", Order("raised_at"), column="glass_break_id"),
        "access": Access(),
    },
    case_column="case_id",
)
REVIEW = Noun(
    "Review",
    75,
    "review",
    reviews,
    plain("id", "kind", "status", "raised_at", "due_at", "escalated_at", "reviewed_at", "finding", "version")
    | {
        "words": SealedKey("words", "text"),
        "case": One("Case", "case_id"),
        "doneBy": One("Membership", "done_by"),
        "reviewedBy": One("Membership", "reviewed_by"),
        "glassBreak": One("GlassBreak", "glass_break_id"),
        "conflictWall": One("ConflictWall", "conflict_wall_id"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("glassBreak", "GlassBreak"),
    Root("glassBreaks", "GlassBreak", order=Order("broken_at"), filters={"reason": "reason"}),
    Root("review", "Review"),
    Root(
        "reviews",
        "Review",
        order=Order("due_at", descending=False),
        filters={"status": "status", "kind": "kind"},
        upto={"dueBy": "due_at"},
    ),
)
