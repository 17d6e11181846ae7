"""AES-256-GCM as this program uses it: a random 96-bit nonce in front, a 128-bit tag behind, always bound to a context.

The one place that calls the cipher, so that the published vectors run through it (NIST SP 800-38D; the nonce is drawn
for each message, 8.2.2; a key seals far fewer than 2**32 messages: a subject's key one bundle a row and edit).
Never: take a nonce from a caller, or let the library's exception out.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.errors import Unreadable

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


def sealed(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    """Return ``nonce(12) | ciphertext | tag(16)`` of ``plain``, bound to ``bound``."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def opened(cipher: AESGCM, message: bytes, bound: bytes) -> bytes:
    """Return what ``sealed`` was given; raises Unreadable when a single bit of message, key or context differs."""
    if len(message) < NONCE_BYTES + TAG_BYTES:
        raise Unreadable
    try:
        return cipher.decrypt(message[:NONCE_BYTES], message[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Unreadable from None
