"""A minor or dependent leaves after two checks by two people, with nobody who is restricted (domain invariant 8)."""

from datetime import timedelta
from typing import Any

import pytest

from fac.access.login import new_token
from fac.db.staff import memberships, sessions
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from tests.caseloads import assert_nothing_personal, audit_of, hat_id, raw
from tests.families import Family, new_family
from tests.stepping import prove
from tests.world import Hat, World, together

CHECKED = {"photoIdMatched": True, "authorityChecked": True, "signature": "on_paper"}
OTHERS = (
    "stranger", "counselor", "counseling_administrator", "fund", "funder", "auditor", "privacy_officer",
    "administrator", "liaison", "volunteer", "intake", "fac_intake", "fac_supervisor",
)  # fmt: skip


async def begin(world: World, family: Family, hat: str = "reunifier", adult: str = "mother", **given: Any) -> Any:
    who = {"personId": family.persons["daughter"], "pickedUpById": family.persons[adult]}
    return await world[hat].do("BeginReunification", **who | CHECKED | given)


async def begun(world: World, family: Family, hat: str = "reunifier") -> str:
    payload = await begin(world, family, hat)
    assert payload["__typename"] == "ReunificationBegun", payload
    assert payload["reunification"]["confirmations"] == []
    return str(payload["reunification"]["id"])


async def confirm(world: World, id: str, hat: str = "reunification_supervisor", **given: Any) -> Any:
    return await world[hat].do("ConfirmReunification", reunificationId=id, **CHECKED | given)


async def another_hat(world: World, name: str, role: Role) -> str:
    """Give the person who wears a hat another one at the same center and return its name."""
    token, hashed = new_token(world.incident_id)
    own = {"incident_id": world.incident_id}
    membership_id, session_id = new_id(), new_id()
    ((account_id, center_id),) = await world.fetch(
        "SELECT account_id, center_id FROM memberships WHERE id = $1", world[name].membership_id
    )
    async with world.beneath.transaction() as connection:
        await insert_into(memberships).run(
            connection, **own, id=membership_id, account_id=account_id, role=role, center_id=center_id,
            organization_id=world.organizations["county"], started_at=world.clock.now, ended_at=None, vetted_by=None,
            vetted_at=None, vetted_until=None,
        )  # fmt: skip
        await insert_into(sessions).run(
            connection, **own, id=session_id, membership_id=membership_id, token_hash=hashed,
            created_at=world.clock.now, expires_at=world.clock.now + timedelta(days=1), revoked_at=None,
            idle_minutes=None, lapses_at=None,
        )  # fmt: skip
    other = f"{name} as {role}"
    world.hats[other] = Hat(world, other, role, membership_id, session_id, token)
    return other


async def departures(world: World, family: Family) -> int:
    """Return how often the daughter has left, as the database says."""
    ((count,),) = await world.fetch(
        "SELECT count(*) FROM reunification_confirmations c JOIN reunifications r"
        " ON r.incident_id = c.incident_id AND r.id = c.reunification_id WHERE r.person_id = $1",
        raw(family.persons["daughter"]),
    )
    return int(count)


