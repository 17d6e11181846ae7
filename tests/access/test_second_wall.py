"""The second wall by what it does: statements that forget their WHERE, claims that end with their transaction."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from fac.db.base import is_tenant
from fac.db.claims import BACKING, KEEPING, POOLS, Claims, Login
from fac.db.engine import Pool
from fac.db.rls.door import ADD, READ, REMOVE
from fac.db.rls.doors import DOORS
from fac.db.tables import metadata
from tests.families import new_family
from tests.world import World, address_of, open_world

_ALL_OF = "SELECT {} FROM {}"  # no WHERE: that is the point
# To one incident; the keeper of the keys and the backup go through all.
HELD = [login for login in POOLS if login not in (*KEEPING, *BACKING)]
TENANT = {table.name for table in metadata.sorted_tables if is_tenant(table)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def neighbour(world: World, database_url: str) -> AsyncIterator[World]:
    """Another incident in the same database, with a family of its own; so has the first."""
    async with open_world(database_url, world.folder, name="neighbour") as opened:
        for each in (world, opened):
            await new_family(each)
        yield opened


def claims(world: World, login: Login) -> Claims:
    hat = world["fac_manager"]
    return Claims(login, incident=world.incident_id, membership=hat.membership_id,
                  organization=world.organizations["counseling"])  # fmt: skip


def readable(login: Login) -> list[tuple[str, str]]:
    """Return each table the login reads, with a column of it."""
    return [
        (name, "incident_id" if name in TENANT else (doors[login].columns or ("*",))[0])
        for name, doors in DOORS.items()
        if login in doors and READ in doors[login].rights
    ]


class TestForgottenWhere:
    @pytest.mark.parametrize("login", HELD)
    async def test_a_read_shows_nothing_of_another_incident(self, world: World, neighbour: World, login: Login) -> None:
        async with world.parts.database.transaction(claims(world, login)) as connection:
            seen = {
                row[0]
                for name, column in readable(login)
                if name in TENANT and not DOORS[name][login].across
                for row in await connection.fetch(_ALL_OF.format(column, name))
            }
        assert seen == {world.incident_id}

    @pytest.mark.parametrize("login", HELD)
    async def test_without_claims_there_is_nothing(self, world: World, neighbour: World, login: Login) -> None:
        async with world.parts.database.transaction(Claims(login)) as connection:
            for name, column in readable(login):
                if name in TENANT and not DOORS[name][login].across:
                    assert await connection.fetch(_ALL_OF.format(column, name)) == [], name

    async def test_a_change_reaches_no_other_incident(self, world: World, neighbour: World) -> None:
        before = await world.fetch("SELECT incident_id, version FROM persons ORDER BY id")
        async with world.parts.database.transaction(claims(world, Login.staff)) as connection:
            changed = await connection.execute("UPDATE persons SET version = version + 1")
        after = await world.fetch("SELECT incident_id, version FROM persons ORDER BY id")
        mine = [row for row in before if row["incident_id"] == world.incident_id]
        assert changed == f"UPDATE {len(mine)}"
        assert [row for row in after if row["incident_id"] != world.incident_id] == [
            row for row in before if row["incident_id"] != world.incident_id
        ]

    async def test_nothing_is_written_into_another_incident(self, world: World, neighbour: World) -> None:
        claimed = claims(world, Login.staff)
        sql = "INSERT INTO households (incident_id, id, case_id, created_at) SELECT $1, $2, $2, now()"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with world.parts.database.transaction(claimed) as connection:
                await connection.execute(sql, neighbour.incident_id, UUID(int=7))

    async def test_a_row_never_moves_to_another_incident(self, world: World, neighbour: World) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            async with world.parts.database.transaction(claims(world, Login.staff)) as connection:
                await connection.execute("UPDATE persons SET incident_id = $1", neighbour.incident_id)


class TestLogins:
    @pytest.mark.parametrize("login", POOLS)
    async def test_what_is_not_declared_is_refused_by_the_server(self, world: World, login: Login) -> None:
        attempts = {
            READ: "SELECT count(*) FROM {}", ADD: "INSERT INTO {} DEFAULT VALUES", REMOVE: "DELETE FROM {}",
        }  # fmt: skip
        for name in DOORS:
            door = DOORS[name].get(login)
            for right, sql in attempts.items():
                if door is not None and right in door.rights:
                    continue
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                    async with world.parts.database.transaction(claims(world, login)) as connection:
                        await connection.execute(sql.format(name))

    @pytest.mark.parametrize("login", POOLS)
    async def test_no_login_becomes_another(self, world: World, login: Login) -> None:
        for other in Login:
            if other is not login:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with world.parts.database.transaction(Claims(login)) as connection:
                        await connection.execute(f"SET LOCAL ROLE {other.role}")

    async def test_a_lock_is_held_and_changes_nothing(self, world: World) -> None:
        claimed = claims(world, Login.partner)
        async with world.parts.database.transaction(claimed) as connection:
            held = await connection.fetch("SELECT id FROM agreements FOR SHARE")
        assert [row["id"] for row in held] == [world.agreements["counseling"]]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.parts.database.transaction(claimed) as connection:
                await connection.execute("UPDATE agreements SET incident_id = incident_id")

    async def test_a_partner_writes_only_into_its_own_entries(self, world: World) -> None:
        sql = "UPDATE services SET wait_days = wait_days WHERE id = $1"
        async with world.parts.database.transaction(claims(world, Login.partner)) as connection:
            assert await connection.execute(sql, world.services["counseling"]) == "UPDATE 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with world.parts.database.transaction(claims(world, Login.partner)) as connection:
                await connection.execute(sql, world.services["legal_aid"])


class TestClaims:
    async def test_one_connection_serves_two_incidents_in_turn_and_keeps_no_claim(
        self, world: World, neighbour: World, database_url: str
    ) -> None:
        pool = await Pool.open(address_of(database_url, Login.staff), size=1)

        async def centers(claimed: Claims) -> set[Any]:
            async with pool.transaction(claimed.opening) as connection:
                return {row["incident_id"] for row in await connection.fetch("SELECT incident_id FROM centers")}

        turns = [world, neighbour] * 20
        try:
            found = await asyncio.gather(*(centers(claims(each, Login.staff)) for each in turns))
            assert found == [{each.incident_id} for each in turns]
            assert await centers(Claims(Login.staff)) == set()
            with pytest.raises(ZeroDivisionError):
                async with pool.transaction(claims(world, Login.staff).opening):
                    raise ZeroDivisionError
            async with pool.connection() as connection:
                assert await connection.fetchval("SELECT coalesce(current_setting('fac.incident', true), '')") == ""
                assert await connection.fetch("SELECT id FROM centers") == []
        finally:
            await pool.close()

    async def test_a_hat_claims_who_it_is_and_no_more(self, world: World) -> None:
        claimed = claims(world, Login.partner)
        async with world.parts.database.transaction(claimed) as connection:
            names = ("incident", "membership", "account", "organization", "center", "session", "person", "role")
            said = {name: await connection.fetchval(f"SELECT current_setting('fac.{name}', true)") for name in names}
        assert {name: text for name, text in said.items() if text} == {
            "incident": str(world.incident_id),
            "membership": str(claimed.membership),
            "organization": str(claimed.organization),
        }

    @pytest.mark.parametrize("value", ["x'; DROP TABLE cases; --", 7, b"x"])
    def test_nothing_but_ids_and_roles_goes_into_the_statement(self, value: Any) -> None:
        with pytest.raises(TypeError, match="not a claim"):
            _ = replace(Claims(Login.staff), incident=value).opening
