"""The arguments of asked fields: which are given, what they come to, and what is wrong with them.

Never: echo a value in an error.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from fac.domain.ids import decode_global
from fac.errors import InvalidInput
from fac.reading.cursor import decode_cursor
from fac.reading.noun import PAGE_SIZES, Noun
from fac.reading.selection import Asked, Literal

DEFAULT_FIRST = 25
Variables: TypeAlias = Mapping[str, Any]
Feed: TypeAlias = Callable[[UUID, Variables], Any]  # (the actor's incident, variables) -> parameter
_NOBODY = UUID(int=0)


def argument(asked: Asked, name: str, variables: Variables) -> Any:
    """Return the value of an argument, None when it is absent or null."""
    for given, value in asked.arguments:
        if given == name:
            return value.value if isinstance(value, Literal) else variables.get(value.name)
    return None


def argued(asked: Asked) -> list[Asked]:
    """Return the asked fields, at any depth, that have arguments."""
    found = [asked] if asked.arguments else []
    for each in asked.below:
        found.extend(argued(each))
    return found


def variant(fields: list[Asked], variables: Variables) -> tuple[int | bool, ...]:
    """Return what of the arguments shapes a statement: which are given, and the page sizes."""
    return tuple(
        page_size(argument(asked, name, variables)) if name == "first" else argument(asked, name, variables) is not None
        for asked in fields
        for name, _ in asked.arguments
    )


def page_size(first: int | None) -> int:
    """Return the length, of the few there are, that a page of ``first`` rows is cut to in SQL."""
    wanted = DEFAULT_FIRST if first is None else first
    return next((size for size in PAGE_SIZES if wanted <= size), PAGE_SIZES[-1])


def first_feed(asked: Asked) -> Callable[[Variables], int]:
    """Return what gives the asked length of a page."""

    def feed(variables: Variables) -> int:
        first = argument(asked, "first", variables)
        return DEFAULT_FIRST if first is None else int(first)

    return feed


def id_feed(asked: Asked, name: str, noun: Noun) -> Feed:
    """Return what decodes an opaque id; one of another incident or kind names nobody, as does a malformed one."""

    def feed(incident_id: UUID, variables: Variables) -> UUID:
        decoded = decode_global(str(argument(asked, name, variables)))
        if decoded is None or decoded[0] != noun.code or (not noun.is_global and decoded[1] != incident_id):
            return _NOBODY
        return decoded[2]

    return feed


def filter_feed(asked: Asked, name: str, kind: type[Any]) -> Feed:
    """Return what gives a filter's value in the column's Python type."""

    def feed(_incident_id: UUID, variables: Variables) -> Any:
        value = argument(asked, name, variables)
        if kind is UUID:
            decoded = decode_global(str(value))
            return _NOBODY if decoded is None else decoded[2]
        if kind in (date, datetime) and isinstance(value, str):
            try:
                return kind.fromisoformat(value)
            except ValueError:
                raise InvalidInput.at(name, "not_a_date", "Write a date as YYYY-MM-DD.") from None
        return value

    return feed


def cursor_feed(asked: Asked, kind: type[Any], part: int) -> Feed:
    """Return what gives one part of the ``after`` cursor: 0 the order value, 1 the id."""
    return lambda _incident_id, variables: decode_cursor(str(argument(asked, "after", variables)), kind)[part]
