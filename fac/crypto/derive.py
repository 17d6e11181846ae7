"""Subkeys: one secret, many purposes, none of which tells anything about another.

Never: use one key for two purposes.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fac.crypto.framing import framed

KEY_BYTES = 32


def derive(secret: bytes, label: str, *context: bytes, size: int = KEY_BYTES) -> bytes:
    """Return ``size`` bytes of HKDF-SHA256 (RFC 5869) over ``secret``, bound to ``label`` and ``context``."""
    return hkdf(secret, salt=b"fac", info=framed((label.encode(), *context)), size=size)


def hkdf(secret: bytes, *, salt: bytes | None, info: bytes, size: int) -> bytes:
    """Return plain HKDF-SHA256; apart from :func:`derive` so that the published vectors run through it."""
    return HKDF(algorithm=SHA256(), length=size, salt=salt, info=info).derive(secret)
