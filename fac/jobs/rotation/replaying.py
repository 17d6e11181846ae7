"""The shred ledger replayed: who was erased is erased again in a database that was put back to an earlier time.

Two persons decided each erasure, against a legal hold's word; the ledger proves it, so nobody is asked again. Done in
batches, each whole: a run that was killed is run again, and what is done is seen in the database.
Never: erase somebody whom no line names, or leave it out of the incident's trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, literal_column, update

from fac.audit.ledger import Entry
from fac.audit.shred_ledger import Shredding
from fac.casework.erasing import Erased, erase_all, lock_for_erasing
from fac.casework.portal_access import WITHDRAWN, end_of_erased
from fac.casework.unforgotten import by_incident, unforgotten
from fac.db.erasure import erasures
from fac.db.statement import Connection, Statement
from fac.domain.vocabulary import SEALED_CLASSES, ErasureStatus, mask_of
from fac.jobs.acting import system_actor
from fac.jobs.rotation.holding import Custody
from fac.jobs.rotation.operating import Operator, incidents_of, tell
from fac.jobs.rotation.rewrapping import Progress

BATCH: Final = 100
_OPERATION: Final = "replayErasures"
_end_proposals = Statement(
    update(erasures)
    .where(
        erasures.c.incident_id == bindparam("of_incident", type_=Uuid),
        erasures.c.person_id == bindparam("of_person", type_=Uuid),
        erasures.c.status == ErasureStatus.proposed,
    )
    .values(
        status=literal_column(f"'{ErasureStatus.carried_out}'"),
        ended_by=bindparam("by", type_=Uuid),
        ended_at=bindparam("at", type_=DateTime(timezone=True)),
        version=erasures.c.version + literal_column("1"),
    )
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many lines the ledger has, and how many people were erased again."""

    lines: int
    erased: int


async def replay(custody: Custody, operator: Operator, progress: Progress) -> Replayed:
    """Erase again whom the shred ledger names and the database knows; done twice it does nothing.

    Raises ShredLedgerInvalid, SettingsUnsafe without a ledger, KeyUnavailable.
    """
    ledger = custody.tools.shred_ledger.read()
    lines, here, done = by_incident(ledger), set(await incidents_of(custody)), 0
    total, met = sum(map(len, lines.values())), 0
    for incident_id, own in lines.items():
        for start in range(0, len(own), BATCH):
            part = own[start : start + BATCH]
            if incident_id in here:
                async with custody.database.own_transaction(incident_id) as connection:
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    done += await _replay(custody, connection, operator, incident_id, part)
            met += len(part)
            progress("erasures", met, total)
    return Replayed(len(ledger), done)


async def still_known(custody: Custody) -> int:
    """Return how many the ledger names and the database knows."""
    found = 0
    for incident_id, own in by_incident(custody.tools.shred_ledger.read()).items():
        async with custody.database.own_transaction(incident_id) as connection:
            found += len(await unforgotten(connection, incident_id, own))
    return found


async def _replay(
    custody: Custody, connection: Connection, operator: Operator, incident_id: UUID, lines: Sequence[Shredding]
) -> int:
    # Locked as an erasure locks: the case first, then the person.
    for each in sorted(lines, key=lambda line: (line.case_id, line.person_id)):
        await lock_for_erasing(connection, incident_id, each.case_id, each.person_id)
    left = await unforgotten(connection, incident_id, list(lines))
    if not left:
        return 0
    named = {Erased(incident_id, each.person_id, each.case_id, each.with_case_words): each.at for each in left}
    gone = await erase_all(connection, custody.tools.blind_index, incident_id, named)
    system = await system_actor(connection, incident_id)
    ended = await end_of_erased(
        connection, incident_id, [each.person_id for each in left], by=system.membership_id, at=custody.clock()
    )
    for each in left:
        await _end_proposals.run(
            connection, of_incident=incident_id, of_person=each.person_id, by=system.membership_id, at=each.at
        )
    entries = [
        Entry(
            "erasure.replayed", _OPERATION, "erasure", each.erasure_id, (each.person_id,),
            mask_of(SEALED_CLASSES), {"case_words": each.with_case_words, "postings": gone[each.person_id]},
        )
        for each in left
    ]  # fmt: skip
    entries += [
        Entry(
            WITHDRAWN, _OPERATION, "portal_access", each["id"], (each["person_id"], each["holder_id"]), 0,
            {"erased": True},
        )
        for each in ended
    ]  # fmt: skip
    await tell(custody, connection, operator, incident_id, entries)
    return len(left)
