"""How reads run: one statement beside its audit row, and no plan that looks at every row of a large table.

Plans are the ones that a request gets: its login's, under its claims, with row-level security in every table.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from benchmarks.seed import Seeded, seed
from fac.access.actor import Actor
from fac.access.policy import Policy, load
from fac.access.standing import facts_about
from fac.casework.access_event import events as access_events
from fac.casework.posting import postings_by_token
from fac.casework.search import candidates_in_scope
from fac.casework.staff import CENTER_ROLES
from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.engine import Pool
from fac.db.statement import Statement
from fac.db.unusual_access import unusual_days
from fac.domain.ids import encode_global, new_id
from fac.domain.vocabulary import Role
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Classes, Many, Noun, One, Plain, Root, SealedKey
from fac.reading.plan import Plan, compile_plan
from fac.reading.selection import Asked, Literal
from fac.reading.who_can_see import question
from fac.resources import policies_dir
from tests.families import Family, family_form, new_family
from tests.referring import drafted, release_input
from tests.world import World, address_of

# Of four persons each: enough that an index is cheaper than the whole table for a page of it.
# PLAN_CASES=100000 looks at the plans of a large city.
CASES = int(os.environ.get("PLAN_CASES", "8000"))
LARGE = 1_500  # rows from which a table may not be read whole, nor sorted
NOW = datetime.now(UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large(
    cluster: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Seeded]]:
    """A database with ``CASES`` cases, analysed."""
    root_file = tmp_path_factory.mktemp("keys") / "root.keys"
    FileRoot.create(root_file)
    url = await migrating.create_database(cluster, "fac_large", template=template_database)
    yield url, await seed(url, FileRoot(root_file, "test"), CASES)
    await migrating.drop_database(cluster, "fac_large")


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return load(policies_dir())


SHIPPED_DEEP = {"cases", "caseload", "referralInbox"}  # lists that shipped documents ask for with what is below them
ROOTED = {root.noun for root in ROOTS.values()}


def fields_of(noun: Noun, depth: int, *, further: bool = True) -> tuple[Asked, ...]:
    """Return every field of ``noun``, and the objects and lists below it to ``depth``.

    One step further where a noun has no root of its own: what is below the others is looked at from their roots.
    """
    last = 0 if further else 1
    found = []
    for name, source in noun.fields.items():
        if isinstance(source, Plain | SealedKey | Classes):
            found.append(Asked(name, name, (), ()))
        elif isinstance(source, One | Many) and (depth > 0 or (depth >= last and source.noun not in ROOTED)):
            below = fields_of(NOUNS[source.noun], depth - 1, further=further)
            paged = isinstance(source, Many) and source.paged
            found.append(Asked(name, name, (), (Asked("nodes", "nodes", (), below),) if paged else below))
    return tuple(found)


def asked_of(root: Root, incident_id: UUID, full_case: str, role: Role) -> Asked:
    """Return ``root`` asked for everything below it; a case by a supervisor, who sees most of it, a step deeper."""
    noun = NOUNS[root.noun]
    if root.order is not None:
        single = any(each.noun == root.noun and each.order is None and not each.fixed for each in ROOTS.values())
        below = fields_of(noun, 0, further=False) if single and root.name not in SHIPPED_DEEP else fields_of(noun, 1)
        return Asked(root.name, root.name, (), (Asked("nodes", "nodes", (), below),))
    id = full_case if noun.name == "Case" else encode_global(noun.code, incident_id, new_id())
    given = () if root.fixed else (("id", Literal(id)),)
    deeper = noun.name == "Case" and role is Role.supervisor
    return Asked(root.name, root.name, given, fields_of(noun, 2, further=False) if deeper else fields_of(noun, 1))


def actor_of(seeded: Seeded, role: Role) -> Actor:
    """Return somebody of ``role``: the partner at the organisation with the large inbox, the others at the center."""
    partners = {Role.partner_user, Role.partner_administrator, Role.fund_administrator}
    organization = seeded.partner_id if role in partners else seeded.lead_id
    center = UUID(seeded.intake_center_id) if role in CENTER_ROLES else None
    return Actor(UUID(seeded.incident_id), UUID(seeded.manager_id), new_id(), None, role, UUID(organization), center)


@asynccontextmanager
async def acting(url: str, actor: Actor) -> AsyncIterator[Any]:
    """Lend a connection as a request of the actor has it: its login, its claims, row-level security and all."""
    pool = await Pool.open(address_of(url, actor.claims.login), size=1)
    try:
        async with pool.transaction(actor.claims.opening) as connection:
            assert await connection.fetchval("SELECT row_security_active('cases')")
            yield connection
    finally:
        await pool.close()


async def plan_of(connection: Any, plan: Plan, actor: Actor) -> dict[str, Any]:
    """Return the server's plan of a compiled read, the one that it keeps for all values."""
    values = plan.arguments(actor, NOW, {})
    written = ", ".join("NULL" if each is None else f"'{each}'" for each in values)
    await connection.execute(f"PREPARE looked_at AS {plan.statement.sql}")
    try:
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at{f'({written})' if values else ''}")
    finally:
        await connection.execute("DEALLOCATE looked_at")
    shown: dict[str, Any] = json.loads(found)[0]["Plan"]
    return shown


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes_of(each)


