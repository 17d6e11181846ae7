"""An authenticator in a test's hand: it enrols a hat's person, and proves them with the code of the moment."""

from base64 import b32decode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fac.crypto.one_time_code import code_at, step_at
from tests.world import Hat


@dataclass(slots=True)
class Authenticator:
    """What a telephone would hold: whose, and the secret."""

    hat: Hat
    secret: bytes

    def code(self, later: int = 0) -> str:
        """Return the code of the moment, or of a half minute before or after it."""
        return code_at(self.secret, step_at(self.hat.world.clock.now) + later)

    def wrong_code(self) -> str:
        """Return six digits that are none of the codes that would be taken."""
        right = {self.code(later) for later in (-1, 0, 1)}
        return next(each for each in map(str, range(100_000, 100_004)) if each not in right)

    async def step_up(self) -> None:
        """Prove the person in the session of their hat, half a minute after whatever was proved before."""
        self.hat.world.clock.advance(seconds=61)
        payload = await self.hat.do("StepUp", code=self.code())
        assert payload["isProven"] is True, payload


async def enrolled(hat: Hat) -> Authenticator:
    """Enrol the person of ``hat`` and return their authenticator; it counts from its first proof on."""
    payload: Any = await hat.do("EnrollSecondFactor")
    assert payload["__typename"] == "SecondFactorEnrolled", payload
    return Authenticator(hat, b32decode(payload["secret"]))


_HELD: dict[UUID, Authenticator] = {}


async def prove(hat: Hat) -> None:
    """Prove the person of ``hat`` just now, with an authenticator that is enrolled the first time."""
    if hat.membership_id not in _HELD:
        _HELD[hat.membership_id] = await enrolled(hat)
    await _HELD[hat.membership_id].step_up()
