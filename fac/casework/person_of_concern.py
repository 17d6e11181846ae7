"""Persons of concern: whom a family looks for, until found, notified, or seen to be looked for twice.

What center staff do here never depends on what the medical examiner knows: a refusal, or a version that moved, would
tell it before the family is told (domain invariant 7).
Never: state a death, or tell one family that another looks for the same person.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, select, update

from fac.casework.case import load_working
from fac.casework.concern_form import ConcernForm, concern_problems
from fac.casework.follow_up import check_of_case
from fac.casework.loading import Loaded, load
from fac.casework.local_day import local_day
from fac.casework.work import OUTLINE, Result, Work
from fac.db.key_row import insert_data_key
from fac.db.person_of_concern import persons_of_concern
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import ConcernStatus, InfoClass, KinCode
from fac.domain.workflow import PERSON_OF_CONCERN, step
from fac.errors import InvalidInput, NotFound

_SEALED = InfoClass.identity.bit

_insert = insert_into(persons_of_concern)
_set_status = Statement(
    update(persons_of_concern)
    .where(persons_of_concern.c.incident_id == bindparam("of_incident"), persons_of_concern.c.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status"),
        located_at=bindparam("to_located_at", type_=DateTime(timezone=True)),
        duplicate_of_id=bindparam("to_duplicate_of", type_=Uuid),
        version=persons_of_concern.c.version + 1,
    )
)
_status_in_case = Statement(
    select(persons_of_concern.c.status)
    .where(
        persons_of_concern.c.incident_id == bindparam("incident_id"),
        persons_of_concern.c.id == bindparam("id"),
        persons_of_concern.c.case_id == bindparam("case_id"),
    )
    .with_for_update()
)


async def report_person_of_concern(
    work: Work, case_id: UUID, *, reporter_id: UUID, kin: KinCode, form: ConcernForm
) -> Result:
    """Write down whom a person of the case looks for; who is looked for is the ``kin`` of the reporter.

    Raises InvalidInput with every problem of the form, NotFound for a reporter who is not of the case.
    """
    case = await load_working(work, case_id, "report_person_of_concern", then=("report", "person_of_concern"))
    work.demand("report", "person_of_concern", held=case.held, info=OUTLINE | _SEALED)
    problems = concern_problems(form, await local_day(work))
    if problems:
        raise InvalidInput(*problems)
    await check_of_case(work, case_id, person_id=reporter_id, referral_id=None)
    concern_id = new_id()
    key = work.tools.disclosure.new_key(work.incident_id, concern_id, InfoClass.identity)
    await insert_data_key.run(work.connection, **key)
    sealed = work.tools.disclosure.seal(
        key, table="persons_of_concern", row_id=concern_id, info=InfoClass.identity, values=form.sealed()
    )
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=concern_id, case_id=case_id, reporter_id=reporter_id, kin=kin,
        status=PERSON_OF_CONCERN.start, identity=sealed, reported_by=work.actor.membership_id, reported_at=work.now,
        located_at=None, duplicate_of_id=None, version=1,
    )  # fmt: skip
    work.tell(
        "person_of_concern.reported", "person_of_concern", concern_id, subjects=(concern_id, reporter_id),
        classes=_SEALED, kin=kin,
    )  # fmt: skip
    return {"person_of_concern": str(concern_id)}


async def locate_person_of_concern(work: Work, concern_id: UUID, *, version: int, status: ConcernStatus) -> Result:
    """Record that somebody looked for was found, safe or in a hospital; raises InvalidTransition for another status."""
    concern = await load(work, "person_of_concern", concern_id, action="locate", version=version)
    found = step(PERSON_OF_CONCERN, ConcernStatus(concern["status"]), "locate", target=status)
    await set_status(work, concern, found, located_at=work.now)
    _tell(work, "person_of_concern.located", concern, status=found)
    return {"person_of_concern": str(concern_id)}


async def reopen_person_of_concern(work: Work, concern_id: UUID, *, version: int) -> Result:
    """Take the search up again: who was found was somebody else."""
    concern = await load(work, "person_of_concern", concern_id, action="reopen", version=version)
    await set_status(work, concern, step(PERSON_OF_CONCERN, ConcernStatus(concern["status"]), "reopen"))
    _tell(work, "person_of_concern.reopened", concern)
    return {"person_of_concern": str(concern_id)}


async def withdraw_person_of_concern(work: Work, concern_id: UUID, *, version: int, duplicate_of_id: UUID) -> Result:
    """Withdraw a search because the same family looks for the same person in another one, which goes on.

    Raises NotFound for one that is not the case's, InvalidInput for the search itself or one that was withdrawn.
    """
    concern = await load(work, "person_of_concern", concern_id, action="withdraw", version=version)
    if duplicate_of_id == concern_id:
        raise InvalidInput.at("duplicateOfId", "same_search", "Name the other search, which goes on.")
    other = await _status_in_case.value(
        work.connection, incident_id=work.incident_id, id=duplicate_of_id, case_id=concern["case_id"]
    )
    if other is None:
        raise NotFound
    if other == ConcernStatus.withdrawn_duplicate:
        raise InvalidInput.at("duplicateOfId", "withdrawn", "Name a search that goes on.")
    status = step(PERSON_OF_CONCERN, ConcernStatus(concern["status"]), "withdraw")
    await set_status(work, concern, status, located_at=concern["located_at"], duplicate_of_id=duplicate_of_id)
    _tell(work, "person_of_concern.withdrawn", concern, duplicate_of=duplicate_of_id)
    return {"person_of_concern": str(concern_id)}


async def set_status(
    work: Work,
    concern: Loaded,
    status: ConcernStatus,
    *,
    located_at: datetime | None = None,
    duplicate_of_id: UUID | None = None,
) -> None:
    """Write the state that a step has led a search to."""
    await _set_status.run(
        work.connection, of_incident=work.incident_id, of_id=concern["id"], to_status=status, to_located_at=located_at,
        to_duplicate_of=duplicate_of_id,
    )  # fmt: skip


def _tell(work: Work, event: str, concern: Loaded, **detail: Any) -> None:
    work.tell(event, "person_of_concern", concern["id"], subjects=(concern["id"], concern["reporter_id"]), **detail)
