"""From settings to a running set of parts: the database reached and of the right schema, the root key read, keys open.

Never: start on a schema older than the program, or keep a connection when the start fails.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fac import app
from fac.crypto.root import FileRoot
from fac.db import migrating
from fac.db.engine import Database
from fac.db.key_row import all_class_keys
from fac.errors import DatabaseUnavailable, SettingsUnsafe

if TYPE_CHECKING:
    from fac.api.context import Parts
    from fac.settings import Settings


@asynccontextmanager
async def opened(settings: "Settings", *, create_keys: bool = False) -> AsyncIterator["Parts"]:
    """Lend the parts of a process and close its connections afterwards.

    With ``create_keys`` a database without keys is given its first ones. Raises DatabaseUnavailable, SettingsUnsafe,
    WrongKey when the root is another one than the data were sealed under, KeyUnavailable when there are no keys.
    """
    root = open_root(settings)
    dsn = database_url(settings)
    await refuse_old_schema(dsn)
    database = await Database.open(dsn, size=settings.pool_size)
    try:
        ring = await app.open_ring(database, root, create=create_keys)
        yield app.make_parts(database, ring, free_documents=settings.free_documents)
    finally:
        await database.close()


def open_root(settings: "Settings") -> FileRoot:
    """Return the root of all keys; raises SettingsUnsafe where there is none that this environment may use."""
    if settings.root_key_file is None:
        raise SettingsUnsafe("FAC_ROOT_KEY_FILE must name the root key file (fac keys create makes one)")
    return FileRoot(settings.root_key_file, settings.environment)


def database_url(settings: "Settings") -> str:
    """Return the address of the database; raises DatabaseUnavailable where none is set."""
    if settings.database_url is None:
        raise DatabaseUnavailable("Set FAC_DATABASE_URL to the database this command should work on.")
    return settings.database_url


async def refuse_old_schema(dsn: str) -> None:
    """Raise DatabaseUnavailable when migrations are missing; a schema newer than the program is fine."""
    state = await migrating.schema_state(dsn)
    if state.behind:
        raise DatabaseUnavailable("The database's schema is older than this program; run fac migrate first.")


def create_root(settings: "Settings") -> bool:
    """Make the root key file unless it is there; return whether it was made."""
    if settings.root_key_file is None or settings.root_key_file.exists():
        open_root(settings)
        return False
    settings.root_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    FileRoot.create(settings.root_key_file)
    return True


async def key_lines(settings: "Settings", *, create: bool = False) -> list[str]:
    """Return a line a key: purpose, epoch and state; the root opens them all, or this raises WrongKey."""
    async with opened(settings, create_keys=create) as parts, parts.database.connection() as connection:
        rows = await all_class_keys.all(connection)
    return [f"{row['purpose']}@{row['epoch']} {row['state']}" for row in rows]
