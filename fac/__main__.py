"""``python3 -m fac COMMAND`` on a bare machine: make ``.venv``, install what the lock names by hash, hand over.

Only the standard library is used here. In a checkout the first start needs the network; later ones need nothing and
take no noticeable time, because ``.venv`` carries a stamp of the lock it was made from. A set-up that was cut off has
no stamp and is finished, or made anew where it is beyond repair. Where fac is installed (``pip install .``, the
container image) or FAC_SKIP_SETUP=1, it hands over at once.
Never: import anything that is not in the standard library, or install what no hash vouches for.
"""

from __future__ import annotations  # an old Python must get as far as the sentence that it is too old

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from pathlib import Path

OLDEST_PYTHON = (3, 11)
_ROOT = Path(__file__).resolve().parent.parent
_VENV = _ROOT / ".venv"
_STAMP = _VENV / "fac-lock.json"
_RUN_LOCK = "requirements.lock"
_DEVELOPMENT_LOCK = "requirements-dev.lock"
_WINDOWS = sys.platform == "win32"
_PYTHON = _VENV / ("Scripts/python.exe" if _WINDOWS else "bin/python")
_SITE_PACKAGES = "Lib/site-packages" if _WINDOWS else "lib/python*/site-packages"
_WITHOUT_SETUP = {"-h", "--help", "--version"}


class SetupFailed(Exception):
    """The set-up cannot work; the message says what is missing."""


def main() -> int:
    """Set up if needed, then run the command line."""
    arguments = sys.argv[1:]
    if sys.version_info < OLDEST_PYTHON:
        return _say_too_old()
    if not arguments or _WITHOUT_SETUP & set(arguments) or _is_ready_made():
        from fac.cli import main as run_command

        return run_command(arguments)
    try:
        with _FolderLock(_ROOT):
            _set_up(_DEVELOPMENT_LOCK if arguments[0] == "test" else _RUN_LOCK)
    except SetupFailed as failed:
        print(f"fac: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nfac: stopped; the next start goes on from here.", file=sys.stderr)
        return 130
    return _hand_over(arguments)


def _say_too_old() -> int:
    newer = next(filter(shutil.which, (f"python3.{minor}" for minor in range(20, 10, -1))), None)
    hint = (
        f" Try: {newer} -m fac {' '.join(sys.argv[1:])}"
        if newer
        else " Install a newer one and run this again with it."
    )
    print(f"fac: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.{hint}", file=sys.stderr)
    return 1


def _is_ready_made() -> bool:
    """Tell whether this interpreter already has everything: an installed fac, or a person who says so."""
    if os.environ.get("FAC_SKIP_SETUP") == "1" or not (_ROOT / _RUN_LOCK).is_file():
        return True
    import importlib.metadata  # not in Pythons that are too old anyway

    try:
        commands = importlib.metadata.distribution("fac").entry_points
    except importlib.metadata.PackageNotFoundError:
        return False
    return any(command.value == "fac.cli:main" for command in commands)


def _set_up(lock: str) -> None:
    if _stamp_holds(lock):
        return
    if not _venv_works():
        _make_venv()
    _STAMP.unlink(missing_ok=True)
    _install(_ROOT / lock)
    _STAMP.write_text(json.dumps({"lock": lock, "sha256": _digest(lock), "packages": _count_packages()}), "ascii")


def _stamp_holds(lock: str) -> bool:
    """Tell whether ``.venv`` was finished from this very lock (or the larger one) and still has all its packages."""
    try:
        stamp = json.loads(_STAMP.read_text("ascii"))
        made_from, digest, packages = stamp["lock"], stamp["sha256"], stamp["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    suits = made_from in (lock, _DEVELOPMENT_LOCK) and digest == _digest(made_from)
    return suits and _PYTHON.exists() and _count_packages() >= packages


def _digest(lock: str) -> str:
    return hashlib.sha256((_ROOT / lock).read_bytes()).hexdigest()


def _count_packages() -> int:
    return sum(1 for _ in _VENV.glob(f"{_SITE_PACKAGES}/*.dist-info"))


def _venv_works() -> bool:
    """Tell whether ``.venv`` has an interpreter of a right version that can be installed into."""
    check = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    try:
        return all(
            subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
            for command in ([str(_PYTHON), "-c", check], [*_pip(), "--version"])
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _make_venv() -> None:
    _tell("making .venv")
    if _VENV.is_symlink() or _VENV.is_file():
        raise SetupFailed(f"{_VENV} is not a folder; move it away and start again.")
    shutil.rmtree(_VENV, ignore_errors=True)
    options = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", *options, str(_VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0 or not _venv_works():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupFailed(
            f"Python {version} could not make a virtual environment in {_VENV}: is the folder writable, is there room,"
            f" and is the venv module there (Debian, Ubuntu: apt install python{version}-venv)?\n"
            + (made.stdout + made.stderr).strip()
        )


def _pip() -> list[str]:
    """Return the command that installs into ``.venv``: its own pip, or ours where the system gives it none."""
    if any(_VENV.glob(f"{_SITE_PACKAGES}/pip/__main__.py")):
        return [str(_PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(_PYTHON)]


def _install(lock: Path) -> None:
    total = sum(1 for line in lock.read_text("utf-8").splitlines() if line[:1].isalnum())
    command = [*_pip(), "install", "--require-hashes", "--no-deps", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "-r", str(lock)]
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONUNBUFFERED": "1"}
    _tell(f"installing {total} packages from {lock.name} (the first time only)")
    last_words: deque[str] = deque(maxlen=15)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    ) as pip:
        assert pip.stdout is not None  # noqa: S101  # stdout=PIPE
        seen = 0
        for line in pip.stdout:
            last_words.append(line.rstrip())
            if line.startswith(("Collecting ", "Processing ", "Ignoring ", "Requirement already satisfied")):
                seen += 1
                _show_progress(seen, total)
            elif line.startswith("Installing collected"):
                _show_progress(total, total, "unpacking")
    _end_progress()
    if pip.returncode != 0:
        raise SetupFailed(
            "the packages could not be installed. The first start needs the network (or a local mirror that pip is"
            " configured for); what is already there is kept. pip's last words:\n  " + "\n  ".join(last_words)
        )


def _show_progress(done: int, total: int, word: str = "fetching") -> None:
    done = min(done, total)
    if sys.stderr.isatty():
        bar = "#" * (30 * done // total)
        print(f"\r  [{bar:<30}] {done}/{total} {word} ", end="", file=sys.stderr, flush=True)
    elif done == total or done % 20 == 0:
        print(f"  {done}/{total} {word}", file=sys.stderr, flush=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _tell(words: str) -> None:
    print(f"fac: {words}", file=sys.stderr, flush=True)


def _hand_over(arguments: list[str]) -> int:
    """Become the interpreter of ``.venv`` (one process, so that Ctrl-C arrives once)."""
    command = [str(_PYTHON), "-m", "fac", *arguments]
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "FAC_SKIP_SETUP": "1", "PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("__PYVENV_LAUNCHER__", None)  # macOS: would name the old interpreter
    sys.stdout.flush()
    sys.stderr.flush()
    if not _WINDOWS:
        os.execve(command[0], command, environment)  # noqa: S606  # our own interpreter, no shell wanted
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130


class _FolderLock:
    """Lets one set-up of a checkout run at a time; the second waits, then finds the work done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> None:
        if _WINDOWS:
            return
        import fcntl

        self._descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _tell("waiting for another set-up of this folder to finish")
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


if __name__ == "__main__":
    sys.exit(main())
