"""What a database still holds of somebody erased: every place that could, walked."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fac.db.places import SEALED, TRACES
from fac.domain.vocabulary import SEALED_CLASSES

Fetch = Callable[..., Awaitable[Any]]
_EMPTY = {"\\x", "", "{}", None}


async def left_of(fetch: Fetch, person_id: UUID, case_id: UUID) -> list[str]:
    """Return the places that hold something of the person; the words of the whole case are not looked at."""
    found = []
    for place in (each for each in SEALED if each.goes_with != "case_id"):
        found += await _holding(fetch, place.table.name, place.column, place.goes_with, person_id)
    for trace in TRACES:
        subject = case_id if trace.named_by == ("case_id",) else person_id
        for name in trace.named_by:
            found += await _holding(fetch, trace.table.name, trace.column, name, subject)
    keys = await fetch("SELECT info, wrapped FROM data_keys WHERE subject_id = $1", person_id)
    if {row["info"]: row["wrapped"] for row in keys} != {info.code: b"" for info in SEALED_CLASSES}:
        found.append("data_keys")
    return found


async def _holding(fetch: Fetch, table: str, column: str, named_by: str, subject: UUID) -> list[str]:
    rows = await fetch(f"SELECT {column}::text AS held FROM {table} WHERE {named_by} = $1", subject)  # noqa: S608
    return [f"{table}.{column}"] if {row["held"] for row in rows} - _EMPTY else []
