"""The 32 bytes a portal token is made of: derived, so that a retry is shown the same and nothing is stored.

As with second factors the secret comes from the audit's key, which every process holds, and from which access it is; a
dump of the database holds the hash only.
Never: keep or log what is derived.
"""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from fac.crypto.derive import derive
from fac.errors import KeyUnavailable

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

_PURPOSE: Final = "audit"
_BYTES: Final = 32


class PortalTokens:
    """Derives what the token of an access is made of, under any epoch of the audit's key that is still held."""

    __slots__ = ("_keys", "_ring", "active_epoch")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self.adopt()

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys."""
        ring = self._ring
        self._keys = {epoch: ring.subkey(_PURPOSE, epoch, "portal token") for epoch in ring.epochs(_PURPOSE)}
        self.active_epoch = ring.active_epoch(_PURPOSE)

    def __repr__(self) -> str:
        return "<PortalTokens>"

    def material(self, epoch: int, incident_id: UUID, access_id: UUID) -> bytes:
        """Return the 32 bytes of an access; raises KeyUnavailable when the epoch is gone: give another."""
        key = self._keys.get(epoch)
        if key is None:
            raise KeyUnavailable
        return derive(key, "portal token", incident_id.bytes, access_id.bytes, size=_BYTES)
