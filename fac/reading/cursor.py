"""Opaque, stable places in a list: the order column's value and the id, so that a page never shifts under new rows.

Never: hold a personal value; lists are ordered by instants, dates, ids and scores only.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from fac.errors import InvalidInput

Place: TypeAlias = datetime | date | UUID | int
_LARGEST = 2**31 - 1  # of a column of integers


def encode_cursor(value: Place, id: UUID) -> str:
    """Return the cursor of the row with that order value and id."""
    return urlsafe_b64encode(_written(value).encode() + b"|" + id.bytes).decode()


def decode_cursor(text: str, kind: type[Place]) -> tuple[Place, UUID]:
    """Return ``(order value, id)``; raises InvalidInput when the text is not a cursor of that kind of list."""
    try:
        value, _, id = urlsafe_b64decode(text.encode("ascii")).partition(b"|")
        return _read(value.decode("ascii"), kind), UUID(bytes=id)
    except ValueError:
        raise InvalidInput.at("after", "not_a_cursor", "Use an endCursor of this very list.") from None


def _written(value: Place) -> str:
    match value:
        case UUID():
            return value.hex
        case int():
            return str(value)
        case _:
            return value.isoformat()


def _read(written: str, kind: type[Place]) -> Place:
    if issubclass(kind, int):
        number = int(written)
        if abs(number) > _LARGEST:
            raise ValueError
        return number
    return UUID(written) if issubclass(kind, UUID) else kind.fromisoformat(written)
