"""Suspected duplicates reviewed: the queue, two records said to be two persons, tied as one, and parted again."""

from typing import Any

import pytest

from tests.caseloads import audit_of, carried_family, hat_id, raw
from tests.casework.test_erasure import approve, erased, proposed
from tests.families import Family
from tests.people import made_up, recorded, somebody
from tests.referring import drafted, release_input
from tests.world import World, together

MANAGER = "fac_manager"
LOOKING = ("fac_intake", MANAGER, "fac_manager_two", "fac_supervisor", "navigator", "counselor", "privacy_officer")


@pytest.fixture(autouse=True)
def rested(world: World) -> None:
    """Give every hat its whole allowance of searches."""
    world.clock.advance(hours=1)


async def written_twice(world: World, *carried_by: str, **second: Any) -> tuple[dict[str, Any], str, str]:
    """Record one person twice at the family assistance center; return what was told, and both ids."""
    person = somebody()
    first, other = carried_by or (MANAGER, MANAGER)
    one = await recorded(world, "fac_intake", person, first)
    return person, one, await recorded(world, "fac_intake", person | second, other)


async def queue(world: World, hat: str, **asked: Any) -> list[Any]:
    data = await world[hat].run("DuplicateReview", first=100, **asked)
    return list(data["duplicateReview"]["nodes"])


async def waiting(world: World, hat: str, *ids: str) -> list[Any]:
    """Return what waits about just these persons."""
    return [
        each for each in await queue(world, hat)
        if {each[side]["id"] for side in ("person", "other") if each[side]} <= set(ids)
        and any(each[side] for side in ("person", "other"))
    ]  # fmt: skip


async def merge(world: World, kept: str, merged: str, hat: str = MANAGER, **given: Any) -> Any:
    said = {"keptPersonId": kept, "keptVersion": 1, "mergedPersonId": merged, "mergedVersion": 1} | given
    return await world[hat].do("MergePersons", **said)


async def merged_pair(world: World) -> tuple[dict[str, Any], str, str, str]:
    """Return a person, the kept record, the merged one, and the merge."""
    person, kept, merged = await written_twice(world)
    payload = await merge(world, kept, merged)
    assert payload["__typename"] == "PersonsMerged", payload
    return person, kept, merged, payload["merge"]["id"]


async def unmerge(world: World, merge_id: str, hat: str = MANAGER, version: int = 1) -> Any:
    return await world[hat].do("UnmergePersons", mergeId=merge_id, version=version)


async def read(world: World, hat: str, id: str) -> Any:
    return (await world[hat].run("Person", id=id))["person"]


async def found(world: World, hat: str, person: dict[str, Any]) -> list[str]:
    known = {name: person[name] for name in ("givenName", "familyName", "bornOn") if name in person}
    data = await world[hat].run("SearchPeople", **known)
    return [each["person"]["id"] for each in data["searchPeople"]]


class TestDuplicateReview:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "administrator", "volunteer"])
    async def test_a_stranger_to_the_casefile_is_refused(self, world: World, hat: str):
        body = (await world[hat].post({"documentId": "DuplicateReview", "variables": {}})).json()
        assert body["errors"][0]["extensions"]["code"] == "not_permitted"

    async def test_both_sides_are_masked_by_the_readers_scope(self, world: World):
        person, one, two = await written_twice(world, MANAGER, "fac_manager_two")
        assert await waiting(world, "navigator", one, two) == []
        (pair,) = await waiting(world, "fac_supervisor", one, two)
        assert (pair["grade"], pair["person"]["id"], pair["other"]["id"]) == ("same", two, one)
        assert {"given_name", "surname", "birth_date", "phone"} <= set(pair["reasons"])
        assert pair["person"]["phones"]
        assert pair["other"]["phones"]
        (pair,) = await waiting(world, MANAGER, one, two)
        assert pair["other"]["phones"]
        assert (pair["person"]["givenName"], pair["person"]["phones"]) == (person["givenName"], None)
        assert "contact" in [each["info"] for each in pair["person"]["access"]["masked"]]

    async def test_of_a_pair_across_centers_each_sees_its_own(self, world: World):
        person = somebody()
        there = await recorded(world, "intake", person)
        here = await recorded(world, "fac_intake", person)
        for hat, seen, hidden in (
            ("fac_supervisor", ("person", here), "other"),
            ("reunification_supervisor", ("other", there), "person"),
        ):
            (pair,) = await waiting(world, hat, here, there)
            assert pair[seen[0]]["id"] == seen[1]
            assert pair[hidden] is None

    async def test_the_strongest_come_first_and_a_grade_can_be_asked_for(self, world: World):
        person, one, two = await written_twice(world, givenName=f"{made_up()} {made_up()}", phones=[], emails=[])
        await written_twice(world)
        listed = await queue(world, "fac_supervisor")
        assert [each["score"] for each in listed] == sorted((each["score"] for each in listed), reverse=True)
        for grade in ("same", "review"):
            graded = await queue(world, "fac_supervisor", grade=grade)
            assert graded == [each for each in listed if each["grade"] == grade]
        assert person
        assert one != two


