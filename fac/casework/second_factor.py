"""The second factor: enrolled once, proved by a one-time code, and demanded by the acts that are listed (step-up).

A proof holds for five minutes, in the session it was given in, mostly for one act (fac.casework.proven): whoever finds
a desk unlocked, or a token, does nothing that asks for one (NIST SP 800-63B, 4.2; ASVS 5.0, 6.5 and 7.5.3).
Never: let a code work twice, tell how near a wrong one was, or lock anybody out for good.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Double, Uuid, bindparam, cast, func, literal_column, null, select, update

from fac.casework.loading import Loaded, load
from fac.casework.proven import PROOFS, Proof
from fac.casework.work import OUTLINE, Result, Work
from fac.crypto.one_time_code import step_of
from fac.db.second_factor import second_factors
from fac.db.statement import Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from fac.errors import InvalidInput, InvalidTransition, KeyUnavailable, NotPermitted, RateLimited

FRESH = timedelta(minutes=5)
MOST_TRIES = 5
TOLD_AFTER = 3  # so many wrong codes in a row, and whose account it is is told
SECONDS_EACH = 300  # a try comes back every five minutes: 293 a day of a million codes, three of which fit
_LISTED = OUTLINE | InfoClass.workforce.bit
_OWN = ("my_incident", "my_own")  # everybody's second factor is their own

_factors = second_factors.c
_at = bindparam("at", type_=DateTime(timezone=True), required=True)
_live = (
    _factors.incident_id == bindparam("of_incident", type_=Uuid),
    _factors.account_id == bindparam("of_account", type_=Uuid),
    _factors.ended_at.is_(None),
)
_waited = func.greatest(func.date_part("epoch", _at - _factors.counted_at), literal_column("0", Double))
_refilled = func.least(
    literal_column(str(MOST_TRIES), Double),
    _factors.tries_left + cast(_waited, Double) / literal_column(str(SECONDS_EACH), Double),
)
_insert = insert_into(second_factors)
_find = Statement(select(second_factors).where(*_live).with_for_update())
_end = Statement(update(second_factors).where(*_live).values(ended_at=_at, proved_in=null(), proved_at=null()))
_take_try = Statement(
    update(second_factors)
    .where(*_live, _refilled >= literal_column("1", Double))
    .values(tries_left=_refilled - literal_column("1", Double), counted_at=_at)
    .returning(_factors.id, _factors.epoch, _factors.last_step, _factors.tries_left)
)
_prove = Statement(
    update(second_factors)
    .where(*_live)
    .values(
        last_step=bindparam("step", type_=BigInteger),
        tries_left=_factors.tries_left + literal_column("1", Double),  # a right code costs no try
        confirmed_at=func.coalesce(_factors.confirmed_at, _at),
        proved_in=bindparam("session_id", type_=Uuid),
        proved_at=_at,
    )
)
_fresh = (
    *_live,
    _factors.proved_in == bindparam("session_id", type_=Uuid),
    _factors.proved_at > bindparam("since", type_=DateTime(timezone=True)),
)
_stands = Statement(select(_factors.id).where(*_fresh))
_spend = Statement(update(second_factors).where(*_fresh).values(proved_in=null(), proved_at=null()))


async def enroll_second_factor(work: Work) -> Result:
    """Enrol an authenticator for one's own account; one that is in use is replaced only against a fresh proof of it.

    The secret is shown with the answer (fac.api.second_factor); it counts from the first right code on. Raises
    NotPermitted (needs_step_up) where there is one that was not just proved.
    """
    permit = work.demand("enroll", "second_factor", held=_OWN)
    mine = _mine(work)
    present = await _find.first(work.connection, **mine)
    await demand_proof(work)
    if present is not None:
        await _end.run(work.connection, **mine, at=work.now)
    factor_id, epoch = new_id(), work.tools.factors.active_epoch
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=factor_id, account_id=work.actor.account_id, epoch=epoch,
        enrolled_at=work.now, confirmed_at=None, ended_at=None, last_step=0,
        # What was spent stays spent: a new secret gives no new tries.
        tries_left=MOST_TRIES if present is None else present["tries_left"],
        counted_at=work.now if present is None else present["counted_at"], proved_in=None, proved_at=None,
    )  # fmt: skip
    work.tell("second_factor.enrolled", permit.record, factor_id, replaced=present is not None)
    work.later("notify.second_factor_enrolled", membership_id=work.actor.membership_id)
    return {"second_factor": str(factor_id), "epoch": epoch}


async def step_up(work: Work, *, code: str) -> Result:
    """Prove the second factor by the code it shows now; the first right one confirms the enrolment.

    A wrong code is an answer and not a refusal, so that the try it cost is kept. Raises NotPermitted
    (needs_second_factor) where none is enrolled, RateLimited when no try is left.
    """
    work.demand("prove", "second_factor", held=_OWN)
    mine = _mine(work)
    factor = await _take_try.first(work.connection, **mine, at=work.now)
    if factor is None:
        if await _find.first(work.connection, **mine) is None:
            raise NotPermitted("needs_second_factor", requestable=True)
        raise RateLimited
    left: Result = {"is_proven": False, "until": None, "tries_left": int(factor["tries_left"])}
    step = _step_of(work, factor, code)
    if step is None:
        work.tell("second_factor.refused", "second_factor", factor["id"])
        if left["tries_left"] == MOST_TRIES - TOLD_AFTER:
            work.later("notify.second_factor_refused", membership_id=work.actor.membership_id)
        return left
    await _prove.run(work.connection, **mine, at=work.now, step=step, session_id=work.actor.session_id)
    work.tell("second_factor.proved", "second_factor", factor["id"])
    return left | {"is_proven": True, "until": (work.now + FRESH).isoformat(), "tries_left": left["tries_left"] + 1}


async def reset_second_factor(work: Work, membership_id: UUID) -> Result:
    """End the second factor of somebody who lost it; they enrol anew. Their tries and old codes are gone with it.

    Raises InvalidInput for one's own, InvalidTransition where there is none.
    """
    hat = await load(work, "membership", membership_id, action="reset", info=_LISTED)
    if hat["account_id"] == work.actor.account_id:
        raise InvalidInput.at("membershipId", "own_account", "Somebody else resets yours.")
    await demand_proof(work)
    return await _reset(work, hat)


async def reset_at_the_machine(work: Work, membership_id: UUID) -> Result:
    """End a lost second factor where no session is asked for: also the own of a single administrator, whom nobody else
    could let in again. Raises InvalidTransition where there is none.
    """
    return await _reset(work, await load(work, "membership", membership_id, action="reset", info=_LISTED))


async def _reset(work: Work, hat: Loaded) -> Result:
    theirs = {"of_incident": work.incident_id, "of_account": hat["account_id"]}
    if not await _end.run(work.connection, **theirs, at=work.now):
        raise InvalidTransition(state="not_enrolled", verb="reset")
    work.tell("second_factor.reset", "membership", hat["id"])
    work.later("notify.second_factor_reset", membership_id=hat["id"])
    return {"membership": str(hat["id"])}


async def demand_proof(work: Work) -> None:
    """Hold the act under way to the fresh proof that it asks for (fac.casework.proven).

    Raises NotPermitted: needs_second_factor where none is enrolled, needs_step_up where it was not proved in this
    session in the last five minutes, or the proof is spent.
    """
    proof = PROOFS[work.operation]
    shown = _mine(work) | {"session_id": work.actor.session_id, "since": work.now - FRESH}
    if proof is Proof.standing:
        work.is_proven = await _stands.value(work.connection, **shown) is not None
    else:
        work.is_proven = await _spend.run(work.connection, **shown) == 1
    if work.is_proven:
        return
    found = await _find.first(work.connection, **_mine(work))
    is_enrolled = found is not None and found["confirmed_at"] is not None
    if proof is Proof.of_the_former and not is_enrolled:
        work.is_proven = True  # there is nothing yet to prove it with
        return
    raise NotPermitted("needs_step_up" if is_enrolled else "needs_second_factor", requestable=True)


def _mine(work: Work) -> dict[str, Any]:
    return {"of_incident": work.incident_id, "of_account": work.actor.account_id}


def _step_of(work: Work, factor: Row, code: str) -> int | None:
    """Return the step of the code, or None; of an enrolment whose key is gone no code is right."""
    try:
        secret = work.tools.factors.secret(
            factor["epoch"], work.incident_id, work.actor.account_id, factor["id"]
        )  # fmt: skip
    except KeyUnavailable:
        return None
    return step_of(secret, code, work.now, after=factor["last_step"])
