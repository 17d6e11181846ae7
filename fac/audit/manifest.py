"""What a backup says of itself: signed, so that a restore knows whether it got back what was written down.

It names the schema, how many rows each incident had, the audit's checkpoints, how far the shred ledger had got, which
keys the data are under, and the digest of each file; all of them as the one snapshot of the dump shows them.
Never: hold a key, or anything personal.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from sqlalchemy import func, select

from fac import __version__
from fac.audit.checkpoint import Checkpoint, take_checkpoint
from fac.audit.seal import all_incidents
from fac.audit.shred_ledger import Head
from fac.db.audit import audit_events
from fac.db.case import cases
from fac.db.key_row import all_class_keys
from fac.db.note import notes
from fac.db.person import persons
from fac.db.referral import referrals
from fac.db.statement import Connection, Statement
from fac.errors import BackupInvalid
from fac.private_files import write_private

if TYPE_CHECKING:
    from fac.crypto.signature import AuditSigner

FILE: Final = "manifest.json"
_FORMAT: Final = "fac backup 1"
_CHUNK: Final = 1 << 20
# What no erasure, change of keys or migration takes away. The trail only grows.
_COUNTED: Final = (persons, cases, referrals, notes, audit_events)
_counts: Final = {
    str(table.name): Statement(
        select(table.c.incident_id, func.count().label("rows")).group_by(table.c.incident_id), across_incidents=True
    )
    for table in _COUNTED
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's own words; ``said`` is everything under the signature."""

    said: Mapping[str, Any]
    public_key: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """What a restore of this backup is known by."""
        return hashlib.sha256(self._signed()).hexdigest()

    @property
    def taken_at(self) -> datetime:
        """When the snapshot was taken."""
        return datetime.fromisoformat(self.said["taken_at"])

    @property
    def schema(self) -> str:
        """The newest migration the database had."""
        return str(self.said["schema"])

    @property
    def head(self) -> Head | None:
        """How far the shred ledger had got, None where the backup was taken without one."""
        held = self.said["shred_ledger"]
        return Head(int(held["lines"]), bytes.fromhex(held["tag"])) if held else None

    def checkpoints(self, signer: "AuditSigner") -> dict[UUID, list[Checkpoint]]:
        """Return the audit's checkpoints by incident; raises AuditBroken for one that this system never signed."""
        found = [Checkpoint.from_text(line, signer) for line in self.said["audit"]]
        return {each.incident_id: [each] for each in found}

    def refuse_unsigned(self, signer: "AuditSigner") -> None:
        """Raise BackupInvalid where this system did not sign it, or with a key that the backup says was replaced.

        ``signer`` has the keys of the database that the backup was put back into.
        """
        epoch = signer.epoch_of(self._signed(), self.signature, self.public_key)
        if epoch is None:
            raise BackupInvalid("Its manifest was not signed by this system.")
        if epoch < signer.epoch:
            raise BackupInvalid("Its manifest was signed with a key that had been replaced.")

    def refuse_other_counts(self, counted: Mapping[str, Mapping[str, int]]) -> None:
        """Raise BackupInvalid where a database holds other rows than were written down."""
        for incident, rows in self.said["incidents"].items():
            for name, many in rows.items():
                there = counted.get(incident, {}).get(name, 0)
                if there < many or (there > many and name != audit_events.name):
                    raise BackupInvalid(f"It has {many} rows of {name} in incident {incident}, the database {there}.")

    def write(self, folder: Path) -> None:
        """Write it beside what it describes, with mode 0600."""
        held = {**self.said, "public_key": self.public_key.hex(), "signature": self.signature.hex()}
        write_private(folder / FILE, orjson.dumps(held, option=orjson.OPT_INDENT_2).decode() + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read it, and compare every file with what it says; raises BackupInvalid."""
        try:
            held = orjson.loads((folder / FILE).read_bytes())
            key, signature = bytes.fromhex(held.pop("public_key")), bytes.fromhex(held.pop("signature"))
            files = dict(held["files"])
            if held["format"] != _FORMAT:
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise BackupInvalid("There is no manifest that fac wrote.") from None
        for name, digest in files.items():
            path = folder / Path(name).name
            if not path.is_file() or digest_of_file(path) != digest:
                raise BackupInvalid(f"The file {path.name} is missing or was altered.")
        return cls(held, key, signature)

    def _signed(self) -> bytes:
        return orjson.dumps(self.said, option=orjson.OPT_SORT_KEYS)


async def describe(
    connection: Connection, signer: "AuditSigner", *, schema: str, head: Head | None, taken_at: datetime
) -> dict[str, Any]:
    """Return what a manifest says of the snapshot that ``connection`` looks at, but for the files.

    Raises BackupInvalid where the audit's key was changed since this process opened its own.
    """
    incidents = [row["id"] for row in await all_incidents.all(connection)]
    taken = [await take_checkpoint(connection, each) for each in incidents]
    keys = await all_class_keys.all(connection)
    if not any(row["purpose"] == "audit" and row["state"] == "active" and row["epoch"] == signer.epoch for row in keys):
        raise BackupInvalid("The audit's key was changed this very moment; take it again.")
    return {
        "format": _FORMAT,
        "program": __version__,
        "taken_at": taken_at.astimezone(UTC).isoformat(),
        "server": await connection.fetchval("SHOW server_version"),
        "schema": schema,
        "keys": [{"purpose": row["purpose"], "epoch": row["epoch"], "state": row["state"]} for row in keys],
        "incidents": {str(each): {} for each in incidents} | await count(connection),
        "audit": [each.as_text(signer) for each in taken if each is not None],
        "shred_ledger": {"lines": head.lines, "tag": head.tag.hex()} if head else None,
    }


def sign(said: Mapping[str, Any], files: Iterable[Path], signer: "AuditSigner") -> Manifest:
    """Return the manifest of what was described and of the files it lies in."""
    whole = {**said, "files": {path.name: digest_of_file(path) for path in files}}
    unsigned = Manifest(whole, signer.public_key, b"")
    return Manifest(whole, signer.public_key, signer.sign(unsigned._signed()))


async def count(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many rows of each counted table each incident has."""
    counted: dict[str, dict[str, int]] = {}
    for name, statement in _counts.items():
        for row in await statement.all(connection):
            counted.setdefault(str(row["incident_id"]), {})[name] = row["rows"]
    return counted


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
