"""The ledger of disclosures that rest on no release: mandated reports, orders of a court, danger, reunification.

What was told was told outside the program; here it is answered for, by whoever told it.
Never: change or take back what stands in the ledger, or let a subpoena pass for an order (fac.domain.disclosing).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from fac.casework.instant import aware
from fac.casework.loading import load
from fac.casework.subject_key import subject_key
from fac.casework.work import OUTLINE, Result, Work
from fac.db.disclosure import disclosure_persons, disclosures
from fac.db.organization import organizations
from fac.db.person import persons
from fac.db.statement import Statement, insert_into
from fac.domain.disclosing import MOST_NAMED, DisclosureDraft, check_disclosure
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import FieldProblem, InvalidInput, NotFound

_SEALED = InfoClass.identity.bit | InfoClass.staff_record.bit  # to whom, and the words
_insert = insert_into(disclosures)
_insert_person = insert_into(disclosure_persons)
_find_organization = Statement(select(organizations.c.id).where(organizations.c.id == bindparam("id")))
_find_persons = Statement(
    select(persons.c.id, persons.c.erased_at).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.case_id == bindparam("case_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
)


async def record_disclosure(
    work: Work,
    case_id: UUID,
    *,
    draft: DisclosureDraft,
    person_ids: tuple[UUID, ...],
    disclosed_at: datetime,
    organization_id: UUID | None = None,
) -> Result:
    """Enter a disclosure into the ledger; raises NotFound for a person of another case or an unknown organisation.

    Raises InvalidInput naming all that it lacks: for what a court asked for, the attempt to notify the client and the
    protective step, and for a subpoena the review by counsel.
    """
    case = await load(work, "case", case_id, action="read", then=("record", "disclosure"))
    work.demand("record", "disclosure", held=case.held, info=OUTLINE | InfoClass.staff_record.bit)
    at = aware("disclosedAt", disclosed_at)
    problems = check_disclosure(draft)
    if at > work.now:
        problems.append(FieldProblem("disclosedAt", "in_the_future", "Record what was disclosed, when it was."))
    if not 0 < len(person_ids) <= MOST_NAMED or len(set(person_ids)) < len(person_ids):
        problems.append(FieldProblem("personIds", "required", f"Say of whom, each once, {MOST_NAMED} at most."))
    if problems:
        raise InvalidInput(*problems)
    of = {"incident_id": work.incident_id, "case_id": case_id}
    known = await _find_persons.all(work.connection, **of, ids=list(person_ids))
    if len(known) < len(person_ids):
        raise NotFound
    if organization_id is not None and await _find_organization.value(work.connection, id=organization_id) is None:
        raise NotFound
    disclosure_id = await _enter(work, case_id, draft, at, organization_id)
    erased = {row["id"] for row in known if row["erased_at"] is not None}
    rows = [await _beside(work, each, disclosure_id, None if each in erased else draft) for each in person_ids]
    await _insert_person.run_many(work.connection, rows)
    work.tell(
        "disclosure.recorded", "disclosure", disclosure_id, subjects=person_ids, classes=draft.classes | _SEALED,
        disclosed=draft.classes, basis=draft.basis, instrument=draft.compulsion.instrument,
    )  # fmt: skip
    return {"disclosure": str(disclosure_id)}


async def _enter(work: Work, case_id: UUID, draft: DisclosureDraft, at: datetime, organization_id: UUID | None) -> UUID:
    id, served, info = new_id(), draft.compulsion, InfoClass.staff_record
    key = await subject_key(work, case_id, info)
    said = {"recipient": draft.recipient, "authority": draft.authority or None, "words": draft.words or None}
    sealed = work.tools.disclosure.seal(key, table="disclosures", row_id=id, info=info, values=said)
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=id, case_id=case_id, basis=draft.basis, classes=draft.classes,
        organization_id=organization_id, instrument=served.instrument, reviewed_by_counsel=served.reviewed,
        client_notice=served.notice, protective_step=served.step, words=sealed, disclosed_at=at,
        recorded_by=work.actor.membership_id, recorded_at=work.now,
    )  # fmt: skip
    return id


async def _beside(work: Work, person_id: UUID, disclosure_id: UUID, draft: DisclosureDraft | None) -> dict[str, Any]:
    """Return the row that the disclosure was about the person; with a ``draft``, to whom, under the person's key."""
    id, sealed, info = new_id(), None, InfoClass.identity
    if draft is not None:
        key = await subject_key(work, person_id, info)
        said = {"recipient": draft.recipient}
        sealed = work.tools.disclosure.seal(key, table="disclosure_persons", row_id=id, info=info, values=said)
    return {"incident_id": work.incident_id, "id": id, "disclosure_id": disclosure_id, "person_id": person_id,
            "recipient": sealed}  # fmt: skip
