"""Appends audit rows: in the same transaction as the change or the read they tell of.

Each row carries a MAC over all it says, so an altered row is found; seals over runs of rows (fac.audit.seal) find
missing and reordered ones. A row is written only for a session that is still alive; without the row nothing is read.
A row that the database does not take (no permission, no room, a trigger of somebody's) is AuditUnavailable, which ends
the transaction it stood in.
Never: update, delete, or hold a personal value.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import ARRAY, DateTime, Integer, LargeBinary, Text, Uuid, and_, bindparam, exists, insert, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from fac.access.actor import Actor
from fac.audit.events import EVENTS
from fac.db.audit import audit_events
from fac.db.staff import session_lives, sessions
from fac.db.statement import Connection, Statement, insert_into
from fac.domain.ids import new_id
from fac.errors import AuditUnavailable, NotSignedIn
from fac.logs import get_log

if TYPE_CHECKING:
    from fac.crypto.mac import AuditMac

_MINT = object()


class Receipt:
    """Proof that the audit row of a read or change stands in the transaction; only the ledger makes one."""

    __slots__ = ("classes", "event_id", "subjects")

    def __init__(self, mint: object, event_id: UUID, subjects: frozenset[UUID], classes: int) -> None:
        if mint is not _MINT:
            raise TypeError("only the ledger gives receipts")
        self.event_id = event_id
        self.subjects = subjects
        self.classes = classes


@dataclass(frozen=True, slots=True)
class Entry:
    """What one audit row tells. ``detail`` holds ids and words only; ``classes`` is a mask of InfoClass bits."""

    event: str
    operation: str
    record: str
    record_id: UUID | None = None
    subjects: Sequence[UUID] = ()
    classes: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.event not in EVENTS:
            raise LookupError(f"no such audit event: {self.event}")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """In which request, under which policy, when."""

    at: datetime
    policy_version: bytes
    correlation_id: UUID


_TYPES: dict[str, Any] = {
    "incident_id": Uuid, "id": Uuid, "at": DateTime(timezone=True), "event": Text, "membership_id": Uuid,
    "session_id": Uuid, "operation": Text, "record": Text, "record_id": Uuid, "subjects": ARRAY(Uuid),
    "classes": Integer, "detail": JSONB, "policy_version": LargeBinary, "correlation_id": Uuid, "mac": LargeBinary,
}  # fmt: skip
MACED = tuple(name for name in _TYPES if name != "mac")


def session_is_live() -> Any:
    """Return the condition that the parameters ``session_id`` and ``at`` name a live session, or no session at all.

    A worker's actor has no session; a person's must be unrevoked, unexpired and in use, and its membership not ended.
    """
    session_id = bindparam("session_id", type_=Uuid, required=True)
    live = exists().where(
        sessions.c.incident_id == bindparam("incident_id", type_=Uuid, required=True),
        sessions.c.id == session_id,
        *session_lives("at"),
    )
    return or_(session_id.is_(None), live)


_append = Statement(
    insert(audit_events).from_select(
        list(_TYPES),
        select(*(bindparam(name, type_=kind, required=True) for name, kind in _TYPES.items())).where(
            and_(session_is_live())
        ),
    )
)
_write = insert_into(audit_events)


class Ledger:
    """The one way to write audit rows."""

    def __init__(self, mac: "AuditMac") -> None:
        self._mac = mac

    async def append(self, connection: Connection, actor: Actor, entry: Entry, circumstances: Circumstances) -> Receipt:
        """Write one row; raises NotSignedIn when the actor's session has ended meanwhile, AuditUnavailable."""
        row = self._row(actor, entry, circumstances)
        with _or_nothing(circumstances):
            written = await _append.run(connection, **row)
        if written != 1:
            raise NotSignedIn
        return Receipt(_MINT, row["id"], frozenset(entry.subjects), entry.classes)

    async def append_all(
        self, connection: Connection, actor: Actor, entries: Sequence[Entry], circumstances: Circumstances
    ) -> None:
        """Write the rows of one change, whose session was proved alive when the change began.

        Whatever becomes of the session meanwhile: a change that commits is never without its rows. Raises
        AuditUnavailable.
        """
        rows = [self._row(actor, entry, circumstances) for entry in entries]
        with _or_nothing(circumstances):
            await _write.run_many(connection, rows)

    def _row(self, actor: Actor, entry: Entry, circumstances: Circumstances) -> dict[str, Any]:
        row: dict[str, Any] = {
            "incident_id": actor.incident_id,
            "id": new_id(),
            "at": circumstances.at,
            "event": entry.event,
            "membership_id": actor.membership_id,
            "session_id": actor.session_id,
            "operation": entry.operation,
            "record": entry.record,
            "record_id": entry.record_id,
            "subjects": sorted(entry.subjects),
            "classes": entry.classes,
            "detail": dict(entry.detail),
            "policy_version": circumstances.policy_version,
            "correlation_id": circumstances.correlation_id,
        }
        row["mac"] = self._mac.tag(maced(row))
        return row


@contextmanager
def _or_nothing(circumstances: Circumstances) -> Iterator[None]:
    """Turn the database's refusal of an audit row into AuditUnavailable, and alarm; a lost race stays what it is."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
        raise  # the edge tries the whole transaction again
    except asyncpg.PostgresError as fault:
        get_log().error("audit.unavailable", correlation_id=circumstances.correlation_id, exc_info=fault)
        raise AuditUnavailable from None


def maced(row: Mapping[str, Any]) -> list[bytes]:
    """Return the parts of an audit row that its MAC covers, in their fixed order."""
    return [_json_of(row[name]) if name == "detail" else _bytes_of(row[name]) for name in MACED]


def _bytes_of(value: Any) -> bytes:
    match value:
        case None:
            return b""
        case bytes():
            return value
        case UUID():
            return value.bytes
        case datetime():
            return value.isoformat().encode()
        case str():
            return value.encode()
        case int():
            return str(value).encode()
        case list():
            return b"".join(each.bytes for each in value)
    raise TypeError(type(value).__name__)


def _json_of(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)  # also of what somebody put in the place of an object
