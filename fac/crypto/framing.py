"""Unambiguous bytes out of several parts, for associated data, key derivation and macs.

Never: join parts without their lengths ("ab","c" and "a","bc" must differ).
"""

from collections.abc import Iterable

_LENGTH_BYTES = 4


def framed(parts: Iterable[bytes]) -> bytes:
    """Return every part preceded by its length as 32 bits, big-endian."""
    pieces: list[bytes] = []
    for part in parts:
        pieces.append(len(part).to_bytes(_LENGTH_BYTES, "big"))
        pieces.append(part)
    return b"".join(pieces)
