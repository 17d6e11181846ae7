"""The audit's signature: what is given away as a witness can be checked by whoever holds the public key alone.

A MAC needs the secret to be checked; a witness outside must not hold it. Ed25519 (RFC 8032), its seed derived from the
audit key, so that no further key has to be kept or wrapped; it changes as that one is rotated.
Never: sign what a client sent.
"""

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

_PURPOSE: Final = "audit"
SUCCESSION: Final = b"fac audit key succession 1 "  # no checkpoint begins like this


class AuditSigner:
    """Signs under the active audit key; knows the public keys of every epoch the ring holds."""

    __slots__ = ("_active", "_known", "_ring", "public_key")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self.adopt()

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys."""
        ring = self._ring
        keys = {epoch: _key_of(ring, epoch) for epoch in ring.epochs(_PURPOSE)}
        self._active = keys[ring.active_epoch(_PURPOSE)]
        self._known = frozenset(_public(key) for key in keys.values())
        self.public_key = _public(self._active)  # 32 bytes, made to be given away

    def __repr__(self) -> str:
        return "<AuditSigner>"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of ``message``."""
        return self._active.sign(message)

    def succession(self) -> tuple[bytes, bytes] | None:
        """Return the public key before the active one and its signature over the active one; None for the first.

        Who holds the former public key alone can tell by it that the next is ours too.
        """
        active = self._ring.active_epoch(_PURPOSE)
        epoch = next((each for each in self._ring.epochs(_PURPOSE) if each < active), None)  # newest first
        if epoch is None:
            return None
        before = _key_of(self._ring, epoch)
        return _public(before), before.sign(SUCCESSION + self.public_key)

    def is_ours(self, message: bytes, signature: bytes, public_key: bytes) -> bool:
        """Tell whether ``signature`` over ``message`` was made under ``public_key``, and that key is one of ours."""
        if public_key not in self._known:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _key_of(ring: "KeyRing", epoch: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ring.subkey(_PURPOSE, epoch, "audit witness signature"))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
