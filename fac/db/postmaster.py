"""How the embedded server runs, and what its data folder says about one that runs or ran: ``postmaster.pid``.

Never: signal a process that is not a PostgreSQL server.
"""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PORT = 5432  # names the socket file only
_NO_SUCH_PROCESS = 2**31 - 2  # above every kernel's highest process id
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # not ERROR: its very sentence can quote a value ("invalid input syntax ... 'x'")
    "log_min_error_statement": "panic",  # nor the text of a failed statement,
    "log_error_verbosity": "terse",  # nor a DETAIL line, which quotes the offending row,
    "log_parameter_max_length": "0",  # nor a bound value
    "log_parameter_max_length_on_error": "0",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The lines of ``postmaster.pid`` that matter here."""

    pid: int
    socket_folder: Path
    ready: bool

    @property
    def alive(self) -> bool:
        """Tell whether that process still runs and is a PostgreSQL server, not a later owner of the number."""
        return is_postgres(self.pid)


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what is written in ``data/postmaster.pid``, or None where there is none or it is half written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    socket_folder = Path(lines[4]) if len(lines) > 4 and lines[4] else Path()
    return Postmaster(pid, socket_folder, ready=len(lines) > 7 and lines[7].strip() == "ready")


def is_postgres(pid: int) -> bool:
    """Tell whether process ``pid`` is a live PostgreSQL server (a zombie is not)."""
    if pid <= 0:
        return False
    if sys.platform == "linux":
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0", 1)[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        shown = subprocess.run(["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, check=False)
        command = shown.stdout.strip()
    return os.path.basename(command).startswith(b"postgres")  # noqa: PTH119  # bytes of a foreign process, not a path


def bury(data: Path, socket_folder: Path) -> None:
    """Make PostgreSQL see that the server of a left-over ``postmaster.pid`` is dead.

    After a restart of a container its number may belong to somebody else, and PostgreSQL then refuses to start. Only
    the number is overwritten: the shared memory key below it must stay, by it PostgreSQL finds surviving children.
    """
    for left in socket_folder.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
    note = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError):
        _, _, rest = note.read_text(encoding="utf-8").partition("\n")
        with note.open("r+", encoding="utf-8") as file:  # in place: owner and mode stay
            file.write(f"{_NO_SUCH_PROCESS}\n{rest}")
            file.truncate()
