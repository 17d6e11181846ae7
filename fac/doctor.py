"""Checks the machine, the settings, the database and the keys, and says of each what it found and what to do.

Never: change anything, or print a secret.
"""

import asyncio
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fac import opening
from fac.access import policy
from fac.access.watching import ALIVE
from fac.app import packaged_policies
from fac.db import migrating
from fac.db.claims import POOLS, Login
from fac.db.engine import Database, Pool
from fac.db.policy import newest_number, processes_since
from fac.db.programs import choose_runner, find_programs
from fac.db.rls.safety import refuse_unsafe
from fac.errors import FacError, JobRefused, PolicyInvalid
from fac.jobs.queue import dead_jobs, waiting_jobs
from fac.resources import policies_dir
from fac.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and a sentence."""

    subject: str
    well: bool
    words: str


def examine() -> Iterator[Finding]:
    """Yield a finding for each thing that a process needs; what depends on a failed one is left out."""
    yield _look("python", lambda: f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _look("policy", lambda: f"version {policy.load(policies_dir()).version.hex()[:12]}")
    finding = _look("settings", lambda: f"environment {Settings.read(os.environ).environment}")
    yield finding
    if not finding.well:
        return
    settings = Settings.read(os.environ)
    if settings.database_url is None:
        yield _look("postgresql", lambda: _programs(settings))
        return
    logins = [login for login in POOLS if opening.has_password(settings, login)] or [Login.staff]
    for login in logins:
        finding = _look(login.role, lambda login=login: asyncio.run(_login(settings, login)))  # type: ignore[misc]  # bound
        yield finding
        if not finding.well:
            return
    if found := [each for each in (Login.staff, Login.worker) if each in logins]:
        yield _look("erasures", lambda: asyncio.run(_erasures(settings, found[0])))
    yield _look("keys", lambda: asyncio.run(_keys(settings, logins[0])))
    yield _look("policy in force", lambda: asyncio.run(_policy(opening.address_of(settings, logins[0]))))
    if Login.worker in logins:
        yield _look("jobs", lambda: asyncio.run(_jobs(opening.address_of(settings, Login.worker))))


def _look(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, look())
    except FacError as refused:
        return Finding(subject, False, str(refused))


def _programs(settings: Settings) -> str:
    if sys.platform == "win32":
        return "no embedded server on this system; set FAC_DATABASE_URL"
    found = find_programs(settings.postgres_programs).runnable_by(choose_runner())
    return f"no FAC_DATABASE_URL; the demonstration would use PostgreSQL {found.version} in {found.folder}"


async def _login(settings: Settings, login: Login) -> str:
    dsn = opening.address_of(settings, login)
    state = await migrating.schema_state(dsn)
    if state.behind:
        await opening.refuse_old_schema(dsn)
    database = await Database.open({login: dsn}, own=login, size=1)
    try:
        await refuse_unsafe(database)
    finally:
        await database.close()
    return f"answers, is held by row-level security, schema {state.current}"


async def _keys(settings: Settings, login: Login) -> str:
    async with opening.opened(settings, (login,)):
        return "the root opens every key"


async def _erasures(settings: Settings, login: Login) -> str:
    """Tell how long the shred ledger is; a database that knows somebody it names is a fault."""
    if settings.shred_ledger is None:
        return "no shred ledger here (FAC_SHRED_LEDGER), so nobody is erased"
    if not settings.shred_ledger.exists():
        return "the shred ledger is not begun: nobody was erased"
    async with opening.opened(settings, (login,), personal=False) as parts:
        lines = parts.tools.shred_ledger.head().lines
    return f"the shred ledger has {lines} lines, and the database knows nobody it names"


async def _policy(dsn: str) -> str:
    """Tell which processes have what in force; one that refused a change, or lags behind it, is a fault."""
    pool = await Pool.open(dsn, size=1)
    try:
        async with pool.connection() as connection:
            newest = await newest_number.value(connection)
            alive = await processes_since.all(connection, since=datetime.now(UTC) - ALIVE)
            policies = packaged_policies()
            await policies.load(connection)
    finally:
        await pool.close()
    listed = "; ".join(
        f"{each['component']} {each['version'][:12]} since {each['since']:%Y-%m-%d %H:%M}" for each in alive
    )
    if refused := [each for each in alive if each["refused"] is not None]:
        raise PolicyInvalid(f"change {refused[0]['refused']} was refused by {len(refused)} processes: {listed}")
    if behind := [each for each in alive if each["number"] != newest]:
        raise PolicyInvalid(f"{len(behind)} processes are not at change {newest} yet: {listed}")
    return f"change {newest}, version {policies.current.policy.version.hex()[:12]}; {listed or 'no process runs'}"


async def _jobs(dsn: str) -> str:
    pool = await Pool.open(dsn, size=1)
    try:
        async with pool.connection() as connection:
            waiting, seconds = await waiting_jobs(connection)
            dead = await dead_jobs(connection)
    finally:
        await pool.close()
    if dead:
        listed = ", ".join(f"{each.task} ({each.id})" for each in dead)
        raise JobRefused(f"given up after their last attempt: {listed}")
    return f"{waiting} waiting, the oldest due for {seconds:.0f} seconds; none was given up"
