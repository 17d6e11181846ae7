"""Cases: who is accountable, and pausing, closing and reopening.

Responsibility is one open interval a case; the next opens in the transaction and at the instant in which the last ends,
so that every instant of a case's life has exactly one accountable worker (domain invariant 1).
Never: close a case by a timer, or over the head of something that is still owed to the family.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Table, Text, Uuid, bindparam, func, literal_column, select, union_all, update

from fac.casework.loading import Loaded, load
from fac.casework.responder import refuse_own_agency_s_worker
from fac.casework.work import Result, Work
from fac.db.case import case_assignments, cases
from fac.db.conflict_wall import standing_walls
from fac.db.follow_up import follow_ups
from fac.db.handoff import handoffs
from fac.db.need import needs
from fac.db.person_of_concern import persons_of_concern
from fac.db.referral import referrals
from fac.db.staff import memberships
from fac.db.statement import Statement, among, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import CaseStatus, CloseReason, ConcernStatus, Role
from fac.domain.workflow import CASE, FOLLOW_UP, HANDOFF, NEED, PERSON_OF_CONCERN, REFERRAL, step
from fac.errors import Conflict, FieldProblem, InvalidInput, InvalidTransition

CARRIERS = (Role.case_manager, Role.supervisor)  # who may be handed a case of another center
_CENTER_STAFF = (Role.intake_worker, *CARRIERS)

_set_status = Statement(
    update(cases)
    .where(cases.c.incident_id == bindparam("of_incident"), cases.c.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status"),
        closed_at=bindparam("to_closed_at", type_=DateTime(timezone=True)),
        close_reason=bindparam("to_reason", type_=Text),
        version=cases.c.version + 1,
    )
)
_set_responsible = Statement(
    update(cases)
    .where(cases.c.incident_id == bindparam("of_incident"), cases.c.id == bindparam("of_id"))
    .values(
        responsible_id=bindparam("to_worker", type_=Uuid),
        center_id=bindparam("to_center", type_=Uuid),
        version=cases.c.version + 1,
    )
)
# Two machines' clocks may differ: an interval never ends before it began, and the next begins where it ended.
_end_interval = Statement(
    update(case_assignments)
    .where(
        case_assignments.c.incident_id == bindparam("of_incident"),
        case_assignments.c.case_id == bindparam("of_case"),
        case_assignments.c.ended_at.is_(None),
    )
    .values(ended_at=func.greatest(case_assignments.c.started_at, bindparam("at", type_=DateTime(timezone=True))))
    .returning(case_assignments.c.ended_at)
)
_begin_interval = insert_into(case_assignments)
# Held until the end of the transaction, so that the hat cannot end while it is being given a case.
_find_worker = Statement(
    select(
        memberships.c.role, memberships.c.center_id, memberships.c.ended_at, memberships.c.account_id,
        memberships.c.organization_id,
    )
    .where(memberships.c.incident_id == bindparam("incident_id"), memberships.c.id == bindparam("id"))
    .with_for_update(read=True)
)  # fmt: skip
# The states in which nothing is owed: a referral's ends, somebody found.
_OWED: dict[str, tuple[Table, frozenset[Any]]] = {
    "needs": (needs, NEED.ends),
    "referrals": (referrals, REFERRAL.ends),
    "handoffs": (handoffs, HANDOFF.ends),
    "followUps": (follow_ups, FOLLOW_UP.ends),
    "personsOfConcern": (persons_of_concern, PERSON_OF_CONCERN.ends | {ConcernStatus.located_hospitalized}),
}
_count_owed = Statement(
    union_all(
        *(
            select(literal_column(f"'{name}'", Text).label("what"), func.count().label("open")).where(
                table.c.incident_id == bindparam("incident_id"),
                table.c.case_id == bindparam("case_id"),
                ~among(table.c.status, settled),
            )
            for name, (table, settled) in _OWED.items()
        )
    )
)


async def assign_case(work: Work, case_id: UUID, *, version: int, worker_id: UUID) -> Result:
    """Give the case to another worker on duty at its center; raises InvalidInput for anybody else."""
    case = await load(work, "case", case_id, action="assign", version=version)
    if worker_id == case["responsible_id"]:
        raise InvalidInput.at("workerId", "already_accountable", "Name another worker than the present one.")
    await check_worker(work, worker_id, case_id=case_id, center_id=case["center_id"], roles=_CENTER_STAFF)
    await refuse_own_agency_s_worker(work, case_id, worker_id, path="workerId")
    await move_responsibility(work, case_id, worker_id=worker_id, center_id=case["center_id"])
    work.tell("case.assigned", "case", case_id, subjects=(case_id,), before=case["responsible_id"], worker=worker_id)
    return {"case": str(case_id)}


async def pause_case(work: Work, case_id: UUID, *, version: int) -> Result:
    """Pause the case: nothing is done for now, and it stays in the worker's caseload."""
    await _take_step(work, case_id, "pause", version)
    return {"case": str(case_id)}


async def resume_case(work: Work, case_id: UUID, *, version: int) -> Result:
    """Take a paused case up again."""
    await _take_step(work, case_id, "resume", version)
    return {"case": str(case_id)}


