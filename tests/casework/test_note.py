"""Notes: sealed, written once, and privileged ones their author's alone."""

from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import assert_nothing_personal, audit_of, carried_family, raw
from tests.families import Family
from tests.world import World

SAID = "Zyxmarker said in confidence"


async def write(world: World, family: Family, hat: str = "fac_manager", **given: Any) -> Any:
    return await world[hat].do("WriteNote", caseId=family.case_id, **({"kind": "casework", "body": SAID} | given))


async def read_notes(world: World, hat: str, family: Family) -> dict[str, str | None]:
    """Return the bodies of the case's notes as that hat reads them, by id."""
    data = await world[hat].run("Case", id=family.case_id)
    return {each["id"]: each["body"] for each in data["case"]["notes"]["nodes"]}


class TestWriteNote:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "navigator"])
    async def test_who_cannot_see_the_case_finds_none(self, world: World, hat: str):
        payload = await write(world, await carried_family(world), hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_a_colleague_does_not_write_in_anothers_caseload(self, world: World):
        assert (await write(world, await carried_family(world), "fac_manager_two"))["__typename"] == "NotPermitted"

    async def test_who_carries_the_case_reads_it_and_the_database_holds_no_word_of_it(self, world: World):
        family = await carried_family(world)
        note_id = (await write(world, family))["note"]["id"]
        assert (await read_notes(world, "fac_manager", family))[note_id] == SAID
        assert (await read_notes(world, "fac_supervisor", family))[note_id] == SAID
        assert (await read_notes(world, "fac_intake", family)).get(note_id) is None
        ((body,),) = await world.fetch("SELECT body FROM notes WHERE id = $1", raw(note_id))
        assert b"Zyxmarker" not in bytes(body)
        (told,) = await audit_of(world, "note.written", note_id)
        assert "Zyxmarker" not in str(told)

    async def test_an_intake_worker_reads_what_they_wrote_themselves(self, world: World):
        family = await carried_family(world)
        payload = await write(world, family, "fac_intake")
        assert (await read_notes(world, "fac_intake", family))[payload["note"]["id"]] == SAID

    @pytest.mark.parametrize("kind", ["clergy_privileged", "counsel_privileged", "substance_use_counseling"])
    async def test_a_privileged_note_is_its_authors_alone(self, world: World, kind: str):
        family = await carried_family(world)
        note_id = (await write(world, family, kind=kind))["note"]["id"]
        assert (await read_notes(world, "fac_manager", family))[note_id] == SAID
        for hat in ("fac_supervisor", "fac_intake", "fac_manager_two"):
            assert (await read_notes(world, hat, family)).get(note_id) is None

    @pytest.mark.parametrize(("body", "problem"), [("  \n", "required"), ("x" * 16_001, "too_long")])
    async def test_an_empty_or_endless_note_is_refused(self, world: World, body: str, problem: str):
        payload = await write(world, await carried_family(world), body=body)
        assert payload["problems"][0]["problem"] == problem
        assert body.strip() not in str(payload) or not body.strip()

    async def test_the_same_key_twice_writes_one_note(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        first, again = [await write(world, family, clientMutationId=key) for _ in range(2)]
        assert first == again
        assert len(await read_notes(world, "fac_manager", family)) == 1

    async def test_the_same_key_with_other_words_is_a_conflict(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        await write(world, family, clientMutationId=key)
        payload = await write(world, family, clientMutationId=key, body="something else")
        assert (payload["__typename"], payload["code"]) == ("Conflict", "key_reused")

    async def test_there_is_no_way_to_change_a_note(self, world: World):
        body = await world["fac_manager"].ask("{ __schema { mutationType { fields { name } } } }")
        names = [each["name"] for each in body["data"]["__schema"]["mutationType"]["fields"]]
        assert [name for name in names if name.endswith("Note")] == ["writeNote", "writePartnerNote"]
