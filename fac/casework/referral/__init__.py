"""Referrals: made and taken back by the side that asks, answered by the organisation that is asked.

Never: leave one without an outcome, or let a personal value travel without a release and an agreement in force.
"""

from fac.casework.referral.answer import (
    accept_referral,
    complete_referral,
    decline_referral,
    mark_referral_not_engaged,
    receive_referral,
    schedule_referral,
    start_referral,
    waitlist_referral,
)
from fac.casework.referral.creating import ReferralDraft, create_referral
from fac.casework.referral.expiring import expire_referral
from fac.casework.referral.request import cancel_referral, mark_referral_entered_in_error, send_referral

__all__ = [
    "ReferralDraft",
    "accept_referral",
    "cancel_referral",
    "complete_referral",
    "create_referral",
    "decline_referral",
    "expire_referral",
    "mark_referral_entered_in_error",
    "mark_referral_not_engaged",
    "receive_referral",
    "schedule_referral",
    "send_referral",
    "start_referral",
    "waitlist_referral",
]
