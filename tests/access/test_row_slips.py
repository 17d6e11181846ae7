"""Every condition of row-level security is needed: each is left out in turn, in PostgreSQL, and that shows.

Generated from the doors, so that a new condition is asked too. What is right is told in tests/access/test_row_walls.py;
a slip that no incident of these tells from the policy as it stands fails the test, as a mutant that survives. The whole
incident stands there twice, under two ids, so that a floor left out shows the other one's rows.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import dialect

from fac.access.actor import Actor
from fac.db.base import is_tenant
from fac.db.claims import POOLS, Login
from fac.db.rls import accounting, credentialed, kept_from
from fac.db.rls.applying import FLOOR, statements
from fac.db.rls.door import CHANGE, LOCK, READ, Door
from fac.db.rls.doors import DOORS
from fac.db.statement import insert_into
from fac.db.tables import metadata
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass
from tests.access.functions_told import QUESTIONS, Question, add_what_is_accounted
from tests.access.random_incident import NOW, Incident, Row, Shape
from tests.access.slips import slips_of
from tests.access.test_row_walls import SEE, View, done_by_me, put_in
from tests.world import World

SEEDS = (50, *range(8))  # in 50 needs of substance use stand under every kind of release
TABLES = {each.name: each for each in metadata.sorted_tables}
_OF_ONE_LOGIN = re.compile(rf"^CREATE POLICY ((?!{FLOOR})\w+ ON \w+).*")
_DUMMIES = {
    "UUID": "gen_random_uuid()", "TEXT": "'x'", "BOOLEAN": "false", "DATE": "now()", "BYTEA": "'x'",
    "TIMESTAMP WITH TIME ZONE": "now()", "JSONB": "'{}'", "TEXT[]": "'{}'", "UUID[]": "'{}'",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slip:
    """One login's way to one table, written with a part of its condition left out."""

    table: str
    login: Login
    left_out: str
    door: Door

    def __str__(self) -> str:
        return f"{self.login} {self.table}: {self.left_out}"


def slips() -> Iterator[Slip]:
    """Yield every part of what a door asks of the rows that are seen."""
    for name, doors in DOORS.items():
        for login, door in doors.items():
            if login is Login.owner:  # what its functions look into: one condition each
                yield Slip(name, login, door.where, replace(door, where="true"))
            elif READ in door.rights:
                for part, where in slips_of(door.where):
                    yield Slip(name, login, part, replace(door, where=where))


def written() -> Iterator[Slip]:
    """Yield what a door asks only of rows that are written, part by part; of rows that are held still, that none is."""
    for name, doors in DOORS.items():
        for login, door in doors.items():
            parts = slips_of(door.written) if door.written else ()
            yield from (Slip(name, login, part, replace(door, written=rest)) for part, rest in parts)
            if LOCK in door.rights and CHANGE not in door.rights:
                column = next(iter(TABLES[name].primary_key.columns)).name
                yield Slip(name, login, "nothing", replace(door, rights=door.rights | CHANGE, changing=(column,)))


class Stage:
    """Incidents by chance in one database, and a superuser's connection that asks as any login and keeps nothing."""

    def __init__(self, connection: Any, made: list[Incident]) -> None:
        self._connection = connection
        self.made = made

    @asynccontextmanager
    async def kept_nothing(self) -> AsyncIterator[Any]:
        """Lend the connection for a while of which nothing lasts: no policy, no claim, no role."""
        turn = self._connection.transaction()
        await turn.start()
        try:
            yield self._connection
        finally:
            await turn.rollback()

    async def seen(self, actor: Actor, login: Login, table: str, columns: str) -> set[Any]:
        """Return every row of ``table`` that the login sees under the actor's claims."""
        async with self.kept_nothing() as connection:
            await become(connection, actor, login)
            try:
                rows = await connection.fetch(f"SELECT {columns} FROM {table}")  # noqa: S608  # our own names
            except asyncpg.CardinalityViolationError as fault:
                return {fault}  # one row was looked for, and there are several
            return {tuple(map(str, row)) for row in rows}

    async def answered(self, actor: Actor, question: Question, incident: Incident) -> set[Any]:
        """Return what the actor is answered."""
        async with self.kept_nothing() as connection:
            await become(connection, actor, actor.claims.login)
            try:
                return {tuple(row) for row in await connection.fetch(question.sql, question.ids(incident))}
            except asyncpg.CardinalityViolationError as fault:
                return {fault}

    async def may_write(self, actor: Actor, login: Login, table: str, column: str) -> bool:
        """Tell whether the login may write all it sees of ``table`` anew, under the actor's claims."""
        async with self.kept_nothing() as connection:
            await become(connection, actor, login)
            try:
                await connection.execute(f"UPDATE {table} SET {column} = {column}")  # noqa: S608
            except asyncpg.InsufficientPrivilegeError as fault:
                return "row-level security" not in str(fault)
            return True


