"""Jobs enqueued inside our own transaction, so that a job exists exactly when the change it follows does.

The library's own SQL function is called on our connection: a transactional outbox without a second table.
Never: put anything but ids and words into a job.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from fac.db.statement import Connection

_DEFER = """
SELECT procrastinate_defer_jobs_v1(
    ARRAY[ROW($1::text, $2::text, 0, NULL, NULL, $3::jsonb, $4::timestamptz)::procrastinate_job_to_defer_v1]
)
"""


async def defer(
    connection: Connection, task: str, ids: Mapping[str, UUID], *, queue: str = "default", at: datetime | None = None
) -> None:
    """Enqueue ``task`` with ids as its only arguments, to run after this transaction commits and not before ``at``."""
    arguments = orjson.dumps({name: str(value) for name, value in ids.items()}).decode()
    await connection.execute(_DEFER, queue, task, arguments, at)
