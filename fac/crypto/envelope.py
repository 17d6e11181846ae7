"""Sealing and opening the bundles of a row: all sealed values of one (row, information class) in one ciphertext.

A bundle is ``header(23) | nonce(12) | AES-256-GCM(padded canonical JSON) | tag(16)``; the header is magic, suite,
class, schema version, version of the subject's key, and that key's commitment (16). Associated data is the header and,
each behind its length, incident, table, subject and row; it is rebuilt from the row and never stored. The organisation
and the status are left out on purpose: a handoff must not force resealing.

The subject's key (DEK) is a row of its own, ``commitment(16) | nonce(12) | AES-256-GCM(DEK) | tag(16)``, wrapped under
the class's key of an epoch and bound to incident, subject, class and version. GCM alone does not commit to its key (one
ciphertext can be made to open under two), so commitment and working key both come from the DEK by BLAKE2b and a bundle
names the commitment of the only key that may open it; there is no trial decryption.

Unwrapped subject keys are not cached: deleting the row must shred at once, and unwrapping costs 3 microseconds.
Imported only by crypto and casework.disclosure; everyone else is handed the Vault.
Never: turn a value that does not open into a null, or let a foreign exception carry plaintext out.
"""

import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.framing import framed
from fac.crypto.gcm import NONCE_BYTES, TAG_BYTES, opened, sealed
from fac.crypto.padding import padded
from fac.domain.vocabulary import InfoClass
from fac.errors import KeyUnavailable, SealingError, Unreadable

if TYPE_CHECKING:
    from fac.crypto.keys import KeyRing

JSON = str | int | float | bool | None | list["JSON"] | dict[str, "JSON"]

WRAPPED_BYTES: Final = 76
_MAGIC: Final = b"fS"
_SUITE: Final = 1  # AES-256-GCM, BLAKE2b commitment
_SCHEMA: Final = 1  # of the associated data and the JSON inside
_COMMIT: Final = 16
_HEADER: Final = 7 + _COMMIT
_SMALLEST: Final = _HEADER + NONCE_BYTES + TAG_BYTES + 2
_KEY: Final = 32
_LAST_VERSION: Final = 0xFFFF
_MOST_CACHED: Final = 4_096
_UUID_LENGTH: Final = (16).to_bytes(4, "big")


class Binding(NamedTuple):
    """Where a bundle belongs. ``subject_id`` is the owner of the key: the person, or the case for joint narrative."""

    incident_id: UUID
    table: str
    info: InfoClass
    row_id: UUID
    subject_id: UUID


class WrappedKey(NamedTuple):
    """A subject's key of one class, as its row holds it: ``version`` counts its keys, ``epoch`` the class's."""

    info: InfoClass
    version: int
    epoch: int
    blob: bytes

    def __repr__(self) -> str:
        return f"<WrappedKey {self.info} v{self.version} e{self.epoch}>"


class Opener:
    """Opens the bundles of one (incident, table, class): what is the same for every row is worked out once.

    The fast path of a page of rows; made by :meth:`Vault.opener`, harmless to keep for the life of the process.
    """

    __slots__ = ("_body_context", "_keks", "_prefix", "_wrap_context")

    def __init__(self, keks: dict[int, AESGCM], incident_id: UUID, table: str, info: InfoClass) -> None:
        self._keks = keks
        self._prefix = _MAGIC + bytes((_SUITE, info.code, _SCHEMA))
        self._wrap_context = _wrap_context(incident_id, info)
        self._body_context = framed((incident_id.bytes, table.encode())) + _UUID_LENGTH

    def open(  # called once a row with the columns as they come; keywords cost a tenth
        self, epoch: int, version: int, wrapped: bytes, row_id: UUID, subject_id: UUID, blob: bytes
    ) -> dict[str, Any]:
        """Return the bundle's values; raises Unreadable, or KeyUnavailable when the class's key is not here."""
        return _parsed(self.plain(epoch, version, wrapped, row_id, subject_id, blob))

    def plain(self, epoch: int, version: int, wrapped: bytes, row_id: UUID, subject_id: UUID, blob: bytes) -> bytes:
        """Return the padded JSON inside a bundle, for this module's own use."""
        kek = self._keks.get(epoch)
        if kek is None:
            raise KeyUnavailable
        subject = subject_id.bytes
        material = _unwrap(kek, self._wrap_context, subject, version, wrapped)
        header = blob[:_HEADER]
        if header != self._prefix + version.to_bytes(2, "big") + material[:_COMMIT] or len(blob) < _SMALLEST:
            raise Unreadable
        bound = header + self._body_context + subject + _UUID_LENGTH + row_id.bytes
        return opened(AESGCM(material[_COMMIT:]), blob[_HEADER:], bound)

    def seal(self, key: WrappedKey, row_id: UUID, subject_id: UUID, plain: bytes) -> bytes:
        """Return the bundle around ``plain``, which is padded JSON; :meth:`Vault.seal` is the way in."""
        kek = self._keks.get(key.epoch)
        if kek is None:
            raise KeyUnavailable
        subject = subject_id.bytes
        material = _unwrap(kek, self._wrap_context, subject, key.version, key.blob)
        header = self._prefix + key.version.to_bytes(2, "big") + material[:_COMMIT]
        bound = header + self._body_context + subject + _UUID_LENGTH + row_id.bytes
        return header + sealed(AESGCM(material[_COMMIT:]), plain, bound)


