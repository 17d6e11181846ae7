"""Opaque, stable places in a list: the order column's value and the id, so that a page never shifts under new rows.

Never: hold a personal value; lists are ordered by instants and dates only.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from uuid import UUID

from fac.errors import InvalidInput


def encode_cursor(value: datetime | date, id: UUID) -> str:
    """Return the cursor of the row with that order value and id."""
    return urlsafe_b64encode(value.isoformat().encode() + b"|" + id.bytes).decode()


def decode_cursor(text: str, kind: type[datetime] | type[date]) -> tuple[datetime | date, UUID]:
    """Return ``(order value, id)``; raises InvalidInput when the text is not a cursor of that kind of list."""
    try:
        value, _, id = urlsafe_b64decode(text.encode("ascii")).partition(b"|")
        return kind.fromisoformat(value.decode("ascii")), UUID(bytes=id)
    except ValueError:
        raise InvalidInput.at("after", "not_a_cursor", "Use an endCursor of this very list.") from None
