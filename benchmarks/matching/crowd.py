"""A database with a crowd in it, in which a few hundred people will be looked for.

Those who will be led to are really sealed; the others, and their postings, are filler of the true length and number,
made by the server.
Never: used where anybody else of the crowd is opened.
"""

import multiprocessing
import os
import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from benchmarks.matching.county import people, spread_people
from fac.access.actor import Actor
from fac.casework.work import Tools
from fac.db.engine import Pool
from fac.domain.identity import NORMALISER_VERSION, IdentityFacts, match_terms
from fac.domain.ids import new_id, new_unordered_id
from fac.domain.vocabulary import InfoClass

BATCH = 20_000
POSTING = ("incident_id", "id", "token", "pointer", "normaliser")
KEY = ("incident_id", "subject_id", "info", "version", "epoch", "wrapped")
BY_TOKEN = "ix_match_postings_incident_id_token"
Times = dict[str, list[float]]  # of each way of looking the milliseconds of each asked person, in one round


@dataclass(slots=True)
class Crowd:
    """The database, the incident in it, and who is looked for."""

    connection: Any  # of the superuser, who fills
    staff: Pool  # of those who look
    tools: Tools
    way: str
    size: int
    incident_id: UUID
    lead_id: UUID
    actor: Actor
    row: dict[str, Any]  # a person's plain columns
    asked: dict[int, IdentityFacts]  # who is looked for, by their place among all
    wanted: set[bytes]  # the tokens somebody will ask for
    ids: list[UUID]  # of those looked for
    rounds: list[Times]
    led_to: list[int]
    postings: int = 0

    @property
    def everybody(self) -> Iterator[IdentityFacts]:
        """Everybody in it, always the same."""
        return islice(people(1) if self.way == "county" else spread_people(1, self.size), self.size)

    def ratio(self, way: str, to: str) -> list[float]:
        """Return the ratio of the medians of two ways of looking, of each round."""
        return [statistics.median(each[way]) / statistics.median(each[to]) for each in self.rounds]

    def growth(self, way: str, smaller: "Crowd") -> list[float]:
        """Return how much longer a way of looking takes here than among fewer people, of each round."""
        pairs = zip(self.rounds, smaller.rounds, strict=True)
        return [statistics.median(mine[way]) / statistics.median(theirs[way]) for mine, theirs in pairs]


async def fill(crowd: Crowd) -> None:
    """Copy everybody in; those a look-up may open are really sealed. Indexes of postings are made at the end."""
    connection = crowd.connection
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET statement_timeout = 0")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    by_token = await connection.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = $1", BY_TOKEN)
    await connection.execute(f"DROP INDEX {BY_TOKEN}; ALTER TABLE match_postings DROP CONSTRAINT pk_match_postings")
    source = enumerate(crowd.everybody)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        batch = list(islice(source, BATCH))
        terms = beside.submit(_terms_of, batch)
        while batch:
            following = list(islice(source, BATCH))
            found, terms = terms.result(), beside.submit(_terms_of, following)
            await _copy(crowd, batch, found)
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


async def _copy(crowd: Crowd, batch: list[tuple[int, IdentityFacts]], terms: list[list[str]]) -> None:
    """Copy those in who will be asked for or led to, with the postings by which they are; the rest is filler."""
    index, own = crowd.tools.blind_index, crowd.incident_id
    rows: list[dict[str, Any]] = []
    keys: list[tuple[Any, ...]] = []
    postings: list[tuple[Any, ...]] = []
    for (place, facts), told in zip(batch, terms, strict=True):
        tokens = index.tokens(own, crowd.lead_id, told)
        met = crowd.wanted.intersection(tokens)
        if not met:
            continue
        id = new_id()
        if place in crowd.asked:
            crowd.ids.append(id)
        rows.append(crowd.row | {"id": id} | _sealed(crowd, id, facts, keys))
        postings.extend(
            (own, new_unordered_id(), token, index.seal_pointer(own, token, id), NORMALISER_VERSION) for token in met
        )
    columns = tuple(crowd.row)
    for table, names, records in (
        ("persons", columns, [tuple(row[name] for name in columns) for row in rows]),
        ("data_keys", KEY, keys),
        ("match_postings", POSTING, postings),
    ):
        await crowd.connection.copy_records_to_table(table, columns=names, records=records)
    every = sum(map(len, terms))
    crowd.postings += every
    await _fill_up(crowd, len(batch) - len(rows), every - len(postings))


async def _fill_up(crowd: Crowd, persons_left: int, postings_left: int) -> None:
    others = ", ".join(f'"{name}"' for name in crowd.row if name != "id")
    await crowd.connection.execute(
        f"INSERT INTO persons (id, {others}) SELECT uuidv7(), {others} FROM persons, generate_series(1, $2)"
        " WHERE persons.id = $1",
        crowd.row["id"], persons_left,
    )  # fmt: skip
    await crowd.connection.execute(
        "INSERT INTO match_postings (incident_id, id, token, pointer, normaliser)"
        " SELECT $1, gen_random_uuid(), int8send((random() * 9e18)::bigint), $2, $3 FROM generate_series(1, $4)",
        crowd.incident_id, os.urandom(46), NORMALISER_VERSION, postings_left,
    )  # fmt: skip


def _sealed(crowd: Crowd, id: UUID, facts: IdentityFacts, keys: list[tuple[Any, ...]]) -> dict[str, bytes]:
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
        key = crowd.tools.disclosure.new_key(crowd.incident_id, id, info)
        keys.append(tuple(key[name] for name in KEY))
        found[str(info)] = crowd.tools.disclosure.seal(key, table="persons", row_id=id, info=info, values=said).blob
    return found
