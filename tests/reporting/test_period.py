"""Fiscal quarters and years, and the reset window in which a person is new once."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.errors import InvalidInput
from fac.reporting.period import Period, window_start

years = st.integers(1990, 2200)


def test_the_fiscal_year_runs_from_october_to_september() -> None:
    assert Period.quarter(2027, 1) == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert Period.quarter(2027, 2) == Period(date(2027, 1, 1), date(2027, 3, 31))
    assert Period.quarter(2027, 4) == Period(date(2027, 7, 1), date(2027, 9, 30))
    assert Period.fiscal_year(2027) == Period(date(2026, 10, 1), date(2027, 9, 30))
    assert [each.name for each in Period.fiscal_year(2027).quarters] == [f"FY2027 Q{n}" for n in (1, 2, 3, 4)]
    assert Period.fiscal_year(2027).name == "FY2027"


@given(years)
def test_four_quarters_make_the_year_without_gap_or_overlap(year: int) -> None:
    whole, quarters = Period.fiscal_year(year), Period.fiscal_year(year).quarters
    assert (quarters[0].starts_on, quarters[-1].ends_on) == (whole.starts_on, whole.ends_on)
    for before, after in pairwise(quarters):
        assert after.starts_on == before.ends_on + timedelta(days=1)
    assert all(each.year == year and not each.is_annual and each.quarters == (each,) for each in quarters)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2026, 11, 1), date(2027, 1, 31)),
        (date(2026, 10, 2), date(2026, 12, 31)),
        (date(2026, 10, 1), date(2026, 12, 30)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 10, 1)),
    ],
)
def test_anything_else_is_not_a_period(starts_on: date, ends_on: date) -> None:
    with pytest.raises(InvalidInput):
        Period(starts_on, ends_on)


@pytest.mark.parametrize(("year", "quarter"), [(2027, 0), (2027, 5), (0, 1), (99999, 1)])
def test_a_strange_quarter_is_refused(year: int, quarter: int) -> None:
    with pytest.raises(InvalidInput):
        Period.quarter(year, quarter)


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(1, 12))
def test_a_day_lies_in_the_year_that_its_window_opens(day: date, month: int) -> None:
    opening = window_start(day, month)
    assert (opening.month, opening.day) == (month, 1)
    assert opening <= day < opening.replace(year=opening.year + 1)
