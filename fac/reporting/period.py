"""Reporting periods: quarters and years of the United States federal fiscal year (1 October to 30 September).

Never: read the clock, or hold a period that is neither a fiscal quarter nor a fiscal year.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

from fac.errors import InvalidInput

_FIRST_MONTH = 10


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Both days belong to the period. Made by ``quarter`` or ``fiscal_year``; anything else raises InvalidInput."""

    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        months = (self.ends_on.year - self.starts_on.year) * 12 + self.ends_on.month - self.starts_on.month + 1
        whole = self.starts_on.day == 1 and self.ends_on == _last_day(self.ends_on.year, self.ends_on.month)
        quarterly = months == 3 and self.starts_on.month % 3 == 1
        if not (whole and (quarterly or (months == 12 and self.starts_on.month == _FIRST_MONTH))):
            raise InvalidInput.at("period", "not_fiscal", "Give a quarter or a year of the federal fiscal year.")

    @classmethod
    def quarter(cls, fiscal_year: int, quarter: int) -> Self:
        """Return quarter 1-4 of ``fiscal_year``; quarter 1 of 2027 is October to December 2026."""
        if quarter not in {1, 2, 3, 4} or not _is_year(fiscal_year):
            raise InvalidInput.at("quarter", "out_of_range", "A quarter is 1, 2, 3 or 4 of a year from 1990 on.")
        year = fiscal_year - 1 if quarter == 1 else fiscal_year
        month = (_FIRST_MONTH + 3 * (quarter - 1) - 1) % 12 + 1
        return cls(date(year, month, 1), _last_day(year, month + 2))

    @classmethod
    def fiscal_year(cls, fiscal_year: int) -> Self:
        """Return the whole of ``fiscal_year``, which is named for the calendar year in which it ends."""
        if not _is_year(fiscal_year):
            raise InvalidInput.at("fiscalYear", "out_of_range", "A fiscal year is a year from 1990 on.")
        return cls(date(fiscal_year - 1, _FIRST_MONTH, 1), date(fiscal_year, 9, 30))

    @property
    def is_annual(self) -> bool:
        """Whether this is a whole fiscal year."""
        return self.ends_on.year > self.starts_on.year

    @property
    def year(self) -> int:
        """The fiscal year that this period lies in."""
        return self.starts_on.year + (self.starts_on.month >= _FIRST_MONTH)

    @property
    def quarters(self) -> "tuple[Period, ...]":
        """The quarters that make up the period: itself, or the four of the year."""
        if not self.is_annual:
            return (self,)
        return tuple(Period.quarter(self.year, number) for number in (1, 2, 3, 4))

    @property
    def name(self) -> str:
        """``FY2027 Q1`` or ``FY2027``."""
        if self.is_annual:
            return f"FY{self.year}"
        return f"FY{self.year} Q{(self.starts_on.month - _FIRST_MONTH) % 12 // 3 + 1}"

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


def window_start(day: date, reset_month: int) -> date:
    """Return the first day of the reset window that ``day`` lies in (PMT: a person is new once per window)."""
    return date(day.year if day.month >= reset_month else day.year - 1, reset_month, 1)


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _is_year(year: int) -> bool:
    return 1990 <= year <= 9000
