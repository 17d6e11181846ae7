"""The PMT over real PostgreSQL equals what a person counted by hand (tests/reporting/fixture)."""

import csv
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.errors import NotFound
from fac.reporting.figures import Counts
from fac.reporting.period import Period
from fac.reporting.release import Report, as_csv, pmt_report
from tests.reporting.world import NOON, Given, World, person, store

FIXTURE = Path(__file__).parent / "fixture"


def rows(file: str) -> list[dict[str, str]]:
    with (FIXTURE / file).open(newline="") as source:
        return list(csv.DictReader(source))


def fixture_world() -> World:
    people = [
        person(
            age=row["age_band"],
            gender=row["gender"],
            races=tuple(row["races"].split()),
            types=tuple(row["victimizations"].split()),
            special=tuple(row["special_classifications"].split()),
            person_id=UUID(int=place),
        )
        for place, row in enumerate(rows("persons.csv"), start=1)
    ]
    number = {row["person"]: place for place, row in enumerate(rows("persons.csv"))}
    award = {"1": 0, "2": 1, "": None}
    given = [
        Given(
            number[row["person"]],
            row["line"],
            date.fromisoformat(row["on"]),
            int(row["occurrences"]),
            award[row["award"]],
            row["in_error"] == "yes",
        )
        for row in rows("assistances.csv")
    ]
    calls = [(date.fromisoformat(r["on"]), int(r["contacts"]), award[r["award"]]) for r in rows("contacts.csv")]
    unmet = [(number[r["person"]], r["status"], datetime.fromisoformat(r["ended_at"])) for r in rows("needs.csv")]
    # Fixed identifiers: the input hash is over them, and the golden file pins it.
    return World(
        people,
        given,
        calls,
        unmet,
        incident_id=UUID(int=100),
        organization_id=UUID(int=101),
        awards=[UUID(int=102), UUID(int=103)],
        worker_id=UUID(int=104),
    )


def figures(counts: Counts) -> dict[tuple[str, str], int]:
    """Every figure that is not zero, totals included."""
    found = {(question, key): count for question, key, count in counts.cells() if count}
    found.update({(s.question, "total"): s.total for s in counts.sections if s.total})
    return found


def expected(file: str) -> dict[tuple[str, str], int]:
    return {(row["question"], row["row"]): int(row["count"]) for row in rows(file)}


async def report(connection: Connection, world: World, period: Period) -> Report:
    return await pmt_report(
        connection,
        incident_id=world.incident_id,
        award_id=world.awards[0],
        period=period,
        generated_by=world.worker_id,
        generated_at=NOON,
    )


@pytest.mark.parametrize(
    ("period", "file"),
    [(Period.quarter(2027, 1), "expected_quarter.csv"), (Period.fiscal_year(2027), "expected_year.csv")],
    ids=["quarter", "year"],
)
async def test_the_report_equals_the_hand_count(connection: Connection, period: Period, file: str) -> None:
    world = fixture_world()
    await store(connection, world, timezone="America/New_York")
    assert figures((await report(connection, world, period)).counts) == expected(file)


async def test_an_exercise_counts_nothing(connection: Connection) -> None:
    world = fixture_world()
    world.is_exercise = True
    await store(connection, world, timezone="America/New_York")
    for period in (Period.quarter(2027, 1), Period.fiscal_year(2027)):
        assert figures((await report(connection, world, period)).counts) == {}


async def test_the_award_of_another_incident_is_not_found(connection: Connection) -> None:
    world = fixture_world()
    await store(connection, world)
    stranger = World(world.people, [], awards=world.awards, incident_id=new_id())
    with pytest.raises(NotFound):
        await report(connection, stranger, Period.quarter(2027, 1))


async def test_the_csv_is_byte_for_byte_the_golden_file(connection: Connection) -> None:
    world = fixture_world()
    await store(connection, world, timezone="America/New_York")
    made = await report(connection, world, Period.quarter(2027, 1))
    assert as_csv(made) == (FIXTURE / "golden_quarter.csv").read_bytes()
