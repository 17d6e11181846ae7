"""Handoffs: a case is offered to another center, and moves at the instant a named worker accepts."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fac.casework.handoff import OFFER_LASTS
from fac.db.consent import releases
from fac.db.incident import centers
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role
from tests.caseloads import (
    assert_always_one_accountable,
    assert_nothing_personal,
    audit_of,
    carried_family,
    center_id,
    hat_id,
    intervals,
    jobs,
    raw,
    version_of,
)
from tests.families import Family, family_form, new_family
from tests.world import World, put_on_duty, together


async def propose(world: World, family: Family, hat: str = "fac_manager", **given_: Any) -> Any:
    given_ = {"toCenterId": center_id(world, "resiliency_center"), "clientAgreed": True} | given_
    return await world[hat].do("ProposeHandoff", caseId=family.case_id, **given_)


async def proposed(world: World, family: Family, **given_: Any) -> str:
    payload = await propose(world, family, **given_)
    assert payload["__typename"] == "HandoffProposed", payload
    return str(payload["handoff"]["id"])


async def answer(world: World, hat: str, verb: str, handoff_id: str, **given_: Any) -> Any:
    return await world[hat].do(verb, handoffId=handoff_id, **({"version": 1} | given_))


async def accept(world: World, handoff_id: str, worker: str = "navigator", **given_: Any) -> Any:
    return await answer(world, "navigator", "AcceptHandoff", handoff_id, workerId=hat_id(world, worker), **given_)


class TestProposeHandoff:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator", "auditor"])
    async def test_who_cannot_see_the_case_finds_none(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await propose(world, family, hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    @pytest.mark.parametrize("hat", ["fac_manager_two", "fac_intake"])
    async def test_a_colleague_does_not_give_away_anothers_case(self, world: World, hat: str):
        family = await carried_family(world)
        assert (await propose(world, family, hat))["__typename"] == "NotPermitted"

    async def test_an_intake_worker_offers_the_family_just_recorded(self, world: World):
        family = await new_family(world, "intake")
        handoff_id = await proposed(
            world, family, hat="intake", toCenterId=center_id(world, "family_assistance_center"), message="two children"
        )
        ((sealed,),) = await world.fetch("SELECT message FROM handoffs WHERE id = $1", raw(handoff_id))
        assert b"two children" not in bytes(sealed)
        inbox = await world["fac_supervisor"].run("HandoffInbox", first=50)
        offered = next(each for each in inbox["handoffs"]["nodes"] if each["id"] == handoff_id)
        assert offered["message"] == "two children"

    async def test_the_origin_stays_accountable_and_the_other_center_learns_no_name(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        (_, last) = await assert_always_one_accountable(world, family.case_id)
        assert last["membership_id"] == world["fac_manager"].membership_id
        inbox = await world["navigator"].run("HandoffInbox", first=50)
        offered = next(each for each in inbox["handoffs"]["nodes"] if each["id"] == handoff_id)
        assert len(offered["case"]["persons"]) == 4
        whole = await world["navigator"].run("Case", id=family.case_id)
        assert not any(each["givenName"] or each["phones"] for each in whole["case"]["persons"])
        assert_nothing_personal(whole)

    async def test_the_receiving_center_is_told_and_the_offer_is_watched(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        (told,) = [
            each for each in await jobs(world, "notify.handoff_proposed") if each["handoff_id"] == str(raw(handoff_id))
        ]
        assert set(told) <= {"handoff_id", "incident_id", "membership_id", "scheduled_at"}
        (due,) = [each for each in await jobs(world, "expire.handoff") if each["handoff_id"] == str(raw(handoff_id))]
        assert due["scheduled_at"] == world.clock.now + OFFER_LASTS
        (row,) = await audit_of(world, "handoff.proposed", handoff_id)
        assert len(row["subjects"]) == 4

    async def test_without_the_family_nothing_is_offered(self, world: World):
        family = await carried_family(world)
        payload = await propose(world, family, clientAgreed=False)
        assert payload["problems"] == [
            {"path": "clientAgreed", "problem": "required", "hint": payload["problems"][0]["hint"]}
        ]

    async def test_not_to_the_own_center_nor_to_one_that_is_not_there(self, world: World):
        family = await carried_family(world)
        own = await propose(world, family, toCenterId=center_id(world, "family_assistance_center"))
        assert own["problems"][0]["path"] == "toCenterId"
        unknown = await propose(world, family, toCenterId=world.id("Center", uuid4()))
        assert unknown["__typename"] == "NotFound"
        foreign_kind = await propose(world, family, toCenterId=family.case_id)
        assert foreign_kind["__typename"] == "NotFound"

    async def test_a_case_has_one_open_offer(self, world: World):
        family = await carried_family(world)
        await proposed(world, family)
        again = await propose(world, family, toCenterId=center_id(world, "reunification_center"))
        assert again["__typename"] == "Conflict"

    async def test_of_eight_offers_at_once_one_stands(self, world: World):
        family = await carried_family(world)
        came = await together(8, lambda _: propose(world, family))
        assert sorted(each["__typename"] for each in came) == ["Conflict"] * 7 + ["HandoffProposed"]

    async def test_the_same_key_twice_offers_once(self, world: World):
        family = await carried_family(world)
        key = str(uuid4())
        first, again = [await propose(world, family, clientMutationId=key) for _ in range(2)]
        assert first == again
        rows = await world.fetch("SELECT id FROM handoffs WHERE case_id = $1", raw(family.case_id))
        assert len(rows) == 1


class TestAcceptHandoff:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "intake"])
    async def test_who_has_no_part_in_it_finds_nothing(self, world: World, hat: str):
        handoff_id = await proposed(world, await carried_family(world))
        payload = await answer(world, hat, "AcceptHandoff", handoff_id, workerId=hat_id(world, "navigator"))
        assert payload["__typename"] == "NotFound"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_supervisor"])
    async def test_the_origin_cannot_accept_its_own_offer(self, world: World, hat: str):
        handoff_id = await proposed(world, await carried_family(world))
        payload = await answer(world, hat, "AcceptHandoff", handoff_id, workerId=hat_id(world, "navigator"))
        assert payload["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("worker", ["fac_manager", "intake", "counselor", "auditor"])
    async def test_the_named_worker_carries_cases_at_the_receiving_center(self, world: World, worker: str):
        family = await carried_family(world)
        payload = await accept(world, await proposed(world, family), worker)
        assert payload["problems"][0]["path"] == "workerId"
        assert len(await assert_always_one_accountable(world, family.case_id)) == 2

    async def test_responsibility_moves_at_one_instant_with_everything_open(self, world: World):
        family = await carried_family(world)
        due_on = world.clock.now.date() + timedelta(days=14)
        await world["fac_manager"].do(
            "PlanFollowUp", caseId=family.case_id, dueOn=due_on.isoformat(), reason="wellbeing_check"
        )
        handoff_id = await proposed(world, family)
        world.clock.advance(hours=5)
        payload = await accept(world, handoff_id)
        assert payload["handoff"]["status"] == "accepted"
        *_, before, now = await assert_always_one_accountable(world, family.case_id)
        assert before["ended_at"] == now["started_at"] == world.clock.now
        assert now["handoff_id"] == raw(handoff_id)
        mine = (await world["navigator"].run("Case", id=family.case_id))["case"]
        assert (mine["needs"]["totalCount"], mine["followUps"]["totalCount"]) == (3, 1)
        assert all(each["givenName"] for each in mine["persons"])
        body = (await world["fac_manager"].post({"documentId": "Case", "variables": {"id": family.case_id}})).json()
        assert body["data"] == {"case": None}
        assert len(await audit_of(world, "handoff.accepted", handoff_id)) == 1

    async def test_the_center_that_offered_it_learns_what_came_of_it_and_nothing_of_the_family(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family, message="two children")
        await accept(world, handoff_id)
        sent = {"fromCenterId": center_id(world, "family_assistance_center"), "first": 100}
        for hat in ("stranger", "funder", "intake"):  # another center's intake worker among them
            shown = await world[hat].post({"documentId": "HandoffsSent", "variables": sent})
            assert handoff_id not in shown.text
        nodes = (await world["fac_supervisor"].run("HandoffsSent", **sent))["handoffs"]["nodes"]
        (mine,) = [each for each in nodes if each["id"] == handoff_id]
        assert (mine["status"], mine["receivingWorker"]["id"]) == ("accepted", hat_id(world, "navigator"))
        inbox = await world["fac_supervisor"].run("HandoffInbox", first=100, status="accepted")
        (mine,) = [each for each in inbox["handoffs"]["nodes"] if each["id"] == handoff_id]
        assert (mine["case"], mine["message"]) == (None, None)
        assert {"info": "staff_record", "reason": "not_in_these_records"} in [
            {"info": each["info"], "reason": each["reason"]} for each in mine["access"]["masked"]
        ]

    async def test_a_stale_version_is_a_conflict(self, world: World):
        handoff_id = await proposed(world, await carried_family(world))
        payload = await accept(world, handoff_id, version=7)
        assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", 1)

    async def test_the_same_key_twice_accepts_once(self, world: World):
        family = await carried_family(world)
        handoff_id, key = await proposed(world, family), str(uuid4())
        first, again = [await accept(world, handoff_id, clientMutationId=key) for _ in range(2)]
        assert first == again
        assert len(await assert_always_one_accountable(world, family.case_id)) == 3

    async def test_of_sixteen_at_once_one_wins(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        hats = ("navigator", "resiliency_supervisor")

        async def take(place: int) -> Any:
            hat = hats[place % 2]
            return await answer(world, hat, "AcceptHandoff", handoff_id, workerId=hat_id(world, hat))

        came = await together(16, take)
        assert sorted(each["__typename"] for each in came) == ["HandoffAccepted"] + ["InvalidTransition"] * 15
        assert {each.get("state") for each in came} == {None, "accepted"}
        assert len(await assert_always_one_accountable(world, family.case_id)) == 3

    async def test_accepting_and_withdrawing_at_once_agree_on_one_end(self, world: World):
        for _ in range(4):
            family = await carried_family(world)
            handoff_id = await proposed(world, family)
            await asyncio.gather(accept(world, handoff_id), answer(world, "fac_manager", "WithdrawHandoff", handoff_id))
            ((status,),) = await world.fetch("SELECT status FROM handoffs WHERE id = $1", raw(handoff_id))
            found = await assert_always_one_accountable(world, family.case_id)
            assert (status, len(found)) in {("accepted", 3), ("withdrawn", 2)}

    async def test_a_lapsed_offer_is_not_taken_and_does_not_bar_a_new_one(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        world.clock.advance(days=7)
        # A lapsed offer is nothing to the receiving center any more, whether or not it was marked as expired yet.
        assert (await accept(world, handoff_id))["__typename"] == "NotFound"
        newer = await proposed(world, family)
        assert len(await audit_of(world, "handoff.expired", handoff_id)) == 1
        assert (await accept(world, newer))["__typename"] == "HandoffAccepted"


class TestDeclineHandoff:
    async def test_the_origin_does_not_decline_for_the_other(self, world: World):
        handoff_id = await proposed(world, await carried_family(world))
        payload = await answer(world, "fac_manager", "DeclineHandoff", handoff_id, reason="no_capacity")
        assert payload["__typename"] == "NotPermitted"

    async def test_the_case_stays_and_its_worker_reads_why(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        payload = await answer(world, "resiliency_supervisor", "DeclineHandoff", handoff_id, reason="no_capacity")
        assert (payload["__typename"], payload["handoff"]) == ("HandoffDeclined", None)
        own = (await world["fac_manager"].run("Case", id=family.case_id))["case"]
        assert [(each["status"], each["declineReason"]) for each in own["handoffs"]["nodes"]] == [
            ("declined", "no_capacity")
        ]
        body = (await world["navigator"].post({"documentId": "Case", "variables": {"id": family.case_id}})).json()
        assert body["data"] == {"case": None}
        assert any(each["handoff_id"] == str(raw(handoff_id)) for each in await jobs(world, "notify.handoff_declined"))
        assert len(await assert_always_one_accountable(world, family.case_id)) == 2
        assert (await accept(world, handoff_id, version=2))["__typename"] == "NotFound"


class TestWithdrawHandoff:
    async def test_the_receiving_center_does_not_withdraw_it(self, world: World):
        handoff_id = await proposed(world, await carried_family(world))
        assert (await answer(world, "navigator", "WithdrawHandoff", handoff_id))["__typename"] == "NotPermitted"

    async def test_the_origin_takes_it_back_once(self, world: World):
        family = await carried_family(world)
        handoff_id = await proposed(world, family)
        payload = await answer(world, "fac_supervisor", "WithdrawHandoff", handoff_id)
        assert payload["handoff"]["status"] == "withdrawn"
        again = await answer(world, "fac_manager", "WithdrawHandoff", handoff_id, version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "withdrawn")
        assert await version_of(world, "handoffs", handoff_id) == 2


class TestHandoffToAnotherOrganisation:
    """The receiving center is run by another organisation: releases and an agreement must be in force."""

    async def foreign_center(self, world: World) -> str:
        id = new_id()
        async with world.beneath.transaction() as connection:
            await insert_into(centers).run(
                connection, incident_id=world.incident_id, id=id, kind="resiliency_center", name="across the river",
                address="2 Main Street", organization_id=world.organizations["counseling"],
                opened_at=world.clock.now, closed_at=None, version=1,
            )  # fmt: skip
        return world.id("Center", id)

    async def release(self, world: World, family: Family, *, purpose: str = "handoff", skip: str = "") -> None:
        async with world.beneath.transaction() as connection:
            for ref, person_id in family.persons.items():
                if ref == skip:
                    continue
                await insert_into(releases).run(
                    connection, incident_id=world.incident_id, id=new_id(), case_id=raw(family.case_id),
                    person_id=raw(person_id), organization_id=world.organizations["counseling"], purpose=purpose,
                    classes=InfoClass.identity.bit, form="any", language="en", risks_explained=True,
                    effective_at=world.clock.now, expires_at=world.clock.now + timedelta(days=30),
                    recorded_by=world["fac_manager"].membership_id, recorded_at=world.clock.now, revoked_at=None,
                    revoked_by=None, version=1, disclosers=None, substance_use_contents=None, revocation_explained=None,
                )  # fmt: skip

    async def test_one_person_without_a_release_stops_it(self, world: World):
        family, target = await carried_family(world), await self.foreign_center(world)
        bare = await propose(world, family, toCenterId=target)
        assert (bare["__typename"], bare["reason"], bare["requestable"]) == ("NotPermitted", "needs_release", True)
        await self.release(world, family, purpose="service_delivery")
        assert (await propose(world, family, toCenterId=target))["__typename"] == "NotPermitted"
        await self.release(world, family, skip="uncle")
        assert (await propose(world, family, toCenterId=target))["__typename"] == "NotPermitted"

    async def test_all_of_them_released_it_goes(self, world: World):
        family, target = await carried_family(world), await self.foreign_center(world)
        await self.release(world, family)
        assert (await propose(world, family, toCenterId=target))["__typename"] == "HandoffProposed"

    async def test_who_takes_the_case_finds_the_family_and_who_gave_it_up_does_not(self, world: World):
        """Domain invariant 6: no organisation's index leads to people whose case another organisation has."""
        tag = uuid4().hex[:6]
        family, target = await carried_family(world, tag=tag), await self.foreign_center(world)
        world.centers["across the river"] = raw(target)
        async with world.beneath.transaction() as connection:
            for name, role in (("ferryman", Role.case_manager), ("river_intake", Role.intake_worker)):
                await put_on_duty(world, connection, name, role, "counseling", "across the river")

        cases = {hat: (await new_family(world, hat)).case_id for hat in ("fac_intake", "river_intake")}

        async def knows_the_mother(hat: str) -> bool:
            """Write her down once more, and tell whether her first record was found."""
            payload = await world[hat].do("AddPerson", caseId=cases[hat], person=family_form(tag)["persons"][0])
            found = await world.fetch(
                "SELECT other_person_id FROM duplicate_suspicions WHERE person_id = $1", raw(payload["person"]["id"])
            )
            return mother in {row["other_person_id"] for row in found}

        mother = raw(family.persons["mother"])
        assert await knows_the_mother("fac_intake")
        assert not await knows_the_mother("river_intake")
        others = await world["fac_intake"].do(
            "AddPerson", caseId=cases["fac_intake"], person=family_form(tag)["persons"][0]
        )
        merged = await world["fac_supervisor"].do(
            "MergePersons", keptPersonId=family.persons["mother"], keptVersion=1,
            mergedPersonId=others["person"]["id"], mergedVersion=1,
        )  # fmt: skip
        assert merged["__typename"] == "PersonsMerged", merged
        await self.release(world, family)
        ((latest,),) = await world.fetch("SELECT id FROM audit_events ORDER BY id DESC LIMIT 1")
        before = await world.fetch("SELECT id, token FROM match_postings")
        handoff_id = await proposed(world, family, toCenterId=target)
        assert await world.fetch("SELECT id, token FROM match_postings") == before
        taken = await answer(world, "ferryman", "AcceptHandoff", handoff_id, workerId=hat_id(world, "ferryman"))
        assert taken["__typename"] == "HandoffAccepted", taken
        ((undone, ties),) = await world.fetch(
            "SELECT unmerged_at, (SELECT count(*) FROM duplicate_suspicions WHERE other_person_id = $2)"
            " FROM person_merges WHERE id = $1",
            raw(merged["merge"]["id"]), mother,
        )  # fmt: skip
        assert undone is not None  # a tie across organisations would be a match across organisations
        assert ties == 0
        of_both = "('duplicate.compared', 'duplicate.suspected')"
        compared = await world.fetch(
            f"SELECT subjects FROM audit_events WHERE id > $1 AND event IN {of_both}",  # noqa: S608
            latest,
        )
        sides = {raw(id) for id in family.persons.values()}, {raw(others["person"]["id"])}
        opened = [set(subjects) for (subjects,) in compared]
        assert any(subjects & sides[1] for subjects in opened)  # who stays is looked for anew
        assert not [subjects for subjects in opened if subjects & sides[0] and subjects & sides[1]]
        assert not await knows_the_mother("fac_intake")
        assert await knows_the_mother("river_intake")
        people = {raw(id) for id in family.persons.values()}
        ((told,),) = await world.fetch(
            "SELECT subjects FROM audit_events WHERE event = 'person.reindexed' AND incident_id = $1", world.incident_id
        )
        assert set(told) == people
        # The family was looked for where it came to, like one at intake.
        assert await world.fetch("SELECT id FROM duplicate_suspicions WHERE person_id = $1", mother)

    async def test_without_a_live_agreement_it_stays(self, world: World):
        family, target = await carried_family(world), await self.foreign_center(world)
        await self.release(world, family)
        agreement = world.agreements["counseling"]
        await world.fetch("UPDATE agreements SET ended_at = now() WHERE id = $1", agreement)
        try:
            assert (await propose(world, family, toCenterId=target))["reason"] == "needs_release"
        finally:
            await world.fetch("UPDATE agreements SET ended_at = NULL WHERE id = $1", agreement)


