"""Files that only their owner may read.

Never: widen the mode of a file that exists, or follow a link planted at its place.
"""

import os
from pathlib import Path
from typing import BinaryIO

_OWNER_ONLY = 0o600


def open_private(path: Path) -> BinaryIO:
    """Open ``path`` for appending, made with mode 0600; refuses a symbolic link (OSError)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY)
    return os.fdopen(descriptor, "ab")


def write_private(path: Path, text: str) -> None:
    """Put ``text`` into ``path`` with mode 0600, whole or not at all: written beside it, then moved over it."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
