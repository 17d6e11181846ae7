"""Who can see a case, and why: what is told of every hat is what its own reads show, in incidents made by chance."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import pytest

from fac.access.actor import Actor
from fac.access.policy import load
from fac.access.relation import RELATIONS
from fac.access.turned import told
from fac.audit.ledger import Circumstances
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass, Role
from fac.errors import NotFound, NotPermitted
from fac.reading.catalog import NOUNS
from fac.reading.read import Reader
from fac.reading.who_can_see import Onlooker, who_can_see
from fac.resources import policies_dir
from tests.access.naive_rules import Rules
from tests.access.random_incident import NOW, Incident, Row, Shape, random_incident
from tests.access.test_scope import known_of, listed
from tests.caseloads import carried_family, hat_id, raw
from tests.reading.test_plans import noted_statements
from tests.referring import Referred, accepted
from tests.world import World

POLICY = load(policies_dir())
OF_A_CASE = [each for each in NOUNS.values() if (each.case_column or each.person_column) and not each.inherits]
SEEDS = range(8)


def reader_of(world: World, actor: Actor) -> Reader:
    tools = world.parts.tools
    circumstances = Circumstances(NOW, POLICY.version, new_id())
    return Reader(world.parts.database, tools.ledger, tools.disclosure, POLICY, actor, circumstances)


async def told_of(world: World, actor: Actor, case_id: UUID) -> dict[UUID, Onlooker] | None:
    """Return who can see the case by hat, as the actor is told page by page; None where the actor may not ask."""
    found: dict[UUID, Onlooker] = {}
    after = None
    while True:
        try:
            page = await who_can_see(
                reader_of(world, actor), "whoCanSee", case_id, first=7, after=after, counted=after is None
            )
        except (NotFound, NotPermitted):
            return None
        found |= {each.membership_id: each for each in page.rows}
        total = page.total if after is None else total  # noqa: F821  # of the first page
        if not page.has_next:
            assert total == len(found)
            return found
        after = page.rows[-1].membership_id


def rows_of(incident: Incident, case: Row) -> Iterator[tuple[str, str, Row]]:
    """Yield every row that hangs on the case, with its noun and record."""
    family = {each["id"] for each in incident.rows["persons"] if each["case_id"] == case["id"]}
    for noun in OF_A_CASE:
        for row in incident.rows[noun.table.name]:
            whole_case = noun.case_column and row[noun.case_column] == case["id"]
            if whole_case or (noun.person_column and row[noun.person_column] in family):
                yield noun.name, noun.record, row


def expected(incident: Incident, asker: Actor, case: Row) -> dict[UUID, dict[str, int]]:
    """Return what the rules say each hat sees of each kind of record that the asker's role ever reads."""
    told_kinds = {
        noun.record
        for noun in OF_A_CASE
        if any(each.allowed & InfoClass.outline.bit for each in POLICY.grants(asker.role, "read", noun.record))
    }
    found: dict[UUID, dict[str, int]] = {}
    for actor in incident.actors.values():
        rules, masks = Rules(incident, actor, POLICY), dict[str, int]()
        for kind, record, row in rows_of(incident, case):
            mask = rules.mask(record, row) & known_of(incident, kind, row["id"]) if record in told_kinds else 0
            if mask & InfoClass.outline.bit:
                masks[record] = masks.get(record, 0) | mask
        if masks:
            found[actor.membership_id] = masks
    return found


def without_identifications(incident: Incident) -> None:
    for table in ("identifications", "identification_matches", "death_notifications"):
        incident.rows[table].clear()


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_hat_that_sees_anything_is_named_with_what_its_own_reads_show(world: World, seed: int):
    incident = random_incident(Shape(seed))
    without_identifications(incident)
    await incident.insert(world.beneath)
    asked = 0
    for case in incident.rows["cases"]:
        for name, asker in incident.actors.items():
            answer = await told_of(world, asker, case["id"])
            may = _may_ask(incident, asker, case)
            assert (answer is not None) is may, name
            if answer is not None:
                asked += 1
                assert {id: dict(each.masks) for id, each in answer.items()} == expected(incident, asker, case), name
                _check_why(incident, case, answer)
    assert asked


def _may_ask(incident: Incident, asker: Actor, case: Row) -> bool:
    """Return whether the asker carries the case, supervises its center, or watches over privacy; no wall in between."""
    rules = Rules(incident, asker, POLICY)
    held = rules.held("case", case)
    if "behind_conflict_wall" in held or "responders_own_agency" in held:
        return False
    carries = asker.role in (Role.intake_worker, Role.case_manager, Role.supervisor) and "my_caseload" in held
    return carries or (asker.role is Role.supervisor and "my_center" in held) or asker.role is Role.privacy_officer


