"""Notes: what a worker writes down about a family, sealed, one row a note.

Never: edit one; a correction is another note. A privileged note is its author's alone, whoever else carries the case.
"""

from uuid import UUID

from fac.casework.loading import load
from fac.casework.subject_key import seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.db.note import notes
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.sensitivity import note_class
from fac.domain.vocabulary import NoteKind
from fac.errors import InvalidInput

MOST_TEXT = 16_000

_insert_note = insert_into(notes)


async def write_note(work: Work, case_id: UUID, *, kind: NoteKind, body: str) -> Result:
    """Write a note on the case, closed or not; raises InvalidInput for an empty or overlong one."""
    case = await load(work, "case", case_id, action="read", then=("write", "note"))
    info = note_class(kind)
    work.demand("write", "note", held=case.held, info=OUTLINE | info.bit)
    if len(body) > MOST_TEXT:
        raise InvalidInput.at("body", "too_long", f"{MOST_TEXT} characters at most.")
    note_id = new_id()
    sealed = await seal_text(work, body, table="notes", row_id=note_id, subject_id=case_id, info=info)
    if sealed is None:
        raise InvalidInput.at("body", "required", "A note says something.")
    await _insert_note.run(
        work.connection, incident_id=work.incident_id, id=note_id, case_id=case_id, kind=kind, body=sealed,
        body_class=info.code, written_by=work.actor.membership_id, written_at=work.now,
    )  # fmt: skip
    work.tell("note.written", "note", note_id, subjects=(case_id,), classes=info.bit, kind=kind)
    return {"note": str(note_id)}
