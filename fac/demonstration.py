"""The demonstration: everything set up in one folder, loaded with invented people, served until Ctrl-C.

The folder holds the database, the root key, the server's log and ``actors.json``; deleting it deletes the
demonstration. A load that was cut off goes on at the next start.
Never: touch a file it did not make, or serve real people (its environment is always ``demo``).
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from socket import socket

from fac import app, demo, logs, opening, serving
from fac.access.watching import Watch
from fac.api.context import Parts
from fac.db import migrating
from fac.db.claims import SERVING, WORKING, Login
from fac.db.embedded import Server
from fac.db.programs import passable_mode
from fac.db.rls.login_roles import hand_to_owner, kept_passwords, make_login_roles
from fac.errors import DatabaseUnavailable, SettingsUnsafe
from fac.jobs import worker
from fac.jobs.acting import Equipment
from fac.jobs.transport import choose_transport
from fac.private_files import open_private, write_private
from fac.progress import Bars
from fac.resources import checkout
from fac.settings import Settings

_DATABASE = "fac"
_PASSWORDS = "passwords"
_FILES = ("root-key.json", "actors.json", "secret", "server.log", "size.json", "shred-ledger.jsonl")
_SECRET_SECONDS = 300 * 24 * 3600  # the sessions made from it last a year


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for; None takes what is there, or the usual."""

    data: Path | None = None
    port: int = 8000
    reset: bool = False
    incidents: int | None = None
    households: int | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How much was invented, and whether the loading came to its end."""

    incidents: int
    households: int
    finished: bool = False


USUAL = Size(incidents=1, households=355)


def run(options: Options) -> None:
    """Serve the demonstration until a signal; raises PortTaken, DatabaseUnavailable, SettingsUnsafe."""
    folder = (options.data or _usual_folder()).absolute()
    settings = _settings(folder)
    with serving.listen(settings.host, options.port) as bound:
        if options.reset:
            _reset(folder, settings)
        folder.mkdir(mode=passable_mode(), parents=True, exist_ok=True)
        size = _wanted_size(folder, options)
        with _log_file(folder, settings), _server(folder, settings) as server:
            serving.run(_prepare_and_serve(folder, settings, size, bound, server))


async def _prepare_and_serve(
    folder: Path, settings: Settings, size: Size, bound: socket, server: Server | None
) -> None:
    settings = await _with_database(folder, settings, server)
    opening.create_root(settings)
    async with opening.in_custody(settings, create_keys=True):
        pass
    async with opening.opened(settings, (*WORKING, *SERVING)) as parts:
        if not size.finished:
            await _load(folder, parts, size)
        actors = await demo.actors(parts, _secret(folder))
        write_private(folder / "actors.json", json.dumps(actors, indent=2, ensure_ascii=False) + "\n")
        ready = f"ready {serving.address(bound)}/graphql"
        watch = Watch(parts.policies, "demo", parts.clock)
        equipment = Equipment(parts.database, parts.tools, parts.clock, choose_transport(settings.mail), parts.policies)
        await serving.serve(
            app.make_application(parts),
            bound,
            ready=lambda: print(ready, flush=True),  # noqa: T201  # the one line it promises
            companions=(
                lambda: worker.run(equipment, opening.address_of(settings, Login.worker)),
                lambda: watch.run(parts.database),
            ),
        )


async def _load(folder: Path, parts: Parts, size: Size) -> None:
    """Invent the people; one that was cut off goes on where it stopped."""
    _remember(folder, size)
    with Bars() as progress:
        await demo.load(
            parts,
            incidents=size.incidents,
            households=size.households,
            progress=progress,
            secret=_secret(folder),
        )
    _remember(folder, replace(size, finished=True))


async def _with_database(folder: Path, settings: Settings, server: Server | None) -> Settings:
    """Return the settings with the migrated database; an embedded server gets its login roles first."""
    if server is not None:
        kept = kept_passwords(folder / _PASSWORDS)
        await make_login_roles(server.dsn(), kept)
        place = await migrating.create_database(server.dsn(), _DATABASE)
        if not await hand_to_owner(place):
            raise DatabaseUnavailable(f"The data in {folder} are of an older program; start anew with --reset.")
        settings = replace(settings, database_url=place, database_passwords=folder / _PASSWORDS)
    await migrating.upgrade(opening.address_of(settings, Login.owner))
    return settings


@contextmanager
def _server(folder: Path, settings: Settings) -> Iterator[Server | None]:
    if settings.database_url is not None:
        yield None
        return
    with Server(folder / "postgres", programs=settings.postgres_programs) as server:
        yield server


@contextmanager
def _log_file(folder: Path, settings: Settings) -> Iterator[None]:
    with open_private(folder / "server.log") as log:
        logs.configure(log, level=settings.log_level)
        try:
            yield
        finally:
            logs.configure()


def _settings(folder: Path) -> Settings:
    environ = {**os.environ, "FAC_ENV": "demo", "FAC_DATA": str(folder)}
    environ.setdefault("FAC_ROOT_KEY_FILE", str(folder / "root-key.json"))
    return Settings.read(environ)


def _usual_folder() -> Path:
    root = checkout()
    return root / ".fac-demo" if root else Path.home() / ".local" / "share" / "fac" / "demo"


def _wanted_size(folder: Path, options: Options) -> Size:
    """Return what is loaded, or what is to be; raises SettingsUnsafe when the two differ."""
    try:
        held = Size(**json.loads((folder / "size.json").read_text("ascii")))
    except FileNotFoundError:
        return Size(options.incidents or USUAL.incidents, options.households or USUAL.households)
    wanted = Size(options.incidents or held.incidents, options.households or held.households, held.finished)
    if wanted != held:
        raise SettingsUnsafe(
            f"{folder} holds {held.incidents} incident(s) of {held.households} households; add --reset to load others"
        )
    return held


def _remember(folder: Path, size: Size) -> None:
    write_private(folder / "size.json", json.dumps(asdict(size)))


def _reset(folder: Path, settings: Settings) -> None:
    if settings.database_url is not None:
        raise SettingsUnsafe("--reset does not empty the database of FAC_DATABASE_URL; give an empty one instead")
    Server(folder / "postgres").destroy()
    shutil.rmtree(folder / _PASSWORDS, ignore_errors=True)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)


def _secret(folder: Path) -> bytes:
    """Return this folder's secret, from which the actors' tokens are made; a new one when their sessions end soon."""
    path = folder / "secret"
    if not path.is_file() or time.time() - path.stat().st_mtime > _SECRET_SECONDS:
        write_private(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text("ascii"))
