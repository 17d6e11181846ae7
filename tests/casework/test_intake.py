"""Recording a family's intake, as each role and as those who may not."""

from typing import Any
from uuid import uuid4

import pytest

from fac.domain.ids import new_case_number
from tests.caseloads import raw
from tests.families import family_form, new_family
from tests.world import World, together

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTED = ("cases", "persons", "needs", "households", "relationships", "involvements", "data_keys", "match_postings")


async def counts(world: World) -> dict[str, int]:
    """Return how many rows the incident has in each table an intake writes."""
    return {
        table: (
            await world.fetch(f"SELECT count(*) FROM {table} WHERE incident_id = $1", world.incident_id)  # noqa: S608
        )[0][0]
        for table in COUNTED
    }


class TestRecordIntake:
    """recordIntake."""

    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "privacy_officer", "administrator"])
    async def test_those_who_do_not_receive_families_record_nothing(self, world: World, hat: str) -> None:
        before = await counts(world)
        payload = await world[hat].do("RecordIntake", **family_form("stranger"))
        assert payload["__typename"] in ("NotPermitted", "NotFound")
        assert await counts(world) == before

    async def test_a_case_number_drawn_twice_is_drawn_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn = iter([(taken := new_case_number()), taken, (free := new_case_number())])
        monkeypatch.setattr("fac.casework.intake.new_case_number", lambda: next(drawn))
        numbers = []
        for _ in range(2):
            family = await new_family(world, "intake")
            answer = await world["intake"].ask("query ($id: ID!) { case(id: $id) { caseNumber } }", id=family.case_id)
            numbers.append(answer["data"]["case"]["caseNumber"])
        assert numbers == [taken, free]

    @pytest.mark.parametrize("hat", ["intake", "fac_manager", "fac_supervisor"])
    async def test_a_whole_family_is_recorded_at_once(self, world: World, hat: str) -> None:
        before = await counts(world)
        family = await new_family(world, hat)
        after = await counts(world)
        assert after["persons"] - before["persons"] == 4
        assert after["needs"] - before["needs"] == 3
        assert after["households"] - before["households"] == 2
        assert after["relationships"] - before["relationships"] == 2
        body = await world[hat].ask(
            """query ($id: ID!) { case(id: $id) {
                 caseNumber status responsible { id }
                 persons { givenName familyName bornOn phones ageBand spokenLanguage
                           involvements { role } relationships { kin isRestricted other { givenName } }
                           access { visible } }
                 needs(first: 10) { totalCount nodes { code status } } } }""",
            id=family.case_id,
        )
        assert "errors" not in body
        case = body["data"]["case"]
        assert case["caseNumber"] == family.case_number
        assert case["responsible"]["id"] == world.id("Membership", world[hat].membership_id)
        mother = next(
            each for each in case["persons"] if each["ageBand"] == "age_25_59" and each["spokenLanguage"] == "es-MX"
        )
        assert mother["familyName"].startswith("Quintanaroo")
        assert mother["bornOn"] == "1985-04-12"
        assert mother["phones"][0].startswith("+1312555")
        assert mother["relationships"][0]["other"]["givenName"].startswith("Noemi")
        assert case["needs"]["totalCount"] == 3

    async def test_the_same_key_twice_is_one_family(self, world: World) -> None:
        form = family_form("once") | {"clientMutationId": str(uuid4())}
        first = await world["intake"].do("RecordIntake", **form)
        middle = await counts(world)
        second = await world["intake"].do("RecordIntake", **form)
        assert first == second
        assert await counts(world) == middle

    async def test_the_same_key_sixteen_times_at_once_is_one_family(self, world: World) -> None:
        before = await counts(world)
        form = family_form("storm") | {"clientMutationId": str(uuid4())}
        answers = await together(16, lambda _: world["intake"].do("RecordIntake", **form))
        assert {answer["case"]["id"] for answer in answers} == {answers[0]["case"]["id"]}
        assert (await counts(world))["cases"] == before["cases"] + 1

    async def test_the_same_key_with_other_contents_is_a_conflict(self, world: World) -> None:
        key = str(uuid4())
        await world["intake"].do("RecordIntake", **family_form("first"), clientMutationId=key)
        payload = await world["intake"].do("RecordIntake", **family_form("second"), clientMutationId=key)
        assert payload["__typename"] == "Conflict"
        assert payload["code"] == "key_reused"

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"givenName": None, "familyName": None, "preferredName": None}, "persons.0.givenName"),
            ({"bornOn": "2031-01-01"}, "persons.0.bornOn"),
            ({"bornOn": "1999-02-31"}, "persons.0.bornOn"),
            ({"phones": ["zyxmarker 12"]}, "persons.0.phones.0"),
            ({"emails": ["zyxmarker"]}, "persons.0.emails.0"),
            ({"involvements": []}, "persons.0.involvements"),
            ({"involvements": ["deceased"]}, "persons.0.involvements"),
            ({"needs": [{"code": "zyxmarker", "horizon": "ongoing"}]}, "persons.0.needs.0.code"),
        ],
    )
    async def test_a_bad_field_is_named_and_nothing_is_half_written(
        self, world: World, change: dict[str, Any], path: str
    ) -> None:
        before = await counts(world)
        form = family_form("bad")
        form["persons"][0] |= change
        response = await world["intake"].post(
            {"documentId": "RecordIntake", "variables": {"input": form | {"clientMutationId": str(uuid4())}}}
        )
        payload = response.json()["data"]["recordIntake"]
        assert payload["__typename"] == "InvalidInput"
        assert [each["path"] for each in payload["problems"]] == [path]
        assert "zyxmarker" not in response.text
        assert await counts(world) == before

    async def test_however_often_somebody_is_on_file_whole_a_record_told_in_part_is_found_too(
        self, world: World
    ) -> None:
        tag = uuid4().hex[:6]
        whole = family_form(tag)["persons"][0]
        told = ("ref", "givenName", "familyName", "bornOn", "spokenLanguage", "involvements")
        partial = {name: whole[name] for name in told}
        ids = []
        for person in (whole, whole, partial, whole):
            payload = await world["intake"].do("RecordIntake", language="es", persons=[person])
            assert payload["__typename"] == "IntakeRecorded", payload
            ids.append(payload["persons"][0]["id"])
        query = "query ($id: ID!) { person(id: $id) { possibleDuplicates { grade other { id } } } }"
        body = await world["intake"].ask(query, id=ids[-1])
        pairs = [
            each for each in body["data"]["person"]["possibleDuplicates"] if each["other"]
        ]  # none of other centers
        found = {each["other"]["id"]: each["grade"] for each in pairs if each["other"]["id"] in ids}
        assert found == dict.fromkeys(ids[:3], "same")

    async def test_somebody_known_is_told_as_possibly_the_same_and_never_merged(self, world: World) -> None:
        form = family_form() | {"relationships": []}
        form["persons"] = [
            form["persons"][0]
            | {
                "givenName": "Wilhelmina",
                "familyName": "Oxtoby Ferreira",
                "bornOn": "1951-11-30",
                "emails": [],
                "phones": [],
            }
        ]
        first = await world["intake"].do("RecordIntake", **form)
        second = await world["fac_intake"].do("RecordIntake", **form)
        assert first["suspicions"] == 0
        assert second["suspicions"] >= 1
        assert first["case"]["id"] != second["case"]["id"]
        body = await world["fac_intake"].ask(
            "query ($id: ID!)"
            " { case(id: $id) { persons { possibleDuplicates { grade reasons other { givenName } } } } }",
            id=second["case"]["id"],
        )
        found = [each for person in body["data"]["case"]["persons"] for each in person["possibleDuplicates"]]
        assert "same" in {each["grade"] for each in found}
        # The other family came to another center: that they are known is told, who they are is not.
        assert {each["other"] for each in found} == {None}

    async def test_an_address_that_many_share_alone_leads_to_nobody(self, world: World) -> None:
        """A shelter's address: no stranger who sleeps there too is opened, who is really known is still found."""

        async def arrives(given: str, family: str) -> tuple[str, list[Any]]:
            person = {
                "ref": "p1", "givenName": given, "familyName": family, "address": "77 Haven Road",
                "spokenLanguage": "en", "involvements": ["witness"],
            }  # fmt: skip
            form = {"language": "en", "persons": [person]}
            payload = await world["fac_intake"].do("RecordIntake", **form)
            assert payload["__typename"] == "IntakeRecorded", payload
            return payload["persons"][0]["id"], await world.fetch(
                "SELECT e.subjects FROM audit_events e JOIN audit_events i USING (incident_id, correlation_id)"
                " WHERE e.event = 'duplicate.compared' AND i.event = 'intake.recorded' AND i.record_id = $1",
                raw(payload["case"]["id"]),
            )

        known, _ = await arrives("Zdislava", "Quiroga")
        consonants = "bdfgklmnprst"
        for number in range(21):
            one, two = consonants[number % 12], consonants[(number * 5 + number // 12) % 12]
            last = await arrives(f"{one}a{two}o{one}i{one}u{two}a", f"{two}e{one}{two}o{two}a{one}e")
        assert last[1] == [], "a stranger at the same address was opened"
        _, ((compared,),) = await arrives("Zdislava", "Quiroga")
        assert compared == [raw(known)]

    async def test_releases_given_at_intake_are_recorded_by_the_same_rules(self, world: World) -> None:
        release = {
            "personRef": "daughter", "recipientId": world.id("Organization", world.organizations["counseling"]),
            "purpose": "service_delivery", "classes": ["identity", "contact"], "form": "any", "language": "es",
            "risksExplained": True, "expiresAt": "2026-09-01T00:00:00Z",
            "signatories": [
                {"personRef": "daughter", "capacity": "self"}, {"personRef": "mother", "capacity": "guardian"},
            ],
        }  # fmt: skip
        form = family_form("released") | {"releases": [release]}
        payload = await world["intake"].do("RecordIntake", **form)
        body = await world["intake"].ask(
            "query ($id: ID!) { case(id: $id) { releases { nodes { classes signatories { capacity } } } } }",
            id=payload["case"]["id"],
        )
        (found,) = body["data"]["case"]["releases"]["nodes"]
        assert found["classes"] == ["identity", "contact"]
        assert {each["capacity"] for each in found["signatories"]} == {"self", "guardian"}

    async def test_a_release_signed_by_a_restricted_person_keeps_the_whole_form_from_being_recorded(
        self, world: World
    ) -> None:
        before = await counts(world)
        release = {
            "personRef": "daughter", "recipientId": world.id("Organization", world.organizations["counseling"]),
            "purpose": "service_delivery", "classes": ["identity"], "form": "any", "language": "es",
            "risksExplained": True, "expiresAt": "2026-09-01T00:00:00Z",
            "signatories": [{"personRef": "uncle", "capacity": "guardian"}],
        }  # fmt: skip
        payload = await world["intake"].do("RecordIntake", **(family_form("uncle") | {"releases": [release]}))
        assert payload["__typename"] == "InvalidInput"
        assert all(each["path"].startswith("releases.0.") for each in payload["problems"])
        assert await counts(world) == before
