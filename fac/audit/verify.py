"""Verifies an incident's audit trail from its first row, and names the first that is altered, missing or out of order.

Order of looking: seal by seal its own MAC and chain, then its rows; at last the rows that no seal covers yet.
Cutting off the end of the trail leaves a shorter trail that is whole: only a checkpoint kept elsewhere shows that.
A seal lists its rows and keeps one root over them: of a row that somebody with the audit's key made anew it tells
between which rows it lies, and a checkpoint tells from which row on the trail is another one.
Never: write, repair, or stop at the first seal that is fine.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from fac.audit.checkpoint import Checkpoint
from fac.audit.ledger import maced
from fac.audit.merkle import root_of
from fac.audit.seal import (
    EVENT_COLUMNS,
    FIRST_PREVIOUS,
    MOST_EVENTS,
    digest_of,
    leaves_of,
    pending,
    sealed_parts,
)
from fac.db.audit import audit_events, audit_seals
from fac.db.statement import Connection, Statement

if TYPE_CHECKING:
    from fac.crypto.mac import AuditMac


class FaultKind(StrEnum):
    """What is wrong with the trail."""

    altered = auto()
    exchanged = auto()
    missing = auto()
    reordered = auto()
    seal_altered = auto()
    seal_missing = auto()
    rolled_back = auto()


_WORDS = {
    FaultKind.altered: "The audit row {row} was altered or was not written by this system.",
    FaultKind.exchanged: "Of the audit rows {row} to {last} one is not what seal {seal} covers, though it was made"
    " under the audit's key.",
    FaultKind.missing: "The audit row {row}, which seal {seal} covers, is gone.",
    FaultKind.reordered: "The audit row {row} is out of its place in seal {seal}.",
    FaultKind.seal_altered: "Seal {seal} was altered or does not follow from the one before.",
    FaultKind.seal_missing: "Seal {seal} is gone.",
    FaultKind.rolled_back: "The trail does not extend the checkpoint at seal {seal}: its end was cut off or rewritten,"
    " {place} the audit row {row}.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong: which row, and in which seal (None where no seal covers the row yet).

    ``until``: the last row that it may be, where the seal does not tell. Of a trail rolled back ``event_id`` is the
    first row that is not as witnessed, or, where the witnessed seal is gone, the last one left (``is_after``).
    """

    kind: FaultKind
    seal: int | None = None
    event_id: UUID | None = None
    until: UUID | None = None
    is_after: bool = False

    @property
    def sentence(self) -> str:
        """What a person is told."""
        place = "after" if self.is_after else "from"
        row = self.event_id or "none"
        return _WORDS[self.kind].format(row=row, seal=self.seal, last=self.until, place=place)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and the first fault if there is one.

    ``unsealed`` rows were checked by their own MAC only, and nobody could tell that there had been more: the first of
    them is of ``unsealed_since``.
    """

    incident_id: UUID
    seals: int
    sealed: int
    unsealed: int
    fault: Fault | None
    unsealed_since: datetime | None = None

    @property
    def holds(self) -> bool:
        """Tell whether nothing is wrong."""
        return self.fault is None


_newest_number = Statement(
    select(func.coalesce(func.max(audit_seals.c.number), 0)).where(
        audit_seals.c.incident_id == bindparam("incident_id", type_=Uuid)
    )
)
_seal = Statement(
    select(audit_seals).where(
        audit_seals.c.incident_id == bindparam("incident_id", type_=Uuid),
        audit_seals.c.number == bindparam("number"),
    )
)
_events = Statement(
    select(*EVENT_COLUMNS)
    .where(
        audit_events.c.incident_id == bindparam("incident_id", type_=Uuid),
        audit_events.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
    .order_by(audit_events.c.id)
)
_HIGHEST = UUID(int=(1 << 128) - 1)


async def verify(
    connection: Connection, mac: "AuditMac", incident_id: UUID, *, witnesses: Sequence[Checkpoint] = ()
) -> Verdict:
    """Return the verdict on the incident's whole trail, which must extend all ``witnesses``.

    Reads one seal's rows at a time.
    """
    newest = await _newest_number.value(connection, incident_id=incident_id)
    previous, sealed, fault, last = FIRST_PREVIOUS, 0, None, None
    for number in range(1, newest + 1):
        found = await _seal.first(connection, incident_id=incident_id, number=number)
        seal = dict(found) if found else None
        fault = _fault_of_seal(mac, seal, number, previous, witnesses)
        if fault is not None or seal is None:
            return Verdict(incident_id, number, sealed, 0, fault)
        rows = [dict(row) for row in await _events.all(connection, incident_id=incident_id, ids=seal["event_ids"])]
        fault = _fault_of_rows(mac, seal, rows)
        if fault is not None:
            return Verdict(incident_id, number, sealed, 0, fault)
        previous, sealed, last = digest_of(seal), sealed + len(rows), seal["last_event_id"]
    if beyond := [each.number for each in witnesses if each.number > newest]:
        fault = Fault(FaultKind.rolled_back, min(beyond), last, is_after=True)
    unsealed, since = 0, None
    async for row in _unsealed(connection, incident_id):
        unsealed, since = unsealed + 1, since or row["at"]
        if fault is None and not mac.verify(maced(row), bytes(row["mac"])):
            fault = Fault(FaultKind.altered, None, row["id"])
    return Verdict(incident_id, newest, sealed, unsealed, fault, since)


def _fault_of_seal(
    mac: "AuditMac", seal: Mapping[str, Any] | None, number: int, previous: bytes, witnesses: Sequence[Checkpoint]
) -> Fault | None:
    if seal is None:
        return Fault(FaultKind.seal_missing, number)
    ids: Sequence[UUID] = seal["event_ids"]
    for before, after in pairwise(ids):
        if not before < after:
            return Fault(FaultKind.reordered, number, after)
    if not mac.verify(sealed_parts(seal), bytes(seal["mac"])) or bytes(seal["previous"]) != previous:
        return Fault(FaultKind.seal_altered, number)
    if any(each.number == number and each.digest != digest_of(seal) for each in witnesses):
        return Fault(FaultKind.rolled_back, number, seal["first_event_id"])
    return None


def _fault_of_rows(mac: "AuditMac", seal: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Fault | None:
    held = {row["id"]: row for row in rows}
    for event_id in seal["event_ids"]:
        row = held.get(event_id)
        if row is None:
            return Fault(FaultKind.missing, seal["number"], event_id)
        if not mac.verify(maced(row), bytes(row["mac"])):
            return Fault(FaultKind.altered, seal["number"], event_id)
    if root_of(leaves_of(rows)) != bytes(seal["root"]):
        # Every row is genuine, and yet not what was sealed: somebody who had the key made one anew.
        return Fault(FaultKind.exchanged, seal["number"], seal["first_event_id"], until=seal["last_event_id"])
    return None


async def _unsealed(connection: Connection, incident_id: UUID) -> AsyncIterator[Mapping[str, Any]]:
    bounds = {"settled": _HIGHEST, "ahead": _HIGHEST}
    after = UUID(int=0)
    while rows := await pending.all(connection, incident_id=incident_id, after=after, most=MOST_EVENTS, **bounds):
        for row in rows:
            yield dict(row)
        after = rows[-1]["id"]
