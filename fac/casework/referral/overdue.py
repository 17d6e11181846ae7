"""What silence leads to: a referral past its deadline comes before the worker who answers for the family.

Never: end the referral for that; it stays open to be answered for a month, and a person decides what to do.
"""

from uuid import UUID

from sqlalchemy import bindparam, update

from fac.casework.follow_up import plan_follow_up
from fac.casework.loading import load
from fac.casework.local_day import local_day
from fac.casework.referral.expiring import EXPIRES_AFTER
from fac.casework.referral.stepping import persons_of
from fac.casework.work import Result, Work
from fac.db.referral import referrals
from fac.db.statement import Statement
from fac.domain.vocabulary import FollowUpReason, ReferralStatus
from fac.domain.workflow import REFERRAL
from fac.errors import InvalidTransition

UNANSWERED = (ReferralStatus.sent, ReferralStatus.received)
ESCALATED = "escalated"  # what the refusal names when it was done already

_mark = Statement(
    update(referrals)
    .where(referrals.c.incident_id == bindparam("of_incident"), referrals.c.id == bindparam("of_id"))
    .values(escalated_at=bindparam("at"), version=referrals.c.version + 1)
)


async def escalate_referral(work: Work, referral_id: UUID) -> Result:
    """Mark the unanswered referral as escalated, and plan a follow-up for today: whoever carries the case asks.

    Raises InvalidTransition for one that was answered or escalated, or whose deadline is still to come (then the state
    it names is one of UNANSWERED).
    """
    referral = await load(work, "referral", referral_id, action="escalate")
    status = ReferralStatus(referral["status"])
    if status not in UNANSWERED or work.now < referral["due_at"]:
        raise InvalidTransition(state=status, verb="escalate", possible=REFERRAL.possible(status))
    if referral["escalated_at"] is not None:
        raise InvalidTransition(state=ESCALATED, verb="escalate", possible=REFERRAL.possible(status))
    await _mark.run(work.connection, of_incident=work.incident_id, of_id=referral_id, at=work.now)
    follow_up = await plan_follow_up(
        work,
        referral["case_id"],
        due_on=await local_day(work),
        reason=FollowUpReason.referral_overdue,
        referral_id=referral_id,
    )
    work.tell("referral.escalated", "referral", referral_id, subjects=await persons_of(work, referral))
    work.later("notify.referral_escalated", referral_id=referral_id)
    work.later("expire.referral", at=referral["due_at"] + EXPIRES_AFTER, referral_id=referral_id)
    return {"referral": str(referral_id)} | follow_up
