"""The only maker of plaintext, and the only sealer.

A sealed value opens only against a Permit (the policy allowed the class) and a Receipt (the audit row that names the
subject stands in the transaction). One that does not open is recorded and alarmed; it never becomes a silent null.
Never: open without both, log a value, keep one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fac.access.guard import Permit
from fac.audit.ledger import Receipt
from fac.crypto.columns import Sealed
from fac.crypto.envelope import Binding, Vault, WrappedKey
from fac.domain.vocabulary import InfoClass
from fac.errors import KeyUnavailable, NotPermitted, Unreadable


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

    def open(
        self, table: str, info: InfoClass, row_id: UUID, subject_id: UUID, key: tuple[int, int, bytes], blob: bytes
    ) -> dict[str, Any] | None:
        """Return the values of a bundle, or None (and a Failure) when it does not open.

        ``key`` is the subject's key row ``(epoch, version, wrapped)``. Raises NotPermitted for a class or a subject that
        the Permit or the Receipt does not name: that would be an unaudited disclosure.
        """
        if not info.bit & self._allowed or subject_id not in self._subjects:
            raise NotPermitted("outside_permit")
        epoch, version, wrapped = key
        try:
            if wrapped is None:
                raise Unreadable
            opener = self._vault.opener(self._incident_id, table, info)
            opened: dict[str, Any] = opener.open(epoch, version, wrapped, row_id, subject_id, blob)
            return opened
        except (Unreadable, KeyUnavailable):
            self.failures.append(Failure(table, info, row_id, subject_id))
            return None


class Disclosure:
    """Seals and opens for one process, with the class keys that process holds."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def opening(self, permit: Permit, receipt: Receipt) -> RowOpening:
        """Return the opening of what ``permit`` allows and ``receipt`` has audited, and no more."""
        return RowOpening(self._vault, permit.actor.incident_id, permit.info & receipt.classes, receipt.subjects)

    def new_key(self, incident_id: UUID, subject_id: UUID, info: InfoClass) -> dict[str, Any]:
        """Return the row of a fresh key for what ``info`` says of the subject (table ``data_keys``)."""
        key = self._vault.new_key(info, incident_id, subject_id)
        return {
            "incident_id": incident_id,
            "subject_id": subject_id,
            "info": info.code,
            "version": key.version,
            "epoch": key.epoch,
            "wrapped": key.blob,
        }

    def seal(
        self, key: Mapping[str, Any], *, table: str, row_id: UUID, info: InfoClass, values: Mapping[str, Any]
    ) -> Sealed:
        """Return the bundle of ``values`` for a row, under the subject's key row."""
        binding = Binding(key["incident_id"], table, info, row_id, key["subject_id"])
        wrapped = WrappedKey(info, key["version"], key["epoch"], key["wrapped"])
        return Sealed(self._vault.seal(wrapped, binding, values))
