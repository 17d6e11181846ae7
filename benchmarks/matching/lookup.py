"""How long it takes to find out whether somebody is known, among a hundred thousand people and among a million.

A PostgreSQL of its own holds that many people, a database for each size, with every posting the product keeps of each
(names by their public frequencies, so that common names crowd as they do). Three hundred of them, spread over all, are
looked for as at an intake, one of each size turn by turn. What nobody
opens is filler of the true length. Beside it, in the same turn, the least read there is: one person's row by its primary
key, as a named statement of the same kind, on the same connection and in the same transaction, behind the same row-level
security, nothing of it opened. Each way of looking comes first in a third of the turns, and each is timed right after an
empty exchange: who is asked after a pause pays for waking the other side up. Of each person the best of all rounds
counts, which leaves out what the machine did meanwhile.
Run: python -m benchmarks.matching.lookup [--sizes 10000 100000 1000000]
Never: touch another database, or leave anything running.
"""

import argparse
import asyncio
import json
import math
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from benchmarks.matching.county import people
from benchmarks.report import machine, write
from benchmarks.seed import Seeded, seed
from fac import app
from fac.access.actor import Actor
from fac.access.policy import load
from fac.audit.ledger import Circumstances
from fac.casework.duplicate import find_duplicates
from fac.casework.posting import pointed_at
from fac.casework.work import Tools, Work
from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.claims import Login
from fac.db.embedded import Server
from fac.db.engine import Database, Pool
from fac.db.person import persons
from fac.db.rls.login_roles import address, hand_to_owner, kept_passwords, make_login_roles
from fac.db.statement import Statement
from fac.domain.identity import NORMALISER_VERSION, IdentityFacts, asked_terms, match_terms
from fac.domain.ids import new_id, new_unordered_id
from fac.domain.vocabulary import InfoClass, Role
from fac.resources import policies_dir

RESULTS = Path(__file__).parents[1] / "results" / "lookup.json"
ASKED = 300
BATCH = 20_000
POSTING = ("incident_id", "id", "token", "pointer", "normaliser")
KEY = ("incident_id", "subject_id", "info", "version", "epoch", "wrapped")
WARM = 30
BY_TOKEN = "ix_match_postings_incident_id_token"
by_key = Statement(
    select(*(persons.c[name] for name in ("id", "case_id", "identity", "contact", "age_band", "version"))).where(
        persons.c.incident_id == bindparam("incident_id"), persons.c.id == bindparam("id")
    )
)


@dataclass(slots=True)
class Site:
    """The database, the incident in it, and who is looked for."""

    connection: Any  # of the superuser, who fills
    staff: Pool  # of those who look
    tools: Tools
    size: int
    incident_id: UUID
    lead_id: UUID
    actor: Actor
    row: dict[str, Any]  # a person's plain columns
    asked: dict[int, IdentityFacts]  # who is looked for, by their place among all
    wanted: set[bytes]  # the tokens somebody will ask for
    ids: list[UUID]  # of those looked for
    times: "Times"


async def fill(site: Site) -> None:
    """Copy everybody in; those a look-up may open are really sealed. Indexes of postings are made at the end."""
    connection = site.connection
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET statement_timeout = 0")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    by_token = await connection.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = $1", BY_TOKEN)
    await connection.execute(f"DROP INDEX {BY_TOKEN}; ALTER TABLE match_postings DROP CONSTRAINT pk_match_postings")
    source = islice(enumerate(people(1)), site.size)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        batch = list(islice(source, BATCH))
        terms = beside.submit(_terms_of, batch)
        while batch:
            following = list(islice(source, BATCH))
            found, terms = terms.result(), beside.submit(_terms_of, following)
            await _copy(site, batch, found)
            batch = following
    await connection.execute(by_token)
    await connection.execute(
        "ALTER TABLE match_postings ADD CONSTRAINT pk_match_postings PRIMARY KEY (incident_id, id)"
    )
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE persons, match_postings, data_keys")
    await connection.execute("CHECKPOINT")


