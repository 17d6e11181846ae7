"""Every list is the filter of single checks, and both are what the rules say, in incidents that Hypothesis makes up.

Three answers are compared for every role and every kind of record: the SQL (rows, masks, counts, as the compiled reads
run it), the guard asked row by row with the relations a verb would hold, and the rules in plain Python. A failing test
shows the few words an incident is made from (tests.access.random_incident.Shape), and the parts it needs to fail.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from hypothesis import example, given
from sqlalchemy import select

from fac.access import guard, scope
from fac.access.actor import Actor
from fac.access.guard import Permit
from fac.access.opened import classes_with_release
from fac.access.policy import Policy, load
from fac.access.relation import WITH_RELEASE
from fac.access.standing import NOTHING, actor_parameter, facts_about
from fac.api import schema
from fac.api.document import Documents
from fac.db.aliased import another, one_statement
from fac.db.statement import Statement
from fac.domain.ids import decode_global
from fac.domain.sensitivity import DETAIL_CLASSES, NOTE_CLASSES
from fac.domain.vocabulary import InfoClass, Role, mask_of
from fac.reading import shape
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Noun
from fac.reading.plan import Plan, compile_plan
from fac.reading.scoped import standing_of
from fac.resources import graphql_dir, policies_dir
from tests.access.naive_rules import Rules
from tests.access.random_incident import NOW, Incident, Shape, random_incident, shapes, tried
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
  referrals(first: 12) {{ nodes {{
    id access {{ visible }} persons {{ id access {{ visible }} }} needs {{ id access {{ visible }} }}
    partnerNotes(first: 25) {{ {LISTED} }} case {{ id access {{ visible }} }} createdBy {{ id access {{ visible }} }}
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
def listing(role: Role, noun_name: str) -> Statement | None:
    """Return the statement of the rows a role may list with their masks, as the reads build it; None for none."""
    return listing_of(POLICY, role, NOUNS[noun_name])


def listing_of(policy: Policy, role: Role, noun: Noun) -> Statement | None:
    grants = policy.grants(role, "read", noun.record)
    with one_statement():
        table = another(noun.table)
        standing = standing_of(noun, table, NOTHING)
        conditions = scope.readable(grants, standing)
        if not conditions:
            return None
        rows = select(table.c.id, scope.visible(grants, standing).label("mask")).where(
            table.c.incident_id == actor_parameter("incident"),
            scope.any_of(conditions),
            *scope.barred(grants, standing),
        )
        return Statement(rows, remembered=False)


@lru_cache(maxsize=1024)
def checking(role: Role, noun_name: str) -> tuple[Statement, tuple[str, ...]] | None:
    """Return the statement that asks of every row in which relations it stands, as the loading of a verb asks it."""
    noun = NOUNS[noun_name]
    relations = tuple(each.relation for each in POLICY.grants(role, "read", noun.record))
    if not relations:
        return None
    with one_statement():
        table = another(noun.table)
        standing = standing_of(noun, table, NOTHING)
        columns: list[Any] = [table.c.id, scope.held_relations(relations, standing).label("held")]
        if WITH_RELEASE in relations:
            columns.append(classes_with_release(standing).label("released"))
        asked = select(*columns).where(table.c.incident_id == actor_parameter("incident"))
        return Statement(asked, remembered=False), relations


Masks = dict[str, dict[Any, int]]  # by noun and id; a row that is not listed is absent


async def listed(world: World, actor: Actor, nouns: Sequence[Noun] = TENANT_NOUNS) -> Masks:
    """Return the mask of each listed row.

    Asked in the actor's own pool: what the scope shows, row-level security lets through.
    """
    asked = {each.name: statement for each in nouns if (statement := listing(actor.role, each.name))}
    return await masks_of(world, actor, asked)


async def masks_of(world: World, actor: Actor, asked: Mapping[str, Statement]) -> Masks:
    found: Masks = defaultdict(dict)
    async with world.parts.database.transaction(actor.claims) as connection:
        for name, statement in asked.items():
            for row in await statement.all(connection, **facts_of(actor)):
                found[name][row["id"]] = row["mask"]
    return found


async def checked_one_by_one(world: World, actor: Actor) -> Masks:
    """Return the mask of every row the guard lets the actor read, deciding class by class."""
    found: Masks = defaultdict(dict)
    async with world.beneath.connection() as connection:
        for noun in TENANT_NOUNS:
            asked = checking(actor.role, noun.name)
            for row in await asked[0].all(connection, **facts_of(actor)) if asked else ():
                if (mask := decided(actor, noun, row, asked[1] if asked else ())) & InfoClass.outline.bit:
                    found[noun.name][row["id"]] = mask
    return found


def decided(actor: Actor, noun: Noun, row: Any, relations: tuple[str, ...]) -> int:
    """Return the classes that the guard permits in a row, of which a verb would hold these relations."""
    whole, mask = mask_of(list(InfoClass)), 0
    held = {name: whole for place, name in enumerate(relations) if row["held"] >> place & 1}
    if WITH_RELEASE in held:
        held[WITH_RELEASE] = row["released"]
    for info in InfoClass:
        if isinstance(guard.decide(POLICY, actor, "read", noun.record, info.bit, held), Permit):
            mask |= info.bit
    return mask


def by_the_rules(incident: Incident, actor: Actor, noun: Noun) -> dict[Any, int]:
    rules = Rules(incident, actor, POLICY)
    masks = {row["id"]: rules.mask(noun.record, row) for row in incident.rows[noun.table.name]}
    return {id: mask for id, mask in masks.items() if mask & InfoClass.outline.bit}


# Tried beside those that chance brings, so that in every run every relation holds somewhere.
FULL = (Shape(3), Shape(12))


class TestScope:
    @tried(max_examples=12)
    @given(shape=shapes())
    @example(FULL[0])
    @example(FULL[1])
    async def test_a_list_is_the_filter_of_single_checks_and_both_are_the_rules(self, world: World, shape: Shape):
        incident = random_incident(shape)
        await incident.insert(world.beneath)
        for name, actor in incident.actors.items():
            expected = {noun.name: masks for noun in TENANT_NOUNS if (masks := by_the_rules(incident, actor, noun))}
            assert await listed(world, actor) == expected, name
            assert await checked_one_by_one(world, actor) == expected, name

    def test_in_what_is_always_tried_every_relation_holds_of_some_row(self):
        """Of a relation that no row stands in nothing is compared."""
        assert {relation for shape in FULL for relation in relations_in(random_incident(shape))} == set(POLICY.reach)

    @tried(max_examples=60)
    @given(shape=shapes())
    def test_a_partner_sees_what_the_law_says_and_nothing_of_the_casefile(self, shape: Shape):
        incident = random_incident(shape)
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

    @tried(max_examples=6)
    @given(shape=shapes())
    async def test_the_compiled_reads_show_the_same_rows_masks_and_counts(self, world: World, shape: Shape):
        incident = random_incident(shape)
        await incident.insert(world.beneath)
        for actor in incident.actors.values():
            expected = {noun.name: by_the_rules(incident, actor, noun) for noun in TENANT_NOUNS}
            for root, answer in (await read_lists(world, actor)).items():
                seen = list(objects_in(answer))
                for kind, id, mask in seen:
                    assert expected[kind].get(id, 0) & known_of(incident, kind, id) == mask, (actor.role, root, kind)
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
    rules = [rule for name, rule in POLICY.fields.items() if name.startswith(f"{kind}.")]
    return mask_of([info for rule in rules for info in rule.classes])


def known_of(incident: Incident, kind: str, id: UUID) -> int:
    """Return the classes that a row has: of those that the row itself decides between, one."""
    of_row = {"Need": ("detail_class", DETAIL_CLASSES), "Note": ("body_class", NOTE_CLASSES)}
    column, classes = of_row.get(kind, ("", ()))
    if not column:
        return known_to(kind)
    row = incident.named(NOUNS[kind].table.name, id)
    return known_to(kind) & ~mask_of(classes) | 1 << row[column]


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


def relations_in(incident: Incident) -> Iterator[str]:
    """Yield the relations in which rows stand to somebody."""
    for actor in incident.actors.values():
        rules = Rules(incident, actor, POLICY)
        for noun in TENANT_NOUNS:
            for row in incident.rows[noun.table.name]:
                yield from rules.held(noun.record, row)


class TestNeedOfAnEndedReferral:
    async def test_a_release_for_another_purpose_does_not_open_its_words(self, world: World):
        """The need went with a referral that has ended; another referral, which it is no part of, is under way."""
        incident = random_incident(Shape(0))
        partner, staff = incident.actors["partner"], incident.actors["supervisor_0"].membership_id
        for table in (
            "partner_notes",
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
            detail=b"dummy", detail_class=InfoClass.legal.code, opened_at=NOW,
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
            purpose="care_coordination", classes=mask_of([InfoClass.legal]), form="any", language="en",
            risks_explained=True, effective_at=NOW - timedelta(days=1), expires_at=NOW + timedelta(days=1),
            recorded_by=staff, recorded_at=NOW,
        )  # fmt: skip
        incident.add(
            "agreements", organization_id=partner.organization_id, kind="mou", scope="s", data_terms="t",
            attests_nondiscrimination=True, effective_on=NOW.date() - timedelta(days=1),
            expires_on=NOW.date() + timedelta(days=1),
        )  # fmt: skip
        await incident.insert(world.beneath)
        seen = (await listed(world, partner, [NOUNS["Need"]]))["Need"]
        assert seen[need] & InfoClass.legal.bit == 0
        assert seen == by_the_rules(incident, partner, NOUNS["Need"])
