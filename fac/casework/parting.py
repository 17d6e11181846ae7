"""What follows when two records that stood for one person are two again: who is like each is looked up anew.

While they were tied, whoever was like the one was suspected to be the kept one, for what stood in the other's record.
Never: leave a suspicion on a record for what another's says, or bring back a pair that somebody dismissed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, any_, bindparam, delete, or_, select

from fac.casework.duplicate import OPENED, find_duplicates, open_facts
from fac.casework.suspicion import tell_suspicions
from fac.casework.work import Work
from fac.db.case import cases
from fac.db.duplicate import duplicate_suspicions, person_merges
from fac.db.incident import centers
from fac.db.person import persons
from fac.db.statement import Statement
from fac.domain.identity import IdentityFacts

_ids = bindparam("ids", type_=ARRAY(Uuid))
_forget_open = Statement(
    delete(duplicate_suspicions).where(
        duplicate_suspicions.c.incident_id == bindparam("incident_id"),
        or_(duplicate_suspicions.c.person_id == any_(_ids), duplicate_suspicions.c.other_person_id == any_(_ids)),
        duplicate_suspicions.c.raised_at > bindparam("since", type_=DateTime(timezone=True)),
        duplicate_suspicions.c.dismissed_at.is_(None),
    )
)
_still_tied = Statement(
    select(person_merges.c.person_id, person_merges.c.other_person_id).where(
        person_merges.c.incident_id == bindparam("incident_id"),
        or_(person_merges.c.person_id == any_(_ids), person_merges.c.other_person_id == any_(_ids)),
        person_merges.c.unmerged_at.is_(None),
    )
)
# Who runs the center of each one's case: in that index, and no other's, they are looked for.
_custodians = Statement(
    select(persons.c.id, centers.c.organization_id).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(_ids),
        persons.c.erased_at.is_(None),
        cases.c.incident_id == persons.c.incident_id,
        cases.c.id == persons.c.case_id,
        centers.c.incident_id == cases.c.incident_id,
        centers.c.id == cases.c.center_id,
    )
)


async def suspect_anew(work: Work, ids: Sequence[UUID], *, since: datetime) -> None:
    """Forget what was suspected of these records while they were tied, and look again for each by itself."""
    of = {"incident_id": work.incident_id, "ids": list(ids)}
    await _forget_open.run(work.connection, **of, since=since)
    # Of a kept record was also suspected who is like another that is still tied to it: that is forgotten with the rest.
    tied = {id for row in await _still_tied.all(work.connection, **of) for id in row.values()}
    of["ids"] = sorted(tied.union(ids))
    known = {row["id"]: row["organization_id"] for row in await _custodians.all(work.connection, **of)}
    if not known:
        return
    permit = work.demand("match", "duplicate", held=("my_incident",), info=OPENED)
    receipt = await work.tell_now("duplicate.compared", "duplicate", None, subjects=sorted(known), classes=OPENED)
    facts = await open_facts(work, work.tools.disclosure.opening(permit, receipt), sorted(known))
    for custodian_id in sorted(set(known.values())):
        theirs: Mapping[UUID, IdentityFacts] = {id: each for id, each in facts.items() if known[id] == custodian_id}
        await tell_suspicions(work, await find_duplicates(work, custodian_id, theirs))
