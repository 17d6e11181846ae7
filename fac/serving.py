"""Runs an ASGI application and its companions until a signal, then ends them in order.

The socket is bound before anything else starts, so that a taken port is known at once; one Ctrl-C (or SIGTERM) lets
running requests finish, a second does not wait.
Never: know what the application does.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import uvicorn

from fac import logs
from fac.errors import PortTaken

_FINISH_SECONDS = 10
_NEW_OBJECTS = 10_000  # between two looks for cycles; an answer's few hundred go by themselves when it is sent
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Companion = Callable[[], Coroutine[Any, Any, None]]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to ``host`` and ``port``; raises PortTaken. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share the port with its present owner
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1024)
    except OSError as refused:
        bound.close()
        raise PortTaken(host, port) from refused
    bound.setblocking(False)
    return bound


def address(bound: socket.socket) -> str:
    """Return ``http://host:port`` of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run ``main`` on the fast event loop, where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.get_loop().set_exception_handler(logs.log_lost_task)
        runner.run(main)


async def serve(
    application: Any, bound: socket.socket, *, ready: Callable[[], None], companions: tuple[Companion, ...] = ()
) -> None:
    """Serve ``application`` on ``bound`` until a signal, then close it; call ``ready`` when it answers.

    ``companions`` (the worker, in the demonstration) run beside it and are cancelled after the last request; one that
    fails ends the server and its error is raised.
    """
    failures: list[BaseException] = []
    server = _Server(_config(_telling(application, failures)), ready)
    with contextlib.closing(bound), _made_to_stay():
        async with _companions(companions, server):
            with _stopping_on_signals(server):
                await server.serve(sockets=[bound])
    if failures:
        raise failures[0]


async def run_until_signal(work: Companion) -> None:
    """Run ``work`` (a worker) until it ends or a signal cancels it."""
    task = asyncio.create_task(work())
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, and with a word when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn's way of saying that the lifespan failed; serve() raises the reason
            self.should_exit = True
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # its lines would carry addresses and paths
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )


def _telling(application: Any, failures: list[BaseException]) -> Any:
    """Return ``application`` such that an error of its lifespan is kept: uvicorn would only log it and stop."""

    async def told(scope: Any, receive: Any, send: Any) -> None:
        try:
            await application(scope, receive, send)
        except Exception as error:
            if scope["type"] == "lifespan":
                failures.append(error)
            raise

    return told


@contextlib.contextmanager
def _made_to_stay() -> Iterator[None]:
    """Keep the collector of cycles off what was made before serving, and let it look less often.

    Schema, policy and plans (a quarter of a million objects) live as long as the process. Walked through again and
    again under load they cost a tenth of a read's processor time, and a pause of 140 ms each time.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


@contextlib.asynccontextmanager
async def _companions(companions: tuple[Companion, ...], server: uvicorn.Server) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(companion()) for companion in companions]

    def stop_on_failure(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            server.should_exit = True

    for task in tasks:
        task.add_done_callback(stop_on_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


@contextlib.contextmanager
def _stopping_on_signals(server: uvicorn.Server) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.force_exit = server.should_exit  # the second signal does not wait
        server.should_exit = True

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32" or sys.implementation.name != "cpython":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop
