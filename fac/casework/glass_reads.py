"""What was read under one breaking of the glass, from the audit: what whoever reviews it must know.

Never: show whom, by name or by id, or what a value said; the reads are counted, with their classes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Text, bindparam, func, literal_column, select

from fac.casework.loading import load
from fac.casework.work import Work
from fac.db.audit import audit_events
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass, classes_of

MOST: Final = 200

_events = audit_events.c
# The last condition is that of the index, word for word.
_under = Statement(
    select(_events.at, _events.operation, _events.classes, func.cardinality(_events.subjects).label("subjects"))
    .where(
        _events.incident_id == bindparam("incident_id"),
        _events.membership_id == bindparam("membership_id"),
        _events.at >= bindparam("since"),
        _events.at < bindparam("until"),
        func.jsonb_exists(_events.detail.op("->")(literal_column("'glass'")), bindparam("glass_id", type_=Text)),
        literal_column("jsonb_exists(audit_events.detail, 'glass')"),
    )
    .order_by(_events.at, _events.id)
    .limit(literal_column(str(MOST)))
)


@dataclass(frozen=True, slots=True)
class GlassRead:
    """One read: when, by which operation, which classes, and of how many (persons, or the case itself)."""

    at: datetime
    operation: str
    classes: tuple[InfoClass, ...]
    subjects: int


async def glass_break_reads(work: Work, glass_break_id: UUID) -> list[GlassRead]:
    """Return the reads under a breaking that the actor may see, first first, MOST at most; raises NotFound."""
    glass = await load(work, "glass_break", glass_break_id, action="read", lock=False)
    rows = await _under.all(
        work.connection, incident_id=work.incident_id, membership_id=glass["broken_by"], since=glass["broken_at"],
        until=glass["ends_at"], glass_id=str(glass_break_id),
    )  # fmt: skip
    work.tell("record.read", "glass_break", glass_break_id, subjects=(glass["case_id"],))
    return [GlassRead(row["at"], row["operation"], tuple(classes_of(row["classes"])), row["subjects"]) for row in rows]
