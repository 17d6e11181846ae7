"""Every list is the filter of single checks, and both are what the rules say, in incidents made by chance.

Three answers are compared for every role and every kind of record: the SQL (rows, masks, counts, as the compiled reads
run it), the guard asked row by row with the relations a verb would hold, and the rules in plain Python.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from fac.access import guard, scope
from fac.access.actor import Actor
from fac.access.guard import Permit
from fac.access.opened import classes_with_release
from fac.access.policy import load
from fac.access.relation import WITH_RELEASE
from fac.access.standing import NOTHING, actor_parameter, facts_about
from fac.api import schema
from fac.api.document import Documents
from fac.db.conflict_wall import conflict_walls
from fac.db.statement import Statement, insert_into
from fac.domain.ids import decode_global
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.reading import shape
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Noun, Order
from fac.reading.plan import Plan, compile_plan
from fac.reading.scoped import Scoped, standing_of
from fac.resources import graphql_dir, policies_dir
from tests.access.naive_rules import Rules
from tests.access.random_incident import NOW, Incident, random_incident
from tests.world import World

TENANT_NOUNS = [each for each in NOUNS.values() if not each.is_global and not each.inherits]
POLICY = load(policies_dir())
LISTED = "nodes { id access { visible } } totalCount"
# One page of every root, and every list that hangs on a case, a person and a referral.
LISTS = f"""{{
  cases(first: 10) {{ nodes {{
    id access {{ visible }}
    households {{ id access {{ visible }} persons {{ id access {{ visible }} }} }}
    persons {{
      id access {{ visible }} needs {{ id access {{ visible }} }} releases {{ id access {{ visible }} }}
      involvements {{ id access {{ visible }} }} relationships {{ id access {{ visible }} }}
      possibleDuplicates {{ id access {{ visible }} }} household {{ id access {{ visible }} }}
      referrals {{ id access {{ visible }} }}
      mergedRecords {{ id access {{ visible }} merged {{ id access {{ visible }} }} }}
      mergedInto {{ id access {{ visible }} kept {{ id access {{ visible }} }} }}
      portalAccesses {{ id access {{ visible }} }}
    }}
    intakes {{ id access {{ visible }} }}
    needs(first: 25) {{ {LISTED} }} releases(first: 25) {{ {LISTED} }} referrals(first: 25) {{ {LISTED} }}
    handoffs(first: 25) {{ {LISTED} }} assistances(first: 25) {{ {LISTED} }} followUps(first: 25) {{ {LISTED} }}
    notes(first: 25) {{ {LISTED} }} conflictWalls {{ id access {{ visible }} }}
    reunifications(first: 25) {{ {LISTED} }}
    personsOfConcern(first: 25) {{ nodes {{
      id access {{ visible }} notifications {{ id access {{ visible }} }}
    }} totalCount }}
  }} totalCount }}
  referrals(first: 10) {{ nodes {{
    id access {{ visible }} persons {{ id access {{ visible }} }} needs {{ id access {{ visible }} }}
    case {{ id access {{ visible }} }} createdBy {{ id access {{ visible }} }}
  }} totalCount }}
  referralInbox(first: 25) {{ {LISTED} }}
  duplicateReview(first: 25) {{ {LISTED} }}
  handoffs(first: 25) {{ {LISTED} }}
  followUps(first: 25) {{ {LISTED} }}
  personsOfConcern(first: 25) {{ {LISTED} }}
  reunifications(first: 25) {{ {LISTED} }}
  identifications(first: 25) {{ nodes {{
    id access {{ visible }} searches {{ id access {{ visible }} }} notifications {{ id access {{ visible }} }}
  }} totalCount }}
  awards(first: 25) {{ {LISTED} }}
  anonymousContacts(first: 25) {{ {LISTED} }}
  centers(first: 25) {{ {LISTED} }}
  services(first: 25) {{ {LISTED} }}
  memberships(first: 25) {{ {LISTED} }}
  conflictWalls(first: 25) {{ {LISTED} }}
  disclosures(first: 25) {{ {LISTED} }}
  portalAccesses(first: 25) {{ nodes {{
    id access {{ visible }} holder {{ id access {{ visible }} }} person {{
      id access {{ visible }} releases {{ id access {{ visible }} }} referrals {{ id access {{ visible }} }}
    }}
  }} totalCount }}
}}"""


def facts_of(actor: Actor) -> dict[str, Any]:
    return facts_about(actor, NOW)


@lru_cache(maxsize=1024)
def listing(role: Role, noun_name: str) -> tuple[Statement, Statement, Statement] | None:
    """Return the statements of the rows with their masks, of the count, and of a page, as the reads build them."""
    noun = NOUNS[noun_name]
    grants = POLICY.grants(role, "read", noun.record)
    table = noun.table.alias()
    standing = standing_of(noun, table, NOTHING)
    conditions = scope.readable(grants, standing)
    if not conditions:
        return None
    rows = select(table.c.id, scope.visible(grants, standing).label("mask")).where(
        table.c.incident_id == actor_parameter("incident"),
        scope.any_of(conditions),
        *scope.barred(grants, standing),
    )
    scoped = Scoped(noun, grants, ())
    return (
        Statement(rows, remembered=False),
        Statement(select(scoped.count()), remembered=False),
        Statement(scoped.page(Order("id"), 100, None), remembered=False),
    )


@lru_cache(maxsize=1024)
def checking(role: Role, noun_name: str) -> tuple[Statement, tuple[str, ...]]:
    """Return the statement that asks of every row in which relations it stands, as the loading of a verb asks it."""
    noun = NOUNS[noun_name]
    table = noun.table.alias()
    standing = standing_of(noun, table, NOTHING)
    relations = tuple(each.relation for each in POLICY.grants(role, "read", noun.record))
    columns: list[Any] = [table.c.id]
    if relations:
        columns.append(scope.held_relations(relations, standing).label("held"))
    if WITH_RELEASE in relations:
        columns.append(classes_with_release(standing).label("released"))
    return (
        Statement(select(*columns).where(table.c.incident_id == actor_parameter("incident")), remembered=False),
        relations,
    )


async def listed(world: World, actor: Actor, noun: Noun) -> dict[Any, int]:
    """Return the mask of each listed row by id, having checked that count and page say the same.

    Asked in the actor's own pool: what the scope shows, row-level security lets through.
    """
    statements = listing(actor.role, noun.name)
    if statements is None:
        return {}
    async with world.parts.database.transaction(actor.claims) as connection:
        rows = await statements[0].all(connection, **facts_of(actor))
        count = await statements[1].value(connection, **facts_of(actor))
        page = await statements[2].all(connection, **facts_of(actor))
    assert count == len(rows)
    assert {each["id"] for each in page} == {each["id"] for each in rows}
    return {each["id"]: each["mask"] for each in rows}


async def checked_one_by_one(world: World, actor: Actor, noun: Noun) -> dict[Any, int]:
    """Return the mask of every row the guard lets the actor read, deciding class by class."""
    statement, relations = checking(actor.role, noun.name)
    async with world.beneath.connection() as connection:
        rows = await statement.all(connection, **facts_of(actor))
    found = {}
    whole = mask_of(list(InfoClass))
    for row in rows:
        held = {name: whole for place, name in enumerate(relations) if row["held"] >> place & 1}
        if WITH_RELEASE in held:
            held[WITH_RELEASE] = row["released"]
        mask = 0
        for info in InfoClass:
            if isinstance(guard.decide(POLICY, actor, "read", noun.record, info.bit, held), Permit):
                mask |= info.bit
        if mask & InfoClass.outline.bit:
            found[row["id"]] = mask
    return found


def by_the_rules(incident: Incident, actor: Actor, noun: Noun) -> dict[Any, int]:
    rules = Rules(incident, actor, POLICY)
    masks = {row["id"]: rules.mask(noun.record, row) for row in incident.rows[noun.table.name]}
    return {id: mask for id, mask in masks.items() if mask & InfoClass.outline.bit}


class TestScope:
    @pytest.mark.parametrize("seed", range(20))
    async def test_a_list_is_the_filter_of_single_checks_and_both_are_the_rules(self, world: World, seed: int):
        chance = Random(seed)  # noqa: S311  # made-up rows, not secrets
        incident = random_incident(chance)
        await incident.insert(world.beneath)
        for name, actor in incident.actors.items():
            for noun in TENANT_NOUNS:
                told = (name, noun.name)
                expected = by_the_rules(incident, actor, noun)
                assert await listed(world, actor, noun) == expected, told
                assert await checked_one_by_one(world, actor, noun) == expected, told

    @pytest.mark.parametrize("seed", range(20))
    async def test_a_partner_sees_what_the_law_says_and_nothing_of_the_casefile(self, world: World, seed: int):
        chance = Random(seed)  # noqa: S311  # made-up rows, not secrets
        incident = random_incident(chance)
        for name in ("partner", "other_partner"):
            rules = Rules(incident, incident.actors[name], POLICY)
            for record in ("person", "need", "referral"):
                for row in incident.rows[f"{record}s"]:
                    assert rules.mask(record, row) == rules.partner_mask(record, row)
            for record, table in (
                ("case", "cases"),
                ("note", "notes"),
                ("handoff", "handoffs"),
                ("release", "releases"),
            ):
                assert not any(rules.mask(record, row) for row in incident.rows[table])

    @pytest.mark.parametrize("seed", range(200, 208))
    async def test_the_compiled_reads_show_the_same_rows_masks_and_counts(self, world: World, seed: int):
        chance = Random(seed)  # noqa: S311  # made-up rows, not secrets
        incident = random_incident(chance)
        await incident.insert(world.beneath)
        for actor in incident.actors.values():
            expected = {noun.name: by_the_rules(incident, actor, noun) for noun in TENANT_NOUNS}
            for root, answer in (await read_lists(world, actor)).items():
                seen = list(objects_in(answer))
                for kind, id, mask in seen:
                    assert expected[kind].get(id, 0) & known_to(kind) == mask, (actor.role, root, kind)
                check_whole(root, answer, expected, incident, actor.center_id)


@lru_cache(maxsize=64)
def plans_of(role: Role) -> dict[str, Plan]:
    """Return the plan of every list the role may read at all."""
    selected = documents().free_document(LISTS, None).selection({})
    assert selected is not None
    made = {asked.name: compile_plan(POLICY, role, ROOTS[asked.name], asked, {}) for asked in selected.roots}
    return {name: plan for name, plan in made.items() if plan is not None}


async def read_lists(world: World, actor: Actor) -> dict[str, Any]:
    """Return the answer of every list, through the plans that serve requests."""
    answers, plans = {}, plans_of(actor.role)  # compiled before, not while the server waits in a transaction
    async with world.parts.database.transaction(actor.claims) as connection:
        for name, plan in plans.items():
            rows = await connection.fetch(plan.statement.sql, *plan.arguments(actor, NOW, {}))
            answers[name] = plan.shape(rows, shape.Answering(actor.incident_id), {})
    return answers


@lru_cache(maxsize=1)
def documents() -> Documents:
    return Documents(schema.build(POLICY), graphql_dir() / "none", introspection=True)


@lru_cache(maxsize=64)
def known_to(kind: str) -> int:
    """Return the classes that the fields of a kind have at all."""
    return mask_of([rule.info for name, rule in POLICY.fields.items() if name.startswith(f"{kind}.")])


KIND_OF_CODE = {each.code: each.name for each in NOUNS.values()}


def objects_in(answer: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield kind, row id and mask of every object in an answer."""
    if isinstance(answer, list):
        for each in answer:
            yield from objects_in(each)
    elif isinstance(answer, dict):
        if "access" in answer:
            decoded = decode_global(answer["id"])
            assert decoded is not None
            yield KIND_OF_CODE[decoded[0]], decoded[2], mask_of(answer["access"]["visible"])
        for each in answer.values():
            yield from objects_in(each)


