"""Whom a family looks for: reported, found, looked for again, withdrawn; each family's search is its own."""

from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import audit_of, raw, settled_family
from tests.families import new_family
from tests.searching import Search, assert_nobody_named, new_search, sought
from tests.world import World, together

STRANGERS = ("stranger", "counselor", "counseling_administrator", "fund", "funder", "auditor", "administrator")


async def listed(world: World, hat: str, **given: Any) -> set[str]:
    """Return the searches in a hat's list, by id."""
    body = (await world[hat].post({"documentId": "PersonsOfConcern", "variables": {"first": 100} | given})).json()
    page = (body.get("data") or {}).get("personsOfConcern")
    return {each["id"] for each in page["nodes"]} if page else set()


class TestReportPersonOfConcern:
    @pytest.mark.parametrize("hat", [*STRANGERS, "volunteer", "fac_intake", "liaison"])
    async def test_who_does_not_register_the_family_reports_nothing_for_it(self, world: World, hat: str):
        payload = await world[hat].do("ReportPersonOfConcern", **sought(await new_family(world)))
        assert payload["__typename"] in {"NotFound", "NotPermitted"}
        assert_nobody_named(payload)

    async def test_the_center_reads_who_is_looked_for_and_the_database_holds_no_word_of_it(self, world: World):
        search = await new_search(world)
        for hat in ("intake", "reunifier", "reunification_supervisor"):
            seen = await search.seen_by(hat)
            assert (seen["givenName"], seen["description"]) == ("Evaristo", "a heron tattoo on the left arm")
            assert (seen["status"], seen["kin"]) == ("reported_unaccounted", "sibling")
            assert seen["reporter"]["id"] == search.family.persons["mother"]
            assert search.id in await listed(world, hat, status="reported_unaccounted")
            assert search.id not in await listed(world, hat, status="located_safe")
        ((row,),) = await world.fetch("SELECT p::text FROM persons_of_concern p WHERE id = $1", raw(search.id))
        assert_nobody_named(bytes.fromhex(row.split("\\x")[1].split('"')[0]))
        assert_nobody_named(await audit_of(world, "person_of_concern.reported", search.id))

    async def test_and_nobody_else_does(self, world: World):
        search = await new_search(world)
        for hat in (*STRANGERS, "volunteer", "fac_intake", "fac_supervisor"):
            assert await search.seen_by(hat) is None, hat
            assert search.id not in await listed(world, hat), hat

    async def test_a_description_stands_in_for_a_name(self, world: World):
        search = await new_search(world, givenName=None, familyName=" ")
        assert (await search.seen_by("intake"))["description"]

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"givenName": None, "familyName": None, "description": " "}, "givenName"),
            ({"bornOn": "2099"}, "bornOn"),
            ({"description": "Evaristo" * 600}, "description"),
            ({"aliases": ["x"] * 11}, "aliases"),
        ],
    )
    async def test_what_is_wrong_is_named_and_not_repeated(self, world: World, given: dict[str, Any], path: str):
        payload = await world["intake"].do("ReportPersonOfConcern", **sought(await new_family(world), **given))
        assert [each["path"] for each in payload["problems"]] == [path]
        assert_nobody_named(payload)

    async def test_who_looks_is_of_the_case(self, world: World):
        other = await new_family(world)
        given = sought(await new_family(world), reporterId=other.persons["mother"])
        assert (await world["intake"].do("ReportPersonOfConcern", **given))["__typename"] == "NotFound"

    async def test_several_families_look_for_one_person_and_learn_nothing_of_each_other(self, world: World):
        one, other = await new_search(world), await new_search(world)
        await one.step("LocatePersonOfConcern", status="located_safe")
        assert (await other.seen_by("intake"))["status"] == "reported_unaccounted"

    async def test_the_same_key_twice_reports_once(self, world: World):
        family, key = await new_family(world), str(uuid4())
        given = sought(family, clientMutationId=key)
        first, again = [await world["intake"].do("ReportPersonOfConcern", **given) for _ in range(2)]
        assert first == again
        case = (await world["intake"].run("Case", id=family.case_id))["case"]
        assert case["personsOfConcern"]["totalCount"] == 1

    async def test_a_case_is_not_closed_while_somebody_is_looked_for(self, world: World):
        family = await settled_family(world)
        search = await new_search(world, family, "fac_intake")
        given = {"caseId": family.case_id, "version": 2, "reason": "client_choice"}
        payload = await world["fac_manager"].do("CloseCase", **given)
        assert [each["path"] for each in payload["problems"]] == ["case.personsOfConcern"]
        await search.step("LocatePersonOfConcern", "fac_intake", status="located_hospitalized")
        assert (await world["fac_manager"].do("CloseCase", **given))["__typename"] == "CaseClosed"


