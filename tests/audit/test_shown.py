"""The audit row of a read names just those whose sealed values were shown; a refused query leaves a row too."""

from typing import Any
from uuid import UUID

import pytest

from tests.audit.opened import Said, noted_openings
from tests.caseloads import raw
from tests.referring import accepted
from tests.world import World

PERSONS = "nodes { persons { id givenName phones } }"
READS = {
    "a page": ("counselor", f"{{ referralInbox(first: 1) {{ {PERSONS} }} }}"),
    "a page and its count": ("counselor", f"{{ referralInbox(first: 1) {{ totalCount {PERSONS} }} }}"),
    "a page below": (
        "fac_supervisor",
        "{ cases(first: 2) { nodes { persons { id givenName } needs(first: 1) { nodes { detail } } } } }",
    ),
}


async def told_of(world: World, response: Any) -> list[Any]:
    return list(
        await world.fetch(
            "SELECT id, event, operation, subjects, classes FROM audit_events WHERE correlation_id = $1",
            UUID(response.headers["x-correlation-id"]),
        )
    )


@pytest.mark.parametrize("what", READS)
async def test_what_was_opened_is_what_the_row_says_and_nothing_beyond_the_page(world: World, what: str) -> None:
    for _ in range(3):
        await accepted(world)
    hat, query = READS[what]
    with noted_openings() as opened:
        response = await world[hat].post({"query": query})
    assert "errors" not in response.json()
    (row,) = await told_of(world, response)
    said = opened.get(row["id"], Said())
    assert row["event"] == "record.read"
    assert said.subjects
    assert set(row["subjects"]) == said.subjects
    assert row["classes"] == said.classes
    if hat == "counselor":
        (node,) = response.json()["data"]["referralInbox"]["nodes"]
        assert set(row["subjects"]) == {raw(each["id"]) for each in node["persons"]}


async def test_a_query_that_a_role_may_not_make_is_told(world: World) -> None:
    response = await world["funder"].post({"documentId": "Cases", "variables": {"first": 5}})
    assert response.json()["data"] is None
    ((_, event, operation, *_),) = await told_of(world, response)
    assert (event, operation) == ("access.refused", "Cases")
