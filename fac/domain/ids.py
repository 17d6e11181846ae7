"""Identifiers that sort by time and need no sequence, so that many machines can make them; and some that must not sort.

Never: reveal a count, or depend on the database.
"""

import os
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID, uuid4

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CASE_NUMBER_DIGITS = 7


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def new_unordered_id() -> UUID:
    """Return a UUIDv4 (RFC 9562 section 5.4): for rows whose order, or neighbours, would tell whose they are."""
    return uuid4()


def new_case_number() -> str:
    """Return a random case number such as ``K7F-2QD9-X``; the last character is a check digit.

    Random, because a running number would tell everybody who sees one how many families came, and would need a
    sequence. The database holds it unique in its incident; a clash (1 in 34 thousand million pairs) is drawn again.
    """
    digits = [secrets.randbelow(32) for _ in range(_CASE_NUMBER_DIGITS)]
    return _written(digits)


def is_case_number(text: str) -> bool:
    """Tell whether ``text`` is a well-formed case number: right letters, right check digit."""
    digits = [_CROCKFORD.find(letter) for letter in text.replace("-", "").upper()]
    if len(digits) != _CASE_NUMBER_DIGITS + 1 or -1 in digits:
        return False
    return digits[-1] == _check_digit(digits[:-1])


def _check_digit(digits: list[int]) -> int:
    # Odd weights below 32 are invertible modulo 32: every single wrong letter is caught.
    return sum((2 * place + 1) * digit for place, digit in enumerate(digits)) % 32


def _written(digits: list[int]) -> str:
    letters = "".join(_CROCKFORD[digit] for digit in (*digits, _check_digit(digits)))
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"


_GLOBAL_LENGTH = 33
_NO_INCIDENT = UUID(int=0)


def encode_global(kind: int, incident_id: UUID | None, id: UUID) -> str:
    """Return the opaque id that clients hold: kind, incident and id, so that one can never stand for another."""
    packed = bytes((kind,)) + (incident_id or _NO_INCIDENT).bytes + id.bytes
    return urlsafe_b64encode(packed).decode()


def decode_global(text: str) -> tuple[int, UUID, UUID] | None:
    """Return ``(kind, incident, id)`` of an opaque id, or None when it is not one of ours."""
    try:
        packed = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        return None
    if len(packed) != _GLOBAL_LENGTH:
        return None
    return packed[0], UUID(bytes=packed[1:17]), UUID(bytes=packed[17:])
