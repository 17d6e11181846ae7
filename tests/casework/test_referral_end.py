"""Referrals that end without an answer: withdrawn, expired, or never meant to be."""

from uuid import uuid4

import pytest

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances
from fac.casework.referral import expire_referral
from fac.casework.referral.expiring import EXPIRES_AFTER
from fac.casework.work import Work
from fac.errors import InvalidTransition, NotFound, NotPermitted
from tests.families import Family
from tests.referral_demands import illegal, jobs_of, nobody_else_may, of_the_other_side, stale, twice_the_same, verbs_of
from tests.referring import (
    SUPERVISOR,
    Referred,
    accepted,
    drafted,
    fac_family,
    needs_of,
    sent,
)
from tests.world import World


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


class TestCancelReferral:
    async def test_the_side_that_asked_withdraws_at_any_time(self, world: World, family: Family) -> None:
        draft = await drafted(world, family)
        await illegal(draft, "CancelReferral", SUPERVISOR)
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referral = await accepted(world, family, needIds=[need])
        await nobody_else_may(referral, "CancelReferral")
        await of_the_other_side(referral, "CancelReferral", "counselor")
        await stale(referral, "CancelReferral", SUPERVISOR)
        await twice_the_same(referral, "CancelReferral", SUPERVISOR)
        await illegal(referral, "CancelReferral", SUPERVISOR)
        assert (await jobs_of(world, referral))[-1] == "notify.referral_cancelled"
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"


class TestExpireReferral:
    @staticmethod
    async def expire(referral: Referred, hat: str) -> None:
        """Let the referral expire as ``hat``; only the clock does, so there is no mutation for it."""
        world, own = referral.world, referral.world[hat]
        (row,) = await world.fetch("SELECT * FROM memberships WHERE id = $1", own.membership_id)
        actor = Actor(
            world.incident_id, row["id"], row["account_id"], own.session_id, own.role, row["organization_id"],
            row["center_id"],
        )  # fmt: skip
        circumstances = Circumstances(world.clock(), world.parts.tools.policy.version, uuid4())
        async with world.parts.database.transaction(actor.claims) as connection:
            work = Work(connection, actor, world.parts.tools, circumstances, "expireReferral")
            await expire_referral(work, referral.family.raw(referral.id))
            await work.finish()

    @staticmethod
    async def past_its_time(referral: Referred) -> None:
        """Let its deadline have been a month ago."""
        await referral.world.fetch(
            "UPDATE referrals SET due_at = $2 WHERE id = $1", referral.family.raw(referral.id),
            referral.world.clock.now - EXPIRES_AFTER,
        )  # fmt: skip

    async def test_only_the_clock_lets_a_referral_expire(self, world: World) -> None:
        referral = await sent(world)
        with pytest.raises(NotFound):
            await self.expire(referral, "stranger")
        for hat in ("counselor", SUPERVISOR, "fac_manager"):
            with pytest.raises(NotPermitted):
                await self.expire(referral, hat)
        assert await verbs_of(referral) == ["create", "send"]

    async def test_only_what_was_never_answered_expires(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referral = await sent(world, family, needIds=[need])
        with pytest.raises(InvalidTransition):
            await self.expire(referral, "system")  # not before its time
        await self.past_its_time(referral)
        await self.expire(referral, "system")
        assert (await referral.seen_by(SUPERVISOR))["status"] == "expired"
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"
        assert (await jobs_of(world, referral))[-1] == "notify.referral_expired"
        with pytest.raises(InvalidTransition):
            await self.expire(referral, "system")
        with pytest.raises(InvalidTransition):
            await self.expire(await accepted(world, family), "system")


class TestMarkReferralEnteredInError:
    async def test_a_draft_that_should_not_be_tells_nobody_outside(self, world: World, family: Family) -> None:
        referral = await drafted(world, family)
        await nobody_else_may(referral, "MarkReferralEnteredInError", "counselor")
        await stale(referral, "MarkReferralEnteredInError", SUPERVISOR)
        await twice_the_same(referral, "MarkReferralEnteredInError", SUPERVISOR)
        await illegal(referral, "MarkReferralEnteredInError", SUPERVISOR)
        assert await jobs_of(world, referral) == []

    async def test_the_recipient_sees_it_no_more_and_the_audit_keeps_the_answer(self, world: World) -> None:
        referral = await accepted(world)
        await of_the_other_side(referral, "MarkReferralEnteredInError", "counselor")
        await referral.step("CompleteReferral", outcome="no_show")
        payload = await referral.step("MarkReferralEnteredInError", hat=SUPERVISOR)
        assert payload["referral"]["status"] == "entered_in_error"
        assert await referral.seen_by("counselor") is None
        rows = await world.fetch(
            "SELECT detail FROM audit_events WHERE record_id = $1 AND event = 'referral.entered_in_error'",
            referral.family.raw(referral.id),
        )
        assert rows[0]["detail"] == {"outcome": "no_show"}
        assert (await jobs_of(world, referral))[-1] == "notify.referral_entered_in_error"
