"""Needs: heard, worked on, and brought to an end.

Never: lose one; a need that cannot be met ends as unmet with its reason.
"""

from uuid import UUID

from sqlalchemy import bindparam, update

from fac.casework.case import load_working
from fac.casework.loading import load
from fac.casework.subject_key import class_told, seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.db.need import needs
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.sensitivity import need_code
from fac.domain.vocabulary import Horizon, NeedStatus
from fac.domain.workflow import NEED, step

insert_need = insert_into(needs)
_set_status = Statement(
    update(needs)
    .where(needs.c.incident_id == bindparam("of_incident"), needs.c.id == bindparam("of_id"))
    .values(status=bindparam("to_status"), ended_at=bindparam("to_ended_at"), version=needs.c.version + 1)
)


async def add_need(work: Work, person_id: UUID, *, code: str, horizon: Horizon, detail: str | None) -> Result:
    """Record a need of a person; raises InvalidInput for a code that is not in the catalogue.

    Raises InvalidTransition on a closed case: it is reopened first, or the need would be in nobody's list.
    """
    info = need_code(code).detail
    person = await load(work, "person", person_id, action="read", then=("add", "need"))
    said = info.bit if (detail or "").strip() else 0
    permit = work.demand("add", "need", held=person.held, info=OUTLINE | said)
    await load_working(work, person["case_id"], "add_need")
    need_id = new_id()
    sealed = await seal_text(work, detail, table="needs", row_id=need_id, subject_id=person_id, info=info)
    await insert_need.run(
        work.connection,
        incident_id=work.incident_id, id=need_id, case_id=person["case_id"], person_id=person_id, code=code,
        horizon=horizon, status=NeedStatus.identified, detail=sealed, detail_class=info.code, opened_at=work.now,
        ended_at=None, version=1,
    )  # fmt: skip
    work.tell("need.added", permit.record, need_id, subjects=(person_id,), classes=class_told(info, sealed), code=code)
    return {"need": str(need_id)}


async def resolve_need(work: Work, need_id: UUID, *, version: int, status: NeedStatus) -> Result:
    """End a need with ``status``; raises InvalidTransition when the workflow has no such step."""
    need = await load(work, "need", need_id, action="resolve", version=version)
    step(NEED, NeedStatus(need["status"]), "resolve", target=status)
    await _set_status.run(
        work.connection, of_incident=work.incident_id, of_id=need_id, to_status=status, to_ended_at=work.now
    )
    work.tell("need.resolved", "need", need_id, subjects=(need["person_id"],), status=status)
    return {"need": str(need_id)}
