"""Persons: corrected in place, added to a family, related to one another; sealed before, sealed after."""

from typing import Any
from uuid import uuid4

import pytest

from tests.caseloads import assert_nothing_personal, audit_of, carried_family, raw, settled_family, version_of
from tests.families import Family, family_form, new_family
from tests.world import World, together


async def correct(world: World, family: Family, hat: str = "fac_manager", ref: str = "mother", **given: Any) -> Any:
    given.setdefault("version", await version_of(world, "persons", family.persons[ref]))
    return await world[hat].do("UpdatePerson", personId=family.persons[ref], **given)


async def read_person(world: World, family: Family, ref: str = "mother", hat: str = "fac_manager") -> dict[str, Any]:
    data = await world[hat].run("Person", id=family.persons[ref])
    return dict(data["person"])


async def stored(world: World, person_id: str) -> tuple[bytes, bytes]:
    """Return the sealed bundles as the database holds them."""
    ((identity, contact),) = await world.fetch("SELECT identity, contact FROM persons WHERE id = $1", raw(person_id))
    return bytes(identity), bytes(contact)


def letters() -> str:
    """Return what makes a name its own and leaves it one word."""
    return "".join("bcdfghklmnprstvz"[int(digit, 16)] for digit in uuid4().hex[:7])


def alone(**given: Any) -> dict[str, Any]:
    """Return the form of somebody without contacts or ties."""
    return {
        "ref": "p1", "givenName": "Ottilie" + letters(), "familyName": "Brandwein" + letters(),
        "spokenLanguage": "en", "involvements": ["witness"],
    } | given  # fmt: skip


