"""PostGraphile 5 with roles, over a plain-text copy of the same rows.

Never: decrypt or audit; that is what makes it a peer in shaping only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contender import Contender
from benchmarks.seed import Seeded


@contextmanager
def running(dsn: str, folder: Path, seeded: Seeded) -> Iterator[Contender | None]:
    """Run it."""
    yield None
