"""The only maker of plaintext, and the only sealer.

A sealed value opens only against a Permit (the policy allowed the class) and a Receipt (the audit row that names the
subject stands in the transaction). One that does not open is recorded and alarmed; it never becomes a silent null.
Never: open without both, log a value, keep one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from fac.access.guard import Permit
from fac.audit.ledger import Receipt
from fac.crypto.columns import Sealed
from fac.crypto.envelope import Binding, Vault, WrappedKey
from fac.domain.vocabulary import InfoClass
from fac.errors import KeyUnavailable, NotPermitted, Unreadable

Open: TypeAlias = Callable[[int, int, Any, UUID, UUID, bytes], "dict[str, Any] | None"]

_BY_CODE = {each.code: each for each in InfoClass}


@dataclass(frozen=True, slots=True)
class Failure:
    """A sealed value that did not open."""

    table: str
    info: InfoClass
    row_id: UUID
    subject_id: UUID


@dataclass(slots=True)
class RowOpening:
    """Opens the sealed values of one audited read; made by :meth:`Disclosure.opening`."""

    _vault: Vault
    _incident_id: UUID
    _allowed: int
    _subjects: frozenset[UUID]
    failures: list[Failure] = field(default_factory=list)

    def opener(self, table: str, info: InfoClass, sealed_as: InfoClass | None = None) -> Open:
        """Return the function that opens bundles of ``info`` in rows of ``table``; ``sealed_as``: of an older class.

        It takes the subject's key row, the ids of row and subject, and the bundle, and returns the values, or None (and
        leaves a Failure) when the bundle does not open. Raises NotPermitted for a class or a subject that the Permit or
        the Receipt does not name: that would be an unaudited disclosure.
        """
        if not info.bit & self._allowed:
            raise NotPermitted("outside_permit")
        try:
            unlock: Open | None = self._vault.opener(self._incident_id, table, sealed_as or info).open
        except KeyUnavailable:
            unlock = None
        subjects, failures = self._subjects, self.failures

        def open_bundle(  # once a row, with the columns as they come
            epoch: int, version: int, wrapped: bytes | None, row_id: UUID, subject_id: UUID, blob: bytes
        ) -> dict[str, Any] | None:
            if subject_id not in subjects:
                raise NotPermitted("outside_permit")
            try:
                if wrapped is None or unlock is None:
                    raise Unreadable
                return unlock(epoch, version, wrapped, row_id, subject_id, blob)
            except (Unreadable, KeyUnavailable):
                failures.append(Failure(table, info, row_id, subject_id))
                return None

        return open_bundle

    def open(
        self, table: str, info: InfoClass, row_id: UUID, subject_id: UUID, key: tuple[int, int, bytes], blob: bytes
    ) -> dict[str, Any] | None:
        """Open one bundle as :meth:`opener` does; ``key`` is the subject's key row ``(epoch, version, wrapped)``."""
        return self.opener(table, info)(*key, row_id, subject_id, blob)


class Disclosure:
    """Seals and opens for one process, with the class keys that process holds."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def adopt_keys(self, version: int) -> None:
        """Follow the process's keys after they changed; new keys of subjects are made in ``version``."""
        self._vault.adopt(version)

    def epoch(self, info: InfoClass) -> int:
        """Return the epoch of the class's key that subjects' keys are wrapped under; raises KeyUnavailable."""
        return self._vault.epoch(info)

    def rewrap(self, key: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row of the same subject's key wrapped under the active epoch; bundles stay as they are."""
        info = _BY_CODE[key["info"]]
        wrapped = WrappedKey(info, key["version"], key["epoch"], key["wrapped"])
        return self._row(self._vault.rewrap(wrapped, key["incident_id"], key["subject_id"]), key)

    def renew(self, key: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Return the row of another key for the same subject and class; every bundle must be resealed under it."""
        info = _BY_CODE[key["info"]]
        return self._row(self._vault.new_key(info, key["incident_id"], key["subject_id"], version=version), key)

    def reseal(
        self, key: Mapping[str, Any], fresh: Mapping[str, Any], *, table: str, row_id: UUID, blob: bytes
    ) -> bytes:
        """Return a bundle of ``key`` sealed under ``fresh``, its subject's; nobody is shown it. Raises Unreadable."""
        held, renewed = (
            WrappedKey(_BY_CODE[each["info"]], each["version"], each["epoch"], each["wrapped"]) for each in (key, fresh)
        )
        binding = Binding(key["incident_id"], table, held.info, row_id, key["subject_id"])
        return self._vault.reseal(held, renewed, binding, blob)

    @staticmethod
    def _row(key: WrappedKey, of: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "incident_id": of["incident_id"],
            "subject_id": of["subject_id"],
            "info": key.info.code,
            "version": key.version,
            "epoch": key.epoch,
            "wrapped": key.blob,
        }

    def opening(self, permit: Permit, receipt: Receipt) -> RowOpening:
        """Return the opening of what ``permit`` allows and ``receipt`` has audited, and no more."""
        return RowOpening(self._vault, permit.actor.incident_id, permit.info & receipt.classes, receipt.subjects)

    def new_key(self, incident_id: UUID, subject_id: UUID, info: InfoClass) -> dict[str, Any]:
        """Return the row of a fresh key for what ``info`` says of the subject (table ``data_keys``)."""
        key = self._vault.new_key(info, incident_id, subject_id)
        return self._row(key, {"incident_id": incident_id, "subject_id": subject_id})

    def seal(
        self, key: Mapping[str, Any], *, table: str, row_id: UUID, info: InfoClass, values: Mapping[str, Any]
    ) -> Sealed:
        """Return the bundle of ``values`` for a row, under the subject's key row."""
        binding = Binding(key["incident_id"], table, info, row_id, key["subject_id"])
        wrapped = WrappedKey(info, key["version"], key["epoch"], key["wrapped"])
        return Sealed(self._vault.seal(wrapped, binding, values))