async def become(connection: Any, actor: Actor, login: Login) -> None:
    await connection.execute(f"SET LOCAL SESSION AUTHORIZATION {login.role}")
    claims = replace(actor.claims, login=login)
    await connection.execute(claims.opening.removeprefix("BEGIN; "))


def expected(incident: Incident, actor: Actor, login: Login, table: str) -> list[Row]:
    """Return the rows that the login is to see."""
    view = View(incident, actor)
    if table in SEE.get(login, {}):
        return [row for row in incident.rows[table] if SEE[login][table](view, row)]
    own = {"incidents": "id", "accounts": "id"}
    mine = {"incidents": incident.id, "accounts": actor.account_id}
    if table in own and DOORS[table][login].where != "true":
        return [row for row in incident.rows[table] if row[own[table]] == mine[table]]
    if table == "idempotency_keys":
        return [row for row in incident.rows[table] if done_by_me(view, row)]
    return incident.rows[table]


def read_columns(table: str, login: Login) -> list[str]:
    return list(DOORS[table][login].columns or TABLES[table].c.keys())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(world: World, database_url: str) -> AsyncIterator[Stage]:
    connection = await asyncpg.connect(database_url)
    try:
        made = [await put_in(world, seed) for seed in SEEDS]
        await connection.execute("SET session_replication_role = replica")  # of other rows nothing is asked
        await add_what_functions_tell(connection, made)
        await wall_off_the_county(connection, made[-1])
        for table in filter(is_tenant, TABLES.values()):
            if not made[0].rows[table.name]:
                await add_dummy(connection, table, made[0].id)
        for incident in made:
            await stand_twice(connection, incident.id)
            for table in filter(is_tenant, TABLES.values()):
                sql = f"SELECT * FROM {table.name} WHERE incident_id = $1"  # noqa: S608  # our own names
                incident.rows[table.name] = [dict(row) for row in await connection.fetch(sql, incident.id)]
        yield Stage(connection, made)
    finally:
        await connection.close()


async def add_what_functions_tell(connection: Any, made: list[Incident]) -> None:
    """Put in what is accounted, the ages of the minors it is about, and keys of what is compared."""
    for table in ("accounted_reads", "disclosures", "disclosure_persons"):
        await drop_checks(connection, table)
    for seed, incident in zip(SEEDS, made, strict=True):
        known = {name: len(incident.rows[name]) for name in ("disclosures", "disclosure_persons")}
        add_what_is_accounted(incident, Shape(seed).chance("accounted"))
        for table in ("accounted_reads", *known):
            rows = incident.rows[table][known.get(table, 0) :]
            await insert_into(TABLES[table]).run_many(connection, rows)
        ages = [(incident.id, each["id"], each["age_band"]) for each in incident.rows["persons"]]
        await connection.executemany("UPDATE persons SET age_band = $3 WHERE incident_id = $1 AND id = $2", ages)
    await connection.execute(
        "INSERT INTO data_keys SELECT DISTINCT ON (incident_id, subject_id, code) incident_id, subject_id, code,"
        " version, epoch, uuid_send(subject_id) FROM data_keys, unnest($1::int[]) code"
        " ON CONFLICT (incident_id, subject_id, info) DO UPDATE SET wrapped = excluded.wrapped",
        [InfoClass.identity.code, InfoClass.contact.code],
    )


