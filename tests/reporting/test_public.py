"""Public editions: nothing small is shown; nothing hidden can be worked out, also beside what was published before."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fac.db.statement import Connection
from fac.domain.ids import new_id
from fac.domain.suppression import Cell
from fac.domain.vocabulary import AgeBand, Gender, Race, VictimizationType
from fac.errors import NotFound
from fac.reporting.counting import count
from fac.reporting.editions import load_edition
from fac.reporting.period import Period
from fac.reporting.public import PUBLIC_PMT, _cells, _form_rules, _year_rules, hidden_cells, hide, publish_pmt
from fac.reporting.release import PMT, RULES, Report, as_csv, load_reports, pmt_report
from tests.domain.attack import pinned
from tests.reporting.world import NOON, Given, World, give, person, store

FORM = load_edition()
YEAR = Period.fiscal_year(2027)
QUARTER = YEAR.quarters[0]
Pairs = list[tuple[Report, Report]]
RACES = [1, 4, 15, 45, 1, 25, 2, 5, 2]  # how often each word of Race is said


def busy_world(seed: int, people: int) -> World:
    """A resiliency center's year: many people, skewed answers, so that rows of every size appear."""
    draw = random.Random(seed)  # noqa: S311  # a repeatable world, not a secret
    crowd = [
        person(
            age=draw.choices([band.value for band in AgeBand], [3, 5, 12, 60, 18, 2])[0],
            gender=draw.choices([word.value for word in Gender], [40, 55, 2, 2, 1])[0],
            races=tuple(draw.choices([race.value for race in Race], RACES, k=draw.choice([1, 1, 1, 2]))),
            types=("mass_violence", *draw.choices([t.value for t in VictimizationType], k=draw.choice([0, 0, 0, 1]))),
            special=tuple(draw.choices(["limited_english_proficiency", "disability", "veteran"], [20, 4, 1], k=1))
            if draw.random() < 0.4
            else (),
        )
        for _ in range(people)
    ]
    lines = [line.code for line in FORM.lines] + ["Q6"]
    weights = [draw.choice([1, 1, 5, 30]) for _ in lines]
    given = [
        Given(
            draw.randrange(people),
            draw.choices(lines, weights)[0],
            YEAR.starts_on + timedelta(days=int(365 * draw.random() ** 2)),
            draw.choice([1, 1, 2, 6]),
        )
        for _ in range(people * 3)
    ]
    return World(crowd, given, [(QUARTER.starts_on, draw.choice([0, 4, 40]) + 1, 0)])


def exact(world: World, period: Period, *, revision: int = 1) -> Report:
    inputs = world.inputs(period)
    return Report(
        id=new_id(), incident_id=world.incident_id, kind=PMT, award_id=world.awards[0], award_number="T", period=period,
        edition=FORM.name, edition_digest=FORM.digest.hex(), revision=revision, input_hash=bytes(32), generated_at=NOON,
        generated_by=UUID(int=1), rules=RULES, by_hand=(), counts=count(inputs, FORM, world.award, period),
    )  # fmt: skip


def publish(source: Report, before: Pairs) -> None:
    """Add (exact, public) to what was published before."""
    counts = hide(source.counts, hidden_cells(source, before, 10))
    before.append((source, replace(source, kind=PUBLIC_PMT, counts=counts, source_id=source.id)))


def attack(published: Pairs) -> set[Cell]:
    """Return what an attacker pins who holds every public edition and knows how the reports hang together."""
    cells: dict[Cell, int] = {}
    hidden: set[Cell] = set()
    latest: dict[Period, Report] = {}
    rules = []
    for source, public in published:
        cells |= _cells(source)
        hidden |= _cells(source).keys() - _cells(public, named=source).keys()
        rules += _form_rules(source)
        latest[source.period] = source
    rules += _year_rules(latest.values())
    assert all(not 1 <= cells[cell] <= 10 for cell in cells.keys() - hidden)
    return pinned(cells, [rule for rule in rules if rule.holds(cells)], frozenset(hidden))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("people", [3, 15, 60, 400])
def test_a_public_quarter_gives_nothing_away(seed: int, people: int) -> None:
    published: Pairs = []
    publish(exact(busy_world(seed, people), QUARTER), published)
    assert attack(published) == set()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("people", [20, 150])
