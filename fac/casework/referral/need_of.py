"""The needs a referral carries: referred with it, and taken back when it ends without meeting them.

The rows are locked in the order of their ids before they are judged, so that two referrals of one need never each take
the other for still open.
Never: take a need back that another referral still works on.
"""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update

from fac.casework.work import Work
from fac.db.need import needs
from fac.db.referral import referral_needs
from fac.db.rls.counted import carried_elsewhere
from fac.db.statement import Statement, among
from fac.domain.vocabulary import NeedStatus
from fac.domain.workflow import NEED, REFERRAL

_REFERABLE = {each.source for each in NEED.steps if each.verb == "refer" and each.source is not NeedStatus.referred}
# Sent, and neither ended nor back with us.
_SENT = {
    each.target
    for each in REFERRAL.steps
    if each.target not in REFERRAL.ends and "send" not in REFERRAL.possible(each.target)
}

_of_referral = select(referral_needs.c.need_id).where(
    referral_needs.c.incident_id == bindparam("of_incident"), referral_needs.c.referral_id == bindparam("of_referral")
)
_lock = Statement(
    select(needs.c.id)
    .where(needs.c.incident_id == bindparam("of_incident"), needs.c.id.in_(_of_referral))
    .order_by(needs.c.id)
    .with_for_update()
)
_refer = Statement(
    update(needs)
    .where(
        needs.c.incident_id == bindparam("of_incident"), needs.c.id.in_(_of_referral), among(needs.c.status, _REFERABLE)
    )
    .values(status=bindparam("to_status"), version=needs.c.version + 1)
)
_take_back = Statement(
    update(needs)
    .where(
        needs.c.incident_id == bindparam("of_incident"),
        needs.c.id.in_(_of_referral),
        needs.c.status == bindparam("from_status"),
        # Whoever ends a referral may not see the others.
        needs.c.id.not_in(carried_elsewhere(bindparam("of_referral", type_=Uuid), _SENT)),
    )
    .values(status=bindparam("to_status"), version=needs.c.version + 1)
)


async def refer_needs(work: Work, referral_id: UUID) -> None:
    """Mark the referral's open needs as referred."""
    await _locked(work, referral_id)
    await _refer.run(
        work.connection, of_incident=work.incident_id, of_referral=referral_id, to_status=NeedStatus.referred
    )


async def take_needs_back(work: Work, referral_id: UUID) -> None:
    """Take the referral's needs back into our own hands, unless another referral under way carries them."""
    await _locked(work, referral_id)
    await _take_back.run(
        work.connection,
        of_incident=work.incident_id,
        of_referral=referral_id,
        from_status=NeedStatus.referred,
        to_status=NeedStatus.in_progress,
    )


async def _locked(work: Work, referral_id: UUID) -> None:
    await _lock.run(work.connection, of_incident=work.incident_id, of_referral=referral_id)
