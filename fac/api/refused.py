"""The log of requests that nobody was signed in for: a few lines a minute, each saying how many it stands for.

Whoever tries tokens is seen, and cannot fill the log; what a minute had no line for is told when it ends, also when
nobody tries again.
Never: log a token or what it hashes to, an address, or anything else that was sent.
"""

import asyncio
import time
from uuid import UUID

from fac.logs import get_log

MOST_LINES = 10
_SECONDS = 60.0


class RefusedSignIns:
    """Tells of refusals in one process."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._lines = self._untold = 0

    def tell(self, status: int, code: str, correlation_id: UUID) -> None:
        """Write a line, or count the refusal for the next one."""
        now = time.monotonic()
        if now - self._began >= _SECONDS:
            self._began, self._lines = now, 0
        self._untold += 1
        if self._lines < MOST_LINES:
            self._lines += 1
            self._write(status, code, correlation_id)
        elif self._untold == 1:
            left = self._began + _SECONDS - now
            asyncio.get_running_loop().call_later(left, self._write, status, code, correlation_id)

    def _write(self, status: int, code: str, correlation_id: UUID) -> None:
        count, self._untold = self._untold, 0
        if count:  # or the next minute's first line has told them
            get_log().warning("sign_in.refused", status=status, code=code, correlation_id=correlation_id, count=count)
