"""Searching for people by what is partly known: who is found, who is not, and what a search leaves behind."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from fac.domain.identity import IdentityFacts, match_terms
from tests.caseloads import raw
from tests.people import made_up, names_of, recorded, somebody
from tests.world import HATS, Hat, World, together

SEARCHERS = [name for name, (role, _, _) in HATS.items() if role in {"intake_worker", "case_manager", "supervisor"}]
OTHERS = ["stranger", "counselor", "lawyer", "funder", "auditor", "administrator", "system", "privacy_officer"]
NAMES = {"givenName": "Marisol", "familyName": "Velasco"}


@pytest.fixture(autouse=True)
def rested(world: World) -> None:
    """Give every hat its whole allowance of searches."""
    world.clock.advance(hours=1)


def facts_told(person: dict[str, Any]) -> IdentityFacts:
    """Return what the form tells of who it is."""
    return IdentityFacts(
        person["givenName"], person["familyName"], born_on=date.fromisoformat(person["bornOn"]),
        phones=tuple(person["phones"]), emails=tuple(person["emails"]), postal_code=person["postalCode"],
    )  # fmt: skip


async def search(hat: Hat, **needle: Any) -> Any:
    """Search, and return the whole response body without the id of the request."""
    body = (await hat.post({"documentId": "SearchPeople", "variables": needle})).json()
    for each in body.get("errors", ()):
        del each["extensions"]["correlationId"]
    return body


async def found(hat: Hat, **needle: Any) -> list[Any]:
    """Search, and return the matches."""
    body = await search(hat, **needle)
    assert "errors" not in body, body
    return list(body["data"]["searchPeople"])


def ids(matches: list[Any]) -> list[str]:
    return [each["person"]["id"] for each in matches]


def code_of(body: Any) -> str:
    assert body["data"] is None
    return str(body["errors"][0]["extensions"]["code"])


async def searches_told(world: World) -> list[Any]:
    """Return the audit rows of searches, newest last."""
    return list(
        await world.fetch(
            "SELECT membership_id, subjects, classes, detail, operation FROM audit_events"
            " WHERE event = 'person.searched' AND incident_id = $1 ORDER BY id",
            world.incident_id,
        )
    )


class TestWhoMayNotSearch:
    @pytest.mark.parametrize("name", OTHERS)
    async def test_a_stranger_is_refused_and_nothing_is_opened(self, world: World, name: str):
        person = somebody()
        await recorded(world, "fac_intake", person)
        before = len(await searches_told(world))
        assert code_of(await search(world[name], **names_of(person))) == "not_permitted"
        assert len(await searches_told(world)) == before
        ((event,),) = await world.fetch(
            "SELECT event FROM audit_events WHERE membership_id = $1 ORDER BY id DESC LIMIT 1",
            world[name].membership_id,
        )
        assert event == "access.refused"

    @pytest.mark.parametrize("name", ["fac_intake", "fac_manager", "fac_supervisor", "navigator"])
    async def test_somebody_of_another_center_looks_absent(self, world: World, name: str):
        person = somebody()
        theirs = raw(await recorded(world, "intake", person))
        hidden = await search(world[name], **names_of(person, "bornOn"))
        absent = await search(world[name], **names_of(somebody(), "bornOn"))
        assert hidden == absent == {"data": {"searchPeople": []}}
        for told in (await searches_told(world))[-2:]:
            assert theirs not in told["subjects"]  # not even opened; names drawn by chance may lead to one's own people

    async def test_another_center_changes_neither_count_nor_rank(self, world: World):
        person = somebody()
        mine = await recorded(world, "fac_intake", person)
        before = await search(world["fac_supervisor"], **names_of(person))
        for _ in range(3):
            await recorded(world, "intake", person)
        assert await search(world["fac_supervisor"], **names_of(person)) == before
        assert ids(before["data"]["searchPeople"]) == [mine]

    async def test_a_colleagues_family_is_known_by_name_and_not_by_phone(self, world: World):
        person = somebody()
        id = await recorded(world, "fac_intake", person)
        reach = {"phone": person["phones"][0], "postalCode": person["postalCode"]}
        assert await found(world["fac_manager"], **reach) == []
        assert ids(await found(world["fac_intake"], **reach)) == [id]
        (by_name,) = await found(world["fac_manager"], **names_of(person), **reach)
        (whole,) = await found(world["fac_intake"], **names_of(person), **reach)
        assert by_name["reasons"] == ["given_name", "surname"]
        assert whole["reasons"] == ["given_name", "surname", "phone", "postal_code"]
        # One name and the number: the number alone leads there, so it would be told by being found.
        only = {"givenName": person["givenName"], "phone": reach["phone"]}
        assert await found(world["fac_manager"], **only) == []
        assert ids(await found(world["fac_intake"], **only)) == [id]

    @pytest.mark.parametrize("name", SEARCHERS)
    async def test_who_is_found_is_who_may_be_read_by_name(self, world: World, name: str):
        person = somebody()
        everybody = [
            await recorded(world, "fac_intake", person, "fac_manager"),
            await recorded(world, "fac_intake", person, "fac_manager_two"),
            await recorded(world, "intake", person),
        ]
        read = [(await world[name].run("Person", id=id))["person"] for id in everybody]
        readable = {each["id"] for each in read if each is not None and each["familyName"] is not None}
        assert set(ids(await found(world[name], **names_of(person)))) == readable
        assert set(ids(await found(world[name], familyName=person["familyName"], bornOn="1910"))) <= readable


PABLA = {
    "givenName": "Pabla Ximena", "familyName": "Ocaranza de la Vivar", "bornOn": "1985-04-12", "postalCode": "62701",
    "phones": ["+1 312 555 0177"], "emails": ["pabla.q@example.org"],
}  # fmt: skip


class TestFinding:
    @pytest.mark.parametrize(
        ("known", "reason"),
        [
            ({"familyName": "Ocaranza", "bornOn": "1985"}, "birth_year"),
            ({"familyName": "Vivar", "bornOn": "1985-04"}, "birth_year"),
            ({"familyName": "ocaranza vivar", "bornOn": "1985-04-12"}, "birth_date"),
            ({"givenName": "XIMÉNA", "bornOn": "1985-12-04"}, "birth_day_month_swapped"),
            ({"givenName": "Pabla", "familyName": "Okaransa"}, "surname_similar"),
            ({"givenName": "Pabla", "postalCode": "62701-1234"}, "postal_code"),
            ({"familyName": "Vivar", "phone": "(312) 555-0177"}, "phone"),
            ({"phone": "+1 312 555 0177", "postalCode": "62701"}, "phone"),
            ({"email": "PABLA.Q@example.org", "bornOn": "1985"}, "email"),
            ({"givenName": "Ocaranza", "familyName": "Pabla"}, "names_swapped"),
        ],
        ids=lambda given: given if isinstance(given, str) else "+".join(given.values()),
    )
    async def test_partial_knowledge_is_enough(self, world: World, known: dict[str, str], reason: str):
        whole = {name: PABLA[name] for name in ("givenName", "familyName", "bornOn")}
        if not await found(world["fac_intake"], **whole):
            await recorded(world, "fac_intake", somebody(**PABLA))
        first, *_ = await found(world["fac_intake"], **known)
        assert first["person"]["familyName"] == PABLA["familyName"]
        assert reason in first["reasons"]

    @pytest.mark.parametrize(("kept", "told"), [("1961", "1962-05-17"), ("1961-05-17", "1961"), ("1961", "1960")])
    async def test_an_estimate_and_a_date_lead_to_one_another(self, world: World, kept: str, told: str):
        """By one of the names and what is known of the birth, whichever way each was told."""
        person = somebody(bornOn=kept, phones=[], emails=[])
        id = await recorded(world, "fac_intake", person)
        surname = {"familyName": person["familyName"]}
        assert ids(await found(world["fac_intake"], **surname, bornOn=told)) == [id]
        assert await found(world["fac_intake"], **surname, bornOn="1931") == []
        sibling = somebody(familyName=person["familyName"], bornOn=told) | {"givenName": person["givenName"] + " Ida"}
        again = await world["fac_intake"].do("RecordIntake", language="en", persons=[sibling])
        assert again["suspicions"] == 1

    async def test_who_is_known_whole_is_the_same_and_comes_first(self, world: World):
        person = somebody()
        sister = person | {"givenName": made_up()}
        id, other = await recorded(world, "fac_intake", person), await recorded(world, "fac_intake", sister)
        first, second = await found(world["fac_supervisor"], **names_of(person, "bornOn"))
        assert (first["person"]["id"], first["grade"]) == (id, "same")
        assert first["reasons"] == ["given_name", "surname", "birth_date"]
        assert second["person"]["id"] == other
        assert second["grade"] != "same"
        assert first["score"] > second["score"]

    async def test_a_corrected_name_is_found_under_what_is_true_now(self, world: World):
        person, now = somebody(), somebody()
        id = await recorded(world, "fac_intake", person, "fac_manager")
        changed = await world["fac_manager"].do("UpdatePerson", personId=id, version=1, **names_of(now))
        assert changed["__typename"] == "PersonUpdated"
        assert ids(await found(world["fac_manager"], **names_of(now))) == [id]
        assert await found(world["fac_manager"], **names_of(person)) == []

    async def test_the_answer_is_shaped_as_asked(self, world: World):
        person = somebody()
        id = await recorded(world, "fac_intake", person)
        given = ", ".join(f'{name}: "{value}"' for name, value in names_of(person, "bornOn").items())
        body = await world["fac_manager"].ask(
            f"{{ hit: searchPeople({given}) {{ ...all other: person {{ id }} }} }}"
            " fragment all on PersonMatch { __typename grade: score why: reasons one: person { called: givenName } }"
        )
        (hit,) = body["data"]["hit"]
        assert hit.pop("grade") > 13
        assert hit == {
            "__typename": "PersonMatch", "why": ["given_name", "surname", "birth_date"],
            "one": {"called": person["givenName"]}, "other": {"id": id},
        }  # fmt: skip


class TestRefusedNeedles:
    @pytest.mark.parametrize(
        ("needle", "path", "problem"),
        [
            ({}, "input", "too_little"),
            ({"familyName": "Velasco"}, "input", "too_little"),
            ({"phone": "+1 312 555 0177"}, "input", "too_little"),
            ({"bornOn": "1985", "postalCode": "62701"}, "input", "too_little"),
            ({"givenName": "", "familyName": "Velasco"}, "givenName", "too_short"),
            ({"givenName": "M", "familyName": "Velasco"}, "givenName", "too_short"),
            ({"givenName": "  ' ", "familyName": "Velasco"}, "givenName", "too_short"),
            ({"givenName": "Mar*", "familyName": "Velasco"}, "givenName", "no_operators"),
            ({"givenName": "%", "familyName": "Velasco"}, "givenName", "no_operators"),
            ({"givenName": "NOT Marisol", "familyName": "Velasco"}, "givenName", "no_operators"),
            ({"givenName": "-Marisol", "familyName": "Velasco"}, "givenName", "no_operators"),
            ({"givenName": "Marisol", "familyName": "x" * 201}, "familyName", "too_long"),
            ({"familyName": "Velasco", "phone": "0177"}, "phone", "not_a_phone"),
            ({"familyName": "Velasco", "email": "marisol"}, "email", "not_an_email"),
            ({"familyName": "Velasco", "postalCode": "6"}, "postalCode", "not_a_postal_code"),
            ({"familyName": "Velasco", "bornOn": "1985-02-30"}, "bornOn", "not_a_date"),
        ],
    )
    async def test_one_that_says_too_little_or_something_else(
        self, world: World, needle: dict[str, str], path: str, problem: str
    ):
        before = len(await searches_told(world))
        body = await search(world["fac_intake"], **needle)
        assert code_of(body) == "invalid_input"
        assert [(each["path"], each["problem"]) for each in body["errors"][0]["extensions"]["problems"]] == [
            (path, problem)
        ]
        assert not [value for value in needle.values() if len(value) > 1 and value in str(body)]
        assert len(await searches_told(world)) == before


class TestAllowance:
    async def test_a_hat_that_asks_too_often_waits_and_others_do_not(self, world: World):
        hat = world["fac_supervisor"]
        answers = await together(30, lambda _: search(hat, **NAMES))
        refused = [body for body in answers if body["data"] is None]
        assert len(answers) - len(refused) == 20
        assert {code_of(body) for body in refused} == {"rate_limited"}
        assert "errors" not in await search(world["fac_intake"], **NAMES)
        world.clock.advance(seconds=5)
        assert code_of(await search(hat, **NAMES)) == "rate_limited"
        world.clock.advance(seconds=1)
        assert "errors" not in await search(hat, **NAMES)
        assert code_of(await search(hat, **NAMES)) == "rate_limited"

    async def test_aliases_in_one_request_are_each_counted(self, world: World):
        one = 'searchPeople(givenName: "Marisol", familyName: "Velasco") { score }'
        many = "{" + " ".join(f"a{number}: {one}" for number in range(25)) + "}"
        body = await world["fac_manager"].ask(many)
        assert [each["extensions"]["code"] for each in body["errors"]][:1] == ["rate_limited"]


class TestWhatASearchLeaves:
    async def test_it_tells_who_was_opened_by_which_attributes_and_never_the_needle(self, world: World):
        # Of an age, and of letters, that nobody is made up with: whoever has a term in common is opened too.
        person = somebody(givenName="Kazewuko", familyName="Zokahewu Wekozaku", bornOn="1903-04-17")
        id = await recorded(world, "fac_intake", person, "fac_manager")
        await found(world["fac_manager"], **names_of(person, "bornOn"))
        told = (await searches_told(world))[-1]
        assert told["membership_id"] == world["fac_manager"].membership_id
        assert told["operation"] == "searchPeople"
        assert told["subjects"] == [raw(id)]
        assert told["detail"] == {"by": ["given_name", "family_name", "born_on"]}
        everything = await world.fetch("SELECT audit_events::text FROM audit_events")
        everything += await world.fetch("SELECT search_allowances::text FROM search_allowances")
        everything += await world.fetch("SELECT procrastinate_jobs::text FROM procrastinate_jobs")
        for value in (person["givenName"], person["familyName"], person["bornOn"]):
            assert not [row for (row,) in everything if value in row]

    async def test_a_search_that_finds_nobody_is_told_too(self, world: World):
        before = len(await searches_told(world))
        assert await found(world["fac_intake"], **names_of(somebody())) == []
        assert len(await searches_told(world)) == before + 1

    async def test_no_more_are_opened_than_forty_nor_shown_than_twenty_five(self, world: World):
        person = somebody()
        for _ in range(3):
            persons = [person | {"ref": f"p{place}"} for place in range(15)]
            payload = await world["fac_intake"].do("RecordIntake", language="en", persons=persons)
            assert payload["__typename"] == "IntakeRecorded"
        assert len(await found(world["fac_supervisor"], **names_of(person))) == 25
        assert len((await searches_told(world))[-1]["subjects"]) == 40

    async def test_a_damaged_record_is_left_out_and_alarmed(self, world: World):
        person = somebody()
        id = raw(await recorded(world, "fac_intake", person, "fac_manager"))
        await world.fetch(
            "UPDATE persons SET identity = overlay(identity PLACING '\\x00'::bytea FROM 40) WHERE id = $1", id
        )
        assert await found(world["fac_manager"], **names_of(person)) == []
        ((count,),) = await world.fetch(
            "SELECT count(*) FROM audit_events WHERE event = 'seal.unreadable' AND record_id = $1", id
        )
        assert count == 1

    async def test_neither_id_nor_place_in_a_dump_tells_whose_a_posting_is(self, world: World):
        """A dump lists a table as it lies: by the order of insertion, where nothing was deleted."""
        people = [somebody(ref=f"p{place}") for place in range(8)]
        payload = await world["fac_intake"].do("RecordIntake", language="en", persons=people)
        index, own = world.parts.tools.blind_index, (world.incident_id, world.organizations["county"])
        whose = {
            token: place
            for place, person in enumerate(people)
            for token in index.tokens(*own, match_terms(facts_told(person)))
        }
        dumped = await world.fetch("SELECT id, token FROM match_postings ORDER BY ctid")
        rows = [row for row in dumped if bytes(row["token"]) in whose]
        assert payload["__typename"] == "IntakeRecorded"
        assert {row["id"].version for row in rows} == {4}  # random, and not by time
        order = [whose[bytes(row["token"])] for row in rows]
        assert sorted(set(order)) == list(range(8))
        for listed in (order, [whose[bytes(row["token"])] for row in sorted(rows, key=lambda row: row["id"])]):
            side_by_side = sum(one == two for one, two in pairwise(listed))
            assert side_by_side < len(listed) / 3  # of one person all but eight would be; by chance one in eight are

    async def test_postings_of_one_person_have_nothing_in_common(self, world: World):
        rows = await world.fetch("SELECT * FROM match_postings")
        assert set(rows[0].keys()) == {"incident_id", "id", "token", "pointer", "normaliser"}
        pointers = [bytes(row["pointer"])[2:] for row in rows]
        assert len(set(pointers)) == len(pointers) > 20
