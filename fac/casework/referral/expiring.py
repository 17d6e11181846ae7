"""What the clock may do with a referral that was never answered: let it expire, so that its needs are worked on again.

Never: expire what was answered; only the system worker of the incident has the right (policies/policy.csv).
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fac.casework.referral.need_of import take_needs_back
from fac.casework.referral.stepping import load_for, take
from fac.casework.work import Result, Work
from fac.domain.vocabulary import ReferralStatus
from fac.domain.workflow import REFERRAL
from fac.errors import InvalidTransition

# From its deadline on, when whoever carries the case was told: after a month of asking the family's needs are worked on
# again, and do not wait for who never answered.
EXPIRES_AFTER: Final = timedelta(days=30)


async def expire_referral(work: Work, referral_id: UUID, *, version: int | None = None) -> Result:
    """End a referral that was never answered; its needs come back and the sender is told.

    Raises InvalidTransition for one that was answered or ended, or whose time is still to come (then the state it names
    is the unanswered one it is in).
    """
    referral = await load_for(work, "expire", referral_id, version)
    if referral["due_at"] is not None and work.now < referral["due_at"] + EXPIRES_AFTER:
        status = ReferralStatus(referral["status"])
        raise InvalidTransition(state=status, verb="expire", possible=REFERRAL.possible(status))
    result = await take(work, referral, "expire")
    await take_needs_back(work, referral_id)
    return result
