"""Erasures: one proposes that what is known of a person is erased, another carries it out, and it cannot be undone.

A legal hold wins, and approving costs a second factor proved just now. What is erased is written into the shred ledger
before it commits, so that a restored backup forgets the person again.
Never: let one person do both, or erase what a hold keeps.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, func, select, update

from fac.audit.shred_ledger import Shredding
from fac.casework.erasing import Erased, erase, lock_for_erasing
from fac.casework.loading import Loaded, load
from fac.casework.portal_access import withdraw_from_erased
from fac.casework.same_person import same_persons
from fac.casework.second_factor import demand_proof
from fac.casework.work import Result, Work
from fac.db.erasure import erasures, holds_in_case, standing_holds
from fac.db.person import persons
from fac.db.staff import memberships
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import SEALED_CLASSES, ErasureReason, ErasureStatus, mask_of
from fac.errors import InvalidInput, InvalidTransition, NotFound

_insert = insert_into(erasures)
_end = Statement(
    update(erasures)
    .where(erasures.c.incident_id == bindparam("of_incident"), erasures.c.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status", type_=Text),
        ended_by=bindparam("by", type_=Uuid),
        ended_at=bindparam("at", type_=DateTime(timezone=True)),
        version=erasures.c.version + 1,
    )
)
_account_of = Statement(
    select(memberships.c.account_id).where(
        memberships.c.incident_id == bindparam("incident_id"), memberships.c.id == bindparam("id")
    )
)
# Who is left in a case besides a person.
_others = Statement(
    select(func.count()).where(
        persons.c.incident_id == bindparam("incident_id"),
        persons.c.case_id == bindparam("case_id"),
        persons.c.id != bindparam("id"),
        persons.c.erased_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Why somebody is erased, and whether what was written of the whole case goes too: it may name them."""

    reason: ErasureReason
    includes_case_words: bool


async def propose_erasure(work: Work, person_id: UUID, *, extent: Extent) -> Result:
    """Propose to erase what is known of a person; nothing is lost until another approves.

    Raises InvalidTransition for somebody erased already; the edge's Conflict when one is proposed.
    """
    person = await load(work, "person", person_id, action="read", then=("propose", "erasure"))
    work.demand("propose", "erasure", held=person.held)
    if person["erased_at"] is not None:
        raise InvalidTransition(state="erased", verb="propose")
    erasure_id = new_id()
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=erasure_id, case_id=person["case_id"], person_id=person_id,
        reason=extent.reason, status=ErasureStatus.proposed, includes_case_words=extent.includes_case_words,
        proposed_by=work.actor.membership_id, proposed_at=work.now, ended_by=None, ended_at=None, version=1,
    )  # fmt: skip
    work.tell("erasure.proposed", "erasure", erasure_id, subjects=(person_id,), reason=extent.reason)
    return {"erasure": str(erasure_id)}


async def withdraw_erasure(work: Work, erasure_id: UUID, *, version: int) -> Result:
    """Take a proposal back; raises InvalidTransition when it was carried out or withdrawn."""
    erasure = await load(work, "erasure", erasure_id, action="withdraw", version=version)
    _refuse_ended(erasure, "withdraw")
    await _ended(work, erasure_id, ErasureStatus.withdrawn)
    work.tell("erasure.withdrawn", "erasure", erasure_id, subjects=(erasure["person_id"],))
    # An approval that failed at its commit left its line: a restart would carry out what is withdrawn here.
    ledger = work.tools.shred_ledger
    work.at_last(partial(asyncio.to_thread, ledger.withdraw, erasure_id, work.now))
    return {"erasure": str(erasure_id)}


async def approve_erasure(work: Work, erasure_id: UUID, *, version: int) -> Result:
    """Carry out what another proposed, for good: keys, sealed words, traces and postings are gone when it commits,
    and with them what opened the record to somebody served, and what the person held.


    Raises InvalidInput for one's own proposal, InvalidTransition under a legal hold, NotPermitted without a second
    factor proved just now (needs_step_up), KeyUnavailable in a process without the index's key, SettingsUnsafe without
    a shred ledger.
    """
    erasure = await load(work, "erasure", erasure_id, action="approve", version=version)
    _refuse_ended(erasure, "approve")
    proposer = await _account_of.value(work.connection, incident_id=work.incident_id, id=erasure["proposed_by"])
    if proposer == work.actor.account_id:
        raise InvalidInput.at("erasureId", "own_proposal", "Somebody else approves what you proposed.")
    own = {"incident_id": work.incident_id, "case_id": erasure["case_id"]}
    if not await lock_for_erasing(work.connection, **own, person_id=erasure["person_id"]):
        raise NotFound
    is_last = not await _others.value(work.connection, **own, id=erasure["person_id"])
    # Nobody is left whom the case's words could be kept for.
    words: bool = erasure["includes_case_words"] or is_last
    erased = Erased(work.incident_id, erasure["person_id"], erasure["case_id"], words)
    await _refuse_held(work, erased)
    await demand_proof(work)
    gone = await erase(work.connection, work.tools.blind_index, erased, at=work.now)
    await withdraw_from_erased(work, erased.person_id)
    await _ended(work, erasure_id, ErasureStatus.carried_out)
    work.tell(
        "erasure.carried_out", "erasure", erasure_id, subjects=(erased.person_id,), classes=mask_of(SEALED_CLASSES),
        reason=erasure["reason"], case_words=words, postings=gone,
    )  # fmt: skip
    line = Shredding(work.now, work.incident_id, erasure_id, erased.person_id, erased.case_id, words)
    work.at_last(partial(asyncio.to_thread, work.tools.shred_ledger.append, line))
    return {"erasure": str(erasure_id)}


def _refuse_ended(erasure: Loaded, verb: str) -> None:
    if erasure["status"] != ErasureStatus.proposed:
        raise InvalidTransition(state=erasure["status"], verb=verb)


async def _refuse_held(work: Work, erased: Erased) -> None:
    own = {"incident_id": work.incident_id, "case_id": erased.case_id}
    # What a court wants kept of a person it wants of every record that stands for them.
    same = await same_persons(work, erased.person_id)
    held = await standing_holds.value(work.connection, incident_id=work.incident_id, person_ids=list(same))
    if erased.with_case_words:
        held += await holds_in_case.value(work.connection, **own)
    if held:
        raise InvalidTransition(state="on_hold", verb="approve")


async def _ended(work: Work, erasure_id: UUID, status: ErasureStatus) -> None:
    await _end.run(
        work.connection, of_incident=work.incident_id, of_id=erasure_id, to_status=status, by=work.actor.membership_id,
        at=work.now,
    )  # fmt: skip