class Vault:
    """Makes subject keys, seals and opens bundles, with the class keys of this process."""

    __slots__ = ("_active", "_keks", "_openers", "_ring", "_version")

    def __init__(self, ring: "KeyRing") -> None:
        self._ring = ring
        self._version = 1
        self._keks: dict[InfoClass, dict[int, AESGCM]] = {}
        self._active: dict[InfoClass, int] = {}
        self._openers: dict[tuple[UUID, str, InfoClass], Opener] = {}
        for info in InfoClass:
            purpose = f"kek:{info}"
            if purpose in ring.purposes:
                self._active[info] = ring.active_epoch(purpose)
                self._keks[info] = {
                    epoch: AESGCM(ring.subkey(purpose, epoch, "wrap subject keys")) for epoch in ring.epochs(purpose)
                }

    def __repr__(self) -> str:
        return f"<Vault {', '.join(sorted(self._active))}>"

    def adopt(self, version: int) -> None:
        """Follow the ring after it adopted other keys; openers made before follow too.

        ``version`` is the one that subjects' keys are made in from now on.
        """
        self._version = version
        fresh = Vault(self._ring)
        self._active = fresh._active
        for info, held in self._keks.items():
            held.clear()
            held.update(fresh._keks[info])

    def epoch(self, info: InfoClass) -> int:
        """Return the epoch that subjects' keys of the class are wrapped under; raises KeyUnavailable."""
        epoch = self._active.get(info)
        if epoch is None:
            raise KeyUnavailable
        return epoch

    def new_key(
        self, info: InfoClass, incident_id: UUID, subject_id: UUID, *, version: int | None = None
    ) -> WrappedKey:
        """Return a fresh key for what ``info`` says of the subject; raises KeyUnavailable."""
        return self._wrap(
            os.urandom(_KEY), info, incident_id, subject_id, self._version if version is None else version
        )

    def rewrap(self, key: WrappedKey, incident_id: UUID, subject_id: UUID) -> WrappedKey:
        """Return the same key wrapped under the class's active epoch; the bundles stay as they are."""
        dek = _dek(self._kek(key), _wrap_context(incident_id, key.info), subject_id.bytes, key.version, key.blob)
        return self._wrap(dek, key.info, incident_id, subject_id, key.version)

    def reseal(self, key: WrappedKey, fresh: WrappedKey, binding: Binding, blob: bytes) -> bytes:
        """Return the bundle ``blob`` of ``key`` sealed under ``fresh``; what it says is parsed and returned nowhere.

        ``fresh`` may be the key of another class, which the bundle is of from then on. Raises Unreadable when it does
        not open: then the old key must be kept.
        """
        self._refuse_mismatch(key, binding)
        opener = self.opener(binding.incident_id, binding.table, key.info)
        plain = opener.plain(key.epoch, key.version, key.blob, binding.row_id, binding.subject_id, blob)
        sealer = self.opener(binding.incident_id, binding.table, fresh.info)
        return sealer.seal(fresh, binding.row_id, binding.subject_id, plain)

    def seal(self, key: WrappedKey, binding: Binding, values: Mapping[str, JSON]) -> bytes:
        """Return the bundle of ``values`` for the row of ``binding``.

        Raises SealingError for values that JSON cannot hold exactly (a NaN, a date, a tuple, a lone surrogate).
        """
        self._refuse_mismatch(key, binding)
        opener = self.opener(binding.incident_id, binding.table, binding.info)
        plain = padded(_canonical(values), binding.info)
        return opener.seal(key, binding.row_id, binding.subject_id, plain)

    def open(self, key: WrappedKey, binding: Binding, blob: bytes) -> dict[str, Any]:
        """Return the values of ``blob``; raises Unreadable when anything disagrees, KeyUnavailable without the key."""
        self._refuse_mismatch(key, binding)
        opener = self.opener(binding.incident_id, binding.table, binding.info)
        return opener.open(key.epoch, key.version, key.blob, binding.row_id, binding.subject_id, blob)

    def opener(self, incident_id: UUID, table: str, info: InfoClass) -> Opener:
        """Return the opener of a column; raises KeyUnavailable when this process does not hold the class."""
        found = self._openers.get((incident_id, table, info))
        if found is None:
            keks = self._keks.get(info)
            if keks is None:
                raise KeyUnavailable
            if len(self._openers) >= _MOST_CACHED:
                self._openers.clear()
            found = self._openers[incident_id, table, info] = Opener(keks, incident_id, table, info)
        return found

    def _wrap(self, dek: bytes, info: InfoClass, incident_id: UUID, subject_id: UUID, version: int) -> WrappedKey:
        if not 1 <= version <= _LAST_VERSION:
            raise SealingError
        epoch = self._active.get(info)
        if epoch is None:
            raise KeyUnavailable
        commitment = _material(dek)[:_COMMIT]
        bound = commitment + _wrap_context(incident_id, info) + version.to_bytes(2, "big") + subject_id.bytes
        return WrappedKey(info, version, epoch, commitment + sealed(self._keks[info][epoch], dek, bound))

    def _kek(self, key: WrappedKey) -> AESGCM:
        kek = self._keks.get(key.info, {}).get(key.epoch)
        if kek is None:
            raise KeyUnavailable
        return kek

    @staticmethod
    def _refuse_mismatch(key: WrappedKey, binding: Binding) -> None:
        if key.info is not binding.info:
            raise Unreadable