class TestDismissDuplicate:
    @pytest.mark.parametrize(
        ("hat", "came"),
        [("stranger", "NotFound"), ("counselor", "NotFound"), ("navigator", "NotFound"), ("auditor", "NotFound"),
         ("fac_intake", "NotPermitted"), ("fac_manager_two", "NotPermitted"), ("privacy_officer", "NotPermitted")],
    )  # fmt: skip
    async def test_others_do_not_decide(self, world: World, hat: str, came: str):
        _, one, two = await written_twice(world)
        (pair,) = await waiting(world, "fac_supervisor", one, two)
        payload = await world[hat].do("DismissDuplicate", suspicionId=pair["id"], version=1)
        assert payload["__typename"] == came, payload
        assert await waiting(world, "fac_supervisor", one, two)

    async def test_who_may_review_one_of_the_two_does_not_decide(self, world: World):
        person = somebody()
        there = await recorded(world, "intake", person)
        here = await recorded(world, "fac_intake", person, MANAGER)
        (pair,) = await waiting(world, MANAGER, here, there)
        for hat in (MANAGER, "fac_supervisor", "reunification_supervisor"):
            payload = await world[hat].do("DismissDuplicate", suspicionId=pair["id"], version=1)
            assert payload["__typename"] == "NotFound"

    async def test_the_pair_is_not_suggested_again_until_a_name_changes(self, world: World):
        person, one, two = await written_twice(world)
        (pair,) = await waiting(world, MANAGER, one, two)
        stale = await world[MANAGER].do("DismissDuplicate", suspicionId=pair["id"], version=7)
        assert (stale["__typename"], stale["currentVersion"]) == ("Conflict", 1)
        done = await world[MANAGER].do("DismissDuplicate", suspicionId=pair["id"], version=1)
        assert (done["__typename"], done["duplicate"]["version"]) == ("DuplicateDismissed", 2)
        assert done["duplicate"]["dismissedAt"]
        again = await world[MANAGER].do("DismissDuplicate", suspicionId=pair["id"], version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "dismissed")
        (told,) = await audit_of(world, "duplicate.dismissed", pair["id"])
        assert set(told["subjects"]) == {raw(one), raw(two)}
        # Another number leads to the other record again: asked and answered. Another name is another question.
        for version, change in ((1, {"phones": ["+1 312 555 0101"]}), (2, {"postalCode": "62702"})):
            changed = await world[MANAGER].do("UpdatePerson", personId=one, version=version, **change)
            assert changed["__typename"] == "PersonUpdated", changed
            assert await waiting(world, MANAGER, one, two) == []
        await world[MANAGER].do("UpdatePerson", personId=one, version=3, preferredName=person["givenName"][:4])
        (raised,) = await waiting(world, MANAGER, one, two)
        assert (raised["id"], raised["version"]) == (pair["id"], 3)
        assert len(await audit_of(world, "duplicate.suspected", pair["id"])) == 2


