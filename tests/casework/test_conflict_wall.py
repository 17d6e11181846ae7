"""Conflict walls: to who is kept out, the case is not there, in whatever list, count, filter or change."""

from typing import Any
from uuid import uuid4

import pytest

from fac.access.login import new_token
from fac.db.staff import memberships, sessions
from fac.db.statement import insert_into
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from tests.caseloads import (
    assert_nothing_personal,
    audit_of,
    carried_family,
    center_id,
    drafted_referral,
    hat_id,
    version_of,
)
from tests.families import Family, family_form
from tests.world import Hat, World, together


async def raise_wall(world: World, family: Family, hat: str = "fac_supervisor", **side: Any) -> Any:
    side = side or {"membershipId": hat_id(world, "fac_manager_two")}
    return await world[hat].do("RaiseConflictWall", caseId=family.case_id, **({"reason": "family_or_friend"} | side))


async def walled(world: World, family: Family, **side: Any) -> str:
    payload = await raise_wall(world, family, **side)
    assert payload["__typename"] == "ConflictWallRaised", payload
    return str(payload["conflictWall"]["id"])


async def lift(world: World, wall_id: str, hat: str = "fac_supervisor", version: int = 1) -> Any:
    return await world[hat].do("LiftConflictWall", conflictWallId=wall_id, version=version)


async def another_hat(world: World, of: str, role: Role, center: str | None) -> Hat:
    """Give the person who wears ``of`` another hat, put in directly, and return it signed in."""
    ((account_id,),) = await world.fetch("SELECT account_id FROM memberships WHERE id = $1", world[of].membership_id)
    own, now, token_hash = {"incident_id": world.incident_id}, world.clock.now, new_token(world.incident_id)
    hat = Hat(world, f"{of} again", role, new_id(), new_id(), token_hash[0])
    async with world.beneath.transaction() as connection:
        await insert_into(memberships).run(
            connection, **own, id=hat.membership_id, account_id=account_id, role=role,
            organization_id=world.organizations["county"], center_id=world.centers[center] if center else None,
            started_at=now, **dict.fromkeys(("ended_at", "vetted_by", "vetted_at", "vetted_until")),
        )  # fmt: skip
        await insert_into(sessions).run(
            connection, **own, id=hat.session_id, membership_id=hat.membership_id, token_hash=token_hash[1],
            created_at=now, expires_at=now.replace(year=now.year + 1), revoked_at=None,
            idle_minutes=None, lapses_at=None,
        )  # fmt: skip
    return hat


async def outlook(hat: Hat, family: Family) -> Any:
    """Return what a hat sees of the case wherever it could turn up."""
    body = await hat.ask(
        """
        query($case: ID!, $person: ID!) {
          case(id: $case) { id }
          person(id: $person) { id }
          cases(first: 100) { totalCount nodes { id } }
          open: cases(first: 100, status: open) { totalCount nodes { id } }
          followUps(first: 100) { totalCount nodes { id case { id } } }
          referrals(first: 100) { totalCount nodes { id case { id } } }
        }
        """,
        case=family.case_id,
        person=family.persons["mother"],
    )
    assert "errors" not in body, body
    return body["data"]


