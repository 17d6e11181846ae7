"""Verifies an incident's audit trail from its first row, and names the first that is altered, missing or out of order.

Order of looking: seal by seal its own MAC and chain, then its rows; at last the rows that no seal covers yet.
Cutting off the end of the trail leaves a shorter trail that is whole: only a checkpoint kept elsewhere shows that.
A seal lists its rows and keeps one root over them: of a row that somebody with the audit's key made anew it tells
between which rows it lies, and a checkpoint tells from which row on the trail is another one.
Whoever has a former key of the audit's can make nothing of after its change, and exchange nothing of before it: the row
that tells of the change, under the new key, says how far the trail had come (fac.audit.turns).
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
    EVERYTHING,
    FIRST_PREVIOUS,
    MOST_EVENTS,
    digest_of,
    leaves_of,
    pending,
    sealed_parts,
)
from fac.audit.turns import Turns, read_turns
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
    outdated = auto()
    seal_outdated = auto()
    witness_outdated = auto()
    rewritten = auto()
    turn_missing = auto()


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
    FaultKind.outdated: "The audit row {row} was written under a key that had been replaced.",
    FaultKind.seal_outdated: "Seal {seal} was made under a key that had been replaced.",
    FaultKind.witness_outdated: "A witness's line about seal {seal} was signed with a key that had been replaced.",
    FaultKind.rewritten: "Up to seal {seal} the trail is not the one that stood when the audit's key was changed, says"
    " the audit row {row}: it was rewritten, or its end was cut off.",
    FaultKind.turn_missing: "From the audit row {row} on a later key was in use, and no row tells of the change.",
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
    them is of ``unsealed_since``. While the audit's key ``is_turning`` rows under the former one are believed too.
    """

    incident_id: UUID
    seals: int
    sealed: int
    unsealed: int
    fault: Fault | None
    unsealed_since: datetime | None = None
    is_turning: bool = False

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


async def verify(
    connection: Connection, mac: "AuditMac", incident_id: UUID, *, witnesses: Sequence[Checkpoint] = ()
) -> Verdict:
    """Return the verdict on the incident's whole trail, which must extend all ``witnesses``.

    Reads one seal's rows at a time.
    """
    turns = await read_turns(connection, mac, incident_id)
    newest = await _newest_number.value(connection, incident_id=incident_id)
    previous, sealed, fault, last = FIRST_PREVIOUS, 0, None, None
    first: dict[int, UUID] = {}  # row under each epoch
    for number in range(1, newest + 1):
        found = await _seal.first(connection, incident_id=incident_id, number=number)
        seal, lowest = dict(found) if found else None, turns.lowest(number)
        fault = _fault_of_seal(mac, seal, number, previous, lowest, first)
        if fault is None and seal is not None:
            fault = _fault_of_witnesses(seal, witnesses, turns)
        if fault is not None or seal is None:
            return Verdict(incident_id, number, sealed, 0, fault)
        rows = [dict(row) for row in await _events.all(connection, incident_id=incident_id, ids=seal["event_ids"])]
        fault = _fault_of_rows(mac, seal, rows, lowest, first)
        if fault is not None:
            return Verdict(incident_id, number, sealed, 0, fault)
        previous, sealed, last = digest_of(seal), sealed + len(rows), seal["last_event_id"]
    fault = _fault_beyond(newest, last, witnesses, turns)
    unsealed, since = 0, None
    async for row in _unsealed(connection, incident_id):
        unsealed, since = unsealed + 1, since or row["at"]
        fault = fault or _fault_of_row(mac, row, None, turns.lowest(newest + 1), first)
    if fault is None and (untold := turns.untold(first)) is not None:
        fault = Fault(FaultKind.turn_missing, None, untold)
    return Verdict(incident_id, newest, sealed, unsealed, fault, since, is_turning=turns.under_way is not None)


def _fault_of_seal(
    mac: "AuditMac",
    seal: Mapping[str, Any] | None,
    number: int,
    previous: bytes,
    lowest: int,
    first: dict[int, UUID],
) -> Fault | None:
    if seal is None:
        return Fault(FaultKind.seal_missing, number)
    ids: Sequence[UUID] = seal["event_ids"]
    for before, after in pairwise(ids):
        if not before < after:
            return Fault(FaultKind.reordered, number, after)
    epoch = mac.epoch_of(sealed_parts(seal), bytes(seal["mac"]))
    if epoch is None or bytes(seal["previous"]) != previous:
        return Fault(FaultKind.seal_altered, number)
    if epoch < lowest:
        return Fault(FaultKind.seal_outdated, number)
    first.setdefault(epoch, seal["first_event_id"])
    return None


def _fault_of_witnesses(seal: Mapping[str, Any], witnesses: Sequence[Checkpoint], turns: Turns) -> Fault | None:
    """Compare a seal with what was said of it: by those outside, and when the audit's key was changed after it."""
    number, digest = seal["number"], digest_of(seal)
    about = [each for each in witnesses if each.number == number]
    if any(_is_outdated(each, turns) for each in about):
        return Fault(FaultKind.witness_outdated, number)
    if any(each.digest != digest for each in about):
        return Fault(FaultKind.rolled_back, number, seal["first_event_id"])
    for turn in turns.after(number):
        if turn.digest != digest:
            return Fault(FaultKind.rewritten, number, turn.event_id)
    return None


def _fault_beyond(newest: int, last: UUID | None, witnesses: Sequence[Checkpoint], turns: Turns) -> Fault | None:
    """Look for what was said of seals that are not there."""
    beyond = sorted((each for each in witnesses if each.number > newest), key=lambda each: each.number)
    for each in beyond:
        if _is_outdated(each, turns):
            return Fault(FaultKind.witness_outdated, each.number)
    if beyond:
        return Fault(FaultKind.rolled_back, beyond[0].number, last, is_after=True)
    for turn in turns.found:
        if turn.seal > newest:
            return Fault(FaultKind.rewritten, turn.seal, turn.event_id)
    return None


def _is_outdated(witness: Checkpoint, turns: Turns) -> bool:
    return witness.epoch is not None and witness.epoch < turns.lowest(witness.number)


def _fault_of_rows(
    mac: "AuditMac", seal: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], lowest: int, first: dict[int, UUID]
) -> Fault | None:
    held = {row["id"]: row for row in rows}
    for event_id in seal["event_ids"]:
        row = held.get(event_id)
        if row is None:
            return Fault(FaultKind.missing, seal["number"], event_id)
        if (fault := _fault_of_row(mac, row, seal["number"], lowest, first)) is not None:
            return fault
    if root_of(leaves_of(rows)) != bytes(seal["root"]):
        # Every row is genuine, and yet not what was sealed: somebody who had the key made one anew.
        return Fault(FaultKind.exchanged, seal["number"], seal["first_event_id"], until=seal["last_event_id"])
    return None


def _fault_of_row(
    mac: "AuditMac", row: Mapping[str, Any], number: int | None, lowest: int, first: dict[int, UUID]
) -> Fault | None:
    epoch = mac.epoch_of(maced(row), bytes(row["mac"]))
    if epoch is None:
        return Fault(FaultKind.altered, number, row["id"])
    if epoch < lowest:
        return Fault(FaultKind.outdated, number, row["id"])
    first.setdefault(epoch, row["id"])
    return None


async def _unsealed(connection: Connection, incident_id: UUID) -> AsyncIterator[Mapping[str, Any]]:
    after = UUID(int=0)
    while rows := await pending.all(connection, incident_id=incident_id, after=after, most=MOST_EVENTS, **EVERYTHING):
        for row in rows:
            yield dict(row)
        after = rows[-1]["id"]
