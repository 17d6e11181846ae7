"""Cases: always one accountable worker; paused, closed and reopened by people, and closed only when nothing is owed."""

from uuid import uuid4

import pytest

from tests.caseloads import (
    assert_always_one_accountable,
    assert_nothing_personal,
    audit_of,
    carried_family,
    center_id,
    drafted_referral,
    hat_id,
    raw,
    settled_family,
    version_of,
)
from tests.families import new_family
from tests.world import World, together


async def change(world: World, hat: str, verb: str, case_id: str, **given):
    given.setdefault("version", await version_of(world, "cases", case_id))
    return await world[hat].do(verb, caseId=case_id, **given)


class TestAssignCase:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "navigator", "intake"])
    async def test_who_cannot_see_the_case_finds_none(self, world: World, hat: str):
        family = await new_family(world, "fac_intake")
        payload = await change(world, hat, "AssignCase", family.case_id, workerId=hat_id(world, "fac_manager"))
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_intake"])
    async def test_who_carries_cases_does_not_hand_them_round(self, world: World, hat: str):
        family = await new_family(world, "fac_intake")
        payload = await change(world, hat, "AssignCase", family.case_id, workerId=hat_id(world, "fac_manager"))
        assert payload["__typename"] == "NotPermitted"

    async def test_a_supervisor_gives_the_case_to_a_worker_of_the_center(self, world: World):
        family = await new_family(world, "fac_intake")
        world.clock.advance(hours=2)
        payload = await change(
            world, "fac_supervisor", "AssignCase", family.case_id, workerId=hat_id(world, "fac_manager")
        )
        assert payload["case"]["responsible"] == {"id": hat_id(world, "fac_manager")}
        assert payload["case"]["version"] == 2
        first, second = await assert_always_one_accountable(world, family.case_id)
        assert (first["membership_id"], second["membership_id"]) == (
            world["fac_intake"].membership_id,
            world["fac_manager"].membership_id,
        )
        (told,) = await audit_of(world, "case.assigned", family.case_id)
        assert told["detail"]["worker"] == str(world["fac_manager"].membership_id)
        listed = await world["fac_manager"].run("Caseload", first=10)
        assert family.case_id in [each["id"] for each in listed["caseload"]["nodes"]]

    async def test_a_stale_version_is_a_conflict(self, world: World):
        family = await carried_family(world)
        payload = await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=1, workerId=hat_id(world, "fac_manager_two")
        )
        assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", 2)

    @pytest.mark.parametrize("worker", ["navigator", "counselor", "auditor", "intake"])
    async def test_only_somebody_on_duty_at_the_center_can_be_named(self, world: World, worker: str):
        family = await new_family(world, "fac_intake")
        payload = await change(world, "fac_supervisor", "AssignCase", family.case_id, workerId=hat_id(world, worker))
        assert payload["problems"][0]["path"] == "workerId"
        assert len(await assert_always_one_accountable(world, family.case_id)) == 1

    async def test_an_ended_hat_and_an_unknown_one_are_refused_alike(self, world: World):
        family = await new_family(world, "fac_intake")
        leaver = world["fac_manager_two"].membership_id
        await world.fetch("UPDATE memberships SET ended_at = started_at WHERE id = $1", leaver)
        try:
            for worker in (leaver, uuid4()):
                payload = await change(
                    world, "fac_supervisor", "AssignCase", family.case_id, workerId=world.id("Membership", worker)
                )
                assert payload["problems"][0]["problem"] == "not_on_duty_there"
        finally:
            await world.fetch("UPDATE memberships SET ended_at = NULL WHERE id = $1", leaver)

    async def test_an_id_of_another_kind_is_not_found(self, world: World):
        family = await new_family(world, "fac_intake")
        payload = await change(world, "fac_supervisor", "AssignCase", family.case_id, workerId=family.case_id)
        assert payload["__typename"] == "NotFound"

    async def test_the_same_key_twice_moves_the_case_once(self, world: World):
        family = await new_family(world, "fac_intake")
        given = {"clientMutationId": str(uuid4()), "version": 1, "workerId": hat_id(world, "fac_manager")}
        first, again = [
            await world["fac_supervisor"].do("AssignCase", caseId=family.case_id, **given) for _ in range(2)
        ]
        assert first == again
        assert len(await assert_always_one_accountable(world, family.case_id)) == 2

    async def test_a_machine_whose_clock_is_behind_leaves_no_gap_and_no_overlap(self, world: World):
        family = await carried_family(world)
        world.clock.advance(minutes=-10)
        try:
            payload = await change(
                world, "fac_supervisor", "AssignCase", family.case_id, workerId=hat_id(world, "fac_manager_two")
            )
        finally:
            world.clock.advance(minutes=10)
        assert payload["__typename"] == "CaseAssigned"
        *_, before, now = await assert_always_one_accountable(world, family.case_id)
        assert before["started_at"] == before["ended_at"] == now["started_at"]

    async def test_of_eight_at_once_one_wins(self, world: World):
        family = await new_family(world, "fac_intake")

        async def assign(_: int):
            return await world["fac_supervisor"].do(
                "AssignCase", caseId=family.case_id, version=1, workerId=hat_id(world, "fac_manager")
            )

        came = sorted(each["__typename"] for each in await together(8, assign))
        assert came == ["CaseAssigned"] + ["Conflict"] * 7
        assert len(await assert_always_one_accountable(world, family.case_id)) == 2


