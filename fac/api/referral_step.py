"""What the steps of a referral have in common in the schema: which referral, at which version, and what came of it.

Never: hold a rule.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from fac.api.field import field, given, mutation_key
from fac.api.problems import Refusals
from fac.api.referral import Referral


@strawberry.input(description="A referral that takes a step.")
class ReferralStepInput:
    """A referral that takes a step."""

    client_mutation_id: UUID = mutation_key()
    referral_id: strawberry.ID = given("Which referral.")
    version: int = given("The version you read.")


@strawberry.type(description="The referral took the step; its status tells where it is now.")
class ReferralStepped:
    """The referral took the step."""

    referral: Referral | None = field("The referral; null when it is no longer yours to see.")


ReferralStepResult = Annotated[
    ReferralStepped | Refusals,
    strawberry.union("ReferralStepResult", description="What came of a step of a referral."),
]
