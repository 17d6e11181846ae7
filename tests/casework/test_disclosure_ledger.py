"""The ledger of disclosures without a release: who enters and reads it, what it must say, that it stands."""

from datetime import timedelta
from typing import Any

import pytest

from tests.caseloads import raw
from tests.families import Family
from tests.referring import SUPERVISOR, fac_family
from tests.world import World

SAID = {"recipient": "Zyxmarker Child Protection", "authority": "Zyxmarker code 11166", "words": "Zyxmarker bruises"}
COMPELLED = {
    "basis": "court_order", "instrument": "order", "clientNotice": "told_before", "protectiveStep": "narrowed",
}  # fmt: skip


async def record(world: World, family: Family, hat: str = SUPERVISOR, **other: Any) -> Any:
    given = {
        "caseId": family.case_id,
        "personIds": [family.persons["daughter"]],
        "basis": "mandated_report",
        "classes": ["identity", "narrative"],
        "disclosedAt": (world.clock.now - timedelta(hours=1)).isoformat(),
    }
    return await world[hat].do("RecordDisclosure", **given | SAID | other)


async def listed(world: World, hat: str, **variables: Any) -> list[Any]:
    return list((await world[hat].run("Disclosures", first=100, **variables))["disclosures"]["nodes"])


class TestRecordDisclosure:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "navigator", "auditor", "fac_manager"])
    async def test_who_does_not_answer_for_the_case_finds_none(self, world: World, hat: str) -> None:
        payload = await record(world, await fac_family(world), hat)
        assert payload["__typename"] == "NotFound"
        assert "Zyxmarker" not in str(payload)

    @pytest.mark.parametrize("hat", ["fac_intake", SUPERVISOR, "privacy_officer"])
    async def test_whoever_told_it_enters_it_sealed_and_audited(self, world: World, hat: str) -> None:
        family = await fac_family(world)
        payload = await record(world, family, hat)
        assert payload["__typename"] == "DisclosureRecorded", payload
        id = raw(payload["disclosure"]["id"])
        (row,) = await world.fetch("SELECT * FROM disclosures WHERE id = $1", id)
        assert b"Zyxmarker" not in row["words"]
        (told,) = await world.fetch("SELECT event, subjects, detail FROM audit_events WHERE record_id = $1", id)
        assert (told["event"], told["subjects"]) == ("disclosure.recorded", [raw(family.persons["daughter"])])
        assert "Zyxmarker" not in str(told["detail"])

    async def test_what_it_must_say(self, world: World) -> None:
        family = await fac_family(world)
        tomorrow = (world.clock.now + timedelta(days=1)).isoformat()
        for given, wrong in (
            ({"recipient": " "}, {"recipient": "required"}),
            ({"authority": None}, {"authority": "required"}),
            ({"classes": []}, {"classes": "required"}),
            ({"classes": ["outline"]}, {"classes": "not_releasable"}),
            ({"basis": "reunification_consent"}, {"classes": "not_for_reunification"}),
            ({"personIds": []}, {"personIds": "required"}),
            ({"disclosedAt": tomorrow}, {"disclosedAt": "in_the_future"}),
            ({"instrument": "warrant"}, {"instrument": "not_for_this_basis"}),
            (
                {"basis": "court_order"},
                {"instrument": "required", "clientNotice": "required", "protectiveStep": "required"},
            ),
        ):
            payload = await record(world, family, **given)
            assert {each["path"]: each["problem"] for each in payload["problems"]} == wrong
            assert "Zyxmarker" not in str(payload)

    async def test_a_subpoena_is_no_order_until_counsel_has_reviewed_it(self, world: World) -> None:
        family = await fac_family(world)
        served = COMPELLED | {"instrument": "subpoena"}
        payload = await record(world, family, **served)
        assert [each["problem"] for each in payload["problems"]] == ["subpoena_is_no_order"]
        payload = await record(world, family, **served, reviewedByCounsel=True)
        assert payload["__typename"] == "DisclosureRecorded"

    async def test_not_even_then_for_substance_use(self, world: World) -> None:
        served = COMPELLED | {"instrument": "subpoena", "reviewedByCounsel": True, "classes": ["substance_use"]}
        payload = await record(world, await fac_family(world), **served)
        assert [each["problem"] for each in payload["problems"]] == ["no_order_for_substance_use"]

    async def test_a_person_of_another_family_is_not_named(self, world: World) -> None:
        family, other = await fac_family(world), await fac_family(world)
        payload = await record(world, family, personIds=[other.persons["mother"]])
        assert payload["__typename"] == "NotFound"

    async def test_said_twice_it_stands_once(self, world: World) -> None:
        family, key = await fac_family(world), "0195e2a4-7d2f-4c0e-9a53-5c1f0e9b7a10"
        at = (world.clock.now - timedelta(hours=3)).isoformat()
        one, again = [await record(world, family, clientMutationId=key, disclosedAt=at) for _ in range(2)]
        assert one["disclosure"]["id"] == again["disclosure"]["id"]
        rows = await world.fetch("SELECT 1 FROM disclosures WHERE case_id = $1", raw(family.case_id))
        assert len(rows) == 1


class TestDisclosures:
    async def test_who_answers_for_it_reads_it_and_nobody_else(self, world: World) -> None:
        family = await fac_family(world)
        payload = await record(world, family, "fac_intake", **COMPELLED)
        id = payload["disclosure"]["id"]
        for hat in (SUPERVISOR, "privacy_officer", "fac_intake"):
            (shown,) = [each for each in await listed(world, hat) if each["id"] == id]
            assert (shown["recipient"], shown["authority"], shown["words"]) == tuple(SAID.values())
            assert [each["id"] for each in shown["persons"]] == [family.persons["daughter"]]
            assert shown["instrument"] == "order"
        for hat in ("fac_manager", "fac_manager_two", "navigator", "resiliency_supervisor"):
            assert id not in {each["id"] for each in await listed(world, hat)}
        for hat in ("stranger", "funder", "volunteer"):
            body = await world[hat].post({"documentId": "Disclosures", "variables": {}})
            assert "Zyxmarker" not in body.text
            assert id not in body.text

    async def test_by_its_basis(self, world: World) -> None:
        family = await fac_family(world)
        await record(world, family, **COMPELLED)
        assert {each["basis"] for each in await listed(world, SUPERVISOR, basis="court_order")} == {"court_order"}

    async def test_what_stands_in_it_is_changed_by_no_login(self, world: World) -> None:
        await record(world, await fac_family(world))
        rights = "SELECT has_column_privilege('fac_staff', 'disclosures', $1, 'UPDATE')"
        names = ("basis", "classes", "disclosed_at", "words")
        found = {name: (await world.fetch(rights, name))[0][0] for name in names}
        assert found == {"basis": False, "classes": False, "disclosed_at": False, "words": True}
