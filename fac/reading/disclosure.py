"""Disclosures that rest on no release, as readers see them.

Never: show one to who stands behind a wall of its case.
"""

from fac.db.disclosure import disclosure_persons, disclosures
from fac.reading.noun import Access, Classes, Many, Noun, One, Order, Root, SealedKey, Via, plain

DISCLOSURE = Noun(
    "Disclosure",
    92,
    "disclosure",
    disclosures,
    plain(
        "id", "basis", "instrument", "reviewed_by_counsel", "client_notice", "protective_step", "disclosed_at",
        "recorded_at",
    )
    | {
        "classes": Classes("classes"),
        "recipient": SealedKey("words", "recipient"),
        "authority": SealedKey("words", "authority"),
        "words": SealedKey("words", "words"),
        "case": One("Case", "case_id"),
        "persons": Many(
            "Person", Order("created_at", descending=False), via=Via(disclosure_persons, "disclosure_id", "person_id")
        ),
        "organization": One("Organization", "organization_id"),
        "recordedBy": One("Membership", "recorded_by"),
        "access": Access(),
    },
    case_column="case_id",
)  # fmt: skip
ROOTS = (
    Root("disclosure", "Disclosure"),
    Root("disclosures", "Disclosure", order=Order("disclosed_at"), filters={"basis": "basis"}),
)
