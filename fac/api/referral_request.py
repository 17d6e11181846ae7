"""Requests in the schema: referrals are drafted, sent and taken back by the side that asks.

Never: hold a rule.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.field import field, given, mutation, mutation_key
from fac.api.need import Need
from fac.api.person import Person
from fac.api.problems import Refusals
from fac.api.referral import Referral
from fac.api.referral_step import ReferralStepInput, ReferralStepped, ReferralStepResult
from fac.casework import referral
from fac.casework.referral import ReferralDraft
from fac.casework.work import Work
from fac.domain.vocabulary import ReferralKind, ReleasePurpose, Urgency


@strawberry.input(description="A referral to a service, for persons and needs of one case.")
class CreateReferralInput:
    """A referral to a service."""

    client_mutation_id: UUID = mutation_key()
    case_id: strawberry.ID = given("Of which case.")
    service_id: strawberry.ID = given("To which service.")
    kind: ReferralKind = given("How much travels.")
    urgency: Urgency = given("How soon it must be answered.")
    purpose: ReleasePurpose = given("The purpose a release must name.")
    person_ids: list[strawberry.ID] = given("For whom; nobody only where nothing but information travels.")
    need_ids: list[strawberry.ID] = given("For which of their needs.", ())
    reason: str | None = given("Why, in words; sealed, and open to the recipient only as far as releases allow.", None)


@strawberry.type(description="The referral was drafted; it is not sent yet.")
class ReferralCreated:
    """The referral was drafted."""

    referral: Referral = field("The referral.")


@strawberry.type(description="The referral was sent, or waits for what it lacks: look at isSent.")
class ReferralSent:
    """The referral was sent, or waits."""

    referral: Referral = field("The referral.")
    is_sent: bool = field("Whether it is on its way; if not it lacks what the next fields say.")
    awaiting_release_of: list[Person] = field("Persons of whom no release in force names the recipient and purpose.")
    withheld_needs: list[Need] = field(
        "Needs that the recipient is not shown, and that are not referred: no release names substance_use."
    )
    needs_agreement: bool = field("Whether there is no agreement in force with the recipient.")
    needs_credential_for: list[Person] = field(
        "Persons for whom nobody of the recipient holds a verified, unexpired credential fit for age and language."
    )


CreateReferralResult = Annotated[
    ReferralCreated | Refusals, strawberry.union("CreateReferralResult", description="What came of createReferral.")
]
SendReferralResult = Annotated[
    ReferralSent | Refusals, strawberry.union("SendReferralResult", description="What came of sendReferral.")
]


@strawberry.type
class ReferralRequestMutations:
    """Mutations of the side that asks."""

    @mutation("Draft a referral.")
    async def create_referral(self, info: strawberry.Info, input: CreateReferralInput) -> CreateReferralResult:
        """Draft a referral."""
        return await act(
            info,
            input,
            ReferralCreated,
            lambda work: referral.create_referral(work, id_of(work, input.case_id, "Case"), draft=_draft(work, input)),
        )

    @mutation("Send a referral, or let it wait for the releases, the agreement and the credentials it lacks.")
    async def send_referral(self, info: strawberry.Info, input: ReferralStepInput) -> SendReferralResult:
        """Send a referral."""
        return await act(
            info,
            input,
            ReferralSent,
            lambda work: referral.send_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("Withdraw a referral that was sent.")
    async def cancel_referral(self, info: strawberry.Info, input: ReferralStepInput) -> ReferralStepResult:
        """Withdraw a referral."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.cancel_referral(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )

    @mutation("Say that a referral should never have been.")
    async def mark_referral_entered_in_error(
        self, info: strawberry.Info, input: ReferralStepInput
    ) -> ReferralStepResult:
        """Mark a referral as entered in error."""
        return await act(
            info,
            input,
            ReferralStepped,
            lambda work: referral.mark_referral_entered_in_error(
                work, id_of(work, input.referral_id, "Referral"), version=input.version
            ),
        )


def _draft(work: Work, asked: CreateReferralInput) -> ReferralDraft:
    return ReferralDraft(
        service_id=id_of(work, asked.service_id, "Service"),
        kind=asked.kind,
        urgency=asked.urgency,
        purpose=asked.purpose,
        person_ids=tuple(id_of(work, each, "Person") for each in asked.person_ids),
        need_ids=tuple(id_of(work, each, "Need") for each in asked.need_ids),
        reason=asked.reason,
    )