class TestMergePersons:
    @pytest.mark.parametrize(
        ("hat", "came"),
        [("stranger", "NotFound"), ("counselor", "NotFound"), ("navigator", "NotFound"), ("funder", "NotFound"),
         ("fac_intake", "NotPermitted"), ("fac_manager_two", "NotPermitted"), ("privacy_officer", "NotPermitted")],
    )  # fmt: skip
    async def test_others_do_not_merge(self, world: World, hat: str, came: str):
        _, one, two = await written_twice(world)
        assert (await merge(world, one, two, hat))["__typename"] == came

    async def test_both_are_in_the_scope_of_who_merges(self, world: World):
        person, mine, colleagues = await written_twice(world, MANAGER, "fac_manager_two")
        there = await recorded(world, "intake", person)
        for kept, merged, came in (
            (mine, colleagues, "NotPermitted"), (colleagues, mine, "NotPermitted"), (mine, there, "NotFound"),
        ):  # fmt: skip
            assert (await merge(world, kept, merged))["__typename"] == came
        assert (await merge(world, mine, there, "fac_supervisor"))["__typename"] == "NotFound"
        assert (await merge(world, mine, colleagues, "fac_supervisor"))["__typename"] == "PersonsMerged"

    async def test_a_search_and_an_intake_find_one(self, world: World):
        person, kept, merged, _ = await merged_pair(world)
        assert await waiting(world, MANAGER, kept, merged) == []
        for hat in (MANAGER, "fac_supervisor", "fac_intake"):
            assert await found(world, hat, person) == [kept]
        payload = await world["fac_intake"].do("RecordIntake", language="en", persons=[person])
        suspected = (await read(world, "fac_intake", payload["persons"][0]["id"]))["possibleDuplicates"]
        # Made-up names may sound like others'; of these two records it is the kept one.
        assert [each["other"]["id"] for each in suspected if each["other"]["id"] in (kept, merged)] == [kept]

    async def test_the_kept_record_is_found_by_what_only_the_other_knew(self, world: World):
        married = f"{made_up()} {made_up()}"
        person, kept, merged = await written_twice(world, familyName=married)
        needle = {"givenName": person["givenName"], "familyName": married}
        assert await found(world, MANAGER, needle) == [merged]
        await merge(world, kept, merged)
        assert await found(world, MANAGER, needle) == [kept]

    async def test_the_kept_record_shows_what_hangs_on_the_other(self, world: World):
        _, kept, merged, merge_id = await merged_pair(world)
        need = await world[MANAGER].do("AddNeed", personId=merged, code="legal_advice", horizon="ongoing")
        assert need["__typename"] == "NeedAdded", need
        person = (await world[MANAGER].run("MergedRecords", id=kept))["person"]
        (record,) = person["mergedRecords"]
        assert (record["id"], record["merged"]["id"]) == (merge_id, merged)
        assert [each["code"] for each in record["merged"]["needs"]] == ["legal_advice"]
        assert record["merged"]["case"]["status"] == "open"
        assert record["merged"]["household"]["id"]
        other = (await world[MANAGER].run("MergedRecords", id=merged))["person"]
        assert [each["kept"]["id"] for each in other["mergedInto"]] == [kept]
        (told,) = await audit_of(world, "duplicate.merged", merge_id)
        assert set(told["subjects"]) == {raw(kept), raw(merged)}

    async def test_nobody_sees_more_of_either_than_before(self, world: World):
        person, kept, merged = await written_twice(world, MANAGER, "fac_manager_two")
        before = await seen_by_everybody(world, kept, merged)
        done = await merge(world, kept, merged, "fac_supervisor")
        assert done["__typename"] == "PersonsMerged"
        assert await seen_by_everybody(world, kept, merged) == before
        assert person

    async def test_who_stands_behind_a_wall_of_one_learns_of_no_tie(self, world: World):
        person, kept, merged = await written_twice(world, MANAGER, "fac_manager_two")
        case = (await read(world, "fac_supervisor", merged))["case"]["id"]
        wall = await world["fac_supervisor"].do(
            "RaiseConflictWall", caseId=case, membershipId=hat_id(world, MANAGER), reason="family_or_friend"
        )
        assert wall["__typename"] == "ConflictWallRaised", wall
        before = await read(world, MANAGER, kept)
        assert await found(world, MANAGER, person) == [kept]
        assert (await merge(world, kept, merged))["__typename"] == "NotFound"
        assert (await merge(world, kept, merged, "fac_supervisor"))["__typename"] == "PersonsMerged"
        assert await read(world, MANAGER, kept) == before
        assert before["mergedRecords"] == []
        assert await read(world, MANAGER, merged) is None
        assert await found(world, MANAGER, person) == [kept]

    async def test_who_sees_the_other_record_alone_finds_that_one(self, world: World):
        person, kept, merged = await written_twice(world, MANAGER, "fac_manager_two")
        case = (await read(world, "fac_supervisor", kept))["case"]["id"]
        await world["fac_supervisor"].do(
            "RaiseConflictWall", caseId=case, membershipId=hat_id(world, "fac_intake"), reason="family_or_friend"
        )
        await merge(world, kept, merged, "fac_supervisor")
        assert await found(world, "fac_intake", person) == [merged]
        assert await found(world, "fac_supervisor", person) == [kept]

    async def test_no_chain_no_ring_and_no_relatives(self, world: World):
        person, kept, merged, _ = await merged_pair(world)
        third = await recorded(world, "fac_intake", person, MANAGER)
        for one, two, path, problem in (
            (kept, kept, "mergedPersonId", "same_record"),
            (merged, kept, "mergedPersonId", "keeps_another"),
            (kept, merged, "mergedPersonId", "merged_already"),
            (third, merged, "mergedPersonId", "merged_already"),
            (third, kept, "mergedPersonId", "keeps_another"),
            (merged, third, "keptPersonId", "merged_already"),
        ):
            payload = await merge(world, one, two)
            assert [(each["path"], each["problem"]) for each in payload["problems"]] == [(path, problem)]
        assert (await merge(world, kept, third))["__typename"] == "PersonsMerged"  # a third record is no chain
        assert await found(world, MANAGER, person) == [kept]
        family = await carried_family(world)
        related = await merge(world, family.persons["mother"], family.persons["daughter"])
        assert related["problems"][0]["problem"] == "related"

    async def test_a_stale_version_of_either_is_a_conflict(self, world: World):
        _, one, two = await written_twice(world)
        for stale in ("keptVersion", "mergedVersion"):
            assert (await merge(world, one, two, **{stale: 9}))["__typename"] == "Conflict"

    async def test_of_many_at_once_one_comes_through(self, world: World):
        person, one, two = await written_twice(world)
        three = await recorded(world, "fac_intake", person, MANAGER)
        ways = [(one, two), (two, one), (two, three), (three, two), (one, three), (three, one)]
        payloads = await together(6, lambda number: merge(world, *ways[number]))
        assert {each["__typename"] for each in payloads} <= {"PersonsMerged", "InvalidInput"}
        rows = await world.fetch(
            "SELECT person_id, other_person_id FROM person_merges WHERE unmerged_at IS NULL AND person_id = ANY($1)",
            [raw(each) for each in (one, two, three)],
        )
        kept, merged = ({row[side] for row in rows} for side in ("person_id", "other_person_id"))
        assert len(rows) in (1, 2)
        assert not kept & merged

    async def test_who_is_restricted_in_one_record_does_not_sign_by_the_other(self, world: World):
        family = await carried_family(world)
        uncle, tie = await second_uncle(world, family)
        assert tie["__typename"] == "RelationshipAdded", tie

        async def signed() -> Any:
            given = release_input(world, family, "daughter")
            given["signatories"][1]["personId"] = uncle
            return await world["fac_supervisor"].do("GiveRelease", **given)

        assert (await signed())["__typename"] == "ReleaseGiven"
        done = await merge(world, uncle, family.persons["uncle"])
        assert done["__typename"] == "PersonsMerged", done
        refused = await signed()
        assert "restricted_person" in [each["problem"] for each in refused["problems"]]
        await unmerge(world, done["merge"]["id"])
        assert (await signed())["__typename"] == "ReleaseGiven"


