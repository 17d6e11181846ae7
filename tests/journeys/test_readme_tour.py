"""The README's requests are run as they stand there: documentation that does not work is a defect."""

import json
import re
from pathlib import Path

import pytest

from tests.families import new_family
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
REQUESTS = [
    (role, json.loads(body)) for role, body in re.findall(r"^ask (\w+) '(\{.*?\})'$", README, re.MULTILINE | re.DOTALL)
]
HATS = {
    "intake_worker": "intake",
    "partner_user": "counselor",
    "report_viewer": "funder",
    "case_manager": "fac_manager",
}


async def test_the_tour_has_its_requests() -> None:
    assert len(REQUESTS) == 5


@pytest.mark.parametrize("place", range(5))
async def test_a_request_of_the_tour_is_answered(world: World, place: int) -> None:
    await new_family(world, "intake")
    role, body = REQUESTS[place]
    response = await world[HATS[role]].post(body)
    answer = response.json()
    assert response.status_code == 200, answer
    assert "errors" not in answer, answer
    if body.get("documentId") == "RecordIntake":
        assert answer["data"]["recordIntake"]["__typename"] == "IntakeRecorded"
        again = (await world[HATS[role]].post(body)).json()
        assert again["data"]["recordIntake"]["case"]["id"] == answer["data"]["recordIntake"]["case"]["id"]


async def test_what_the_tour_says_is_hidden_is_hidden(world: World) -> None:
    await new_family(world, "intake")
    _, body = REQUESTS[2]
    answer = (await world["intake"].post(body)).json()
    (case,) = answer["data"]["cases"]["nodes"]
    assert all(each["givenName"] for each in case["persons"])
    assert {each["detail"] for each in case["needs"]["nodes"]} == {None}
    assert {"info": "narrative", "reason": "not_for_your_role"} in case["needs"]["nodes"][0]["access"]["masked"]
    refused = (await world["funder"].post(body)).json()
    assert refused["errors"][0]["extensions"]["code"] == "not_permitted"
