"""What the medical examiner knows stays the liaison's until the family was told (domain invariant 7)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.caseloads import audit_of, raw
from tests.families import family_form, new_family
from tests.searching import Search, assert_nobody_named, new_search
from tests.world import World, together

OTHERS = (
    "intake", "reunifier", "reunification_supervisor", "volunteer", "fac_intake", "fac_supervisor", "counselor",
    "counseling_administrator", "fund", "funder", "auditor", "privacy_officer", "administrator", "system",
)  # fmt: skip
REFUSED = {"NotFound", "NotPermitted"}


async def opened(world: World, search: Search) -> str:
    payload = await world["liaison"].do("OpenIdentification", personOfConcernId=search.id)
    assert payload["__typename"] == "IdentificationOpened", payload
    return str(payload["identification"]["id"])


async def confirmed(world: World, search: Search, *others: Search) -> str:
    """Open and confirm an identification that some families' searches are matched to."""
    id = await opened(world, search)
    for each in others:
        payload = await world["liaison"].do("JoinIdentification", identificationId=id, personOfConcernId=each.id)
        assert payload["__typename"] == "IdentificationJoined", payload
    payload = await world["liaison"].do("ConfirmIdentification", identificationId=id, version=1, method="dental")
    assert payload["identification"]["status"] == "deceased_confirmed_by_me", payload
    return id


def told(world: World, id: str, search: Search, **other: Any) -> dict[str, Any]:
    """Return the input of ``recordDeathNotification``."""
    return {
        "identificationId": id, "personOfConcernId": search.id, "team": "joint", "manner": "in_person",
        "advocatePresent": True, "notifiedAt": world.clock.now.isoformat(),
    } | other  # fmt: skip


QUERIES = """query($case: ID!, $search: ID!, $person: ID!) {
  case(id: $case) { version persons { id version involvements { role } possibleDuplicates { id score reasons } }
    personsOfConcern { nodes { id status version locatedAt notifications { id } access { visible masked { info } } }
      totalCount } }
  personOfConcern(id: $search) { status version locatedAt notifications { id } duplicateOf { id } reporter { version } }
  person(id: $person) { version involvements { role } }
  looked: personsOfConcern(status: reported_unaccounted, first: 1) { totalCount }
  told: personsOfConcern(status: notified, first: 1) { totalCount }
}"""


async def everything(world: World, hat: str, search: Search) -> Any:
    """Return all that a hat reads of a family and of its search, and how many searches there are in each state."""
    given = {"case": search.family.case_id, "search": search.id, "person": search.family.persons["mother"]}
    return (await world[hat].ask(QUERIES, **given)).get("data")


class TestTheDeathOfSomebody:
    @pytest.mark.parametrize("hat", OTHERS)
    async def test_moves_nothing_that_anybody_else_reads_until_the_family_was_told(self, world: World, hat: str):
        """The answers before the death was known and after are the same to the letter, counts and versions too."""
        search = await new_search(world)
        before = await everything(world, hat, search)
        id = await confirmed(world, search)
        assert await everything(world, hat, search) == before
        payload = await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        assert payload["__typename"] == "DeathNotificationRecorded", payload
        after = await everything(world, hat, search)
        assert (after != before) is (hat in ("intake", "reunifier", "reunification_supervisor", "privacy_officer"))

    async def test_nor_what_the_center_may_do(self, world: World):
        plain, known = await new_search(world), await new_search(world)
        await confirmed(world, known)
        for document, given in (
            ("LocatePersonOfConcern", {"status": "located_hospitalized"}),
            ("ReopenPersonOfConcern", {}),
            ("LocatePersonOfConcern", {"status": "located_safe"}),
            ("LocatePersonOfConcern", {"status": "located_hospitalized"}),
        ):
            first, second = [await each.step(document, **given) for each in (plain, known)]
            for each in (first, second):
                each.get("personOfConcern", {}).pop("id", None)
            assert first == second, document

    async def test_nor_the_trail_of_the_family(self, world: World):
        search = await new_search(world)
        named = [raw(search.id), *(raw(each) for each in search.family.persons.values())]
        before = await world.fetch("SELECT count(*) FROM audit_events WHERE subjects && $1", named)
        id = await confirmed(world, search)
        after = await world.fetch("SELECT count(*) FROM audit_events WHERE subjects && $1 AND event <> 'record.read'",
                                  named)  # fmt: skip
        assert before == after
        assert len(await audit_of(world, "identification.confirmed", id)) == 1

    @pytest.mark.parametrize("how", ["RecordIntake", "AddPerson", "a row of the database"])
    async def test_is_stated_by_nobody_at_a_center(self, world: World, how: str):
        family = await new_family(world)
        form = family_form()
        form["persons"][1]["involvements"] = ["deceased"]
        if how == "RecordIntake":
            payload = await world["intake"].do(how, **form)
        elif how == "AddPerson":
            payload = await world["intake"].do(how, caseId=family.case_id, person=form["persons"][1])
        else:
            rule = "ck_involvements_states_no_death"
            with pytest.raises(Exception, match=rule):
                await world.fetch(
                    "UPDATE involvements SET role = 'deceased' WHERE person_id = $1", raw(family.persons["father"])
                )
            return
        assert {each["problem"] for each in payload["problems"]} == {"set_by_medical_examiner"}