class TestAMergeBehindAWall:
    async def test_who_is_kept_from_the_merged_record_is_not_told_how_many_are_known(self, world: World):
        person, kept, merged = await written_twice(world, MANAGER, "fac_manager_two")
        await merge(world, kept, merged, "fac_supervisor")
        case_id = (await read(world, "fac_supervisor", merged))["case"]["id"]
        wall = {"membershipId": hat_id(world, "fac_intake"), "reason": "family_or_friend"}
        await world["fac_supervisor"].do("RaiseConflictWall", caseId=case_id, **wall)
        assert (await world["fac_intake"].do("RecordIntake", language="en", persons=[person]))["suspicions"] == 0


class TestAMergeWithAnErasedRecord:
    async def test_the_living_record_is_found_and_suspected_again(self, world: World):
        person, kept, merged, _ = await merged_pair(world)
        assert await found(world, MANAGER, person) == [kept]
        await erased(world, kept)
        assert await found(world, MANAGER, person) == [merged]
        payload = await world["fac_intake"].do("RecordIntake", language="en", persons=[person])
        suspected = (await read(world, "fac_intake", payload["persons"][0]["id"]))["possibleDuplicates"]
        assert [each["other"]["id"] for each in suspected] == [merged]

    @pytest.mark.parametrize("gone", [0, 1])
    async def test_an_erased_record_is_merged_with_nobody(self, world: World, gone: int):
        _, *pair = await written_twice(world)
        await erased(world, pair[gone])
        versions = {name: 1 + (place == gone) for place, name in enumerate(("keptVersion", "mergedVersion"))}
        payload = await merge(world, *pair, **versions)
        assert payload["__typename"] == "InvalidTransition", payload

    @pytest.mark.parametrize(("held", "erasing"), [(0, 1), (1, 0)])
    async def test_a_hold_on_one_record_keeps_the_other(self, world: World, held: int, erasing: int):
        _, *pair, _ = await merged_pair(world)
        hold = await world["privacy_officer"].do("PlaceLegalHold", personId=pair[held], reason="litigation")
        refused = await approve(world, await proposed(world, pair[erasing]))
        assert (refused["__typename"], refused["state"]) == ("InvalidTransition", "on_hold")
        given = {"legalHoldId": hold["legalHold"]["id"], "version": 1}
        await world["privacy_officer"].do("LiftLegalHold", **given)


