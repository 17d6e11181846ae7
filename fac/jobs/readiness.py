"""Whether a process can serve, and whether what works behind it keeps up: what ``/readyz`` answers.

Without a database that takes writes, or without the keys that are in force, nobody can be served: not ready. A worker
that is silent, seals that lag and jobs that wait are late: families are served all the same (each audit row stands
with its read or change; only the seal over it is missing), so a late worker takes no process out of service. Whoever
watches alarms on any word but ``ready``.
Never: say anything of a person, an incident or a job but how many and how long.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final

import asyncpg

from fac.db.beat import newest_beats
from fac.db.engine import Database
from fac.db.statement import Connection, Row
from fac.errors import FacError

# A worker beats every five seconds; a whole minute of silence is no busy moment any more.
SILENT_AFTER: Final = timedelta(minutes=1)
# A pass comes every five seconds, but once an hour it looks at every row there is, for ten minutes at most (fac.jobs.
# sealing): what is older was not sealed by that pass either.
SEAL_LATE_AFTER: Final = timedelta(minutes=15)
# A job runs within a second or so. One whose worker died is taken up again within two minutes (fac.jobs.worker).
JOB_LATE_AFTER: Final = timedelta(minutes=5)
_WRITABLE: Final = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"

KeysAreUsable = Callable[[Connection], Awaitable[bool]]


class Ready(StrEnum):
    """What a process says of itself."""

    ready = auto()
    late = auto()
    database_not_writable = auto()
    keys_not_usable = auto()


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found; seconds are None where nobody told."""

    status: Ready
    late: list[str] = field(default_factory=list)  # policy, worker, seals, jobs
    seal_lag_seconds: int | None = None
    job_age_seconds: int | None = None
    jobs_given_up: int | None = None

    @property
    def can_serve(self) -> bool:
        """Tell whether requests should be sent here."""
        return self.status in (Ready.ready, Ready.late)

    def as_answer(self) -> dict[str, Any]:
        """Return the words of ``/readyz``."""
        return {
            "status": self.status, "late": self.late, "seal_lag_seconds": self.seal_lag_seconds,
            "job_age_seconds": self.job_age_seconds, "jobs_given_up": self.jobs_given_up,
        }  # fmt: skip


async def readiness(
    database: Database, keys_are_usable: KeysAreUsable, now: datetime, *, refused_policy: bool
) -> Readiness:
    """Return how it stands; a database that does not answer is one that is not writable.

    ``refused_policy``: a policy was approved that this process could not take, so that it serves by the one before.
    """
    try:
        async with database.own_transaction() as connection:
            if not await connection.fetchval(_WRITABLE):
                return Readiness(Ready.database_not_writable)
            if not await keys_are_usable(connection):
                return Readiness(Ready.keys_not_usable)
            beats = await newest_beats.all(connection)
    except (OSError, FacError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Readiness(Ready.database_not_writable)
    found = _worker(beats, now)
    return replace(found, status=Ready.late, late=["policy", *found.late]) if refused_policy else found


def _worker(beats: list[Row], now: datetime) -> Readiness:
    if not beats:
        return Readiness(Ready.late, ["worker"])
    newest = beats[0]
    seals = [row["sealed_at"] for row in beats if row["sealed_at"] is not None]
    sealed = now - max(seals) if seals else now - newest["beat_at"]
    waits = now - newest["due_since"] if newest["due_since"] is not None else timedelta(0)
    found = {
        "worker": now - newest["beat_at"] > SILENT_AFTER, "seals": sealed > SEAL_LATE_AFTER,
        "jobs": waits > JOB_LATE_AFTER or newest["given_up"] > 0,
    }  # fmt: skip
    late = [name for name, is_late in found.items() if is_late]
    return Readiness(
        Ready.late if late else Ready.ready, late, _whole(sealed) if seals else None, _whole(waits), newest["given_up"]
    )


def _whole(length: timedelta) -> int:
    return max(0, int(length.total_seconds()))