def raw_ids(nodes: list[Any]) -> set[Any]:
    return {decoded[2] for each in nodes if (decoded := decode_global(each["id"]))}


def waits_for(incident: Incident, center_id: Any, id: Any) -> bool:
    """Tell whether a pair is undecided, and one of the two is in a case of the center."""
    suspicion = incident.named("duplicate_suspicions", id)
    pair = {suspicion["person_id"], suspicion["other_person_id"]}
    merged = any(
        {each["person_id"], each["other_person_id"]} == pair and each["unmerged_at"] is None
        for each in incident.rows["person_merges"]
    )
    cases = {incident.named("persons", each)["case_id"] for each in pair}
    here = any(incident.named("cases", each)["center_id"] == center_id for each in cases)
    return here and suspicion["dismissed_at"] is None and not merged


def check_whole(
    root: str, answer: Any, expected: dict[str, dict[Any, int]], incident: Incident, center_id: Any
) -> None:
    """Check that nothing the rules show is missing from a list, nor from the lists in it."""
    kind = ROOTS[root].noun
    wanted = set(expected[kind])
    if root == "referralInbox":
        wanted = {id for id in wanted if incident.named("referrals", id)["sent_at"] is not None}
    if root == "memberships":  # of who is on duty
        wanted = {id for id in wanted if incident.named("memberships", id)["role"] != "family_member"}
    if root == "duplicateReview":
        wanted = {id for id in wanted if waits_for(incident, center_id, id)}
    assert raw_ids(answer["nodes"]) == wanted, root
    assert answer["totalCount"] == len(wanted), root
    if root != "cases":
        return
    inside = {"needs": "Need", "releases": "Release", "referrals": "Referral", "handoffs": "Handoff",
              "assistances": "Assistance", "followUps": "FollowUp", "notes": "Note",
              "personsOfConcern": "PersonOfConcern", "reunifications": "Reunification"}  # fmt: skip
    for case in answer["nodes"]:
        ((case_id, *_),) = [raw_ids([case])]
        for name, child in inside.items():
            rows = incident.rows[NOUNS[child].table.name]
            mine = {row["id"] for row in rows if row["case_id"] == case_id and row["id"] in expected[child]}
            assert raw_ids(case[name]["nodes"]) == mine, name
            assert case[name]["totalCount"] == len(mine), name
        walls = {row["id"] for row in incident.rows["conflict_walls"] if row["case_id"] == case_id}
        assert raw_ids(case["conflictWalls"]) == walls & set(expected["ConflictWall"])
        people = {row["id"] for row in incident.rows["persons"] if row["case_id"] == case_id}
        assert raw_ids(case["persons"]) == people & set(expected["Person"])


