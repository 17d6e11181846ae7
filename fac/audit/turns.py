"""The changes of the audit's key that a trail tells of: from which seal on nothing under a former key is believed.

A rotation first seals all that was written under the former key. Only then, in every trail, it writes a row under the
new one that names the newest seal and its digest (fac.jobs.rotation.reauditing): a checkpoint within the trail, made
with a key that whoever has a former one lacks. They can add nothing behind it and exchange nothing before it.
Never: believe what tells of a turn and is itself under a key that a later turn had replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, bindparam, func, select

from fac.audit.ledger import maced
from fac.audit.seal import EVENT_COLUMNS, FIRST_PREVIOUS
from fac.db import key_row
from fac.db.audit import audit_events, audit_seals
from fac.db.statement import Connection, Statement

if TYPE_CHECKING:
    from fac.audit.checkpoint import Checkpoint
    from fac.crypto.mac import AuditMac

EVENT: Final = "key.rotation_finished"
_KIND: Final = "audit"

_told = Statement(
    select(*EVENT_COLUMNS)
    .where(
        audit_events.c.incident_id == bindparam("incident_id", type_=Uuid),
        audit_events.c.event == bindparam("event", type_=Text),
    )
    .order_by(audit_events.c.id)
)
_sealed_in = Statement(
    select(func.min(audit_seals.c.number)).where(
        audit_seals.c.incident_id == bindparam("incident_id", type_=Uuid),
        audit_seals.c.last_event_id >= bindparam("event_id", type_=Uuid),
        bindparam("event_id", type_=Uuid) == any_(audit_seals.c.event_ids),
    )
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One change: to which epoch, after which seal (0: the trail began under it), and the row that tells of it."""

    epoch: int
    seal: int
    digest: bytes
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Turns:
    """Every change that a trail tells of, and the epoch of one that is under way and will be told of."""

    found: Sequence[Turn]
    under_way: int | None

    def lowest(self, number: int) -> int:
        """Return the lowest epoch that a seal of this number, its rows, and a witness's line about it can be under."""
        return max((each.epoch for each in self.found if each.seal < number), default=0)

    def after(self, number: int) -> list[Turn]:
        """Return the turns that name this seal."""
        return [each for each in self.found if each.seal == number]

    def untold(self, first: Mapping[int, UUID]) -> UUID | None:
        """Return the first row, by epoch, under a key that the trail came to without telling of it; None for none."""
        told = {each.epoch for each in self.found} | {self.under_way, min(first, default=0)}
        return next((first[epoch] for epoch in sorted(first) if epoch not in told), None)


def mark(checkpoint: "Checkpoint | None") -> dict[str, Any]:
    """Return what the row that tells of a turn says of the trail, sealed up to ``checkpoint``, before it."""
    if checkpoint is None:
        return {"seal": 0, "digest": FIRST_PREVIOUS.hex()}
    return {"seal": checkpoint.number, "digest": checkpoint.digest.hex()}


async def read_turns(connection: Connection, mac: "AuditMac", incident_id: UUID) -> Turns:
    """Return the turns of an incident's trail.

    Asked before the trail is read: a process that verifies holds keys, so no rotation begins and ends meanwhile.
    """
    under_way = await key_row.unfinished_rotation.first(connection, kind=_KIND)
    rows = await _told.all(connection, incident_id=incident_id, event=EVENT)
    told = [turn for row in rows if (turn := _turn_of(mac, dict(row))) is not None]
    found: list[Turn] = []
    for turn in sorted(told, key=lambda each: each.epoch, reverse=True):
        last = min((each.seal for each in found if each.epoch > turn.epoch), default=None)
        if last is not None:
            sealed_in = await _sealed_in.value(connection, incident_id=incident_id, event_id=turn.event_id)
            if sealed_in is None or sealed_in > last:
                continue  # made up with a former key, and named when its place is come to
        found.append(turn)
    return Turns(found, under_way["target"] if under_way else None)


def _turn_of(mac: "AuditMac", row: Mapping[str, Any]) -> Turn | None:
    epoch, detail = mac.epoch_of(maced(row), bytes(row["mac"])), row["detail"]
    if epoch is None or not isinstance(detail, dict) or detail.get("kind") != _KIND or detail.get("target") != epoch:
        return None
    try:
        return Turn(epoch, int(detail["seal"]), bytes.fromhex(detail["digest"]), row["id"])
    except (KeyError, TypeError, ValueError):
        return None
