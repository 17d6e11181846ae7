"""What a mutation answers when the database holds it up: nothing was changed, and it may be sent again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from fac import app
from fac.db.claims import POOLS, Login
from fac.db.engine import Database
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


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
async def test_what_others_hold_up_for_too_long_is_busy_and_may_be_sent_again(
    world: World, database_url: str, limit: str
) -> None:
    form = {
        "clientMutationId": str(uuid4()), "organizationId": world.id("Organization", world.organizations["stranger"]),
        "name": f"Held up by {limit}", "category": "support", "description": "words", "languages": ["en"],
    }  # fmt: skip
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
