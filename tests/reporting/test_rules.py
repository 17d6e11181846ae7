"""R1 to R9 and R12 of the PMT as properties of the pure counting function (R10, R11: test_release)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.domain.vocabulary import Race
from fac.errors import InvalidInput
from fac.reporting.counting import count, new_people
from fac.reporting.editions import COMPENSATION_LINE, load_edition
from fac.reporting.figures import Counts
from fac.reporting.period import Period, window_start
from tests.reporting.world import Given, World, person
from tests.reporting.worlds import periods, quarters, worlds, years

FORM = load_edition()
QUARTER = Period.quarter(2027, 1)


def counted(world: World, period: Period) -> Counts:
    return count(world.inputs(period), FORM, world.award, period)


def column(counts: Counts, question: str) -> dict[str, int]:
    return {row.key: row.count or 0 for row in counts.section(question).rows}


def only(*people: object, **served: object) -> Counts:
    """The quarter's counts of people who were each served once."""
    world = World(list(people), [Given(n, "A1", QUARTER.starts_on) for n in range(len(people))])  # type: ignore[arg-type]
    return counted(world, QUARTER)


@given(worlds(), periods)
def test_r1_every_axis_of_question_4_totals_the_new_individuals(world: World, period: Period) -> None:
    counts = counted(world, period)
    for question in ("Q4A", "Q4B", "Q4C"):
        assert counts.section(question).total == sum(column(counts, question).values()) == counts.value("Q3")


@given(worlds(), quarters)
def test_r2_no_more_new_individuals_than_individuals_in_a_quarter(world: World, quarter: Period) -> None:
    counts = counted(world, quarter)
    assert counts.value("Q3") <= counts.value("Q1")


@given(worlds(), periods)
def test_r3_no_row_of_individuals_exceeds_the_individuals(world: World, period: Period) -> None:
    counts = counted(world, period)
    rows = [*column(counts, "Q5A").values(), *column(counts, "Q5C").values()]
    rows += [counts.value("Q5B"), counts.value("Q6")]
    rows += [counts.value(f"Q8{category}", "individuals") for category in FORM.categories]
    assert max(rows) <= counts.value("Q1")


@given(worlds(typed=True), periods)
def test_r4_types_add_up_to_at_least_the_individuals_when_everyone_has_one(world: World, period: Period) -> None:
    counts = counted(world, period)
    assert sum(column(counts, "Q5A").values()) >= counts.value("Q1") + counts.value("Q5B")


@given(worlds(), periods)
def test_r5_a_category_counts_the_union_of_its_people(world: World, period: Period) -> None:
    counts, inputs = counted(world, period), world.inputs(period)
    for category in FORM.categories:
        union = {each.person_id for each in inputs.deliveries if each.line_code[0] == category}
        assert counts.value(f"Q8{category}", "individuals") == len(union)
        assert counts.value("Q7", category) == (1 if union else 0)
        for line in (line.code for line in FORM.lines if line.category == category):
            assert counts.value(f"Q8{category}", line) == sum(
                each.occurrences for each in inputs.deliveries if each.line_code == line
            )


@given(worlds(), periods, st.integers(1, 100))
def test_r6_anonymous_contacts_change_question_2_alone(world: World, period: Period, calls: int) -> None:
    world.is_exercise = False
    before = counted(world, period)
    world.calls.append((period.starts_on, calls, 0))
    after = counted(world, period)
    assert after.value("Q2") == before.value("Q2") + calls
    assert [s for s in after.sections if s.question != "Q2"] == [s for s in before.sections if s.question != "Q2"]


@given(worlds(), years)
def test_r7_a_year_deduplicates_its_people_and_adds_its_new_ones(world: World, year: Period) -> None:
    annual, parts = counted(world, year), [counted(world, quarter) for quarter in year.quarters]
    served = [{each.person_id for each in world.inputs(quarter).served} for quarter in year.quarters]
    assert annual.value("Q1") == len(set().union(*served))
    for question in ("Q3", "Q4A", "Q4B", "Q4C", "Q2"):
        for key, figure in column(annual, question).items():
            assert figure == sum(column(part, question)[key] for part in parts)