async def large_tables(connection: Any) -> set[str]:
    """Return the tables with more than ``LARGE`` rows."""
    rows = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1", float(LARGE))
    return {row["relname"] for row in rows}


def faults_of(plan: dict[str, Any], tables: set[str]) -> list[str]:
    """Return what in a plan grows with the incident: whole tables read, many rows sorted or hashed."""
    faults = []
    for node in nodes_of(plan):
        kind = node["Node Type"]
        if kind == "Seq Scan" and node["Relation Name"] in tables:
            faults.append(f"reads all of {node['Relation Name']}")
        if kind in {"Sort", "Hash"} and node["Plans"][0]["Plan Rows"] > LARGE:
            faults.append(f"{kind} of {node['Plans'][0]['Plan Rows']} rows")
    return faults


class TestPlans:
    @pytest.mark.parametrize("role", list(Role))
    async def test_no_root_reads_or_sorts_a_whole_large_table(
        self, large: tuple[str, Seeded], policy: Policy, role: Role
    ) -> None:
        url, seeded = large
        faults, looked_at, actor = {}, 0, actor_of(seeded, role)
        async with acting(url, actor) as connection:
            tables = await large_tables(connection)
            assert {"cases", "persons", "referrals", "data_keys"} <= tables
            for root in ROOTS.values():
                asked = asked_of(root, UUID(seeded.incident_id), seeded.full_cases[0], role)
                plan = compile_plan(policy, role, root, asked, {})
                if plan is None:
                    continue
                looked_at += 1
                found = faults_of(await plan_of(connection, plan, actor), tables)
                if found:
                    faults[root.name] = found
        assert looked_at >= 3
        assert faults == {}


def test_a_list_that_a_relation_is_of_asks_no_other(policy: Policy) -> None:
    """Every case of one's caseload is readable for being in it; of all cases the relations are each walked."""
    arms = {}
    for name in ("caseload", "cases"):
        asked = Asked(name, name, (), (Asked("nodes", "nodes", (), (Asked("id", "id", (), ()),)),))
        plan = compile_plan(policy, Role.case_manager, ROOTS[name], asked, {})
        assert plan is not None
        arms[name] = plan.statement.sql.count(" UNION ") + 1
    assert arms["caseload"] == 1 < arms["cases"]


async def plan_of_statement(connection: Any, statement: Statement, values: dict[str, Any]) -> dict[str, Any]:
    """Return the server's plan of a statement, the one that it keeps for all values."""
    found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement.sql}", *statement.arguments(values))
    shown: dict[str, Any] = json.loads(found)[0]["Plan"]
    return shown


class TestSearch:
    @pytest.mark.parametrize("role", [Role.intake_worker, Role.case_manager, Role.supervisor])
    async def test_neither_of_its_statements_reads_or_sorts_a_whole_large_table(
        self, large: tuple[str, Seeded], policy: Policy, role: Role
    ) -> None:
        url, seeded = large
        actor, nobody = actor_of(seeded, role), [new_id() for _ in range(20)]
        values = {
            **facts_about(actor, NOW), "incident_id": actor.incident_id, "ids": nobody, "tokens": [bytes(8)] * 20,
        }  # fmt: skip
        async with acting(url, actor) as connection:
            tables = await large_tables(connection)
            assert {"persons", "match_postings", "data_keys"} <= tables
            for statement in (
                postings_by_token,
                candidates_in_scope(policy.grants(role, "search", "person")),
            ):
                plan = await plan_of_statement(connection, statement, values)
                assert faults_of(plan, tables) == []
                if statement is postings_by_token:  # not even a page of the table for each posting
                    looks = [each for each in nodes_of(plan) if "Relation Name" in each]
                    assert [each["Node Type"] for each in looks] == ["Index Only Scan"]


