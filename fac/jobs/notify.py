"""Tells the other side of every step: the partner of what is sent to it, the sender of every outcome.

Whom to tell and whether consent still stands is asked when the notice goes out, not when the step was taken. Messages
leave between two transactions; each contact that was told is written down, so a second run tells only the others.
Never: tell anything about a person, or hold a transaction open while the mail server thinks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, exists, or_, select

from fac.casework.loading import Loaded, load
from fac.casework.referral.basis import lacking
from fac.casework.referral.overdue import UNANSWERED
from fac.casework.referral.stepping import TOLD_AS
from fac.casework.work import Work
from fac.db.case import cases
from fac.db.conflict_wall import standing_walls
from fac.db.incident import centers
from fac.db.notice import notices
from fac.db.organization import organization_contacts
from fac.db.referral import referral_steps
from fac.db.staff import memberships
from fac.db.statement import Row, Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.jobs.acting import Equipment, acting
from fac.jobs.transport import Notice
from fac.jobs.wording import subject_of, text_of
from fac.logs import get_log

# Which steps the partner, or the receiving center, is told of; the side that asked is told of all others, and of a
# cancelling too: that is an outcome, and who carries the case need not be who cancelled.
TO_PARTNER = frozenset({"sent", "cancelled", "entered_in_error"})
TO_BOTH = frozenset({"cancelled"})
TO_RECEIVER = frozenset({"proposed", "withdrawn"})
_VERBS = {word: verb for verb, word in TOLD_AS.items()}

_last_step = Statement(
    select(referral_steps.c.id)
    .where(
        referral_steps.c.incident_id == bindparam("incident_id"),
        referral_steps.c.referral_id == bindparam("referral_id"),
        referral_steps.c.verb == bindparam("verb"),
    )
    .order_by(referral_steps.c.id.desc())
    .limit(1)
)
# The organisations of the worker who asked and of the one who answers for the family now.
_senders = Statement(
    select(memberships.c.organization_id)
    .distinct()
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        or_(
            memberships.c.id == bindparam("created_by"),
            memberships.c.id
            == select(cases.c.responsible_id)
            .where(cases.c.incident_id == bindparam("incident_id"), cases.c.id == bindparam("case_id"))
            .scalar_subquery(),
        ),
    )
)
# The organisations of the privacy officers and of the worker who answers for the family.
_watching = Statement(
    select(memberships.c.organization_id)
    .distinct()
    .where(
        memberships.c.incident_id == bindparam("incident_id"),
        memberships.c.ended_at.is_(None),
        or_(
            memberships.c.role == Role.privacy_officer,
            memberships.c.id
            == select(cases.c.responsible_id)
            .where(cases.c.incident_id == bindparam("incident_id"), cases.c.id == bindparam("case_id"))
            .scalar_subquery(),
        ),
    )
)
_runs_center = Statement(
    select(centers.c.organization_id).where(
        centers.c.incident_id == bindparam("incident_id"), centers.c.id == bindparam("id")
    )
)
_untold = Statement(
    select(organization_contacts.c.id, organization_contacts.c.email, organization_contacts.c.organization_id)
    .where(
        organization_contacts.c.incident_id == bindparam("incident_id"),
        organization_contacts.c.organization_id == any_(bindparam("organization_ids", type_=ARRAY(Uuid))),
        organization_contacts.c.email != "",
        ~exists().where(
            and_(
                notices.c.incident_id == organization_contacts.c.incident_id,
                notices.c.contact_id == organization_contacts.c.id,
                notices.c.cause_id == bindparam("cause_id"),
                notices.c.event == bindparam("event"),
            )
        ),
    )
    .order_by(organization_contacts.c.id)
)
_count_contacts = Statement(
    select(organization_contacts.c.id)
    .where(
        organization_contacts.c.incident_id == bindparam("incident_id"),
        organization_contacts.c.organization_id == any_(bindparam("organization_ids", type_=ARRAY(Uuid))),
        organization_contacts.c.email != "",
    )
    .limit(1)
)
_keep_notice = insert_into(notices, or_ignore=True)


@dataclass(frozen=True, slots=True)
class Telling:
    """A step, and the organisations that are to know of it. ``cause_id`` tells one step from the next of its kind."""

    event: str
    record: str
    record_id: UUID
    cause_id: UUID
    organizations: Sequence[UUID]


async def notify_referral(equipment: Equipment, task: str, incident_id: UUID, referral_id: UUID) -> None:
    """Tell of a referral's step; ``task`` is ``notify.referral_WORD``."""
    word = task.removeprefix("notify.referral_")
    async with acting(equipment, incident_id, task) as work:
        referral = await load(work, "referral", referral_id, action="read")
        telling = await _of_referral(work, word, referral)
        untold = await untold_contacts(work, telling)
    await deliver(equipment, task, incident_id, telling, untold)


async def notify_handoff(equipment: Equipment, task: str, incident_id: UUID, handoff_id: UUID) -> None:
    """Tell of a handoff's step; ``task`` is ``notify.handoff_WORD``."""
    word = task.removeprefix("notify.handoff_")
    async with acting(equipment, incident_id, task) as work:
        handoff = await load(work, "handoff", handoff_id, action="read")
        center_id = handoff["to_center_id"] if word in TO_RECEIVER else handoff["from_center_id"]
        whom = await _runs_center.value(work.connection, incident_id=incident_id, id=center_id)
        telling = Telling(f"handoff.{word}", "handoff", handoff_id, handoff_id, (whom,))
        untold = await untold_contacts(work, telling)
    await deliver(equipment, task, incident_id, telling, untold)


