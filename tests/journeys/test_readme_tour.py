"""The README's requests are run as they stand there: documentation that does not work is a defect."""

import json
import re
from pathlib import Path

import pytest

from tests.families import new_family
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
HATS = {"intake": "intake", "partner": "counselor", "funder": "funder", "manager": "fac_manager"}
# Those that name a row of an earlier answer are walked in test_first_journey.
REQUESTS = [
    (HATS[who], document, json.loads(variables))
    for who, document, variables in re.findall(r"run \"\$(\w+)\" (\w+) '(\{.*?\})'", README, re.DOTALL)
    if "…" not in variables
]


async def test_the_tour_has_its_requests() -> None:
    assert [document for _, document, _ in REQUESTS] == ["RecordIntake", "Caseload", "ReferralInbox", "Awards"]


@pytest.mark.parametrize(("hat", "document", "variables"), REQUESTS)
async def test_a_request_of_the_tour_is_answered(
    world: World, hat: str, document: str, variables: dict[str, object]
) -> None:
    await new_family(world, "fac_manager")
    first = await world[hat].run(document, **variables)
    if document == "RecordIntake":
        assert first["recordIntake"]["__typename"] == "IntakeRecorded"
        again = await world[hat].run(document, **variables)
        assert again["recordIntake"]["case"]["id"] == first["recordIntake"]["case"]["id"]


async def test_what_the_tour_calls_a_bad_field_is_one(world: World) -> None:
    _, document, variables = REQUESTS[0]
    given = json.loads(json.dumps(variables))["input"] | {"clientMutationId": "0d3c8a52-6a0e-4a51-8c0e-1f0f6f2b7a12"}
    given["persons"][0]["bornOn"] = "2031"
    payload = await world["intake"].do(document, **given)
    assert payload["__typename"] == "InvalidInput"
    assert [each["path"] for each in payload["problems"]] == ["persons.0.bornOn"]
