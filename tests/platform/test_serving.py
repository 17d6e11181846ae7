"""Serving: a taken port, one Ctrl-C, a companion that fails, a start that fails."""

import asyncio
import gc
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest

from fac import serving
from fac.errors import KeyUnavailable, PortTaken

ROOT = Path(__file__).parents[2]


async def plain(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


async def broken(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    raise KeyUnavailable


def test_a_taken_port_is_told_with_what_to_do() -> None:
    taken = serving.listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(PortTaken, match=f"Port {port} .*--port"):
        serving.listen("127.0.0.1", port)
    taken.close()
    serving.listen("127.0.0.1", port).close()


def test_the_address_is_one_a_browser_takes() -> None:
    bound = serving.listen("127.0.0.1", 0)
    assert serving.address(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"
    bound.close()
    if socket.has_ipv6:
        bound = serving.listen("::1", 0)
        assert serving.address(bound).startswith("http://[::1]:")
        bound.close()


async def test_it_answers_when_it_says_ready_and_ends_its_companion() -> None:
    bound = serving.listen("127.0.0.1", 0)
    ready = asyncio.Event()
    ended = asyncio.Event()

    async def companion() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    collecting = gc.get_threshold()
    task = asyncio.create_task(serving.serve(plain, bound, ready=ready.set, companions=(companion,)))
    await asyncio.wait_for(ready.wait(), 120)
    assert gc.get_freeze_count() > 0  # what was made before is walked no more
    async with httpx.AsyncClient(timeout=120) as client:
        answer = await client.get(serving.address(bound))
    assert answer.text == "here"
    assert "server" not in answer.headers
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(task, 120)
    assert ended.is_set()
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, collecting)


async def test_a_failing_companion_ends_the_server_with_its_error() -> None:
    async def companion() -> None:
        raise KeyUnavailable

    bound = serving.listen("127.0.0.1", 0)
    with pytest.raises(KeyUnavailable):
        await asyncio.wait_for(serving.serve(plain, bound, ready=lambda: None, companions=(companion,)), 120)


async def test_an_application_that_cannot_start_raises_its_own_error() -> None:
    bound = serving.listen("127.0.0.1", 0)
    said_ready = asyncio.Event()
    with pytest.raises(KeyUnavailable):
        await serving.serve(broken, bound, ready=said_ready.set)
    assert not said_ready.is_set()


async def test_a_worker_is_cancelled_by_a_signal() -> None:
    begun, cleaned = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    task = asyncio.create_task(serving.run_until_signal(work))
    await begun.wait()
    signal.raise_signal(signal.SIGINT)
    await asyncio.wait_for(task, 120)
    assert cleaned.is_set()


def test_one_ctrl_c_ends_the_process_in_order() -> None:
    script = """
        from fac import serving
        async def app(scope, receive, send):
            await receive(); await send({"type": "lifespan.startup.complete"})
            await receive(); print("closed", flush=True); await send({"type": "lifespan.shutdown.complete"})
        serving.run(serving.serve(app, serving.listen("127.0.0.1", 0), ready=lambda: print("ready", flush=True)))
        print("after", flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (out, err, process.returncode) == ("closed\nafter\n", "", 0)
