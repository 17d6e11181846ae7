"""Instants as people give them: with an offset, so that they mean one moment everywhere.

Never: guess a time zone.
"""

from datetime import UTC, datetime

from fac.errors import InvalidInput


def aware(path: str, given: datetime) -> datetime:
    """Return ``given`` in UTC; raises InvalidInput at ``path`` when it names no offset."""
    if given.tzinfo is None:
        raise InvalidInput.at(path, "needs_offset", "Give the time with its offset, such as 2026-03-02T09:00:00Z.")
    return given.astimezone(UTC)