class TestPauseCase:
    async def test_a_stranger_finds_no_case(self, world: World):
        family = await carried_family(world)
        payload = await change(world, "stranger", "PauseCase", family.case_id)
        assert payload["__typename"] == "NotFound"

    @pytest.mark.parametrize("hat", ["fac_manager_two", "fac_intake"])
    async def test_a_colleague_may_see_it_and_not_pause_it(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await change(world, hat, "PauseCase", family.case_id)
        assert payload["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_supervisor"])
    async def test_its_worker_and_the_supervisor_pause_it(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await change(world, hat, "PauseCase", family.case_id)
        assert payload["case"]["status"] == "paused"
        again = await change(world, hat, "PauseCase", family.case_id)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "paused")
        assert set(again["possible"]) == {"resume", "close"}


class TestResumeCase:
    async def test_an_open_case_has_nothing_to_resume(self, world: World):
        family = await carried_family(world)
        payload = await change(world, "fac_manager", "ResumeCase", family.case_id)
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "open")

    async def test_a_paused_case_is_taken_up_again(self, world: World):
        family = await carried_family(world)
        await change(world, "fac_manager", "PauseCase", family.case_id)
        payload = await change(world, "fac_manager", "ResumeCase", family.case_id)
        assert payload["case"]["status"] == "open"
        assert len(await audit_of(world, "case.resumed", family.case_id)) == 1


class TestCloseCase:
    async def test_a_stranger_finds_no_case(self, world: World):
        family = await settled_family(world)
        payload = await change(world, "stranger", "CloseCase", family.case_id, reason="goals_met")
        assert payload["__typename"] == "NotFound"

    async def test_what_is_still_owed_is_named_and_nothing_changes(self, world: World):
        family = await carried_family(world)
        due_on = world.clock.now.date().isoformat()
        await world["fac_manager"].do("PlanFollowUp", caseId=family.case_id, dueOn=due_on, reason="wellbeing_check")
        payload = await change(world, "fac_manager", "CloseCase", family.case_id, reason="goals_met")
        assert {each["path"] for each in payload["problems"]} == {"case.needs", "case.followUps"}
        assert {each["problem"] for each in payload["problems"]} == {"still_open"}
        assert_nothing_personal(payload)
        assert (await world.fetch("SELECT status FROM cases WHERE id = $1", raw(family.case_id)))[0][0] == "open"

    async def test_an_open_referral_and_an_open_offer_keep_it_open_too(self, world: World):
        family = await settled_family(world)
        await drafted_referral(world, family)
        target = center_id(world, "resiliency_center")
        await world["fac_manager"].do("ProposeHandoff", caseId=family.case_id, toCenterId=target, clientAgreed=True)
        payload = await change(world, "fac_manager", "CloseCase", family.case_id, reason="goals_met")
        assert {each["path"] for each in payload["problems"]} == {"case.referrals", "case.handoffs"}

    async def test_a_settled_case_is_closed_with_its_reason(self, world: World):
        family = await settled_family(world)
        payload = await change(world, "fac_manager", "CloseCase", family.case_id, reason="goals_met")
        assert payload["case"]["status"] == "closed"
        ((reason, closed_at),) = await world.fetch(
            "SELECT close_reason, closed_at FROM cases WHERE id = $1", raw(family.case_id)
        )
        assert (reason, closed_at) == ("goals_met", world.clock.now)
        await assert_always_one_accountable(world, family.case_id)

    async def test_nothing_is_owed_by_a_closed_case_from_then_on(self, world: World):
        family = await settled_family(world)
        await change(world, "fac_manager", "CloseCase", family.case_id, reason="client_choice")
        due_on = world.clock.now.date().isoformat()
        planned = await world["fac_manager"].do(
            "PlanFollowUp", caseId=family.case_id, dueOn=due_on, reason="wellbeing_check"
        )
        assert (planned["__typename"], planned["state"], planned["possible"]) == (
            "InvalidTransition",
            "closed",
            ["reopen"],
        )


