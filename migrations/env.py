"""Alembic's entry: the house metadata, one transaction a migration, short waits for locks, one migrator at a time.

Never: run without a connection (no SQL scripts are written), or wait long on a lock that people are using.
"""

import asyncio
import os

from alembic import context
from alembic.config import Config
from sqlalchemy import Connection, text

from fac.db import migrating
from fac.db.rls import applying as rls
from fac.db.tables import metadata

_ONE_AT_A_TIME = 0x6661636D  # "facm", the advisory lock every migrator takes


def run(connection: Connection) -> None:
    """Bring the database of ``connection`` to the wanted revision."""
    connection.execute(text("SET statement_timeout = 0"))  # the application's own limit is for requests
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
    connection.execute(text("SET lock_timeout = '5s'"))  # after the wait for another migrator, which may be long
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_type=True,
        include_object=migrating.is_ours,
    )
    if context.get_context().get_current_revision() not in (None, context.get_head_revision()):
        rls.lift_force(connection)
    with context.begin_transaction():
        context.run_migrations()


def connection_of(config: Config) -> Connection | None:
    """Return the connection that ``fac migrate`` and the tests hand over."""
    given = config.attributes.get("connection")
    return given if isinstance(given, Connection) else None


if (given := connection_of(context.config)) is not None:
    run(given)
else:  # the alembic command itself, to write a new revision
    asyncio.run(migrating.with_connection(os.environ["FAC_DATABASE_URL"], run))
