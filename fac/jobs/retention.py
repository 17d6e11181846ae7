"""Forgets what is kept for a time only: the answers stored for retries, after a week.

Never: touch a record of a family, or the audit.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
from sqlalchemy import DateTime, bindparam, delete

from fac.db.audit import idempotency_keys
from fac.db.claims import Claims
from fac.db.engine import Database
from fac.db.statement import Statement
from fac.errors import Busy, DatabaseUnavailable
from fac.logs import get_log

KEPT: Final = timedelta(days=7)
_EVERY_SECONDS = 3600.0

_forget = Statement(
    delete(idempotency_keys).where(
        idempotency_keys.c.created_at < bindparam("before", type_=DateTime(timezone=True), required=True)
    ),
    across_incidents=True,
)


async def forget_old_keys(database: Database, now: datetime) -> int:
    """Delete the stored answers of requests older than KEPT and return how many there were."""
    async with database.transaction(Claims.of_system()) as connection:
        return await _forget.run(connection, before=now - KEPT)


async def forget_for_ever(database: Database) -> None:
    """Forget every hour until cancelled; a database that is away is waited for."""
    while True:
        try:
            count = await forget_old_keys(database, datetime.now(UTC))
            get_log().info("retention.forgotten", count=count)
        except (OSError, Busy, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            get_log().warning("retention.interrupted", exc_info=fault)
        await asyncio.sleep(_EVERY_SECONDS)
