"""Tokens are followed to people: all of them for a search; at an intake the rarest first, until there are enough."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fac.access.login import SignIn
from fac.audit.ledger import Circumstances
from fac.casework.indexing import write_postings
from fac.casework.posting import MOST_PER_TOKEN, nearest_pointed_at, pointed_at
from fac.casework.work import Work
from fac.domain.identity import NORMALISER_VERSION
from fac.domain.ids import new_id, new_unordered_id
from tests.world import World


@asynccontextmanager
async def working(world: World) -> AsyncIterator[Work]:
    async with world.beneath.transaction() as connection:
        actor = await SignIn().find(connection, world["fac_intake"].token, world.clock.now)
        circumstances = Circumstances(world.clock.now, world.parts.tools.policy.version, new_id())
        yield Work(connection, actor, world.parts.tools, circumstances, "recordIntake")


async def posted(work: Work, term: str, people: list[UUID]) -> bytes:
    """Let ``people`` have ``term`` in common, and return its token."""
    index, own = work.tools.blind_index, work.incident_id
    (token,) = index.tokens(own, work.actor.organization_id or own, [term])
    await write_postings(
        work,
        [
            {
                "incident_id": own, "id": new_unordered_id(), "token": token,
                "pointer": index.seal_pointer(own, token, each), "normaliser": NORMALISER_VERSION,
            }
            for each in people
        ],
    )  # fmt: skip
    return token


async def test_the_rarest_lead_first_each_whole_and_no_more_than_are_enough(world: World) -> None:
    crowd = [new_id() for _ in range(30)]
    async with working(world) as work:
        common = await posted(work, "names:common:common", crowd)
        known = await posted(work, "initial_date:c:2001-01-01", crowd[:4])
        rare = await posted(work, "phone:+15555550199", crowd[:2])
        tokens = [common, bytes(8), known, rare]
        for enough, led in (
            (1, {rare}),
            (2, {rare}),
            (3, {rare, known}),
            (6, {rare, known}),
            (7, {rare, known, common}),
        ):
            assert (await nearest_pointed_at(work, tokens, enough)).keys() == led
        everybody = await nearest_pointed_at(work, tokens, 40)
        assert {token: set(people) for token, people in everybody.items()} == {
            rare: set(crowd[:2]), known: set(crowd[:4]), common: set(crowd),
        }  # fmt: skip
        assert await pointed_at(work, tokens) == everybody


async def test_what_a_whole_shelter_shares_is_read_in_part(world: World) -> None:
    async with working(world) as work:
        token = await posted(work, "home:shelter", [new_id() for _ in range(MOST_PER_TOKEN + 1)])
        for found in (await pointed_at(work, [token]), await nearest_pointed_at(work, [token], 40)):
            assert len(found[token]) == MOST_PER_TOKEN
