"""The load: a process of its own that sends prepared requests over raw connections and times each answer.

It reads one job a line and writes one result a line (JSON): ``python -m benchmarks.load``. Its own cost is the same for
every contender. Any answer that is not a 200 with the expected word in it ends the run.
Never: share a process with what it measures.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from fac import serving

_SYLLABLES = (
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """What to send where. The words between per cent signs in a body are made from the request's number."""

    port: int
    path: str
    headers: dict[str, str]
    bodies: list[str]
    expected: str
    concurrency: int
    seconds: float
    start: int


class Faulty(Exception):
    """An answer was not what it must be."""


async def one_client(job: Job, numbers: Any, until: float, times: list[float]) -> None:
    """Send requests one after another until ``until``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
    expected = job.expected.encode()
    try:
        while (began := time.perf_counter()) < until:
            number = next(numbers)
            writer.write(request_bytes(job, number))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            times.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 200") or expected not in body or b'"errors"' in body:
                raise Faulty(body[:600].decode("utf-8", "replace"))
    finally:
        writer.close()


def request_bytes(job: Job, number: int) -> bytes:
    """Return request ``number`` as it goes over the wire."""
    body = varied(job.bodies[number % len(job.bodies)], number).encode()
    lines = [f"POST {job.path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
    lines.extend(f"{name}: {value}" for name, value in job.headers.items())
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _born(year: int, days: int) -> str:
    return (date(year, 1, 1) + timedelta(days=days % 15_000)).isoformat()


def varied(body: str, number: int) -> str:
    """Return ``body`` with what is this request's own: nobody may look like somebody recorded before."""
    if "%" not in body:
        return body
    for mark, value in (
        ("%NUMBER%", f"{number:012d}"),
        ("%PHONE%", f"{number % 10_000_000:07d}"),
        ("%NAME%", invented_name(number * 7_368_787 % 64_000_000)),
        ("%MOTHER_BORN%", _born(1950, number)),
        ("%FATHER_BORN%", _born(1948, number * 31)),
        ("%DAUGHTER_BORN%", _born(2006, number * 17 % 4000)),
        ("%DOOR%", str(1 + number % 9000)),
        ("%POST%", f"{number * 7919 % 100_000:05d}"),
    ):
        body = body.replace(mark, value)
    return body


def invented_name(number: int) -> str:
    """Return a name of six syllables that stands for ``number``."""
    parts = []
    for _ in range(6):
        number, place = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[place])
    return "".join(parts).capitalize()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Faulty("an answer without a length")


async def run_job(job: Job) -> dict[str, Any]:
    """Return throughput and latencies (milliseconds) of one job."""
    times: list[float] = []
    numbers = count(job.start)
    began = time.perf_counter()
    try:
        await asyncio.gather(*(one_client(job, numbers, began + job.seconds, times) for _ in range(job.concurrency)))
    except (Faulty, OSError, asyncio.IncompleteReadError) as fault:
        return {"fault": f"{type(fault).__name__}: {fault}"}
    took = time.perf_counter() - began
    times.sort()
    return {
        "requests": len(times),
        "rate": len(times) / took,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[min(len(times) - 1, int(len(times) * 0.99))] * 1000,
        "next": next(numbers),
    }


async def main() -> None:
    """Carry out the jobs that come in."""
    for line in sys.stdin:
        result = await run_job(Job(**json.loads(line)))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    serving.run(main())