async def notify_glass_break(equipment: Equipment, task: str, incident_id: UUID, glass_break_id: UUID) -> None:
    """Tell those who watch over privacy, and who carries the case, that somebody broke the glass."""
    async with acting(equipment, incident_id, task) as work:
        glass = await load(work, "glass_break", glass_break_id, action="read")
        whom = await _guardians(work, glass["case_id"])
        telling = Telling("glass_break.broken", "glass_break", glass_break_id, glass_break_id, whom)
        untold = await untold_contacts(work, telling)
    await deliver(equipment, task, incident_id, telling, untold)


async def notify_review(equipment: Equipment, task: str, incident_id: UUID, review_id: UUID) -> None:
    """Tell those who watch over privacy, and who carries the case, that a review was not done in time."""
    async with acting(equipment, incident_id, task) as work:
        review = await load(work, "review", review_id, action="read")
        whom = await _guardians(work, review["case_id"])
        telling = Telling("review.escalated", "review", review_id, review_id, whom)
        untold = await untold_contacts(work, telling)
    await deliver(equipment, task, incident_id, telling, untold)


async def _guardians(work: Work, case_id: UUID) -> list[UUID]:
    rows = await _watching.all(work.connection, incident_id=work.incident_id, case_id=case_id)
    return [row["organization_id"] for row in rows]


async def _of_referral(work: Work, word: str, referral: Loaded) -> Telling:
    own = {"incident_id": work.incident_id}
    whom: list[UUID] = []
    if word in TO_PARTNER:
        is_kept_out = await _is_walled_off(work, referral)
        if not is_kept_out and (word != "sent" or await _still_stands(work, referral)):
            whom.append(referral["organization_id"])
    if word not in TO_PARTNER or word in TO_BOTH:
        rows = await _senders.all(
            work.connection, **own, created_by=referral["created_by"], case_id=referral["case_id"]
        )
        whom += [row["organization_id"] for row in rows]
    step_id = None
    if word in _VERBS:
        step_id = await _last_step.value(work.connection, **own, referral_id=referral["id"], verb=_VERBS[word])
    return Telling(f"referral.{word}", "referral", referral["id"], step_id or referral["id"], whom)


async def _is_walled_off(work: Work, referral: Loaded) -> bool:
    """Tell whether a conflict wall keeps the partner from the case: it is not told that there is anything."""
    walls = await standing_walls.value(
        work.connection, incident_id=work.incident_id, case_id=referral["case_id"], account_id=None,
        organization_id=referral["organization_id"],
    )  # fmt: skip
    return bool(walls)


async def _still_stands(work: Work, referral: Loaded) -> bool:
    """Tell whether the partner may still hear of it: unanswered, and released as it was when it was sent."""
    reason = ""
    if referral["status"] not in UNANSWERED:
        reason = "answered"
    elif await lacking(work, referral):
        reason = "needs_release"
    if reason:
        get_log().warning(
            "notice.withheld", incident_id=work.incident_id, record_id=referral["id"], job=work.operation, reason=reason
        )
    return not reason


async def untold_contacts(work: Work, telling: Telling) -> list[Row]:
    """Return the contacts that have not been told of it yet, after writing that they are about to be."""
    whom = {"incident_id": work.incident_id, "organization_ids": list(telling.organizations)}
    untold = await _untold.all(work.connection, **whom, cause_id=telling.cause_id, event=telling.event)
    if telling.organizations and not untold and await _count_contacts.value(work.connection, **whom) is None:
        get_log().error(
            "notice.no_contact", incident_id=work.incident_id, record_id=telling.record_id, job=work.operation
        )
    if untold:
        # Before the network, so that where the audit cannot be written nobody is told either.
        contacts = [str(each["id"]) for each in untold]
        work.tell("notice.prepared", telling.record, telling.record_id, told=telling.event, contacts=contacts)
    return untold


async def deliver(equipment: Equipment, task: str, incident_id: UUID, telling: Telling, untold: list[Row]) -> None:
    """Tell each contact, and write down that it was told; outside any transaction."""
    for contact in untold:
        await equipment.transport.send(
            Notice(
                key=_key_of(telling, contact["id"]),
                event=telling.event,
                incident_id=incident_id,
                record_id=telling.record_id,
                recipient=contact["email"],
                subject=subject_of(telling.event),
                text=text_of(telling.event, incident_id, telling.record_id),
            )
        )
        async with acting(equipment, incident_id, task) as work:
            kept = await _keep_notice.run(
                work.connection, incident_id=incident_id, id=new_id(), event=telling.event, record=telling.record,
                record_id=telling.record_id, cause_id=telling.cause_id, organization_id=contact["organization_id"],
                contact_id=contact["id"], sent_at=work.now,
            )  # fmt: skip
            if kept:
                work.tell("notice.sent", telling.record, telling.record_id, told=telling.event, contact=contact["id"])


def _key_of(telling: Telling, contact_id: UUID) -> str:
    """Return the same short key each time the same contact is told of the same step."""
    named = f"{telling.event} {telling.cause_id} {contact_id}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]
