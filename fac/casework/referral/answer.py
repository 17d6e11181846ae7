"""What the organisation that was asked answers: seen, yes or no, when, begun, and what came of it.

Never: accept without a release and an agreement in force, or end without a reason or an outcome.
"""

from datetime import datetime
from uuid import UUID

from fac.casework.instant import aware
from fac.casework.referral.basis import demand_basis
from fac.casework.referral.need_of import take_needs_back
from fac.casework.referral.stepping import load_for, take
from fac.casework.work import Result, Work
from fac.domain.vocabulary import DeclineReason, ReferralOutcome
from fac.errors import InvalidInput

# The service was given, or goes on: the need is answered for, and its worker says with the family whether it is met.
_ANSWERED = (ReferralOutcome.service_completed, ReferralOutcome.ongoing)


async def receive_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Say that the referral was seen."""
    referral = await load_for(work, "receive", referral_id, version)
    return await take(work, referral, "receive", received_at=work.now)


async def accept_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Accept a referral; raises NotPermitted when what it rests on lapsed since it was sent.

    The reasons are needs_release, needs_agreement and needs_credential.
    """
    referral = await load_for(work, "accept", referral_id, version)
    await demand_basis(work, referral)
    return await take(
        work,
        referral,
        "accept",
        received_at=referral["received_at"] or work.now,
        accepted_at=work.now,
        accepted_by=work.actor.membership_id,
    )


async def decline_referral(work: Work, referral_id: UUID, *, version: int, reason: DeclineReason) -> Result:
    """Decline a referral, with the reason; its needs go back."""
    referral = await load_for(work, "decline", referral_id, version)
    received_at = referral["received_at"] or work.now
    result = await take(
        work, referral, "decline", told={"reason": reason}, received_at=received_at, decline_reason=reason
    )
    await take_needs_back(work, referral_id)
    return result


async def waitlist_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Put an accepted referral on the waiting list; a date it had falls away."""
    referral = await load_for(work, "waitlist", referral_id, version)
    return await take(work, referral, "waitlist", scheduled_at=None)


async def schedule_referral(work: Work, referral_id: UUID, *, version: int, at: datetime) -> Result:
    """Set when the service is to begin, or set it anew; raises InvalidInput for a time that is past."""
    referral = await load_for(work, "schedule", referral_id, version)
    scheduled_at = aware("at", at)
    if scheduled_at < work.now:
        raise InvalidInput.at("at", "in_the_past", "Give a time that is still to come.")
    return await take(work, referral, "schedule", scheduled_at=scheduled_at)


async def start_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Say that the service has begun."""
    referral = await load_for(work, "start", referral_id, version)
    return await take(work, referral, "start")


async def complete_referral(work: Work, referral_id: UUID, *, version: int, outcome: ReferralOutcome) -> Result:
    """End a referral with what came of it; needs it did not answer go back."""
    referral = await load_for(work, "complete", referral_id, version)
    result = await take(work, referral, "complete", told={"outcome": outcome}, outcome=outcome)
    if outcome not in _ANSWERED:
        await take_needs_back(work, referral_id)
    return result


async def mark_referral_not_engaged(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Say that the family did not take the service up; its needs go back."""
    referral = await load_for(work, "mark_not_engaged", referral_id, version)
    result = await take(work, referral, "mark_not_engaged")
    await take_needs_back(work, referral_id)
    return result
