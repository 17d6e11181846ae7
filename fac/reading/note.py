"""Notes as readers see them.

Never: show a privileged note to anyone but its author.
"""

from fac.db.note import notes
from fac.reading.noun import Access, Noun, One, Root, SealedKey, plain

NOTE = Noun(
    "Note",
    57,
    "note",
    notes,
    plain("id", "kind", "written_at")
    | {"body": SealedKey("body", "text"), "writtenBy": One("Membership", "written_by"), "access": Access()},
    case_column="case_id",
)
ROOTS = (Root("note", "Note"),)
