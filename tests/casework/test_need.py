"""Needs: heard in the person's words, worked on, and brought to an end, met or not."""

from typing import Any
from uuid import uuid4

import pytest

from fac.crypto.columns import CLASS_AT
from fac.domain.vocabulary import SEALED_CLASSES
from tests.caseloads import assert_nothing_personal, audit_of, carried_family, raw, settled_family, version_of
from tests.families import Family
from tests.world import World, together

SAID = "Zyxmarker cannot pay the rent"


NEED_WITH_ACCESS = "query($id: ID!) { person(id: $id) { needs { id code detail access { visible masked { info } } } } }"
WORD = {each.code: each.value for each in SEALED_CLASSES}
SEALED = set(WORD.values())


async def add(world: World, family: Family, hat: str = "fac_manager", **given: Any) -> Any:
    given = {"personId": family.persons["mother"], "code": "legal_advice", "horizon": "ongoing"} | given
    return await world[hat].do("AddNeed", **given)


async def resolve(world: World, need_id: str, hat: str = "fac_manager", **given: Any) -> Any:
    return await world[hat].do("ResolveNeed", needId=need_id, **({"version": 1, "status": "met"} | given))


class TestAddNeed:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_who_cannot_see_the_person_finds_none(self, world: World, hat: str):
        payload = await add(world, await carried_family(world), hat, detail=SAID)
        assert payload["__typename"] == "NotFound"
        assert "Zyxmarker" not in str(payload)
        assert_nothing_personal(payload)

    async def test_a_colleague_does_not_add_in_anothers_caseload(self, world: World):
        assert (await add(world, await carried_family(world), "fac_manager_two"))["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_intake", "fac_supervisor"])
    async def test_the_center_writes_it_down_sealed(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await add(world, family, hat, detail=SAID)
        assert (payload["need"]["code"], payload["need"]["status"]) == ("legal_advice", "identified")
        ((detail,),) = await world.fetch("SELECT detail FROM needs WHERE id = $1", raw(payload["need"]["id"]))
        assert b"Zyxmarker" not in bytes(detail)
        case = (await world["fac_manager"].run("Case", id=family.case_id))["case"]
        assert SAID in [each["detail"] for each in case["needs"]["nodes"]]
        (told,) = await audit_of(world, "need.added", payload["need"]["id"])
        assert "Zyxmarker" not in str(told)

    @pytest.mark.parametrize(
        ("code", "info"),
        [("legal_advice", 6), ("counseling_child", 5), ("insurance_claim", 7), ("lodging", 8)],
    )
    async def test_its_words_are_sealed_as_the_class_its_code_says(self, world: World, code: str, info: int):
        family = await carried_family(world)
        payload = await add(world, family, code=code, detail=SAID)
        sql = "SELECT detail, detail_class FROM needs WHERE id = $1"
        ((detail, told),) = await world.fetch(sql, raw(payload["need"]["id"]))
        assert (bytes(detail)[CLASS_AT], told) == (info, info)
        (row,) = await audit_of(world, "need.added", payload["need"]["id"])
        assert row["classes"] == 1 << info
        body = await world["fac_manager"].ask(NEED_WITH_ACCESS, id=family.persons["mother"])
        (shown,) = [each for each in body["data"]["person"]["needs"] if each["id"] == payload["need"]["id"]]
        assert shown["detail"] == SAID
        assert set(shown["access"]["visible"]) & SEALED == {WORD[info]}

    async def test_whether_it_has_words_is_not_told_to_who_may_not_read_them(self, world: World):
        family = await carried_family(world)
        added = [(await add(world, family, detail=detail))["need"]["id"] for detail in (SAID, None)]
        body = await world["fac_intake"].ask(NEED_WITH_ACCESS, id=family.persons["mother"])
        shown = [each for each in body["data"]["person"]["needs"] if each["id"] in added]
        first, second = ({**each, "id": None} for each in shown)
        assert first == second
        assert [each["info"] for each in first["access"]["masked"] if each["info"] in SEALED] == ["legal"]

    async def test_an_unknown_code_is_refused(self, world: World):
        payload = await add(world, await carried_family(world), code="a_pony")
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [("code", "unknown_code")]

    async def test_a_closed_case_is_reopened_first(self, world: World):
        family = await settled_family(world)
        version = await version_of(world, "cases", family.case_id)
        await world["fac_manager"].do("CloseCase", caseId=family.case_id, version=version, reason="goals_met")
        payload = await add(world, family)
        assert (payload["__typename"], payload["possible"]) == ("InvalidTransition", ["reopen"])

    async def test_a_closing_and_a_new_need_at_once_never_leave_a_need_on_a_closed_case(self, world: World):
        for _ in range(4):
            family = await settled_family(world)
            version = await version_of(world, "cases", family.case_id)

            async def act(place: int, family: Family = family, version: int = version) -> Any:
                if place:
                    return await add(world, family)
                return await world["fac_manager"].do(
                    "CloseCase", caseId=family.case_id, version=version, reason="goals_met"
                )

            closed, added = await together(2, act)
            assert (closed["__typename"], added["__typename"]) in {
                ("CaseClosed", "InvalidTransition"),
                ("InvalidInput", "NeedAdded"),
            }

    async def test_the_same_key_twice_adds_one(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        first, again = [await add(world, family, clientMutationId=key) for _ in range(2)]
        assert first == again
        assert len(await world.fetch("SELECT id FROM needs WHERE case_id = $1", raw(family.case_id))) == 4


class TestResolveNeed:
    @pytest.mark.parametrize(("hat", "came"), [("stranger", "NotFound"), ("fac_intake", "NotPermitted")])
    async def test_others_do_not_end_it(self, world: World, hat: str, came: str):
        need_id = (await add(world, await carried_family(world)))["need"]["id"]
        assert (await resolve(world, need_id, hat))["__typename"] == came

    @pytest.mark.parametrize("status", ["met", "unmet_no_capacity", "client_declined"])
    async def test_it_ends_with_its_reason_once(self, world: World, status: str):
        need_id = (await add(world, await carried_family(world)))["need"]["id"]
        payload = await resolve(world, need_id, status=status)
        assert (payload["need"]["status"], payload["need"]["version"]) == (status, 2)
        stale = await resolve(world, need_id)
        assert (stale["__typename"], stale["currentVersion"]) == ("Conflict", 2)
        again = await resolve(world, need_id, version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", status)

    async def test_a_step_on_the_way_is_no_end(self, world: World):
        need_id = (await add(world, await carried_family(world)))["need"]["id"]
        assert (await resolve(world, need_id, status="in_progress"))["__typename"] == "InvalidTransition"