class TestWhoCanSee:
    @pytest.mark.parametrize("role", [Role.case_manager, Role.supervisor, Role.privacy_officer])
    async def test_it_reads_and_sorts_no_whole_large_table(
        self, large: tuple[str, Seeded], policy: Policy, role: Role
    ) -> None:
        url, seeded = large
        actor = actor_of(seeded, role)
        values = {**facts_about(actor, NOW), "case_id": new_id(), "after": UUID(int=0), "limit": 26}
        asked = question(policy, role)
        async with acting(url, actor) as connection:
            tables = await large_tables(connection)
            assert {"cases", "persons", "referrals", "needs"} <= tables
            for statement in (asked.page, asked.counted):
                assert faults_of(await plan_of_statement(connection, statement, values), tables) == []


async def write_trail(url: str, incident: UUID, hat: UUID) -> None:
    """Write three years of audit rows, one each quarter of an hour."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO audit_events SELECT $1, gen_random_uuid(), $2::timestamptz - n * interval '15 min',"
            " 'record.read', $3, NULL, 'Person', 'person', NULL, ARRAY[gen_random_uuid()], 8, '{}', '', $1, ''"
            " FROM generate_series(1, 100000) n",
            incident, NOW, hat,
        )  # fmt: skip
        await connection.execute("ANALYZE audit_events")
    finally:
        await connection.close()


class TestUnusualAccess:
    async def test_of_a_hundred_thousand_audit_rows_only_those_of_the_days_are_read(
        self, large: tuple[str, Seeded]
    ) -> None:
        url, seeded = large
        incident, hat = UUID(seeded.incident_id), UUID(seeded.manager_id)
        values = {
            "incident_id": incident, "history": NOW - timedelta(days=35), "since": NOW - timedelta(days=7),
            "until": NOW, "rule": None, "named": True, "after_day": date.max, "after_id": UUID(int=0), "limit": 26,
        }  # fmt: skip
        by_hat = {"incident_id": incident, "membership_id": hat, "since": NOW - timedelta(days=1), "until": NOW}
        by_hat |= {"after_at": NOW - timedelta(days=1), "after_id": UUID(int=0), "limit": 26}
        await write_trail(url, incident, hat)
        async with acting(url, actor_of(seeded, Role.privacy_officer)) as connection:
            assert "audit_events" in await large_tables(connection)
            for statement, given in ((unusual_days, values), (access_events, by_hat)):
                plan = await plan_of_statement(connection, statement, given)
                looks = [each for each in nodes_of(plan) if each.get("Relation Name") == "audit_events"]
                assert looks
                assert {each["Index Name"] for each in nodes_of(plan) if "Index Name" in each} >= {
                    "ix_audit_events_incident_id_at"
                }
                assert not [each for each in looks if each["Node Type"] == "Seq Scan"]
                ran = await ran_plan(connection, statement, given)
                read = [
                    each["Actual Rows"] + each.get("Rows Removed by Filter", 0)
                    for each in nodes_of(ran)
                    if each.get("Index Name") == "ix_audit_events_incident_id_at"
                ]
                assert 0 < max(read) <= 36 * 24 * 4


async def ran_plan(connection: Any, statement: Statement, values: dict[str, Any]) -> dict[str, Any]:
    """Return the server's plan of a statement with what it really did."""
    found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.arguments(values))
    shown: dict[str, Any] = json.loads(found)[0]["Plan"]
    return shown


INBOX = """
query($first: PageLength) {
  referralInbox(first: $first) { nodes { id persons { givenName phones } needs { code detail } service { name } } }
}
"""
CASE = """
query($id: ID!) {
  case(id: $id) {
    id
    persons { id givenName phones needs { code } involvements { role } relationships { kin other { id } } }
    needs { nodes { id code detail person { familyName } } }
    referrals { nodes { id service { name organization { name } } persons { id } } }
    assistances { nodes { id } }
    followUps { nodes { id } }
    notes { nodes { id body } }
  }
}
"""