class TestOpenIdentification:
    @pytest.mark.parametrize("hat", OTHERS)
    async def test_nobody_but_the_liaison_identifies(self, world: World, hat: str):
        search = await new_search(world)
        refused = [await world[hat].do("OpenIdentification", personOfConcernId=search.id)]
        id = await confirmed(world, search)
        named = {"identificationId": id}
        refused += [
            await world[hat].do("JoinIdentification", **named, personOfConcernId=search.id),
            await world[hat].do("ConfirmIdentification", **named, version=1, method="dna"),
            await world[hat].do("WithdrawIdentification", **named, version=2),
            await world[hat].do("RecordDeathNotification", **told(world, id, search)),
        ]
        for each in refused:
            assert each["__typename"] in REFUSED, each
            assert_nobody_named(each)
        listed = (await world[hat].post({"documentId": "Identifications", "variables": {}})).json()
        assert not ((listed.get("data") or {}).get("identifications") or {}).get("nodes")

    async def test_the_liaison_sees_whose_search_it_is_and_how_to_reach_them(self, world: World):
        search = await new_search(world)
        id = await opened(world, search)
        seen = (await world["liaison"].run("Identification", id=id))["identification"]
        assert seen["status"] == "identity_pending"
        (found,) = seen["searches"]
        assert (found["id"], found["givenName"]) == (search.id, "Evaristo")
        assert found["reporter"]["phones"]

    async def test_a_search_is_matched_once_also_when_two_try_at_once(self, world: World):
        search = await new_search(world)

        async def attempt(_number: int) -> Any:
            return await world["liaison"].do("OpenIdentification", personOfConcernId=search.id)

        made = sorted(each["__typename"] for each in await together(3, attempt))
        assert made == ["Conflict", "Conflict", "IdentificationOpened"]


class TestJoinIdentification:
    async def test_several_families_and_none_learns_of_the_other(self, world: World):
        one, other = await new_search(world), await new_search(world, hat="fac_intake")
        id = await confirmed(world, one, other)
        seen = (await world["liaison"].run("Identification", id=id))["identification"]
        assert {each["id"] for each in seen["searches"]} == {one.id, other.id}
        await world["liaison"].do("RecordDeathNotification", **told(world, id, one))
        assert (await one.seen_by("intake"))["status"] == "notified"
        assert (await other.seen_by("fac_intake"))["status"] == "reported_unaccounted"
        assert (await other.seen_by("fac_intake"))["notifications"] == []
        assert await one.seen_by("fac_intake") is None

    async def test_nobody_joins_to_one_that_was_withdrawn(self, world: World):
        one, other = await new_search(world), await new_search(world)
        id = await opened(world, one)
        await world["liaison"].do("WithdrawIdentification", identificationId=id, version=1)
        payload = await world["liaison"].do("JoinIdentification", identificationId=id, personOfConcernId=other.id)
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "withdrawn")


