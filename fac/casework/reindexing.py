"""Makes a person's blind postings anew under the active index key, from what is true of the person now.

Which terms a posting stands for cannot be told from the posting, so the persons are opened in memory, after a permit
and an audit row; nobody is shown them. A posting that no term of its person leads to any more is dropped.
Never: take a person out of the index, or post in the index of a custodian that does not know the person.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, bindparam, delete, select

from fac.casework.duplicate import OPENED, open_facts
from fac.casework.indexing import write_postings
from fac.casework.work import Work
from fac.db.case import cases
from fac.db.duplicate import match_postings
from fac.db.incident import centers
from fac.db.person import persons
from fac.db.statement import Statement
from fac.domain.identity import NORMALISER_VERSION, IdentityFacts, match_terms
from fac.domain.ids import new_unordered_id
from fac.errors import KeyUnavailable, Unreadable

_lock_persons = Statement(
    select(persons.c.id)
    .where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
    .order_by(persons.c.id)
    .with_for_update(skip_locked=True)
)
_known = Statement(
    select(persons.c.id).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
_custodians = Statement(
    select(centers.c.organization_id).where(centers.c.incident_id == bindparam("incident_id")).distinct()
)
# Who runs the center of the person's case: where a person is posted whose old postings another normaliser made.
_homes = Statement(
    select(persons.c.id, centers.c.organization_id).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        cases.c.incident_id == persons.c.incident_id,
        cases.c.id == persons.c.case_id,
        centers.c.incident_id == persons.c.incident_id,
        centers.c.id == cases.c.center_id,
    )
)
_find = Statement(
    select(match_postings.c.id, match_postings.c.token, match_postings.c.pointer).where(
        match_postings.c.incident_id == bindparam("incident_id"),
        match_postings.c.token == any_(bindparam("tokens", type_=ARRAY(LargeBinary))),
    )
)
_drop = Statement(
    delete(match_postings).where(
        match_postings.c.incident_id == bindparam("incident_id"),
        match_postings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
)


class Posting(NamedTuple):
    """A row of the index."""

    id: UUID
    token: bytes
    pointer: bytes


@dataclass(slots=True)
class _Change:
    drop: set[UUID] = field(default_factory=set)
    insert: list[dict[str, Any]] = field(default_factory=list)


async def rebuild_postings(work: Work, old: Sequence[Posting]) -> None:
    """Replace ``old`` postings, and the others of the same persons, by postings of the active epoch.

    A person whose row somebody holds, or whose bundles do not open, keeps the old ones: they are met again.
    """
    pointed, change = _pointed(work, old), _Change()
    change.drop |= {each.id for each in old} - {each.id for many in pointed.values() for each in many}
    own, ids = {"incident_id": work.incident_id}, sorted(pointed)
    known = {row["id"] for row in await _known.all(work.connection, **own, ids=ids)}
    change.drop |= {each.id for id, many in pointed.items() if id not in known for each in many}
    free = [row["id"] for row in await _lock_persons.all(work.connection, **own, ids=ids)]
    if free:
        permit = work.demand("reindex", "match_index", held=("my_incident",), info=OPENED)
        receipt = await work.tell_now("match_index.rebuilt", "match_index", None, subjects=free, classes=OPENED)
        facts = await open_facts(work, work.tools.disclosure.opening(permit, receipt), free)
        custodians = [row["organization_id"] for row in await _custodians.all(work.connection, **own)]
        await _replace(work, custodians, facts, pointed, change)
    if change.insert:
        await write_postings(work, change.insert)
    if change.drop:
        await _drop.run(work.connection, **own, ids=sorted(change.drop))


async def _replace(
    work: Work,
    custodians: Sequence[UUID],
    facts: Mapping[UUID, IdentityFacts],
    pointed: Mapping[UUID, Sequence[Posting]],
    change: _Change,
) -> None:
    index, incident_id = work.tools.blind_index, work.incident_id
    terms = {person_id: match_terms(each) for person_id, each in facts.items()}
    asked = {
        (person_id, custodian_id): set(index.query_tokens(incident_id, custodian_id, each))
        for person_id, each in terms.items()
        for custodian_id in custodians
    }
    tokens = sorted(set().union(*asked.values()))
    rows = await _find.all(work.connection, incident_id=incident_id, tokens=tokens)
    found = _pointed(work, [Posting(row["id"], row["token"], row["pointer"]) for row in rows])
    homes = {row["id"]: row["organization_id"] for row in await _homes.all(
        work.connection, incident_id=incident_id, ids=list(facts)
    )}  # fmt: skip
    for (person_id, custodian_id), theirs in asked.items():
        here = [each for each in found.get(person_id, ()) if each.token in theirs]
        if not here and (found.get(person_id) or homes.get(person_id) != custodian_id):
            continue
        stale = {each.id for each in here if index.epoch_of(each.pointer) != index.epoch}
        there = {each.token for each in here if each.id not in stale}
        change.drop |= stale
        change.insert.extend(
            {
                "incident_id": incident_id, "id": new_unordered_id(), "token": token,
                "pointer": index.seal_pointer(incident_id, token, person_id), "normaliser": NORMALISER_VERSION,
            }
            for token in index.tokens(incident_id, custodian_id, terms[person_id])
            if token not in there
        )  # fmt: skip
    # No term of the person leads there any more.
    change.drop |= {each.id for person_id in facts for each in pointed[person_id]}


def _pointed(work: Work, postings: Sequence[Posting]) -> dict[UUID, list[Posting]]:
    """Return the postings by the person they point to; a damaged one points to nobody."""
    found: dict[UUID, list[Posting]] = defaultdict(list)
    for each in postings:
        try:
            person_id = work.tools.blind_index.open_pointer(work.incident_id, each.token, each.pointer)
        except (Unreadable, KeyUnavailable):
            continue
        found[person_id].append(each)
    return dict(found)