class TestUpdatePerson:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "navigator"])
    async def test_who_cannot_see_the_person_finds_none(self, world: World, hat: str):
        payload = await correct(world, await carried_family(world), hat, preferredName="Mari")
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_a_colleague_knows_who_it_is_and_does_not_correct_it(self, world: World):
        payload = await correct(world, await carried_family(world), "fac_manager_two", preferredName="Mari")
        assert payload["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_manager", "fac_intake", "fac_supervisor"])
    async def test_one_field_changes_and_the_rest_stays(self, world: World, hat: str):
        family = await carried_family(world)
        before = await read_person(world, family)
        payload = await correct(world, family, hat, preferredName="Mari", phones=["(312) 555-0123"])
        assert payload["person"]["version"] == 2, payload
        after = await read_person(world, family)
        assert (after["preferredName"], after["phones"]) == ("Mari", ["+13125550123"])
        changed = {"preferredName", "phones", "version", "possibleDuplicates"}
        assert {name: value for name, value in after.items() if name not in changed} == {
            name: value for name, value in before.items() if name not in changed
        }

    async def test_null_empties_what_may_be_empty_and_no_more(self, world: World):
        family = await carried_family(world)
        await correct(world, family, bestTimes="after six")
        assert (await correct(world, family, bestTimes=None))["__typename"] == "PersonUpdated"
        assert (await read_person(world, family))["bestTimes"] is None
        payload = await correct(world, family, spokenLanguage=None, phones=None)
        assert {each["path"] for each in payload["problems"]} == {"spokenLanguage", "phones"}

    async def test_opening_is_audited_before_and_the_change_after_without_a_value(self, world: World):
        family = await carried_family(world)
        await correct(world, family, preferredName="Marisolita")
        (read,) = [
            each
            for each in await audit_of(world, "record.read", family.persons["mother"])
            if each["operation"] == "updatePerson"
        ]
        assert read["subjects"] == [raw(family.persons["mother"])]
        (told,) = await audit_of(world, "person.updated", family.persons["mother"])
        assert told["detail"]["fields"] == ["preferred_name"]
        assert "Marisolita" not in str(told)
        assert not [blob for blob in await stored(world, family.persons["mother"]) if b"Marisolita" in blob]

    async def test_what_is_only_coded_opens_nothing(self, world: World):
        family = await carried_family(world)
        before = await stored(world, family.persons["mother"])
        payload = await correct(world, family, gender="other", needsInterpreter=False, races=["white", "asian"])
        assert payload["__typename"] == "PersonUpdated", payload
        assert await stored(world, family.persons["mother"]) == before
        assert not [
            each
            for each in await audit_of(world, "record.read", family.persons["mother"])
            if each["operation"] == "updatePerson"
        ]
        after = await read_person(world, family)
        assert (after["gender"], sorted(after["races"]), after["ageBand"]) == ("other", ["asian", "white"], "age_25_59")

    async def test_a_birth_date_moves_the_age_band(self, world: World):
        family = await carried_family(world)
        assert (await read_person(world, family, "uncle"))["ageBand"] == "not_reported"
        await correct(world, family, ref="uncle", bornOn="2009-05")
        assert (await read_person(world, family, "uncle"))["ageBand"] == "age_13_17"

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"phones": ["no number"]}, "phones"),
            ({"emails": ["nobody"]}, "emails"),
            ({"bornOn": "2045-01-01"}, "bornOn"),
            ({"givenName": None, "familyName": " ", "preferredName": None}, "givenName"),
            ({"givenName": "x" * 300}, "givenName"),
            ({}, "input"),
        ],
    )
    async def test_what_is_wrong_is_named_and_not_repeated(self, world: World, wrong: dict[str, Any], path: str):
        family = await carried_family(world)
        payload = await correct(world, family, **wrong)
        assert [each["path"].partition(".")[0] for each in payload["problems"]] == [path]
        assert not [value for value in ("no number", "nobody", "xxx") if value in str(payload["problems"])]
        assert await version_of(world, "persons", family.persons["mother"]) == 1

    async def test_two_corrections_at_once_lose_neither_silently(self, world: World):
        family = await carried_family(world)
        came = await together(6, lambda n: correct(world, family, version=1, preferredName=f"Mari{n}"))
        assert sorted(each["__typename"] for each in came) == ["Conflict"] * 5 + ["PersonUpdated"]

    async def test_the_same_key_twice_corrects_once(self, world: World):
        family, key = await carried_family(world), str(uuid4())
        first, again = [
            await correct(world, family, version=1, clientMutationId=key, preferredName="Mari") for _ in range(2)
        ]
        assert first == again
        assert await version_of(world, "persons", family.persons["mother"]) == 2

    async def test_the_same_key_for_clearing_a_value_is_not_the_one_that_left_it(self, world: World):
        family = await carried_family(world)
        given = {"version": 1, "clientMutationId": str(uuid4()), "givenName": "Marisela"}
        assert (await correct(world, family, **given))["__typename"] == "PersonUpdated"
        cleared = await correct(world, family, **given, address=None)
        assert (cleared["__typename"], cleared["code"]) == ("Conflict", "key_reused")

    async def test_a_damaged_bundle_is_not_overwritten(self, world: World):
        family, other = await carried_family(world), await carried_family(world)
        foreign, _ = await stored(world, other.persons["mother"])
        await world.fetch("UPDATE persons SET identity = $1 WHERE id = $2", foreign, raw(family.persons["mother"]))
        body = (
            await world["fac_manager"].post(
                {
                    "documentId": "UpdatePerson",
                    "variables": {
                        "input": {
                            "clientMutationId": str(uuid4()), "personId": family.persons["mother"], "version": 1,
                            "preferredName": "Mari",
                        }
                    },
                }
            )
        ).json()  # fmt: skip
        assert body["errors"][0]["extensions"]["code"] == "sealed_unreadable"
        assert (await stored(world, family.persons["mother"]))[0] == foreign

    async def test_a_corrected_person_is_found_under_what_is_true_now(self, world: World):
        first = alone(bornOn="1990-02-03")
        # Names that never sound like the first ones: letters drawn at random alone sometimes do.
        second = alone(givenName="Wilfredo" + letters(), familyName="Ugarte" + letters(), bornOn="1990-02-03")
        case = (await new_family(world, "fac_intake")).case_id
        known = await world["fac_intake"].do("AddPerson", caseId=case, person=first)
        assert known["__typename"] == "PersonAdded", known
        family = Family(case, "", {"known": known["person"]["id"]})
        ((before,),) = await world.fetch("SELECT count(*) FROM match_postings")
        await correct(
            world, family, "fac_intake", "known", givenName=second["givenName"], familyName=second["familyName"]
        )
        ((after,),) = await world.fetch("SELECT count(*) FROM match_postings")
        assert after == before  # as many terms as before: the old ones are gone
        again = await world["fac_intake"].do(
            "AddPerson", caseId=(await new_family(world, "fac_intake")).case_id, person=second
        )
        assert again["suspicions"] == 1
        old = await world["fac_intake"].do(
            "AddPerson", caseId=(await new_family(world, "fac_intake")).case_id, person=first
        )
        assert old["suspicions"] == 0

    async def test_a_correction_can_show_that_somebody_is_known(self, world: World):
        person = alone(bornOn="1971-11-30")
        one, two = await new_family(world, "fac_intake"), await new_family(world, "fac_intake")
        known = await world["fac_intake"].do("AddPerson", caseId=one.case_id, person=person)
        payload = await correct(
            world, two, "fac_intake", "uncle", givenName=person["givenName"], familyName=person["familyName"],
            bornOn=person["bornOn"],
        )  # fmt: skip
        assert payload["__typename"] == "PersonUpdated", payload
        found = (await read_person(world, two, "uncle", "fac_intake"))["possibleDuplicates"]
        # Made-up names may sound like each other; the one who is known is among those found.
        assert known["person"]["id"] in [each["other"]["id"] for each in found]


