"""What the clock asks for: unanswered referrals and reviews are escalated, unanswered referrals and handoffs lapse.

Never: decide anything a person should, or do a thing twice: what was answered meanwhile is left alone.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fac.casework.glass import tell_of_glass_break
from fac.casework.handoff import expire_handoff
from fac.casework.referral.expiring import expire_referral
from fac.casework.referral.overdue import UNANSWERED, escalate_referral
from fac.casework.review import escalate_review
from fac.casework.work import Work
from fac.db import outbox
from fac.db.claims import Claims
from fac.domain.vocabulary import HandoffStatus, ReviewStatus
from fac.errors import InvalidTransition
from fac.jobs.acting import Equipment, acting

AGAIN = timedelta(minutes=1)


async def escalate_overdue_referral(equipment: Equipment, task: str, incident_id: UUID, referral_id: UUID) -> None:
    """Escalate a referral whose deadline has passed; one that was answered is left alone."""
    waiting = [str(each) for each in UNANSWERED]
    await _keep(equipment, task, incident_id, lambda work: escalate_referral(work, referral_id), waiting,
                referral_id=referral_id)  # fmt: skip


async def expire_unanswered_referral(equipment: Equipment, task: str, incident_id: UUID, referral_id: UUID) -> None:
    """Let a referral that nobody answered expire, a month after its deadline; one that was answered is left alone."""
    waiting = [str(each) for each in UNANSWERED]
    await _keep(equipment, task, incident_id, lambda work: expire_referral(work, referral_id), waiting,
                referral_id=referral_id)  # fmt: skip


async def expire_lapsed_handoff(equipment: Equipment, task: str, incident_id: UUID, handoff_id: UUID) -> None:
    """Let an offer lapse at its time; one that was answered is left alone."""
    await _keep(equipment, task, incident_id, lambda work: expire_handoff(work, handoff_id),
                [str(HandoffStatus.proposed)], handoff_id=handoff_id)  # fmt: skip


async def escalate_overdue_review(equipment: Equipment, task: str, incident_id: UUID, review_id: UUID) -> None:
    """Escalate a review that nobody concluded by its day; one that was is left alone."""
    await _keep(equipment, task, incident_id, lambda work: escalate_review(work, review_id),
                [str(ReviewStatus.open)], review_id=review_id)  # fmt: skip


async def tell_of_broken_glass(equipment: Equipment, task: str, incident_id: UUID, glass_break_id: UUID) -> None:
    """Bring a breaking of the glass before who carries the case, once."""
    await _keep(equipment, task, incident_id, lambda work: tell_of_glass_break(work, glass_break_id),
                [], glass_break_id=glass_break_id)  # fmt: skip


async def _keep(
    equipment: Equipment,
    task: str,
    incident_id: UUID,
    verb: Callable[[Work], Awaitable[Any]],
    waiting: list[str],
    **ids: UUID,
) -> None:
    try:
        async with acting(equipment, incident_id, task) as work:
            await verb(work)
    except InvalidTransition as refused:
        if str(refused.state) not in waiting:
            return  # answered, or done by an earlier run
        # The queue's clock runs ahead of ours: the deadline is still to come.
        async with equipment.database.transaction(Claims.of_system(incident_id)) as connection:
            await outbox.defer(connection, task, {"incident_id": incident_id} | ids, at=datetime.now(UTC) + AGAIN)
