"""What else happens in a story: notes, deliveries, needs that end, follow-ups kept or overdue, handoffs, a close.

Never: close a case over the head of something still owed.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fac.casework.assistance import mark_assistance_entered_in_error, record_assistance
from fac.casework.case import assign_case, close_case, pause_case, reopen_case
from fac.casework.erasure import Extent, propose_erasure
from fac.casework.follow_up import attempt_follow_up, cancel_follow_up, complete_follow_up, plan_follow_up
from fac.casework.handoff import (
    OFFER_LASTS,
    accept_handoff,
    decline_handoff,
    expire_handoff,
    propose_handoff,
    withdraw_handoff,
)
from fac.casework.legal_hold import place_legal_hold
from fac.casework.need import resolve_need
from fac.casework.note import write_note
from fac.demo import markers
from fac.demo.story import Story
from fac.demo.wording import MESSAGES, NOTES
from fac.domain.vocabulary import (
    CenterKind,
    Channel,
    CloseReason,
    ContactOutcome,
    ErasureReason,
    FollowUpReason,
    HandoffDeclineReason,
    HandoffStatus,
    HoldReason,
    NeedStatus,
    NoteKind,
    Role,
)

_LINES: Final = ("C1", "C7", "B9", "A4", "A1", "C3", "D1", "B4", "B10", "E1")
_KINDS: Final = (NoteKind.casework,) * 7 + (NoteKind.clinical, NoteKind.safety, NoteKind.clergy_privileged)
_ENDS: Final = (
    NeedStatus.met, NeedStatus.met, NeedStatus.partially_met, NeedStatus.unmet_no_capacity, NeedStatus.unmet_ineligible,
    NeedStatus.client_declined, NeedStatus.no_longer_needed,
)  # fmt: skip
_REACHED: Final = (ContactOutcome.reached, ContactOutcome.reached, ContactOutcome.in_person)
_MISSED: Final = (ContactOutcome.no_answer, ContactOutcome.left_safe_message, ContactOutcome.declined_now)
_REASONS: Final = (
    FollowUpReason.wellbeing_check, FollowUpReason.wellbeing_check, FollowUpReason.document_needed,
    FollowUpReason.court_event, FollowUpReason.deadline, FollowUpReason.anniversary,
)  # fmt: skip


async def assign(story: Story) -> None:
    """Give the case from the desk that opened it to a case manager of the center."""
    worker = story.worker(story.center)
    supervisor = story.worker(story.center, Role.supervisor)
    await story.act(
        supervisor,
        "assignCase",
        assign_case,
        story.case_id,
        version=story.case_version,
        worker_id=worker.membership_id,
    )
    story.case_version += 1
    story.keeper = worker


async def note(story: Story) -> None:
    """Write something down."""
    body = markers.NOTE if story.number == 0 else story.words(NOTES)
    kind = NoteKind.casework if story.number == 0 else story.chance.choice(_KINDS)
    await story.act(story.keeper, "writeNote", write_note, story.case_id, kind=kind, body=body)


async def safeguard(story: Story) -> None:
    """Hold one family for a suit, and propose to forget one of another: the privacy officer has both to look at."""
    supervisor = story.worker(story.center, Role.supervisor)
    if story.number % 60 == 7:
        await story.act(
            supervisor, "placeLegalHold", place_legal_hold, case_id=story.case_id, reason=HoldReason.litigation
        )
    elif story.number % 60 == 13:
        extent = Extent(ErasureReason.client_request, includes_case_words=False)
        first = next(iter(story.persons.values()))
        await story.act(supervisor, "proposeErasure", propose_erasure, first, extent=extent)


async def deliver(story: Story) -> None:
    """Record something handed out or done for somebody of the family; one in forty by mistake."""
    ref = story.chance.choice(list(story.persons))
    award_id = story.directory.awards[story.chance.randint(0, 1)]
    given = await story.act(
        story.keeper,
        "recordAssistance",
        record_assistance,
        story.persons[ref],
        line_code=story.chance.choice(_LINES),
        occurrences=story.chance.randint(1, 3),
        delivered_on=story.today,
        award_id=award_id if story.number % 9 else None,
    )
    if story.number % 40 == 22 and story.keeper.role is not Role.intake_worker:
        await story.act(
            story.keeper,
            "markAssistanceEnteredInError",
            mark_assistance_entered_in_error,
            given,
            version=1,
        )


async def resolve(story: Story, *, most: int) -> None:
    """Bring open needs to an end, met or not."""
    for need in story.open_needs[-most:]:
        status = story.chance.choice(_ENDS)
        await story.act(
            story.keeper,
            "resolveNeed",
            resolve_need,
            need.id,
            version=need.version,
            status=status,
        )
        story.open_needs.remove(need)


async def come_back(story: Story, *, faithfully: bool = False) -> None:
    """Plan to come back; when the day is over it was kept, called off, or is overdue (never, if ``faithfully``)."""
    due_on = story.at.date() + timedelta(days=story.chance.randint(5, 40))
    follow_up = await story.act(
        story.keeper,
        "planFollowUp",
        plan_follow_up,
        story.case_id,
        due_on=due_on,
        reason=story.chance.choice(_REASONS),
    )
    came = story.chance.random()
    if not faithfully and (due_on >= story.now.date() or came < 0.2):
        story.owes = True
        return
    story.wait(3, 30)
    if came < 0.5:
        await story.act(
            story.keeper,
            "attemptFollowUp",
            attempt_follow_up,
            follow_up,
            channel=Channel.voice,
            outcome=story.chance.choice(_MISSED),
        )
        story.wait(0.5, 3)
    if came > 0.93 and story.keeper.role is not Role.intake_worker:
        await story.act(story.keeper, "cancelFollowUp", cancel_follow_up, follow_up, version=1)
        return
    await story.act(
        story.keeper,
        "completeFollowUp",
        complete_follow_up,
        follow_up,
        version=1,
        outcome=story.chance.choice(_REACHED),
    )


async def hand_over(story: Story, to: CenterKind, end: HandoffStatus) -> bool:
    """Offer the case to another center; tell whether it went over."""
    if end is HandoffStatus.proposed:
        story.wait_till_lately(0.5, 5)
    elif end is HandoffStatus.expired and story.left < OFFER_LASTS * 1.5:
        end = HandoffStatus.withdrawn
    offer = await story.act(
        story.keeper,
        "proposeHandoff",
        propose_handoff,
        story.case_id,
        to_center_id=story.directory.centers[to],
        client_agreed=True,
        message=markers.HANDOFF_MESSAGE if story.number == 0 else story.words(MESSAGES),
    )
    if end is HandoffStatus.proposed:
        story.owes = True
    elif end is HandoffStatus.expired:
        story.at += OFFER_LASTS + timedelta(hours=1)
        await story.act(story.directory.system_worker, "expireHandoff", expire_handoff, offer)
    else:
        story.wait(0.2, 3)
        await _answer(story, to, offer, end)
    return end is HandoffStatus.accepted


async def _answer(story: Story, to: CenterKind, offer: UUID, end: HandoffStatus) -> None:
    taker = story.worker(to)
    match end:
        case HandoffStatus.declined:
            reason = story.chance.choice(tuple(HandoffDeclineReason))
            await story.act(taker, "declineHandoff", decline_handoff, offer, version=1, reason=reason)
        case HandoffStatus.withdrawn:
            await story.act(story.keeper, "withdrawHandoff", withdraw_handoff, offer, version=1)
        case _:
            worker_id = taker.membership_id
            await story.act(taker, "acceptHandoff", accept_handoff, offer, version=1, worker_id=worker_id)
            story.case_version += 1
            story.center, story.keeper = to, taker


async def close(story: Story) -> None:
    """Close the case when nothing is owed any more; some families come back."""
    await resolve(story, most=len(story.open_needs))
    if story.owes:
        return
    story.wait(5, 40)
    reason = story.chance.choice(tuple(CloseReason))
    await story.act(
        story.keeper,
        "closeCase",
        close_case,
        story.case_id,
        version=story.case_version,
        reason=reason,
    )
    story.case_version += 1
    if story.number % 3 == 0:
        story.wait(10, 60)
        await story.act(story.keeper, "reopenCase", reopen_case, story.case_id, version=story.case_version)
        story.case_version += 1


async def pause(story: Story) -> None:
    """Nothing is to be done for a while."""
    await story.act(story.keeper, "pauseCase", pause_case, story.case_id, version=story.case_version)
    story.case_version += 1
