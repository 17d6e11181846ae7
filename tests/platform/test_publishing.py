"""``fac report pmt``: a funder's report for whoever may have it, frozen and audited; for nobody else."""

import pytest

from fac.domain.ids import new_id
from fac.errors import InvalidInput, NotFound, NotPermitted, NotSignedIn
from fac.publishing import award_of, period_of, publish_pmt
from tests.families import new_family
from tests.world import World


async def reports(world: World) -> int:
    return len(await world.fetch("SELECT 1 FROM reports"))


async def publish(world: World, hat: str, period: str = "2026Q2") -> str:
    return (await publish_pmt(world.parts, world[hat].token, world.id("Award", world.award_id), period)).decode()


@pytest.mark.parametrize("hat", ["stranger", "counselor", "navigator", "intake"])
async def test_a_stranger_and_a_caseworker_get_no_report(world: World, hat: str) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        await publish(world, hat)
    assert await reports(world) == 0


async def test_a_supervisor_and_the_funder_get_the_same_frozen_report(world: World) -> None:
    await new_family(world)
    first = await publish(world, "fac_supervisor")
    assert first.startswith("question,row,label,count\r\nprovenance,")
    assert await publish(world, "funder") == first
    assert await reports(world) == 1
    told = await world.fetch("SELECT 1 FROM audit_events WHERE event = 'report.generated'")
    assert len(told) == 2


async def test_no_session_no_report(world: World) -> None:
    with pytest.raises(NotSignedIn):
        await publish_pmt(world.parts, "AAAA", world.id("Award", world.award_id), "2026Q2")


async def test_an_award_of_another_incident_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await publish_pmt(world.parts, world["fac_supervisor"].token, world.id("Award", new_id()), "2026Q2")


@pytest.mark.parametrize("period", ["2026Q5", "2026Q0", "Q1", "", "2026-01", "2026Q1Q2", "2026Qx"])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(InvalidInput):
        period_of(period)


def test_a_year_and_a_quarter_are_understood() -> None:
    assert period_of("2027q1").name == "FY2027 Q1"
    assert period_of("2027").name == "FY2027"


def test_an_id_of_something_else_is_no_award(world: World) -> None:
    for text in ("", "no id", world.id("Case", new_id())):
        with pytest.raises(InvalidInput):
            award_of(text, world.incident_id)