STEPS = st.lists(
    st.sampled_from(["assign", "to_reunification", "to_resiliency", "to_assistance", "accept", "decline", "withdraw"]),
    min_size=3,
    max_size=10,
)
STAFF = {
    "reunification_center": ("reunification_supervisor", ("intake", "reunification_supervisor")),
    "family_assistance_center": ("fac_supervisor", ("fac_manager", "fac_manager_two", "fac_intake", "fac_supervisor")),
    "resiliency_center": ("resiliency_supervisor", ("navigator", "resiliency_supervisor")),
}
TARGETS = {
    "to_reunification": "reunification_center",
    "to_resiliency": "resiliency_center",
    "to_assistance": "family_assistance_center",
}


async def take(world: World, family: Family, step: str, choice: int) -> None:
    """Take one step of a random life as whoever may, ignoring refusals: only what holds afterwards counts."""
    ((at,),) = await world.fetch(
        "SELECT c.kind FROM cases JOIN centers c ON c.id = cases.center_id WHERE cases.id = $1", raw(family.case_id)
    )
    supervisor, staff = STAFF[at]
    open_offers = await world.fetch(
        "SELECT h.id, c.kind FROM handoffs h JOIN centers c ON c.id = h.to_center_id"
        " WHERE h.case_id = $1 AND h.status = 'proposed'",
        raw(family.case_id),
    )
    if step == "assign":
        worker = hat_id(world, staff[choice % len(staff)])
        version = await version_of(world, "cases", family.case_id)
        await world[supervisor].do("AssignCase", caseId=family.case_id, version=version, workerId=worker)
    elif step in TARGETS:
        await propose(world, family, supervisor, toCenterId=center_id(world, TARGETS[step]))
    elif open_offers:
        handoff_id, target = world.id("Handoff", open_offers[0]["id"]), STAFF[open_offers[0]["kind"]][0]
        match step:
            case "accept":
                await answer(world, target, "AcceptHandoff", handoff_id, workerId=hat_id(world, target))
            case "decline":
                await answer(world, target, "DeclineHandoff", handoff_id, reason="other")
            case "withdraw":
                await answer(world, supervisor, "WithdrawHandoff", handoff_id)


class TestAccountability:
    """Domain invariant 1, over random lives of a case."""

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=STEPS, choice=st.integers(0, 3))
    async def test_every_instant_has_exactly_one_accountable_worker(self, world: World, steps: list[str], choice: int):
        family = await new_family(world, "fac_intake")
        for step in steps:
            world.clock.advance(minutes=1)
            await take(world, family, step, choice)
            await assert_always_one_accountable(world, family.case_id)

    async def test_no_case_of_this_run_has_a_gap_or_two_workers(self, world: World):
        for row in await world.fetch("SELECT id FROM cases"):
            assert await intervals(world, world.id("Case", row["id"]))
            await assert_always_one_accountable(world, world.id("Case", row["id"]))
