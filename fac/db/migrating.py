"""Bringing a database to the newest schema, and making or copying whole databases.

Never: change data of a running incident outside a migration, or put a password into a message.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fac.db.engine import unreachable
from fac.db.rls import applying as rls
from fac.resources import migrations_dir

T = TypeVar("T")

_DATABASE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Where a database stands: its revision, the newest one, and whether this program knows the former."""

    current: str | None
    newest: str | None
    known: bool = True

    @property
    def up_to_date(self) -> bool:
        """Tell whether nothing is left to migrate."""
        return self.current == self.newest

    @property
    def behind(self) -> bool:
        """Tell whether migrations are missing; a newer program's database is not behind."""
        return not self.up_to_date and (self.current is None or self.known)


async def upgrade(dsn: str, revision: str = "head") -> SchemaState:
    """Migrate the database at ``dsn`` up to ``revision`` and return where it stands; each migration commits alone.

    At the newest revision the doors of every table are set anew (fac.db.rls). Raises DatabaseUnavailable.
    """

    def run(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        head = ScriptDirectory.from_config(config).get_current_head()
        command.upgrade(config, revision)
        connection.commit()
        if MigrationContext.configure(connection).get_current_revision() == head:
            rls.apply(connection)

    await with_connection(dsn, run)
    return await schema_state(dsn)


async def schema_state(dsn: str) -> SchemaState:
    """Return where the database at ``dsn`` stands; raises DatabaseUnavailable when no server answers."""
    script = ScriptDirectory.from_config(_config())
    current = await with_connection(dsn, lambda link: MigrationContext.configure(link).get_current_revision())
    known = current is None or any(each.revision == current for each in script.walk_revisions())
    return SchemaState(current, script.get_current_head(), known)


def knows(revision: str) -> bool:
    """Tell whether this program has the migration that made ``revision``."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


async def with_connection(dsn: str, work: Callable[[Connection], T]) -> T:
    """Run synchronous ``work`` on one SQLAlchemy connection to ``dsn``; it commits for itself."""
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=NullPool, hide_parameters=True)
    try:
        connection = await engine.connect()
    except (OSError, DBAPIError, asyncpg.PostgresError) as fault:
        await engine.dispose()
        raise unreachable(fault.orig if isinstance(fault, DBAPIError) else fault) from None
    try:
        return await connection.run_sync(work)
    finally:
        await connection.close()
        await engine.dispose()


def sqlalchemy_url(dsn: str) -> str:
    """Return ``dsn`` (``postgresql://...``) as the address SQLAlchemy's asyncpg driver wants."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", dsn)


def plain_dsn(dsn: str) -> str:
    """Return ``dsn`` without SQLAlchemy's driver name, as asyncpg and psycopg want it."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", dsn)


def with_database(dsn: str, name: str) -> str:
    """Return the address of database ``name`` on the server of ``dsn``."""
    parts = urlsplit(plain_dsn(dsn))
    return urlunsplit(parts._replace(path=f"/{_checked(name)}"))


async def create_database(dsn: str, name: str, *, template: str | None = None) -> str:
    """Make database ``name`` on the server of ``dsn`` unless it is there; return its address.

    With ``template`` it becomes a copy of that database, to which nobody may be connected.
    """
    connection = await asyncpg.connect(plain_dsn(dsn))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            copied = f' TEMPLATE "{_checked(template)}"' if template else ""
            await connection.execute(f'CREATE DATABASE "{_checked(name)}"{copied}')
    finally:
        await connection.close()
    return with_database(dsn, name)


async def drop_database(dsn: str, name: str) -> None:
    """Drop database ``name`` on the server of ``dsn``, with whatever connections it still has."""
    connection = await asyncpg.connect(plain_dsn(dsn))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')
    finally:
        await connection.close()


def is_ours(_item: object, name: str | None, _kind: str, _reflected: bool, _compared: object) -> bool:
    """Tell Alembic which objects are the house's: not those of the job library."""
    return not (name or "").startswith("procrastinate")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _checked(name: str) -> str:
    if not _DATABASE_NAME.fullmatch(name):
        raise ValueError("a database name is lower-case letters, digits and underscores")
    return name
