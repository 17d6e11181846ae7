"""One-time codes: six digits an authenticator shows for half a minute (RFC 6238 over RFC 4226), as a second factor.

The secret is stored nowhere: it is derived from the audit's key, which every process holds, and from who, where and
which enrolment. A dump of the database holds nothing to make a code from, and a new enrolment is a new secret.
HMAC-SHA-1 is what authenticators understand; its weakness (collisions) is none of HMAC's (RFC 6194).
Never: keep or log a secret or a code.
"""

import hmac
from base64 import b32encode
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fac.crypto.derive import derive
from fac.errors import KeyUnavailable

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

STEP_SECONDS: Final = 30
_PURPOSE: Final = "audit"
_SECRET_BYTES: Final = 20  # RFC 4226, section 4: 160 bits
_DIGITS: Final = 6
_DRIFT: Final = 1  # clocks of telephones: one step to either side (RFC 6238, section 5.2)


class FactorSecrets:
    """Derives the secret of an enrolment, under any epoch of the audit's key that is still held."""

    __slots__ = ("_keys", "_ring", "active_epoch")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self.adopt()

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys."""
        ring = self._ring
        self._keys = {epoch: ring.subkey(_PURPOSE, epoch, "second factor") for epoch in ring.epochs(_PURPOSE)}
        self.active_epoch = ring.active_epoch(_PURPOSE)

    def __repr__(self) -> str:
        return "<FactorSecrets>"

    def secret(self, epoch: int, incident_id: UUID, account_id: UUID, factor_id: UUID) -> bytes:
        """Return the 20 bytes of an enrolment; raises KeyUnavailable when the epoch is gone: enrol again."""
        key = self._keys.get(epoch)
        if key is None:
            raise KeyUnavailable
        context = (incident_id.bytes, account_id.bytes, factor_id.bytes)
        return derive(key, "one-time code", *context, size=_SECRET_BYTES)


def written(secret: bytes) -> str:
    """Return the secret as an authenticator takes it (base32)."""
    return b32encode(secret).decode()


def step_at(at: datetime) -> int:
    """Return the number of the half minute that ``at`` (UTC) falls in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Return the six digits of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_of(secret: bytes, code: str, at: datetime, *, after: int) -> int | None:
    """Return the step whose code this is, of those around ``at`` and later than ``after``; None when it is none.

    ``after`` is the last step that was used: a code works once (RFC 6238, section 5.2).
    """
    present, shown = step_at(at), code.strip().encode()
    matching = [
        step
        for step in range(present - _DRIFT, present + _DRIFT + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), shown)
    ]
    return next((step for step in matching if step > after), None)
