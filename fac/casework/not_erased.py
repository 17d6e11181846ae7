"""Who is still known: asked before words about somebody are written that the erasing of them would empty.

Never: ask without holding the persons' rows, as an erasure could empty what stands before these words are there.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from fac.casework.work import Work
from fac.db.person import persons
from fac.db.statement import Statement

# What a foreign key to a person would lock with the words themselves; an erasure waits for it, and is waited for.
_lock = Statement(
    select(persons.c.id, persons.c.erased_at)
    .where(persons.c.incident_id == bindparam("incident_id"), persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(persons.c.id)
    .with_for_update(read=True, key_share=True)
)


async def not_erased(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of ``ids`` who are not erased, and will not be before this transaction ends."""
    rows = await _lock.all(work.connection, incident_id=work.incident_id, ids=sorted(set(ids)))
    return {row["id"] for row in rows if row["erased_at"] is None}
