"""A checkpoint: the newest seal's number and digest, kept by an outside witness.

Whoever holds one can prove later that the trail was cut off or rewritten, whoever did it and whatever keys they had.
Never: hold anything secret or personal; it is made to be given away.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import orjson

from fac.audit.seal import digest_of, newest_seal
from fac.db.statement import Connection
from fac.errors import AuditBroken

_FORMAT = "fac-audit-checkpoint-1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Up to which seal an incident's trail had come, and that seal's digest."""

    incident_id: UUID
    number: int
    sealed_at: datetime
    digest: bytes

    def as_text(self) -> str:
        """Return one line of JSON."""
        return orjson.dumps(
            {
                "format": _FORMAT,
                "incident": str(self.incident_id),
                "seal": self.number,
                "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
                "digest": self.digest.hex(),
            }
        ).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the checkpoint that a line of JSON says; raises AuditBroken when it says none."""
        try:
            said = orjson.loads(text)
            if said["format"] != _FORMAT:
                raise ValueError
            at = datetime.fromisoformat(said["sealed_at"])
            return cls(UUID(said["incident"]), int(said["seal"]), at, bytes.fromhex(said["digest"]))
        except (ValueError, TypeError, KeyError):
            raise AuditBroken("The file holds no checkpoint of this system.") from None


async def take_checkpoint(connection: Connection, incident_id: UUID) -> Checkpoint | None:
    """Return the checkpoint at the newest seal, None while nothing is sealed."""
    seal = await newest_seal.first(connection, incident_id=incident_id)
    if seal is None:
        return None
    return Checkpoint(incident_id, seal["number"], seal["sealed_at"], digest_of(dict(seal)))


def read_checkpoints(text: str) -> dict[UUID, Checkpoint]:
    """Return the newest checkpoint of each incident in ``text``, a checkpoint a line; raises AuditBroken."""
    found: dict[UUID, Checkpoint] = {}
    for line in text.splitlines():
        if line.strip():
            each = Checkpoint.from_text(line)
            held = found.get(each.incident_id)
            found[each.incident_id] = each if held is None or each.number > held.number else held
    return found
