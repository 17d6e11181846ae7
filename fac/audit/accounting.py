"""Counts up who read what is sealed of whom, from the rows that a seal has just covered: an accounting is told from it.

In the background, with the seal and in its transaction: each row of the trail is counted once, and no request waits.
What was only compared in memory was shown to nobody and is not counted.
Never: count a row that is not sealed.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from fac.db.accounting import accounted_reads
from fac.db.audit import audit_events
from fac.db.incident import incidents
from fac.db.person import persons
from fac.db.statement import Connection, Statement

_event, _row = audit_events.c, accounted_reads.c
_day = cast(func.timezone(incidents.c.timezone, _event.at), Date)
_glass = func.jsonb_exists(_event.detail, literal_column("'glass'"))
_counted = (
    select(
        _event.incident_id, persons.c.id, _day, _event.membership_id, _glass, func.bit_or(_event.classes),
        func.count(), func.min(_event.at), func.max(_event.at),
    )
    .select_from(audit_events)
    .join(incidents, incidents.c.id == _event.incident_id)
    .join(persons, and_(persons.c.incident_id == _event.incident_id, persons.c.id == any_(_event.subjects)))
    .where(
        _event.incident_id == bindparam("incident_id", type_=Uuid),
        _event.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        _event.event == literal_column("'record.read'"),
        _event.classes > literal_column("0"),
    )
    .group_by(_event.incident_id, persons.c.id, _day, _event.membership_id, _glass)
)  # fmt: skip
_insert = insert(accounted_reads).from_select(
    ["incident_id", "person_id", "read_on", "membership_id", "under_glass", "classes", "reads", "first_at", "last_at"],
    _counted,
)
_given: Any = _insert.excluded
_count = Statement(
    _insert.on_conflict_do_update(
        index_elements=[_row.incident_id, _row.person_id, _row.read_on, _row.membership_id, _row.under_glass],
        set_={
            "classes": _row.classes.op("|")(_given.classes),
            "reads": _row.reads + _given.reads,
            "first_at": func.least(_row.first_at, _given.first_at),
            "last_at": func.greatest(_row.last_at, _given.last_at),
        },
    )
)


async def count_reads(connection: Connection, incident_id: UUID, event_ids: list[UUID]) -> None:
    """Add the reads among these rows of the trail to what each person's accounting is told from."""
    await _count.run(connection, incident_id=incident_id, ids=event_ids)
