"""Answers to referrals in the schema: the steps of the organisation that was asked.

Never: hold a rule.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import given, mutation, mutation_key
from fac.api.referral_step import ReferralStepInput, ReferralStepped, ReferralStepResult
from fac.casework import referral
from fac.domain.vocabulary import DeclineReason, ReferralOutcome


@strawberry.input(description="A referral that is declined.")
class DeclineReferralInput:
    """A referral that is declined."""

    client_mutation_id: UUID = mutation_key()
    referral_id: strawberry.ID = given("Which referral.")
    version: int = given("The version you read.")
    reason: DeclineReason = given("Why.")


@strawberry.input(description="When a referral's service is to begin.")
class ScheduleReferralInput:
    """When the service is to begin."""

    client_mutation_id: UUID = mutation_key()
    referral_id: strawberry.ID = given("Which referral.")
    version: int = given("The version you read.")
    at: datetime = given("When, with an offset.")


@strawberry.input(description="What came of a referral.")
class CompleteReferralInput:
    """What came of a referral."""

    client_mutation_id: UUID = mutation_key()
    referral_id: strawberry.ID = given("Which referral.")
    version: int = given("The version you read.")
    outcome: ReferralOutcome = given("What came of it.")


@strawberry.type
class ReferralAnswerMutations:
    """Mutations of the side that is asked."""

    @mutation("Say that the referral was seen.")
    async def receive_referral(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Say that a referral was seen."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.receive_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("Accept a referral; the release and the agreement are looked at again.")
    async def accept_referral(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Accept a referral."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.accept_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("Decline a referral, with the reason.")
    async def decline_referral(self, info: strawberry.Info, input: DeclineReferralInput) -> ReferralStepResult:
        """Decline a referral."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.decline_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version, reason=input.reason
            ),
        )

    @mutation("Put an accepted referral on the waiting list.")
    async def waitlist_referral(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Put a referral on the waiting list."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.waitlist_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("Set, or set anew, when the service is to begin.")
    async def schedule_referral(self, info: strawberry.Info, input: ScheduleReferralInput) -> ReferralStepResult:
        """Schedule a referral."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.schedule_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version, at=input.at
            ),
        )

    @mutation("Say that the service has begun.")
    async def start_referral(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Begin the service."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.start_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("End a referral with what came of it.")
    async def complete_referral(self, info: strawberry.Info, input: CompleteReferralInput) -> ReferralStepResult:
        """Complete a referral."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.complete_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version, outcome=input.outcome
            ),
        )

    @mutation("Say that the family did not take the service up.")
    async def mark_referral_not_engaged(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Mark a referral as not engaged."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.mark_referral_not_engaged(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )
