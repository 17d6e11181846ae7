"""Which records stand for the same person: asked by whoever counts, compares, finds or checks signatures.

A merge leads from a record to the one that is kept, and never further. It widens nobody's access: who sees one of the
two records sees of the other what they saw before.
Never: follow a merge that was undone, or whose kept record was erased.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, exists, or_, select

from fac.casework.work import Work
from fac.db.duplicate import person_merges
from fac.db.person import persons, relationships
from fac.db.statement import Statement

_ids = bindparam("ids", type_=ARRAY(Uuid))
_kept_of_some = person_merges.alias()
_in_force = Statement(
    select(person_merges.c.other_person_id, person_merges.c.person_id).where(
        person_merges.c.incident_id == bindparam("incident_id"),
        person_merges.c.unmerged_at.is_(None),
        # Who was erased stands for nobody: the living record would be found by nobody any more.
        ~exists().where(
            persons.c.incident_id == person_merges.c.incident_id,
            persons.c.id == person_merges.c.person_id,
            persons.c.erased_at.is_not(None),
        ),
        or_(
            person_merges.c.person_id == any_(_ids),
            person_merges.c.person_id.in_(
                select(_kept_of_some.c.person_id).where(
                    _kept_of_some.c.incident_id == bindparam("incident_id"),
                    _kept_of_some.c.other_person_id == any_(_ids),
                    _kept_of_some.c.unmerged_at.is_(None),
                )
            ),
        ),
    )
)

# Held as they are until the commit: a restriction that is lifted meanwhile waits, and so does what rests on it.
_restricted = Statement(
    select(relationships.c.person_id)
    .where(
        relationships.c.incident_id == bindparam("incident_id"),
        relationships.c.person_id == any_(bindparam("person_ids", type_=ARRAY(Uuid))),
        relationships.c.is_restricted,
    )
    .with_for_update(read=True)
)


async def kept_records(work: Work, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return, of every person among ``ids``, the records that stand for them (merged -> kept); the kept is no key."""
    listed = list(ids)
    if not listed:
        return {}
    rows = await _in_force.all(work.connection, incident_id=work.incident_id, ids=listed)
    return {row["other_person_id"]: row["person_id"] for row in rows}


async def same_persons(work: Work, id: UUID) -> set[UUID]:
    """Return every record that stands for the person ``id``, that one among them."""
    kept = await kept_records(work, (id,))
    return {id, *kept, *kept.values()}


async def restricted_among(work: Work, ids: Iterable[UUID]) -> set[UUID]:
    """Return whom of ``ids`` a court or the like keeps from anybody of a family, in whatever record it is written down.

    Who must not take one child takes no other, and signs for none.
    """
    listed = list(ids)
    kept = await kept_records(work, listed)
    records = {*listed, *kept, *kept.values()}
    rows = await _restricted.all(work.connection, incident_id=work.incident_id, person_ids=list(records))
    restricted = {kept.get(row["person_id"], row["person_id"]) for row in rows}
    return {id for id in listed if kept.get(id, id) in restricted}