async def second_uncle(world: World, family: Family) -> tuple[str, Any]:
    """Write the restricted uncle down once more, as one who may consent for the daughter."""
    person = somebody(givenName="Teobaldo")
    added = await world[MANAGER].do("AddPerson", caseId=family.case_id, person=person)
    uncle = str(added["person"]["id"])
    tie = await world[MANAGER].do(
        "AddRelationship", personId=uncle, otherPersonId=family.persons["daughter"], kin="other_relative",
        hasConsentAuthority=True,
    )  # fmt: skip
    return uncle, tie


async def seen_by_everybody(world: World, *ids: str) -> dict[tuple[str, str], Any]:
    """Return what every hat reads of the records and their cases, without what tells of the merge itself."""
    seen: dict[tuple[str, str], Any] = {}
    for hat in LOOKING:
        for id in ids:
            body = (await world[hat].post({"documentId": "Person", "variables": {"id": id}})).json()
            person = (body.get("data") or {}).get("person")
            if person is not None:
                del person["mergedRecords"], person["mergedInto"]
            seen[hat, id] = person if "errors" not in body else body["errors"][0]["extensions"]["code"]
    return seen


class TestUnmergePersons:
    @pytest.mark.parametrize(
        ("hat", "came"), [("stranger", "NotFound"), ("navigator", "NotFound"), ("fac_manager_two", "NotPermitted")]
    )
    async def test_others_do_not_part_them(self, world: World, hat: str, came: str):
        *_, merge_id = await merged_pair(world)
        assert (await unmerge(world, merge_id, hat))["__typename"] == came

    async def test_everything_is_as_if_they_had_never_been_merged(self, world: World):
        person, kept, merged = await written_twice(world)

        async def everything() -> list[Any]:
            return [
                await read(world, MANAGER, kept),
                await read(world, MANAGER, merged),
                await waiting(world, MANAGER, kept, merged),
                sorted(await found(world, MANAGER, person)),
                await world.fetch("SELECT id, token, pointer FROM match_postings ORDER BY id"),
                await world.fetch("SELECT * FROM duplicate_suspicions ORDER BY id"),
                await world.fetch("SELECT * FROM persons ORDER BY id"),
            ]

        before = await everything()
        done = await merge(world, kept, merged)
        assert await everything() != before
        parted = await unmerge(world, done["merge"]["id"])
        assert (parted["__typename"], parted["merge"]["version"]) == ("PersonsUnmerged", 2)
        assert await everything() == before
        (told,) = await audit_of(world, "duplicate.unmerged", done["merge"]["id"])
        assert set(told["subjects"]) == {raw(kept), raw(merged)}
        again = await unmerge(world, done["merge"]["id"], version=2)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "unmerged")
        stale = await unmerge(world, done["merge"]["id"])
        assert (stale["__typename"], stale["currentVersion"]) == ("Conflict", 2)
        assert (await merge(world, merged, kept))["__typename"] == "PersonsMerged"  # the other way round, this time

    async def test_what_was_written_on_either_meanwhile_stays_on_it(self, world: World):
        world.clock.advance(days=1)
        world.clock.now = world.clock.now.replace(hour=18)  # one day wherever it is, of the world and of the center
        _, kept, merged, merge_id = await merged_pair(world)
        families = {id: await family_of(world, id) for id in (kept, merged)}
        for id, family in families.items():
            await written_on(world, family, id)
        while_tied = await seen_by_everybody(world, kept, merged)
        mine = {id: while_tied[MANAGER, id] for id in (kept, merged)}
        for id in (kept, merged):
            assert [each["code"] for each in mine[id]["needs"]] == ["counseling_individual"]
        rows = {table: await world.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in WRITTEN}  # noqa: S608
        reached = {id: await partner_sees(world, family) for id, family in families.items()}
        assert all(reached.values())
        assert (await unmerge(world, merge_id))["__typename"] == "PersonsUnmerged"
        assert await seen_by_everybody(world, kept, merged) == while_tied
        assert {table: await world.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in WRITTEN} == rows  # noqa: S608
        assert {id: await partner_sees(world, family) for id, family in families.items()} == reached
        for id, family in families.items():  # and the work goes on in each
            await written_on(world, family, id)

    async def test_who_came_meanwhile_is_suspected_to_be_whom_they_are_like(self, world: World):
        person = somebody()
        renamed = person | {"givenName": made_up(), "familyName": f"{made_up()} {made_up()}", "bornOn": "1931-03-14",
                            "phones": ["+1 312 555 0177"], "emails": [], "postalCode": "60699"}  # fmt: skip
        kept, merged = [await recorded(world, "fac_intake", each, MANAGER) for each in (person, renamed)]
        done = await merge(world, kept, merged)
        assert done["__typename"] == "PersonsMerged", done
        world.clock.advance(minutes=1)
        like_both = [await recorded(world, "fac_intake", each, MANAGER) for each in (person, renamed)]
        for newcomer in like_both:  # while they are one person, both questions are about the one
            (asked,) = await waiting(world, MANAGER, kept, merged, newcomer)
            assert kept in {asked["person"]["id"], asked["other"]["id"]}
        await unmerge(world, done["merge"]["id"])
        for newcomer, record, other in zip(like_both, (kept, merged), (merged, kept), strict=True):
            (asked,) = await waiting(world, MANAGER, record, newcomer)
            assert {asked["person"]["id"], asked["other"]["id"]} == {record, newcomer}
            assert await waiting(world, MANAGER, other, newcomer) == []

    async def test_who_is_like_a_record_that_stays_tied_is_suspected_still(self, world: World):
        person, other, renamed = somebody(), somebody(), somebody()
        kept, parted, tied = [await recorded(world, "fac_intake", each, MANAGER) for each in (person, other, renamed)]
        done = await merge(world, kept, parted)
        assert (await merge(world, kept, tied))["__typename"] == "PersonsMerged"
        world.clock.advance(minutes=1)
        newcomer = await recorded(world, "fac_intake", renamed, MANAGER)
        assert len(await waiting(world, MANAGER, kept, newcomer)) == 1
        assert (await unmerge(world, done["merge"]["id"]))["__typename"] == "PersonsUnmerged"
        (asked,) = await waiting(world, MANAGER, kept, newcomer)
        assert {asked["person"]["id"], asked["other"]["id"]} == {kept, newcomer}
        assert await waiting(world, MANAGER, parted, newcomer) == []

    async def test_a_pair_dismissed_meanwhile_stays_dismissed(self, world: World):
        person, kept, merged, merge_id = await merged_pair(world)
        world.clock.advance(minutes=1)
        newcomer = await recorded(world, "fac_intake", person, MANAGER)
        (asked,) = await waiting(world, MANAGER, kept, newcomer)
        done = await world[MANAGER].do("DismissDuplicate", suspicionId=asked["id"], version=asked["version"])
        assert done["__typename"] == "DuplicateDismissed", done
        await unmerge(world, merge_id)
        assert await waiting(world, MANAGER, kept, newcomer) == []
        assert len(await waiting(world, MANAGER, merged, newcomer)) == 1  # that was asked of nobody

    async def test_a_merged_pair_is_not_dismissed(self, world: World):
        _, kept, merged = await written_twice(world)
        (pair,) = await waiting(world, MANAGER, kept, merged)
        await merge(world, kept, merged)
        payload = await world[MANAGER].do("DismissDuplicate", suspicionId=pair["id"], version=1)
        assert (payload["state"], payload["possible"]) == ("merged", ["unmerge"])