class TestConfirmIdentification:
    async def test_once_and_at_the_version_that_was_read(self, world: World):
        id = await opened(world, await new_search(world))
        stale = await world["liaison"].do("ConfirmIdentification", identificationId=id, version=7, method="dna")
        assert stale["__typename"] == "Conflict"
        given = {"identificationId": id, "method": "dna"}
        assert (await world["liaison"].do("ConfirmIdentification", **given, version=1))["identification"][
            "version"
        ] == 2
        again = await world["liaison"].do("ConfirmIdentification", **given, version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "deceased_confirmed_by_me")

    async def test_who_was_seen_alive_stays_in_the_liaison_s_sight(self, world: World):
        search = await new_search(world)
        id = await confirmed(world, search)
        await search.step("LocatePersonOfConcern", status="located_safe")
        assert (await search.seen_by("liaison"))["status"] == "located_safe"
        payload = await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "located_safe")


class TestWithdrawIdentification:
    async def test_it_was_somebody_else_and_the_search_may_be_matched_anew(self, world: World):
        search = await new_search(world)
        id = await confirmed(world, search)
        payload = await world["liaison"].do("WithdrawIdentification", identificationId=id, version=2)
        assert payload["identification"]["status"] == "withdrawn"
        assert await opened(world, search) != id

    async def test_not_once_a_family_was_told(self, world: World):
        search = await new_search(world)
        id = await confirmed(world, search)
        await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        payload = await world["liaison"].do("WithdrawIdentification", identificationId=id, version=2)
        assert (payload["__typename"], payload["state"]) == ("InvalidTransition", "notified")


class TestRecordDeathNotification:
    async def test_the_family_s_center_knows_from_then_on(self, world: World):
        search = await new_search(world)
        id = await confirmed(world, search)
        payload = await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        assert payload["deathNotification"]["personOfConcern"]["status"] == "notified"
        seen = await search.seen_by("intake")
        assert (seen["status"], seen["version"]) == ("notified", 2)
        (notification,) = seen["notifications"]
        assert (notification["team"], notification["manner"], notification["advocatePresent"]) == (
            "joint", "in_person", True,
        )  # fmt: skip
        again = await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "notified")

    async def test_never_before_it_is_confirmed_nor_for_another_search_nor_ahead_of_time(self, world: World):
        search, other = await new_search(world), await new_search(world)
        pending = await opened(world, search)
        early = await world["liaison"].do("RecordDeathNotification", **told(world, pending, search))
        assert (early["__typename"], early["state"]) == ("InvalidTransition", "identity_pending")
        foreign = await world["liaison"].do("RecordDeathNotification", **told(world, pending, other))
        assert foreign["__typename"] == "NotFound"
        await world["liaison"].do("ConfirmIdentification", identificationId=pending, version=1, method="visual")
        tomorrow = (world.clock.now + timedelta(days=1)).isoformat()
        ahead = await world["liaison"].do(
            "RecordDeathNotification", **told(world, pending, search, notifiedAt=tomorrow)
        )
        nowhere = await world["liaison"].do(
            "RecordDeathNotification", **told(world, pending, search, notifiedAt="2026-03-02T08:00:00")
        )
        for each in (ahead, nowhere):
            assert [problem["path"] for problem in each["problems"]] == ["notifiedAt"]
        assert (await search.seen_by("intake"))["status"] == "reported_unaccounted"

    async def test_a_liaison_of_a_responder_s_own_agency_finds_no_search(self, world: World):
        search = await new_search(world)
        id = await opened(world, search)
        responder = {
            "ref": "officer", "givenName": "Jacinta", "familyName": "Oyelaran", "spokenLanguage": "en",
            "involvements": ["first_responder"],
            "agencyId": world.id("Organization", world.organizations["medical_examiner"]),
        }  # fmt: skip
        joined = await world["intake"].do("AddPerson", caseId=search.family.case_id, person=responder)
        assert joined["__typename"] == "PersonAdded", joined
        assert await search.seen_by("liaison") is None
        payload = await world["liaison"].do("RecordDeathNotification", **told(world, id, search))
        assert payload["__typename"] == "NotFound"
