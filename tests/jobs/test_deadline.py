"""The clock: silence is escalated once, offers lapse at their time, and what was answered is left alone."""

from typing import Any
from uuid import UUID

from fac.casework.referral.expiring import EXPIRES_AFTER
from fac.jobs.acting import Equipment
from fac.jobs.task import run_task
from tests.caseloads import audit_of, center_id, jobs, raw, settled_family
from tests.families import Family
from tests.jobs.conftest import COUNTY_DESK, Remembering
from tests.referring import Referred, sent
from tests.stepping import Authenticator, enrolled
from tests.world import World, together


async def escalate(equipment: Equipment, referral: Referred) -> None:
    """Run the job that stands at the referral's deadline."""
    ids = {"incident_id": str(referral.world.incident_id), "referral_id": str(raw(referral.id))}
    await run_task(equipment, "escalate.referral", ids)


async def follow_ups(world: World, referral: Referred) -> list[Any]:
    sql = "SELECT reason, status, due_on, created_by, case_id FROM follow_ups WHERE referral_id = $1"
    return list(await world.fetch(sql, raw(referral.id)))


class TestEscalateReferral:
    async def test_silence_past_the_deadline_comes_before_the_responsible_worker(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        referral = await sent(world)
        world.clock.advance(hours=25)
        await escalate(equipment, referral)
        (planned,) = await follow_ups(world, referral)
        assert (planned["reason"], planned["status"]) == ("referral_overdue", "due")
        assert planned["due_on"] == world.clock.now.date()
        assert planned["created_by"] == world["system"].membership_id
        ((escalated_at, status),) = await world.fetch(
            "SELECT escalated_at, status FROM referrals WHERE id = $1", raw(referral.id)
        )
        assert (escalated_at, status) == (world.clock.now, "sent")  # still there to be answered
        (row,) = await audit_of(world, "referral.escalated", referral.id)
        assert row["membership_id"] == world["system"].membership_id
        assert raw(referral.family.persons["mother"]) in row["subjects"]
        told = [
            each
            for each in await jobs(world, "notify.referral_escalated")
            if each["referral_id"] == str(raw(referral.id))
        ]
        assert len(told) == 1
        ids = {"incident_id": str(world.incident_id), "referral_id": str(raw(referral.id))}
        await run_task(equipment, "notify.referral_escalated", ids)
        assert [each.recipient for each in transport.sent] == [COUNTY_DESK]

    async def test_running_again_does_nothing_again(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        world.clock.advance(hours=25)
        for _ in range(3):
            await escalate(equipment, referral)
        await together(4, lambda _: escalate(equipment, referral))
        assert len(await follow_ups(world, referral)) == 1
        assert len(await audit_of(world, "referral.escalated", referral.id)) == 1

    async def test_of_many_at_once_one_escalates(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        world.clock.advance(hours=25)
        await together(6, lambda _: escalate(equipment, referral))
        assert len(await follow_ups(world, referral)) == 1
        assert len(await audit_of(world, "referral.escalated", referral.id)) == 1

    async def test_an_answered_referral_is_left_alone(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        await referral.step("AcceptReferral")
        world.clock.advance(days=10)
        await escalate(equipment, referral)
        assert not await follow_ups(world, referral)

    async def test_a_referral_that_was_only_seen_is_escalated(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        await referral.step("ReceiveReferral")
        world.clock.advance(hours=25)
        await escalate(equipment, referral)
        assert len(await follow_ups(world, referral)) == 1

    async def test_an_escalated_referral_can_still_be_accepted(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        world.clock.advance(hours=25)
        await escalate(equipment, referral)
        referral.version += 1
        payload = await referral.step("AcceptReferral")
        assert payload["__typename"] == "ReferralStepped", payload

    async def test_before_its_time_the_job_is_left_for_later(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        mine = {"referral_id": str(raw(referral.id)), "incident_id": str(world.incident_id)}
        before = len(await jobs(world, "escalate.referral"))
        await escalate(equipment, referral)
        assert not await follow_ups(world, referral)
        left = await jobs(world, "escalate.referral")
        assert len(left) == before + 1
        assert mine.items() <= left[-1].items()


class TestExpireReferral:
    async def test_a_month_of_silence_ends_it_once_and_its_job_was_left_when_it_was_escalated(
        self, world: World, equipment: Equipment
    ) -> None:
        referral = await sent(world)
        ids = {"incident_id": str(world.incident_id), "referral_id": str(raw(referral.id))}
        world.clock.advance(hours=25)
        await escalate(equipment, referral)
        (left,) = [each for each in await jobs(world, "expire.referral") if ids.items() <= each.items()]
        ((due_at,),) = await world.fetch("SELECT due_at FROM referrals WHERE id = $1", raw(referral.id))
        assert left["scheduled_at"] == due_at + EXPIRES_AFTER
        await run_task(equipment, "expire.referral", ids)  # too early: left for later
        assert len([each for each in await jobs(world, "expire.referral") if ids.items() <= each.items()]) == 2
        world.clock.advance(days=30)
        await together(3, lambda _: run_task(equipment, "expire.referral", ids))
        ((status,),) = await world.fetch("SELECT status FROM referrals WHERE id = $1", raw(referral.id))
        assert status == "expired"
        (row,) = await audit_of(world, "referral.expired", referral.id)
        assert row["membership_id"] == world["system"].membership_id
        (told,) = [each for each in await jobs(world, "notify.referral_expired") if ids.items() <= each.items()]
        assert told

    async def test_an_answered_referral_is_left_alone(self, world: World, equipment: Equipment) -> None:
        referral = await sent(world)
        ids = {"incident_id": str(world.incident_id), "referral_id": str(raw(referral.id))}
        world.clock.advance(hours=25)
        await escalate(equipment, referral)
        referral.version += 1
        await referral.step("AcceptReferral")
        world.clock.advance(days=40)
        await run_task(equipment, "expire.referral", ids)
        assert await audit_of(world, "referral.expired", referral.id) == []


class TestExpireHandoff:
    async def test_an_unanswered_offer_lapses_once(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        family = await settled_family(world)
        proposed = await world["fac_manager"].do(
            "ProposeHandoff", caseId=family.case_id, toCenterId=center_id(world, "resiliency_center"), clientAgreed=True
        )
        handoff_id = proposed["handoff"]["id"]
        ids = {"incident_id": str(world.incident_id), "handoff_id": str(raw(handoff_id))}
        await run_task(equipment, "expire.handoff", ids)
        assert await status_of(world, handoff_id) == "proposed"
        world.clock.advance(days=8)
        for _ in range(2):
            await run_task(equipment, "expire.handoff", ids)
        assert await status_of(world, handoff_id) == "expired"
        (row,) = await audit_of(world, "handoff.expired", handoff_id)
        assert row["membership_id"] == world["system"].membership_id
        await run_task(equipment, "notify.handoff_expired", ids)
        assert [each.event for each in transport.sent] == ["handoff.expired"]

    async def test_an_answered_offer_is_left_alone(self, world: World, equipment: Equipment) -> None:
        family = await settled_family(world)
        proposed = await world["fac_manager"].do(
            "ProposeHandoff", caseId=family.case_id, toCenterId=center_id(world, "resiliency_center"), clientAgreed=True
        )
        handoff = proposed["handoff"]
        await world["fac_manager"].do("WithdrawHandoff", handoffId=handoff["id"], version=handoff["version"])
        world.clock.advance(days=8)
        ids = {"incident_id": str(world.incident_id), "handoff_id": str(raw(handoff["id"]))}
        await run_task(equipment, "expire.handoff", ids)
        assert await status_of(world, handoff["id"]) == "withdrawn"


class TestTellOfGlassBreak:
    async def test_who_carries_the_case_and_who_watches_over_privacy_are_told_once(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        family, glass_id = await broken_glass(world)
        ids = {"incident_id": str(world.incident_id), "glass_break_id": str(raw(glass_id))}
        for _ in range(2):
            await run_task(equipment, "tell.glass_break", ids)
        planned = await world.fetch(
            "SELECT status, due_on FROM follow_ups WHERE case_id = $1 AND reason = 'glass_broken'", raw(family.case_id)
        )
        assert [tuple(each) for each in planned] == [("due", world.clock.now.date())]
        for _ in range(2):
            await run_task(equipment, "notify.glass_break_broken", ids)
        (notice,) = transport.sent
        assert (notice.recipient, notice.event) == (COUNTY_DESK, "glass_break.broken")
        assert glass_id in notice.text
        assert "Zyxglass" not in notice.text


class TestEscalateReview:
    async def test_what_nobody_reviewed_in_three_days_is_escalated_once(
        self, world: World, equipment: Equipment, transport: Remembering
    ) -> None:
        _, glass_id = await broken_glass(world)
        ((review_id,),) = await world.fetch("SELECT id FROM reviews WHERE glass_break_id = $1", raw(glass_id))
        ids = {"incident_id": str(world.incident_id), "review_id": str(review_id)}
        due = [each for each in await jobs(world, "escalate.review") if each["review_id"] == str(review_id)]
        assert len(due) == 1
        world.clock.advance(hours=71)
        await run_task(equipment, "escalate.review", ids)
        assert await escalated_at(world, review_id) is None
        world.clock.advance(hours=1)
        for _ in range(2):
            await run_task(equipment, "escalate.review", ids)
        assert await escalated_at(world, review_id) == world.clock.now
        (row,) = await audit_of(world, "review.escalated", world.id("Review", review_id))
        assert row["membership_id"] == world["system"].membership_id
        await run_task(equipment, "notify.review_escalated", ids)
        assert [(each.recipient, each.event) for each in transport.sent] == [(COUNTY_DESK, "review.escalated")]

    async def test_a_concluded_one_is_left_alone(self, world: World, equipment: Equipment) -> None:
        _, glass_id = await broken_glass(world)
        ((review_id,),) = await world.fetch("SELECT id FROM reviews WHERE glass_break_id = $1", raw(glass_id))
        done = await world["privacy_officer"].do(
            "ConcludeReview", reviewId=world.id("Review", review_id), version=1, finding="justified"
        )
        assert done["__typename"] == "ReviewConcluded", done
        world.clock.advance(hours=73)
        ids = {"incident_id": str(world.incident_id), "review_id": str(review_id)}
        await run_task(equipment, "escalate.review", ids)
        assert await escalated_at(world, review_id) is None


async def broken_glass(world: World) -> tuple[Family, str]:
    """Return a family, and the id of a breaking of the glass on its case by a colleague of who carries it."""
    family = await settled_family(world)
    hat = world["fac_manager_two"]
    telephone = _TELEPHONES.get(hat.token) or await enrolled(hat)
    _TELEPHONES[hat.token] = telephone
    await telephone.step_up()
    payload = await hat.do("BreakGlass", caseId=family.case_id, reason="child_at_risk", words="Zyxglass: at the river")
    return family, str(payload["glassBreak"]["id"])


_TELEPHONES: dict[str, Authenticator] = {}


async def escalated_at(world: World, review_id: UUID) -> Any:
    ((at,),) = await world.fetch("SELECT escalated_at FROM reviews WHERE id = $1", review_id)
    return at


async def status_of(world: World, handoff_id: str) -> str:
    ((status,),) = await world.fetch("SELECT status FROM handoffs WHERE id = $1", raw(handoff_id))
    return str(status)
