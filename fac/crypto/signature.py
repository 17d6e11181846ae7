"""The audit's signature: what is given away as a witness can be checked by whoever holds the public key alone.

A MAC needs the secret to be checked; a witness outside must not hold it. Ed25519 (RFC 8032), its seed derived from the
audit key, so that no further key has to be kept or wrapped; it changes as that one is rotated.
Never: sign what a client sent.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

_PURPOSE: Final = "audit"
SUCCESSION: Final = b"fac audit key succession 1 "  # no checkpoint begins like this

Succession = tuple[bytes, bytes]  # a former public key, and its signature over the next one


class AuditSigner:
    """Signs under the active audit key; knows the public keys of every epoch the ring holds."""

    __slots__ = ("_active", "_former", "_known", "_ring", "epoch", "public_key")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self.adopt()

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys."""
        ring = self._ring
        keys = {epoch: _key_of(ring, epoch) for epoch in ring.epochs(_PURPOSE)}  # newest first
        self.epoch = ring.active_epoch(_PURPOSE)
        self._active = keys[self.epoch]
        self._former = [key for epoch, key in keys.items() if epoch < self.epoch]
        self._known = {_public(key): epoch for epoch, key in keys.items()}
        self.public_key = _public(self._active)  # 32 bytes, made to be given away

    def __repr__(self) -> str:
        return "<AuditSigner>"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of ``message``."""
        return self._active.sign(message)

    def successions(self) -> list[Succession]:
        """Return each public key before the active one, the newest first, with its signature over the one after it.

        Who holds a former public key alone can tell by them that the next is ours too; for the first there are none.
        """
        after, found = self.public_key, []
        for key in self._former:
            found.append((_public(key), key.sign(SUCCESSION + after)))
            after = _public(key)
        return found

    def epoch_of(self, message: bytes, signature: bytes, public_key: bytes) -> int | None:
        """Return the epoch of ours that ``public_key`` is of; None where it is none, or did not sign ``message``."""
        epoch = self._known.get(public_key)
        return epoch if epoch is not None and is_signed(message, signature, public_key) else None

    def is_followed(self, public_key: bytes, successions: Iterable[Succession]) -> bool:
        """Tell whether ``public_key``, which is none of ours, came after one of ours, by the ``successions`` to it."""
        for former, signature in successions:
            if not is_signed(SUCCESSION + public_key, signature, former):
                return False
            if former in self._known:
                return True
            public_key = former
        return False


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Tell whether whoever has the secret to ``public_key`` signed ``message``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key_of(ring: "KeyRing", epoch: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ring.subkey(_PURPOSE, epoch, "audit witness signature"))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
