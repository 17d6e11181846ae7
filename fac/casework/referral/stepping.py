"""One step of a referral: the workflow asked, the row changed, the step kept, the audit told, the other side notified.

Never: skip the workflow, or change a referral without leaving the step.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from fac.casework.loading import Loaded, load
from fac.casework.work import Result, Work
from fac.db.referral import referral_persons, referral_steps, referrals
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import ReferralStatus
from fac.domain.workflow import REFERRAL, step

# The verb of the workflow -> the last word of its audit event and of its notification.
TOLD_AS = {
    "create": "created",
    "await_release": "awaiting_release",
    "send": "sent",
    "receive": "received",
    "accept": "accepted",
    "decline": "declined",
    "waitlist": "waitlisted",
    "schedule": "scheduled",
    "start": "started",
    "complete": "completed",
    "mark_not_engaged": "not_engaged",
    "cancel": "cancelled",
    "expire": "expired",
    "mark_entered_in_error": "entered_in_error",
}
_CHANGING = (
    "status", "sent_at", "due_at", "received_at", "accepted_at", "accepted_by", "scheduled_at", "ended_at",
    "decline_reason", "outcome",
)  # fmt: skip

insert_step = insert_into(referral_steps)
_persons_of = Statement(
    select(referral_persons.c.person_id)
    .where(
        referral_persons.c.incident_id == bindparam("incident_id"),
        referral_persons.c.referral_id == bindparam("referral_id"),
    )
    .order_by(referral_persons.c.id)
)
_change = Statement(
    update(referrals)
    .where(referrals.c.incident_id == bindparam("of_incident"), referrals.c.id == bindparam("of_id"))
    .values(
        {name: bindparam(f"to_{name}", type_=referrals.c[name].type) for name in _CHANGING}
        | {"version": referrals.c.version + 1}
    )
)


async def load_for(work: Work, verb: str, referral_id: UUID, version: int | None) -> Loaded:
    """Return the locked referral; also raises InvalidTransition when ``verb`` is no step from its state."""
    referral = await load(work, "referral", referral_id, action=verb, version=version)
    step(REFERRAL, ReferralStatus(referral["status"]), verb)
    return referral


async def persons_of(work: Work, referral: Loaded) -> list[UUID]:
    """Return the persons the referral is for."""
    rows = await _persons_of.all(work.connection, incident_id=work.incident_id, referral_id=referral["id"])
    return [each["person_id"] for each in rows]


async def take(
    work: Work, referral: Loaded, verb: str, *, told: dict[str, Any] | None = None, **changes: Any
) -> Result:
    """Take one step: ``changes`` are columns, ``told`` are words for the audit. Returns the verb's result."""
    status, id = ReferralStatus(referral["status"]), referral["id"]
    reached = step(REFERRAL, status, verb)
    if reached in REFERRAL.ends and referral["ended_at"] is None:
        changes["ended_at"] = work.now
    after = {name: referral[name] for name in _CHANGING} | {"status": reached} | changes
    await _change.run(
        work.connection,
        of_incident=work.incident_id,
        of_id=id,
        **{f"to_{name}": value for name, value in after.items()},
    )
    await keep_step(work, referral["case_id"], id, verb, status, reached)
    persons = await persons_of(work, referral)
    work.tell(f"referral.{TOLD_AS[verb]}", "referral", id, subjects=persons, **(told or {}))
    if after["sent_at"] is not None:
        work.later(f"notify.referral_{TOLD_AS[verb]}", referral_id=id)
    return {"referral": str(id)}


async def keep_step(
    work: Work, case_id: UUID, referral_id: UUID, verb: str, source: ReferralStatus | None, target: ReferralStatus
) -> None:
    """Write the step into the referral's history."""
    await insert_step.run(
        work.connection,
        incident_id=work.incident_id, id=new_id(), case_id=case_id, referral_id=referral_id, from_status=source,
        to_status=target, verb=verb, taken_by=work.actor.membership_id, taken_at=work.now,
    )  # fmt: skip
