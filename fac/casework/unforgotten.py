"""Who was erased, says the shred ledger, and is known in the database all the same.

A database that was put back to an earlier time knows everybody who was erased since. So the ledger, which is kept
elsewhere, is compared with it before anything is served, however it was put back.
Never: take an erasure that is just under way for one that was undone, or forget a hold that was placed after it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, or_, select

from fac.audit.shred_ledger import Shredding
from fac.db.erasure import legal_holds
from fac.db.person import persons
from fac.db.statement import Connection, Statement

_MOST = 1_000

# Waits for an erasure that is under way: its line is written while it holds the person's row.
_known = Statement(
    select(persons.c.id)
    .where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        persons.c.erased_at.is_(None),
    )
    .with_for_update(read=True)
)
_holds = Statement(
    select(legal_holds.c.case_id, legal_holds.c.person_id, legal_holds.c.placed_at).where(
        legal_holds.c.incident_id == bindparam("incident_id"),
        or_(
            legal_holds.c.case_id == any_(bindparam("case_ids", type_=ARRAY(Uuid))),
            legal_holds.c.person_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        ),
        legal_holds.c.lifted_at.is_(None),
    )
)


def by_incident(shreddings: Iterable[Shredding]) -> dict[UUID, list[Shredding]]:
    """Return the lines of each incident, of each person the last one."""
    found: dict[UUID, dict[UUID, Shredding]] = defaultdict(dict)
    for each in shreddings:
        before = found[each.incident_id].pop(each.person_id, each)
        words = each.with_case_words or before.with_case_words
        found[each.incident_id][each.person_id] = Shredding(
            each.at, each.incident_id, each.erasure_id, each.person_id, each.case_id, words
        )
    return {incident_id: list(lines.values()) for incident_id, lines in found.items()}


async def unforgotten(connection: Connection, incident_id: UUID, lines: list[Shredding]) -> list[Shredding]:
    """Return the lines of one incident whose person is known here; their rows stay as they are until the commit.

    Not those over whom a hold stands that was placed after the line: then the database is the later one, and the
    erasure of that line never came to its end.
    """
    found: list[Shredding] = []
    for start in range(0, len(lines), _MOST):
        part = lines[start : start + _MOST]
        ids = [each.person_id for each in part]
        known = {row["id"] for row in await _known.all(connection, incident_id=incident_id, ids=ids)}
        if left := [each for each in part if each.person_id in known]:
            found += await _not_held(connection, incident_id, left)
    return found


async def _not_held(connection: Connection, incident_id: UUID, lines: list[Shredding]) -> list[Shredding]:
    cases, ids = [each.case_id for each in lines], [each.person_id for each in lines]
    holds = await _holds.all(connection, incident_id=incident_id, case_ids=cases, ids=ids)
    since: dict[tuple[UUID, UUID | None], datetime] = {
        (row["case_id"], row["person_id"]): row["placed_at"] for row in holds
    }  # fmt: skip

    def is_held(line: Shredding) -> bool:
        standing = [since.get((line.case_id, whom)) for whom in (None, line.person_id)]
        return any(at is not None and at > line.at for at in standing)

    return [line for line in lines if not is_held(line)]
