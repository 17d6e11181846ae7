"""The process's own log while a test listens."""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from fac import logs


@contextmanager
def captured() -> Iterator[io.BytesIO]:
    """Log everything, debugging lines too, into the stream that is lent; afterwards logging is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    stream = io.BytesIO()
    logs.configure(stream, level="debug")
    try:
        yield stream
    finally:
        root.handlers[:], level, sys.excepthook, threading.excepthook = before
        root.setLevel(level)
        logging.captureWarnings(False)
        structlog.reset_defaults()
