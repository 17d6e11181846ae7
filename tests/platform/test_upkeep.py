"""The commands that keep a system running, as a person types them."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
import pytest_asyncio

from fac import logs
from fac.audit import seal
from fac.audit.seal import seal_pending
from fac.cli import main
from fac.crypto.one_time_code import code_at, step_at
from tests.casework.test_importing import BAD, GOOD, sheet_of
from tests.families import new_family
from tests.stepping import enrolled
from tests.world import World, keep_passwords, open_world

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Desk:
    """A world, and the command line over its database."""

    world: World
    environ: dict[str, str]
    folder: Path

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a command in a process of its own."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fac", *arguments, cwd=ROOT, env=self.environ,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def fac(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        """Run a command beside this loop, typing into it, and return its exit code and what it wrote."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        try:
            with (
                patch.dict(os.environ, self.environ, clear=True),
                patch.object(sys, "stdin", io.StringIO(typed)),
                redirect_stdout(out),
                redirect_stderr(err),
            ):
                code = await asyncio.to_thread(main, arguments)
        finally:
            logs.configure()
        return code, *(each.buffer.getvalue().decode() for each in (out, err))  # type: ignore[attr-defined]  # BytesIO

    async def seal(self) -> None:
        parts = self.world.parts
        async with self.world.beneath.transaction() as connection:
            later = datetime.now(UTC) + timedelta(seconds=30)
            await seal_pending(connection, parts.tools.mac, self.world.incident_id, now=later)

    async def vandalise(self, *statements: str) -> None:
        async with self.world.beneath.transaction() as connection:
            for table in ("audit_events", "audit_seals"):
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for statement in statements:
                await connection.execute(statement)
            for table in ("audit_events", "audit_seals"):
                await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")}
    async with open_world(database_url, folder) as world:
        environ = kept | {
            "FAC_ENV": "test",
            "FAC_SKIP_SETUP": "1",
            **keep_passwords(database_url, folder / "passwords"),
            "FAC_ROOT_KEY_FILE": str(folder / "root.keys"),
        }
        (folder / "token").write_text(world["intake"].token + "\n", "utf-8")
        yield Desk(world, environ, folder)


class TestImportIntake:
    async def test_a_dry_run_then_the_real_one_then_nothing_more(self, desk: Desk) -> None:
        tag, sheet = uuid4().hex[:8], desk.folder / "families.csv"
        sheet.write_bytes(sheet_of(*GOOD, *BAD, tag=tag))
        command = ("import", "intake", str(sheet), "--token-file", str(desk.folder / "token"))
        code, said, complained = await desk.fac(*command)
        assert code == 1, complained  # a row is bad
        assert "row 4, born_on: not_a_date" in said
        assert "dry run: nothing was recorded" in said
        code, said, _ = await desk.fac(*command, "--apply", "--incident", str(desk.world.incident_id))
        assert "2 families: 1 recorded, 1 refused" in said
        code, said, _ = await desk.fac(*command, "--apply")
        assert code == 1
        assert "2 families: 1 already there, 1 refused" in said
        assert tag not in said

    async def test_a_file_that_is_no_sheet_is_refused(self, desk: Desk) -> None:
        sheet = desk.folder / "nothing.csv"
        sheet.write_text("Marisol,Quintanaroo\n", "utf-8")
        code, said, complained = await desk.fac(
            "import", "intake", str(sheet), "--token-file", str(desk.folder / "token")
        )
        assert code == 1
        assert "file: no_header" in complained
        assert "Marisol" not in said + complained


