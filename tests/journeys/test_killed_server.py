"""The server is killed (-9) again and again during intakes: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from tests.caseloads import raw
from tests.ports import port_of_its_own
from tests.world import World, keep_passwords

ROOT = Path(__file__).parents[2]
FAMILIES, CLIENTS, KILLS = 500, 12, 4
NAMES = """
query ($after: String) {
  cases(first: 100, after: $after) { nodes { persons { givenName } } pageInfo { endCursor hasNextPage } }
}
"""
ORPHANS = {
    "a person without household": """
        SELECT count(*) FROM persons p LEFT JOIN households h ON h.id = p.household_id WHERE h.id IS NULL""",
    "a sealed value without key": """
        SELECT count(*) FROM persons p WHERE NOT EXISTS
        (SELECT 1 FROM data_keys k WHERE k.subject_id = p.id AND k.info = 3)""",
    "a key without person": """
        SELECT count(*) FROM data_keys k WHERE NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = k.subject_id)
        AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = k.subject_id)""",
    "a case without intake": """
        SELECT count(*) FROM cases c WHERE NOT EXISTS (SELECT 1 FROM intakes i WHERE i.case_id = c.id)""",
    "a case without accountable worker": """
        SELECT count(*) FROM cases c WHERE (SELECT count(*) FROM case_assignments a
        WHERE a.case_id = c.id AND a.ended_at IS NULL) <> 1""",
    "a household without person": """
        SELECT count(*) FROM households h WHERE NOT EXISTS (SELECT 1 FROM persons p WHERE p.household_id = h.id)""",
    "a need without person": """
        SELECT count(*) FROM needs n LEFT JOIN persons p ON p.id = n.person_id WHERE p.id IS NULL""",
    "an idempotency key without result": "SELECT count(*) FROM idempotency_keys WHERE result IS NULL",
}


@dataclass(slots=True)
class Killable:
    """``fac serve`` as a process of its own, on one port for all its lives."""

    environ: dict[str, str]
    port: int
    process: asyncio.subprocess.Process | None = None
    lives: int = 0

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fac", "serve",
            cwd=ROOT, env=self.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 240)
        assert line == f"ready http://127.0.0.1:{self.port}/graphql\n".encode()
        self.lives += 1

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@dataclass(slots=True)
class Run:
    """What the clients were told."""

    token: str
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)  # clientMutationId -> payload
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    cut_off: int = 0

    async def record(self, http: httpx.AsyncClient, form: dict[str, Any]) -> dict[str, Any]:
        """Send one intake until it is acknowledged."""
        body = {"documentId": "RecordIntake", "variables": {"input": form}}
        headers = {"authorization": f"Bearer {self.token}"}
        for _ in range(1000):
            try:
                response = await http.post("/graphql", json=body, headers=headers)
            except httpx.TransportError:
                self.cut_off += 1
                await asyncio.sleep(0.1)
                continue
            if response.status_code >= 500:
                await asyncio.sleep(0.1)
                continue
            assert response.status_code == 200, response.text
            payload: dict[str, Any] = response.json()["data"]["recordIntake"]
            if payload.get("code") != "busy":
                assert payload["__typename"] == "IntakeRecorded", payload
                return payload
        raise AssertionError("never acknowledged")


def form_of(number: int) -> dict[str, Any]:
    """Return a small family whose mother carries its number in her name."""
    return {
        "clientMutationId": str(uuid4()),
        "language": "en",
        "persons": [
            {
                "ref": "a", "givenName": f"Family{number}", "familyName": f"Of{number}", "spokenLanguage": "en",
                "bornOn": "1985", "involvements": ["witness"],
                "needs": [{"code": "counseling_individual", "horizon": "immediate", "detail": "words"}],
            },
            {"ref": "b", "givenName": f"Child{number}", "familyName": f"Of{number}", "spokenLanguage": "en",
             "involvements": ["witness"]},
        ],
    }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def killable(world: World, database_url: str) -> AsyncIterator[Killable]:
    port = port_of_its_own()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")} | {
        "FAC_SKIP_SETUP": "1", "FAC_ENV": "test", "FAC_DATA": str(world.folder),
        **keep_passwords(database_url, world.folder / "passwords"),
        "FAC_ROOT_KEY_FILE": str(world.folder / "root.keys"), "FAC_PORT": str(port),
    }  # fmt: skip
    server = Killable(environ, port)
    await server.start()
    yield server
    await server.kill()


async def record_all(server: Killable, run: Run) -> None:
    """Record every family with a few clients at once, killing the server as the work goes on."""
    waiting = list(run.forms.values())

    async def client(http: httpx.AsyncClient) -> None:
        while waiting:
            form = waiting.pop()
            run.acknowledged[form["clientMutationId"]] = await run.record(http, form)

    async def killer() -> None:
        for kill in range(1, KILLS + 1):
            while len(run.acknowledged) < kill * FAMILIES // (KILLS + 1):  # noqa: ASYNC110  # no event to wait for
                await asyncio.sleep(0.005)
            await server.kill()
            await server.start()

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=120) as http:
        await asyncio.gather(killer(), *(client(http) for _ in range(CLIENTS)))


async def test_every_acknowledged_family_is_there_once_opens_and_is_audited(world: World, killable: Killable):
    run = Run(world["intake"].token)
    run.forms = {form["clientMutationId"]: form for form in map(form_of, range(FAMILIES))}
    await record_all(killable, run)

    assert killable.lives == KILLS + 1
    assert run.cut_off > 0
    assert len(run.acknowledged) == FAMILIES
    told = {raw(each["case"]["id"]): each["caseNumber"] for each in run.acknowledged.values()}
    kept = {row["id"]: row["case_number"] for row in await world.fetch("SELECT id, case_number FROM cases")}
    assert kept == told
    audited = await world.fetch("SELECT record_id FROM audit_events WHERE event = 'intake.recorded'")
    assert len(audited) == FAMILIES
    for fault, counting in ORPHANS.items():
        assert (await world.fetch(counting))[0][0] == 0, fault
    assert (await world.fetch("SELECT count(*) FROM persons"))[0][0] == 2 * FAMILIES
    assert await opened_names(world) == {f"{word}{each}" for each in range(FAMILIES) for word in ("Family", "Child")}
    await converges(world, run)


async def opened_names(world: World) -> set[str]:
    """Return every given name that opens, page by page, having checked that none opens twice."""
    names: list[str] = []
    after, more = None, True
    while more:
        body = await world["reunification_supervisor"].ask(NAMES, after=after)
        assert "errors" not in body
        page = body["data"]["cases"]
        names.extend(person["givenName"] for case in page["nodes"] for person in case["persons"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(names) == len(set(names))
    return set(names)


async def converges(world: World, run: Run) -> None:
    """Send some of them once more: the answer is the first one, and nothing is added (L7)."""
    for key in list(run.acknowledged)[::50]:
        payload = await world["intake"].do("RecordIntake", **run.forms[key])
        assert payload["caseNumber"] == run.acknowledged[key]["caseNumber"]
    assert (await world.fetch("SELECT count(*) FROM cases"))[0][0] == FAMILIES
