"""Loads the demonstration: the stage first, then the families, several at once, each in a transaction of its own.

A family is told under an idempotency key that follows from its number, so a load that was cut off goes on where it
stopped and a finished one changes nothing.
Never: leave half a family behind.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import asyncpg
from sqlalchemy import bindparam, select

from fac.casework.assistance import record_anonymous_contacts
from fac.casework.intake import record_intake
from fac.casework.work import Result, Work, once
from fac.db.audit import idempotency_keys
from fac.db.claims import Claims
from fac.db.statement import Statement
from fac.demo.course import begin, live_through
from fac.demo.directory import ADMINISTRATOR, PAST, Directory, find_stage, read_directory, set_stage
from fac.demo.licensing import license_providers
from fac.demo.session import actors
from fac.demo.telling import Telling
from fac.domain.ids import new_id
from fac.domain.vocabulary import CenterKind, Role

if TYPE_CHECKING:
    from fac.api.context import Parts

Progress = Callable[[str, int, int], None]

AT_ONCE = 8
_TRIES = 5
_FINISH = "loadDemonstration"
_NAMES = ("Larkmoor Fairground", "Larkmoor tabletop exercise")
_finished = Statement(
    select(idempotency_keys.c.created_at).where(
        idempotency_keys.c.incident_id == bindparam("incident_id"), idempotency_keys.c.operation == _FINISH
    )
)


def incident_name(number: int) -> str:
    """Return the name of incident ``number``; the second is an exercise."""
    return _NAMES[number] if number < len(_NAMES) else f"Larkmoor incident {number + 1}"


async def is_loaded(parts: "Parts") -> bool:
    """Tell whether a demonstration was loaded to its end."""
    async with parts.database.transaction(Claims.of_system()) as connection:
        incident_id = await find_stage(connection, incident_name(0))
    if incident_id is None:
        return False
    async with parts.database.transaction(Claims.of_system(incident_id)) as connection:
        return await _finished.first(connection, incident_id=incident_id) is not None


async def load(
    parts: "Parts", *, incidents: int, households: int, progress: Progress, seed: int = 7, secret: bytes | None = None
) -> list[dict[str, str | None]]:
    """Load ``incidents`` incidents of ``households`` families each and return ``actors(parts, secret)``.

    Without a ``secret`` the actors' tokens are made by chance, and nobody can have them again.
    """
    for number in reversed(range(incidents)):
        await _load_one(parts, number, households, progress, f"{seed} {number}")
    return await actors(parts, secret or secrets.token_bytes(32))


async def _load_one(parts: "Parts", number: int, households: int, progress: Progress, seed: str) -> None:
    now = parts.clock()
    name, title = incident_name(number), f"families of {incident_name(number)}"
    async with parts.database.transaction(Claims.of_system()) as connection:
        incident_id = await find_stage(connection, name) or new_id()
    async with parts.database.transaction(Claims.of_system(incident_id)) as connection:
        directory = await read_directory(connection, name)
        if directory is None:
            telling = Telling(connection, parts.tools, now)
            await set_stage(telling, incident_id=incident_id, name=name, is_exercise=number == 1, households=households)
            directory = await read_directory(connection, name)
            if directory is not None:
                await license_providers(telling, directory)
    if directory is None:
        raise LookupError(name)
    waiting, done = iter(range(households)), 0

    async def tell_families() -> None:
        nonlocal done
        for family in waiting:
            await _tell_family(parts, directory, family, seed, now)
            done += 1
            progress(title, done, households)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(tell_families())
    await _finish(parts, directory, households, now)


async def _tell_family(parts: "Parts", directory: Directory, number: int, seed: str, now: datetime) -> None:
    for attempt in range(_TRIES):
        try:
            async with parts.database.transaction(Claims.of_system(directory.incident_id)) as connection:
                await _tell(Telling(connection, parts.tools, now), directory, number, seed)
                return
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            if attempt == _TRIES - 1:
                raise


async def _tell(telling: Telling, directory: Directory, number: int, seed: str) -> None:
    begun = begin(seed, number, directory, telling.now)
    key = uuid5(directory.incident_id, f"family {number}")

    async def tell(work: Work) -> Result:
        recorded = await record_intake(work, begun.family.form)
        await live_through(telling, directory, begun, recorded)
        return recorded

    await once(telling.work(begun.desk, begun.at, "recordIntake"), key, f"{seed} {number}".encode(), tell)


async def _finish(parts: "Parts", directory: Directory, households: int, now: datetime) -> None:
    """Count the calls of people who gave no name, and write down that the load is whole."""
    key = uuid5(directory.incident_id, f"finished {households}")
    async with parts.database.transaction(Claims.of_system(directory.incident_id)) as connection:
        telling = Telling(connection, parts.tools, now)

        async def tell(_: Work) -> Result:
            for at, given in _calls(directory, now, households):
                desk = given.pop("desk")
                await telling.act(desk, at, "recordAnonymousContacts", record_anonymous_contacts, **given)
            return {"households": households}

        await once(telling.work(directory.hats[ADMINISTRATOR], now, _FINISH), key, b"", tell)


def _calls(directory: Directory, now: datetime, households: int) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for kind in CenterKind:
        desk = directory.staff(kind, Role.intake_worker)[0]
        for week in range(PAST.days // 7):
            at = now - PAST + timedelta(days=3 + 7 * week)
            calls = 1 + households * (1 + week % 5) // (40 + 10 * week)
            yield at, {
                "desk": desk, "contacts": calls, "contacted_on": (at - timedelta(days=1)).date(),
                "award_id": directory.awards[week % 2],
            }  # fmt: skip
