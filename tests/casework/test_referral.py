"""Referrals: drafted and sent by the side that asks, answered by the organisation that is asked, every step kept."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fac.access.actor import Actor
from fac.audit.ledger import Circumstances
from fac.casework.referral import expire_referral
from fac.casework.work import Work
from fac.errors import InvalidTransition, NotFound, NotPermitted
from tests.families import Family
from tests.referring import (
    SUPERVISOR,
    Referred,
    accepted,
    drafted,
    fac_family,
    needs_of,
    referral_input,
    released,
    sent,
)
from tests.world import World, together

OUTSIDERS = ["stranger", "lawyer", "funder", "auditor", "administrator", "navigator"]


@pytest.fixture
async def family(world: World) -> Family:
    return await fac_family(world)


async def jobs_of(world: World, referral: Referred) -> list[str]:
    """Return the names of the jobs enqueued for a referral, in order; their arguments are ids and nothing else."""
    id = str(referral.family.raw(referral.id))
    rows = await world.fetch(
        "SELECT task_name, args FROM procrastinate_jobs WHERE args->>'referral_id' = $1 ORDER BY id", id
    )
    assert all(set(each["args"]) <= {"incident_id", "referral_id"} for each in rows)
    return [each["task_name"] for each in rows]


async def told_of(world: World, referral: Referred) -> list[str]:
    """Return the audit events of a referral, in order."""
    rows = await world.fetch(
        "SELECT event FROM audit_events WHERE record_id = $1 AND event LIKE 'referral.%' ORDER BY id",
        referral.family.raw(referral.id),
    )
    return [each["event"] for each in rows]


async def verbs_of(referral: Referred) -> list[str]:
    """Return the verbs of a referral's history as its center reads it."""
    seen = await referral.seen_by(SUPERVISOR)
    return [each["verb"] for each in seen["steps"]]


async def nobody_else_may(referral: Referred, document: str, *also: str, **given: Any) -> None:
    """Demand that strangers find no such referral, and that a stale or made-up one is refused as it should be."""
    for hat in (*OUTSIDERS, *also):
        payload = await referral.step(document, hat=hat, **given)
        assert payload["__typename"] == "NotFound", (hat, payload)
    for bad in (referral.family.case_id, referral.world.id("Referral", uuid4()), "nonsense"):
        payload = await referral.world["counselor"].do(document, referralId=bad, version=1, **given)
        assert payload["__typename"] == "NotFound"


async def of_the_other_side(referral: Referred, document: str, hat: str, **given: Any) -> None:
    """Demand that ``hat``, who sees the referral, may not take the other side's step."""
    payload = await referral.step(document, hat=hat, **given)
    assert payload["__typename"] == "NotPermitted", payload


async def stale(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> None:
    """Demand a Conflict that carries the present version for a step at an old version."""
    payload = await referral.step(document, hat=hat, version=referral.version + 40, **given)
    assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", referral.version)


async def illegal(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> None:
    """Demand an InvalidTransition that names the state and changes nothing."""
    before = await verbs_of(referral)
    payload = await referral.step(document, hat=hat, **given)
    assert (payload["__typename"], payload["state"]) == ("InvalidTransition", referral.status)
    assert await verbs_of(referral) == before


async def twice_the_same(referral: Referred, document: str, hat: str = "counselor", **given: Any) -> Any:
    """Demand that the same request sent again answers the same and takes one step; returns the answer."""
    before = len(await verbs_of(referral))
    asked = {"referralId": referral.id, "version": referral.version, "clientMutationId": str(uuid4())} | given
    first, second = [await referral.world[hat].do(document, **asked) for _ in range(2)]
    assert first == second
    assert len(await verbs_of(referral)) == before + 1
    referral.version, referral.status = first["referral"]["version"], first["referral"]["status"]
    return first


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
        async with world.parts.database.transaction() as connection:
            work = Work(connection, actor, world.parts.tools, circumstances, "expireReferral")
            await expire_referral(work, referral.family.raw(referral.id))
            await work.finish()

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