def _check_why(incident: Incident, case: Row, answer: Mapping[UUID, Onlooker]) -> None:
    """Check each relation that is named: it holds of a row of each kind that is named, and opens what is said."""
    actors = {each.membership_id: each for each in incident.actors.values()}
    for id, onlooker in answer.items():
        rules = Rules(incident, actors[id], POLICY)
        held: dict[str, set[str]] = {}
        for _, record, row in rows_of(incident, case):
            for relation in rules.held(record, row):
                held.setdefault(relation, set()).add(record)
        assert onlooker.sights
        assert sum({bit.bit for each in onlooker.sights for bit in each.classes}) == sum(
            each.bit for each in onlooker.classes
        )
        for sight in onlooker.sights:
            assert set(sight.records) <= held[sight.relation], sight.relation
            assert sight.until is None or sight.until > NOW
            ours = {each["id"] for each in incident.rows["releases"]}
            assert {each.release_id for each in sight.releases} <= ours


async def test_what_is_told_is_what_the_reads_themselves_list(world: World):
    compared = 0
    for seed in (3, 4, 5):
        incident = random_incident(Shape(seed))
        without_identifications(incident)
        await incident.insert(world.beneath)
        compared += await compared_with_reads(world, incident)
    assert compared > 5


async def compared_with_reads(world: World, incident: Incident) -> int:
    """Hold what is told of each case against the lists of some hats; return how often there was anything to see."""
    compared = 0
    for case in incident.rows["cases"]:
        answer = await told_of(world, incident.actors["privacy_officer"], case["id"])
        rows = {(noun, row["id"]) for noun, _, row in rows_of(incident, case)}
        for name in ("partner", "other_partner", "case_manager_0", "volunteer_1", "liaison"):
            named = (answer or {}).get(incident.actors[name].membership_id)
            asked = ("Case", "Person", "Need", "Note")
            masks = await listed(world, incident.actors[name], [NOUNS[noun] for noun in asked])
            for noun in asked:
                of_case = {id: mask for id, mask in masks[noun].items() if (noun, id) in rows}
                seen = reduce(or_, (mask & known_of(incident, noun, id) for id, mask in of_case.items()), 0)
                if answer is not None:
                    assert (named.masks if named else {}).get(NOUNS[noun].record, 0) == seen, (name, noun)
                    compared += bool(seen)
    return compared


@pytest.mark.parametrize("seed", range(4))
async def test_what_the_medical_examiner_knows_changes_nothing_of_the_answer(world: World, seed: int):
    """Domain invariant 7: that somebody is being identified is not learned by asking who looks."""
    incident = random_incident(Shape(seed))
    await incident.insert(world.beneath)
    officer = incident.actors["privacy_officer"]
    before = [await told_of(world, officer, case["id"]) for case in incident.rows["cases"]]
    async with world.beneath.transaction() as connection:
        for table in ("identification_matches", "identifications"):
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(f"DELETE FROM {table} WHERE incident_id = $1", incident.id)  # noqa: S608
    after = [await told_of(world, officer, case["id"]) for case in incident.rows["cases"]]
    assert before == after


def test_nothing_else_is_left_out_of_what_is_told() -> None:
    changed = [name for name, formula in RELATIONS.items() if told(formula) != formula]
    assert changed == ["identification_open"]


HATS = """
query($id: ID!, $first: PageLength, $after: String) {
  whoCanSee(id: $id, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage } edges { cursor node { membershipId } }
    nodes { membershipId role organization center name classes sights { relation until records } }
  }
}
"""


async def seen_by(world: World, asker: str, referred: Referred) -> dict[str, Any]:
    """Return who can see the family's case, by the name of the hat."""
    data = await world[asker].run("WhoCanSee", id=referred.family.case_id, first=100)
    nodes = {each["membershipId"]: each for each in data["whoCanSee"]["nodes"]}
    assert data["whoCanSee"]["totalCount"] == len(nodes)
    return {name: nodes[id] for name, hat in world.hats.items() if (id := hat_id(world, name)) in nodes}


def sight(node: Any, relation: str) -> Any:
    return next(each for each in node["sights"] if each["relation"] == relation)


