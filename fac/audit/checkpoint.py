"""A checkpoint: the newest seal's number and digest, signed, kept by an outside witness.

Whoever holds one can prove later that the trail was cut off or rewritten, whoever did it and whatever keys they had: a
trail extends every checkpoint ever taken of it, or it was tampered with. The signature tells a checkpoint of ours from
one that somebody made up to discredit the trail; it covers the line as it stands, without its last member.
Never: hold anything secret or personal; it is made to be given away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from fac.audit.seal import digest_of, newest_seal
from fac.crypto.signature import is_signed
from fac.db.statement import Connection
from fac.errors import AuditBroken

if TYPE_CHECKING:
    from fac.crypto.signature import AuditSigner

_FORMAT = "fac-audit-checkpoint-2"

_LATER = (
    "The checkpoint at seal {number} was signed with a later audit key than this database knows, and one that it knows"
    " vouches for that key. If a backup of before the change of keys was put back, such lines hold no longer, rightly:"
    " check the older ones by themselves, keep the file with a note and begin another (docs/deploy.md). If none was,"
    " the database was put back by somebody else, or the line made by whoever has a former key."
)

Witnesses = Mapping[UUID, Sequence["Checkpoint"]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to which seal an incident's trail had come, and that seal's digest.

    ``epoch``: of the audit key that a line was signed with; None for what was just taken.
    """

    incident_id: UUID
    number: int
    sealed_at: datetime
    digest: bytes
    epoch: int | None = field(default=None, compare=False)

    def as_text(self, signer: "AuditSigner") -> str:
        """Return one line of JSON: what it says, the public key, and the signature (hex) over all before it.

        After a change of keys also who vouches for the public key, and for that one, back to the first.
        """
        said: dict[str, Any] = {
            "format": _FORMAT,
            "incident": str(self.incident_id),
            "seal": self.number,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "digest": self.digest.hex(),
            "public_key": signer.public_key.hex(),
        }
        if before := signer.successions():
            said["succession"] = [[key.hex(), signature.hex()] for key, signature in before]
        return orjson.dumps(said | {"signature": signer.sign(orjson.dumps(said)).hex()}).decode()

    @classmethod
    def from_text(cls, text: str, signer: "AuditSigner") -> "Checkpoint":
        """Return the checkpoint that a line says; raises AuditBroken when it says none, or this system never did."""
        try:
            said = orjson.loads(text)
            if said["format"] != _FORMAT:
                raise ValueError
            at = datetime.fromisoformat(said["sealed_at"])
            found = cls(UUID(said["incident"]), int(said["seal"]), at, bytes.fromhex(said["digest"]))
            signature, key = bytes.fromhex(said.pop("signature")), bytes.fromhex(said["public_key"])
            before = [(bytes.fromhex(former), bytes.fromhex(its)) for former, its in said.get("succession", ())]
        except (ValueError, TypeError, KeyError):
            raise AuditBroken("The file holds a line that is no checkpoint.") from None
        message = orjson.dumps(said)
        epoch = signer.epoch_of(message, signature, key)
        if epoch is None:
            if is_signed(message, signature, key) and signer.is_followed(key, before):
                raise AuditBroken(_LATER.format(number=found.number))
            raise AuditBroken(f"The checkpoint at seal {found.number} was altered, or not signed by this system.")
        return replace(found, epoch=epoch)


async def take_checkpoint(connection: Connection, incident_id: UUID) -> Checkpoint | None:
    """Return the checkpoint at the newest seal, None while nothing is sealed."""
    seal = await newest_seal.first(connection, incident_id=incident_id)
    if seal is None:
        return None
    return Checkpoint(incident_id, seal["number"], seal["sealed_at"], digest_of(dict(seal)))


def read_checkpoints(text: str, signer: "AuditSigner") -> Witnesses:
    """Return every checkpoint of each incident in ``text``, a checkpoint a line; raises AuditBroken."""
    found: dict[UUID, list[Checkpoint]] = {}
    for line in text.splitlines():
        if line.strip():
            each = Checkpoint.from_text(line, signer)
            found.setdefault(each.incident_id, []).append(each)
    if not found:
        raise AuditBroken("The file holds no checkpoint.")
    return found
