"""What the compiler hands from part to part: the flat row under construction, and compiled objects and pages.

Never: hold a rule.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select

from fac.reading import connection, shape


@dataclass(slots=True)
class Columns:
    """The flat row under construction."""

    items: list[ColumnElement[Any]] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)  # by identity: comparing columns would make SQL

    def add(self, column: ColumnElement[Any]) -> int:
        """Return the place of a column, which is added unless it is there already."""
        place = self._places.setdefault(id(column), len(self.items))
        if place == len(self.items):
            self.items.append(column)
        return place

    def labelled(self) -> list[ColumnElement[Any]]:
        """Return the columns under names of their own, for the outermost SELECT."""
        return [column.label(f"c{place}") for place, column in enumerate(self.items)]


@dataclass(frozen=True, slots=True)
class Built:
    """A compiled object or list: what it is read from, how its rows are shaped, what they would disclose."""

    source: FromClause
    shaper: shape.Shaper
    touchers: tuple[shape.Toucher, ...]


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A compiled connection: its rows as a SELECT, and the function from rows to answer."""

    rows: Select[Any]
    columns: Columns
    total: ColumnElement[int] | None
    slot: int
    answer: connection.PageShaper
    touchers: tuple[shape.Toucher, ...]