class TestWhoCanSee:
    """Over HTTP, with the shipped document."""

    @pytest.mark.parametrize("name", ["stranger", "counselor", "volunteer", "fac_manager_two", "intake", "auditor"])
    async def test_others_are_told_nothing_and_the_same_as_of_an_unknown_case(self, world: World, name: str):
        referred = await accepted(world)
        answers = [
            await world[name].ask(HATS, id=id) for id in (referred.family.case_id, world.id("Case", new_id()), "x")
        ]
        for each in answers:
            assert each["data"] is None
            (error,) = each["errors"]
            assert error["extensions"]["code"] in ("not_found", "not_permitted")
            del error["extensions"]["correlationId"]
        assert answers[0] == answers[1]

    async def test_who_carries_the_case_learns_every_hat_and_by_what(self, world: World):
        referred = await accepted(world, await carried_family(world))
        found = await seen_by(world, "fac_manager", referred)
        assert {"fac_manager", "fac_supervisor", "fac_manager_two", "privacy_officer", "counselor"} <= set(found)
        assert not {"stranger", "lawyer", "funder", "auditor", "volunteer"} & set(found)
        assert found["fac_manager"]["name"] == "Worker fac_manager"
        assert {"my_caseload", "my_center"} <= {each["relation"] for each in found["fac_manager"]["sights"]}
        assert "my_center" in {each["relation"] for each in found["fac_manager_two"]["sights"]}
        assert "contact" not in found["fac_manager_two"]["classes"]
        opened = sight(found["counselor"], "referred_to_my_org_with_release")
        assert opened["referralIds"] == [referred.id]
        assert {each["personId"] for each in opened["releases"]} <= set(referred.family.persons.values())
        assert opened["until"] == max(each["until"] for each in opened["releases"])
        assert set(opened["classes"]) <= set(found["counselor"]["classes"])

    async def test_a_revoked_release_and_a_wall_are_followed_at_once(self, world: World):
        referred = await accepted(world, await carried_family(world))
        before = await seen_by(world, "fac_supervisor", referred)
        for release in sight(before["counselor"], "referred_to_my_org_with_release")["releases"]:
            given = {"releaseId": release["releaseId"], "version": 1}
            assert (await world["fac_manager"].do("RevokeRelease", **given))["__typename"] == "ReleaseRevoked"
        after = await seen_by(world, "fac_supervisor", referred)
        assert [each["relation"] for each in after["counselor"]["sights"]] == ["referred_to_my_org"]
        raised = await world["fac_supervisor"].do(
            "RaiseConflictWall", caseId=referred.family.case_id, reason="other",
            membershipId=hat_id(world, "fac_manager_two"),
        )  # fmt: skip
        assert raised["__typename"] == "ConflictWallRaised", raised
        walled = await seen_by(world, "fac_manager", referred)
        assert set(walled) == set(after) - {"fac_manager_two"}
        assert hat_id(world, "fac_manager_two") not in str(walled)

    async def test_pages_follow_each_other(self, world: World):
        referred = await accepted(world)
        whole = await seen_by(world, "fac_supervisor", referred)
        found, after = [], None
        while True:
            answer = await world["fac_supervisor"].ask(HATS, id=referred.family.case_id, first=3, after=after)
            page = answer["data"]["whoCanSee"]
            assert [each["node"]["membershipId"] for each in page["edges"]] == [
                each["membershipId"] for each in page["nodes"]
            ]
            found += [each["membershipId"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["totalCount"] == len(whole)
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(found) == sorted(each["membershipId"] for each in whole.values())
        refused = await world["fac_supervisor"].ask(HATS, id=referred.family.case_id, after="nonsense")
        assert refused["errors"][0]["extensions"]["code"] == "invalid_input"

    async def test_it_is_one_statement_and_its_audit_row_and_refusals_are_told_too(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ):
        referred = await accepted(world)
        await world["fac_supervisor"].ask(HATS, id=referred.family.case_id)
        async with noted_statements(monkeypatch) as noted:
            await world["fac_supervisor"].ask(HATS, id=referred.family.case_id)
        assert noted == ["SELECT", "INSERT audit_events"]
        await world["fac_manager_two"].ask(HATS, id=referred.family.case_id)
        newest = (
            "SELECT event, operation, record, record_id, subjects, classes FROM audit_events"
            " WHERE incident_id = $1 AND membership_id = $2 ORDER BY id DESC LIMIT 1"
        )
        ((*said,),) = await world.fetch(newest, world.incident_id, world["fac_supervisor"].membership_id)
        assert said == ["record.read", "whoCanSee", "onlooker", raw(referred.family.case_id), [], 0]
        ((event, *_),) = await world.fetch(newest, world.incident_id, world["fac_manager_two"].membership_id)
        assert event == "access.refused"
