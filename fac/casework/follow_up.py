"""Follow-ups: a human comes back to the family by a date, and every attempt to reach them is written down.

An attempt is a channel and an outcome, coded: what was said belongs in a note.
Never: end a follow-up because nobody was reached; that is an attempt.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import DateTime, Text, bindparam, select, update

from fac.casework.case import load_working
from fac.casework.loading import Loaded, load
from fac.casework.local_day import local_day
from fac.casework.work import Result, Work
from fac.db.follow_up import contact_attempts, follow_ups
from fac.db.person import persons
from fac.db.referral import referrals
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import Channel, ContactOutcome, FollowUpReason, FollowUpStatus
from fac.domain.workflow import FOLLOW_UP, step
from fac.errors import InvalidInput, NotFound

UNREACHED = (ContactOutcome.no_answer, ContactOutcome.wrong_number)

_insert_follow_up = insert_into(follow_ups)
_insert_attempt = insert_into(contact_attempts)
_set_status = Statement(
    update(follow_ups)
    .where(follow_ups.c.incident_id == bindparam("of_incident"), follow_ups.c.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status"),
        ended_at=bindparam("at", type_=DateTime(timezone=True)),
        outcome=bindparam("to_outcome", type_=Text),
        version=follow_ups.c.version + 1,
    )
)
_person_of_case, _referral_of_case = (
    Statement(
        select(table.c.id).where(
            table.c.incident_id == bindparam("incident_id"),
            table.c.id == bindparam("id"),
            table.c.case_id == bindparam("case_id"),
        )
    )
    for table in (persons, referrals)
)


async def plan_follow_up(
    work: Work,
    case_id: UUID,
    *,
    due_on: date,
    reason: FollowUpReason,
    person_id: UUID | None = None,
    referral_id: UUID | None = None,
) -> Result:
    """Plan to come back to the family by ``due_on``; person and referral are the case's own, else NotFound."""
    case = await load_working(work, case_id, "plan_follow_up", then=("plan", "follow_up"))
    work.demand("plan", "follow_up", held=case.held)
    if due_on < await local_day(work):
        raise InvalidInput.at("dueOn", "in_the_past", "A follow-up is due today or later.")
    await check_of_case(work, case_id, person_id=person_id, referral_id=referral_id)
    follow_up_id = new_id()
    await _insert_follow_up.run(
        work.connection, incident_id=work.incident_id, id=follow_up_id, case_id=case_id, person_id=person_id,
        referral_id=referral_id, reason=reason, status=FOLLOW_UP.start, due_on=due_on,
        created_by=work.actor.membership_id, created_at=work.now, ended_at=None, outcome=None, version=1,
    )  # fmt: skip
    work.tell("follow_up.planned", "follow_up", follow_up_id, subjects=(person_id or case_id,), reason=reason)
    return {"follow_up": str(follow_up_id)}


async def attempt_follow_up(work: Work, follow_up_id: UUID, *, channel: Channel, outcome: ContactOutcome) -> Result:
    """Write down an attempt to reach the family; the follow-up stays due."""
    follow_up = await load(work, "follow_up", follow_up_id, action="attempt")
    step(FOLLOW_UP, FollowUpStatus(follow_up["status"]), "attempt")
    await _insert_attempt.run(
        work.connection, incident_id=work.incident_id, id=new_id(), case_id=follow_up["case_id"],
        follow_up_id=follow_up_id, channel=channel, outcome=outcome, attempted_by=work.actor.membership_id,
        attempted_at=work.now,
    )  # fmt: skip
    work.tell(
        "follow_up.attempted", "follow_up", follow_up_id, subjects=_about(follow_up), channel=channel, outcome=outcome
    )
    return {"follow_up": str(follow_up_id)}


async def complete_follow_up(work: Work, follow_up_id: UUID, *, version: int, outcome: ContactOutcome) -> Result:
    """End the follow-up with what came of it; raises InvalidInput for an outcome that reached nobody."""
    follow_up = await load(work, "follow_up", follow_up_id, action="complete", version=version)
    if outcome in UNREACHED:
        raise InvalidInput.at("outcome", "reached_nobody", "Write this down as an attempt; the follow-up stays due.")
    await _end(work, follow_up, "complete", outcome=outcome)
    work.tell("follow_up.completed", "follow_up", follow_up_id, subjects=_about(follow_up), outcome=outcome)
    return {"follow_up": str(follow_up_id)}


async def cancel_follow_up(work: Work, follow_up_id: UUID, *, version: int) -> Result:
    """Cancel the follow-up: nobody comes back for this."""
    follow_up = await load(work, "follow_up", follow_up_id, action="cancel", version=version)
    await _end(work, follow_up, "cancel")
    work.tell("follow_up.cancelled", "follow_up", follow_up_id, subjects=_about(follow_up))
    return {"follow_up": str(follow_up_id)}


async def check_of_case(work: Work, case_id: UUID, *, person_id: UUID | None, referral_id: UUID | None) -> None:
    """Raise NotFound for a person or a referral that is not the case's."""
    for statement, named in ((_person_of_case, person_id), (_referral_of_case, referral_id)):
        if named is None:
            continue
        if await statement.value(work.connection, incident_id=work.incident_id, id=named, case_id=case_id) is None:
            raise NotFound


async def _end(work: Work, follow_up: Loaded, verb: str, *, outcome: ContactOutcome | None = None) -> None:
    status = step(FOLLOW_UP, FollowUpStatus(follow_up["status"]), verb)
    await _set_status.run(
        work.connection, of_incident=work.incident_id, of_id=follow_up["id"], to_status=status, at=work.now,
        to_outcome=outcome,
    )  # fmt: skip


def _about(follow_up: Loaded) -> tuple[UUID]:
    return (follow_up["person_id"] or follow_up["case_id"],)
