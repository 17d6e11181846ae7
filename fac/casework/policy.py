"""Changing the policy while it is in use: one person proposes, another approves.

Both are signed in, each act is an audit row, and the whole change is proved at both (fac.access.proposal). What is
approved comes into force in every process within seconds, without a restart.
Never: let one person do both, under whatever hats; let an exercise change what real families rely on.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.access.in_force import Approved, InForce, Policies, approved
from fac.access.policy import Policy
from fac.access.proposal import OVERLAY, digest_of
from fac.casework.second_factor import demand_proof
from fac.casework.work import Result, Work
from fac.db.incident import incidents
from fac.db.policy import insert_approval, insert_proposal, newest_number, proposal_by_id
from fac.db.statement import Row, Statement
from fac.domain.ids import new_id
from fac.errors import Conflict, InvalidInput, InvalidTransition, NotFound

_is_exercise = Statement(select(incidents.c.is_exercise).where(incidents.c.id == bindparam("id")))


async def propose_policy(work: Work, policies: Policies, files: Mapping[str, str]) -> Result:
    """Propose that ``files`` (name -> text) take the place of the program's own, or ``overlay.csv`` for this incident.

    Raises NotPermitted, InvalidInput, PolicyInvalid with the faults found; then nothing is kept.
    """
    work.demand("propose", "policy", held=("my_incident",))
    if not files:
        raise InvalidInput.at("files", "required", "A proposal brings at least one file.")
    overlay_for = work.incident_id if OVERLAY in files else None
    await _refuse_exercise(work, overlay_for)
    number = await newest_number.value(work.connection)
    made = Approved(overlay_for, files, digest_of(files))
    await _proved(work, policies, number, made)
    id = new_id()
    await insert_proposal.run(
        work.connection, id=id, overlay_for=overlay_for, files=dict(files), digest=made.digest, follows=number,
        proposed_by=work.actor.account_id, proposed_at=work.now,
    )  # fmt: skip
    work.tell("policy.proposed", "policy", id, digest=made.digest.hex(), reach=_reach(made))
    return {"proposal": str(id)}


async def approve_policy(work: Work, policies: Policies, proposal_id: UUID) -> Result:
    """Approve what another person proposed; it comes into force.

    Raises NotPermitted, NotFound (also for another incident's overlay), InvalidInput for one's own proposal,
    InvalidTransition when it is approved already, Conflict when another change was approved since it was proposed,
    PolicyInvalid when it no longer holds, NotPermitted also without a fresh proof (needs_step_up).
    """
    work.demand("approve", "policy", held=("my_incident",))
    found = await _proposal(work, proposal_id)
    await _refuse_exercise(work, found["overlay_for"])
    if found["proposed_by"] == work.actor.account_id:
        raise InvalidInput.at("proposalId", "own_proposal", "Another person approves what you proposed.")
    if found["number"] is not None:
        raise InvalidTransition(state="approved", verb="approve")
    number = await newest_number.value(work.connection)
    if number != found["follows"]:
        raise Conflict
    made = _made(found)
    await _proved(work, policies, number + 1, made)
    await demand_proof(work)
    # Of two approvals at once the number lets one through.
    await insert_approval.run(
        work.connection, number=number + 1, proposal_id=proposal_id, proposed_by=found["proposed_by"],
        approved_by=work.actor.account_id, approved_at=work.now,
    )  # fmt: skip
    work.tell("policy.approved", "policy", proposal_id, number=number + 1, digest=made.digest.hex(), reach=_reach(made))
    return {"number": number + 1}


async def review_policy(work: Work, policies: Policies, proposal_id: UUID) -> tuple[Policy, Policy]:
    """Return what is in force now and what would be, where the proposal reaches.

    Raises NotPermitted, NotFound, PolicyInvalid when the proposal no longer holds.
    """
    work.demand("read", "policy", held=("my_incident",))
    made = _made(await _proposal(work, proposal_id))
    number = await newest_number.value(work.connection)
    before = await policies.prove(number, await approved(work.connection))
    after = await _proved(work, policies, number, made)
    await work.tell_now("record.read", "policy", proposal_id, subjects=(), classes=0)
    if made.overlay_for is None:
        return before.policy, after.policy
    return before.of(work.incident_id), after.of(work.incident_id)


async def _proposal(work: Work, proposal_id: UUID) -> Row:
    found = await proposal_by_id.first(work.connection, id=proposal_id)
    if found is None or found["overlay_for"] not in (None, work.incident_id):
        raise NotFound
    return found


def _made(row: Row) -> Approved:
    return Approved(row["overlay_for"], row["files"], bytes(row["digest"]))


async def _proved(work: Work, policies: Policies, number: int, made: Approved) -> InForce:
    """Prove ``made`` together with every overlay that will lie over it, or with what it will lie over."""
    others = [each for each in await approved(work.connection) if each.overlay_for != made.overlay_for]
    return await policies.prove(number, [*others, made])


async def _refuse_exercise(work: Work, overlay_for: UUID | None) -> None:
    if overlay_for is None and await _is_exercise.value(work.connection, id=work.incident_id):
        raise InvalidInput.at("files", "exercise", "An exercise has an overlay of its own and changes nothing else.")


def _reach(made: Approved) -> str:
    return "installation" if made.overlay_for is None else "incident"
