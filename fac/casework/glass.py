"""Breaking the glass: in an emergency the whole of one case of one's own center, for an hour.

The emergency access procedure of 45 CFR 164.312(a)(2)(ii). It costs a reason, words, and a second factor proved just
now; every read under it is audited with its id; who carries the case and who watches over privacy are told at once; and
another person reviews it within three days. Walls, privileged notes and a responder's own agency keep out whoever
breaks it (policies/policy.csv).
Never: open anything for a partner or of another center, or change anything by it.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, update

from fac.casework.follow_up import plan_follow_up
from fac.casework.loading import load
from fac.casework.local_day import local_day
from fac.casework.review import Deed, await_review
from fac.casework.second_factor import demand_proof
from fac.casework.subject_key import seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.db.glass import MINUTES, glass_breaks
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import CaseStatus, FollowUpReason, GlassReason, InfoClass, ReviewKind
from fac.errors import InvalidInput, InvalidTransition

MOST_WORDS = 2_000
LASTS = timedelta(minutes=MINUTES)
REVIEWED_WITHIN = timedelta(hours=72)

_glass = glass_breaks.c
_insert = insert_into(glass_breaks)
_mine_now = Statement(
    select(_glass.id).where(
        _glass.incident_id == bindparam("incident_id"),
        _glass.broken_by == bindparam("membership_id"),
        _glass.case_id == bindparam("case_id"),
        _glass.ends_at > bindparam("now"),
    )
)
_told = Statement(
    update(glass_breaks)
    .where(_glass.incident_id == bindparam("of_incident"), _glass.id == bindparam("of_id"), _glass.told_at.is_(None))
    .values(told_at=bindparam("at"))
)


async def break_glass(work: Work, case_id: UUID, *, reason: GlassReason, words: str) -> Result:
    """Open the whole case to the acting hat for an hour.

    Raises NotPermitted without a second factor proved just now (needs_step_up), InvalidInput without words,
    InvalidTransition while this hat's glass on the case is still broken.
    """
    case = await load(work, "case", case_id, action="read", then=("break", "glass_break"))
    work.demand("break", "glass_break", held=case.held, info=OUTLINE | InfoClass.staff_record.bit)
    if len(words) > MOST_WORDS:
        raise InvalidInput.at("words", "too_long", f"{MOST_WORDS} characters at most.")
    me = work.actor
    if await _mine_now.value(
        work.connection, incident_id=work.incident_id, membership_id=me.membership_id, case_id=case_id, now=work.now
    ):
        raise InvalidTransition(state="broken", verb="break")
    glass_id = new_id()
    sealed = await seal_text(
        work, words, table="glass_breaks", row_id=glass_id, subject_id=case_id, info=InfoClass.staff_record
    )
    if sealed is None:
        raise InvalidInput.at("words", "required", "Say what the emergency is; another person will read it.")
    await demand_proof(work)
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=glass_id, case_id=case_id, broken_by=me.membership_id,
        account_id=me.account_id, reason=reason, words=sealed, broken_at=work.now, ends_at=work.now + LASTS,
        told_at=None,
    )  # fmt: skip
    work.tell(
        "glass_break.broken", "glass_break", glass_id, subjects=(case_id,), classes=InfoClass.staff_record.bit,
        reason=reason,
    )  # fmt: skip
    work.later("tell.glass_break", glass_break_id=glass_id)
    deed = Deed(ReviewKind.glass_broken, case_id, glass_break_id=glass_id)
    await await_review(work, deed, within=REVIEWED_WITHIN)
    return {"glass_break": str(glass_id)}


async def tell_of_glass_break(work: Work, glass_break_id: UUID) -> Result:
    """Bring a breaking before who carries the case, and have who watches over privacy told.

    Raises InvalidTransition when it was done: the job may run twice.
    """
    glass = await load(work, "glass_break", glass_break_id, action="read")
    if not await _told.run(work.connection, of_incident=work.incident_id, of_id=glass_break_id, at=work.now):
        raise InvalidTransition(state="told", verb="tell")
    case = await load(work, "case", glass["case_id"], action="read", lock=False)
    planned: Result = {}
    if case["status"] != CaseStatus.closed:
        today = await local_day(work)
        planned = await plan_follow_up(work, case["id"], due_on=today, reason=FollowUpReason.glass_broken)
    work.later("notify.glass_break_broken", glass_break_id=glass_break_id)
    return {"glass_break": str(glass_break_id)} | planned
