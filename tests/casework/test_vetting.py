"""Vetting: a volunteer sees a family from when somebody vouched until the instant it ends, at the own center only."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.caseloads import assert_nothing_personal, audit_of, hat_id
from tests.families import Family, new_family
from tests.referring import fac_family
from tests.stepping import prove
from tests.world import World


async def vet(world: World, hat: str = "reunification_supervisor", of: str = "volunteer", **lasting: float) -> Any:
    if hat in {"reunification_supervisor", "administrator"}:
        await prove(world[hat])
    until = world.clock.now + timedelta(**lasting or {"days": 30})
    return await world[hat].do("VetMembership", membershipId=hat_id(world, of), until=until.isoformat())


async def end(world: World, hat: str = "reunification_supervisor") -> Any:
    return await world[hat].do("EndVetting", membershipId=hat_id(world, "volunteer"))


async def greeted(world: World, family: Family) -> dict[str, Any] | None:
    """Return what the volunteer sees of the mother."""
    found: dict[str, Any] | None = (await world["volunteer"].run("Person", id=family.persons["mother"]))["person"]
    return found


class TestVetMembership:
    @pytest.mark.parametrize("hat", ["stranger", "counselor", "funder", "auditor", "intake", "reunifier", "volunteer"])
    async def test_not_by_those_who_answer_for_no_center(self, world: World, hat: str):
        assert (await vet(world, hat))["__typename"] in {"NotPermitted", "NotFound"}

    async def test_not_without_a_second_factor_proved_just_now(self, world: World):
        until = (world.clock.now + timedelta(days=30)).isoformat()
        vouched = {"membershipId": hat_id(world, "volunteer"), "until": until}
        world.clock.advance(minutes=5)
        refused = await world["administrator"].do("VetMembership", **vouched)
        assert refused["reason"] in {"needs_second_factor", "needs_step_up"}

    async def test_not_by_another_center_s_supervisor(self, world: World):
        assert (await vet(world, "fac_supervisor"))["__typename"] == "NotPermitted"

    @pytest.mark.parametrize("hat", ["reunification_supervisor", "administrator"])
    async def test_from_then_on_the_volunteer_knows_whom_to_greet_and_nothing_more(self, world: World, hat: str):
        family, elsewhere = await new_family(world), await fac_family(world)
        await end(world)
        assert await greeted(world, family) is None
        done = await vet(world, hat)
        assert (done["__typename"], done["membership"]["vettedBy"]["id"]) == ("MembershipVetted", hat_id(world, hat))
        mother = await greeted(world, family)
        assert mother is not None
        assert mother["givenName"].startswith("Marisol")
        assert (mother["phones"], mother["gender"], mother["needs"], mother["involvements"]) == (None, None, [], [])
        assert await greeted(world, elsewhere) is None
        cases = (await world["volunteer"].run("Cases", first=10))["cases"]
        assert cases["totalCount"] == len(await of_center(world))

    async def test_hands_out_a_meal_and_counts_it(self, world: World):
        family = await new_family(world)
        meal = {"personId": family.persons["mother"], "lineCode": "C4", "occurrences": 4,
                "deliveredOn": world.clock.now.date().isoformat()}  # fmt: skip
        await end(world)
        refused = await world["volunteer"].do("RecordAssistance", **meal)
        assert refused["__typename"] == "NotFound"
        assert_nothing_personal(refused)
        await vet(world)
        assert (await world["volunteer"].do("RecordAssistance", **meal))["assistance"]["occurrences"] == 4
        note = await world["volunteer"].do("WriteNote", caseId=family.case_id, kind="casework", body="x")
        assert note["__typename"] in {"NotPermitted", "NotFound"}

    async def test_it_runs_out_by_itself_to_the_instant(self, world: World):
        family = await new_family(world)
        await vet(world, hours=1)
        before = world.clock.now
        try:
            world.clock.advance(hours=1, seconds=-1)
            assert await greeted(world, family)
            world.clock.advance(seconds=1)
            assert await greeted(world, family) is None
        finally:
            world.clock.now = before

    @pytest.mark.parametrize(
        ("lasting", "of", "problem"),
        [
            ({"seconds": -1}, "volunteer", "out_of_range"),
            ({"days": 367}, "volunteer", "out_of_range"),
            ({"days": 1}, "intake", "not_a_volunteer"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, world: World, lasting: dict[str, float], of: str, problem: str):
        payload = await vet(world, of=of, **lasting)
        assert [each["problem"] for each in payload["problems"]] == [problem]

    async def test_who_vouched_and_until_when_is_audited(self, world: World):
        await vet(world)
        told = await audit_of(world, "membership.vetted", hat_id(world, "volunteer"))
        assert told[-1]["membership_id"] == world["reunification_supervisor"].membership_id
        assert told[-1]["detail"]


class TestEndVetting:
    async def test_a_stranger_ends_none(self, world: World):
        await vet(world)
        assert (await end(world, "stranger"))["__typename"] in {"NotPermitted", "NotFound"}

    async def test_it_holds_at_once_and_keeps_who_vouched(self, world: World):
        family = await new_family(world)
        await vet(world)
        assert await greeted(world, family)
        done = await end(world)
        assert datetime.fromisoformat(done["membership"]["vettedUntil"]) == world.clock.now
        assert done["membership"]["vettedBy"]
        assert await greeted(world, family) is None
        assert (await end(world))["__typename"] == "InvalidTransition"


async def of_center(world: World) -> list[Any]:
    """Return the cases of the volunteer's center."""
    rows: list[Any] = await world.fetch(
        "SELECT id FROM cases WHERE center_id = $1", world.centers["reunification_center"]
    )
    return rows
