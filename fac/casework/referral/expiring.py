"""What the clock may do with a referral that was never answered: let it expire, so that its needs are worked on again.

Never: expire what was answered; only the system worker of the incident has the right (policies/policy.csv).
"""

from uuid import UUID

from fac.casework.referral.need_of import take_needs_back
from fac.casework.referral.stepping import load_for, take
from fac.casework.work import Result, Work


async def expire_referral(work: Work, referral_id: UUID, *, version: int | None = None) -> Result:
    """End a referral that was never answered; its needs come back and the sender is told."""
    referral = await load_for(work, "expire", referral_id, version)
    result = await take(work, referral, "expire")
    await take_needs_back(work, referral_id)
    return result
