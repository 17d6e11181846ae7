"""Processes under measurement: started, asked, and what they cost in processor time.

Never: leave one running.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.load import Job
from benchmarks.workload import Workload

_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A child process that prints its port when it serves."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.name = name
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
                env=os.environ | (environment or {}),
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line.isdigit():
            raise SystemExit(f"{name} did not start: {line}\n{log.read_text('utf-8')[-3000:]}")
        self.port = int(line)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the process."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True, slots=True)
class Contender:
    """One contender: its process, and how its requests differ from ours."""

    name: str
    process: Process
    path: str = "/graphql"
    bodies: dict[str, list[str]] | None = None  # by workload; None: the same as ours
    center: str = ""  # told to the peer's row security; everybody is sent the header

    def job(self, workload: Workload, concurrency: int, seconds: float, start: int) -> Job:
        """Return the load's job for ``workload``."""
        headers = {
            "content-type": "application/json",
            "accept": "application/graphql-response+json",
            "authorization": f"Bearer {workload.token}",
            "x-center": self.center if workload.name == "Q2" else "",
        }
        bodies = workload.bodies if self.bodies is None else self.bodies[workload.name]
        return Job(self.process.port, self.path, headers, bodies, workload.expected, concurrency, seconds, start)


class Loader:
    """The load's process."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.load"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(15)

    def run(self, name: str, job: Job) -> dict[str, Any]:
        """Carry ``job`` out; any wrong answer ends the whole run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        as_sent = {field: getattr(job, field) for field in Job.__slots__}
        self._process.stdin.write(json.dumps(as_sent) + "\n")
        self._process.stdin.flush()
        result: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "fault" in result:
            raise SystemExit(f"{name} answered wrongly: {result['fault']}")
        return result


def processor_seconds(pid: int, *, children: bool = False) -> float:
    """Return the processor time of a process, or of its living children (the backends of a server)."""
    if not children:
        return _ticks(Path(f"/proc/{pid}/stat"))[0]
    found = (_ticks(each) for each in Path("/proc").glob("[0-9]*/stat"))
    return sum(seconds for seconds, parent in found if parent == pid)


def _ticks(stat: Path) -> tuple[float, int]:
    try:
        fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[1])