def test_four_quarters_and_their_year_give_nothing_away(seed: int, people: int) -> None:
    world, published = busy_world(seed, people), list[tuple[Report, Report]]()
    for period in (*YEAR.quarters, YEAR):
        publish(exact(world, period), published)
    assert attack(published) == set()


@pytest.mark.parametrize("seed", range(3))
def test_the_year_first_and_a_quarter_later_gives_nothing_away(seed: int) -> None:
    world, published = busy_world(seed, 150), list[tuple[Report, Report]]()
    for period in (YEAR, *reversed(YEAR.quarters)):
        publish(exact(world, period), published)
    assert attack(published) == set()


@pytest.mark.parametrize("seed", range(3))
def test_a_revision_does_not_show_by_how_little_it_differs(seed: int) -> None:
    world, published = busy_world(seed, 300), list[tuple[Report, Report]]()
    publish(exact(world, QUARTER), published)
    world.people.append(person(races=("asian",)))
    world.given.append(Given(300, "C4", QUARTER.ends_on))
    publish(exact(world, QUARTER, revision=2), published)
    assert attack(published) == set()
    before, after = ({(q, k): n for q, k, n in public.counts.cells()} for _, public in published)
    moved = [abs(after[cell] - before[cell]) for cell in before.keys() & after.keys() if cell[0] != "Q7"]
    assert not [difference for difference in moved if 1 <= difference <= 10]


def test_a_large_table_stays_useful() -> None:
    published: Pairs = []
    publish(exact(busy_world(1, 400), QUARTER), published)
    ((source, public),) = published
    large = [cell for cell, figure in _cells(source).items() if figure > 10]
    kept = _cells(public, named=source)
    assert len([cell for cell in large if cell in kept]) >= 0.8 * len(large)
    assert public.counts.value("Q1") == source.counts.value("Q1")


async def published_quarter(connection: Connection) -> tuple[World, Report, Report]:
    world = busy_world(7, 40)
    await store(connection, world)
    own = {"incident_id": world.incident_id, "generated_by": world.worker_id, "generated_at": NOON}
    source = await pmt_report(connection, award_id=world.awards[0], period=QUARTER, **own)
    return world, source, await publish_pmt(connection, report_id=source.id, **own)


async def test_a_report_has_one_public_edition_frozen_beside_it(connection: Connection) -> None:
    world, source, public = await published_quarter(connection)
    again = await publish_pmt(
        connection, incident_id=world.incident_id, report_id=source.id, generated_by=world.worker_id, generated_at=NOON,
        threshold=5,
    )  # fmt: skip
    assert again == public
    assert (public.kind, public.source_id, public.revision) == (PUBLIC_PMT, source.id, 1)
    assert await load_reports(connection, incident_id=world.incident_id, award_id=world.awards[0]) == [source]


async def test_the_public_file_shows_stars_and_no_worker(connection: Connection) -> None:
    world, _, public = await published_quarter(connection)
    text = as_csv(public).decode()
    figures = [line.rsplit(",", 1)[1] for line in text.splitlines()[1:] if not line.startswith(("provenance", "Q7"))]
    assert "*" in figures
    assert not [figure for figure in figures if figure != "*" and 1 <= int(figure) <= 10]
    assert str(world.worker_id) not in text


async def test_a_late_entry_is_published_against_what_was_published_before(connection: Connection) -> None:
    world, source, first = await published_quarter(connection)
    await give(connection, world, [Given(0, "D3", QUARTER.ends_on)])
    own = {"incident_id": world.incident_id, "generated_by": world.worker_id, "generated_at": NOON}
    revised = await pmt_report(connection, award_id=world.awards[0], period=QUARTER, **own)
    second = await publish_pmt(connection, report_id=revised.id, **own)
    assert (revised.revision, second.revision) == (2, 2)
    assert attack([(source, first), (revised, second)]) == set()


async def test_a_public_edition_is_not_made_of_a_public_edition(connection: Connection) -> None:
    world, _, public = await published_quarter(connection)
    with pytest.raises(NotFound):
        await publish_pmt(
            connection, incident_id=world.incident_id, report_id=public.id, generated_by=world.worker_id,
            generated_at=NOON,
        )  # fmt: skip
