"""The blind index: finding a person again without keeping anything that can be read or grouped.

A match term (fac.domain.identity) becomes a 64-bit keyed token; the posting beside it is a sealed pointer to the
person, so a dump of the table tells neither the terms nor which postings belong together. The token key is derived per
incident, custodian organisation and normaliser version: organisations cannot match across one another without a
release, and a change of the normaliser re-keys the index. Terms are compounds; single names are never indexed (57-69 %
of the commonest surnames would fall to a name list).
Never: keep a term, or let a pointer open under another token or incident.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.framing import framed
from fac.crypto.gcm import opened, sealed
from fac.domain.identity import NORMALISER_VERSION
from fac.errors import KeyUnavailable, Unreadable

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

TOKEN_BYTES: Final = 8
POINTER_BYTES: Final = 46
_PURPOSE: Final = "index"
_POINTER: Final = b"fac pointer"
_EPOCH: Final = 2
_MOST_CACHED: Final = 4_096
_NONE: Final = 0  # no epoch: this process finds nobody, and every use raises KeyUnavailable


class BlindIndex:
    """Makes tokens and sealed pointers with the ring's index key."""

    __slots__ = ("_active", "_pointer_ciphers", "_ring", "_token_keys")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self._active = ring.active_epoch(_PURPOSE) if _PURPOSE in ring.purposes else _NONE
        self._token_keys: dict[tuple[UUID, UUID, int], bytes] = {}
        self._pointer_ciphers: dict[tuple[UUID, int], AESGCM] = {}

    def __repr__(self) -> str:
        return "<BlindIndex>"

    @property
    def epoch(self) -> int:
        """The epoch that new postings are made under."""
        return self._active

    def adopt(self) -> None:
        """Follow the ring after it adopted other keys; what was derived from a key that is gone is forgotten."""
        self._active = self._ring.active_epoch(_PURPOSE)
        self._token_keys.clear()
        self._pointer_ciphers.clear()

    @staticmethod
    def epoch_of(blob: bytes) -> int:
        """Return the epoch a pointer was sealed under."""
        return int.from_bytes(blob[:_EPOCH], "big")

    def tokens(self, incident_id: UUID, custodian_id: UUID, terms: Iterable[str]) -> list[bytes]:
        """Return the token of each term, in order, under the active epoch: what a posting is stored under."""
        key = self._token_key(incident_id, custodian_id, self._active)
        return [_token(key, term) for term in terms]

    def query_tokens(self, incident_id: UUID, custodian_id: UUID, terms: Iterable[str]) -> list[bytes]:
        """Return the tokens of the terms under every epoch still held: what to look for while an epoch is changing."""
        if self._active == _NONE:
            raise KeyUnavailable  # no epoch to ask under must not pass for nobody found
        listed = list(terms)
        keys = [self._token_key(incident_id, custodian_id, epoch) for epoch in self._ring.epochs(_PURPOSE)]
        return [_token(key, term) for key in keys for term in listed]

    def seal_pointer(self, incident_id: UUID, token: bytes, person_id: UUID) -> bytes:
        """Return the 46-byte pointer to ``person_id``; two pointers to one person have nothing in common."""
        cipher = self._pointer_cipher(incident_id, self._active)
        return self._active.to_bytes(_EPOCH, "big") + sealed(cipher, person_id.bytes, _bound(incident_id, token))

    def open_pointer(self, incident_id: UUID, token: bytes, blob: bytes) -> UUID:
        """Return the person; raises Unreadable for another token, another incident or a damaged pointer."""
        if len(blob) != POINTER_BYTES:
            raise Unreadable
        cipher = self._pointer_cipher(incident_id, int.from_bytes(blob[:_EPOCH], "big"))
        return UUID(bytes=opened(cipher, blob[_EPOCH:], _bound(incident_id, token)))

    def open_pointers(self, incident_id: UUID, postings: Iterable[Iterable[bytes]]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the token and the person's id, its 16 bytes, of each (token, pointer); what does not open is left out.

        As ``open_pointer``, at a third of its cost: a look-up opens dozens. Half of the rest would be making a UUID.
        """
        ciphers: dict[bytes, AESGCM | None] = {}
        last, bound = b"", _bound(incident_id, b"")
        for token, blob in postings:
            if token != last:
                last, bound = token, _bound(incident_id, token)
            epoch = blob[:_EPOCH]
            if epoch not in ciphers:
                ciphers[epoch] = self._cipher_or_none(incident_id, epoch)
            cipher = ciphers[epoch]
            if cipher is None or len(blob) != POINTER_BYTES:
                continue
            try:
                yield token, opened(cipher, blob[_EPOCH:], bound)
            except Unreadable:
                continue

    def _cipher_or_none(self, incident_id: UUID, epoch: bytes) -> AESGCM | None:
        try:
            return self._pointer_cipher(incident_id, int.from_bytes(epoch, "big"))
        except KeyUnavailable:
            return None

    def _token_key(self, incident_id: UUID, custodian_id: UUID, epoch: int) -> bytes:
        found = self._token_keys.get((incident_id, custodian_id, epoch))
        if found is None:
            if len(self._token_keys) >= _MOST_CACHED:
                self._token_keys.clear()
            normaliser = NORMALISER_VERSION.to_bytes(2, "big")
            found = self._ring.subkey(_PURPOSE, epoch, "tokens", incident_id.bytes, custodian_id.bytes, normaliser)
            self._token_keys[incident_id, custodian_id, epoch] = found
        return found

    def _pointer_cipher(self, incident_id: UUID, epoch: int) -> AESGCM:
        found = self._pointer_ciphers.get((incident_id, epoch))
        if found is None:
            if epoch not in self._ring.epochs(_PURPOSE):
                raise KeyUnavailable
            if len(self._pointer_ciphers) >= _MOST_CACHED:
                self._pointer_ciphers.clear()
            found = AESGCM(self._ring.subkey(_PURPOSE, epoch, "pointers", incident_id.bytes))
            self._pointer_ciphers[incident_id, epoch] = found
        return found


def _token(key: bytes, term: str) -> bytes:
    return blake2b(term.encode(), digest_size=TOKEN_BYTES, key=key, person=b"fac token v1").digest()


def _bound(incident_id: UUID, token: bytes) -> bytes:
    return framed((_POINTER, incident_id.bytes, token))
