"""A database that the product's own verbs filled with a county's families, and what a thief of its dump holds.

Families come in through ``record_intake``, on the demonstration's stage: keys, postings, audit and whatever else a real
intake leaves are there. The dump is ``pg_dump``'s, read as it lies: table by table, row by row.
Never: look at the database itself, or at a key, on the thief's behalf.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.matching.county import households
from fac import app
from fac.access.actor import Actor
from fac.api.context import Parts
from fac.casework.intake import record_intake
from fac.casework.intake_form import IntakeForm, PersonForm
from fac.crypto.keys import FileRoot
from fac.db import migrating
from fac.db.claims import Claims, Login
from fac.db.embedded import Server
from fac.db.engine import Database
from fac.db.programs import child_environment, find_programs
from fac.db.rls.login_roles import address, hand_to_owner, kept_passwords, make_login_roles
from fac.demo.directory import read_directory, set_stage
from fac.demo.telling import Telling
from fac.domain.identity import IdentityFacts
from fac.domain.ids import new_id
from fac.domain.vocabulary import CenterKind, InvolvementRole, Role

NAME = "Stolen"
AT_ONCE = 4
Row = dict[str, str]
_NULL = "\\N"


@dataclass(slots=True)
class Truth:
    """What the judge knows and the thief does not: whose each record is, and which index it is in."""

    incident_id: UUID
    custodian_id: UUID
    people: dict[UUID, IdentityFacts] = field(default_factory=dict)
    case_of: dict[UUID, UUID] = field(default_factory=dict)


@asynccontextmanager
async def opened(folder: Path, server: Server) -> AsyncIterator[tuple[Parts, str]]:
    """Make a database on ``server``; lend the parts of the program over it, and its superuser's address."""
    FileRoot.create(folder / "root.keys")
    root, passwords = FileRoot(folder / "root.keys", "test"), kept_passwords(folder / "passwords")
    await make_login_roles(server.dsn(), passwords)
    place = await migrating.create_database(server.dsn(), "stolen")
    await hand_to_owner(place)
    at = {login: address(place, login, passwords[login]) for login in (Login.owner, Login.worker, Login.keeper)}
    await migrating.upgrade(at[Login.owner])
    keeping = await Database.open({Login.keeper: at[Login.keeper]}, own=Login.keeper, size=1)
    ring = await app.open_ring(keeping, root, create=True)
    await keeping.close()
    database = await Database.open({Login.worker: at[Login.worker]}, own=Login.worker, size=AT_ONCE)
    try:
        yield app.make_parts(database, ring, free_documents=False), place
    finally:
        await database.close()


async def set_desk(parts: Parts) -> Actor:
    """Set the demonstration's stage, and return who receives families on it."""
    incident_id = new_id()
    async with parts.database.transaction(Claims.of_system(incident_id)) as connection:
        telling = Telling(connection, parts.tools, parts.clock())
        await set_stage(telling, incident_id=incident_id, name=NAME, is_exercise=False, households=0)
        directory = await read_directory(connection, NAME)
    if directory is None:
        raise LookupError(NAME)
    return directory.staff(CenterKind.family_assistance_center, Role.intake_worker)[0]


async def fill(parts: Parts, desk: Actor, families: int, seed: int = 1) -> Truth:
    """Record ``families`` at a desk, several at once, each in a transaction of its own."""
    if desk.organization_id is None:
        raise LookupError(desk.role)
    truth, waiting = Truth(desk.incident_id, desk.organization_id), islice(households(seed), families)

    async def receive() -> None:
        for family in waiting:
            await _record(parts, desk, truth, family)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(receive())
    return truth


async def _record(parts: Parts, desk: Actor, truth: Truth, family: Sequence[IdentityFacts]) -> None:
    form = IntakeForm("en", tuple(_person(str(place), facts) for place, facts in enumerate(family)))
    async with parts.database.transaction(Claims.of_system(desk.incident_id)) as connection:
        telling = Telling(connection, parts.tools, parts.clock())
        made: Any = await telling.act(desk, telling.now, "recordIntake", record_intake, form)
    for id, facts in zip(map(UUID, made["persons"]), family, strict=True):
        truth.people[id], truth.case_of[id] = facts, UUID(made["case"])


def _person(ref: str, facts: IdentityFacts) -> PersonForm:
    born_on: date | None = facts.born_on
    return PersonForm(
        ref, facts.given_name, facts.family_name, "en", "en", (InvolvementRole.witness,), phones=facts.phones,
        born_on=born_on.isoformat() if born_on else None, address=facts.address, postal_code=facts.postal_code,
    )  # fmt: skip


def dump(address: str, target: Path, programs: Path | None = None) -> None:
    """Write the whole database at ``address`` into ``target``, as anybody does who may read it."""
    with target.open("wb") as written:
        subprocess.run(
            [find_programs(programs).path("pg_dump"), "--data-only", "--dbname", address],
            stdout=written, check=True, env=child_environment(),
        )  # fmt: skip


def rows(source: Path, table: str) -> Iterator[Row]:
    """Yield the rows of ``table`` as they stand in the dump; what is NULL is an empty text."""
    with source.open(encoding="utf-8") as lines:
        columns: list[str] = []
        for line in lines:
            if columns:
                if line == "\\.\n":
                    return
                yield dict(zip(columns, map(_plain, line[:-1].split("\t")), strict=True))
            elif line.startswith(f"COPY public.{table} ("):
                columns = [each.strip('" ') for each in line.partition("(")[2].partition(")")[0].split(",")]


def _plain(value: str) -> str:
    return "" if value == _NULL else value.replace("\\\\", "\\")
