"""Finds out whether somebody is already known, on sealed data.

Compound blind tokens lead to a handful of candidates; those are opened in memory, after a permit and an audit row, and
scored. What comes out is a grade and reasons, never a value, and nothing is ever merged by itself.
Never: look at more than a bounded number of candidates, or at another custodian's people.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select

from fac.casework.disclosure import RowOpening
from fac.casework.person_record import facts_of
from fac.casework.posting import pointed_at
from fac.casework.same_person import kept_records
from fac.casework.work import Work
from fac.db.rls.kept_from import compared
from fac.db.statement import Statement
from fac.domain.identity import Grade, IdentityFacts, Profile, Told, asked_terms, profile, score
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass

MOST_CANDIDATES = 40
# What more people than these have in common (a shelter's address) leads to nobody by itself: forty strangers opened and
# compared at each intake would find nothing and cost the most.
_COMMON = 20
OPENED = InfoClass.identity.bit | InfoClass.contact.bit

_candidates = Statement(select(compared(bindparam("ids", type_=ARRAY(Uuid), required=True))))


async def find_duplicates(work: Work, custodian_id: UUID, known: Mapping[UUID, Told]) -> list[dict[str, Any]]:
    """Return a row of ``duplicate_suspicions`` for each pair of a new person and somebody already recorded.

    ``known`` holds the new persons' facts by their id. Raises NotPermitted when the role may not match.
    """
    index = work.tools.blind_index
    owners: dict[bytes, list[UUID]] = {}
    for person_id, facts in known.items():
        for token in index.query_tokens(work.incident_id, custodian_id, asked_terms(facts)):
            owners.setdefault(token, []).append(person_id)
    if not owners:
        return []
    pairs = _pairs(owners, await pointed_at(work, owners))
    if not pairs:
        return []
    kept = await kept_records(work, {id for pair in pairs for id in pair})
    opened = await _open(work, sorted({other for _, other in pairs}))
    mine = {new: profile(known[new]) for new, _ in pairs}
    theirs = {other: profile(facts) for other, facts in opened.items()}
    suspicions: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for new, other in sorted(pairs):
        # Records that stand for one person are one answer: the kept one, as alike as the most alike of them.
        pair = (kept.get(new, new), kept.get(other, other))
        if other not in theirs or pair[0] == pair[1]:
            continue
        raised = _suspicion(work, pair, mine[new], theirs[other])
        if raised is not None and (pair not in suspicions or suspicions[pair]["score"] < raised["score"]):
            suspicions[pair] = raised
    return list(suspicions.values())


def _pairs(owners: Mapping[bytes, list[UUID]], found: Mapping[bytes, list[UUID]]) -> set[tuple[UUID, UUID]]:
    """Return (new person, candidate) pairs, those with most tokens in common first, at most MOST_CANDIDATES each."""
    shared: Counter[tuple[UUID, UUID]] = Counter()
    telling: set[tuple[UUID, UUID]] = set()
    for token, others in found.items():
        for pair in ((new, other) for new in owners[token] for other in others if new != other):
            shared[pair] += 1
            if len(others) <= _COMMON:
                telling.add(pair)
    taken: Counter[UUID] = Counter()
    pairs = set()
    for (new, other), tokens in shared.most_common():
        if (tokens > 1 or (new, other) in telling) and taken[new] < MOST_CANDIDATES:
            taken[new] += 1
            pairs.add((new, other))
    return pairs


async def _open(work: Work, ids: list[UUID]) -> dict[UUID, IdentityFacts]:
    permit = work.demand("match", "duplicate", held=("my_incident",), info=OPENED)
    receipt = await work.tell_now("duplicate.compared", "duplicate", None, subjects=ids, classes=OPENED)
    return await open_facts(work, work.tools.disclosure.opening(permit, receipt), ids)


async def open_facts(work: Work, opening: RowOpening, ids: list[UUID]) -> dict[UUID, IdentityFacts]:
    """Return what is compared of the persons ``ids`` that open; the opening's permit and audit row name them."""
    facts = {}
    for row in await _candidates.all(work.connection, ids=ids):
        bundles = [
            opening.open(
                "persons", info, row["id"], row["id"],
                (row[f"{name}_epoch"], row[f"{name}_version"], row[f"{name}_wrapped"]), row[name],
            )
            if row[name] else {}
            for name, info in (("identity", InfoClass.identity), ("contact", InfoClass.contact))
        ]  # fmt: skip
        if bundles[0] is not None and bundles[1] is not None:
            facts[row["id"]] = facts_of(bundles[0], bundles[1])
    for failure in opening.failures:
        work.tell(
            "seal.unreadable", failure.table, failure.row_id, subjects=(failure.subject_id,), classes=failure.info.bit
        )
    return facts


def _suspicion(work: Work, pair: tuple[UUID, UUID], mine: Profile, theirs: Profile) -> dict[str, Any] | None:
    match = score(mine, theirs)
    if match.grade is Grade.new:
        return None
    return {
        "incident_id": work.incident_id,
        "id": new_id(),
        "person_id": pair[0],
        "other_person_id": pair[1],
        "grade": str(match.grade),
        "score": max(0, min(100, round(match.score))),
        "reasons": [str(each) for each in match.reasons],
        "raised_at": work.now,
    }
