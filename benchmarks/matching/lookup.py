"""How long it takes to find out whether somebody is known, among a hundred thousand people and among a million.

A PostgreSQL of its own holds that many people, a database for each size and each way to live (``county``): in sixty
postal codes however many they are, and spread over as many as people in the United States are. What nobody will be led
to is filler of the true length and number, made by the server. Three hundred people, spread over all, are looked for as
at an intake, one of each database turn by turn. Beside it, in the same turn, the least read there is: one person's row
by its primary key, as a named statement of the same kind, on the same connection and in the same transaction, behind the
same row-level security, nothing of it opened. Each way of looking comes first in a third of the turns, and each is timed
right after an empty exchange: who is asked after a pause pays for waking the other side up. Ratios are those of the
medians of one round; of several rounds the median and the range are told.
Run: python -m benchmarks.matching.lookup [--sizes 10000 100000 1000000] [--ways county spread]
Never: touch another database, or leave anything running.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from benchmarks.matching.crowd import Crowd, fill
from benchmarks.report import machine, write
from benchmarks.seed import Seeded, seed
from fac import app
from fac.access.actor import Actor
from fac.access.policy import load
from fac.audit.ledger import Circumstances
from fac.casework.duplicate import MOST_CANDIDATES, find_duplicates
from fac.casework.posting import nearest_pointed_at
from fac.casework.work import Tools, Work
from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.engine import Database, Pool
from fac.db.person import persons
from fac.db.rls.login_roles import address, hand_to_owner, kept_passwords, make_login_roles
from fac.db.statement import Statement
from fac.domain.identity import IdentityFacts, asked_terms
from fac.domain.ids import new_id
from fac.domain.vocabulary import Role
from fac.resources import policies_dir

ASKED = 300
WARM = 30
RESULTS = Path(__file__).parents[1] / "results" / "lookup.json"
WAYS = ("by_key", "index", "whole")
by_key = Statement(
    select(*(persons.c[name] for name in ("id", "case_id", "identity", "contact", "age_band", "version"))).where(
        persons.c.incident_id == bindparam("incident_id"), persons.c.id == bindparam("id")
    )
)


async def measure(crowds: list[Crowd], first: int) -> None:
    """Look everybody asked for up three ways, one of each crowd turn by turn, the ``first`` way first to begin with.

    The first turns, which warm everything up, do not count.
    """
    for crowd in crowds:
        crowd.rounds.append({name: [] for name in WAYS})
        crowd.led_to.clear()
    for turn in range(-WARM, ASKED):
        for crowd in crowds:
            facts, id = list(crowd.asked.values())[turn], crowd.ids[turn]
            for name, taken, found in await _looked_up(crowd, facts, id, (turn + first) % 3):
                if turn >= 0:
                    crowd.rounds[-1][name].append(taken)
                if turn >= 0 and name == "index":
                    crowd.led_to.append(len({id for many in found.values() for id in many}))


async def _looked_up(crowd: Crowd, facts: IdentityFacts, id: UUID, first: int) -> list[tuple[str, float, Any]]:
    """Return of each way its name, milliseconds, and what it found, the ``first`` of them first."""
    looked = []
    async with crowd.staff.transaction(crowd.actor.claims.opening) as connection:
        now = Circumstances(datetime.now(UTC), crowd.tools.policy.version, new_id())
        work = Work(connection, crowd.actor, crowd.tools, now, "recordIntake")
        tokens = crowd.tools.blind_index.query_tokens(crowd.incident_id, crowd.lead_id, asked_terms(facts))
        ways: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = [
            ("by_key", partial(by_key.first, connection, incident_id=crowd.incident_id, id=id)),
            ("index", partial(nearest_pointed_at, work, tokens, MOST_CANDIDATES)),
            ("whole", partial(find_duplicates, work, crowd.lead_id, {new_id(): facts})),
        ]
        for name, act in ways[first:] + ways[:first]:
            await connection.execute("SELECT")
            begun = time.perf_counter()
            found = await act()
            looked.append((name, (time.perf_counter() - begun) * 1000, found))
    return looked


def figures(crowds: list[Crowd]) -> list[dict[str, Any]]:
    """Return medians of the rounds' medians, and of their ratios the median and the range."""
    found = []
    for crowd in crowds:
        smaller = next(each for each in crowds if each.way == crowd.way)
        found.append(
            {
                "way": crowd.way,
                "people": crowd.size,
                "postings": crowd.postings,
                "led_to": round(statistics.fmean(crowd.led_to), 1),
                "ms": {
                    name: round(statistics.median(statistics.median(each[name]) for each in crowd.rounds), 3)
                    for name in WAYS
                },
                "to_key": {name: _spread(crowd.ratio(name, "by_key")) for name in WAYS[1:]},
                "to_the_smallest": {name: _spread(crowd.growth(name, smaller)) for name in WAYS},
            }
        )
    return found


