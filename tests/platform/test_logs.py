"""Logs: allowed keys of allowed shapes, and no way for a person's data to get through."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from fac import logs
from fac.domain.ids import new_id
from fac.errors import Conflict, FacError
from fac.settings import Settings
from tests import log_lines

NAME, MAIL, PHONE = "Xóchitl Marker-Ibáñez", "xochitl.marker@example.org", "+1 303 555 0142"
PERSONAL = (NAME, MAIL, PHONE, "1984-07-09", "Calle Marker 12", {"name": NAME}, [NAME], NAME.encode())


@pytest.fixture
def written() -> Iterator[io.BytesIO]:
    with log_lines.captured() as stream:
        yield stream


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_allowed_line_is_complete(written: io.BytesIO) -> None:
    actor = new_id()
    logs.get_log().info("request.served", actor_id=actor, operation="AcceptReferral", milliseconds=3.5, status=200)
    (line,) = lines(written)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "event": "request.served",
        "actor_id": str(actor),
        "operation": "AcceptReferral",
        "milliseconds": 3.5,
        "status": 200,
    }


@pytest.mark.parametrize("value", PERSONAL, ids=str)
def test_no_personal_value_passes_under_any_key(written: io.BytesIO, value: object) -> None:
    before = logs.dropped_count()
    keys = [*logs._ALLOWED, "name", "email", "variables", "exception", "message"]
    for key in keys:
        logs.get_log().info("request.served", **{key: value})
    logs.get_log().info(str(value))
    assert b"marker" not in written.getvalue().lower()
    assert b"555 0142" not in written.getvalue()
    assert b"1984-07" not in written.getvalue()
    assert logs.dropped_count() - before == len(keys) + 1
    assert all(line["dropped"] == 1 for line in lines(written))


@given(st.text(min_size=1).filter(lambda text: not text.isascii() or not text.replace("_", "a").isalnum()))
def test_free_text_never_has_the_shape_of_an_allowed_word(text: str) -> None:
    for key in ("role", "reason", "operation", "document"):
        kept = logs.keep_allowed(None, "info", {"event": "x", key: text})
        assert key not in kept or "." in text


def test_an_exception_loses_its_words_and_keeps_code_and_our_frames(written: io.BytesIO) -> None:
    try:
        try:
            Settings.read({"FAC_ENV": NAME})
        except FacError as refused:
            raise ValueError(f"bad value {NAME} {MAIL}") from refused
    except ValueError:
        logs.get_log().exception("request.failed", status=500)
    (line,) = lines(written)
    assert "Marker" not in json.dumps(line, ensure_ascii=False)
    outer, inner = line["failure"]
    assert outer["type"] == "builtins.ValueError"
    assert inner["code"] == "settings_unsafe"
    assert any(frame.startswith("fac/settings.py:") and frame.endswith(" read") for frame in inner["frames"])


def test_a_database_error_keeps_its_sqlstate_only() -> None:
    error = asyncpg.UniqueViolationError(f"Key (phone)=({PHONE}) already exists")
    (told,) = logs.describe_failure(error)
    assert told == {"type": "asyncpg.exceptions.UniqueViolationError", "code": "23505", "frames": []}


def test_an_endless_chain_of_causes_ends() -> None:
    error = Conflict(1)
    error.__cause__ = error
    assert len(logs.describe_failure(error)) <= 5


def test_a_library_line_keeps_its_place_and_loses_its_words(written: io.BytesIO) -> None:
    logger = logging.getLogger("some.library")
    logger.warning("cannot mail %s", MAIL)
    try:
        raise RuntimeError(NAME)
    except RuntimeError:
        logger.exception(f"failed for {NAME}")  # noqa: G004  # libraries do this
    first, second = lines(written)
    assert b"marker" not in written.getvalue().lower()
    assert (first["event"], first["logger"], first["level"]) == ("library.log", "some.library", "warning")
    assert first["line"].startswith("test_logs:")
    assert second["failure"][0]["type"] == "builtins.RuntimeError"


def test_only_the_bridge_may_name_a_place(written: io.BytesIO) -> None:
    logs.get_log().info("x", logger=NAME, line=NAME, _place=NAME, failure=NAME)
    (line,) = lines(written)
    assert b"Marker" not in written.getvalue()
    assert line["dropped"] == 3


def test_context_values_pass_the_same_gate(written: io.BytesIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id=UUID(int=7), name=NAME):
        logs.get_log().info("request.served")
    (line,) = lines(written)
    assert line["request_id"] == str(UUID(int=7))
    assert line["dropped"] == 1
    assert "name" not in line


def test_uncaught_errors_of_process_thread_and_task_are_logged_without_words(written: io.BytesIO) -> None:
    error = RuntimeError(NAME)
    sys.excepthook(RuntimeError, error, None)
    thread = threading.Thread(target=lambda: (_ for _ in ()).throw(error))
    thread.start()
    thread.join()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(logs.log_lost_task)
    loop.call_exception_handler({"message": NAME, "exception": error})
    loop.close()
    assert [line["event"] for line in lines(written)] == ["process.failed", "process.failed", "task.failed"]
    assert b"Marker" not in written.getvalue()