class TestAddPerson:
    @pytest.mark.parametrize(
        ("hat", "came"), [("stranger", "NotFound"), ("navigator", "NotFound"), ("fac_manager_two", "NotPermitted")]
    )
    async def test_others_do_not_add_to_the_family(self, world: World, hat: str, came: str):
        family = await carried_family(world)
        assert (await world[hat].do("AddPerson", caseId=family.case_id, person=alone()))["__typename"] == came

    async def test_somebody_joins_a_household_with_their_needs(self, world: World):
        family = await carried_family(world)
        ((home,),) = await world.fetch("SELECT household_id FROM persons WHERE id = $1", raw(family.persons["mother"]))
        person = alone(needs=[{"code": "legal_advice", "horizon": "ongoing", "detail": "Zyxmarker"}])
        payload = await world["fac_manager"].do(
            "AddPerson", caseId=family.case_id, person=person, householdId=world.id("Household", home)
        )
        assert payload["__typename"] == "PersonAdded", payload
        case = (await world["fac_manager"].run("Case", id=family.case_id))["case"]
        assert len(case["persons"]) == 5
        assert sorted(len(each["persons"]) for each in case["households"]) == [1, 4]
        assert "Zyxmarker" in [each["detail"] for each in case["needs"]["nodes"]]
        (told,) = await audit_of(world, "person.added", payload["person"]["id"])
        assert person["givenName"] not in str(told)

    async def test_without_a_household_they_have_one_of_their_own(self, world: World):
        family = await carried_family(world)
        await world["fac_manager"].do("AddPerson", caseId=family.case_id, person=alone())
        rows = await world.fetch("SELECT id FROM households WHERE case_id = $1", raw(family.case_id))
        assert len(rows) == 3

    async def test_another_familys_household_is_not_found(self, world: World):
        family, other = await carried_family(world), await carried_family(world)
        ((home,),) = await world.fetch("SELECT household_id FROM persons WHERE id = $1", raw(other.persons["mother"]))
        payload = await world["fac_manager"].do(
            "AddPerson", caseId=family.case_id, person=alone(), householdId=world.id("Household", home)
        )
        assert payload["__typename"] == "NotFound"

    async def test_a_death_is_not_stated_here(self, world: World):
        family = await carried_family(world)
        payload = await world["fac_manager"].do(
            "AddPerson", caseId=family.case_id, person=alone(involvements=["deceased"])
        )
        assert payload["problems"][0]["problem"] == "set_by_medical_examiner"

    async def test_a_closed_case_is_reopened_first(self, world: World):
        family = await settled_family(world)
        version = await version_of(world, "cases", family.case_id)
        await world["fac_manager"].do("CloseCase", caseId=family.case_id, version=version, reason="goals_met")
        payload = await world["fac_manager"].do("AddPerson", caseId=family.case_id, person=alone())
        assert (payload["__typename"], payload["possible"]) == ("InvalidTransition", ["reopen"])

    async def test_who_is_already_known_is_told_and_not_merged(self, world: World):
        known = family_form(uuid4().hex[:6])
        await world["fac_intake"].do("RecordIntake", **known)
        family = await carried_family(world)
        person = known["persons"][0] | {"ref": "p1", "needs": []}
        payload = await world["fac_manager"].do("AddPerson", caseId=family.case_id, person=person)
        assert payload["suspicions"] >= 1


class TestAddRelationship:
    async def relate(self, world: World, family: Family, hat: str = "fac_manager", **given: Any) -> Any:
        given = {
            "personId": family.persons["father"], "otherPersonId": family.persons["daughter"], "kin": "parent",
        } | given  # fmt: skip
        return await world[hat].do("AddRelationship", **given)

    @pytest.mark.parametrize(
        ("hat", "came"), [("stranger", "NotFound"), ("navigator", "NotFound"), ("fac_manager_two", "NotPermitted")]
    )
    async def test_others_do_not_say_who_is_kin(self, world: World, hat: str, came: str):
        assert (await self.relate(world, await carried_family(world), hat))["__typename"] == came

    async def test_the_worker_records_it_once(self, world: World):
        family = await carried_family(world)
        payload = await self.relate(world, family, hasConsentAuthority=True)
        assert payload["relationship"]["hasConsentAuthority"] is True
        assert (await self.relate(world, family))["__typename"] == "Conflict"
        (told,) = await audit_of(world, "relationship.added", payload["relationship"]["id"])
        assert set(told["subjects"]) == {raw(family.persons["father"]), raw(family.persons["daughter"])}

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"isLegalNextOfKin": True}, "nextOfKinEvidence"),
            ({"isRestricted": True, "isPickupAuthorized": True}, "isRestricted"),
        ],
    )
    async def test_a_claim_without_ground_is_refused(self, world: World, wrong: dict[str, Any], path: str):
        payload = await self.relate(world, await carried_family(world), **wrong)
        assert [each["path"] for each in payload["problems"]] == [path]

    async def test_nobody_is_their_own_kin(self, world: World):
        family = await carried_family(world)
        payload = await self.relate(world, family, otherPersonId=family.persons["father"])
        assert payload["__typename"] == "InvalidInput"

    async def test_somebody_of_another_family_is_not_found(self, world: World):
        family, other = await carried_family(world), await carried_family(world)
        payload = await self.relate(world, family, otherPersonId=other.persons["daughter"])
        assert payload["__typename"] == "NotFound"