def _spread(values: list[float]) -> list[float]:
    return [round(each, 3) for each in (statistics.median(values), min(values), max(values))]


async def run(folder: Path, server: Server, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Fill a database for each size and way to live, and measure all of one way turn by turn."""
    passwords = kept_passwords(folder / "passwords")
    await make_login_roles(server.dsn(), passwords)
    model = await migrating.create_database(server.dsn(), "lookup")
    await hand_to_owner(model)
    await migrating.upgrade(address(model, Login.owner, passwords[Login.owner]))
    found = []
    for way in given.ways:
        async with AsyncExitStack() as opened:
            crowds = []
            for size in given.sizes:
                begun = time.perf_counter()
                url = await migrating.create_database(server.dsn(), f"lookup_{way}_{size}", template="lookup")
                await hand_to_owner(url)
                crowds.append(await _opened(opened, url, passwords, FileRoot(folder / "root.keys", "test"), way, size))
                await fill(crowds[-1])
                print(f"{size:>9} people, {way}, filled in {time.perf_counter() - begun:.0f} s", flush=True)
            for number in range(given.rounds):
                await measure(crowds, number)
            found += figures(crowds)
            print(json.dumps(found), flush=True)
    return found


async def _opened(
    opened: AsyncExitStack, url: str, passwords: Mapping[Login, str], root: FileRoot, way: str, size: int
) -> Crowd:
    seeded = await seed(url, root, 5)
    staff = await Pool.open(address(url, Login.staff, passwords[Login.staff]), size=1)
    database = Database({Login.worker: await Pool.open(url, size=2), Login.staff: staff}, own=Login.worker)
    opened.push_async_callback(database.close)
    tools = app.make_tools(await app.open_ring(database, root, create=False), load(policies_dir()))
    connection = await opened.enter_async_context(database.pool(Login.worker).connection())
    return await _crowd(connection, staff, tools, seeded, way, size)


async def _crowd(connection: Any, staff: Pool, tools: Tools, seeded: Seeded, way: str, size: int) -> Crowd:
    (row,) = await connection.fetch("SELECT * FROM persons LIMIT 1")
    incident_id, lead_id = row["incident_id"], UUID(seeded.lead_id)
    (hat,) = await connection.fetch(
        "SELECT id, account_id, organization_id, center_id FROM memberships"
        " WHERE role = 'intake_worker' AND ended_at IS NULL LIMIT 1"
    )
    actor = Actor(
        incident_id, hat["id"], hat["account_id"], None, Role.intake_worker, hat["organization_id"], hat["center_id"]
    )
    crowd = Crowd(connection, staff, tools, way, size, incident_id, lead_id, actor, dict(row), {}, set(), [], [], [])
    crowd.asked = dict(islice(enumerate(crowd.everybody), 0, size // ASKED * ASKED, size // ASKED))
    crowd.wanted = {
        token
        for facts in crowd.asked.values()
        for token in tools.blind_index.query_tokens(incident_id, lead_id, asked_terms(facts))
    }
    return crowd


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--ways", nargs="+", default=["county", "spread"], choices=["county", "spread"])
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "options": vars(given)}
    with tempfile.TemporaryDirectory(prefix="fac-lookup-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        with Server(folder / "cluster", durable=False) as server:
            found["crowds"] = asyncio.run(run(folder, server, given))
    found["machine"]["load_after"] = [round(each, 2) for each in os.getloadavg()]
    write(RESULTS, found)


if __name__ == "__main__":
    main()
