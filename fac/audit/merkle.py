"""The root of a Merkle tree over byte strings (RFC 9162 section 2.1.1): one hash that stands for all, in their order.

Never: let a leaf be taken for a node; the two are hashed with different first bytes.
"""

import hashlib
from collections.abc import Iterable

_LEAF, _NODE = b"\x00", b"\x01"


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the 32-byte root; of no leaves it is the hash of nothing."""
    level = [hashlib.sha256(_LEAF + each).digest() for each in leaves]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        paired = [hashlib.sha256(_NODE + level[n] + level[n + 1]).digest() for n in range(0, len(level) - 1, 2)]
        # An odd one goes up as it is, which gives the same tree as splitting at the largest power of two.
        level = paired + (level[-1:] if len(level) % 2 else [])
    return level[0]
