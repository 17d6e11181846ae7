"""Hypothesis strategies for worlds of assistance: few people, many edges.

Never: a world without a chance of an exercise, an error, another award or a second reset window.
"""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import strategies as st

from fac.domain.vocabulary import AgeBand, Gender, Race, SpecialClassification, VictimizationType
from fac.reporting.editions import COMPENSATION_LINE, load_edition
from fac.reporting.inputs import Served
from fac.reporting.period import Period
from tests.reporting.world import Given, World

LINES = [line.code for line in load_edition().lines] + [COMPENSATION_LINE]
FEW_LINES = ["A1", "A2", "B9", "C4", "C5", "E1", COMPENSATION_LINE]
# Edges of months, quarters and years, and days between them.
DAYS = st.one_of(
    st.dates(date(2025, 6, 1), date(2027, 12, 31)),
    st.builds(date, st.sampled_from([2025, 2026, 2027]), st.integers(1, 12), st.just(1)),
    st.sampled_from([date(2026, 9, 30), date(2026, 12, 31), date(2027, 3, 31), date(2027, 6, 30), date(2027, 9, 30)]),
)


def words(vocabulary: type, *, least: int = 0, most: int = 3) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([word.value for word in vocabulary]), min_size=least, max_size=most)


@st.composite
def worlds(draw: st.DrawFn, *, typed: bool = False, exercises: bool = True) -> World:
    """A world; ``typed``: everyone has a type of victimization."""
    people = [
        Served(
            UUID(int=number + 1),
            draw(st.sampled_from(list(AgeBand))).value,
            draw(st.sampled_from(list(Gender))).value,
            draw(words(Race)),
            draw(words(VictimizationType, least=int(typed))),
            draw(words(SpecialClassification)),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    given = st.builds(
        Given,
        person=st.integers(0, len(people) - 1),
        line=st.sampled_from(FEW_LINES) | st.sampled_from(LINES),
        on=DAYS,
        occurrences=st.integers(1, 5),
        on_award=st.sampled_from([0, 0, 0, 0, 1, None]),
        in_error=st.sampled_from([False, False, False, False, True]),
    )
    calls = st.tuples(DAYS, st.integers(1, 50), st.sampled_from([0, 0, 1, None]))
    unmet = st.tuples(
        st.integers(0, len(people) - 1),
        st.sampled_from(["unmet_no_capacity", "unmet_ineligible", "met"]),
        DAYS.map(lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)),
    )
    return World(
        people,
        draw(st.lists(given, max_size=25)),
        draw(st.lists(calls, max_size=4)),
        draw(st.lists(unmet, max_size=4)),
        reset_month=draw(st.integers(1, 12)),
        is_exercise=exercises and draw(st.sampled_from([False, False, False, True])),
    )


quarters = st.builds(Period.quarter, st.sampled_from([2026, 2027]), st.integers(1, 4))
years = st.builds(Period.fiscal_year, st.sampled_from([2026, 2027]))
periods = quarters | years
