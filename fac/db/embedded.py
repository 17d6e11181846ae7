"""A PostgreSQL server of our own in a folder: started, adopted and stopped, with no set-up by anybody.

It listens on a socket in a folder only its owner can enter, asks for a password (SCRAM) even there, and logs no value.
A server that outlived its parent (kill -9) is adopted; one that died is recovered by PostgreSQL itself, which may need
a few attempts while the kernel still counts the old shared memory. POSIX only: elsewhere set FAC_DATABASE_URL.
Never: used in production (fac.settings refuses), listen on a network, run as root.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from fac.db.postmaster import PORT, SETTINGS, THROWAWAY, bury, is_postgres, read_postmaster
from fac.db.programs import (
    Programs,
    Runner,
    child_environment,
    choose_runner,
    find_programs,
    passable_mode,
    shared_data_folder,
)
from fac.errors import DatabaseUnavailable
from fac.private_files import open_private, write_private

SUPERUSER = "postgres"
_LONGEST_SOCKET = 100  # sun_path holds 107 bytes on Linux, 103 on macOS
_PLAIN_PATH = re.compile(r"[\w/. @+~-]+", re.ASCII)  # drivers read a comma or colon in a host as several, or as a port
_START_SECONDS = 60.0  # a crashed server's shared memory can linger
_STOP_SECONDS = 30.0
_TEMPORARY = "fac-pg-"


class Server:
    """One embedded server and its folder ``home``; also a context manager that starts and stops it.

    ``durable=False`` is for tests only: a crash of the machine may lose everything.
    """

    def __init__(self, home: Path, *, programs: Path | None = None, durable: bool = True) -> None:
        if sys.platform == "win32":
            raise DatabaseUnavailable("The embedded server needs a POSIX system; set FAC_DATABASE_URL instead.")
        self.home = home.absolute()
        self.durable = durable
        self.adopted = False  # whether start() found it running
        self.postmaster_pid = 0  # 0 when stopped
        self._explicit = programs
        self._runner = Runner()
        self._data = self.home / "data"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_folder = Path()
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Server({str(self.home)!r})"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.home / "postgresql.log"

    @property
    def data(self) -> Path:
        """The folder PostgreSQL keeps its files in (elsewhere than in ``home`` when root's home is closed)."""
        return self._data

    def dsn(self, *, database: str = SUPERUSER) -> str:
        """Return the address of ``database`` for asyncpg, psycopg and SQLAlchemy; it contains the password."""
        place = quote(str(self._socket_folder), safe="/")
        return f"postgresql://{SUPERUSER}:{self._password}@/{quote(database)}?host={place}&port={PORT}"

    def start(self) -> None:
        """Start or adopt the server and wait until it answers; raises DatabaseUnavailable with the reason."""
        self._prepare_home()
        try:
            programs = find_programs(self._explicit).runnable_by(self._runner)
            if not (self._data / "PG_VERSION").is_file():
                self._initialise(programs)
            self._refuse_other_version(programs)
            self._password = self._secret.read_text(encoding="ascii").strip()
            if not self._adopt():
                self._launch(programs)
        except BaseException:
            self._release()
            raise

    def stop(self) -> None:
        """Stop the server: what is committed stays, open transactions are rolled back. Twice is harmless."""
        if self.postmaster_pid:
            self._signal(signal.SIGINT)  # "fast": disconnects everybody, writes a checkpoint
            if not self._gone(_STOP_SECONDS):
                self._signal(signal.SIGQUIT)
                self._gone(_STOP_SECONDS)
        self.postmaster_pid, self._process = 0, None
        self._release()

    def destroy(self) -> None:
        """Delete the server's folder with all its data, stopping a server that outlived its parent."""
        if not self.home.exists():
            return
        self._lock_home()
        self._choose_data()
        left = read_postmaster(self._data)
        self.postmaster_pid = left.pid if left and left.alive else 0
        self.stop()
        if self._data.parent != self.home:
            shutil.rmtree(self._data.parent, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _secret(self) -> Path:
        return self.home / "password"

    def _prepare_home(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_home()
        self._runner = choose_runner()
        self.home.chmod(passable_mode())
        self._choose_data()
        self._socket_folder = self._make_socket_folder()

    def _choose_data(self) -> None:
        runner = choose_runner()
        if not runner.reaches(self.home):
            name = "data-" + sha256(os.fsencode(self.home)).hexdigest()[:16]
            self._data = shared_data_folder(name) / "data"
            self._data.parent.mkdir(mode=0o711, exist_ok=True)

    def _lock_home(self) -> None:
        import fcntl  # POSIX only

        self._lock = (self.home / "lock").open("a", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self._release()
            raise DatabaseUnavailable(f"Another process is already using the database in {self.home}.") from held

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        _discard_temporary(self._socket_folder)

    def _make_socket_folder(self) -> Path:
        folder = self._data.parent / "socket"
        too_long = len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) > _LONGEST_SOCKET
        if too_long or not _PLAIN_PATH.fullmatch(str(folder)):
            folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir="/tmp"))  # mkdtemp: 0700, unguessable
        folder.mkdir(mode=0o700, exist_ok=True)
        self._runner.own(folder)
        return folder

    def _initialise(self, programs: Programs) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves no half of one."""
        building = self._data.with_name("data.new")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        self._runner.own(building)
        password = secrets.token_urlsafe(24)
        handed = self._socket_folder / "initial"  # initdb reads it as the unprivileged user
        write_private(handed, password)
        self._runner.own(handed)
        try:
            made = self._run(
                [programs.path("initdb"), "--pgdata", str(building), "--username", SUPERUSER, "--pwfile", str(handed)]
                + ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums"]
                + ([] if self.durable else ["--no-sync"])
            )
        finally:
            handed.unlink(missing_ok=True)
        if made.returncode != 0:
            self.log.write_bytes(made.stdout + made.stderr)
            raise DatabaseUnavailable(f"initdb could not make a database in {building}; its words are in {self.log}.")
        write_private(self._secret, password)
        building.rename(self._data)

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # type: ignore[call-overload, no-any-return]  # the options are user, group, extra_groups
            command, capture_output=True, check=False, cwd="/", env=child_environment(), **self._runner.popen_options()
        )

    def _refuse_other_version(self, programs: Programs) -> None:
        made_by = int((self._data / "PG_VERSION").read_text(encoding="ascii"))
        if made_by != programs.version:
            raise DatabaseUnavailable(
                f"The data in {self._data} are of PostgreSQL {made_by}, the programs in {programs.folder} are version"
                f" {programs.version}. Set FAC_PG_BIN to version {made_by}, or start anew with --reset."
            )

    def _adopt(self) -> bool:
        """Take over a server that still runs on these data; wait for one that is only just starting or stopping."""
        deadline = time.monotonic() + _START_SECONDS
        while (state := read_postmaster(self._data)) and state.alive:
            if state.ready:
                if self._socket_folder != state.socket_folder:
                    _discard_temporary(self._socket_folder)
                self._socket_folder, self.postmaster_pid, self.adopted = state.socket_folder, state.pid, True
                return True
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"A server (pid {state.pid}) holds {self._data} but does not answer.")
            time.sleep(0.05)
        if state:  # of a dead server
            _discard_temporary(state.socket_folder)
        return False

    def _launch(self, programs: Programs) -> None:
        deadline = time.monotonic() + _START_SECONDS
        command = [programs.path("postgres"), "-D", str(self._data), *self._options()]
        while True:
            bury(self._data, self._socket_folder)
            self._process = self._spawn(command)
            if self._ready(self._process, deadline):
                self.postmaster_pid = self._process.pid
                return
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"PostgreSQL did not start in {self._data}; its words are in {self.log}.")
            time.sleep(0.5)

    def _options(self) -> list[str]:
        quoted = str(self._socket_folder).replace('"', '""')  # the setting is a list: commas and spaces need quotes
        settings = SETTINGS | {"unix_socket_directories": f'"{quoted}"'} | ({} if self.durable else THROWAWAY)
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with open_private(self.log) as log:
            return subprocess.Popen(  # type: ignore[call-overload, no-any-return]  # options: user, group, extra_groups
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=child_environment(),
                start_new_session=True,  # Ctrl-C is for us; we stop the server last
                **self._runner.popen_options(),
            )

    def _ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        while process.poll() is None:
            state = read_postmaster(self._data)
            if state and state.pid == process.pid and state.ready:
                return True
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                process.wait()
                return False
            time.sleep(0.01)
        return False

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.postmaster_pid, number)

    def _gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None if self._process else not is_postgres(self.postmaster_pid)
            if ended:
                return True
            time.sleep(0.02)
        return False


def _discard_temporary(socket_folder: Path) -> None:
    if socket_folder.name.startswith(_TEMPORARY):
        shutil.rmtree(socket_folder, ignore_errors=True)
