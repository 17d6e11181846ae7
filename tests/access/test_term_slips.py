"""Each term of each relation left out in turn, in SQL: some row of some incident then stands where it does not.

tests/access/test_proof.py shows of the same slips that a promise breaks, over rows of which only the facts have names.
Here the condition that PostgreSQL runs is the slipped one, and the rules in plain Python tell which rows are right.
"""

from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

import pytest
import pytest_asyncio
from sqlalchemy import ColumnElement, case, func, literal_column, select

from fac.access.actor import Actor
from fac.access.formula import without
from fac.access.opened import OPENINGS, classes_with_release
from fac.access.policy import load
from fac.access.relation import RELATIONS, WITH_RELEASE
from fac.access.rendering import holds
from fac.access.standing import NOTHING, Standing, actor_parameter, facts_about
from fac.db.aliased import another, one_statement
from fac.db.statement import Statement
from fac.domain.vocabulary import InfoClass, mask_of
from fac.reading.catalog import NOUNS
from fac.reading.noun import Noun
from fac.reading.scoped import standing_of
from fac.resources import policies_dir
from tests.access.naive_rules import Rules
from tests.access.random_incident import NOW, Incident, Shape, random_incident
from tests.access.test_proof import TERMS, leaving_out
from tests.world import World

POLICY = load(policies_dir())
# Of a hundred tried these tell every term from none; a change of random_incident may ask for others.
SEEDS, FAMILIES = (0, 2, 3, 4, 5, 6, 19, 25, 28, 53, 57), 6
NOTHING_LEFT_OUT = "no term"
# Said for the proof, which knows of no record what its SQL is: of any other row the other case is its own, and what is
# of an award is the award itself.
SAID_BY_THE_RECORD = {("behind_conflict_wall", "row_speaks_of_two_cases"), ("my_award", "row_is_of_the_award"),
                      ("responders_own_agency", "row_speaks_of_two_cases")}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def incidents(world: World) -> AsyncIterator[list[Incident]]:
    made = [random_incident(Shape(seed, FAMILIES)) for seed in SEEDS]
    for each in made:
        await each.insert(world.beneath)
    yield made


def nouns_of(relation: str) -> Iterator[Noun]:
    """Yield the kinds of rows that can stand in a relation."""
    for noun in NOUNS.values():
        if noun.record in POLICY.reach[relation] and not noun.is_global and not noun.inherits:
            yield noun


def asking(relation: str, incident: Incident) -> list[Actor]:
    """Return whose role some line of the policy asks for the relation."""
    roles = {role for (role, _, _), grants in POLICY.table.items() for each in grants if each.relation == relation}
    return [each for each in incident.actors.values() if each.role in roles]


def limit_of(relation: str, term: str, of: Standing) -> ColumnElement[int]:
    """Return the classes that a relation is limited to in the row, as if nobody had written ``term``."""
    nothing = literal_column("0")
    if relation == WITH_RELEASE:
        with patch.dict(OPENINGS, {record: leaving_out(each, term) for record, each in OPENINGS.items()}):
            return func.coalesce(classes_with_release(of), nothing)
    whole = literal_column(str(mask_of(list(InfoClass))))
    return case((holds(without(RELATIONS[relation], term), of), whole), else_=nothing)


def limits(relation: str, term: str, noun: Noun) -> Statement:
    with one_statement():
        row = another(noun.table)
        limit = limit_of(relation, term, standing_of(noun, row, NOTHING)).label("limit")
        asked = select(row.c.id, limit).where(row.c.incident_id == actor_parameter("incident"))
        return Statement(asked, remembered=False)


async def are_right(world: World, incident: Incident, actor: Actor, statement: Statement, of: tuple[str, Noun]) -> bool:
    """Tell whether the statement says of every row what the rules say."""
    relation, noun = of
    rules = Rules(incident, actor, POLICY)
    right = {row["id"]: rules.limit(relation, noun.record, row) for row in incident.rows[noun.table.name]}
    async with world.beneath.connection() as connection:
        found = await statement.all(connection, **facts_about(actor, NOW))
    return {row["id"]: row["limit"] for row in found} == right


def test_what_is_not_asked_is_a_term() -> None:
    assert set(TERMS) >= SAID_BY_THE_RECORD


@pytest.mark.parametrize(("relation", "term"), [each for each in TERMS if each not in SAID_BY_THE_RECORD])
async def test_a_term_left_out_shows_in_some_row(
    world: World, incidents: list[Incident], relation: str, term: str
) -> None:
    for noun in nouns_of(relation):
        slipped, as_written = (limits(relation, each, noun) for each in (term, NOTHING_LEFT_OUT))
        for incident in incidents:
            for actor in asking(relation, incident):
                if not await are_right(world, incident, actor, slipped, (relation, noun)):
                    assert await are_right(world, incident, actor, as_written, (relation, noun))
                    return
    pytest.fail("no incident by chance tells the term from none")