WRITTEN = ("needs", "notes", "releases", "referrals", "referral_persons", "assistances", "cases", "persons")


async def family_of(world: World, person: str) -> Family:
    """Return the family of a person who was recorded alone."""
    ((case_id,),) = await world.fetch("SELECT case_id FROM persons WHERE id = $1", raw(person))
    return Family(world.id("Case", case_id), "", {"p": person})


async def written_on(world: World, family: Family, person: str) -> None:
    """Write on a record all that a worker writes: a need, a note, help, a release, and a referral that is sent."""
    manager, supervisor = world[MANAGER], world["fac_supervisor"]
    need = await manager.do(
        "AddNeed", personId=person, code="counseling_individual", horizon="immediate", detail=f"needed by {person}"
    )
    await manager.do("WriteNote", caseId=family.case_id, kind="casework", body=f"about {person}")
    helped = await manager.do(
        "RecordAssistance", personId=person, lineCode="C4", deliveredOn=str(world.clock.now.date()), occurrences=1,
        awardId=world.id("Award", world.award_id),
    )  # fmt: skip
    assert helped["__typename"] == "AssistanceRecorded", helped
    released = await supervisor.do("GiveRelease", **release_input(world, family, "p"))
    assert released["__typename"] == "ReleaseGiven", released
    referral = await drafted(world, family, "p", hat=MANAGER, needIds=[need["need"]["id"]])
    assert (await referral.send())["isSent"]


async def partner_sees(world: World, family: Family) -> Any:
    """Return what the partner's inbox holds of a family's persons, by their age and language."""
    nodes = (await world["counselor"].run("ReferralInbox", first=100))["referralInbox"]["nodes"]
    sent = {row["id"] for row in await world.fetch("SELECT id FROM referrals WHERE case_id = $1", raw(family.case_id))}
    return [each for each in nodes if raw(each["id"]) in sent]