async def close_case(work: Work, case_id: UUID, *, version: int, reason: CloseReason) -> Result:
    """Close the case; raises InvalidInput naming what is still open, because somebody still waits for it.

    Whoever adds something to the case waits for this row's lock (their foreign key asks for it), so nothing slips in.
    """
    await _take_step(work, case_id, "close", version, reason=reason)
    return {"case": str(case_id)}


async def reopen_case(work: Work, case_id: UUID, *, version: int, worker_id: UUID | None = None) -> Result:
    """Reopen a closed case, with its history, for the worker it had or for ``worker_id``.

    Raises InvalidInput when the worker it had is no longer on duty at its center and nobody else is named.
    """
    case = await _take_step(work, case_id, "reopen", version)
    keeper = worker_id or case["responsible_id"]
    if keeper != case["responsible_id"]:
        work.demand("assign", "case", held=case.held)
    await check_worker(work, keeper, case_id=case_id, center_id=case["center_id"], roles=_CENTER_STAFF)
    await refuse_own_agency_s_worker(work, case_id, keeper, path="workerId")
    if keeper != case["responsible_id"]:
        await move_responsibility(work, case_id, worker_id=keeper, center_id=case["center_id"])
        work.tell("case.assigned", "case", case_id, subjects=(case_id,), before=case["responsible_id"], worker=keeper)
    return {"case": str(case_id)}


async def check_worker(
    work: Work, worker_id: UUID, *, case_id: UUID, center_id: UUID, roles: Collection[Role], path: str = "workerId"
) -> None:
    """Raise InvalidInput unless ``worker_id`` is on duty at the center in one of ``roles``; the hat is held then.

    Nor may a wall stand between the worker and the case, whose row is locked: nobody is accountable for what they
    cannot see.
    """
    worker = await _find_worker.first(work.connection, incident_id=work.incident_id, id=worker_id)
    if (
        worker is None
        or worker["ended_at"] is not None
        or worker["center_id"] != center_id
        or worker["role"] not in roles
    ):
        raise InvalidInput.at(path, "not_on_duty_there", f"Name one on duty at the center: {', '.join(roles)}.")
    if await standing_walls.value(
        work.connection, incident_id=work.incident_id, case_id=case_id, account_id=worker["account_id"],
        organization_id=worker["organization_id"],
    ):  # fmt: skip
        raise InvalidInput.at(path, "behind_conflict_wall", "A conflict wall stands here; name somebody else.")


async def move_responsibility(
    work: Work, case_id: UUID, *, worker_id: UUID, center_id: UUID, handoff_id: UUID | None = None
) -> None:
    """End the present interval of accountability and begin the next at the same instant; the case's row is locked."""
    at: datetime | None = await _end_interval.value(
        work.connection, of_incident=work.incident_id, of_case=case_id, at=work.now
    )
    if at is None:
        raise Conflict
    await _begin_interval.run(
        work.connection, incident_id=work.incident_id, id=new_id(), case_id=case_id, membership_id=worker_id,
        center_id=center_id, handoff_id=handoff_id, started_at=at, ended_at=None,
    )  # fmt: skip
    await _set_responsible.run(
        work.connection, of_incident=work.incident_id, of_id=case_id, to_worker=worker_id, to_center=center_id
    )


async def load_working(work: Work, case_id: UUID, verb: str, *, then: tuple[str, str] | None = None) -> Loaded:
    """Return the case, locked, for something that is owed from now on.

    Raises InvalidTransition for a closed one: it must be reopened first, or what is added would be in nobody's list.
    """
    case = await load(work, "case", case_id, action="read", then=then)
    if case["status"] == CaseStatus.closed:
        raise InvalidTransition(state=CaseStatus.closed, verb=verb, possible=CASE.possible(CaseStatus.closed))
    return case


async def _take_step(
    work: Work, case_id: UUID, verb: str, version: int, *, reason: CloseReason | None = None
) -> Loaded:
    case = await load(work, "case", case_id, action=verb, version=version, then=("assign", "case"))
    status = step(CASE, CaseStatus(case["status"]), verb)
    if status is CaseStatus.closed:
        await _refuse_owing(work, case_id)
    await _set_status.run(
        work.connection, of_incident=work.incident_id, of_id=case_id, to_status=status,
        to_closed_at=work.now if status is CaseStatus.closed else None, to_reason=reason,
    )  # fmt: skip
    detail: dict[str, Any] = {"reason": reason} if reason else {}
    work.tell(_EVENTS[verb], "case", case_id, subjects=(case_id,), **detail)
    return case


_EVENTS = {"pause": "case.paused", "resume": "case.resumed", "close": "case.closed", "reopen": "case.reopened"}
_HINTS = {
    "needs": "Bring every need to an end first, met or not.",
    "referrals": "See every referral to its outcome, or cancel it, first.",
    "handoffs": "Wait for the answer to the handoff, or withdraw it, first.",
    "followUps": "Do every follow-up, or cancel it, first.",
    "personsOfConcern": "A family still looks for somebody; its case stays open until they are accounted for.",
}


async def _refuse_owing(work: Work, case_id: UUID) -> None:
    rows = await _count_owed.all(work.connection, incident_id=work.incident_id, case_id=case_id)
    owed = [
        FieldProblem(f"case.{row['what']}", "still_open", f"{row['open']} still open. {_HINTS[row['what']]}")
        for row in rows
        if row["open"]
    ]
    if owed:
        raise InvalidInput(*owed)