def _terms_of(batch: list[tuple[int, IdentityFacts]]) -> list[list[str]]:
    """Return the terms of each person: half of the work of filling, done in a process beside this one."""
    return [match_terms(facts) for _, facts in batch]


async def _copy(site: Site, batch: list[tuple[int, IdentityFacts]], terms: list[list[str]]) -> None:
    index, own = site.tools.blind_index, site.incident_id
    rows: list[dict[str, Any]] = []
    keys: list[tuple[Any, ...]] = []
    postings: list[tuple[Any, ...]] = []
    for (place, facts), told in zip(batch, terms, strict=True):
        id = new_id()
        tokens = index.tokens(own, site.lead_id, told)
        met = site.wanted.intersection(tokens)
        if place in site.asked:
            site.ids.append(id)
        sealed = _sealed(site, id, facts, keys) if met else {}
        rows.append(site.row | {"id": id} | sealed)
        postings.extend(
            (
                own,
                new_unordered_id(),
                token,
                index.seal_pointer(own, token, id) if token in met else os.urandom(46),
                NORMALISER_VERSION,
            )
            for token in tokens
        )
    columns = tuple(site.row)
    for table, names, records in (
        ("persons", columns, [tuple(row[name] for name in columns) for row in rows]),
        ("data_keys", KEY, keys),
        ("match_postings", POSTING, postings),
    ):
        await site.connection.copy_records_to_table(table, columns=names, records=records)


def _sealed(site: Site, id: UUID, facts: IdentityFacts, keys: list[tuple[Any, ...]]) -> dict[str, bytes]:
    born_on = None if facts.born_on is None else facts.born_on.isoformat()
    values = {
        InfoClass.identity: {"given_name": facts.given_name, "family_name": facts.family_name, "preferred_name": None,
                             "aliases": [], "born_on": born_on, "is_birth_date_estimated": False},
        InfoClass.contact: {"phones": list(facts.phones), "emails": [], "address": None, "postal_code": facts.postal_code,
                            "is_substitute_address": False, "safe_channels": ["voice"], "best_times": None,
                            "topics_to_avoid": []},
    }  # fmt: skip
    found = {}
    for info, said in values.items():
        key = site.tools.disclosure.new_key(site.incident_id, id, info)
        keys.append(tuple(key[name] for name in KEY))
        found[str(info)] = site.tools.disclosure.seal(key, table="persons", row_id=id, info=info, values=said).blob
    return found


@dataclass(slots=True)
class Times:
    """Milliseconds of each asked person, for each way of looking, the best of all rounds; and whom the tokens led to."""

    by_key: list[float] = field(default_factory=lambda: [math.inf] * ASKED)
    index: list[float] = field(default_factory=lambda: [math.inf] * ASKED)
    whole: list[float] = field(default_factory=lambda: [math.inf] * ASKED)
    led_to: list[int] = field(default_factory=lambda: [0] * ASKED)


async def measure(sites: list[Site], first: int) -> None:
    """Look everybody asked for up three ways, one of each site turn by turn, the ``first`` way first to begin with.

    The first turns, which warm everything up, do not count.
    """
    for turn in range(-WARM, ASKED):
        for site in sites:
            facts, id = list(site.asked.values())[turn], site.ids[turn]
            for name, taken, found in await _looked_up(site, facts, id, (turn + first) % 3):
                if turn >= 0:
                    best = getattr(site.times, name)
                    best[turn] = min(best[turn], taken)
                if turn >= 0 and name == "index":
                    site.times.led_to[turn] = len({id for many in found.values() for id in many})


async def _looked_up(site: Site, facts: IdentityFacts, id: UUID, first: int) -> list[tuple[str, float, Any]]:
    """Return of each way its name, milliseconds, and what it found, the ``first`` of them first."""
    looked = []
    async with site.staff.transaction(site.actor.claims.opening) as connection:
        now = Circumstances(datetime.now(UTC), site.tools.policy.version, new_id())
        work = Work(connection, site.actor, site.tools, now, "recordIntake")
        tokens = site.tools.blind_index.query_tokens(site.incident_id, site.lead_id, asked_terms(facts))
        ways: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = [
            ("by_key", partial(by_key.first, connection, incident_id=site.incident_id, id=id)),
            ("index", partial(pointed_at, work, tokens)),
            ("whole", partial(find_duplicates, work, site.lead_id, {new_id(): facts})),
        ]
        for name, act in ways[first:] + ways[:first]:
            await connection.execute("SELECT")
            begun = time.perf_counter()
            found = await act()
            looked.append((name, (time.perf_counter() - begun) * 1000, found))
    return looked