class TestRaiseConflictWall:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "navigator", "fac_intake"])
    async def test_who_cannot_see_the_case_finds_none(self, world: World, hat: str):
        family = await carried_family(world)
        payload = await raise_wall(world, family, hat)
        assert payload["__typename"] == "NotFound"
        assert_nothing_personal(payload)

    async def test_not_even_the_accountable_worker_raises_one(self, world: World):
        family = await carried_family(world)
        assert (await raise_wall(world, family, "fac_manager"))["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["fac_supervisor", "privacy_officer"])
    async def test_the_case_is_gone_wherever_it_could_turn_up_and_for_nobody_else(self, world: World, hat: str):
        family, other = await carried_family(world), await carried_family(world)
        await drafted_referral(world, family)
        before = await outlook(world["fac_manager_two"], family)
        assert before["case"] is not None
        colleague = await outlook(world["fac_supervisor"], family)
        await raise_wall(world, family, hat)
        after = await outlook(world["fac_manager_two"], family)
        assert after["case"] is None
        assert after["person"] is None
        for name in ("cases", "open", "referrals"):
            gone = {each["id"] for each in before[name]["nodes"]} - {each["id"] for each in after[name]["nodes"]}
            assert after[name]["totalCount"] == before[name]["totalCount"] - len(gone)
            assert len(gone) == 1, name
        assert other.case_id in {each["id"] for each in after["cases"]["nodes"]}
        assert await outlook(world["fac_supervisor"], family) == colleague

    async def test_an_answer_is_the_same_as_for_an_id_that_never_was(self, world: World):
        family = await carried_family(world, "fac_manager_two")
        await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=2, workerId=hat_id(world, "fac_manager")
        )
        await walled(world, family)
        unknown = world.id("Case", uuid4())
        for document, given in (
            ("WriteNote", {"kind": "casework", "body": "x"}),
            ("PauseCase", {"version": 1}),
            ("RaiseConflictWall", {"membershipId": hat_id(world, "fac_intake"), "reason": "safety"}),
        ):
            hat = world["fac_manager_two"]
            behind = await hat.do(document, caseId=family.case_id, **given)
            assert behind == await hat.do(document, caseId=unknown, **given)
            assert behind["__typename"] == "NotFound"

    async def test_it_holds_in_every_hat_of_the_person(self, world: World):
        family = await carried_family(world)
        await walled(world, family)
        again = await another_hat(world, "fac_manager_two", Role.supervisor, "family_assistance_center")
        assert (await outlook(again, family))["case"] is None
        payload = await again.do("AssignCase", caseId=family.case_id, version=2, workerId=hat_id(world, "fac_intake"))
        assert payload["__typename"] == "NotFound"

    async def test_a_partner_loses_the_referral_at_once_and_is_sent_no_other(self, world: World):
        family = await carried_family(world)
        referral_id = await drafted_referral(world, family)
        sent = await world["fac_manager"].do("SendReferral", referralId=referral_id, version=1)
        assert sent["__typename"] == "ReferralSent", sent
        inbox = await world["lawyer"].run("ReferralInbox", first=50)
        assert referral_id in {each["id"] for each in inbox["referralInbox"]["nodes"]}
        draft = await drafted_referral(world, family)
        await walled(world, family, organizationId=world.id("Organization", world.organizations["legal_aid"]))
        inbox = await world["lawyer"].run("ReferralInbox", first=50)
        assert referral_id not in {each["id"] for each in inbox["referralInbox"]["nodes"]}
        payload = await world["lawyer"].do("AcceptReferral", referralId=referral_id, version=2)
        assert payload["__typename"] == "NotFound"
        refused = await world["fac_manager"].do("SendReferral", referralId=draft, version=1)
        assert problems(refused) == ["behind_conflict_wall"]

    async def test_a_new_referral_there_is_refused(self, world: World):
        family = await carried_family(world)
        await walled(world, family, organizationId=world.id("Organization", world.organizations["legal_aid"]))
        payload = await world["fac_manager"].do(
            "CreateReferral", caseId=family.case_id, serviceId=world.id("Service", world.services["legal_aid"]),
            kind="information_only", urgency="routine", purpose="service_delivery",
            personIds=[family.persons["mother"]],
        )  # fmt: skip
        assert problems(payload) == ["behind_conflict_wall"]

    async def test_nobody_walls_off_themselves_or_who_answers_for_the_family(self, world: World):
        family = await carried_family(world)
        county = world.id("Organization", world.organizations["county"])
        for side, problem in (
            ({"membershipId": hat_id(world, "fac_supervisor")}, "own_wall"),
            ({"organizationId": county}, "own_wall"),
            ({"membershipId": hat_id(world, "fac_manager")}, "carries_case"),
            ({"membershipId": hat_id(world, "fac_intake"), "organizationId": county}, "one_side"),
            ({"membershipId": None}, "one_side"),
        ):
            assert problems(await raise_wall(world, family, **side)) == [problem]

    async def test_a_person_not_there_is_not_found(self, world: World):
        family = await carried_family(world)
        payload = await raise_wall(world, family, membershipId=world.id("Membership", uuid4()))
        assert payload["__typename"] == "NotFound"

    async def test_two_at_once_leave_one_wall(self, world: World):
        family = await carried_family(world)
        hats = ("fac_supervisor", "privacy_officer")
        ended = await together(6, lambda number: raise_wall(world, family, hats[number % 2]))
        assert sorted(each["__typename"] for each in ended) == ["Conflict"] * 5 + ["ConflictWallRaised"]

    async def test_the_case_is_not_given_to_who_is_kept_out(self, world: World):
        family = await carried_family(world)
        await walled(world, family)
        payload = await world["fac_supervisor"].do(
            "AssignCase", caseId=family.case_id, version=await version_of(world, "cases", family.case_id),
            workerId=hat_id(world, "fac_manager_two"),
        )  # fmt: skip
        assert problems(payload) == ["behind_conflict_wall"]

    async def test_nor_taken_over_by_them(self, world: World):
        family = await carried_family(world)
        await walled(world, family, membershipId=hat_id(world, "navigator"), hat="privacy_officer")
        offered = await world["fac_manager"].do(
            "ProposeHandoff", caseId=family.case_id, toCenterId=center_id(world, "resiliency_center"),
            clientAgreed=True,
        )  # fmt: skip
        handoff_id = offered["handoff"]["id"]
        inbox = await world["navigator"].run("HandoffInbox", first=50)
        assert handoff_id not in {each["id"] for each in inbox["handoffs"]["nodes"]}
        payload = await world["resiliency_supervisor"].do(
            "AcceptHandoff", handoffId=handoff_id, version=1, workerId=hat_id(world, "navigator")
        )
        assert problems(payload) == ["behind_conflict_wall"]

    async def test_a_family_known_behind_a_wall_is_not_hinted_at_to_who_is_kept_out(self, world: World):
        family = await carried_family(world, tag="wallhint")
        await walled(world, family, membershipId=hat_id(world, "fac_intake"))
        recorded = await world["fac_intake"].do("RecordIntake", **family_form("wallhint"))
        assert recorded["__typename"] == "IntakeRecorded", recorded
        case_id = recorded["case"]["id"]
        rows = await world.fetch(
            "SELECT other.case_id = $1 AS is_behind FROM duplicate_suspicions AS sign"
            " JOIN persons AS new ON new.id = sign.person_id JOIN persons AS other ON other.id = sign.other_person_id"
            " WHERE new.case_id = $2",
            family.raw(family.case_id), family.raw(case_id),
        )  # fmt: skip
        behind = sum(row["is_behind"] for row in rows)
        assert behind > 0
        assert recorded["suspicions"] == len(rows) - behind
        assert await count_suspicions(world["fac_intake"], case_id) == len(rows) - behind
        assert await count_suspicions(world["fac_supervisor"], case_id) == len(rows)

    async def test_it_is_audited_and_listed_for_those_who_decide(self, world: World):
        family = await carried_family(world)
        wall_id = await walled(world, family)
        ((row),) = await audit_of(world, "conflict_wall.raised", wall_id)
        assert row["membership_id"] == world["fac_supervisor"].membership_id
        assert row["subjects"] == [family.raw(family.case_id)]
        for hat in ("fac_supervisor", "privacy_officer"):
            listed = await world[hat].run("ConflictWalls", first=100)
            assert wall_id in {each["id"] for each in listed["conflictWalls"]["nodes"]}
        asked = "query($id: ID!) { case(id: $id) { conflictWalls { id } } }"
        seen = await world["fac_manager"].ask(asked, id=family.case_id)
        assert seen["data"]["case"]["conflictWalls"] == [{"id": wall_id}]
        for hat in ("resiliency_supervisor", "fac_manager_two"):
            body = await world[hat].ask("query($id: ID!) { conflictWall(id: $id) { id } }", id=wall_id)
            assert body["data"]["conflictWall"] is None


