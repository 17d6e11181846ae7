"""Seals runs of audit rows in the background: a Merkle root, chained to the seal before, under the audit key.

A row's own MAC shows that it was altered; a seal shows that one is gone or out of order. A seal lists the ids that it
covers, so a row that was committed late, or by a machine whose clock is wrong, simply lands in a later seal. Chaining
inside the request's transaction would make all requests of an incident wait for each other; this costs them nothing.
Never: seal a row twice, or be the only witness: the newest seal is logged, and a checkpoint can be kept elsewhere.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select

from fac.audit.accounting import count_reads
from fac.audit.ledger import MACED, maced
from fac.audit.merkle import root_of
from fac.crypto.framing import framed
from fac.db.audit import audit_events, audit_seals
from fac.db.incident import incidents
from fac.db.statement import Connection, Statement, insert_into
from fac.domain.ids import new_id

if TYPE_CHECKING:
    from fac.crypto.mac import AuditMac

MOST_EVENTS = 4096
FIRST_PREVIOUS = bytes(32)
# Younger rows wait, so that rows of transactions that end about now come in order.
GRACE = timedelta(seconds=5)
# A pass looks back this far for rows that were committed late; a whole pass looks at everything.
LOOK_BACK = timedelta(minutes=10)
_AHEAD = timedelta(minutes=1)
_LOWEST = UUID(int=0)
_HIGHEST = UUID(int=(1 << 128) - 1)
# The bounds within which all is that no seal covers, however young.
EVERYTHING = {"settled": _HIGHEST, "ahead": _HIGHEST}

EVENT_COLUMNS = (*(audit_events.c[name] for name in MACED), audit_events.c.mac)


def _id(name: str) -> Any:
    return bindparam(name, type_=Uuid, required=True)


# What no seal covers. Ids younger than `settled` wait; those far `ahead` come from a wrong clock and do not.
_pending_ids = (
    select(audit_events.c.id)
    .where(
        audit_events.c.incident_id == _id("incident_id"),
        audit_events.c.id > _id("after"),
        or_(audit_events.c.id < _id("settled"), audit_events.c.id > _id("ahead")),
    )
    .except_(
        select(func.unnest(audit_seals.c.event_ids)).where(
            audit_seals.c.incident_id == _id("incident_id"), audit_seals.c.last_event_id > _id("after")
        )
    )
    .subquery()
)
pending = Statement(
    select(*EVENT_COLUMNS)
    .where(audit_events.c.incident_id == _id("incident_id"), audit_events.c.id.in_(select(_pending_ids.c.id)))
    .order_by(audit_events.c.id)
    .limit(bindparam("most", required=True))
)
newest_seal = Statement(
    select(audit_seals)
    .where(audit_seals.c.incident_id == _id("incident_id"))
    .order_by(audit_seals.c.number.desc())
    .limit(1)
)
all_incidents = Statement(select(incidents.c.id).order_by(incidents.c.id))
_insert_seal = insert_into(audit_seals)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal just made: its number, how many rows it covers, and the digest that the next one will name."""

    number: int
    events: int
    digest: bytes


async def seal_pending(
    connection: Connection, mac: "AuditMac", incident_id: UUID, *, now: datetime, whole: bool = False
) -> Sealed | None:
    """Seal up to MOST_EVENTS rows of the incident in the caller's transaction; None when there is nothing to seal.

    ``now`` is the real time, which ids are made from. Two sealers at once: the number is unique, so the second fails
    with a unique violation and is rolled back by its caller.
    """
    return await _seal_within(connection, mac, incident_id, now, window(now, whole=whole))


async def seal_everything(
    connection: Connection, mac: "AuditMac", incident_id: UUID, *, now: datetime
) -> Sealed | None:
    """Seal up to MOST_EVENTS rows as ``seal_pending``, however young: less than so many, and no older one is left."""
    return await _seal_within(connection, mac, incident_id, now, {"after": _LOWEST, **EVERYTHING})


async def _seal_within(
    connection: Connection, mac: "AuditMac", incident_id: UUID, now: datetime, bounds: Mapping[str, UUID]
) -> Sealed | None:
    # The number first, the rows after: a seal that comes between takes this number away, so no row is sealed twice.
    last = await newest_seal.first(connection, incident_id=incident_id)
    found = await pending.all(connection, incident_id=incident_id, most=MOST_EVENTS, **bounds)
    rows = [dict(row) for row in found]
    if not rows:
        return None
    seal: dict[str, Any] = {
        "incident_id": incident_id,
        "id": new_id(),
        "number": last["number"] + 1 if last else 1,
        "sealed_at": now,
        "first_event_id": rows[0]["id"],
        "last_event_id": rows[-1]["id"],
        "events": len(rows),
        "event_ids": [row["id"] for row in rows],
        "root": root_of(leaves_of(rows)),
        "previous": digest_of(dict(last)) if last else FIRST_PREVIOUS,
    }
    seal["mac"] = mac.tag(sealed_parts(seal))
    await _insert_seal.run(connection, **seal)
    await count_reads(connection, incident_id, seal["event_ids"])
    return Sealed(seal["number"], len(rows), digest_of(seal))


def window(now: datetime, *, whole: bool = False) -> dict[str, UUID]:
    """Return the ids between which unsealed rows are looked for."""
    return {
        "after": _LOWEST if whole else lowest_id(now - LOOK_BACK),
        "settled": lowest_id(now - GRACE),
        "ahead": lowest_id(now + _AHEAD),
    }


def lowest_id(at: datetime) -> UUID:
    """Return the lowest UUIDv7 of that millisecond."""
    milliseconds = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    return UUID(int=milliseconds << 80)


def leaves_of(rows: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Return what of each row goes into the tree: everything it says, and its MAC."""
    return [framed([*maced(row), bytes(row["mac"])]) for row in rows]


def sealed_parts(seal: Mapping[str, Any]) -> list[bytes]:
    """Return the parts of a seal that its MAC and its digest cover, in their fixed order."""
    return [
        seal["incident_id"].bytes,
        str(seal["number"]).encode(),
        seal["sealed_at"].astimezone(UTC).isoformat().encode(),
        b"".join(each.bytes for each in (seal["first_event_id"], seal["last_event_id"], *seal["event_ids"])),
        str(seal["events"]).encode(),
        bytes(seal["root"]),
        bytes(seal["previous"]),
    ]


def digest_of(seal: Mapping[str, Any]) -> bytes:
    """Return the seal's digest: what the next seal and a checkpoint name it by. It needs no key."""
    return hashlib.sha256(framed(sealed_parts(seal))).digest()
