"""The seal of the audit trail: a keyed mac over the parts of an event, so that a changed row shows.

Never: mac parts that are joined without their lengths.
"""

import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fac.crypto.framing import framed

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

_PURPOSE: Final = "audit"


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA256 (RFC 2104) of ``message``."""
    return hmac.digest(key, message, "sha256")


class AuditMac:
    """HMAC-SHA256 (RFC 2104) under the ring's audit key: made under the active epoch, verified under every one."""

    __slots__ = ("_active", "_keys", "_ring")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self.adopt()

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys."""
        ring = self._ring
        # The newest first, as most is written under it.
        self._keys = {epoch: ring.subkey(_PURPOSE, epoch, "audit mac") for epoch in ring.epochs(_PURPOSE)}
        self._active = self._keys[ring.active_epoch(_PURPOSE)]

    def __repr__(self) -> str:
        return "<AuditMac>"

    def tag(self, parts: Sequence[bytes]) -> bytes:
        """Return the 32-byte tag of ``parts`` under the active epoch."""
        return hmac_sha256(self._active, framed(parts))

    def lasting_tag(self, parts: Sequence[bytes]) -> bytes:
        """Return the tag of ``parts`` under the first epoch, which no rotation changes.

        For what is looked up by its tag, and for what must be read beside a database of before a rotation.
        """
        return hmac_sha256(self._keys[min(self._keys)], framed(parts))

    def verify(self, parts: Sequence[bytes], tag: bytes) -> bool:
        """Tell whether ``tag`` was made over exactly ``parts`` under any epoch still held."""
        return self.epoch_of(parts, tag) is not None

    def epoch_of(self, parts: Sequence[bytes], tag: bytes) -> int | None:
        """Return the epoch under which ``tag`` was made over exactly ``parts``, None for none that is held."""
        message = framed(parts)
        for epoch, key in self._keys.items():
            if hmac.compare_digest(hmac_sha256(key, message), tag):
                return epoch
        return None
