"""Assistance: coded, on a day that was, under an award that pays; struck out, never changed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import assert_nothing_personal, audit_of, carried_family, drafted_referral, raw
from tests.families import Family
from tests.world import World


async def record(world: World, family: Family, hat: str = "fac_manager", **given: Any) -> Any:
    given = {
        "personId": family.persons["mother"], "lineCode": "C4", "deliveredOn": world.clock.now.date().isoformat(),
        "occurrences": 2, "awardId": world.id("Award", world.award_id),
    } | given  # fmt: skip
    return await world[hat].do("RecordAssistance", **given)


class TestRecordAssistance:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_who_cannot_see_the_person_finds_none(self, world: World, hat: str):
        payload = await record(world, await carried_family(world), hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_a_colleague_does_not_record_in_anothers_caseload(self, world: World):
        assert (await record(world, await carried_family(world), "fac_manager_two"))["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_intake", "fac_supervisor"])
    async def test_the_center_records_what_was_delivered(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await record(world, family, hat)
        assert (payload["assistance"]["lineCode"], payload["assistance"]["occurrences"]) == ("C4", 2)
        ((case, organization, award),) = await world.fetch(
            "SELECT case_id, organization_id, award_id FROM assistances WHERE id = $1", raw(payload["assistance"]["id"])
        )
        assert (case, organization, award) == (raw(family.case_id), world.organizations["county"], world.award_id)
        (told,) = await audit_of(world, "assistance.recorded", payload["assistance"]["id"])
        assert told["subjects"] == [raw(family.persons["mother"])]

    @pytest.mark.parametrize(
        ("wrong", "path", "problem"),
        [
            ({"lineCode": "Z9"}, "lineCode", "unknown_code"),
            ({"occurrences": 0}, "occurrences", "out_of_range"),
            ({"occurrences": 1001}, "occurrences", "out_of_range"),
            ({"deliveredOn": "2025-01-01"}, "deliveredOn", "before_incident"),
        ],
    )
    async def test_what_cannot_be_is_refused_at_its_field(
        self, world: World, wrong: dict[str, Any], path: str, problem: str
    ):
        payload = await record(world, await carried_family(world), **wrong)
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [(path, problem)]

    async def test_tomorrow_is_refused_also_when_it_has_begun_in_london(self, world: World):
        family = await carried_family(world)
        local_noon, world.clock.now = world.clock.now, world.clock.now.replace(hour=23, minute=30)
        try:
            tomorrow = (world.clock.now + timedelta(days=1)).date().isoformat()
            assert (await record(world, family, deliveredOn=tomorrow))["problems"][0]["problem"] == "in_the_future"
            world.clock.advance(hours=2)  # 01:30 UTC is still the evening before in Chicago
            today_in_utc = world.clock.now.date().isoformat()
            payload = await record(world, family, deliveredOn=today_in_utc)
            assert payload["problems"][0]["problem"] == "in_the_future"
        finally:
            world.clock.now = local_noon

    async def test_the_award_must_pay_on_that_day_and_be_there(self, world: World):
        family = await carried_family(world)
        await world.fetch("UPDATE awards SET starts_on = '2027-01-01' WHERE id = $1", world.award_id)
        try:
            assert (await record(world, family))["problems"][0]["problem"] == "outside_award"
        finally:
            await world.fetch("UPDATE awards SET starts_on = '2025-10-01' WHERE id = $1", world.award_id)
        assert (await record(world, family, awardId=world.id("Award", uuid4())))["__typename"] == "NotFound"

    async def test_what_a_referral_brought_was_delivered_by_whom_it_went_to(self, world: World):
        family = await carried_family(world)
        payload = await record(world, family, referralId=await drafted_referral(world, family))
        ((organization,),) = await world.fetch(
            "SELECT organization_id FROM assistances WHERE id = $1", raw(payload["assistance"]["id"])
        )
        assert organization == world.organizations["legal_aid"]

    async def test_a_referral_of_another_family_is_not_found(self, world: World):
        family, other = await carried_family(world), await carried_family(world)
        foreign = await drafted_referral(world, other)
        assert (await record(world, family, referralId=foreign))["__typename"] == "NotFound"
        payload = await record(world, family, referralId=world.id("Referral", uuid4()))
        assert payload["__typename"] == "NotFound"

    async def test_the_same_key_twice_counts_once(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        first, again = [await record(world, family, clientMutationId=key) for _ in range(2)]
        assert first == again
        assert len(await world.fetch("SELECT id FROM assistances WHERE case_id = $1", raw(family.case_id))) == 1


class TestMarkAssistanceEnteredInError:
    async def test_who_carries_the_case_strikes_it_out_once(self, world: World):
        assistance_id = (await record(world, await carried_family(world)))["assistance"]["id"]
        for hat, came in (("stranger", "NotFound"), ("fac_intake", "NotPermitted")):
            payload = await world[hat].do("MarkAssistanceEnteredInError", assistanceId=assistance_id, version=1)
            assert payload["__typename"] == came
        payload = await world["fac_manager"].do("MarkAssistanceEnteredInError", assistanceId=assistance_id, version=1)
        assert payload["assistance"]["enteredInErrorAt"]
        stale = await world["fac_manager"].do("MarkAssistanceEnteredInError", assistanceId=assistance_id, version=1)
        assert (stale["__typename"], stale["currentVersion"]) == ("Conflict", 2)
        again = await world["fac_manager"].do("MarkAssistanceEnteredInError", assistanceId=assistance_id, version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "entered_in_error")


class TestRecordAnonymousContacts:
    async def count(self, world: World, hat: str, **given: Any) -> Any:
        given = {"contacts": 37, "contactedOn": world.clock.now.date().isoformat()} | given
        return await world[hat].do("RecordAnonymousContacts", **given)

    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor"])
    async def test_only_the_staff_of_a_center_counts(self, world: World, hat: str):
        assert (await self.count(world, hat))["__typename"] in ("NotFound", "NotPermitted")

    async def test_calls_are_counted_for_the_own_organisation(self, world: World):
        payload = await self.count(world, "fac_intake", awardId=world.id("Award", world.award_id))
        assert payload["anonymousContact"]["contacts"] == 37
        listed = await world["fac_supervisor"].run("AnonymousContacts", first=10)
        assert payload["anonymousContact"]["id"] in [each["id"] for each in listed["anonymousContacts"]["nodes"]]

    @pytest.mark.parametrize("contacts", [0, -1, 100_001])
    async def test_an_impossible_number_is_refused(self, world: World, contacts: int):
        assert (await self.count(world, "fac_intake", contacts=contacts))["problems"][0]["path"] == "contacts"
