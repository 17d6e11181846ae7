"""Where the audit cannot be written nothing is read, shown, changed or sent, and the person is told so plainly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fac import importing, publishing
from fac.casework.disclosure import Disclosure, RowOpening
from fac.db.base import metadata
from fac.db.claims import SERVING
from fac.errors import AuditUnavailable
from fac.jobs.acting import Equipment
from fac.jobs.worker import run_waiting
from tests.casework.test_importing import GOOD, sheet_of
from tests.families import Family, family_form
from tests.jobs.conftest import Remembering
from tests.referring import fac_family, sent
from tests.world import Hat, World

# What a database says when it has no room, when a permission was taken away, and when a trigger of somebody's objects.
WAYS = ["disk_full", "insufficient_privilege", "raise_exception"]


def mutation(**given: Any) -> dict[str, Any]:
    return {"input": {"clientMutationId": str(uuid4())} | given}


WHATS = (
    "a person", "a list", "a list without a family", "a search", "an intake", "a note", "a refusal", "a report",
)  # fmt: skip


def request(what: str, world: World, family: Family) -> tuple[Hat, str, dict[str, Any]]:
    """Return who sends which document, with which variables."""
    note = mutation(caseId=family.case_id, kind="casework", body="x")
    report = mutation(awardId=world.id("Award", world.award_id), fiscalYear=2026, quarter=2)
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "a person": ("fac_supervisor", "Person", {"id": family.persons["mother"]}),
        "a list": ("fac_supervisor", "Cases", {"first": 10}),
        "a list without a family": ("counselor", "Directory", {}),
        "a search": ("fac_supervisor", "SearchPeople", {"familyName": "Velasco", "bornOn": "1985"}),
        "an intake": ("intake", "RecordIntake", mutation(**family_form("unaudited"))),
        "a note": ("fac_supervisor", "WriteNote", note),
        "a refusal": ("stranger", "WriteNote", note),
        "a report": ("funder", "GenerateReport", report),
    }
    hat, document, variables = requests[what]
    return world[hat], document, variables


@pytest.fixture(scope="module")
async def family(world: World) -> Family:
    """A family that is there before anything breaks."""
    return await fac_family(world)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one whenever sealed values are about to be opened."""
    openings: list[object] = []
    real = Disclosure.opening

    def watched(self: Disclosure, permit: Any, receipt: Any) -> RowOpening:
        openings.append(receipt)
        return real(self, permit, receipt)

    monkeypatch.setattr(Disclosure, "opening", watched)
    return openings


@asynccontextmanager
async def broken(world: World, way: str) -> AsyncIterator[None]:
    """Let the database refuse every audit row; at the end nothing else may have been written either."""
    refusing = f"$$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{way}'; END$$"
    await world.fetch(f"CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS {refusing}")
    await world.fetch("CREATE TRIGGER no_audit BEFORE INSERT ON audit_events EXECUTE FUNCTION no_audit()")
    before = await everything(world)
    try:
        yield
    finally:
        await world.fetch("DROP TRIGGER no_audit ON audit_events")
        await world.fetch("DROP FUNCTION no_audit()")
    assert await everything(world) == before


async def everything(world: World) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = [*metadata.tables, "procrastinate_jobs"]
    counted = (f"(SELECT count(*) FROM {each}) AS {each}" for each in tables)  # noqa: S608  # our own names
    (counts,) = await world.fetch("SELECT " + ", ".join(counted))
    return dict(counts)


def assert_told(response: httpx.Response) -> None:
    assert response.status_code == 503, response.text
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "audit_unavailable"
    assert error["message"] == AuditUnavailable().sentence
    assert "data" not in response.json()


async def ask(hat: Hat, document: str, variables: dict[str, Any]) -> httpx.Response:
    return await hat.post({"documentId": document, "variables": variables})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", WHATS)
async def test_nothing_is_answered_and_nothing_done(
    world: World, family: Family, opened: list[object], what: str, way: str
) -> None:
    hat, document, variables = request(what, world, family)
    async with broken(world, way):
        assert_told(await ask(hat, document, variables))
        assert opened == []


@pytest.mark.parametrize("what", WHATS)
async def test_the_same_requests_are_answered_when_the_audit_is_back(world: World, family: Family, what: str) -> None:
    hat, document, variables = request(what, world, family)
    answer = await ask(hat, document, variables)
    assert answer.status_code == 200, answer.text
    (payload,) = answer.json()["data"].values()
    assert payload
    if what == "a refusal":
        assert payload["__typename"] in ("NotFound", "NotPermitted")
    elif isinstance(payload, dict):
        assert payload.get("__typename") not in ("NotFound", "NotPermitted", "InvalidInput", "Conflict"), payload


async def test_a_permission_taken_away_is_enough(world: World, family: Family) -> None:
    """As it would really come: the logins we are known by, without INSERT on the audit's table."""
    logins = ", ".join(login.role for login in SERVING)
    await world.fetch(f"REVOKE INSERT ON audit_events FROM {logins}")
    try:
        for what in WHATS:
            hat, document, variables = request(what, world, family)
            assert_told(await ask(hat, document, variables))
    finally:
        await world.fetch(f"GRANT INSERT ON audit_events TO {logins}")


@pytest.fixture
def a_sheet() -> bytes:
    return sheet_of(*GOOD, tag=uuid4().hex[:8])


async def test_an_import_stops_at_the_first_family(world: World, a_sheet: bytes) -> None:
    async with broken(world, "disk_full"):
        with pytest.raises(AuditUnavailable):
            await importing.import_families(world.parts, world["intake"].token, a_sheet, apply=True)
    report = await importing.import_families(world.parts, world["intake"].token, a_sheet, apply=True)
    assert [each.outcome for each in report.families] == [importing.Outcome.recorded]


async def test_a_report_is_not_written(world: World) -> None:
    award = world.id("Award", world.award_id)
    async with broken(world, "disk_full"):
        with pytest.raises(AuditUnavailable):
            await publishing.publish_pmt(world.parts, world["funder"].token, award, "2026Q3")
    assert await publishing.publish_pmt(world.parts, world["funder"].token, award, "2026Q3")


async def test_a_job_stays_and_nobody_is_told(world: World, database_url: str) -> None:
    await world.fetch("DELETE FROM procrastinate_jobs")
    transport = Remembering()
    equipment = Equipment(world.parts.database, world.parts.tools, world.clock, transport, world.parts.policies)
    await sent(world)
    async with broken(world, "disk_full"):
        await run_waiting(equipment, database_url)
    assert transport.sent == []
    jobs = await world.fetch("SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name LIKE 'notify.%'")
    assert [(each["status"], each["attempts"]) for each in jobs] == [("todo", 1)]
    await world.fetch("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await run_waiting(equipment, database_url)
    assert [each.event for each in transport.sent] == ["referral.sent"]
