"""Referrals as the organisation that is asked answers them, every step kept and told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.families import Family
from tests.referral_demands import (
    illegal,
    jobs_of,
    nobody_else_may,
    of_the_other_side,
    stale,
    told_of,
    twice_the_same,
    verbs_of,
)
from tests.referring import (
    SUPERVISOR,
    accepted,
    drafted,
    fac_family,
    needs_of,
    released,
    sent,
)
from tests.world import World, together


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


class TestReceiveReferral:
    async def test_only_the_recipient_has_seen_it(self, world: World) -> None:
        referral = await sent(world)
        await nobody_else_may(referral, "ReceiveReferral")
        await of_the_other_side(referral, "ReceiveReferral", SUPERVISOR)
        await stale(referral, "ReceiveReferral")
        answer = await twice_the_same(referral, "ReceiveReferral")
        assert answer["referral"]["receivedAt"]
        await illegal(referral, "ReceiveReferral")


class TestAcceptReferral:
    async def test_only_the_recipient_accepts_and_the_sender_is_told(self, world: World) -> None:
        referral = await sent(world)
        await nobody_else_may(referral, "AcceptReferral")
        await of_the_other_side(referral, "AcceptReferral", SUPERVISOR)
        await stale(referral, "AcceptReferral")
        await twice_the_same(referral, "AcceptReferral")
        await illegal(referral, "AcceptReferral")
        assert (await jobs_of(world, referral))[-1] == "notify.referral_accepted"
        assert (await told_of(world, referral))[-1] == "referral.accepted"
        rows = await world.fetch(
            "SELECT accepted_by, received_at FROM referrals WHERE id = $1", referral.family.raw(referral.id)
        )
        assert rows[0]["accepted_by"] == world["counselor"].membership_id
        assert rows[0]["received_at"] is not None

    async def test_of_thirty_two_at_once_one_wins(self, world: World) -> None:
        referral = await sent(world)
        asked = {"referralId": referral.id, "version": referral.version}
        answers = await together(32, lambda _: world["counselor"].do("AcceptReferral", **asked))
        kinds = sorted(each["__typename"] for each in answers)
        assert kinds == ["Conflict"] * 31 + ["ReferralStepped"]
        assert {each["currentVersion"] for each in answers if each["__typename"] == "Conflict"} == {
            referral.version + 1
        }
        assert await verbs_of(referral) == ["create", "send", "accept"]
        assert (await jobs_of(world, referral)).count("notify.referral_accepted") == 1

    async def test_accepting_and_declining_and_cancelling_at_once_one_wins(self, world: World) -> None:
        referral = await sent(world)
        asked = {"referralId": referral.id, "version": referral.version}

        async def act(number: int) -> Any:
            if number % 3 == 0:
                return await world["counselor"].do("AcceptReferral", **asked)
            if number % 3 == 1:
                return await world["counselor"].do("DeclineReferral", **asked, reason="no_capacity")
            return await world[SUPERVISOR].do("CancelReferral", **asked)

        answers = await together(24, act)
        assert [each["__typename"] for each in answers].count("ReferralStepped") == 1
        assert [each["__typename"] for each in answers].count("Conflict") == 23
        assert len(await verbs_of(referral)) == 3

    async def test_what_lapsed_since_it_was_sent_is_asked_for_again(self, world: World, family: Family) -> None:
        release = await released(world, family)
        referral = await drafted(world, family)
        await referral.send()
        ending = "UPDATE agreements SET ended_at = $2 WHERE id = $1"
        await world.fetch(ending, world.agreements["counseling"], world.clock.now)
        payload = await referral.step("AcceptReferral")
        await world.fetch(ending, world.agreements["counseling"], None)
        assert (payload["__typename"], payload["reason"]) == ("NotPermitted", "needs_agreement")
        await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
        payload = await referral.step("AcceptReferral")
        assert (payload["__typename"], payload["reason"], payload["requestable"]) == (
            "NotPermitted", "needs_release", True,
        )  # fmt: skip
        await released(world, family)
        assert (await referral.step("AcceptReferral"))["referral"]["status"] == "accepted"


class TestDeclineReferral:
    async def test_a_no_has_a_reason_and_gives_the_needs_back(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referral = await sent(world, family, needIds=[need])
        given = {"reason": "no_capacity"}
        await nobody_else_may(referral, "DeclineReferral", **given)
        await of_the_other_side(referral, "DeclineReferral", SUPERVISOR, **given)
        await stale(referral, "DeclineReferral", **given)
        answer = await twice_the_same(referral, "DeclineReferral", **given)
        assert answer["referral"]["declineReason"] == "no_capacity"
        assert answer["referral"]["endedAt"]
        await illegal(referral, "DeclineReferral", **given)
        assert (await jobs_of(world, referral))[-1] == "notify.referral_declined"
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"

    async def test_a_need_that_another_referral_carries_stays_referred(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        first = await sent(world, family, needIds=[need])
        second = await sent(world, family, needIds=[need])
        await first.step("DeclineReferral", reason="language")
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "referred"
        await second.step("DeclineReferral", reason="language")
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"

    async def test_two_that_end_at_once_leave_no_need_behind(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referrals = [await sent(world, family, needIds=[need]) for _ in range(6)]
        await together(6, lambda place: referrals[place].step("DeclineReferral", reason="other"))
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"


class TestWaitlistReferral:
    async def test_an_accepted_family_may_have_to_wait(self, world: World) -> None:
        referral = await sent(world)
        await illegal(referral, "WaitlistReferral")
        await referral.step("AcceptReferral")
        await nobody_else_may(referral, "WaitlistReferral")
        await of_the_other_side(referral, "WaitlistReferral", SUPERVISOR)
        await stale(referral, "WaitlistReferral")
        await twice_the_same(referral, "WaitlistReferral")
        assert referral.status == "waitlisted"
        assert (await jobs_of(world, referral))[-1] == "notify.referral_waitlisted"


class TestScheduleReferral:
    async def test_a_date_is_set_and_moved_and_falls_away_on_the_waiting_list(self, world: World) -> None:
        referral = await sent(world)
        soon = {"at": (world.clock.now + timedelta(days=3)).isoformat()}
        await illegal(referral, "ScheduleReferral", **soon)
        await referral.step("AcceptReferral")
        await nobody_else_may(referral, "ScheduleReferral", **soon)
        await of_the_other_side(referral, "ScheduleReferral", SUPERVISOR, **soon)
        await stale(referral, "ScheduleReferral", **soon)
        answer = await twice_the_same(referral, "ScheduleReferral", **soon)
        assert answer["referral"]["scheduledAt"]
        later = {"at": (world.clock.now + timedelta(days=9)).isoformat()}
        moved = await referral.step("ScheduleReferral", **later)
        assert moved["referral"]["scheduledAt"] > answer["referral"]["scheduledAt"]
        assert (await jobs_of(world, referral))[-1] == "notify.referral_scheduled"
        await referral.step("WaitlistReferral")
        assert (await referral.seen_by(SUPERVISOR))["scheduledAt"] is None

    @pytest.mark.parametrize(
        ("at", "problem"), [("2025-01-01T09:00:00Z", "in_the_past"), ("2026-09-01T09:00:00", "needs_offset")]
    )
    async def test_a_date_is_still_to_come_and_means_one_moment(self, world: World, at: str, problem: str) -> None:
        referral = await accepted(world)
        payload = await referral.step("ScheduleReferral", at=at)
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("at", problem)]


class TestStartReferral:
    async def test_a_service_starts_from_a_date_or_the_waiting_list(self, world: World) -> None:
        referral = await accepted(world)
        await illegal(referral, "StartReferral")
        await referral.step("WaitlistReferral")
        await nobody_else_may(referral, "StartReferral")
        await of_the_other_side(referral, "StartReferral", SUPERVISOR)
        await stale(referral, "StartReferral")
        await twice_the_same(referral, "StartReferral")
        assert referral.status == "in_service"
        assert (await jobs_of(world, referral))[-1] == "notify.referral_started"


class TestCompleteReferral:
    async def test_it_ends_with_an_outcome(self, world: World) -> None:
        referral = await sent(world)
        given = {"outcome": "service_completed"}
        await illegal(referral, "CompleteReferral", **given)
        await referral.step("AcceptReferral")
        await nobody_else_may(referral, "CompleteReferral", **given)
        await of_the_other_side(referral, "CompleteReferral", SUPERVISOR, **given)
        await stale(referral, "CompleteReferral", **given)
        answer = await twice_the_same(referral, "CompleteReferral", **given)
        assert answer["referral"]["outcome"] == "service_completed"
        await illegal(referral, "CompleteReferral", **given)
        assert (await jobs_of(world, referral))[-1] == "notify.referral_completed"

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            ("service_completed", "referred"),
            ("ongoing", "referred"),
            ("no_show", "in_progress"),
            ("could_not_contact", "in_progress"),
            ("client_withdrew", "in_progress"),
            ("referred_onward", "in_progress"),
        ],
    )
    async def test_needs_it_did_not_answer_go_back(
        self, world: World, family: Family, outcome: str, status: str
    ) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referral = await accepted(world, family, needIds=[need])
        await referral.step("CompleteReferral", outcome=outcome)
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == status


class TestMarkReferralNotEngaged:
    async def test_a_family_that_did_not_come_has_its_needs_back(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]["id"]
        referral = await sent(world, family, needIds=[need])
        await illegal(referral, "MarkReferralNotEngaged")
        await referral.step("AcceptReferral")
        await nobody_else_may(referral, "MarkReferralNotEngaged")
        await of_the_other_side(referral, "MarkReferralNotEngaged", SUPERVISOR)
        await stale(referral, "MarkReferralNotEngaged")
        await twice_the_same(referral, "MarkReferralNotEngaged")
        assert (await jobs_of(world, referral))[-1] == "notify.referral_not_engaged"
        assert (await needs_of(world, family, "mother"))["counseling_individual"]["status"] == "in_progress"
