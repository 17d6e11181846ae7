"""What the side that asks does with a referral: send it, and take it back.

Never: send personal data without its basis; what lacks one waits, and the answer says for what.
"""

from uuid import UUID

from fac.casework.conflict_wall import refuse_walled_organization
from fac.casework.referral.basis import lacking
from fac.casework.referral.need_of import refer_needs, take_needs_back
from fac.casework.referral.stepping import load_for, persons_of, take
from fac.casework.work import Result, Work
from fac.domain.vocabulary import ReferralStatus, Urgency
from fac.domain.workflow import deadline


async def send_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Send a referral, or let it wait for what it lacks.

    A need of substance use to which no release consents is withheld from the recipient, and named in the result. It
    names too the persons whose release is lacking, whether an agreement is, and for whom nobody of the recipient holds
    the credential that the service asks for; with any of them the referral was not sent: a draft then awaits release,
    one that awaited goes on waiting.
    """
    referral = await load_for(work, "send", referral_id, version)
    await refuse_walled_organization(work, referral["case_id"], referral["organization_id"], path="referralId")
    missing = await lacking(work, referral)
    answer = {
        "awaiting_release_of": [str(each) for each in missing.releases_of],
        "needs_agreement": missing.agreement,
        "needs_credential_for": [str(each) for each in missing.providers_for],
        "is_sent": not missing,
        "withheld_needs": [],
    }
    if not missing:
        due_at = deadline(Urgency(referral["urgency"]), work.now)
        sent = await take(work, referral, "send", sent_at=work.now, due_at=due_at)
        withheld = await refer_needs(work, referral_id)
        work.later("escalate.referral", at=due_at, referral_id=referral_id)
        return sent | answer | {"withheld_needs": [str(each) for each in withheld]}
    if referral["status"] == ReferralStatus.draft:
        work.demand("await_release", "referral", held=referral.held)
        return await take(work, referral, "await_release") | answer
    work.tell("referral.awaiting_release", "referral", referral_id, subjects=await persons_of(work, referral))
    return {"referral": str(referral_id)} | answer


async def cancel_referral(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Withdraw a referral that was sent; its needs come back."""
    referral = await load_for(work, "cancel", referral_id, version)
    result = await take(work, referral, "cancel")
    await take_needs_back(work, referral_id)
    return result


async def mark_referral_entered_in_error(work: Work, referral_id: UUID, *, version: int) -> Result:
    """Say that a referral should never have been; the recipient sees it no more, its history stays with the case."""
    referral = await load_for(work, "mark_entered_in_error", referral_id, version)
    # The answer it had goes from the row; the audit keeps it.
    had = {name: referral[name] for name in ("decline_reason", "outcome") if referral[name] is not None}
    result = await take(work, referral, "mark_entered_in_error", told=had, decline_reason=None, outcome=None)
    await take_needs_back(work, referral_id)
    return result