TAKEN_AWAY = {
    "a release is revoked": (
        "releases",
        lambda row: row["revoked_at"] is None,
        "UPDATE releases SET revoked_at = $2, revoked_by = recorded_by WHERE id = $1",
    ),
    "a release runs out": (
        "releases",
        lambda row: row["effective_at"] < NOW - timedelta(hours=1) and row["expires_at"] > NOW,
        "UPDATE releases SET expires_at = $2 WHERE id = $1",
    ),
    "an agreement ends": (
        "agreements",
        lambda row: row["ended_at"] is None,
        "UPDATE agreements SET ended_at = $2 WHERE id = $1",
    ),
    "a referral is cancelled": (
        "referrals",
        # One entered in error stays so: the workflow has no way from there.
        lambda row: row["status"] not in ("declined", "completed", "cancelled", "entered_in_error"),
        "UPDATE referrals SET status = 'cancelled', ended_at = $2 WHERE id = $1",
    ),
    "a referral was entered in error": (
        "referrals",
        lambda row: row["status"] not in ("declined", "completed"),
        "UPDATE referrals SET status = 'entered_in_error', ended_at = $2 WHERE id = $1",
    ),
    "a vetting ends": (
        "memberships",
        lambda row: row["vetted_until"] is not None,
        "UPDATE memberships SET vetted_until = vetted_at WHERE id = $1 AND $2::timestamptz IS NOT NULL",
    ),
    "a portal access is withdrawn": (
        "portal_accesses",
        lambda row: row["withdrawn_at"] is None,
        "UPDATE portal_accesses SET withdrawn_at = $2, withdrawn_by = given_by WHERE id = $1",
    ),
    "a tie restricts somebody": (
        "relationships",
        lambda row: not row["is_restricted"] and not row["has_consent_authority"],
        "UPDATE relationships SET is_restricted = true WHERE id = $1 AND $2::timestamptz IS NOT NULL",
    ),
    "a handoff is withdrawn": (
        "handoffs",
        lambda row: row["status"] == "proposed",
        "UPDATE handoffs SET status = 'withdrawn', decided_at = $2 WHERE id = $1",
    ),
}


