"""The worker on the real queue: jobs left by real steps are done, failures are tried again, the given-up are listed."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from procrastinate.jobs import Job

from fac.audit.verify import verify
from fac.errors import NotDelivered
from fac.jobs.acting import Equipment
from fac.jobs.queue import dead_jobs, revive_dead_jobs, waiting_jobs
from fac.jobs.retry import MOST_ATTEMPTS, Backoff, wait_after
from fac.jobs.sealing import Sealer
from fac.jobs.worker import make_queue, run, run_waiting, sweep
from tests.caseloads import raw
from tests.jobs.conftest import COUNTY_DESK, PARTNER_DESK, Remembering
from tests.jobs.mailbox import open_mailbox
from tests.referring import Referred, accepted, sent
from tests.world import World


async def status_of_jobs(world: World, referral: Referred) -> dict[str, Any]:
    rows = await world.fetch(
        "SELECT task_name, status::text, attempts FROM procrastinate_jobs WHERE args->>'referral_id' = $1",
        str(raw(referral.id)),
    )
    return {row["task_name"]: row for row in rows}


async def hurry(world: World) -> None:
    """Let every waiting job be due now."""
    await world.fetch("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


@pytest.fixture(autouse=True)
async def empty_queue(world: World) -> None:
    await world.fetch("DELETE FROM procrastinate_jobs")


class TestWork:
    async def test_the_jobs_of_real_steps_are_done_and_gone(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        referral = await accepted(world)
        world.clock.advance(hours=1)
        await run_waiting(equipment, database_url)
        assert [each.event for each in transport.to(COUNTY_DESK, "referral.accepted")] == ["referral.accepted"]
        left = await status_of_jobs(world, referral)
        assert left.keys() <= {"escalate.referral"}

    async def test_by_mail_to_the_partner(self, world: World, equipment: Equipment, database_url: str) -> None:
        from fac.jobs.transport import MailTransport

        async with open_mailbox() as mailbox:
            mailing = replace(equipment, transport=MailTransport(mailbox.settings()))
            await sent(world)
            await run_waiting(mailing, database_url)
        assert [message["To"] for message in mailbox.messages] == [PARTNER_DESK]

    async def test_a_failing_job_is_tried_again_later_and_told_once(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        referral = await sent(world)
        transport.failures = 2
        for attempt in (1, 2):
            await run_waiting(equipment, database_url)
            job = (await status_of_jobs(world, referral))["notify.referral_sent"]
            assert (job["status"], job["attempts"]) == ("todo", attempt)
            await hurry(world)
        await run_waiting(equipment, database_url)
        assert "notify.referral_sent" not in await status_of_jobs(world, referral)
        assert len(transport.to(PARTNER_DESK, "referral.sent")) == 1

    async def test_a_job_given_up_is_dead_and_listed(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        referral = await sent(world)
        transport.failures = 1
        await world.fetch(
            "UPDATE procrastinate_jobs SET attempts = $1 WHERE task_name = 'notify.referral_sent'", MOST_ATTEMPTS - 1
        )
        await run_waiting(equipment, database_url)
        assert (await status_of_jobs(world, referral))["notify.referral_sent"]["status"] == "failed"
        async with world.beneath.connection() as connection:
            (dead,) = await dead_jobs(connection)
        assert dead.task == "notify.referral_sent"
        assert dead.attempts == MOST_ATTEMPTS
        async with world.beneath.connection() as connection:
            assert await revive_dead_jobs(connection) == 1
        await run_waiting(equipment, database_url)
        assert transport.to(PARTNER_DESK, "referral.sent")
        assert "notify.referral_sent" not in await status_of_jobs(world, referral)

    async def test_an_unknown_job_is_dead_and_does_not_stop_the_others(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        await world.fetch(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'notify.everybody', '{}')"
        )
        await sent(world)
        await run_waiting(equipment, database_url)
        assert transport.to(PARTNER_DESK, "referral.sent")
        async with world.beneath.connection() as connection:
            assert [each.task for each in await dead_jobs(connection)] == ["notify.everybody"]


class TestSweep:
    async def test_the_job_of_a_worker_that_died_is_begun_again(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        referral = await sent(world)
        ((worker_id,),) = await world.fetch(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes') RETURNING id"
        )
        await world.fetch(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = $1 WHERE task_name = 'notify.referral_sent'",
            worker_id,
        )
        queue = make_queue(equipment, database_url)
        async with queue.open_async():
            assert await sweep(queue) == 1
            assert await sweep(queue) == 0
        await run_waiting(equipment, database_url)
        assert transport.to(PARTNER_DESK, "referral.sent")
        assert "notify.referral_sent" not in await status_of_jobs(world, referral)

    async def test_a_job_that_keeps_killing_its_worker_is_given_up(
        self, world: World, equipment: Equipment, database_url: str
    ) -> None:
        await sent(world)
        await world.fetch(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = $1 WHERE task_name = 'notify.referral_sent'",
            MOST_ATTEMPTS - 1,
        )
        queue = make_queue(equipment, database_url)
        async with queue.open_async():
            assert await sweep(queue) == 1
        async with world.beneath.connection() as connection:
            assert [each.task for each in await dead_jobs(connection)] == ["notify.referral_sent"]


class TestBackoff:
    def test_waits_grow_to_a_bound_and_end(self) -> None:
        waits = [wait_after(attempts).total_seconds() for attempts in range(MOST_ATTEMPTS)]
        assert waits[:3] == [10, 30, 90]
        assert waits == sorted(waits)
        assert max(waits) == 7200
        decisions = [self.decide(attempts) for attempts in range(MOST_ATTEMPTS)]
        assert [each is None for each in decisions] == [False] * (MOST_ATTEMPTS - 1) + [True]

    @staticmethod
    def decide(attempts: int) -> Any:
        job = Job(
            id=1, status="doing", queue="default", lock=None, queueing_lock=None, task_name="t", attempts=attempts
        )
        return Backoff().get_retry_decision(exception=NotDelivered(), job=job)


class TestWaiting:
    async def test_the_queue_tells_what_waits(self, world: World, equipment: Equipment) -> None:
        async with world.beneath.connection() as connection:
            assert await waiting_jobs(connection) == (0, 0.0)
        await world.fetch(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)"
            " VALUES ('default', 'expire.handoff', '{}', now() - interval '90 seconds'),"
            " ('default', 'expire.handoff', '{}', now() + interval '1 day')"
        )
        async with world.beneath.connection() as connection:
            jobs, seconds = await waiting_jobs(connection)
        assert jobs == 1
        assert 89 < seconds < 400


class TestSealer:
    async def test_the_worker_seals_what_was_done_and_the_trail_holds(self, world: World, equipment: Equipment) -> None:
        await accepted(world)
        await asyncio.sleep(0)
        sealer = Sealer(equipment.database, equipment.tools.mac)
        for _ in range(1200):
            if await sealer.pass_over():
                break
            await asyncio.sleep(0.1)
        verdict = await self.verdict(world)
        assert verdict.holds
        assert verdict.sealed > 0

    async def test_it_does_not_seal_over_a_trail_that_was_rolled_back(self, world: World, equipment: Equipment) -> None:
        sealer = Sealer(equipment.database, equipment.tools.mac)
        await sealer.pass_over()
        before = (await self.verdict(world)).seals
        assert before
        async with world.beneath.transaction() as connection:
            for statement in (
                "ALTER TABLE audit_seals DISABLE TRIGGER ALL",
                "DELETE FROM audit_seals",
                "ALTER TABLE audit_seals ENABLE TRIGGER ALL",
            ):
                await connection.execute(statement)
        assert await sealer.pass_over(whole=True) == 0
        assert (await self.verdict(world)).seals == 0
        assert (
            await Sealer(equipment.database, equipment.tools.mac).pass_over(whole=True) > 0
        )  # who has seen nothing cannot know

    @staticmethod
    async def verdict(world: World) -> Any:
        async with world.beneath.connection() as connection:
            return await verify(connection, world.parts.tools.mac, world.incident_id)


class TestRun:
    async def test_it_works_until_it_is_cancelled(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        task = asyncio.create_task(run(equipment, database_url, concurrency=2))
        await sent(world)
        for _ in range(1200):
            if transport.to(PARTNER_DESK, "referral.sent"):
                break
            await asyncio.sleep(0.1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, timeout=120)
        assert transport.to(PARTNER_DESK, "referral.sent")
        assert not await world.fetch("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")

    async def test_jobs_of_nobodys_incident_are_not_done(
        self, world: World, equipment: Equipment, transport: Remembering, database_url: str
    ) -> None:
        await world.fetch(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES"
            " ('default', 'expire.handoff', jsonb_build_object('incident_id', $1::text, 'handoff_id', $1::text))",
            str(uuid4()),
        )
        await run_waiting(equipment, database_url)
        assert not transport.sent
        ((status,),) = await world.fetch("SELECT status::text FROM procrastinate_jobs")
        assert status == "todo"  # tried again later, then dead with an alarm
