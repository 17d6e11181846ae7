"""Opaque, stable places in a list: the order column's value and the id, so that a page never shifts under new rows.

Never: hold a personal value; lists are ordered by instants, dates and ids only.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from fac.errors import InvalidInput

Place: TypeAlias = datetime | date | UUID


def encode_cursor(value: Place, id: UUID) -> str:
    """Return the cursor of the row with that order value and id."""
    written = value.hex if isinstance(value, UUID) else value.isoformat()
    return urlsafe_b64encode(written.encode() + b"|" + id.bytes).decode()


def decode_cursor(text: str, kind: type[Place]) -> tuple[Place, UUID]:
    """Return ``(order value, id)``; raises InvalidInput when the text is not a cursor of that kind of list."""
    try:
        value, _, id = urlsafe_b64decode(text.encode("ascii")).partition(b"|")
        written = value.decode("ascii")
        place = UUID(written) if issubclass(kind, UUID) else kind.fromisoformat(written)
        return place, UUID(bytes=id)
    except ValueError:
        raise InvalidInput.at("after", "not_a_cursor", "Use an endCursor of this very list.") from None
