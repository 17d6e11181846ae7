"""Needs as readers see them.

Never: show a partner a need that was not referred to it.
"""

from fac.db.need import needs
from fac.reading.noun import Access, Noun, One, SealedKey, plain
from fac.reading.redisclosure import ON_A_NEED

NEED = Noun(
    "Need",
    30,
    "need",
    needs,
    plain("id", "code", "horizon", "status", "opened_at", "ended_at", "version")
    | {
        "detail": SealedKey("detail", "text"),
        "person": One("Person", "person_id"),
        "redisclosureNotice": ON_A_NEED,
        "access": Access(),
    },
    case_column="case_id",
)