class TestBeginReunification:
    @pytest.mark.parametrize("hat", OTHERS)
    async def test_who_does_not_answer_for_the_door_lets_nobody_leave(self, world: World, hat: str):
        payload = await begin(world, await new_family(world), hat)
        assert payload["__typename"] in {"NotFound", "NotPermitted"}
        assert_nothing_personal(payload)

    @pytest.mark.parametrize(
        ("adult", "problem"), [("father", "not_authorized"), ("uncle", "restricted_person"), ("daughter", "own")]
    )
    async def test_nor_with_anybody_who_may_not(self, world: World, adult: str, problem: str):
        payload = await begin(world, await new_family(world), adult=adult)
        assert payload["__typename"] == "InvalidInput", payload
        assert [each["problem"] for each in payload["problems"]] == [{"own": "is_a_minor"}.get(problem, problem)]
        assert_nothing_personal(payload)

    async def test_nor_does_who_is_restricted_towards_one_child_take_another(self, world: World):
        family = await new_family(world)
        son = {"ref": "son", "givenName": "Abel", "familyName": "Font", "bornOn": "2015-01-01", "spokenLanguage": "es",
               "involvements": ["family_of_injured"]}  # fmt: skip
        added = await world["intake"].do("AddPerson", caseId=family.case_id, person=son)
        tie = {"kin": "other_relative", "isPickupAuthorized": True, "otherPersonId": added["person"]["id"]}
        payload = await world["intake"].do("AddRelationship", personId=family.persons["uncle"], **tie)
        assert payload["__typename"] == "RelationshipAdded", payload
        payload = await begin(world, family, personId=added["person"]["id"], pickedUpById=family.persons["uncle"])
        assert [each["problem"] for each in payload["problems"]] == ["restricted_person"]

    async def test_nor_with_somebody_of_another_family(self, world: World):
        family, other = await new_family(world), await new_family(world)
        payload = await begin(world, family, pickedUpById=other.persons["mother"])
        assert payload["__typename"] == "NotFound"

    async def test_nor_with_a_restricted_person_who_was_written_down_twice(self, world: World):
        family = await new_family(world)
        added = await world["intake"].do(
            "AddPerson", caseId=family.case_id,
            person={"ref": "again", "givenName": "Teo", "familyName": "Again", "spokenLanguage": "es",
                    "involvements": ["witness"]},
        )  # fmt: skip
        again = added["person"]["id"]
        await world["intake"].do(
            "AddRelationship", personId=again, otherPersonId=family.persons["daughter"], kin="other_relative",
            isPickupAuthorized=True,
        )  # fmt: skip
        merged = await world["reunification_supervisor"].do(
            "MergePersons", keptPersonId=family.persons["uncle"], keptVersion=1, mergedPersonId=again, mergedVersion=1
        )
        assert merged["__typename"] == "PersonsMerged", merged
        payload = await begin(world, family, pickedUpById=again)
        assert [each["problem"] for each in payload["problems"]] == ["restricted_person"]

    @pytest.mark.parametrize("unchecked", ["photoIdMatched", "authorityChecked"])
    async def test_nor_unchecked(self, world: World, unchecked: str):
        payload = await begin(world, await new_family(world), **{unchecked: False})
        assert [(each["path"], each["problem"]) for each in payload["problems"]] == [(unchecked, "not_checked")]

    async def test_the_center_sees_who_came_and_that_nobody_has_left(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        page = (await world["reunifier"].run("Reunifications", first=100))["reunifications"]
        (seen,) = [each for each in page["nodes"] if each["id"] == id]
        assert (seen["person"]["id"], seen["pickedUpBy"]["id"]) == (
            family.persons["daughter"], family.persons["mother"],
        )  # fmt: skip
        assert (seen["relationship"]["isPickupAuthorized"], seen["confirmations"]) == (True, [])
        assert await departures(world, family) == 0


class TestConfirmReunification:
    @pytest.mark.parametrize("hat", OTHERS)
    async def test_a_stranger_finds_nothing_to_confirm(self, world: World, hat: str):
        family = await new_family(world)
        payload = await confirm(world, await begun(world, family), hat)
        assert payload["__typename"] in {"NotFound", "NotPermitted"}
        assert_nothing_personal(payload)
        assert await departures(world, family) == 0

    async def test_two_workers_and_the_child_has_left(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        payload = await confirm(world, id)
        (left,) = payload["reunification"]["confirmations"]
        assert left["leftAt"]
        (told,) = await audit_of(world, "reunification.confirmed", id)
        assert raw(family.persons["daughter"]) in told["subjects"]
        again = await confirm(world, id)
        assert (again["__typename"], again["state"]) == ("InvalidTransition", "left")

    async def test_one_person_is_never_both_checks_in_whatever_hat(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        payload = await confirm(world, id, "reunifier")
        assert (payload["__typename"], payload["reason"]) == ("NotPermitted", "needs_another_worker")
        # The same person with a supervisor's hat, and then without any program in between.
        payload = await confirm(world, id, await another_hat(world, "reunifier", Role.supervisor))
        assert payload["__typename"] == "NotPermitted"
        with pytest.raises(Exception, match="ck_reunification_confirmations_two_people"):
            await world.fetch(
                "INSERT INTO reunification_confirmations (incident_id, id, reunification_id, first_account_id,"
                " account_id, confirmed_by, photo_id_matched, authority_checked, signature, left_at)"
                " SELECT incident_id,"
                " gen_random_uuid(), id, account_id, account_id, begun_by, true, true, signature, now()"
                " FROM reunifications WHERE id = $1",
                raw(id),
            )
        assert await departures(world, family) == 0

    async def test_a_volunteer_is_a_second_pair_of_eyes_once_vetted(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        assert (await confirm(world, id, "volunteer"))["__typename"] == "NotFound"
        until = (world.clock.now + timedelta(days=30)).isoformat()
        await prove(world["reunification_supervisor"])
        vetted = await world["reunification_supervisor"].do(
            "VetMembership", membershipId=hat_id(world, "volunteer"), until=until
        )
        assert vetted["__typename"] == "MembershipVetted", vetted
        try:
            assert (await confirm(world, id, "volunteer"))["__typename"] == "ReunificationConfirmed"
        finally:
            await world["reunification_supervisor"].do("EndVetting", membershipId=hat_id(world, "volunteer"))

    async def test_unchecked_a_second_time_nobody_leaves(self, world: World):
        family = await new_family(world)
        payload = await confirm(world, await begun(world, family), photoIdMatched=False, authorityChecked=False)
        assert [each["path"] for each in payload["problems"]] == ["photoIdMatched", "authorityChecked"]
        assert await departures(world, family) == 0

    async def test_who_was_restricted_meanwhile_takes_nobody_along(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        restricted = await world["reunifier"].do(
            "AddRelationship", personId=family.persons["daughter"], otherPersonId=family.persons["mother"],
            kin="child", isRestricted=True,
        )  # fmt: skip
        assert restricted["__typename"] == "RelationshipAdded", restricted
        payload = await confirm(world, id)
        assert [each["problem"] for each in payload["problems"]] == ["restricted_person"]
        assert await departures(world, family) == 0

    async def test_a_first_check_holds_for_an_hour(self, world: World):
        family = await new_family(world)
        id = await begun(world, family)
        before = world.clock.now
        try:
            world.clock.advance(minutes=60)
            payload = await confirm(world, id)
        finally:
            world.clock.now = before
        assert (payload["__typename"], payload["state"], payload["possible"]) == (
            "InvalidTransition", "lapsed", ["begin"],
        )  # fmt: skip

    async def test_two_first_checks_and_many_at_once_and_the_child_leaves_once(self, world: World):
        family = await new_family(world)
        ids = [await begun(world, family), await begun(world, family)]
        answers = await together(6, lambda number: confirm(world, ids[number % 2]))
        names = sorted(each["__typename"] for each in answers)
        assert names.count("ReunificationConfirmed") == 1
        assert set(names) <= {"ReunificationConfirmed", "InvalidTransition", "Conflict"}
        assert await departures(world, family) == 1

    async def test_what_was_written_stays(self, world: World):
        id = await begun(world, await new_family(world))
        await confirm(world, id)
        for sql in (
            "UPDATE reunifications SET signature = 'on_screen' WHERE id = $1",
            "DELETE FROM reunification_confirmations WHERE reunification_id = $1",
        ):
            with pytest.raises(Exception, match="append-only"):
                await world.fetch(sql, raw(id))
