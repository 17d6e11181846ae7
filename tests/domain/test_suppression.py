"""No published table lets an attacker who solves it pin a hidden cell: the attacker here is an SMT solver."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fac.domain.suppression import Cell, Rule, Table, adds_up, at_most, moved_a_little, suppress
from fac.errors import InvalidInput
from tests.domain.attack import pinned

THRESHOLD = 10


def axis(name: str, figures: list[int]) -> dict[Cell, int]:
    return {(name, str(place)): figure for place, figure in enumerate(figures)}


def star(*axes: list[int]) -> tuple[dict[Cell, int], list[Rule]]:
    """Several axes with one common total, as question 4 has."""
    cells: dict[Cell, int] = {("total",): sum(axes[0])}
    rules = []
    for number, figures in enumerate(axes):
        rows = axis(f"axis{number}", figures)
        cells |= rows
        rules.append(adds_up(("total",), rows))
    return cells, rules


@pytest.mark.parametrize(
    "figures",
    [
        [5, 40, 60],  # one small row: the total gives it away
        [1, 1, 40],  # two small rows that add up to 2
        [10, 10, 40],  # two rows at the threshold
        [1, 11, 12],  # complements that may not become small
        [10, 0, 0],  # a total that is small itself
        [1, 0, 0],
        [1] * 10,  # ten ones: hidden, the total can only be ten
        [2, 2, 2, 0],
        [11, 1],
        [3, 3, 3, 3, 3],
    ],
)
def test_known_traps(figures: list[int]) -> None:
    cells, rules = star(figures, [sum(figures), 0], [sum(figures) - 1, 1])
    hidden = suppress(cells, rules)
    assert {cell for cell, count in cells.items() if 1 <= count <= THRESHOLD} <= hidden
    assert pinned(cells, rules, hidden) == set()


def test_nothing_small_hides_nothing_and_zero_is_shown() -> None:
    cells, rules = star([0, 11, 30], [41, 0])
    assert suppress(cells, rules) == frozenset()


def test_the_cheapest_complement_is_taken() -> None:
    cells, rules = star([5, 40, 60, 300], [205, 200])
    assert suppress(cells, rules) == {("axis0", "0"), ("axis0", "1")}


def test_a_cell_of_its_own_needs_no_complement() -> None:
    assert suppress({("calls",): 4, ("people",): 100}, []) == {("calls",)}


def test_an_inequality_that_would_pin_a_cell_hides_more() -> None:
    # 100 people, all with a type, 101 answers: exactly one person has two types.
    cells = {("people",): 100, ("a",): 60, ("b",): 41, ("two",): 1}
    rules = [at_most([("people",), ("two",)], [("a",), ("b",)])]
    hidden = suppress(cells, rules)
    assert ("two",) in hidden
    assert len(hidden) > 1
    assert pinned(cells, rules, hidden) == set()


small_and_large = st.lists(st.integers(0, 14) | st.integers(0, 60), min_size=2, max_size=6)


@st.composite
def stars(draw: st.DrawFn) -> tuple[dict[Cell, int], list[Rule]]:
    first = draw(small_and_large)
    axes, total = [first], sum(first)
    for _ in range(draw(st.integers(0, 2))):
        cuts = sorted(draw(st.lists(st.integers(0, total), min_size=1, max_size=4)))
        axes.append([after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)])
    cells, rules = star(*axes)
    served = total + draw(st.integers(0, 12))
    cells["served",] = served
    rules.append(at_most([("total",)], [("served",)]))
    for number, row in enumerate(draw(st.lists(st.integers(0, served), max_size=3))):
        cells["row", str(number)] = row
        rules.append(at_most([("row", str(number))], [("served",)]))
    return cells, rules


@settings(deadline=None, max_examples=150)
@given(stars())
def test_an_attacker_who_knows_the_form_pins_nothing(made: tuple[dict[Cell, int], list[Rule]]) -> None:
    cells, rules = made
    hidden = suppress(cells, rules)
    assert {cell for cell, count in cells.items() if 1 <= count <= THRESHOLD} <= hidden
    assert pinned(cells, rules, hidden) == set()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 25), min_size=3, max_size=3), min_size=2, max_size=4))
def test_a_table_of_quarters_and_years_pins_nothing(grid: list[list[int]]) -> None:
    # Rows and columns both add up: cycles, where one complement is never enough.
    cells: dict[Cell, int] = {}
    rules: list[Rule] = []
    columns = [*range(3)]
    for place, row in enumerate(grid):
        cells |= {(f"r{place}", str(column)): row[column] for column in columns} | {(f"r{place}", "all"): sum(row)}
        rules.append(adds_up((f"r{place}", "all"), [(f"r{place}", str(column)) for column in columns]))
    for column in [*map(str, columns), "all"]:
        parts = [(f"r{place}", column) for place in range(len(grid))]
        cells["sum", column] = sum(cells[part] for part in parts)
        rules.append(adds_up(("sum", column), parts))
    rules.append(adds_up(("sum", "all"), [("sum", str(column)) for column in columns]))
    hidden = suppress(cells, rules)
    assert {cell for cell, count in cells.items() if 1 <= count <= THRESHOLD} <= hidden
    assert pinned(cells, rules, hidden) == set()


@settings(deadline=None)
@given(stars())
def test_a_twin_is_another_table_that_looks_the_same(made: tuple[dict[Cell, int], list[Rule]]) -> None:
    cells, rules = made
    table = Table(cells, rules, frozenset(), {cell: (0, None) for cell in cells if cells[cell] < 20})
    for cell in table.hidden:
        moved = table.twin(cell)
        if moved is not None:
            other = {**cells, **moved}
            assert other[cell] != cells[cell]
            assert moved.keys() <= table.hidden.keys()
            assert min(other.values()) >= 0
            assert all(rule.holds(other) for rule in rules)


def test_what_is_public_already_protects_nothing() -> None:
    cells, rules = star([5, 40, 60], [105, 0])
    hidden = suppress(cells, rules, already_shown=[("axis0", "1")])
    assert hidden == {("axis0", "0"), ("axis0", "2")}
    with pytest.raises(InvalidInput):
        suppress(cells, rules, already_shown=[cell for cell in cells if cell != ("axis0", "0")])


def test_a_figure_that_moved_a_little_is_hidden() -> None:
    cells = {("a",): 21, ("b",): 40, ("c",): 15}
    assert moved_a_little(cells, {("a",): 20, ("b",): 40, ("c",): 50}) == {("a",)}
    assert suppress(cells, [], also_hidden=[("a",)]) == {("a",)}


@pytest.mark.parametrize("threshold", [-1, 0, 1, 2])
def test_a_threshold_that_hides_one_value_is_refused(threshold: int) -> None:
    with pytest.raises(InvalidInput):
        suppress({("a",): 1}, [], threshold=threshold)
