"""Who is found by the blind index: postings written, taken away, and moved with the case.

A posting's id says nothing of when it was made, and those of one form are written in the order of their tokens, which
is nobody's: rows of a dump do not stand together because they lead to one person. That those of one form do is mended
by fac.jobs.mixing.
Never: leave a person in the index of an organisation that no longer has the case (domain invariant 6; 34 USC
12291(b)(2): tokens are personal data, and nothing is matched across organisations without a release).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, bindparam, delete, select

from fac.casework.duplicate import OPENED, find_duplicates, open_facts
from fac.casework.suspicion import tell_suspicions
from fac.casework.work import Work
from fac.db.duplicate import match_postings
from fac.db.person import persons
from fac.db.statement import Statement
from fac.db.together import Together
from fac.domain.identity import NORMALISER_VERSION, IdentityFacts, Told, match_terms
from fac.domain.ids import new_unordered_id
from fac.errors import KeyUnavailable, Unreadable

_insert = Together(match_postings)
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

# A rotation of the index takes hold of the people it posts anew: it and a move take turns.
_lock_people = Statement(
    select(persons.c.id)
    .where(persons.c.incident_id == bindparam("incident_id"), persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(persons.c.id)
    .with_for_update()
)


def postings_of(work: Work, custodian_id: UUID, people: Mapping[UUID, Told]) -> list[dict[str, Any]]:
    """Return the postings by which each of ``people`` is found, in the custodian's index only, as they are written."""
    index, rows = work.tools.blind_index, []
    for person_id, facts in people.items():
        rows += [
            {
                "incident_id": work.incident_id,
                "id": new_unordered_id(),
                "token": token,
                "pointer": index.seal_pointer(work.incident_id, token, person_id),
                "normaliser": NORMALISER_VERSION,
            }
            for token in index.tokens(work.incident_id, custodian_id, match_terms(facts))
        ]
    return sorted(rows, key=_place)


async def post(work: Work, custodian_id: UUID, people: Mapping[UUID, Told]) -> None:
    """Write the postings by which each of ``people`` is found again."""
    await write_postings(work, postings_of(work, custodian_id, people))


async def write_postings(work: Work, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of ``match_postings``, in the order of their tokens; their ids are ``new_unordered_id``."""
    await _insert.run(work.connection, {match_postings: sorted(rows, key=_place)})


def _place(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return row["token"], row["id"]


async def take_away(work: Work, custodian_id: UUID, people: Mapping[UUID, IdentityFacts]) -> None:
    """Delete the postings that lead to ``people`` by what ``people`` says of them, from the custodian's index."""
    index = work.tools.blind_index
    terms = {term for facts in people.values() for term in match_terms(facts)}
    tokens = index.query_tokens(work.incident_id, custodian_id, terms)
    stale = []
    for row in await _find.all(work.connection, incident_id=work.incident_id, tokens=tokens):
        try:
            target = index.open_pointer(work.incident_id, bytes(row["token"]), bytes(row["pointer"]))
        except (Unreadable, KeyUnavailable):
            continue  # a damaged posting finds nobody; verification of the index reports it
        if target in people:
            stale.append(row["id"])
    await _drop.run(work.connection, incident_id=work.incident_id, ids=stale)


async def post_anew(
    work: Work, custodian_id: UUID, person_id: UUID, before: IdentityFacts, after: IdentityFacts
) -> None:
    """Let the person be found by what is known now, and look again for somebody already known."""
    if match_terms(before) == match_terms(after):
        return
    await take_away(work, custodian_id, {person_id: before})
    suspicions = await find_duplicates(work, custodian_id, {person_id: after})
    await post(work, custodian_id, {person_id: after})
    await tell_suspicions(work, suspicions, again=_names(before) != _names(after))


def _names(facts: IdentityFacts) -> tuple[object, ...]:
    return facts.given_name, facts.family_name, facts.preferred_name, facts.aliases


async def move_postings(work: Work, people: Sequence[UUID], *, origin_id: UUID, target_id: UUID) -> None:
    """Move ``people`` from the index of organisation ``origin_id`` to that of ``target_id``, which takes their case.

    There they are looked for like a family at intake. A record that does not open stays where it was, and is alarmed.
    """
    await _lock_people.all(work.connection, incident_id=work.incident_id, ids=list(people))
    permit = work.demand("match", "duplicate", held=("my_incident",), info=OPENED)
    receipt = await work.tell_now("person.reindexed", "person", None, subjects=sorted(people), classes=OPENED)
    facts = await open_facts(work, work.tools.disclosure.opening(permit, receipt), sorted(people))
    await take_away(work, origin_id, facts)
    suspicions = await find_duplicates(work, target_id, facts)
    await post(work, target_id, facts)
    await tell_suspicions(work, suspicions)