class TestLiftConflictWall:
    @pytest.mark.parametrize("hat", ["stranger", "fac_intake", "fac_manager_two", "resiliency_supervisor"])
    async def test_who_cannot_see_it_finds_none(self, world: World, hat: str):
        wall_id = await walled(world, await carried_family(world))
        assert (await lift(world, wall_id, hat))["__typename"] == "NotFound"

    async def test_a_supervisor_behind_it_does_not_lift_it(self, world: World):
        family = await carried_family(world)
        wall_id = await walled(world, family, hat="privacy_officer", membershipId=hat_id(world, "fac_supervisor"))
        assert (await lift(world, wall_id))["__typename"] == "NotFound"
        assert (await lift(world, wall_id, "privacy_officer"))["__typename"] == "ConflictWallLifted"

    async def test_then_the_case_is_there_again(self, world: World):
        family = await carried_family(world)
        before = await outlook(world["fac_manager_two"], family)
        wall_id = await walled(world, family)
        assert (await lift(world, wall_id))["conflictWall"]["liftedAt"] is not None
        assert await outlook(world["fac_manager_two"], family) == before
        again = await lift(world, wall_id, version=2)
        assert again["__typename"] == "InvalidTransition"
        assert await audit_of(world, "conflict_wall.lifted", wall_id)

    async def test_who_was_kept_out_does_not_review_it(self, world: World):
        family = await carried_family(world)
        other = await another_hat(world, "reunification_supervisor", Role.supervisor, "family_assistance_center")
        kept_out = {"membershipId": world.id("Membership", other.membership_id), "reason": "family_or_friend"}
        wall = await raise_wall(world, family, hat="privacy_officer", **kept_out)
        await lift(world, wall["conflictWall"]["id"])
        listed = "{ reviews(first: 100, status: open) { nodes { id version case { id } } } }"
        nodes = (await other.ask(listed))["data"]["reviews"]["nodes"]
        (review,) = [each for each in nodes if each["case"] and each["case"]["id"] == family.case_id]
        concluded = {"reviewId": review["id"], "version": review["version"], "finding": "justified"}
        refused = await other.do("ConcludeReview", **concluded)
        assert [each["problem"] for each in refused["problems"]] == ["own_wall"]
        assert (await world["privacy_officer"].do("ConcludeReview", **concluded))["__typename"] == "ReviewConcluded"

    async def test_a_stale_version_is_a_conflict(self, world: World):
        wall_id = await walled(world, await carried_family(world))
        payload = await lift(world, wall_id, version=3)
        assert (payload["__typename"], payload["currentVersion"]) == ("Conflict", 1)

    async def test_another_may_be_raised_after_it(self, world: World):
        family = await carried_family(world)
        await lift(world, await walled(world, family))
        assert await walled(world, family)


def problems(payload: Any) -> list[str]:
    """Return the codes of an InvalidInput."""
    assert payload["__typename"] == "InvalidInput", payload
    return [each["problem"] for each in payload["problems"]]


async def count_suspicions(hat: Hat, case_id: str) -> int:
    """Return how many signs of duplicates a hat sees in a case."""
    body = await hat.ask("query($id: ID!) { case(id: $id) { persons { possibleDuplicates { id } } } }", id=case_id)
    return sum(len(each["possibleDuplicates"]) for each in body["data"]["case"]["persons"])
