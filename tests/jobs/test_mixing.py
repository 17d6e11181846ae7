"""Postings are mixed: where they lie tells nothing, and what they say stays as it was, also for who works meanwhile."""

import asyncio
from typing import Any

import asyncpg
import pytest

from fac.db.claims import Claims
from fac.jobs import mixing
from fac.jobs.mixing import mix_if_new, mix_postings
from tests.families import family_form
from tests.world import World

BY_PLACE = "SELECT id, token, pointer, normaliser FROM match_postings ORDER BY ctid"
MANY = (
    "INSERT INTO match_postings SELECT $1, gen_random_uuid(), decode(repeat('00', 8), 'hex'),"
    " decode(repeat('00', 46), 'hex'), 3 FROM generate_series(1, 2000)"
)


async def as_they_lie(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.fetch(BY_PLACE)]


async def test_postings_lie_in_the_order_of_their_ids_and_say_what_they_said(world: World) -> None:
    for name in ("one", "two", "three"):
        await world["intake"].do("RecordIntake", **family_form(name))
    before = await as_they_lie(world)
    assert before != sorted(before)
    assert await mix_postings(world.parts.database) == len(before) > 20
    assert await as_they_lie(world) == sorted(before)


async def test_slice_after_slice_they_lie_in_the_order_of_all_ids(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "SLICE", 7)
    async with world.beneath.connection() as connection:
        await connection.execute(MANY, world.incident_id)
        await connection.execute("VACUUM FULL match_postings")  # no room is left of what was mixed before
    before = await as_they_lie(world)
    assert await mix_postings(world.parts.database) == len(before) >= 2000
    assert await as_they_lie(world) == sorted(before)


async def test_a_posting_of_another_slice_is_taken_away_while_they_are_mixed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "SLICE", 7)
    await world["intake"].do("RecordIntake", **family_form("slices"))
    ids = sorted(each[0] for each in await as_they_lie(world))
    database, claims = world.parts.database, Claims.of_system(world.incident_id)
    async with database.transaction(claims) as connection:
        await connection.execute("SELECT FROM match_postings WHERE id = $1 FOR UPDATE", ids[-1])
        mixed = asyncio.create_task(mix_postings(database))
        await asyncio.sleep(0.3)
        assert not mixed.done()  # all but the last slice is
        async with asyncio.timeout(2), database.transaction(claims) as another:
            await another.execute("DELETE FROM match_postings WHERE id = $1", ids[0])
    await mixed
    assert sorted(each[0] for each in await as_they_lie(world)) == ids[1:]


async def test_who_takes_a_posting_away_meanwhile_has_taken_it_away(world: World) -> None:
    await world["intake"].do("RecordIntake", **family_form("away"))
    (id, *_), *others = await as_they_lie(world)
    database = world.parts.database
    async with database.transaction(Claims.of_system(world.incident_id)) as connection:
        await connection.execute("DELETE FROM match_postings WHERE id = $1", id)
        mixed = asyncio.create_task(mix_postings(database))
        await asyncio.sleep(0.3)
        assert not mixed.done()  # it waits for the row
        await world["intake"].do("RecordIntake", **family_form("meanwhile"))  # which does not
    await mixed
    left = {each[0] for each in await as_they_lie(world)}
    assert id not in left
    assert {each[0] for each in others} < left


async def test_the_worker_may_not_make_a_posting_lead_elsewhere(world: World) -> None:
    async with world.parts.database.transaction(Claims.of_system(world.incident_id)) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE match_postings SET pointer = pointer")


async def test_it_is_done_again_only_when_something_was_posted(world: World) -> None:
    database = world.parts.database
    known = await mix_if_new(database, -1)
    async with world.beneath.connection() as connection:
        moved = "SELECT ctid FROM match_postings ORDER BY ctid"
        mixed = await connection.fetch(moved)
        assert await mix_if_new(database, known) == known
        assert await connection.fetch(moved) == mixed
        await connection.execute(
            "INSERT INTO match_postings VALUES ($1, gen_random_uuid(), $2, $3, 3)",
            world.incident_id,
            bytes(8),
            bytes(46),
        )
        await connection.execute("SELECT pg_stat_force_next_flush()")
        assert await mix_if_new(database, known) > known
        assert await connection.fetch(moved) != mixed