class TestLocatePersonOfConcern:
    @pytest.mark.parametrize("hat", [*STRANGERS, "volunteer", "fac_intake"])
    async def test_a_stranger_finds_no_search(self, world: World, hat: str):
        payload = await (await new_search(world)).step("LocatePersonOfConcern", hat, status="located_safe")
        assert payload["__typename"] in {"NotFound", "NotPermitted"}
        assert_nobody_named(payload)

    async def test_found_in_a_hospital_and_then_safe(self, world: World):
        search = await new_search(world)
        for status in ("located_hospitalized", "located_safe"):
            payload = await search.step("LocatePersonOfConcern", status=status)
            assert payload["personOfConcern"]["status"] == status
            assert payload["personOfConcern"]["locatedAt"]
        again = await search.step("LocatePersonOfConcern", status="located_hospitalized")
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "located_safe")

    @pytest.mark.parametrize("status", ["notified", "withdrawn_duplicate", "reported_unaccounted"])
    async def test_finding_somebody_is_no_way_to_state_a_death(self, world: World, status: str):
        payload = await (await new_search(world)).step("LocatePersonOfConcern", status=status)
        assert payload["__typename"] == "InvalidTransition"

    async def test_two_at_once_and_one_is_told(self, world: World):
        search = await new_search(world)

        async def locate(_number: int) -> Any:
            return await world["reunifier"].do(
                "LocatePersonOfConcern", personOfConcernId=search.id, version=1, status="located_safe"
            )

        found = sorted(each["__typename"] for each in await together(4, locate))
        assert found == ["Conflict"] * 3 + ["PersonOfConcernLocated"]


class TestReopenPersonOfConcern:
    async def test_a_stranger_first_then_the_center_looks_again(self, world: World):
        search = await new_search(world)
        await search.step("LocatePersonOfConcern", status="located_safe")
        assert (await search.step("ReopenPersonOfConcern", "stranger"))["__typename"] in {"NotFound", "NotPermitted"}
        payload = await search.step("ReopenPersonOfConcern")
        assert (payload["personOfConcern"]["status"], payload["personOfConcern"]["locatedAt"]) == (
            "reported_unaccounted", None,
        )  # fmt: skip
        assert (await search.step("ReopenPersonOfConcern"))["__typename"] == "InvalidTransition"


class TestWithdrawPersonOfConcern:
    async def test_a_stranger_first_then_the_family_s_other_search_goes_on(self, world: World):
        family = await new_family(world)
        kept, twice = await new_search(world, family), await new_search(world, family)
        refused = await twice.step("WithdrawPersonOfConcern", "stranger", duplicateOfId=kept.id)
        assert refused["__typename"] in {"NotFound", "NotPermitted"}
        payload = await twice.step("WithdrawPersonOfConcern", duplicateOfId=kept.id)
        assert payload["personOfConcern"]["status"] == "withdrawn_duplicate"
        assert (await twice.seen_by("intake"))["duplicateOf"]["id"] == kept.id
        # Not in a circle, and not once more.
        circle = await kept.step("WithdrawPersonOfConcern", duplicateOfId=twice.id)
        assert [each["problem"] for each in circle["problems"]] == ["withdrawn"]
        assert (await twice.step("LocatePersonOfConcern", status="located_safe"))["__typename"] == "InvalidTransition"

    @pytest.mark.parametrize("whose", ["another family's", "the search itself"])
    async def test_for_another_search_of_the_same_family_only(self, world: World, whose: str):
        search = await new_search(world)
        other: Search = search if whose == "the search itself" else await new_search(world)
        payload = await search.step("WithdrawPersonOfConcern", duplicateOfId=other.id)
        assert payload["__typename"] == ("InvalidInput" if other is search else "NotFound")


class TestTheLiaison:
    async def test_knows_who_is_looked_for_and_who_looks_until_somebody_is_found(self, world: World):
        search = await new_search(world)
        seen = await search.seen_by("liaison")
        assert (seen["givenName"], seen["lastSeen"]) == ("Evaristo", "at the north gate, about nine")
        assert seen["reporter"]["phones"]
        assert seen["case"] is None
        assert search.id in await listed(world, "liaison")
        father = await world["liaison"].run("Person", id=search.family.persons["father"])
        assert father["person"] is None
        await search.step("LocatePersonOfConcern", status="located_safe")
        assert await search.seen_by("liaison") is None
        assert search.id not in await listed(world, "liaison")
        assert (await world["liaison"].run("Person", id=search.family.persons["mother"]))["person"] is None