async def wall_off_the_county(connection: Any, incident: Incident) -> None:
    """Raise a wall against all who are on duty for the county."""
    by = incident.actors["supervisor_0"].membership_id
    wall = incident.add(
        "conflict_walls", case_id=incident.rows["cases"][0]["id"], organization_id=incident.organizations["county"],
        reason="other", raised_by=by, raised_at=NOW,
    )  # fmt: skip
    await insert_into(TABLES["conflict_walls"]).run(connection, **incident.named("conflict_walls", wall))


async def drop_checks(connection: Any, table: str) -> None:
    checks = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass"
    for row in await connection.fetch(checks, table):
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['conname']}")


async def add_dummy(connection: Any, table: Table, incident_id: UUID) -> None:
    """Put in a row that stands for those no incident by chance has; what it says is asked by nobody."""
    await drop_checks(connection, table.name)
    kinds = {each.name: str(each.type.compile(dialect=dialect())) for each in table.c if each.computed is None}
    given = {name: _DUMMIES.get(kind, "1") for name, kind in kinds.items()} | {"incident_id": "$1"}
    sql = f"INSERT INTO {table.name} ({', '.join(given)}) VALUES ({', '.join(given.values())})"  # noqa: S608
    await connection.execute(sql, incident_id)


async def stand_twice(connection: Any, incident_id: UUID) -> None:
    """Copy an incident, row by row with the same ids, under another incident's id."""
    twin, of_incident = new_id(), {name: "incident_id" for name, each in TABLES.items() if is_tenant(each)}
    for name, column in {"incidents": "id", **of_incident}.items():
        others = [each.name for each in TABLES[name].c if each.name != column and each.computed is None]
        same = ", ".join(others)
        await connection.execute(
            f"INSERT INTO {name} ({column}, {same}) SELECT $1, {same} FROM {name} WHERE {column} = $2",  # noqa: S608
            twin, incident_id,
        )  # fmt: skip


def asking(stage: Stage, login: Login) -> Iterator[tuple[Incident, Actor]]:
    """Yield who asks as a login: its own hats, or of one that no hat has, whoever's claims there are."""
    for incident in stage.made:
        own = [each for each in incident.actors.values() if each.claims.login is login]
        yield from ((incident, each) for each in own or [incident.actors["supervisor_0"]])


def rows_of(rows: Iterable[Row], columns: list[str]) -> set[tuple[str, ...]]:
    return {tuple(str(row[each]) for each in columns) for row in rows}


def making(slip: Slip) -> list[str]:
    """Return the statements that put the policies of a slip in the place of those that stand."""
    standing, slipped = (
        [sql for sql in statements(TABLES[slip.table], {slip.login: door}) if _OF_ONE_LOGIN.match(sql)]
        for door in (DOORS[slip.table][slip.login], slip.door)
    )
    return [_OF_ONE_LOGIN.sub(r"DROP POLICY \1", sql) for sql in standing] + slipped


async def is_noticed(stage: Stage, table: str, login: Login, changes: list[str]) -> bool:
    """Tell whether somebody is shown other rows than the right ones, where the policy as it stands shows these."""
    columns = read_columns(table, login)
    asked = table, ", ".join(columns)
    async with stage.kept_nothing() as connection:
        for sql in changes:
            await connection.execute(sql)
        for incident, actor in asking(stage, login):
            right = rows_of(expected(incident, actor, login, table), columns)
            if await stage.seen(actor, login, *asked) != right:
                break
        else:
            return False
    return await stage.seen(actor, login, *asked) == right


async def lets_write(stage: Stage, slip: Slip) -> bool:
    """Tell whether somebody may write by the slip who is refused by the policy as it stands."""
    door = DOORS[slip.table][slip.login]
    column = (door.changing or slip.door.changing or TABLES[slip.table].c.keys()[-1:])[0]
    for _, actor in asking(stage, slip.login):
        if await stage.may_write(actor, slip.login, slip.table, column):
            continue
        async with stage.kept_nothing() as connection:
            for sql in making(slip):
                await connection.execute(sql)
            if await stage.may_write(actor, slip.login, slip.table, column):
                return True
    return False


