"""What the queue holds that a person should know of: jobs given up, and how long the oldest has waited.

Read over our own connection, so that health checks need no second pool.
Never: show a job's arguments; its name and number are enough to find it.
"""

from dataclasses import dataclass
from datetime import datetime

from fac.db.statement import Connection

_DEAD = """
SELECT job.id, job.task_name, job.attempts, max(event.at) AS ended_at
FROM procrastinate_jobs job LEFT JOIN procrastinate_events event ON event.job_id = job.id
WHERE job.status = 'failed' GROUP BY job.id ORDER BY job.id LIMIT $1
"""
_WAITING = """
SELECT count(*) AS jobs, coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, (
  SELECT min(event.at) FROM procrastinate_events event WHERE event.job_id = job.id AND event.type = 'deferred'
), now()))), 0)::float8 AS seconds
FROM procrastinate_jobs job WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
"""

_REVIVE = "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = now() WHERE status = 'failed'"


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up after its last attempt."""

    id: int
    task: str
    attempts: int
    ended_at: datetime | None


async def dead_jobs(connection: Connection, *, most: int = 100) -> list[DeadJob]:
    """Return the jobs that were given up, oldest first; ``fac doctor`` shows them."""
    rows = await connection.fetch(_DEAD, most)
    return [DeadJob(row["id"], row["task_name"], row["attempts"], row["ended_at"]) for row in rows]


async def revive_dead_jobs(connection: Connection) -> int:
    """Let every job that was given up be tried anew, from its first attempt; return how many there were."""
    return int((await connection.execute(_REVIVE)).rpartition(" ")[2])


async def waiting_jobs(connection: Connection) -> tuple[int, float]:
    """Return how many jobs could run now, and for how many seconds the oldest has been due."""
    ((jobs, seconds),) = await connection.fetch(_WAITING)
    return jobs, seconds
