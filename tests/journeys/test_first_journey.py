"""The first journey: one family through all three centers, while everybody it does not concern learns nothing of it."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest_asyncio

from fac.domain.ids import decode_global, encode_global, new_id
from tests.caseloads import assert_always_one_accountable, intervals
from tests.journeys.following import MARKERS, Following, walk
from tests.world import World, open_world

# By-id roots and what an onlooker would ask of each; whoever may not see it gets the answer of an unknown id.
BY_ID = {
    "case": "id caseNumber persons { id }",
    "person": "id givenName phones ageBand access { visible }",
    "release": "id purpose",
    "referral": "id reason persons { id }",
    "personOfConcern": "id givenName status",
    "identification": "id status",
    "handoff": "id message",
    "followUp": "id dueOn",
    "note": "id body",
    "partnerNote": "id body",
}
LISTS = ("cases", "caseload", "referrals", "referralInbox", "handoffs", "followUps")
NEVER = ("stranger", "funder", "auditor", "administrator")
KEEPERS = ("intake", "fac_manager_two", "fac_manager", "navigator")


def asking(root: str) -> str:
    return f"query($id: ID!) {{ {root}(id: $id) {{ {BY_ID[root]} }} }}"


def unknown_like(id: str) -> str:
    decoded = decode_global(id)
    assert decoded is not None
    return encode_global(decoded[0], decoded[1], new_id())


def plain(body: Any) -> Any:
    """Return an answer without its correlation ids, which differ by design."""
    for error in body.get("errors", []):
        error["extensions"].pop("correlationId")
    return body


async def must_learn_nothing(way: Following, hat: Any) -> None:
    """Ask for every record by id and by list: the answers are those of an unknown id and of an empty house."""
    for root, id in way.ids.items():
        known = await hat.ask(asking(root), id=id)
        unknown = await hat.ask(asking(root), id=unknown_like(id))
        assert plain(known) == plain(unknown), (hat.name, root)
        assert (known["data"] or {root: None})[root] is None
    for root in LISTS:
        body = await hat.ask(f"{{ {root}(first: 100) {{ nodes {{ id }} totalCount }} }}")
        if body["data"] is not None:
            assert body["data"][root] == {"nodes": [], "totalCount": 0}, (hat.name, root)
    whole = await hat.post({"documentId": "Case", "variables": {"id": way.family.case_id}})
    assert not [marker for marker in MARKERS.values() if marker in whole.text]


async def must_not_come_in(way: Following) -> None:
    """Ask with no token, a garbage one and an expired one: one and the same refusal, whatever is asked."""
    world = way.world
    bodies = [orjson.dumps({"documentId": "Case", "variables": {"id": id}}) for id in (way.ids["case"], "unknown")]
    said = set()
    for authorization, content in itertools.product(
        ("", "Bearer garbage", f"Bearer {world['fac_manager_two'].token}"), bodies
    ):
        headers = {"content-type": "application/json", "authorization": authorization}
        response = await world.http.post("/graphql", content=content, headers=headers)
        assert response.status_code == 401
        said.add(orjson.dumps(plain(response.json())))
    assert len(said) == 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def elsewhere(world: World, database_url: str) -> AsyncIterator[World]:
    """Another incident in the same database, under the same keys."""
    async with open_world(database_url, world.folder, name="elsewhere") as opened:
        yield opened


async def test_a_family_goes_through_all_three_centers_and_nobody_else_learns_of_it(world: World, elsewhere: World):
    late = world["fac_manager_two"]
    assert (await late.ask("{ viewer { id } }"))["data"]["viewer"]
    ends_at = world.clock.now + timedelta(seconds=1)
    await world.fetch("UPDATE sessions SET expires_at = $2 WHERE id = $1", late.session_id, ends_at)
    world.clock.advance(seconds=2)
    steps: list[str] = []

    async def onlookers(way: Following, step: str) -> None:
        steps.append(step)
        for name in NEVER:
            await must_learn_nothing(way, world[name])
        await must_learn_nothing(way, elsewhere["fac_supervisor"])
        await must_not_come_in(way)
        await see_what_they_should(way, steps)

    way = await walk(world, onlookers)

    assert len(steps) == 22
    await assert_always_one_accountable(world, way.family.case_id)
    kept_by = [row["membership_id"] for row in await intervals(world, way.family.case_id)]
    assert kept_by == [world[name].membership_id for name in KEEPERS]
    final = (await world["navigator"].run("Case", id=way.family.case_id))["case"]
    assert [each["body"] for each in final["notes"]["nodes"]] == [MARKERS["note"]]
    assert {each["status"] for each in final["referrals"]["nodes"]} == {"completed", "declined"}
    mother = next(each for each in final["persons"] if each["id"] == way.family.persons["mother"])
    assert (mother["givenName"], mother["emails"]) == (MARKERS["given name"], [MARKERS["email"]])


async def test_the_funder_counts_the_journey_and_sees_nobody(world: World):
    """Award year 2026, second quarter: what was delivered on the journey is in the report, whom to is not."""

    async def nobody(way: Following, step: str) -> None:
        """Let it pass unseen."""

    way = await walk(world, nobody)
    award = world.id("Award", world.award_id)
    response = await world["funder"].post(
        {
            "documentId": "GenerateReport",
            "variables": {
                "input": {"clientMutationId": str(uuid4()), "awardId": award, "fiscalYear": 2026, "quarter": 2}
            },
        }
    )
    payload = response.json()["data"]["generateReport"]
    assert payload["__typename"] == "ReportGenerated", payload
    assert "A1" in payload["report"]["csv"]
    assert any(section["total"] for section in payload["report"]["sections"] if section["hasTotal"])
    for hidden in (*MARKERS.values(), *way.ids.values(), way.family.case_number):
        assert hidden not in response.text
    for name in ("stranger", "counselor", "intake", "administrator"):
        denied = await world[name].do("GenerateReport", awardId=award, fiscalYear=2026, quarter=2)
        assert denied["__typename"] in ("NotFound", "NotPermitted"), name


async def see_what_they_should(way: Following, steps: list[str]) -> None:
    """Check what the partners and the centers concerned see at this step, and no more."""
    world, mother = way.world, way.family.persons["mother"]
    for partner, hat in (("counseling", "counselor"), ("legal_aid", "lawyer")):
        seen = (await world[hat].ask(asking("person"), id=mother))["data"]["person"]
        if f"referral to {partner} sent" not in steps:
            assert seen is None
            continue
        active = partner == "counseling" and "accepted by the other" in steps and "completed by the other" not in steps
        assert seen["ageBand"] == "age_25_59"
        assert seen["givenName"] == (MARKERS["given name"] if active else None)
        assert (seen["phones"] is not None) is active
        for hidden in ("case", "handoff", "release", "note", "followUp"):
            if hidden in way.ids:
                answer = await world[hat].ask(asking(hidden), id=way.ids[hidden])
                assert (answer["data"] or {hidden: None})[hidden] is None
    if "handoff to resiliency_center proposed" not in steps:
        await must_learn_nothing(way, world["navigator"])
    if steps[-1] == "assigned by the supervisor":  # what another center's supervisor may not, this one does
        await must_learn_nothing(way, world["resiliency_supervisor"])
        seen = (await world["fac_supervisor"].ask(asking("person"), id=mother))["data"]["person"]
        assert seen["givenName"] == MARKERS["given name"]
        carried = (await world["fac_manager"].run("Caseload", first=100))["caseload"]["nodes"]
        assert way.ids["case"] in [each["id"] for each in carried]
    if "handoff to family_assistance_center proposed" in steps[-1:]:
        offered = (await world["fac_manager"].ask(asking("person"), id=mother))["data"]["person"]
        assert (offered["givenName"], offered["ageBand"]) == (None, "age_25_59")
