"""Conflict walls as readers see them.

Never: show a wall to who stands behind it.
"""

from fac.db.conflict_wall import conflict_walls
from fac.reading.noun import Access, Noun, One, Order, Root, plain

CONFLICT_WALL = Noun(
    "ConflictWall",
    76,
    "conflict_wall",
    conflict_walls,
    plain("id", "reason", "raised_at", "lifted_at", "version")
    | {
        "case": One("Case", "case_id"),
        "membership": One("Membership", "membership_id"),
        "organization": One("Organization", "organization_id"),
        "raisedBy": One("Membership", "raised_by"),
        "liftedBy": One("Membership", "lifted_by"),
        "access": Access(),
    },
    case_column="case_id",
)
ROOTS = (
    Root("conflictWall", "ConflictWall"),
    Root("conflictWalls", "ConflictWall", order=Order("raised_at"), filters={"reason": "reason"}),
)