# What a change may take: nothing in it is asked or written a person at a time.
MOST_STATEMENTS = {"RecordIntake": 8, "GiveRelease": 13, "SendReferral": 21, "AcceptReferral": 16}
NAMES = (
    "Abbot", "Brunel", "Castell", "Dunmore", "Escobedo", "Fairlie", "Garrick", "Holloway", "Iturbe", "Jokinen", "Keane",
    "Lindqvist", "Moravec", "Nakamura", "Oyelaran", "Pettigrew",
)  # fmt: skip


def unlike(name: str) -> dict[str, Any]:
    """Return the form of a person who shares nothing with the others."""
    number = NAMES.index(name) + 11
    person: dict[str, Any] = family_form()["persons"][0]
    return person | {
        "ref": name, "givenName": name, "familyName": name[::-1].capitalize(), "bornOn": f"{1960 + number}-03-{number}",
        "phones": [f"+1 {200 + number} 555 01{number}"], "emails": [f"{name}@example.org"],
        "address": f"{number} {name} Street", "postalCode": f"627{number}",
    }  # fmt: skip


@asynccontextmanager
async def noted_statements(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Note the statements of every transaction."""
    noted: list[str] = []
    opened = Pool.transaction

    def note(record: Any) -> None:
        words = record.query.split()
        noted.append(f"INSERT {words[2]}" if words[0] == "INSERT" else words[0])

    @asynccontextmanager
    async def watched(self: Pool, opening: str) -> AsyncIterator[Any]:
        async with opened(self, opening) as connection:
            connection.add_query_logger(note)
            try:
                yield connection
            finally:
                await asyncio.sleep(0)  # the driver tells of a statement a turn of the loop later
                connection.remove_query_logger(note)

    monkeypatch.setattr(Pool, "transaction", watched)
    yield noted
    monkeypatch.undo()


class TestStatements:
    async def test_a_read_is_one_statement_and_its_audit_row_however_much_it_returns(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        family = await new_family(world, "fac_intake")
        for hat, text, given in (
            ("fac_supervisor", CASE, {"id": family.case_id}),
            ("counselor", INBOX, {"first": 50}),
            ("fac_supervisor", "{ cases { totalCount nodes { id persons { givenName } } } }", {}),
        ):
            await world[hat].ask(text, **given)  # the first time a token is seen its session is looked up
            async with noted_statements(monkeypatch) as noted:
                answer = await world[hat].ask(text, **given)
            assert "errors" not in answer
            assert noted == ["SELECT", "INSERT audit_events"]

    async def test_two_roots_are_two_statements_and_one_audit_row(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = "{ incident { name } viewer { role } }"
        await world["intake"].ask(text)
        async with noted_statements(monkeypatch) as noted:
            await world["intake"].ask(text)
        assert noted == ["SELECT", "SELECT", "INSERT audit_events"]

    async def test_a_change_takes_as_many_statements_for_eight_persons_as_for_four(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a family that nobody knows: each sign that somebody is known already is one statement more."""
        took: dict[str, list[int]] = {}

        async def do(hat: str, document: str, wanted: str, **given: Any) -> Any:
            await world[hat].run("Staff")  # the first time a token is seen its session is looked up
            async with noted_statements(monkeypatch) as noted:
                payload = await world[hat].do(document, **given)
            assert payload["__typename"] == wanted, payload
            took.setdefault(document, []).append(len(noted))
            return payload

        names = iter(NAMES)
        for size, referred in ((4, 1), (4, 1), (8, 3)):  # the first makes statements and plans ready
            form = {"language": "es", "persons": [unlike(next(names)) for _ in range(size)]}
            recorded = await do("fac_intake", "RecordIntake", "IntakeRecorded", **form)
            assert recorded["suspicions"] == 0
            persons = {each["ref"]: each["id"] for each in recorded["persons"]}
            family = Family(recorded["case"]["id"], recorded["caseNumber"], persons)
            for each in list(persons)[:referred]:
                given = release_input(world, family, each)
                await do("fac_supervisor", "GiveRelease", "ReleaseGiven", **given)
            referral = await drafted(world, family, *list(persons)[:referred])
            given = {"referralId": referral.id, "version": referral.version}
            sent = await do("fac_supervisor", "SendReferral", "ReferralSent", **given)
            assert sent["isSent"]
            given["version"] = sent["referral"]["version"]
            await do("counselor", "AcceptReferral", "ReferralStepped", **given)
        for document, most in MOST_STATEMENTS.items():
            once, *again = took[document][1:]
            assert again == [once] * len(again), document
            assert once <= most, document
