"""How often a job is tried, and what happens when it is given up: it is dead, the log says so, and doctor lists it.

Never: give a job up in silence, or try one for ever.
"""

from datetime import timedelta
from typing import Final

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from fac.logs import get_log

MOST_ATTEMPTS: Final = 10
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=2)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait when ``attempts`` earlier ones failed too: 10 s, 30 s, 90 s, ... two hours at most."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * int(3**attempts))


class Backoff(BaseRetryStrategy):
    """Tries again later and later; the last failure is an alarm."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None when the job is given up."""
        if job.attempts + 1 >= MOST_ATTEMPTS:
            alarm(job, exception)
            return None
        wait = wait_after(job.attempts)
        get_log().warning(
            "job.retried", job=job.task_name, job_id=job.id, attempt=job.attempts + 1, code=_code_of(exception)
        )
        return RetryDecision(retry_in={"seconds": int(wait.total_seconds())})


def alarm(job: Job, exception: BaseException | None = None) -> None:
    """Log that a job is dead."""
    get_log().error("job.dead", job=job.task_name, job_id=job.id, attempt=job.attempts + 1, code=_code_of(exception))


def _code_of(exception: BaseException | None) -> str | None:
    code = getattr(exception, "code", None)
    return code if isinstance(code, str) else None
