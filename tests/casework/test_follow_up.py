"""Follow-ups: planned by a date, attempted as often as it takes, and ended by somebody."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import assert_nothing_personal, audit_of, carried_family, drafted_referral, raw, version_of
from tests.families import Family, new_family
from tests.world import World


async def plan(world: World, family: Family, hat: str = "fac_manager", **given: Any) -> Any:
    due_on = (world.clock.now + timedelta(days=3)).date().isoformat()
    given = {"dueOn": due_on, "reason": "wellbeing_check"} | given
    return await world[hat].do("PlanFollowUp", caseId=family.case_id, **given)


async def planned(world: World, family: Family, **given: Any) -> str:
    payload = await plan(world, family, **given)
    assert payload["__typename"] == "FollowUpPlanned", payload
    return str(payload["followUp"]["id"])


async def attempt(world: World, follow_up_id: str, hat: str = "fac_manager", **given: Any) -> Any:
    given = {"channel": "voice", "outcome": "no_answer"} | given
    return await world[hat].do("AttemptFollowUp", followUpId=follow_up_id, **given)


async def complete(world: World, follow_up_id: str, hat: str = "fac_manager", **given: Any) -> Any:
    given = {"version": 1, "outcome": "reached"} | given
    return await world[hat].do("CompleteFollowUp", followUpId=follow_up_id, **given)


class TestPlanFollowUp:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_who_cannot_see_the_case_finds_none(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await plan(world, family, hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_a_colleague_does_not_plan_in_anothers_caseload(self, world: World):
        family = await carried_family(world)
        assert (await plan(world, family, "fac_manager_two"))["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_intake", "fac_supervisor"])
    async def test_the_center_plans_to_come_back(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await plan(world, family, hat, personId=family.persons["mother"])
        assert (payload["followUp"]["status"], payload["followUp"]["version"]) == ("due", 1)
        (told,) = await audit_of(world, "follow_up.planned", payload["followUp"]["id"])
        assert told["subjects"] == [raw(family.persons["mother"])]

    async def test_a_day_gone_by_is_refused_in_the_incidents_own_time_zone(self, world: World):
        family = await carried_family(world)
        yesterday = (world.clock.now - timedelta(days=1)).date().isoformat()
        payload = await plan(world, family, dueOn=yesterday)
        assert payload["problems"][0]["problem"] == "in_the_past"

    async def test_a_person_of_another_family_is_not_found(self, world: World):
        family, other = await carried_family(world), await carried_family(world)
        assert (await plan(world, family, personId=other.persons["mother"]))["__typename"] == "NotFound"
        foreign = await drafted_referral(world, other)
        assert (await plan(world, family, referralId=foreign))["__typename"] == "NotFound"
        own = await drafted_referral(world, family)
        assert (await plan(world, family, referralId=own, reason="referral_outcome"))["__typename"] == "FollowUpPlanned"

    async def test_the_same_key_twice_plans_once(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        first, again = [await plan(world, family, clientMutationId=key) for _ in range(2)]
        assert first == again
        assert len(await world.fetch("SELECT id FROM follow_ups WHERE case_id = $1", raw(family.case_id))) == 1

    async def test_the_list_of_what_is_due_is_ordered_and_scoped(self, world: World):
        family = await carried_family(world)
        later = await planned(world, family, dueOn=(world.clock.now + timedelta(days=9)).date().isoformat())
        sooner = await planned(world, family)
        upto = (world.clock.now + timedelta(days=30)).date().isoformat()
        ids = [
            each["id"]
            for each in (await world["fac_manager"].run("FollowUpsDue", dueBy=upto, first=100))["followUps"]["nodes"]
        ]
        assert ids.index(sooner) < ids.index(later)
        assert (await world["navigator"].run("FollowUpsDue", dueBy=upto, first=100))["followUps"]["totalCount"] == 0


class TestAttemptFollowUp:
    @pytest.mark.parametrize("hat", ["stranger", "navigator"])
    async def test_a_stranger_finds_none(self, world: World, hat: str):
        follow_up_id = await planned(world, await carried_family(world))
        assert (await attempt(world, follow_up_id, hat))["__typename"] == "NotFound"

    async def test_every_attempt_is_kept_and_the_follow_up_stays_due(self, world: World):
        family = await carried_family(world)
        follow_up_id = await planned(world, family)
        for outcome in ("no_answer", "left_safe_message", "wrong_number"):
            payload = await attempt(world, follow_up_id, outcome=outcome)
            assert payload["followUp"]["status"] == "due"
        kept = await world.fetch(
            "SELECT outcome FROM contact_attempts WHERE follow_up_id = $1 ORDER BY id", raw(follow_up_id)
        )
        assert [row[0] for row in kept] == ["no_answer", "left_safe_message", "wrong_number"]

    async def test_an_intake_worker_follows_through_in_the_own_caseload(self, world: World):
        mine, anothers = await new_family(world, "fac_intake"), await carried_family(world)
        own = await planned(world, mine, hat="fac_intake")
        assert (await attempt(world, own, "fac_intake"))["__typename"] == "FollowUpAttempted"
        foreign = await planned(world, anothers)
        assert (await attempt(world, foreign, "fac_intake"))["__typename"] == "NotPermitted"

    async def test_nothing_is_attempted_on_what_is_done(self, world: World):
        follow_up_id = await planned(world, await carried_family(world))
        await complete(world, follow_up_id)
        payload = await attempt(world, follow_up_id)
        assert (payload["__typename"], payload["state"], payload["possible"]) == ("InvalidTransition", "done", [])


class TestCompleteFollowUp:
    async def test_a_stranger_finds_none(self, world: World):
        follow_up_id = await planned(world, await carried_family(world))
        assert (await complete(world, follow_up_id, "stranger"))["__typename"] == "NotFound"

    async def test_it_ends_with_its_outcome(self, world: World):
        follow_up_id = await planned(world, await carried_family(world))
        payload = await complete(world, follow_up_id, outcome="in_person")
        assert payload["followUp"]["status"] == "done"
        ((outcome, ended_at),) = await world.fetch(
            "SELECT outcome, ended_at FROM follow_ups WHERE id = $1", raw(follow_up_id)
        )
        assert (outcome, ended_at) == ("in_person", world.clock.now)

    @pytest.mark.parametrize("outcome", ["no_answer", "wrong_number"])
    async def test_reaching_nobody_is_no_end(self, world: World, outcome: str):
        follow_up_id = await planned(world, await carried_family(world))
        payload = await complete(world, follow_up_id, outcome=outcome)
        assert payload["problems"][0]["problem"] == "reached_nobody"
        assert await version_of(world, "follow_ups", follow_up_id) == 1

    async def test_a_stale_version_is_a_conflict(self, world: World):
        follow_up_id = await planned(world, await carried_family(world))
        await complete(world, follow_up_id)
        payload = await complete(world, follow_up_id)
        assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", 2)
        assert (await complete(world, follow_up_id, version=2))["__typename"] == "InvalidTransition"


class TestCancelFollowUp:
    async def test_only_who_carries_the_case_cancels(self, world: World):
        follow_up_id = await planned(world, await carried_family(world))
        for hat, came in (
            ("stranger", "NotFound"),
            ("fac_intake", "NotPermitted"),
            ("fac_manager", "FollowUpCancelled"),
        ):
            payload = await world[hat].do("CancelFollowUp", followUpId=follow_up_id, version=1)
            assert payload["__typename"] == came
        assert payload["followUp"]["status"] == "cancelled"
