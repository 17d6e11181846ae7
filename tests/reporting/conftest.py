"""Connections for reporting tests: each test writes its own incident and rolls everything back.

Never: commit.
"""

from collections.abc import AsyncIterator

import pytest_asyncio

from fac.db.engine import Pool
from fac.db.statement import Connection


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Pool]:
    """The pool over this module's own database."""
    opened = await Pool.open(database_url, size=2, statement_seconds=60)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def connection(database: Pool) -> AsyncIterator[Connection]:
    """A connection inside a transaction that is rolled back."""
    async with database.connection() as lent:
        await lent.execute("BEGIN")
        yield lent
        await lent.execute("ROLLBACK")
