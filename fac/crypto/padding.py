"""Padding: the length of a bundle tells only its bucket, so that an empty answer looks like a long one.

Each class has a floor that ordinary values stay under; above it, buckets grow by a half or a third, and a ciphertext's
length leaks less than one bit. Spaces pad, because JSON ignores them after its value. Nothing is ever compressed.
Never: leave the length of a value visible.
"""

from typing import Final

from fac.domain.vocabulary import InfoClass

_FLOORS: Final = {
    InfoClass.identity: 256,
    InfoClass.contact: 512,
    InfoClass.clinical: 512,
    InfoClass.legal: 512,
    InfoClass.financial: 256,
    InfoClass.narrative: 1_024,
    InfoClass.staff_record: 1_024,
    InfoClass.privileged: 1_024,
    InfoClass.partner_record: 1_024,
}


def bucket(length: int, floor: int) -> int:
    """Return the least of 2**n and 3 * 2**(n-1), from ``floor`` (a power of two) upwards, that holds ``length``."""
    size = floor
    while size < length:
        size += size // 2
        if size >= length:
            break
        size = size // 3 * 4
    return size


def padded(text: bytes, info: InfoClass) -> bytes:
    """Return ``text`` (one JSON value) with spaces up to its bucket."""
    return text.ljust(bucket(len(text), _FLOORS.get(info, 512)))
