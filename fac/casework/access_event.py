"""What somebody did in some hours, from the audit: for whoever asks after unusual access.

Never: show whom, by name or by id, or what a value said: when, by which operation, which classes, of how many.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, literal_column, select, tuple_

from fac.casework.unusual_access import RECORD, may_look, refuse_period
from fac.casework.work import Work
from fac.db.audit import audit_events
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass, classes_of

_event = audit_events.c
_at, _id = bindparam("after_at", type_=DateTime(timezone=True), required=True), bindparam("after_id", type_=Uuid)
events: Final = Statement(
    select(
        _event.id, _event.at, _event.event, _event.operation, _event.record, _event.classes,
        func.cardinality(_event.subjects).label("subjects"),
        func.jsonb_exists(_event.detail, literal_column("'glass'")).label("under_glass"), _event.correlation_id,
    )
    .where(
        _event.incident_id == bindparam("incident_id", type_=Uuid),
        _event.membership_id == bindparam("membership_id", type_=Uuid),
        _event.at >= bindparam("since", type_=DateTime(timezone=True)),
        _event.at < bindparam("until", type_=DateTime(timezone=True)),
        tuple_(_event.at, _event.id) > tuple_(_at, _id),
    )
    .order_by(_event.at, _event.id)
    .limit(bindparam("limit", type_=Integer))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One audit row: when, what, by which operation; which classes of how many persons or cases it opened."""

    id: UUID
    at: datetime
    event: str
    operation: str
    record: str
    classes: tuple[InfoClass, ...]
    subjects: int
    under_glass: bool
    correlation_id: UUID


async def access_events(
    work: Work, membership_id: UUID, *, since: datetime, until: datetime, first: int,
    after: tuple[datetime, UUID] | None = None,
) -> tuple[list[AccessEvent], bool]:  # fmt: skip
    """Return a page of what the hat did between ``since`` and ``until``, first first, and whether there is more.

    Raises NotFound or NotPermitted, InvalidInput for a period that is none or too long. Its reading is audited.
    """
    may_look(work)
    refuse_period(since, until)
    at, id = after or (since, UUID(int=0))
    rows = await events.all(
        work.connection, incident_id=work.incident_id, membership_id=membership_id, since=since, until=until,
        after_at=at, after_id=id, limit=first + 1,
    )  # fmt: skip
    await work.tell_now("record.read", RECORD, membership_id, subjects=(), classes=0, report="access_events")
    found = [AccessEvent(**(dict(row) | {"classes": tuple(classes_of(row["classes"]))})) for row in rows]
    return found[:first], len(found) > first
