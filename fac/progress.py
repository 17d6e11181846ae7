"""Shows a person how far a long step has come: nothing for two seconds, then a bar, or lines where no terminal is.

Never: write to standard output, which belongs to what a command prints.
"""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_QUIET_SECONDS = 2.0
_LINE_SECONDS = 5.0


class Bars:
    """Call it with (what, done, total) as often as you like; it draws at most a few times a second."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}
        self._last_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of ``what`` are done."""
        now = time.monotonic()
        begun = self._begun.setdefault(what, now)
        if now - begun < _QUIET_SECONDS and what not in self._tasks:
            return
        if self._console.is_terminal:
            self._draw(what, done, total)
        elif now - self._last_line > _LINE_SECONDS or done == total:
            self._last_line = now
            self._console.print(f"{what}: {done}/{total}", highlight=False)

    def _draw(self, what: str, done: int, total: int) -> None:
        if self._progress is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=self._console)
            self._progress.start()
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)
