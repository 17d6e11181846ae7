"""A partner's own notes: what its worker writes down about a family it accepted, sealed, for that organisation alone.

The words lie under the key of the case, so that erasing the family's words erases these without anybody reading them.
Never: edit one, or let the host, another organisation or the partner's own administrator read it (domain invariant 6).
"""

from uuid import UUID

from fac.casework.loading import load
from fac.casework.note import MOST_TEXT
from fac.casework.subject_key import seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.db.partner_note import partner_notes
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidInput, InvalidTransition

_insert_partner_note = insert_into(partner_notes)


async def write_partner_note(work: Work, referral_id: UUID, *, body: str) -> Result:
    """Write a note on a referral that one's own organisation accepted, also after it has ended.

    Raises InvalidTransition before acceptance, InvalidInput for an empty or overlong note.
    """
    referral = await load(work, "referral", referral_id, action="read", then=("write", "partner_note"))
    is_own = referral["organization_id"] == work.actor.organization_id
    held = (*referral.held, "my_org") if is_own else referral.held
    work.demand("write", "partner_note", held=held, info=OUTLINE | InfoClass.partner_record.bit)
    if referral["accepted_at"] is None:
        raise InvalidTransition(state=referral["status"], verb="write_partner_note")
    if len(body) > MOST_TEXT:
        raise InvalidInput.at("body", "too_long", f"{MOST_TEXT} characters at most.")
    note_id, case_id = new_id(), referral["case_id"]
    sealed = await seal_text(
        work, body, table="partner_notes", row_id=note_id, subject_id=case_id, info=InfoClass.partner_record
    )
    if sealed is None:
        raise InvalidInput.at("body", "required", "A note says something.")
    await _insert_partner_note.run(
        work.connection, incident_id=work.incident_id, id=note_id, case_id=case_id, referral_id=referral_id,
        organization_id=referral["organization_id"], body=sealed, written_by=work.actor.membership_id,
        written_at=work.now,
    )  # fmt: skip
    work.tell(
        "partner_note.written", "partner_note", note_id, subjects=(case_id,), classes=InfoClass.partner_record.bit
    )
    return {"partner_note": str(note_id)}
