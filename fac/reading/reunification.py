"""Reunifications as readers see them: the first check, and the second once somebody has left.

Never: leave out one that lapsed unconfirmed; that somebody came and did not get the child is worth knowing.
"""

from fac.db.reunification import reunification_confirmations, reunifications
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Many, Noun, One, Order, Root, plain

REUNIFICATION = Noun(
    "Reunification",
    83,
    "reunification",
    reunifications,
    plain("id", "photo_id_matched", "authority_checked", "signature", "begun_at", "expires_at")
    | {
        "case": One("Case", "case_id"),
        "person": One("Person", "person_id"),
        "pickedUpBy": One("Person", "picked_up_by_id"),
        "relationship": One("Relationship", "relationship_id"),
        "begunBy": One("Membership", "begun_by"),
        "confirmations": Many(
            "ReunificationConfirmation", Order("left_at", descending=False), column="reunification_id"
        ),
        "access": Access(),
    },
    case_column="case_id",
)
REUNIFICATION_CONFIRMATION = Noun(
    "ReunificationConfirmation",
    84,
    "reunification",
    reunification_confirmations,
    plain("id", "photo_id_matched", "authority_checked", "signature", "left_at")
    | {"confirmedBy": One("Membership", "confirmed_by"), "access": Access()},
    inherits=InfoClass.outline.bit,
)
ROOTS = (
    Root("reunification", "Reunification"),
    Root("reunifications", "Reunification", order=Order("begun_at")),
)
