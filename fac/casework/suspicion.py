"""Suspicions that two records are one person: written down with the change that raised them.

Never: merge anybody, or write what the two have in common.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Text, Uuid, any_, bindparam, delete, func, null, or_, update

from fac.casework.not_erased import not_erased
from fac.casework.same_person import kept_records
from fac.casework.work import Work
from fac.db.conflict_wall import persons_kept_from
from fac.db.duplicate import duplicate_suspicions
from fac.db.statement import Statement, insert_into

_insert = insert_into(duplicate_suspicions, or_ignore=True, returning=("id",))
_one, _other = bindparam("one", type_=Uuid), bindparam("other", type_=Uuid)
_raise_again = Statement(
    update(duplicate_suspicions)
    .where(
        duplicate_suspicions.c.incident_id == bindparam("of_incident"),
        func.least(duplicate_suspicions.c.person_id, duplicate_suspicions.c.other_person_id)
        == func.least(_one, _other),
        func.greatest(duplicate_suspicions.c.person_id, duplicate_suspicions.c.other_person_id)
        == func.greatest(_one, _other),
    )
    .values(
        grade=bindparam("to_grade", type_=Text),
        score=bindparam("to_score", type_=Integer),
        reasons=bindparam("to_reasons", type_=ARRAY(Text)),
        raised_at=bindparam("to_raised_at", type_=DateTime(timezone=True)),
        dismissed_by=null(),
        dismissed_at=null(),
        version=duplicate_suspicions.c.version + 1,
    )
    .returning(duplicate_suspicions.c.id)
)
_family = bindparam("family", type_=ARRAY(Uuid))
_forget = Statement(
    delete(duplicate_suspicions).where(
        duplicate_suspicions.c.incident_id == bindparam("incident_id"),
        or_(duplicate_suspicions.c.person_id == any_(_family), duplicate_suspicions.c.other_person_id == any_(_family)),
        (duplicate_suspicions.c.person_id == any_(_family))
        != (duplicate_suspicions.c.other_person_id == any_(_family)),
    )
)


async def tell_suspicions(work: Work, suspicions: Sequence[Mapping[str, Any]], *, again: bool = False) -> int:
    """Write the signs that somebody is already known, and return how many the actor may hear of.

    A pair that was noticed before stays as it is, dismissed or not, unless it is to be raised ``again``, because a name
    has changed. Of a family behind a conflict wall, or of a
    responder of the actor's own agency, the actor hears nothing; others do. Of who was erased meanwhile nothing is
    written any more.
    """
    pairs = [{each["person_id"], each["other_person_id"]} for each in suspicions]
    known = await not_erased(work, set[UUID]().union(*pairs)) if pairs else set()
    suspicions = [each for each, pair in zip(suspicions, pairs, strict=True) if pair <= known]
    if not suspicions:
        return 0
    for each in suspicions:
        id = await _write(work, each, again=again)
        if id is not None:
            work.tell("duplicate.suspected", "duplicate", id, subjects=(each["person_id"], each["other_person_id"]))
    others = [each["other_person_id"] for each in suspicions]
    kept = await kept_records(work, others)
    hidden = await persons_kept_from.all(
        work.connection, incident_id=work.incident_id, ids=list({*others, *kept}),
        account_id=work.actor.account_id, organization_id=work.actor.organization_id,
    )  # fmt: skip
    # Not by a record that was merged into another either.
    unheard = {kept.get(row["id"], row["id"]) for row in hidden}
    return sum(other not in unheard for other in others)


async def _write(work: Work, suspicion: Mapping[str, Any], *, again: bool) -> UUID | None:
    """Return the id of what was raised; None where the pair was noticed before and stays as it is."""
    if again:
        raised: UUID | None = await _raise_again.value(
            work.connection, of_incident=work.incident_id, one=suspicion["person_id"],
            other=suspicion["other_person_id"],
            **{f"to_{name}": suspicion[name] for name in ("grade", "score", "reasons", "raised_at")},
        )  # fmt: skip
        if raised is not None:
            return raised
    fresh = {"dismissed_by": None, "dismissed_at": None, "version": 1}
    inserted: UUID | None = await _insert.value(work.connection, **suspicion, **fresh)
    return inserted


async def forget_suspicions_between(work: Work, family: Sequence[UUID]) -> None:
    """Delete what is suspected between ``family`` and people outside it; what was told stays in the audit."""
    await _forget.run(work.connection, incident_id=work.incident_id, family=list(family))
