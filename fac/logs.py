"""One JSON line an event, with allowed keys of allowed shapes only; anything else is dropped and counted.

An exception becomes its types, its stable code and the frames of our own files: its message may quote a person's data.
Lines of libraries keep their logger, level and place, and lose their words for the same reason.
Never: pass a value because it looks harmless; a new key is added here, with its shape, or it is not logged.
"""

import asyncio
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO
from uuid import UUID

import orjson
import structlog

_PACKAGE = Path(__file__).resolve().parent
_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){0,3}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_HASH = re.compile(r"[0-9a-f]{16,64}")  # shorter ones could be a date or a phone number
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")
_DEEPEST_CHAIN = 5

Shape = Callable[[object], object]
Event = MutableMapping[str, Any]


def _matching(pattern: re.Pattern[str]) -> Shape:
    return lambda value: str(value) if isinstance(value, str) and pattern.fullmatch(value) else None


def _number(value: object) -> object:
    return value if isinstance(value, bool | int | float) else None


def _identifier(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


_ALLOWED: Mapping[str, Shape] = {
    # which request, by whom
    "request_id": _identifier,
    "correlation_id": _identifier,
    "actor_id": _identifier,
    "incident_id": _identifier,
    "record_id": _identifier,
    "role": _matching(_WORD),
    "operation": _matching(_NAME),  # of a trusted document; a free document is known by its hash only
    "document": _matching(_HASH),
    # how it went
    "status": _number,
    "code": _matching(_WORD),
    "reason": _matching(_WORD),
    "milliseconds": _number,
    "rows": _number,
    "bytes": _number,
    "statements": _number,
    # later
    "job": _matching(_WORD),
    "job_id": _number,
    "attempt": _number,
    "age_seconds": _number,
    # the audit trail's newest seal: the log is its witness
    "number": _number,
    "digest": _matching(_HASH),
    # the process
    "component": _matching(_WORD),
    "version": _matching(_VERSION),
    "policy": _matching(_HASH),
    "epoch": _number,
    "port": _number,
    "pid": _number,
    "count": _number,
    "total": _number,
    "signal": _number,
}


class _Counter:
    """How many values were refused since the process started."""

    def __init__(self) -> None:
        self.dropped = 0


_counter = _Counter()


def dropped_count() -> int:
    """Return how many values the allow-list has refused in this process."""
    return _counter.dropped


def get_log() -> structlog.typing.FilteringBoundLogger:
    """Return the house logger; call it with a constant dotted event and allowed keys."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


def configure(stream: BinaryIO | None = None, *, level: str = "info") -> None:
    """Send every line of this process, ours and the libraries', as JSON to ``stream`` (standard error)."""
    _send_to(stream or sys.stderr.buffer, level)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryLines()]
    root.setLevel(max(logging.getLevelNamesMapping()[level.upper()], logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _send_to(target: BinaryIO, level: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            keep_allowed,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(target),
        cache_logger_on_first_use=False,  # tests and the demonstration configure more than once
    )


def keep_allowed(_logger: object, _method: str, event: Event) -> Event:
    """Return ``event`` with allowed keys of allowed shapes only, and how many it ``dropped``."""
    kept: dict[str, object] = {"at": event.pop("at", None), "level": event.pop("level", None)}
    name = event.pop("event", None)
    kept["event"] = name if isinstance(name, str) and _WORD.fullmatch(name) else "unnamed"
    dropped = int(kept["event"] == "unnamed")
    failure = event.pop("exc_info", None)
    place = event.pop("_place", None)  # only _LibraryLines sets it
    if isinstance(place, _Place):
        kept |= {"logger": place.logger, "line": place.line}
    for key, value in event.items():
        shaped = _ALLOWED[key](value) if key in _ALLOWED else None
        if shaped is None and value is not None:
            dropped += 1
        else:
            kept[key] = shaped
    if failure:
        kept["failure"] = list(_described(failure))
    if dropped:
        _counter.dropped += dropped
        kept["dropped"] = dropped
    return kept


def describe_failure(error: BaseException) -> list[dict[str, object]]:
    """Return what may be told of ``error`` and its causes: type, code, frames in our files; never its words."""
    return list(_described(error))


def _described(failure: object) -> Iterator[dict[str, object]]:
    error = failure if isinstance(failure, BaseException) else sys.exc_info()[1]
    if isinstance(failure, tuple) and len(failure) == 3:
        error = failure[1]
    for _ in range(_DEEPEST_CHAIN):
        if error is None:
            return
        described: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
        code = getattr(error, "code", None) or getattr(error, "sqlstate", None)
        if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}|[0-9A-Z]{5}", code):
            described["code"] = code
        described["frames"] = _own_frames(error.__traceback__)
        yield described
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _own_frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        if path.is_relative_to(_PACKAGE):
            frames.append(f"{path.relative_to(_PACKAGE.parent)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames


class _Place:
    """Where a library logged: its logger and line, both from its source."""

    __slots__ = ("line", "logger")

    def __init__(self, record: logging.LogRecord) -> None:
        self.logger = record.name if re.fullmatch(r"[\w.]{1,80}", record.name) else "unnamed"
        self.line = f"{record.module}:{record.lineno}"


class _LibraryLines(logging.Handler):
    """Turns a library's record into a line without its message and arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        method = record.levelname.lower() if record.levelname != "NOTSET" else "info"
        log = get_log()
        getattr(log, method, log.info)("library.log", _place=_Place(record), exc_info=record.exc_info)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    get_log().error("process.failed", exc_info=(kind, error, trace))


def log_lost_task(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Take asyncio's report of an error nobody awaited (``loop.set_exception_handler``)."""
    get_log().error("task.failed", exc_info=context.get("exception"))


# The library's default prints local variables with a traceback: even a process that never calls configure() must not.
_send_to(sys.stderr.buffer, "info")
