"""The statements read exactly what the naive model reads, by the index, and no sealed column."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column
from sqlalchemy.sql import visitors

from fac.crypto.columns import SealedBytes
from fac.db.engine import Pool
from fac.db.statement import STATEMENTS, Connection, Statement
from fac.domain.ids import new_id
from fac.errors import InvalidInput
from fac.reporting import measures, release
from fac.reporting.counting import count
from fac.reporting.editions import load_edition
from fac.reporting.figures import Counts
from fac.reporting.inputs import Inputs
from fac.reporting.period import Period
from tests.reporting.world import NOON, Given, World, person, store
from tests.reporting.worlds import periods, worlds


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(data=worlds(), period=periods)
async def test_postgresql_reads_what_the_model_reads(database: Pool, data: World, period: Period) -> None:
    numbered = {each.person_id: new_id() for each in data.people}
    world = World(
        [
            type(p)(numbered[p.person_id], p.age_band, p.gender, p.races, p.victimizations, p.special_classifications)
            for p in data.people
        ],
        data.given,
        data.calls,
        data.unmet,
        data.reset_month,
        data.is_exercise,
    )
    async with database.connection() as connection:
        await connection.execute("BEGIN")
        try:
            await store(connection, world)
            award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
            read = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=period)
        finally:
            await connection.execute("ROLLBACK")
    assert award == world.award
    assert read == world.inputs(period)
    form = load_edition()
    assert count(read, form, award, period) == count(world.inputs(period), form, award, period)


async def counted(connection: Connection, world: World, period: Period) -> tuple[Inputs, Counts]:
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    read = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=period)
    return read, count(read, load_edition(), award, period)


def stars(choices: list[tuple[int, int]], people: int) -> dict[int, int]:
    """Return merges as they may be in force: a record stands for one kept record, and that one for no other."""
    kept: dict[int, int] = {}
    for merged, into in ((one % people, two % people) for one, two in choices):
        if merged != into and merged not in (*kept, *kept.values()) and into not in kept:
            kept[merged] = into
    return kept


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(data=worlds(), period=periods, choices=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6))
async def test_merged_records_are_counted_as_one_and_parted_ones_as_before(
    database: Pool, data: World, period: Period, choices: list[tuple[int, int]]
) -> None:
    """Domain invariant 14: counts re-deduplicate, and an undone merge is as if it had never been."""
    people = [replace(each, person_id=new_id()) for each in data.people]
    world = World(people, data.given, data.calls, data.unmet, data.reset_month, data.is_exercise)
    kept = stars(choices, len(people))
    as_one = replace(world, given=[replace(each, person=kept.get(each.person, each.person)) for each in world.given])
    rows = [
        (world.incident_id, new_id(), people[into].person_id, people[merged].person_id, world.worker_id, NOON)
        for merged, into in kept.items()
    ]
    async with database.connection() as connection:
        await connection.execute("BEGIN")
        try:
            await store(connection, world)
            before = await counted(connection, world, period)
            await connection.executemany(
                "INSERT INTO person_merges (incident_id, id, person_id, other_person_id, merged_by, merged_at, version)"
                " VALUES ($1, $2, $3, $4, $5, $6, 1)",
                rows,
            )
            merged, _ = await counted(connection, world, period)
            await connection.execute(
                "UPDATE person_merges SET unmerged_at = $2, unmerged_by = merged_by WHERE incident_id = $1",
                world.incident_id,
                NOON,
            )
            after = await counted(connection, world, period)
        finally:
            await connection.execute("ROLLBACK")
    assert merged == as_one.inputs(period)
    assert after == before


async def test_one_person_under_two_records_is_one_and_new_once(connection: Connection) -> None:
    quarter, day = Period.quarter(2027, 1), timedelta(days=1)
    given_rows = [Given(0, "A1", quarter.starts_on), Given(1, "A1", quarter.starts_on + day)]
    world = World([person(), person()], given_rows)
    await store(connection, world)
    _, two = await counted(connection, world, quarter)
    await connection.execute(
        "INSERT INTO person_merges (incident_id, id, person_id, other_person_id, merged_by, merged_at, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, 1)",
        world.incident_id, new_id(), world.people[1].person_id, world.people[0].person_id, world.worker_id, NOON,
    )  # fmt: skip
    _, one = await counted(connection, world, quarter)
    assert [each.value("Q1") for each in (two, one)] == [2, 1]
    assert [each.value("Q3") for each in (two, one)] == [2, 1]
    assert [each.value("Q8A", "A1") for each in (two, one)] == [2, 2]  # what was delivered stays delivered


def own_statements() -> dict[str, Statement]:
    return {
        name: each for room in (measures, release) for name, each in vars(room).items() if isinstance(each, Statement)
    }


def test_no_statement_of_reporting_reads_a_sealed_column() -> None:
    found = own_statements()
    assert len(found) >= 9
    for name, statement in found.items():
        read = [part for part in visitors.iterate(statement._clause) if isinstance(part, Column)]
        assert not [part for part in read if isinstance(part.type, SealedBytes)], name
        assert statement in STATEMENTS


async def plan(connection: Connection, statement: Statement, **values: object) -> str:
    rows = await connection.fetch("EXPLAIN " + statement.sql, *statement.arguments(values))
    return "\n".join(row[0] for row in rows)


async def test_fifty_thousand_deliveries_are_read_by_the_index(connection: Connection) -> None:
    people = [person() for _ in range(500)]
    first = date(2022, 10, 1)
    given_rows = [Given(n % 500, "C4", first + timedelta(days=n % 1800), on_award=n % 2) for n in range(50_000)]
    world = World(people, given_rows)
    await store(connection, world)
    await connection.execute("ANALYZE assistances")
    quarter = Period.quarter(2027, 1)
    scope = {"incident_id": world.incident_id, "award_id": world.awards[0]}
    for statement in (measures.deliveries_in_period, measures.people_delivered_to):
        text = await plan(connection, statement, **scope, starts_on=quarter.starts_on, ends_on=quarter.ends_on)
        assert "ix_assistances_incident_id_award_id_delivered_on" in text
        assert "Seq Scan on assistances" not in text
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    read = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=quarter)
    assert read == world.inputs(quarter)


async def test_five_statements_however_many_people(connection: Connection) -> None:
    world = World([person() for _ in range(40)], [Given(n, "A1", date(2026, 10, 2)) for n in range(40)])
    await store(connection, world)
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    year = Period.fiscal_year(2027)
    seen: list[str] = []
    # The first reading teaches the driver the types; the second is counted.
    await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=year)
    with connection.query_logger(lambda record: seen.append(record.query)):
        await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=year)
        await asyncio.sleep(0)  # the driver tells its listeners on the loop's next turn
    assert len(seen) == 5


async def test_a_word_the_form_lacks_is_refused_without_being_echoed(connection: Connection) -> None:
    world = World([person(races=("Marker Value",))], [Given(0, "A1", date(2026, 10, 2))])
    await store(connection, world)
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    quarter = Period.quarter(2027, 1)
    read = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=quarter)
    with pytest.raises(InvalidInput) as refused:
        count(read, load_edition(), award, quarter)
    assert "Marker" not in repr(refused.value) + str(refused.value.problems)


async def test_the_first_day_of_the_period_is_not_before_it(connection: Connection) -> None:
    quarter = Period.quarter(2027, 1)
    day = timedelta(days=1)
    given_rows = [Given(0, "A1", quarter.starts_on), Given(1, "A1", quarter.starts_on - day)]
    given_rows += [Given(2, "A1", quarter.ends_on), Given(3, "A1", quarter.ends_on + day)]
    world = World([person() for _ in range(4)], given_rows)
    await store(connection, world)
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    read = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=quarter)
    assert read.seen_before == {world.people[1].person_id}
    assert {each.person_id for each in read.deliveries} == {world.people[0].person_id, world.people[2].person_id}


async def test_needs_unmet_at_another_organisation_are_not_this_awards(connection: Connection) -> None:
    world = World([person()], [], unmet=[(0, "unmet_no_capacity", NOON)])
    await store(connection, world)
    award = await measures.award_by_id(connection, world.incident_id, world.awards[0])
    year = Period.fiscal_year(2027)
    mine = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=year)
    other = new_id()
    await connection.execute(
        "INSERT INTO organizations (id, name, kind, confidentiality_regime, created_at, version)"
        " VALUES ($1, 'Meadow Example', 'nonprofit', 'none', $2, 1)",
        other,
        NOON,
    )
    await connection.execute("UPDATE centers SET organization_id = $2 WHERE incident_id = $1", world.incident_id, other)
    theirs = await measures.read_inputs(connection, incident_id=world.incident_id, award=award, period=year)
    assert (mine.unmet_for_capacity, theirs.unmet_for_capacity) == (1, 0)
