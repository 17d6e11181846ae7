"""Referrals as the side that asks makes them: drafted and sent, with the basis the law asks for."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

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
    drafted,
    fac_family,
    needs_of,
    referral_input,
    released,
    sent,
)
from tests.world import World


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


class TestCreateReferral:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_a_stranger_finds_no_case(self, world: World, family: Family, hat: str) -> None:
        payload = await world[hat].do("CreateReferral", **referral_input(world, family))
        assert payload["__typename"] == "NotFound"

    @pytest.mark.parametrize("hat", ["fac_intake", "fac_manager", "privacy_officer"])
    async def test_who_sees_the_case_without_carrying_it_does_not_refer(
        self, world: World, family: Family, hat: str
    ) -> None:
        payload = await world[hat].do("CreateReferral", **referral_input(world, family))
        assert payload["__typename"] == "NotPermitted"

    async def test_the_supervisor_drafts_one_for_the_household(self, world: World, family: Family) -> None:
        needs = await needs_of(world, family, "mother")
        reason = "she asked for somebody who speaks Spanish"
        referral = await drafted(
            world, family, "mother", "daughter", reason=reason, needIds=[needs["legal_advice"]["id"]], to="legal_aid"
        )
        seen = await referral.seen_by(SUPERVISOR)
        assert (seen["status"], seen["urgency"], seen["reason"]) == ("draft", "urgent", reason)
        assert {each["id"] for each in seen["persons"]} == {family.persons["mother"], family.persons["daughter"]}
        assert [each["code"] for each in seen["needs"]] == ["legal_advice"]
        assert [(each["fromStatus"], each["toStatus"], each["verb"]) for each in seen["steps"]] == [
            (None, "draft", "create")
        ]
        assert await told_of(world, referral) == ["referral.created"]
        assert await jobs_of(world, referral) == []

    async def test_nobody_outside_sees_a_draft(self, world: World, family: Family) -> None:
        referral = await drafted(world, family)
        assert await referral.seen_by("counselor") is None
        assert await referral.seen_by("stranger") is None

    async def test_a_responsible_case_manager_refers(self, world: World, family: Family) -> None:
        await world.fetch(
            "UPDATE cases SET responsible_id = $1 WHERE id = $2", world["fac_manager"].membership_id,
            family.raw(family.case_id),
        )  # fmt: skip
        await drafted(world, family, hat="fac_manager")

    async def test_persons_and_needs_of_another_case_are_not_there(self, world: World, family: Family) -> None:
        other = await fac_family(world)
        foreign_need = (await needs_of(world, other, "mother"))["legal_advice"]["id"]
        for bad in (
            {"personIds": [other.persons["mother"]]},
            {"personIds": [family.persons["mother"], other.persons["mother"]]},
            {"personIds": [family.case_id]},
            {"needIds": [foreign_need]},
            {"serviceId": world.id("Service", uuid4())},
            {"caseId": world.id("Case", uuid4())},
        ):
            payload = await world[SUPERVISOR].do("CreateReferral", **referral_input(world, family) | bad)
            assert payload["__typename"] == "NotFound", bad

    async def test_what_makes_no_sense_is_named(self, world: World, family: Family) -> None:
        mother, need = family.persons["mother"], (await needs_of(world, family, "daughter"))["counseling_child"]["id"]
        cases: list[tuple[dict[str, Any], dict[str, str]]] = [
            ({"personIds": []}, {"personIds": "required"}),
            ({"personIds": [mother, mother]}, {"personIds": "repeated"}),
            ({"needIds": [need]}, {"needIds.0": "person_not_named"}),
            ({"kind": "information_only", "reason": "because"}, {"reason": "not_for_information_only"}),
            ({"reason": "Zyxwv" * 2_000}, {"reason": "too_long"}),
        ]
        for given, problems in cases:
            payload = await world[SUPERVISOR].do("CreateReferral", **referral_input(world, family) | given)
            assert payload["__typename"] == "InvalidInput", given
            assert {each["path"]: each["problem"] for each in payload["problems"]} == problems
            assert "Zyxwv" not in str(payload)

    async def test_a_need_that_has_ended_is_not_referred(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["legal_advice"]
        ended = {"needId": need["id"], "version": need["version"], "status": "met"}
        await world[SUPERVISOR].do("ResolveNeed", **ended)
        payload = await world[SUPERVISOR].do("CreateReferral", **referral_input(world, family, needIds=[need["id"]]))
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "met")

    async def test_a_closed_case_is_reopened_first(self, world: World, family: Family) -> None:
        await world.fetch(
            "UPDATE cases SET status = 'closed', closed_at = opened_at, close_reason = 'goals_met' WHERE id = $1",
            family.raw(family.case_id),
        )
        payload = await world[SUPERVISOR].do("CreateReferral", **referral_input(world, family))
        assert (payload["__typename"], payload["possible"]) == ("InvalidTransition", ["reopen"])

    async def test_a_family_may_be_referred_to_the_same_service_again(self, world: World, family: Family) -> None:
        first, second = [await drafted(world, family) for _ in range(2)]
        assert first.id != second.id

    async def test_sent_again_it_is_one_referral(self, world: World, family: Family) -> None:
        given = referral_input(world, family, reason="one") | {"clientMutationId": str(uuid4())}
        first, second = [await world[SUPERVISOR].do("CreateReferral", **given) for _ in range(2)]
        assert first == second
        data = await world[SUPERVISOR].run("CaseReferrals", caseId=family.case_id)
        assert data["case"]["referrals"]["totalCount"] == 1
        changed = await world[SUPERVISOR].do("CreateReferral", **given | {"reason": "another"})
        assert changed["code"] == "key_reused"


class TestSendReferral:
    async def test_a_stranger_and_the_recipient_find_nothing_to_send(self, world: World, family: Family) -> None:
        referral = await drafted(world, family)
        await nobody_else_may(referral, "SendReferral", "counselor")
        await of_the_other_side(referral, "SendReferral", "fac_intake")
        await of_the_other_side(referral, "SendReferral", "fac_manager_two")

    @pytest.mark.parametrize(
        ("urgency", "wait"),
        [("emergency", timedelta(hours=4)), ("urgent", timedelta(hours=24)), ("routine", timedelta(days=5))],
    )
    async def test_with_a_release_and_an_agreement_it_goes(
        self, world: World, family: Family, urgency: str, wait: timedelta
    ) -> None:
        await released(world, family)
        referral = await drafted(world, family, urgency=urgency)
        payload = await referral.send()
        assert (payload["isSent"], payload["awaitingReleaseOf"], payload["needsAgreement"]) == (True, [], False)
        rows = await world.fetch("SELECT sent_at, due_at FROM referrals WHERE id = $1", family.raw(referral.id))
        assert (rows[0]["sent_at"], rows[0]["due_at"]) == (world.clock.now, world.clock.now + wait)
        assert await jobs_of(world, referral) == ["notify.referral_sent", "escalate.referral"]
        jobs = await world.fetch(
            "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'escalate.referral' "
            "AND args->>'referral_id' = $1", str(family.raw(referral.id)),
        )  # fmt: skip
        assert jobs[0]["scheduled_at"] == world.clock.now + wait
        assert await told_of(world, referral) == ["referral.created", "referral.sent"]

    async def test_its_needs_are_referred_with_it(self, world: World, family: Family) -> None:
        need = (await needs_of(world, family, "mother"))["counseling_individual"]
        await sent(world, family, needIds=[need["id"]])
        after = await needs_of(world, family, "mother")
        assert after["counseling_individual"]["status"] == "referred"
        assert after["counseling_individual"]["version"] == need["version"] + 1
        assert after["legal_advice"]["status"] == "identified"

    async def test_without_a_release_of_everybody_it_waits_and_says_for_whom(
        self, world: World, family: Family
    ) -> None:
        await released(world, family)
        referral = await drafted(world, family, "mother", "daughter")
        payload = await referral.send()
        assert (payload["isSent"], referral.status) == (False, "awaiting_release")
        assert payload["awaitingReleaseOf"] == [{"id": family.persons["daughter"]}]
        assert await jobs_of(world, referral) == []
        assert await referral.seen_by("counselor") is None
        again = await referral.send()
        assert (again["isSent"], again["referral"]["version"]) == (False, referral.version)
        await released(world, family, "daughter")
        assert (await referral.send())["isSent"]
        assert await verbs_of(referral) == ["create", "await_release", "send"]

    @pytest.mark.parametrize(
        "other",
        [
            {"purpose": "care_coordination"},
            {"to": "legal_aid"},
            {"effectiveAt": "2026-03-30T09:00:00Z", "expiresAt": "2026-09-01T09:00:00Z"},
        ],
    )
    async def test_a_release_for_something_else_is_no_release(
        self, world: World, family: Family, other: dict[str, Any]
    ) -> None:
        await released(world, family, **other)
        referral = await drafted(world, family, kind="warm")
        assert not (await referral.send())["isSent"]

    async def test_a_revoked_release_is_no_release(self, world: World, family: Family) -> None:
        release = await released(world, family)
        await world[SUPERVISOR].do("RevokeRelease", releaseId=release["id"], version=1)
        assert not (await (await drafted(world, family)).send())["isSent"]

    async def test_without_an_agreement_nothing_personal_goes(self, world: World, family: Family) -> None:
        await released(world, family)
        referral = await drafted(world, family)
        ending = "UPDATE agreements SET ended_at = $2 WHERE id = $1"
        await world.fetch(ending, world.agreements["counseling"], world.clock.now)
        payload = await referral.send()
        await world.fetch(ending, world.agreements["counseling"], None)
        assert (payload["isSent"], payload["needsAgreement"], payload["awaitingReleaseOf"]) == (False, True, [])

    async def test_information_needs_no_release_and_no_agreement(self, world: World, family: Family) -> None:
        referral = await drafted(world, family, kind="information_only", personIds=[])
        ending = "UPDATE agreements SET ended_at = $2 WHERE id = $1"
        await world.fetch(ending, world.agreements["counseling"], world.clock.now)
        payload = await referral.send()
        accepted = await referral.step("AcceptReferral")
        await world.fetch(ending, world.agreements["counseling"], None)
        assert payload["isSent"]
        assert accepted["referral"]["status"] == "accepted"

    async def test_it_is_sent_once(self, world: World, family: Family) -> None:
        await released(world, family)
        referral = await drafted(world, family)
        await stale(referral, "SendReferral", SUPERVISOR)
        answer = await twice_the_same(referral, "SendReferral", SUPERVISOR)
        assert answer["isSent"]
        await illegal(referral, "SendReferral", SUPERVISOR)