class TestAudit:
    async def test_a_witness_s_line_is_of_all_there_is_also_while_no_worker_runs(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(seal, "GRACE", timedelta(0))  # not to wait for it
        await new_family(desk.world)
        await asyncio.sleep(0.01)
        code, line, complained = await desk.fac("audit", "witness", "export")
        assert code == 0, complained
        code, said, _ = await desk.fac("audit", "verify", "--incident", str(desk.world.incident_id))
        assert (code, ", 0 not sealed yet)" in said) == (0, True)
        ((newest,),) = await desk.world.fetch("SELECT max(number) FROM audit_seals")
        assert f'"seal":{newest},' in line

    async def test_verify_tells_of_a_whole_trail_and_of_a_damaged_one(self, desk: Desk) -> None:
        await new_family(desk.world)
        await desk.seal()
        code, said, complained = await desk.fac("audit", "verify")
        assert code == 0, complained
        assert f"incident {desk.world.incident_id}: holds" in said
        code, line, _ = await desk.fac("audit", "witness", "export")
        (desk.folder / "kept").write_text(line, "utf-8")
        await new_family(desk.world)
        await desk.seal()
        code, said, _ = await desk.fac("audit", "witness", "check", str(desk.folder / "kept"))
        assert (code, "holds" in said) == (0, True)
        await desk.vandalise("UPDATE audit_events SET classes = classes # 1 WHERE event = 'intake.recorded'")
        code, said, _ = await desk.fac("audit", "verify", "--incident", str(desk.world.incident_id))
        assert code == 1
        assert "was altered" in said
        await desk.vandalise("UPDATE audit_events SET classes = classes # 1 WHERE event = 'intake.recorded'")
        await desk.vandalise("DELETE FROM audit_seals")
        code, said, _ = await desk.fac("audit", "witness", "check", str(desk.folder / "kept"))
        assert code == 1
        assert "does not extend the checkpoint" in said


class TestPolicy:
    async def test_two_persons_change_it_and_the_doctor_tells(self, desk: Desk) -> None:
        world, folder = desk.world, desk.folder
        for name in ("administrator", "fac_supervisor", "intake"):
            (folder / name).write_text(world[name].token, "utf-8")
        proposed = folder / "proposed"
        proposed.mkdir()
        (proposed / "notes.txt").write_text("not a policy file", "utf-8")
        command = ("policy", "propose", str(proposed), "--token-file", str(folder / "administrator"))
        code, _, complained = await desk.fac(*command)
        assert (code, "a proposal is one of these files" in complained) == (1, True)
        (proposed / "overlay.csv").write_text("p, supervisor, read, note, clinical, my_center, allow\n", "utf-8")
        code, _, complained = await desk.fac(*command)
        assert (code, "denials only" in complained) == (1, True)
        (proposed / "overlay.csv").write_text("p, supervisor, read, note, clinical, my_center, deny\n", "utf-8")
        code, said, complained = await desk.fac(*command)
        assert code == 0, complained
        proposal = said.split()[-1]
        telephones = {name: await enrolled(world[name]) for name in ("administrator", "fac_supervisor")}
        for name, right, reason in (
            ("intake", False, "needs_second_factor"), ("administrator", True, "fields"),
            ("fac_supervisor", False, "tries left: 4"), ("fac_supervisor", True, ""),
        ):  # fmt: skip
            command = ("policy", "approve", proposal, "--token-file", str(folder / name))
            held = telephones.get(name, telephones["fac_supervisor"])
            code = code_at(held.secret, step_at(datetime.now(UTC)) + (0 if right else 20))
            done, said, complained = await desk.fac(*command, typed=f"{code}\n")
            assert done == (0 if right and not reason else 1), (name, said, complained)
            assert reason in complained
            assert code not in said + complained
        code, said, _ = await desk.fac("policy", "review", proposal, "--token-file", str(folder / "fac_supervisor"))
        assert (code, said.strip()) == (0, "nothing changes in the table")
        code, said, _ = await desk.fac("doctor")
        assert (code, "ok   policy in force: change 1, " in said) == (0, True)
        assert world["administrator"].token not in said


class TestWorker:
    async def test_it_works_until_a_signal(self, desk: Desk) -> None:
        await new_family(desk.world)
        process = await desk.start("worker")
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 240) == b"working\n"
        for _ in range(1200):
            ((sealed,),) = await desk.world.fetch("SELECT count(*) FROM audit_seals")
            if sealed:
                break
            await asyncio.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, complained = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, complained
        assert sealed
        told = await desk.world.fetch("SELECT number, refused FROM policy_processes WHERE component = 'worker'")
        assert [tuple(each) for each in told] == [(1, None)]
        assert b"audit.sealed" in complained


class TestDoctor:
    async def test_it_lists_jobs_that_were_given_up(self, desk: Desk) -> None:
        code, said, complained = await desk.fac("doctor")
        assert code == 0, said + complained
        assert "ok   jobs: " in said
        await desk.world.fetch(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('default', 'notify.referral_sent', '{}', 'failed', 10)"
        )
        code, said, _ = await desk.fac("doctor")
        assert code == 1
        assert "FAIL jobs: given up after their last attempt: notify.referral_sent" in said
        await desk.world.fetch("DELETE FROM procrastinate_jobs WHERE status = 'failed'")