def _wrap_context(incident_id: UUID, info: InfoClass) -> bytes:
    return framed((b"fac subject key", bytes((_SUITE, info.code)), incident_id.bytes))


def _material(dek: bytes) -> bytes:
    """Return commitment (16) and working key (32): neither tells the other, and both name the DEK."""
    return blake2b(dek, digest_size=_COMMIT + _KEY, person=b"fac subject v1").digest()


def _unwrap(kek: AESGCM, context: bytes, subject: bytes, version: int, wrapped: bytes) -> bytes:
    material = _material(_dek(kek, context, subject, version, wrapped))
    if not hmac.compare_digest(material[:_COMMIT], wrapped[:_COMMIT]):
        raise Unreadable
    return material


def _dek(kek: AESGCM, context: bytes, subject: bytes, version: int, wrapped: bytes) -> bytes:
    if len(wrapped) != WRAPPED_BYTES or not 1 <= version <= _LAST_VERSION:
        raise Unreadable
    bound = wrapped[:_COMMIT] + context + version.to_bytes(2, "big") + subject
    return opened(kek, wrapped[_COMMIT:], bound)


def _canonical(values: Mapping[str, JSON]) -> bytes:
    text, held = b"", dict(values)
    # A TypeError of orjson must not travel on as the context of ours.
    with suppress(TypeError):
        text = orjson.dumps(held, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
    if not text or orjson.loads(text) != held:
        raise SealingError
    return text


def _parsed(plain: bytes) -> dict[str, Any]:
    # A ValueError of orjson carries the plaintext, so it must not travel on as the context of ours: raised outside.
    try:
        values = orjson.loads(plain)  # the padding is white space to JSON
    except ValueError:
        values = None
    if type(values) is not dict:
        raise Unreadable
    return values
