"""How long it takes to find out whether somebody is known, among a hundred thousand people and among a million.

A PostgreSQL of its own holds that many people with every posting the product keeps of each (names by their public
frequencies, so that common names crowd as they do). Three hundred of them are looked for as at an intake. What nobody
opens is filler of the true length. Beside it, in the same turn, the fastest read there is: one person by primary key.
Run: python -m benchmarks.matching.lookup [--sizes 100000 1000000]
Never: touch another database, or leave anything running.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.matching.county import people
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
from fac.db.rls.login_roles import address, hand_to_owner, kept_passwords, make_login_roles
from fac.domain.identity import NORMALISER_VERSION, IdentityFacts, asked_terms, match_terms
from fac.domain.ids import new_id, new_unordered_id
from fac.domain.vocabulary import InfoClass, Role
from fac.resources import policies_dir

ASKED = 300
BATCH = 20_000
POSTING = ("incident_id", "id", "token", "pointer", "normaliser")
KEY = ("incident_id", "subject_id", "info", "version", "epoch", "wrapped")
BY_KEY = "SELECT id, case_id, identity, contact, age_band, version FROM persons WHERE incident_id = $1 AND id = $2"


@dataclass(slots=True)
class Site:
    """The database, the incident in it, and who is looked for."""

    connection: Any
    tools: Tools
    incident_id: UUID
    lead_id: UUID
    actor: Actor
    row: dict[str, Any]  # a person's plain columns
    asked: list[IdentityFacts]
    wanted: set[bytes]  # the tokens somebody will ask for
    ids: list[UUID]  # of those looked for
    filled: int = 0


async def fill(site: Site, size: int) -> None:
    """Copy people in until there are ``size``; those a look-up may open are really sealed."""
    connection = site.connection
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET statement_timeout = 0")
    await connection.execute("DROP INDEX IF EXISTS ix_match_postings_incident_id_token")
    source = islice(people(1), site.filled, size)
    while batch := list(islice(source, BATCH)):
        await _copy(site, batch)
        site.filled += len(batch)
    await connection.execute("CREATE INDEX ix_match_postings_incident_id_token ON match_postings (incident_id, token)")
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE persons, match_postings, data_keys")
    await connection.execute("CHECKPOINT")


async def _copy(site: Site, batch: list[IdentityFacts]) -> None:
    index, own = site.tools.blind_index, site.incident_id
    rows: list[dict[str, Any]] = []
    keys: list[tuple[Any, ...]] = []
    postings: list[tuple[Any, ...]] = []
    for facts in batch:
        id = new_id()
        tokens = index.tokens(own, site.lead_id, match_terms(facts))
        met = site.wanted.intersection(tokens)
        if len(site.ids) < ASKED:
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
    postings.sort(key=lambda row: row[2])
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


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each asked person, for each way of looking."""

    by_key: list[float]
    index: list[float]
    whole: list[float]
    candidates: list[int]


async def measure(site: Site) -> Times:
    """Look everybody asked for up three ways, turn by turn; the first turns, which warm everything up, do not count."""
    times = Times([], [], [], [])
    for turn, (facts, id) in enumerate(zip([*site.asked[:30], *site.asked], [*site.ids[:30], *site.ids], strict=True)):
        transaction = site.connection.transaction()
        await transaction.start()
        work = Work(site.connection, site.actor, site.tools, _now(site.tools), "recordIntake")
        one = await _timed(lambda whom=id: site.connection.fetchrow(BY_KEY, site.incident_id, whom))
        tokens = site.tools.blind_index.query_tokens(site.incident_id, site.lead_id, asked_terms(facts))
        two = await _timed(lambda tokens=tokens, work=work: pointed_at(work, tokens))
        three = await _timed(lambda facts=facts, work=work: find_duplicates(work, site.lead_id, {new_id(): facts}))
        led = await pointed_at(work, tokens)
        await transaction.rollback()
        if turn >= 30:
            times.by_key.append(one)
            times.index.append(two)
            times.whole.append(three)
            times.candidates.append(len({id for many in led.values() for id in many}))
    return times


async def _timed(act: Callable[[], Coroutine[Any, Any, Any]]) -> float:
    begun = time.perf_counter()
    await act()
    return (time.perf_counter() - begun) * 1000


def _now(tools: Tools) -> Circumstances:
    return Circumstances(datetime.now(UTC), tools.policy.version, new_id())


def show(size: int, times: Times) -> None:
    """Print medians and their ratio to the read by key."""
    by_key, index, whole = (statistics.median(each) for each in (times.by_key, times.index, times.whole))
    print(
        f"{size:>9} people: by primary key {by_key:.2f} ms; tokens to people {index:.2f} ms ({index / by_key:.1f}x); "
        f"the whole question, with audit row, {statistics.fmean(times.candidates):.1f} led to, opened and compared, "
        f"{whole:.2f} ms ({whole / by_key:.1f}x)",
        flush=True,
    )


async def run(url: str, root: FileRoot, sizes: list[int]) -> None:
    """Fill and measure, size after size."""
    seeded = await seed(url, root, 5)
    database = Database({Login.worker: await Pool.open(url, size=2)}, own=Login.worker)
    try:
        ring = await app.open_ring(database, root, create=False)
        tools = app.make_tools(ring, load(policies_dir()))
        async with database.pool(Login.worker).connection() as connection:
            site = await _site(connection, tools, seeded)
            for size in sizes:
                begun = time.perf_counter()
                await fill(site, size)
                ((postings,),) = await connection.fetch("SELECT count(*) FROM match_postings")
                print(
                    f"{size:>9} people filled in {time.perf_counter() - begun:.0f} s, {postings} postings", flush=True
                )
                show(size, await measure(site))
    finally:
        await database.close()


async def _site(connection: Any, tools: Tools, seeded: Seeded) -> Site:
    (row,) = await connection.fetch("SELECT * FROM persons LIMIT 1")
    incident_id, lead_id = row["incident_id"], UUID(seeded.lead_id)
    (hat,) = await connection.fetch(
        "SELECT id, account_id, organization_id, center_id FROM memberships WHERE role = 'intake_worker' AND ended_at IS NULL LIMIT 1"
    )
    actor = Actor(
        incident_id, hat["id"], hat["account_id"], None, Role.intake_worker, hat["organization_id"], hat["center_id"]
    )
    asked = list(islice(people(1), ASKED))
    wanted = {
        token for facts in asked for token in tools.blind_index.query_tokens(incident_id, lead_id, asked_terms(facts))
    }
    return Site(connection, tools, incident_id, lead_id, actor, dict(row), asked, wanted, [])


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory(prefix="fac-lookup-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileRoot.create(folder / "root.keys")
        with Server(folder / "cluster", durable=False) as server:

            async def everything() -> None:
                url = await migrating.create_database(server.dsn(), "lookup")
                passwords = kept_passwords(folder / "passwords")
                await make_login_roles(server.dsn(), passwords)
                await hand_to_owner(url)
                await migrating.upgrade(address(url, Login.owner, passwords[Login.owner]))
                await run(url, FileRoot(folder / "root.keys", "test"), sizes)

            asyncio.run(everything())


if __name__ == "__main__":
    main()
