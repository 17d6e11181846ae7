"""kill -9 in the middle of hundreds of intakes: what was acknowledged is there once, opens, and is audited.

A real server process is killed again and again while clients record families and retry with the same
``clientMutationId`` until they have an answer (L1 to L7 of "nothing lost": present and openable; once; whole with its
audit; a retry converges).
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from fac.audit.verify import verify
from fac.domain.ids import decode_global
from tests.families import family_form
from tests.platform.test_serve import free_port
from tests.world import World, open_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).resolve().parents[2]
INTAKES = 500
CLIENTS = 16
KILLS = 5
LONGEST_SECONDS = 150


class Victim:
    """The server process, started again whenever it was killed."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = free_port()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FAC_")},
            "FAC_SKIP_SETUP": "1",
            "FAC_ENV": "test",
            "FAC_DATABASE_URL": database_url,
            "FAC_ROOT_KEY_FILE": str(folder / "root.keys"),
            "FAC_DATA": str(folder),
            "FAC_PORT": str(self.port),
            "FAC_POOL_SIZE": "8",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"

    def start(self) -> None:
        """Start the server, its output going to a file."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fac", "serve"], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def real(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, Victim]]:
    """A world at the real hour of day, and a server over the same database and keys."""
    folder = tmp_path_factory.mktemp("killed")
    async with open_world(database_url, folder) as world:
        victim = Victim(database_url, folder)
        victim.start()
        yield world, victim
        victim.kill()


async def record(client: httpx.AsyncClient, token: str, form: dict[str, Any], until: float) -> str:
    """Send one intake until it is acknowledged, with one key; return the case's id."""
    body = {"documentId": "RecordIntake", "variables": {"input": form}}
    while time.monotonic() < until:
        try:
            response = await client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if response.status_code == 200:
            payload = response.json()["data"]["recordIntake"]
            if payload["__typename"] == "IntakeRecorded":
                return str(payload["case"]["id"])
            assert payload["code"] == "busy", payload
        await asyncio.sleep(0.05)
    raise TimeoutError("not acknowledged in time")


async def executioner(victim: Victim, acknowledged: list[str]) -> int:
    """Kill the server each time another share of the intakes has been acknowledged; return how often it was."""
    kills = 0
    while kills < KILLS:
        if len(acknowledged) >= (kills + 1) * INTAKES // (KILLS + 1):
            victim.kill()
            victim.start()
            kills += 1
        await asyncio.sleep(0.01)
    return kills


async def test_every_acknowledged_intake_is_there_once(real: tuple[World, Victim]) -> None:
    world, victim = real
    forms = [family_form(f"k{number}") | {"clientMutationId": str(uuid4())} for number in range(INTAKES)]
    acknowledged: list[str] = []
    until = time.monotonic() + LONGEST_SECONDS
    waiting = asyncio.Queue[dict[str, Any]]()
    for form in forms:
        waiting.put_nowait(form)

    async def work(client: httpx.AsyncClient) -> None:
        while not waiting.empty():
            acknowledged.append(await record(client, world["intake"].token, waiting.get_nowait(), until))

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{victim.port}", timeout=20) as client:
        hunting = asyncio.create_task(executioner(victim, acknowledged))
        await asyncio.gather(*(work(client) for _ in range(CLIENTS)))
        assert await hunting == KILLS

    assert len(acknowledged) == len(set(acknowledged)) == INTAKES
    own = world.incident_id
    counted = {
        table: (await world.fetch(f"SELECT count(*) FROM {table} WHERE incident_id = $1", own))[0][0]  # noqa: S608
        for table in ("cases", "intakes", "persons", "needs", "case_assignments", "idempotency_keys")
    }
    assert counted == {
        "cases": INTAKES, "intakes": INTAKES, "persons": 4 * INTAKES, "needs": 3 * INTAKES, "case_assignments": INTAKES,
        "idempotency_keys": INTAKES,
    }  # fmt: skip
    audited = await world.fetch(
        "SELECT record_id, count(*) AS times FROM audit_events WHERE incident_id = $1 AND event = 'intake.recorded'"
        " GROUP BY record_id",
        own,
    )
    ids = {raw(each) for each in acknowledged}
    assert {row["record_id"] for row in audited} == ids
    assert {row["times"] for row in audited} == {1}


async def test_each_opens_and_the_audit_verifies(real: tuple[World, Victim]) -> None:
    world, _ = real
    rows = await world.fetch("SELECT id FROM cases WHERE incident_id = $1 ORDER BY id", world.incident_id)
    query = "query ($id: ID!) { case(id: $id) { persons { givenName phones access { masked { reason } } } } }"
    for row in rows[:: max(1, len(rows) // 40)]:
        body = await world["intake"].ask(query, id=world.id("Case", row["id"]))
        assert "errors" not in body, body
        assert all(person["givenName"] for person in body["data"]["case"]["persons"])
    async with world.parts.database.transaction() as connection:
        verdict = await verify(connection, world.parts.tools.mac, world.incident_id)
    assert verdict.fault is None


def raw(id: str) -> UUID:
    """Return the row id inside an opaque id."""
    decoded = decode_global(id)
    assert decoded is not None
    return decoded[2]
