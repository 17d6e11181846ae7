"""What guards a casefile, seen at work: a wall, the glass broken twice, and a colleague who looks families up at night.

Never: break the glass another way than with a second factor, a reason and words.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from fac.access.actor import Actor
from fac.casework.conflict_wall import Side, raise_conflict_wall
from fac.casework.disclosure_ledger import record_disclosure
from fac.casework.glass import break_glass
from fac.casework.review import conclude_review
from fac.casework.search import search_people
from fac.casework.search_needle import Needle
from fac.db.review import reviews
from fac.db.statement import Statement
from fac.demo.directory import ADMINISTRATOR
from fac.demo.proving import enrolled
from fac.demo.story import Story
from fac.demo.wording import EMERGENCIES
from fac.domain.disclosing import Compulsion, DisclosureDraft
from fac.domain.vocabulary import (
    ClientNotice,
    CourtInstrument,
    DisclosureBasis,
    GlassReason,
    InfoClass,
    ProtectiveStep,
    ReviewFinding,
    Role,
    WallReason,
)

_WALLED: Final = 12
# Which family, whose glass, and whether somebody has reviewed it by now.
_BROKEN: Final[Mapping[int, tuple[Role, bool]]] = {13: (Role.case_manager, True), 16: (Role.intake_worker, False)}

# Whom a case manager looks up in one night without a reason: what the report of unusual access is for.
_LOOKED_UP: Final = range(22, 28)
# What was told of a family without a release: a report that the law asks for, and what a court ordered.
_TOLD: Final[Mapping[int, DisclosureDraft]] = {
    10: DisclosureDraft(
        DisclosureBasis.mandated_report, InfoClass.identity.bit | InfoClass.narrative.bit,
        "Child protective services, Larkmoor County", "State reporting law", "Bruises seen at the desk.", Compulsion(),
    ),
    14: DisclosureDraft(
        DisclosureBasis.court_order, InfoClass.identity.bit, "District court, Larkmoor County", "Order in the docket",
        "The address was left out.",
        Compulsion(CourtInstrument.order, True, ClientNotice.told_before, ProtectiveStep.narrowed),
    ),
}  # fmt: skip

_review_of = Statement(
    select(reviews.c.id).where(
        reviews.c.incident_id == bindparam("incident_id"), reviews.c.glass_break_id == bindparam("glass_break_id")
    )
)


async def guard(story: Story) -> None:
    """Wall a colleague off, break the glass, or tell what must be told, in the few families in which it happens."""
    if story.number in _TOLD:
        await _tell(story, _TOLD[story.number])
    if story.number == _WALLED:
        await _wall_off(story)
    if story.number in _BROKEN:
        role, is_reviewed = _BROKEN[story.number]
        glass_id = await _break(story, _colleague(story, role))
        if is_reviewed:
            await _review(story, glass_id)
    if story.number in _LOOKED_UP:
        await _look_up(story)


async def _look_up(story: Story) -> None:
    """Search for the family in the small hours of the day before yesterday, and read nothing of it."""
    known = story.family.form.persons[0]
    night = (story.now - timedelta(days=2)).replace(hour=7, minute=story.number)  # UTC; one or two in the morning here
    work = story.telling.work(story.directory.staff(story.center, Role.case_manager)[0], night, "searchPeople")
    await search_people(work, Needle(given_name=known.given_name, family_name=known.family_name))
    await work.finish()


def _colleague(story: Story, role: Role) -> Actor:
    """Return somebody of the center who does not carry the case."""
    return next(each for each in story.directory.staff(story.center, role) if each != story.keeper)


async def _wall_off(story: Story) -> None:
    side = Side(membership_id=_colleague(story, Role.case_manager).membership_id)
    await story.act(
        story.worker(story.center, Role.supervisor), "raiseConflictWall", raise_conflict_wall, story.case_id,
        side=side, reason=WallReason.family_or_friend,
    )  # fmt: skip


async def _break(story: Story, colleague: Actor) -> UUID:
    telephone = await enrolled(story.telling, colleague, story.at)
    await telephone.prove(story.at)
    glass_id = await story.act(
        telephone.actor, "breakGlass", break_glass, story.case_id, reason=GlassReason.worker_unreachable,
        words=story.words(EMERGENCIES),
    )  # fmt: skip
    await telephone.give_back(story.directory.hats[ADMINISTRATOR], story.at)
    return glass_id


async def _tell(story: Story, draft: DisclosureDraft) -> None:
    guardian = story.persons[story.family.guardian]
    await story.act(
        story.worker(story.center, Role.supervisor), "recordDisclosure", record_disclosure, story.case_id, draft=draft,
        person_ids=(guardian,), disclosed_at=min(story.at, story.now) - timedelta(hours=2),
    )  # fmt: skip


async def _review(story: Story, glass_id: UUID) -> None:
    incident_id = story.directory.incident_id
    review_id = await _review_of.value(story.telling.connection, incident_id=incident_id, glass_break_id=glass_id)
    at = min(story.at + timedelta(hours=20), story.now)
    await story.telling.act(
        story.worker(story.center, Role.supervisor), at, "concludeReview", conclude_review, review_id, version=1,
        finding=ReviewFinding.justified,
    )  # fmt: skip