class TestTakingAway:
    @pytest.mark.parametrize("seed", range(100, 108))
    @pytest.mark.parametrize("fact", TAKEN_AWAY)
    async def test_it_never_widens_what_anybody_sees(self, world: World, fact: str, seed: int):
        chance = Random(seed)  # noqa: S311  # made-up rows, not secrets
        table, may, statement = TAKEN_AWAY[fact]
        incident = random_incident(chance)
        fitting = [row for row in incident.rows[table] if may(row)]
        if not fitting:
            return
        await incident.insert(world.beneath)
        before = await everything(world, incident)
        await world.fetch(statement, chance.choice(fitting)["id"], NOW)
        for key, mask in (await everything(world, incident)).items():
            assert mask & ~before.get(key, 0) == 0, (fact, key)


class TestRaisingAWall:
    @pytest.mark.parametrize("seed", range(300, 306))
    async def test_who_is_walled_off_sees_nothing_of_the_case_and_nobody_else_sees_less(self, world: World, seed: int):
        chance = Random(seed)  # noqa: S311  # made-up rows, not secrets
        incident = random_incident(chance)
        await incident.insert(world.beneath)
        before = await everything(world, incident)
        name = chance.choice([each for each in incident.actors if any(key[0] == each for key in before)])
        walled, case_id = incident.actors[name], chance.choice(incident.rows["cases"])["id"]
        wall = incident.add(
            "conflict_walls", case_id=case_id, membership_id=walled.membership_id, account_id=walled.account_id,
            reason="other", raised_by=walled.membership_id, raised_at=NOW,
        )  # fmt: skip
        async with world.beneath.transaction() as connection:
            await insert_into(conflict_walls).run(connection, **incident.named("conflict_walls", wall))
        after = await everything(world, incident)
        rules = Rules(incident, walled, POLICY)
        for key in before.keys() | {each for each in after if each[2] != wall}:
            who, noun, id = key
            row = incident.named(NOUNS[noun].table.name, id)
            behind = who == name and "behind_conflict_wall" in rules.held(NOUNS[noun].record, row)
            assert after.get(key, 0) == (0 if behind else before.get(key, 0)), key
        assert not [key for key in after if key[2] == wall and key[0] == name]


