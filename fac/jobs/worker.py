"""The worker: takes jobs from the queue, sweeps up after workers that died, seals the audit trail, forgets, mixes.

The queue is Procrastinate's, in our own database; jobs get there inside the transactions they follow (fac.db.outbox).
Never: lose a job because a worker or the database died; what was begun is begun again, and does nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from fac.errors import FacError
from fac.jobs.acting import Equipment
from fac.jobs.beating import Beat
from fac.jobs.mixing import mix_for_ever
from fac.jobs.retention import forget_for_ever
from fac.jobs.retry import MOST_ATTEMPTS, Backoff, alarm
from fac.jobs.sealing import Sealer
from fac.jobs.task import TASKS, run_task
from fac.logs import get_log

QUEUE = "default"
_SWEEP_SECONDS = 30.0
_DEAD_AFTER_SECONDS = 60.0  # a living worker's heart beats every ten
_GRACE_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
_AWAY = (OSError, ConnectorException, asyncpg.PostgresError, asyncpg.InterfaceError, FacError)


def make_queue(equipment: Equipment, dsn: str, *, connections: int = 4) -> App:
    """Return the queue with every task registered; ``dsn`` is a direct address, since it listens for new jobs."""
    queue = App(connector=PsycopgConnector(conninfo=dsn, min_size=1, max_size=connections))
    for name in TASKS:
        queue.task(name=name, queue=QUEUE, retry=Backoff(), pass_context=True)(_runner(equipment, name))
    return queue


def _runner(equipment: Equipment, name: str) -> Callable[..., Awaitable[None]]:
    async def run_job(context: JobContext, **arguments: Any) -> None:
        await run_task(equipment, name, arguments)
        get_log().info("job.done", job=name, job_id=context.job.id, attempt=context.job.attempts + 1)

    return run_job


async def run(equipment: Equipment, dsn: str, *, concurrency: int = 4) -> None:
    """Work until cancelled; running jobs get a few seconds to finish."""
    queue, sealer = (
        make_queue(equipment, dsn, connections=concurrency + 2),
        Sealer(equipment.database, equipment.tools.mac),
    )
    async with queue.open_async(), asyncio.TaskGroup() as group:
        group.create_task(_work(queue, concurrency))
        group.create_task(_sweep_for_ever(queue))
        group.create_task(sealer.run())
        group.create_task(Beat(equipment.database, lambda: sealer.passed_at).run())
        group.create_task(forget_for_ever(equipment.database))
        group.create_task(mix_for_ever(equipment.database))


async def run_waiting(equipment: Equipment, dsn: str) -> None:
    """Carry out every job that can run now, and return."""
    queue = make_queue(equipment, dsn)
    async with queue.open_async():
        await queue.run_worker_async(
            queues=[QUEUE], wait=False, listen_notify=False, install_signal_handlers=False, delete_jobs="successful"
        )


async def _work(queue: App, concurrency: int) -> None:
    """Run the library's worker, again and again: it ends when its connection does."""
    pause = 1.0
    while True:
        begun = asyncio.get_running_loop().time()
        try:
            await queue.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=_GRACE_SECONDS,
                delete_jobs="successful",
            )
        except _AWAY as fault:
            get_log().warning("worker.interrupted", exc_info=fault)
        lasted = asyncio.get_running_loop().time() - begun
        pause = 1.0 if lasted > _LONGEST_PAUSE else min(_LONGEST_PAUSE, pause * 2)
        await asyncio.sleep(pause)


async def _sweep_for_ever(queue: App) -> None:
    while True:
        try:
            await sweep(queue)
        except _AWAY as fault:
            get_log().warning("worker.not_swept", exc_info=fault)
        await asyncio.sleep(_SWEEP_SECONDS)


async def sweep(queue: App, *, dead_after_seconds: float = _DEAD_AFTER_SECONDS) -> int:
    """Put jobs back whose worker died; one that keeps killing its worker is given up. Returns how many there were."""
    stalled = list(await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=dead_after_seconds))
    for job in stalled:
        await _take_from_the_dead(queue, job)
    return len(stalled)


async def _take_from_the_dead(queue: App, job: Job) -> None:
    if job.attempts + 1 < MOST_ATTEMPTS:
        get_log().warning("job.orphaned", job=job.task_name, job_id=job.id, attempt=job.attempts + 1)
        await queue.job_manager.retry_job(job)
        return
    alarm(job)
    await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
