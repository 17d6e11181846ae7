"""Frozen reports: the same inputs give the same report, others the next revision (R10, R11); safe, stable bytes."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.db.engine import Pool
from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.errors import NotFound
from fac.reporting.figures import Counts, Row, Section
from fac.reporting.period import Period
from fac.reporting.release import Report, as_csv, load_report, load_reports, pmt_report, safe_cell
from tests.reporting.world import NOON, Given, World, give, person, store

QUARTER = Period.quarter(2027, 1)


def small_world() -> World:
    return World(
        [person(), person(gender="male")], [Given(0, "A1", date(2026, 10, 2)), Given(1, "C4", date(2026, 11, 3))]
    )


async def report(connection: Connection, world: World, period: Period = QUARTER, *, days_later: int = 0) -> Report:
    return await pmt_report(
        connection,
        incident_id=world.incident_id,
        award_id=world.awards[0],
        period=period,
        generated_by=world.worker_id,
        generated_at=NOON + timedelta(days=days_later),
    )


async def test_the_same_inputs_give_the_same_report_and_the_same_bytes(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    first = await report(connection, world)
    again = await report(connection, world, days_later=30)
    assert again == first
    assert as_csv(again) == as_csv(first)
    assert await load_report(connection, incident_id=world.incident_id, report_id=first.id) == first
    every = await load_reports(connection, incident_id=world.incident_id, award_id=world.awards[0])
    assert every == [first]


async def test_r10_a_late_entry_makes_a_revision_and_leaves_the_first_report_alone(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    first = await report(connection, world)
    await give(connection, world, [Given(0, "C4", date(2026, 12, 31))])
    second = await report(connection, world, days_later=90)
    assert (first.revision, second.revision) == (1, 2)
    assert (first.counts.value("Q8C", "C4"), second.counts.value("Q8C", "C4")) == (1, 2)
    assert first.input_hash != second.input_hash
    assert await load_report(connection, incident_id=world.incident_id, report_id=first.id) == first


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE assistances SET entered_in_error_at = now() WHERE incident_id = $1 AND line_code = 'C4'",
        "UPDATE persons SET races = '{asian}' WHERE incident_id = $1",
        "UPDATE awards SET new_resets_in_month = 11 WHERE incident_id = $1",
        # What a merge does to assistance: one person's deliveries become the other's.
        "UPDATE assistances SET person_id = (SELECT min(id::text)::uuid FROM persons WHERE incident_id = $1)",
    ],
)
async def test_r11_a_correction_or_a_merge_makes_a_revision(connection: Connection, change: str) -> None:
    world = small_world()
    await store(connection, world)
    first = await report(connection, world)
    await connection.execute(change, world.incident_id)
    assert (await report(connection, world)).revision == first.revision + 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE persons SET spoken_language = 'es' WHERE incident_id = $1",
        "UPDATE assistances SET recorded_at = now() WHERE incident_id = $1",
        "UPDATE awards SET name = 'Another Example' WHERE incident_id = $1",
    ],
)
async def test_what_is_not_counted_makes_no_revision(connection: Connection, change: str) -> None:
    world = small_world()
    await store(connection, world)
    first = await report(connection, world)
    await connection.execute(change, world.incident_id)
    assert await report(connection, world) == first


async def test_going_back_is_a_third_revision_not_the_first(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    hashes = [(await report(connection, world)).input_hash]
    for races in (["asian"], ["white"]):
        await connection.execute("UPDATE persons SET races = $2 WHERE incident_id = $1", world.incident_id, races)
        hashes.append((await report(connection, world)).input_hash)
    assert hashes[0] == hashes[2] != hashes[1]
    every = await load_reports(connection, incident_id=world.incident_id, award_id=world.awards[0])
    assert [each.revision for each in every] == [1, 2, 3]


async def test_a_quarter_and_a_year_are_revised_apart(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    assert (await report(connection, world)).revision == 1
    assert (await report(connection, world, Period.fiscal_year(2027))).revision == 1


async def test_a_report_is_not_found_from_another_incident(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    made = await report(connection, world)
    with pytest.raises(NotFound):
        await load_report(connection, incident_id=new_id(), report_id=made.id)


async def test_eight_makers_at_once_make_one_report(database: Pool, database_url: str) -> None:
    world = small_world()
    async with database.transaction() as setup:
        await store(setup, world)
    crowd = await Pool.open(database_url, size=8)

    async def make() -> Report:
        async with crowd.transaction() as own:
            return await report(own, world)

    try:
        made = await asyncio.gather(*(make() for _ in range(8)))
    finally:
        await crowd.close()
    assert {each.id for each in made} == {made[0].id}
    assert made[0].revision == 1


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "|cmd",
    "%0A=1",
    "\n=1",
    "\0=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@given(st.text())
def test_no_cell_starts_a_formula(text: str) -> None:
    assert not safe_cell(text).lstrip(" \u00a0\u200b\ufeff").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe_cell(text).removeprefix("'") == text.removeprefix("'")


async def test_a_hostile_award_number_stays_text(connection: Connection) -> None:
    world = small_world()
    await store(connection, world)
    made = replace(await report(connection, world), award_number='=HYPERLINK("http://example.org","x")')
    assert b"provenance,award,\"'=HYPERLINK(" in as_csv(made)


def test_figures_survive_their_json() -> None:
    counts = Counts((Section("Q9", "T", (Row("a", "A", 3), Row("b", "B", None)), True, None), Section("Q1", "U", ())))
    assert Counts.from_json(counts.as_json()) == counts
    assert list(counts.cells()) == [("Q9", "a", 3)]
    with pytest.raises(KeyError):
        counts.value("Q9", "b")
    with pytest.raises(KeyError):
        counts.section("Q2")