async def everything(world: World, incident: Incident) -> dict[Any, int]:
    """Return the mask of every row that anybody sees, by who, what and which."""
    found = {}
    for name, actor in incident.actors.items():
        for noun in TENANT_NOUNS:
            for id, mask in (await listed(world, actor, noun)).items():
                found[name, noun.name, id] = mask
    return found


class TestNeedOfAnEndedReferral:
    async def test_a_release_for_another_purpose_does_not_open_its_words(self, world: World):
        """The need went with a referral that has ended; another referral, which it is no part of, is under way."""
        incident = random_incident(Random(0))  # noqa: S311  # made-up rows, not secrets
        partner, staff = incident.actors["partner"], incident.actors["supervisor_0"].membership_id
        for table in (
            "referral_persons",
            "referral_needs",
            "referrals",
            "release_signatories",
            "releases",
            "agreements",
        ):
            incident.rows[table].clear()
        person = incident.rows["persons"][0]
        of = {"case_id": person["case_id"]}
        need = incident.add(
            "needs", **of, person_id=person["id"], code="legal_advice", horizon="ongoing", status="identified",
            detail=b"dummy", opened_at=NOW,
        )  # fmt: skip
        service = next(each for each in incident.rows["services"] if each["organization_id"] == partner.organization_id)
        sent = {"sent_at": NOW, "due_at": NOW, "created_at": NOW, "created_by": staff, "kind": "pii_transfer"}
        to = {"service_id": service["id"], "organization_id": partner.organization_id, "urgency": "urgent"}
        ended = incident.add(
            "referrals", **of, **sent, **to, status="completed", outcome="ongoing", purpose="service_delivery"
        )
        shown = {"shown_to": partner.organization_id}
        incident.add("referral_needs", referral_id=ended, need_id=need, **shown)
        other = incident.add("referrals", **of, **sent, **to, status="accepted", purpose="care_coordination")
        for referral in (ended, other):
            incident.add("referral_persons", referral_id=referral, person_id=person["id"], **shown)
        incident.add(
            "releases", **of, person_id=person["id"], organization_id=partner.organization_id,
            purpose="care_coordination", classes=mask_of([InfoClass.narrative]), form="any", language="en",
            risks_explained=True, effective_at=NOW - timedelta(days=1), expires_at=NOW + timedelta(days=1),
            recorded_by=staff, recorded_at=NOW,
        )  # fmt: skip
        incident.add(
            "agreements", organization_id=partner.organization_id, kind="mou", scope="s", data_terms="t",
            attests_nondiscrimination=True, effective_on=NOW.date() - timedelta(days=1),
            expires_on=NOW.date() + timedelta(days=1),
        )  # fmt: skip
        await incident.insert(world.beneath)
        seen = await listed(world, partner, NOUNS["Need"])
        assert seen[need] & InfoClass.narrative.bit == 0
        assert seen == by_the_rules(incident, partner, NOUNS["Need"])
