"""Reviews: what one person did alone is looked at by another, by a day; silence is escalated.

Never: let somebody review what they did themselves, in whatever hat.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, exists, or_, select, update

from fac.casework.loading import load
from fac.casework.subject_key import class_told, seal_text
from fac.casework.work import OUTLINE, Result, Work
from fac.crypto.columns import SealedBytes
from fac.db.conflict_wall import conflict_walls
from fac.db.review import reviews
from fac.db.statement import Statement, insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, ReviewFinding, ReviewKind, ReviewStatus
from fac.errors import InvalidInput, InvalidTransition

MOST_WORDS: Final = 4_000
ESCALATED: Final = "escalated"  # what the refusal names when it was done already

_reviews = reviews.c
_insert = insert_into(reviews)
_conclude = Statement(
    update(reviews)
    .where(_reviews.incident_id == bindparam("of_incident"), _reviews.id == bindparam("of_id"))
    .values(
        status=bindparam("to_status"),
        reviewed_by=bindparam("by", type_=Uuid),
        reviewed_by_account=bindparam("by_account", type_=Uuid),
        reviewed_at=bindparam("at"),
        finding=bindparam("found", type_=Text),
        words=bindparam("said", type_=SealedBytes),
        version=_reviews.version + 1,
    )
)
_escalate = Statement(
    update(reviews)
    .where(_reviews.incident_id == bindparam("of_incident"), _reviews.id == bindparam("of_id"))
    .values(escalated_at=bindparam("at"), version=_reviews.version + 1)
)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be looked at: exactly one of the ids is set."""

    kind: ReviewKind
    case_id: UUID
    glass_break_id: UUID | None = None
    conflict_wall_id: UUID | None = None


_was_kept_out = Statement(
    select(
        exists().where(
            conflict_walls.c.incident_id == bindparam("incident_id"),
            conflict_walls.c.id == bindparam("id"),
            or_(
                conflict_walls.c.account_id == bindparam("account_id", type_=Uuid),
                conflict_walls.c.organization_id == bindparam("organization_id", type_=Uuid),
            ),
        )
    )
)


async def await_review(work: Work, deed: Deed, *, within: timedelta) -> None:
    """Put what the actor just did into the queue of those who review, due ``within``; a job keeps the deadline."""
    review_id, due_at = new_id(), work.now + within
    await _insert.run(
        work.connection, incident_id=work.incident_id, id=review_id, kind=deed.kind, case_id=deed.case_id,
        glass_break_id=deed.glass_break_id, conflict_wall_id=deed.conflict_wall_id, done_by=work.actor.membership_id,
        done_by_account=work.actor.account_id, status=ReviewStatus.open, raised_at=work.now, due_at=due_at,
        escalated_at=None, reviewed_by=None, reviewed_by_account=None, reviewed_at=None, finding=None, words=None,
        version=1,
    )  # fmt: skip
    work.later("escalate.review", at=due_at, review_id=review_id)


async def conclude_review(
    work: Work, review_id: UUID, *, version: int, finding: ReviewFinding, words: str | None = None
) -> Result:
    """Conclude a review with a finding; what was not justified is put into words.

    Raises InvalidInput for one's own deed, the lifting of a wall against oneself or one's organisation, or missing
    words; InvalidTransition for one that is concluded.
    """
    seen = OUTLINE | InfoClass.staff_record.bit
    review = await load(work, "review", review_id, action="conclude", info=seen, version=version)
    if review["status"] != ReviewStatus.open:
        raise InvalidTransition(state=review["status"], verb="conclude")
    if review["done_by_account"] == work.actor.account_id:
        raise InvalidInput.at("reviewId", "own_deed", "Another person reviews what you did.")
    if review["conflict_wall_id"] is not None and await _was_kept_out.value(
        work.connection, incident_id=work.incident_id, id=review["conflict_wall_id"],
        account_id=work.actor.account_id, organization_id=work.actor.organization_id,
    ):  # fmt: skip
        raise InvalidInput.at("reviewId", "own_wall", "Somebody whom the wall did not keep out reviews its lifting.")
    if len(words or "") > MOST_WORDS:
        raise InvalidInput.at("words", "too_long", f"{MOST_WORDS} characters at most.")
    sealed = await seal_text(
        work, words, table="reviews", row_id=review_id, subject_id=review["case_id"], info=InfoClass.staff_record
    )
    if sealed is None and finding is not ReviewFinding.justified:
        raise InvalidInput.at("words", "required", "Say what was wrong, and what is done about it.")
    await _conclude.run(
        work.connection, of_incident=work.incident_id, of_id=review_id, to_status=ReviewStatus.concluded,
        by=work.actor.membership_id, by_account=work.actor.account_id, at=work.now, found=finding, said=sealed,
    )  # fmt: skip
    work.tell(
        "review.concluded", "review", review_id, subjects=(review["case_id"],),
        classes=class_told(InfoClass.staff_record, sealed), finding=finding,
    )  # fmt: skip
    return {"review": str(review_id)}


async def escalate_review(work: Work, review_id: UUID) -> Result:
    """Mark a review that nobody concluded by its day as escalated, and have those who answer for it told.

    Raises InvalidTransition for one that is concluded or escalated, or whose day is still to come (state open).
    """
    review = await load(work, "review", review_id, action="escalate")
    if review["status"] != ReviewStatus.open or work.now < review["due_at"]:
        raise InvalidTransition(state=review["status"], verb="escalate")
    if review["escalated_at"] is not None:
        raise InvalidTransition(state=ESCALATED, verb="escalate")
    await _escalate.run(work.connection, of_incident=work.incident_id, of_id=review_id, at=work.now)
    work.tell("review.escalated", "review", review_id, subjects=(review["case_id"],))
    work.later("notify.review_escalated", review_id=review_id)
    return {"review": str(review_id)}