@given(worlds(exercises=False))
def test_r8_everybody_is_new_exactly_once_in_each_reset_window(world: World) -> None:
    # With a window that opens with a quarter, the quarters of one window see each of its people new exactly once.
    world.reset_month = {0: 1, 1: 4, 2: 7, 3: 10}[world.reset_month % 4]
    all_quarters = [quarter for year in (2025, 2026, 2027, 2028) for quarter in Period.fiscal_year(year).quarters]
    new = [
        (person_id, window_start(quarter.starts_on, world.reset_month))
        for quarter in all_quarters
        for person_id in new_people(world.inputs(quarter), world.award, quarter)
    ]
    served = {
        (world.people[each.person].person_id, window_start(each.on, world.reset_month))
        for each in world.given
        if each.on_award == 0 and not each.in_error
    }
    assert len(new) == len(set(new))
    assert set(new) == served


@given(worlds(exercises=False), quarters)
def test_r8_a_window_may_open_inside_a_quarter(world: World, quarter: Period) -> None:
    inputs = world.inputs(quarter)
    expected = set()
    for each in inputs.deliveries:
        opening = window_start(each.delivered_on, world.reset_month)
        earlier = [
            g
            for g in world.given
            if world.people[g.person].person_id == each.person_id
            and g.on_award == 0
            and not g.in_error
            and opening <= g.on < quarter.starts_on
        ]
        if not earlier:
            expected.add(each.person_id)
    assert set(new_people(inputs, world.award, quarter)) == expected


@pytest.mark.parametrize(
    ("races", "row"),
    [
        ((), "not_reported"),
        (("not_reported",), "not_reported"),
        (("not_tracked",), "not_tracked"),
        (("not_reported", "not_tracked"), "not_reported"),
        (("asian",), "asian"),
        (("asian", "not_reported"), "asian"),
        (("asian", "white"), "two_or_more"),
        (("hispanic_or_latino", "white"), "two_or_more"),
        (tuple(race.value for race in Race), "two_or_more"),
    ],
)
def test_r9_what_a_person_said_of_their_race_is_one_row(races: tuple[str, ...], row: str) -> None:
    assert {key for key, figure in column(only(person(races=races)), "Q4A").items() if figure} == {row}


def test_r9_age_and_gender_keep_silence_apart_from_not_being_asked() -> None:
    counts = only(person(gender="not_tracked", age="not_reported"), person(gender="not_reported"))
    assert column(counts, "Q4B") == {"male": 0, "female": 0, "other": 0, "not_reported": 1, "not_tracked": 1}
    assert column(counts, "Q4C")["not_reported"] == 1


@given(worlds(), periods)
def test_r12_exercises_errors_and_what_is_not_on_the_award_change_nothing(world: World, period: Period) -> None:
    kept = replace(world, given=[each for each in world.given if each.on_award == 0 and not each.in_error])
    assert counted(world, period) == counted(kept, period)
    world.is_exercise = True
    assert all(figure == 0 for _, _, figure in counted(world, period).cells())


def test_question_6_is_help_with_the_application_and_belongs_to_no_category() -> None:
    world = World([person()], [Given(0, COMPENSATION_LINE, QUARTER.starts_on)])
    counts = counted(world, QUARTER)
    assert (counts.value("Q1"), counts.value("Q6")) == (1, 1)
    assert set(column(counts, "Q7").values()) == {0}


def test_a_line_or_a_word_that_the_form_lacks_stops_the_report() -> None:
    with pytest.raises(InvalidInput):
        counted(World([person()], [Given(0, "Z9", date(2026, 10, 1))]), QUARTER)
    with pytest.raises(InvalidInput):
        only(person(types=("rain",)))
    with pytest.raises(InvalidInput):
        only(person(gender="rain"))


@given(worlds(), periods, st.randoms())
def test_the_input_hash_is_over_the_facts_not_their_order(world: World, period: Period, random: object) -> None:
    inputs = world.inputs(period)
    shuffled = list(inputs.deliveries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = replace(inputs, deliveries=tuple(shuffled), served=tuple(reversed(inputs.served)))
    made = {"edition_digest": FORM.digest, "award": world.award, "period": period}
    assert again.hash(**made) == inputs.hash(**made)
    assert count(again, FORM, world.award, period) == count(inputs, FORM, world.award, period)
    more = replace(inputs, anonymous_contacts=inputs.anonymous_contacts + 1)
    assert more.hash(**made) != inputs.hash(**made)
