"""Whether a process can serve, and whether what works behind it keeps up: words, numbers and nothing personal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fac.db.claims import Claims, Login
from fac.domain.ids import new_id
from fac.jobs.acting import Equipment
from fac.jobs.beating import Beat
from fac.jobs.queue import waiting_jobs
from fac.jobs.readiness import JOB_LATE_AFTER, SEAL_LATE_AFTER, SILENT_AFTER
from fac.jobs.sealing import Sealer
from tests.caseloads import carried_family
from tests.referring import sent
from tests.world import World

BEAT = "INSERT INTO worker_beats (id, beat_at, sealed_at, due_since, given_up) VALUES ($1, $2, $3, $4, $5)"


@pytest.fixture(autouse=True)
async def nobody_yet(world: World) -> None:
    await world.fetch("DELETE FROM worker_beats")


async def beat(world: World, *, silent: float = 0, unsealed: float = 0, due: float | None = None, given_up: int = 0):
    """Let a worker have said so many seconds ago what it says."""
    now = datetime.now(UTC)
    ago = [now - timedelta(seconds=each) for each in (silent, silent + unsealed)]
    since = None if due is None else now - timedelta(seconds=due)
    await world.fetch(BEAT, new_id(), *ago, since, given_up)


async def asked(world: World) -> tuple[int, dict[str, Any]]:
    response = await world.http.get("/readyz")
    return response.status_code, response.json()


async def test_a_worker_that_keeps_up_is_ready(world: World) -> None:
    await beat(world, unsealed=7, due=2)
    status, said = await asked(world)
    assert (status, said["status"], said["late"], said["jobs_given_up"]) == (200, "ready", [], 0)
    assert 7 <= said["seal_lag_seconds"] < 60
    assert 2 <= said["job_age_seconds"] < 60


@pytest.mark.parametrize(
    ("told", "late"),
    [
        (None, ["worker"]),
        ({"silent": SILENT_AFTER.total_seconds() + 1}, ["worker"]),
        ({"unsealed": SEAL_LATE_AFTER.total_seconds() + 1}, ["seals"]),
        ({"due": JOB_LATE_AFTER.total_seconds() + 1}, ["jobs"]),
        ({"given_up": 1}, ["jobs"]),
        ({"silent": 3600, "due": 3601}, ["worker", "seals", "jobs"]),
    ],
)
async def test_what_is_late_is_named_and_families_are_served_all_the_same(
    world: World, told: dict[str, Any] | None, late: list[str]
) -> None:
    if told is not None:
        await beat(world, **told)
    status, said = await asked(world)
    assert (status, said["status"], said["late"]) == (200, "late", late)


async def test_of_two_workers_one_that_seals_is_enough(world: World) -> None:
    await beat(world, unsealed=SEAL_LATE_AFTER.total_seconds() + 1)
    await beat(world, silent=3)
    assert (await asked(world))[1]["late"] == []


async def test_without_the_keys_in_force_nobody_is_sent_here(world: World) -> None:
    await beat(world)
    await world.fetch("UPDATE class_keys SET epoch = 7 WHERE purpose = 'kek:identity'")
    try:
        status, said = await asked(world)
    finally:
        await world.fetch("UPDATE class_keys SET epoch = 1 WHERE purpose = 'kek:identity'")
    assert (status, said["status"], said["seal_lag_seconds"]) == (503, "keys_not_usable", None)
    assert (await asked(world))[0] == 200


async def test_a_database_that_takes_no_writes_is_not_ready(world: World) -> None:
    await world.fetch("ALTER ROLE fac_worker SET default_transaction_read_only = on")
    pool = world.parts.database.pool(Login.worker)
    try:
        await pool._pool.expire_connections()
        assert (await asked(world))[0] == 503
        assert (await asked(world))[1]["status"] == "database_not_writable"
    finally:
        await world.fetch("ALTER ROLE fac_worker RESET default_transaction_read_only")
        await pool._pool.expire_connections()
    assert (await asked(world))[0] == 200


async def test_a_worker_says_what_it_did_and_what_waits_and_every_process_may_read_it(
    world: World, equipment: Equipment
) -> None:
    await carried_family(world)
    await sent(world)
    sealer = Sealer(equipment.database, equipment.tools.mac)
    own = Beat(world.parts.database, lambda: sealer.passed_at)
    await own.tell(datetime.now(UTC))
    assert "seals" not in (await asked(world))[1]["late"]  # it has only begun
    await sealer.pass_over()
    await world.fetch("UPDATE procrastinate_jobs SET scheduled_at = NULL")  # the world's clock is another one
    await world.fetch("UPDATE procrastinate_events SET at = now() - interval '400 s'")
    async with world.parts.database.own_transaction() as connection:
        jobs, seconds = await waiting_jobs(connection)
    assert jobs
    assert seconds >= 400
    await own.tell(datetime.now(UTC))
    _, said = await asked(world)
    assert said["late"] == ["jobs"]
    assert said["seal_lag_seconds"] < 60
    assert 400 <= said["job_age_seconds"] < 500
    for login in (Login.staff, Login.partner, Login.portal, Login.report):
        async with world.parts.database.transaction(Claims(login, None)) as connection:
            assert len(await connection.fetch("SELECT 1 FROM worker_beats")) == 1


async def test_a_trail_that_was_rolled_back_is_not_said_to_be_sealed(world: World, equipment: Equipment) -> None:
    await carried_family(world)
    sealer = Sealer(equipment.database, equipment.tools.mac)
    await sealer.pass_over()
    before = sealer.passed_at
    sealer._witnessed[world.incident_id] = (10_000, b"another")
    await sealer.pass_over()
    assert sealer.passed_at == before


async def test_a_policy_that_this_process_could_not_take_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await beat(world)
    monkeypatch.setattr(world.parts.policies, "refused", 7)
    status, said = await asked(world)
    assert (status, said["status"], said["late"]) == (200, "late", ["policy"])
