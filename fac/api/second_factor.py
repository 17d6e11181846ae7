"""The second factor in the schema: enrolling an authenticator, proving it, and resetting a lost one.

Never: hold a rule, or show a secret to anybody but who enrols, at that moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from fac.api.acting import act, id_of
from fac.api.context import Context
from fac.api.field import field, given, mutation, mutation_key
from fac.api.problems import Refusals
from fac.casework import second_factor
from fac.casework.work import Result
from fac.crypto.one_time_code import written

if TYPE_CHECKING:
    from fac.api.staff import Membership


@strawberry.input(description="An authenticator for your own account in this incident.")
class EnrollSecondFactorInput:
    """An authenticator for one's own account."""

    client_mutation_id: UUID = mutation_key()


@strawberry.type(description="Put the secret into the authenticator, then prove it with stepUp; it is shown only here.")
class SecondFactorEnrolled:
    """The authenticator is enrolled, and counts from its first right code on."""

    secret: str = field("The secret, in base32.")
    uri: str = field("The same as an otpauth address, to draw as a QR code.")


@strawberry.input(description="The code your authenticator shows now.")
class StepUpInput:
    """A one-time code."""

    client_mutation_id: UUID = mutation_key()
    code: str = given("Six digits. Each works once.")


@strawberry.type(
    description="Whether the code was right. A proof serves for one act of this session that asks for it; for giving"
    " and ending hats as long as it holds."
)
class SteppedUp:
    """Whether the code was right."""

    is_proven: bool = field("Whether it was right.")
    until: datetime | None = field("How long the proof holds.")
    tries_left: int = field("How many tries are left; one comes back every five minutes.")


@strawberry.input(description="Somebody has lost their authenticator.")
class ResetSecondFactorInput:
    """Whose authenticator is lost."""

    client_mutation_id: UUID = mutation_key()
    membership_id: strawberry.ID = given("A hat of theirs.")


@strawberry.type(description="They have none now, and can enrol anew.")
class SecondFactorReset:
    """They have none now."""

    membership: Annotated[Membership, strawberry.lazy("fac.api.staff")] | None = field("The hat.")


EnrollSecondFactorResult = Annotated[
    SecondFactorEnrolled | Refusals,
    strawberry.union("EnrollSecondFactorResult", description="What came of enrollSecondFactor."),
]
StepUpResult = Annotated[SteppedUp | Refusals, strawberry.union("StepUpResult", description="What came of stepUp.")]
ResetSecondFactorResult = Annotated[
    SecondFactorReset | Refusals,
    strawberry.union("ResetSecondFactorResult", description="What came of resetSecondFactor."),
]


def _enrolled(context: Context, incident_id: UUID, result: Result) -> Result:
    factor_id = UUID(result["second_factor"])
    secrets = context.parts.tools.factors
    secret = written(secrets.secret(result["epoch"], incident_id, context.actor.account_id, factor_id))
    return {"secret": secret, "uri": f"otpauth://totp/FAC?secret={secret}&issuer=FAC"}


def _proved(_incident_id: UUID, result: Result) -> Result:
    until = result["until"]
    return result | {"until": None if until is None else datetime.fromisoformat(until)}


@strawberry.type
class SecondFactorMutations:
    """Mutations of this room."""

    @mutation("Enrol an authenticator for your own account.")
    async def enroll_second_factor(
        self, info: strawberry.Info[Context, None], input: EnrollSecondFactorInput
    ) -> EnrollSecondFactorResult:
        """Enrol an authenticator."""
        return await act(
            info,
            input,
            SecondFactorEnrolled,
            second_factor.enroll_second_factor,
            show=lambda incident_id, result: _enrolled(info.context, incident_id, result),
        )

    @mutation("Prove your second factor, for the next act that asks for it.")
    async def step_up(self, info: strawberry.Info, input: StepUpInput) -> StepUpResult:
        """Prove the second factor."""
        return await act(
            info, input, SteppedUp, lambda work: second_factor.step_up(work, code=input.code), show=_proved
        )

    @mutation("End the second factor of somebody who lost it.")
    async def reset_second_factor(
        self, info: strawberry.Info, input: ResetSecondFactorInput
    ) -> ResetSecondFactorResult:
        """End a lost second factor."""
        return await act(
            info,
            input,
            SecondFactorReset,
            lambda work: second_factor.reset_second_factor(work, id_of(work, input.membership_id, "Membership")),
        )
