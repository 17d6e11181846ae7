"""Suspected duplicates reviewed: two records are said to be two persons, or tied as one, and parted again.

A merge writes one row. Nothing moves, so both histories stay, and undoing it restores every count, token and read
exactly (domain invariant 14). Only who may review both records in their own scope decides.
Never: merge across a wall or two organisations, chain merges, or open anything that a reader of one record alone did
not see.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, and_, any_, bindparam, or_, select, update

from fac.casework.loading import Loaded, load, refuse_never
from fac.casework.parting import suspect_anew
from fac.casework.portal_access import withdraw_from_restricted
from fac.casework.same_person import kept_records
from fac.casework.suspicion import forget_suspicions_between
from fac.casework.work import OUTLINE, Result, Work
from fac.db.duplicate import duplicate_suspicions, person_merges
from fac.db.person import relationships
from fac.db.statement import Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import Conflict, InvalidInput, InvalidTransition, NotFound

_SEEN = OUTLINE | InfoClass.identity.bit  # nobody decides about two records without seeing who they are
_find_suspicion, _find_merge = (
    Statement(select(table).where(table.c.incident_id == bindparam("incident_id"), table.c.id == bindparam("id")))
    for table in (duplicate_suspicions, person_merges)
)
_lock_suspicion, _lock_merge = (
    Statement(
        select(table)
        .where(table.c.incident_id == bindparam("incident_id"), table.c.id == bindparam("id"))
        .with_for_update()
    )
    for table in (duplicate_suspicions, person_merges)
)
_dismiss = Statement(
    update(duplicate_suspicions)
    .where(
        duplicate_suspicions.c.incident_id == bindparam("of_incident"), duplicate_suspicions.c.id == bindparam("of_id")
    )
    .values(
        dismissed_by=bindparam("by", type_=Uuid),
        dismissed_at=bindparam("at", type_=DateTime(timezone=True)),
        version=duplicate_suspicions.c.version + 1,
    )
)
_insert_merge = insert_into(person_merges)
_undone = {
    "unmerged_by": bindparam("by", type_=Uuid),
    "unmerged_at": bindparam("at", type_=DateTime(timezone=True)),
    "version": person_merges.c.version + 1,
}
_undo = Statement(
    update(person_merges)
    .where(person_merges.c.incident_id == bindparam("of_incident"), person_merges.c.id == bindparam("of_id"))
    .values(_undone)
)
_family = bindparam("family", type_=ARRAY(Uuid))
_undo_with_others = Statement(
    update(person_merges)
    .where(
        person_merges.c.incident_id == bindparam("of_incident"),
        person_merges.c.unmerged_at.is_(None),
        (person_merges.c.person_id == any_(_family)) != (person_merges.c.other_person_id == any_(_family)),
        or_(person_merges.c.person_id == any_(_family), person_merges.c.other_person_id == any_(_family)),
    )
    .values(_undone)
    .returning(
        person_merges.c.id, person_merges.c.person_id, person_merges.c.other_person_id, person_merges.c.merged_at
    )
)
_one, _other = bindparam("one", type_=Uuid), bindparam("other", type_=Uuid)
_tie = Statement(
    select(relationships.c.id)
    .where(
        relationships.c.incident_id == bindparam("incident_id"),
        or_(
            and_(relationships.c.person_id == _one, relationships.c.other_person_id == _other),
            and_(relationships.c.person_id == _other, relationships.c.other_person_id == _one),
        ),
    )
    .limit(1)
)


async def dismiss_duplicate(work: Work, suspicion_id: UUID, *, version: int) -> Result:
    """Say that the two are two persons: the pair is not suggested again unless a name of theirs changes.

    Raises InvalidTransition when it is dismissed already, or the two are merged.
    """
    pair = await _both_of(work, _find_suspicion, suspicion_id)
    suspicion = await _lock_suspicion.first(work.connection, incident_id=work.incident_id, id=suspicion_id)
    if suspicion is None or suspicion["version"] != version:
        raise Conflict(None if suspicion is None else suspicion["version"])
    if suspicion["dismissed_at"] is not None:
        raise InvalidTransition(state="dismissed", verb="dismiss")
    kept = await kept_records(work, pair)
    if len({kept.get(id, id) for id in pair}) == 1:
        raise InvalidTransition(state="merged", verb="dismiss", possible=("unmerge",))
    await _dismiss.run(
        work.connection, of_incident=work.incident_id, of_id=suspicion_id, by=work.actor.membership_id, at=work.now
    )
    work.tell("duplicate.dismissed", "duplicate", suspicion_id, subjects=tuple(pair))
    return {"duplicate": str(suspicion_id)}


async def merge_persons(
    work: Work, kept_id: UUID, *, kept_version: int, merged_id: UUID, merged_version: int
) -> Result:
    """Tie the record ``merged_id`` to ``kept_id`` as the same person; whoever looks for or counts them finds one.

    Raises InvalidInput for one record, for two who are related to each other, and where it would make a chain;
    InvalidTransition where one of them was erased.
    """
    if kept_id == merged_id:
        raise InvalidInput.at("mergedPersonId", "same_record", "Name another record than the one that is kept.")
    both = await _both(work, {kept_id: kept_version, merged_id: merged_version})
    if any(each["erased_at"] is not None for each in both.values()):
        raise InvalidTransition(state="erased", verb="merge")
    if await _tie.value(work.connection, incident_id=work.incident_id, one=kept_id, other=merged_id) is not None:
        raise InvalidInput.at("mergedPersonId", "related", "Two who are related to each other are two persons.")
    kept = await kept_records(work, (kept_id, merged_id))
    if merged_id in kept:
        raise InvalidInput.at("mergedPersonId", "merged_already", "Undo the merge of this record first.")
    if merged_id in kept.values():
        raise InvalidInput.at("mergedPersonId", "keeps_another", "Keep this record, or undo its merges first.")
    if kept_id in kept:
        raise InvalidInput.at("keptPersonId", "merged_already", "Name the record that this one was merged into.")
    merge_id = new_id()
    await _insert_merge.run(
        work.connection, incident_id=work.incident_id, id=merge_id, person_id=kept_id, other_person_id=merged_id,
        merged_by=work.actor.membership_id, merged_at=work.now, unmerged_by=None, unmerged_at=None, version=1,
    )  # fmt: skip
    work.tell("duplicate.merged", "duplicate", merge_id, subjects=(kept_id, merged_id), kept=kept_id, merged=merged_id)
    await withdraw_from_restricted(work, (kept_id, merged_id))
    return {"merge": str(merge_id)}


async def unmerge_persons(work: Work, merge_id: UUID, *, version: int) -> Result:
    """Part the two records again: all is as if they had never been merged, and both may be merged anew.

    What was written on either meanwhile stays on it; who is like either is looked up anew.
    """
    pair = await _both_of(work, _find_merge, merge_id)
    merge = await _lock_merge.first(work.connection, incident_id=work.incident_id, id=merge_id)
    if merge is None or merge["version"] != version:
        raise Conflict(None if merge is None else merge["version"])
    if merge["unmerged_at"] is not None:
        raise InvalidTransition(state="unmerged", verb="unmerge")
    await _undo.run(
        work.connection, of_incident=work.incident_id, of_id=merge_id, by=work.actor.membership_id, at=work.now
    )
    work.tell("duplicate.unmerged", "duplicate", merge_id, subjects=tuple(pair))
    await suspect_anew(work, pair, since=merge["merged_at"])
    return {"merge": str(merge_id)}


async def part_from_others(work: Work, family: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Undo what ties ``family`` to outsiders, because its case goes to another organisation (domain invariant 6).

    Return who stays behind, and since when they were tied: they are looked for anew (``suspect_anew``) when the family
    is in the index of the origin no more, or it would be found there.
    """
    staying = dict[UUID, datetime]()
    parted = await _undo_with_others.all(
        work.connection, of_incident=work.incident_id, family=list(family), by=work.actor.membership_id, at=work.now
    )
    for row in parted:
        work.tell(
            "duplicate.unmerged", "duplicate", row["id"], subjects=(row["person_id"], row["other_person_id"]),
            because="handoff",
        )  # fmt: skip
        # Whoever goes with the family is looked for where it comes to.
        for id in {row["person_id"], row["other_person_id"]}.difference(family):
            staying[id] = min(row["merged_at"], staying.get(id, row["merged_at"]))
    await forget_suspicions_between(work, family)
    return staying


async def _both_of(work: Work, find: Statement, id: UUID) -> list[UUID]:
    """Return the two records of a suspicion or merge, locked; NotFound unless the actor may review both."""
    refuse_never(work, "duplicate", "review")
    row: Row | None = await find.first(work.connection, incident_id=work.incident_id, id=id)
    if row is None:
        raise NotFound
    return list(await _both(work, {row["person_id"]: None, row["other_person_id"]: None}))


async def _both(work: Work, versions: Mapping[UUID, int | None]) -> dict[UUID, Loaded]:
    """Return both records, locked in one order everywhere, after making sure that the actor may review either."""
    found = {}
    for id, version in sorted(versions.items()):
        person = await load(
            work, "person", id, action="read", version=version, info=_SEEN, then=("review", "duplicate")
        )
        work.demand("review", "duplicate", held=person.held)
        found[id] = person
    return found