def summary(sites: list[Site]) -> list[dict[str, Any]]:
    """Return medians in milliseconds, their ratio to the read by key, and to the first size."""
    rows: list[dict[str, Any]] = []
    for site in sites:
        ways = (site.times.by_key, site.times.index, site.times.whole)
        key, index, whole = (statistics.median(each) for each in ways)
        rows.append({"people": site.size, "by_key_ms": key, "tokens_to_people_ms": index, "whole_ms": whole})
        rows[-1] |= {
            "tokens_to_people_to_key": index / key,
            "whole_to_key": whole / key,
            "of_first_size": {
                name: rows[-1][name] / rows[0][name] for name in ("by_key_ms", "tokens_to_people_ms", "whole_ms")
            },
            "led_to": statistics.fmean(site.times.led_to),
        }
    return rows


async def run(folder: Path, server: Server, sizes: list[int], rounds: int) -> list[dict[str, Any]]:
    """Fill a database for each size, and measure all of them."""
    root = FileRoot(folder / "root.keys", "test")
    passwords = kept_passwords(folder / "passwords")
    await make_login_roles(server.dsn(), passwords)
    async with AsyncExitStack() as opened:
        sites = []
        for size in sizes:
            begun = time.perf_counter()
            url = await migrating.create_database(server.dsn(), f"lookup_{size}")
            await hand_to_owner(url)
            await migrating.upgrade(address(url, Login.owner, passwords[Login.owner]))
            seeded = await seed(url, root, 5)
            staff = await Pool.open(address(url, Login.staff, passwords[Login.staff]), size=1)
            database = Database({Login.worker: await Pool.open(url, size=2), Login.staff: staff}, own=Login.worker)
            opened.push_async_callback(database.close)
            tools = app.make_tools(await app.open_ring(database, root, create=False), load(policies_dir()))
            connection = await opened.enter_async_context(database.pool(Login.worker).connection())
            sites.append(await _site(connection, staff, tools, seeded, size))
            await fill(sites[-1])
            ((postings,),) = await connection.fetch("SELECT count(*) FROM match_postings")
            print(f"{size:>9} people filled in {time.perf_counter() - begun:.0f} s, {postings} postings", flush=True)
        for number in range(rounds):
            await measure(sites, number)
        return summary(sites)


async def _site(connection: Any, staff: Pool, tools: Tools, seeded: Seeded, size: int) -> Site:
    (row,) = await connection.fetch("SELECT * FROM persons LIMIT 1")
    incident_id, lead_id = row["incident_id"], UUID(seeded.lead_id)
    (hat,) = await connection.fetch(
        "SELECT id, account_id, organization_id, center_id FROM memberships"
        " WHERE role = 'intake_worker' AND ended_at IS NULL LIMIT 1"
    )
    actor = Actor(
        incident_id, hat["id"], hat["account_id"], None, Role.intake_worker, hat["organization_id"], hat["center_id"]
    )
    asked = dict(islice(enumerate(people(1)), 0, size // ASKED * ASKED, size // ASKED))
    wanted = {
        token
        for facts in asked.values()
        for token in tools.blind_index.query_tokens(incident_id, lead_id, asked_terms(facts))
    }
    return Site(connection, staff, tools, size, incident_id, lead_id, actor, dict(row), asked, wanted, [], Times())


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=6)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fac-lookup-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        with Server(folder / "cluster", durable=False) as server:
            found = {"machine": machine(), "options": vars(given)}
            found["sizes"] = asyncio.run(run(folder, server, given.sizes, given.rounds))
    write(RESULTS, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
