"""What is answered when the database holds a request up or breaks off: nothing was half done, it may be sent again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from fac import app
from fac.api.passing import passing
from fac.db.claims import POOLS, Login
from fac.db.engine import Database
from fac.errors import Busy, DatabaseUnavailable, FacError
from tests.referring import fac_family
from tests.world import World, address_of


@asynccontextmanager
async def soon_over(world: World, database_url: str, limit: str) -> AsyncIterator[World]:
    """Open the same incident with connections that give up by ``limit`` within three tenths of a second."""
    name = (await world.fetch("SELECT quote_ident(current_database())"))[0][0]
    if limit == "lock_timeout":
        await world.fetch(f"ALTER DATABASE {name} SET lock_timeout = '300ms'")
    addresses = {login: address_of(database_url, login) for login in POOLS}
    seconds = 0.3 if limit == "statement_timeout" else 10.0
    database = await Database.open(addresses, own=Login.worker, size=2, statement_seconds=seconds)
    parts = replace(world.parts, database=database)
    transport = httpx.ASGITransport(app=app.make_application(parts))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            other = replace(world, http=http, parts=parts)
            other.hats = {name: replace(hat, world=other) for name, hat in world.hats.items()}
            yield other
    finally:
        await database.close()
        await world.fetch(f"ALTER DATABASE {name} RESET lock_timeout")


def an_offer(world: World, name: str) -> dict[str, Any]:
    return {
        "clientMutationId": str(uuid4()), "organizationId": world.id("Organization", world.organizations["stranger"]),
        "name": name, "category": "support", "description": "words", "languages": ["en"],
    }  # fmt: skip


async def interrupted(
    world: World, table: str, how: str, body: dict[str, Any], *, hat: str = "fac_manager"
) -> httpx.Response:
    """Send a request that waits for ``table``, do ``how`` to the session that waits, and return what was answered."""
    async with world.beneath.transaction() as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(world[hat].post(body))
        waiting = "wait_event_type = 'Lock' AND datname = current_database()"
        while not asked.done() and not await connection.fetch(
            f"SELECT {how}(pid) FROM pg_stat_activity WHERE {waiting}"  # noqa: S608  # our own words
        ):
            await asyncio.sleep(0.02)
            await connection.execute("SELECT pg_stat_clear_snapshot()")
        return await asked


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
async def test_what_others_hold_up_for_too_long_is_busy_and_may_be_sent_again(
    world: World, database_url: str, limit: str
) -> None:
    form = an_offer(world, f"Held up by {limit}")
    async with soon_over(world, database_url, limit) as hurried:
        async with world.beneath.transaction() as connection:
            await connection.execute("LOCK TABLE services IN SHARE MODE")
            stranger = await hurried["stranger"].do("OfferService", **form | {"clientMutationId": str(uuid4())})
            held_up = await hurried["administrator"].do("OfferService", **form)
        assert stranger["__typename"] in {"NotPermitted", "NotFound"}
        assert (held_up["__typename"], held_up["code"]) == ("Conflict", "busy")
        assert not await world.fetch("SELECT 1 FROM services WHERE name = $1", form["name"])
        again = await hurried["administrator"].do("OfferService", **form)
    assert again["__typename"] == "ServiceOffered"


def assert_told(response: httpx.Response, error: FacError) -> None:
    """Check that the whole answer is the typed error, and no word of the server's."""
    assert response.status_code == 503, response.text
    body = response.json()
    assert set(body) == {"errors"}
    (told,) = body["errors"]
    assert told["message"] == error.sentence
    assert told["extensions"] == {"code": error.code, "correlationId": response.headers["x-correlation-id"]}


# What is read by a plan, by name; by the library's own execution; and by a mutation before and after its commit.
BY_PLAN = {"documentId": "Directory"}
BY_LIBRARY = {"query": "{ __typename services(first: 1) { edges { node { id name } } } }"}


class TestRead:
    @pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
    @pytest.mark.parametrize("body", [BY_PLAN, BY_LIBRARY], ids=["by_plan", "by_library"])
    async def test_one_that_the_server_cancels_is_busy_and_may_be_asked_again(
        self, world: World, database_url: str, limit: str, body: dict[str, Any]
    ) -> None:
        async with soon_over(world, database_url, limit) as hurried:
            async with world.beneath.transaction() as connection:
                await connection.execute("LOCK TABLE services IN ACCESS EXCLUSIVE MODE")
                with capture_logs() as lines:
                    response = await hurried["fac_manager"].post(body)
            assert_told(response, Busy())
            again = await hurried["fac_manager"].post(body)
        assert again.status_code == 200
        assert "errors" not in again.json()
        (line,) = (each for each in lines if each["event"] == "request.not_served")
        assert (line["code"], str(line["correlation_id"])) == ("busy", response.headers["x-correlation-id"])

    async def test_a_statement_cancelled_by_hand_shows_nothing_of_whom_it_was_about(self, world: World) -> None:
        """As an administrator of the database does it: while the statement waits, with a person's id in it."""
        family = await fac_family(world)
        body = {"documentId": "Person", "variables": {"id": family.persons["mother"]}}
        response = await interrupted(world, "persons", "pg_cancel_backend", body)
        assert_told(response, Busy())
        assert family.persons["mother"] not in response.text

    async def test_one_whose_connection_breaks_off_is_told_that_the_database_is_away(self, world: World) -> None:
        response = await interrupted(world, "services", "pg_terminate_backend", BY_PLAN)
        assert_told(response, DatabaseUnavailable())
        assert (await world["fac_manager"].post(BY_PLAN)).status_code == 200

    async def test_signing_in_is_answered_no_otherwise(self, world: World, database_url: str) -> None:
        async with soon_over(world, database_url, "statement_timeout") as hurried:
            hurried["fac_manager"].world.parts.sign_in.forget(hurried["fac_manager"].token)
            async with world.beneath.transaction() as connection:
                await connection.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
                response = await hurried["fac_manager"].post(BY_PLAN)
        assert_told(response, Busy())

    async def test_where_no_connection_is_to_be_had_at_all(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        async def refused(*_: object, **__: object) -> None:
            raise ConnectionRefusedError(111, "somewhere")

        with monkeypatch.context() as away:
            away.setattr(asyncpg.Pool, "_acquire", refused)
            response = await world["fac_manager"].post(BY_PLAN)
            change = await world["administrator"].post(
                {"documentId": "OfferService", "variables": {"input": an_offer(world, "Nobody answers")}}
            )
        assert_told(response, DatabaseUnavailable())
        assert_told(change, DatabaseUnavailable())
        assert (await world["fac_manager"].post(BY_PLAN)).status_code == 200


class TestChange:
    async def test_one_whose_connection_breaks_off_is_made_once_when_it_is_sent_again(self, world: World) -> None:
        form = an_offer(world, "Broken off")
        body = {"documentId": "OfferService", "variables": {"input": form}}
        response = await interrupted(world, "services", "pg_terminate_backend", body, hat="administrator")
        assert_told(response, DatabaseUnavailable())
        again = [await world["administrator"].do("OfferService", **form) for _ in range(2)]
        assert {each["__typename"] for each in again} == {"ServiceOffered"}
        assert len(await world.fetch("SELECT 1 FROM services WHERE name = $1", form["name"])) == 1


def test_a_fault_of_ours_is_none_that_passes() -> None:
    class Misused(asyncpg.InterfaceError):
        """As the driver's own for an argument that is of no use."""

    assert passing(Misused("$1")) is None
    assert passing(asyncpg.UndefinedColumnError("name")) is None
    assert passing(OSError(28, "the ledger's disk is full")) is None
    assert passing(None) is None
