"""Erases what is known of a person: keys, sealed words, traces in plain columns, and the postings they are found by.

Rows stay, emptied, with their coded columns, so that every count stays what it was (domain invariant 14). Nothing is
opened for it: postings are found by opening the pointers of the index, which say ids. Keys stay as empty tombstones, so
that no writer who was on the way seals anything about the person again.
Never: ask whether it may be done; the verb and the replay after a restore have asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Uuid, any_, bindparam, delete, select, update

from fac.db import key_row
from fac.db.case import cases
from fac.db.duplicate import match_postings
from fac.db.person import persons
from fac.db.places import SEALED, TRACES, blanking, emptying, owners_of
from fac.db.statement import Connection, Statement
from fac.domain.vocabulary import SEALED_CLASSES
from fac.errors import KeyUnavailable, Unreadable

if TYPE_CHECKING:
    from fac.crypto.blind_index import BlindIndex

_BATCH: Final = 2_000
_NOBODY: Final = UUID(int=0)

_lock_case = Statement(
    select(cases.c.id)
    .where(cases.c.incident_id == bindparam("incident_id"), cases.c.id == bindparam("id"))
    .with_for_update()
)
_lock_person = Statement(
    select(persons.c.id)
    .where(persons.c.incident_id == bindparam("incident_id"), persons.c.id == bindparam("id"))
    .with_for_update()
)
_mark = Statement(
    update(persons)
    .where(persons.c.incident_id == bindparam("of_incident"), persons.c.id == bindparam("of_id"))
    .values(erased_at=bindparam("at", type_=DateTime(timezone=True)), version=persons.c.version + 1)
)
_page = Statement(
    select(match_postings.c.id, match_postings.c.token, match_postings.c.pointer)
    .where(match_postings.c.incident_id == bindparam("incident_id"), match_postings.c.id > bindparam("after"))
    .order_by(match_postings.c.id)
    .limit(bindparam("most", type_=Integer))
)
_drop = Statement(
    delete(match_postings).where(
        match_postings.c.incident_id == bindparam("incident_id"),
        match_postings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
)


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose words go: the person's, and with ``with_case_words`` those written of the whole case."""

    incident_id: UUID
    person_id: UUID
    case_id: UUID
    with_case_words: bool


async def lock_for_erasing(connection: Connection, incident_id: UUID, case_id: UUID, person_id: UUID) -> bool:
    """Lock the case and the person for the rest of the transaction; tell whether there is such a person."""
    own = {"incident_id": incident_id}
    await _lock_case.first(connection, **own, id=case_id)
    return await _lock_person.first(connection, **own, id=person_id) is not None


async def erase(connection: Connection, index: "BlindIndex", erased: Erased, *, at: datetime) -> int:
    """Erase in the caller's transaction, which holds the locks, and return how many postings went.

    Raises KeyUnavailable in a process that does not hold the key of the index: nothing is half erased.
    """
    gone = await erase_all(connection, index, erased.incident_id, {erased: at})
    return gone[erased.person_id]


async def erase_all(
    connection: Connection, index: "BlindIndex", incident_id: UUID, erased: Mapping[Erased, datetime]
) -> dict[UUID, int]:
    """Erase many of one incident, as ``erase`` does one, in one look at the index; postings gone, by person."""
    if not index.epoch:
        raise KeyUnavailable
    for each, at in erased.items():
        await _empty(connection, each)
        await _mark.run(connection, of_incident=incident_id, of_id=each.person_id, at=at)
    return await _drop_postings(connection, index, incident_id, {each.person_id for each in erased})


async def _empty(connection: Connection, erased: Erased) -> None:
    await _bury(connection, erased)
    for place in SEALED:
        subjects = _subjects(erased, place.goes_with)
        if subjects:
            await emptying(place).run(connection, of_incident=erased.incident_id, subjects=subjects)
    for trace in TRACES:
        named = [erased.case_id] if trace.named_by == ("case_id",) else [erased.person_id]
        await blanking(trace).run(connection, of_incident=erased.incident_id, subjects=named)


def _subjects(erased: Erased, goes_with: str) -> Sequence[UUID]:
    if goes_with != "case_id":
        return [erased.person_id]
    return [erased.case_id] if erased.with_case_words else []


async def _bury(connection: Connection, erased: Erased) -> None:
    """Empty the person's keys, waiting for writers who hold one; the case may be written of again, under a new key."""
    own = {"incident_id": erased.incident_id}
    for info in SEALED_CLASSES:
        await key_row.bury_data_key.run(
            connection, **own, subject_id=erased.person_id, info=info.code, version=1, epoch=1
        )
    if not erased.with_case_words:
        return
    for place in SEALED:
        if place.goes_with == "case_id":
            for row in await owners_of(place).all(connection, **own, case_id=erased.case_id):
                await key_row.forget_data_keys.run(connection, **own, subject_id=row["subject_id"])


async def _drop_postings(
    connection: Connection, index: "BlindIndex", incident_id: UUID, of_persons: Collection[UUID]
) -> dict[UUID, int]:
    """Drop every posting that points to one of ``of_persons``, whatever term and normaliser it was made from.

    Every pointer of the incident is looked at: whom a posting belongs to is sealed, and terms of words that are damaged
    or were corrected lead nowhere.
    """
    after, gone = _NOBODY, dict.fromkeys(of_persons, 0)
    while True:
        rows = await _page.all(connection, incident_id=incident_id, after=after, most=_BATCH)
        if not rows:
            return gone
        ids = []
        for row in rows:
            target = _target(index, incident_id, row["token"], row["pointer"])
            if target in gone:
                gone[target] += 1
                ids.append(row["id"])
        if ids:
            await _drop.run(connection, incident_id=incident_id, ids=ids)
        after = rows[-1]["id"]


def _target(index: "BlindIndex", incident_id: UUID, token: bytes, pointer: bytes) -> UUID:
    try:
        return index.open_pointer(incident_id, token, pointer)
    except (Unreadable, KeyUnavailable):  # damaged: it leads nowhere
        return _NOBODY
