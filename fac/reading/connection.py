"""Pages into answers: a connection's rows, edges, cursors and count.

Never: look anything up; one row more than was asked for tells that there is a next page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fac.reading.cursor import encode_cursor
from fac.reading.selection import Asked
from fac.reading.shape import Answering, Getter, Opened, Row, Shaper

# (rows, total, asked length, answering) -> the connection; one row more than asked tells that there is a next page
PageShaper: TypeAlias = Callable[[Sequence[Row], int | None, int, Answering], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows while it is shaped."""

    rows: Sequence[Row]
    has_next: bool
    total: int | None
    order_at: int
    id_at: int

    def cursor(self, row: Row) -> str:
        """Return the row's cursor."""
        return encode_cursor(row[self.order_at], row[self.id_at])

    def info(self, name: str) -> Any:
        """Return a field of ``pageInfo``; pages only run forward."""
        match name:
            case "hasNextPage":
                return self.has_next
            case "endCursor":
                return self.cursor(self.rows[-1]) if self.rows else None
            case "__typename":
                return "PageInfo"
        raise LookupError(name)


PageGetter: TypeAlias = Callable[[Page, Answering], Any]


def a_page(type_name: str, asked: Asked, shapers: Mapping[int, Shaper], order_at: int, id_at: int) -> PageShaper:
    """Return the shaper of a connection; ``shapers`` are those of its items by ``id()`` of what was asked."""
    fields = [(each.key, _page_getter(type_name, each, shapers)) for each in asked.below]

    def shape(rows: Sequence[Row], total: int | None, first: int, answering: Answering) -> dict[str, Any]:
        page = Page(rows[:first], len(rows) > first, total, order_at, id_at)
        return {key: get(page, answering) for key, get in fields}

    return shape


def _page_getter(type_name: str, asked: Asked, shapers: Mapping[int, Shaper]) -> PageGetter:
    match asked.name:
        case "totalCount":
            return lambda page, answering: page.total
        case "nodes":
            item = shapers[id(asked)]
            return lambda page, answering: [item(row, answering) for row in page.rows]
        case "edges":
            edge = [(each.key, _edge_getter(type_name, each, shapers)) for each in asked.below]
            return lambda page, answering: [{key: get(page, row, answering) for key, get in edge} for row in page.rows]
        case "pageInfo":
            info = [(each.key, each.name) for each in asked.below]
            return lambda page, answering: {key: page.info(name) for key, name in info}
        case "__typename":
            return lambda page, answering: f"{type_name}Connection"
    raise LookupError(asked.name)


def _edge_getter(type_name: str, asked: Asked, shapers: Mapping[int, Shaper]) -> Callable[[Page, Row, Answering], Any]:
    match asked.name:
        case "node":
            item = shapers[id(asked)]
            return lambda page, row, answering: item(row, answering)
        case "cursor":
            return lambda page, row, answering: page.cursor(row)
        case "__typename":
            return lambda page, row, answering: f"{type_name}Edge"
    raise LookupError(asked.name)


def a_connection(place: int, total: int | None, slot: int, shape: PageShaper) -> Getter:
    """Return the getter of a nested connection whose rows stand as an array in the parent's row."""

    def get(row: Row, seen: int, opened: Opened, answering: Answering) -> Any:
        return shape(row[place], None if total is None else row[total], answering.firsts[slot], answering)

    return get


def empty_page(type_name: str, asked: Asked) -> Getter:
    """Return the getter of a connection whose items the reader may never see."""
    empty = Page([], False, 0, 0, 0)
    item_shapers: dict[int, Shaper] = {}
    for each in asked.below:
        item_shapers[id(each)] = _never
        item_shapers.update({id(inner): _never for inner in each.below})
    fields = [(each.key, _page_getter(type_name, each, item_shapers)) for each in asked.below]
    return lambda row, seen, opened, answering: {key: get(empty, answering) for key, get in fields}


def _never(row: Row, answering: Answering) -> Any:
    raise AssertionError("an empty page has no rows to shape")