class TestReopenCase:
    async def closed(self, world: World):
        family = await settled_family(world)
        await change(world, "fac_manager", "CloseCase", family.case_id, reason="unable_to_contact")
        return family

    async def test_a_stranger_finds_no_case(self, world: World):
        family = await self.closed(world)
        assert (await change(world, "stranger", "ReopenCase", family.case_id))["__typename"] == "NotFound"

    async def test_it_comes_back_to_its_worker_with_its_history(self, world: World):
        family = await self.closed(world)
        payload = await change(world, "fac_manager", "ReopenCase", family.case_id)
        assert payload["case"]["status"] == "open"
        data = await world["fac_manager"].run("Case", id=family.case_id)
        assert data["case"]["needs"]["totalCount"] == 3
        await assert_always_one_accountable(world, family.case_id)

    async def test_a_supervisor_reopens_it_for_somebody_else(self, world: World):
        family = await self.closed(world)
        payload = await change(
            world, "fac_supervisor", "ReopenCase", family.case_id, workerId=hat_id(world, "fac_manager_two")
        )
        assert payload["case"]["responsible"] == {"id": hat_id(world, "fac_manager_two")}
        await assert_always_one_accountable(world, family.case_id)

    async def test_a_worker_does_not_reopen_it_for_a_colleague(self, world: World):
        family = await self.closed(world)
        payload = await change(
            world, "fac_manager", "ReopenCase", family.case_id, workerId=hat_id(world, "fac_manager_two")
        )
        assert payload["__typename"] == "NotPermitted"

    async def test_a_case_whose_worker_has_left_needs_a_new_one(self, world: World):
        family = await self.closed(world)
        leaver = world["fac_manager"].membership_id
        await world.fetch("UPDATE memberships SET ended_at = started_at WHERE id = $1", leaver)
        try:
            payload = await change(world, "fac_supervisor", "ReopenCase", family.case_id)
        finally:
            await world.fetch("UPDATE memberships SET ended_at = NULL WHERE id = $1", leaver)
        assert payload["problems"][0]["path"] == "workerId"
        assert (await world.fetch("SELECT status FROM cases WHERE id = $1", raw(family.case_id)))[0][0] == "closed"


class TestCaseQueries:
    async def test_a_stranger_sees_no_case_at_all(self, world: World):
        family = await carried_family(world)
        body = await world["stranger"].post({"documentId": "Case", "variables": {"id": family.case_id}})
        assert body.json().get("data", {"case": None}) in (None, {"case": None})
        assert_nothing_personal(body.text)

    async def test_its_worker_sees_the_family_and_a_colleague_only_who_it_is(self, world: World):
        family = await carried_family(world)
        own = (await world["fac_manager"].run("Case", id=family.case_id))["case"]
        assert len(own["persons"]) == 4
        assert any(each["phones"] for each in own["persons"])
        colleague = (await world["fac_manager_two"].run("Case", id=family.case_id))["case"]
        assert not any(each["phones"] for each in colleague["persons"])
        assert all(each["givenName"] for each in colleague["persons"])

    async def test_every_list_answers(self, world: World):
        await carried_family(world)
        assert (await world["fac_supervisor"].run("Cases", first=10))["cases"]["nodes"]
        assert (await world["reunification_supervisor"].run("Cases", first=10))["cases"]["totalCount"] == 0
