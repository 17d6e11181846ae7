"""A port for a server that is stopped and started again on the same one."""

import os
import socket
from itertools import count
from typing import Final

_FIRST: Final = 20_000  # below where the system takes the ports of outgoing connections from, which would race for it
_COUNT: Final = 10_000
_tried = count(os.getpid() % _COUNT)


def port_of_its_own() -> int:
    """Return a port that nobody listens on, and that no other call in this process has returned."""
    for number in _tried:
        port = _FIRST + number % _COUNT
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError
