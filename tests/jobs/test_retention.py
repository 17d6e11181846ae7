"""What is kept for a time only is forgotten, and nothing else is."""

from datetime import timedelta

from fac.jobs.retention import KEPT, forget_old_keys
from tests.families import family_form
from tests.world import World


async def test_stored_answers_are_forgotten_after_a_week_and_not_before(world: World) -> None:
    database, key = world.parts.database, "7f0c7b34-0000-4000-8000-000000000001"
    form = family_form("ret") | {"clientMutationId": key}
    first = await world["intake"].do("RecordIntake", **form)
    assert await forget_old_keys(database, world.clock.now + KEPT) == 0
    assert (await world["intake"].do("RecordIntake", **form))["caseNumber"] == first["caseNumber"]
    before = (await world.fetch("SELECT count(*) FROM cases"))[0][0]
    assert await forget_old_keys(database, world.clock.now + KEPT + timedelta(seconds=1)) == 1
    assert (await world.fetch("SELECT count(*) FROM cases"))[0][0] == before
