"""Notes as readers see them.

Never: show a privileged note to anyone but its author.
"""

from fac.db.note import notes
from fac.domain.sensitivity import NOTE_CLASSES
from fac.domain.vocabulary import InfoClass
from fac.reading.noun import Access, Bundle, Noun, One, Root, SealedKey, plain

NOTE = Noun(
    "Note",
    57,
    "note",
    notes,
    plain("id", "kind", "written_at")
    | {"body": SealedKey("body", "text"), "writtenBy": One("Membership", "written_by"), "access": Access()},
    bundles={"body": Bundle("body", NOTE_CLASSES, "case_id", told_by="body_class", formerly=InfoClass.narrative)},
    case_column="case_id",
)
ROOTS = (Root("note", "Note"),)