class TestASlip:
    async def test_in_what_is_read_shows(self, stage: Stage) -> None:
        made = list(slips())
        assert len(made) > 80
        unnoticed = [str(each) for each in made if not await is_noticed(stage, each.table, each.login, making(each))]
        assert unnoticed == []

    async def test_in_what_is_written_shows(self, stage: Stage) -> None:
        made = list(written())
        assert len(made) > 20
        assert [str(each) for each in made if not await lets_write(stage, each)] == []

    async def test_a_policy_that_is_gone_shows(self, stage: Stage) -> None:
        unnoticed = []
        for name, login, door in reading():
            gone = Slip(name, login, "all of it", replace(door, where="false"))
            if not await is_noticed(stage, name, login, making(gone)):
                unnoticed.append(str(gone))
        assert unnoticed == []

    async def test_a_login_that_no_floor_holds_shows(self, stage: Stage) -> None:
        """But of one whose rows are asked through another table: the floor of that one holds it as well."""
        unnoticed = []
        for name, login, door in reading():
            if login in POOLS and " FROM " not in door.where:
                held = (each.role for each in POOLS if each is not login and not across(name, each))
                lifted = f"ALTER POLICY {FLOOR} ON {name} TO {', '.join(held)}"
                if not await is_noticed(stage, name, login, [lifted]):
                    unnoticed.append(f"{login} {name}")
        assert unnoticed == []


def across(table: str, login: Login) -> bool:
    return login in DOORS[table] and DOORS[table][login].across


def reading() -> Iterator[tuple[str, Login, Door]]:
    """Yield which logins read a table with an incident, in one incident at a time."""
    for name, doors in DOORS.items():
        for login, door in doors.items():
            if READ in door.rights and is_tenant(TABLES[name]) and not door.across:
                yield name, login, door


class TestASlipInAFunction:
    async def test_shows(self, stage: Stage) -> None:
        """Of what the owner's functions answer (tests/access/functions_told.py); what one changes, other tests ask."""
        made = [(name, part, sql) for name, part, sql in slipped_functions() if name in QUESTIONS]
        assert {name for name, _, _ in made} == set(QUESTIONS)
        assert len(made) > 50
        for name in QUESTIONS:
            assert not await is_answered_otherwise(stage, name, []), name
        unnoticed = [(name, part) for name, part, sql in made if not await is_answered_otherwise(stage, name, [sql])]
        assert unnoticed == []


def slipped_functions() -> Iterator[tuple[str, str, str]]:
    """Yield each part of a condition of a function, and what makes the function without it."""
    for module in (accounting, credentialed, kept_from):
        for sql in module.FUNCTIONS:
            if sql.startswith("CREATE"):
                head, body, tail = sql.split("$$")
                name = head.split("(")[0].split()[-1]
                yield from (
                    (name, part, f"{head}$${rest}$${tail}") for part, rest in slips_of(body, is_condition=False)
                )


_RIGHT: dict[tuple[str, UUID], set[Any]] = {}


def right(question: Question, incident: Incident, actor: Actor) -> set[Any]:
    """Return the right answer, worked out once."""
    key = question.sql, actor.membership_id
    if key not in _RIGHT:
        _RIGHT[key] = question.right(incident, actor, question.ids(incident))
    return _RIGHT[key]


async def is_answered_otherwise(stage: Stage, name: str, changes: list[str]) -> bool:
    """Tell whether somebody is answered otherwise than is right."""
    async with stage.kept_nothing() as connection:
        for sql in changes:
            await connection.execute(sql)
        for question in QUESTIONS[name]:
            for incident in stage.made:
                for actor in (each for each in incident.actors.values() if each.role in question.roles):
                    if await stage.answered(actor, question, incident) != right(question, incident, actor):
                        return True
    return False
