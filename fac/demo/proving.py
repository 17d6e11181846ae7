"""An authenticator in a demonstration's hand: enrolled, proved when an act asks for it, and given back.

Never: leave one behind whose secret nobody has: who tries the demonstration enrols their own.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from fac.access.actor import Actor
from fac.casework.second_factor import enroll_second_factor, reset_at_the_machine, step_up
from fac.crypto.one_time_code import code_at, step_at
from fac.demo.telling import Telling
from fac.domain.ids import new_id


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Whose it is, in the session that its proofs are given in."""

    telling: Telling
    actor: Actor
    secret: bytes

    async def prove(self, at: datetime) -> None:
        """Prove its person at an instant: a later half minute than any before."""
        code = code_at(self.secret, step_at(min(at, self.telling.now)))
        await self.telling.act(self.actor, at, "stepUp", step_up, code=code)

    async def give_back(self, administrator: Actor, at: datetime) -> None:
        """End the second factor, as for somebody who lost it."""
        whose = self.actor.membership_id
        await self.telling.act(administrator, at, "resetFactorAtTheMachine", reset_at_the_machine, whose)


async def enrolled(telling: Telling, actor: Actor, at: datetime) -> Authenticator:
    """Enrol the person of a hat, and return their authenticator."""
    seated = replace(actor, session_id=new_id())
    made = await telling.act(seated, at, "enrollSecondFactor", enroll_second_factor)
    secret = telling.tools.factors.secret(
        made["epoch"], seated.incident_id, seated.account_id, UUID(made["second_factor"])
    )
    return Authenticator(telling, seated, secret)
