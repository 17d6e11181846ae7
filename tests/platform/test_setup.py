"""The bootstrap, run for real in copies of the checkout's frame, with a wheel of our own instead of a network."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLI = 'def main(arguments):\n    import tiny\n    print("ran", *arguments, tiny.WORD)\n    return 7\n'


def make_wheel(folder: Path) -> str:
    """Write the wheel of a package ``tiny`` into ``folder`` and return its hash."""
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": "WORD = 'tiny'\n",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        archive.writestr("tiny-1.0.dist-info/RECORD", record + "tiny-1.0.dist-info/RECORD,,\n")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


class Checkout:
    """A folder (with a space in its name) like a fresh clone, but with one small dependency."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my clone"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        (self.root / "fac").mkdir(parents=True)
        shutil.copy(ROOT / "fac" / "__main__.py", self.root / "fac")
        (self.root / "fac" / "__init__.py").write_text("")
        (self.root / "fac" / "cli.py").write_text(CLI)
        digest = make_wheel(self.wheels)
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (self.root / lock).write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n    # via fac\n")

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def run(
        self, *arguments: str, online: bool = True, python: str = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAC_", "PIP_", "PYTHON"))}
        place = str(self.wheels) if online else str(self.root / "nowhere")
        settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": place, "PIP_RETRIES": "0"}
        return subprocess.run(
            [python, "-m", "fac", *arguments],
            cwd=self.root,
            env=kept | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("prepared"))
    first = checkout.run("demo", "--port", "1")
    assert first.returncode == 7, first.stderr
    assert first.stdout == "ran demo --port 1 tiny\n"
    assert "installing 1 packages" in first.stderr
    return checkout


def test_the_second_start_needs_no_network_and_says_nothing(prepared: Checkout) -> None:
    second = prepared.run("demo", online=False)
    assert (second.returncode, second.stdout, second.stderr) == (7, "ran demo tiny\n", "")


def test_a_changed_lock_is_installed_again(prepared: Checkout) -> None:
    lock = prepared.root / "requirements.lock"
    lock.write_text(lock.read_text() + "\n")
    assert "installing" in prepared.run("demo").stderr
    assert prepared.run("demo", online=False).stderr == ""


def test_tests_want_the_development_lock_which_also_serves_the_demo(prepared: Checkout) -> None:
    assert "requirements-dev.lock" in prepared.run("test").stderr
    stamp = json.loads((prepared.venv / "fac-lock.json").read_text())
    assert stamp["lock"] == "requirements-dev.lock"
    assert prepared.run("demo", online=False).stderr == ""


def test_a_set_up_cut_off_before_its_stamp_is_finished(prepared: Checkout) -> None:
    (prepared.venv / "fac-lock.json").unlink()
    again = prepared.run("demo")
    assert again.returncode == 7
    assert "making .venv" not in again.stderr


def test_a_torn_stamp_counts_as_none(prepared: Checkout) -> None:
    (prepared.venv / "fac-lock.json").write_text('{"lock": "requ')
    assert prepared.run("demo").returncode == 7


def test_a_missing_package_is_noticed(prepared: Checkout) -> None:
    for found in prepared.venv.glob("lib/python*/site-packages/tiny*"):
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    assert prepared.run("demo").stdout == "ran demo tiny\n"


@pytest.mark.parametrize("broken", ["bin/python", "pyvenv.cfg", "pip"])
def test_a_venv_beyond_repair_is_made_anew(prepared: Checkout, broken: str) -> None:
    (prepared.venv / "fac-lock.json").unlink()
    if broken == "pip":
        for pip in prepared.venv.glob("lib/python*/site-packages/pip"):
            shutil.rmtree(pip / "_internal")
    else:
        (prepared.venv / broken).unlink()
    again = prepared.run("demo")
    assert again.returncode == 7, again.stderr
    assert "making .venv" in again.stderr


def test_help_needs_no_set_up_at_all(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    (checkout.root / "fac" / "cli.py").write_text("def main(arguments):\n    print('help')\n    return 0\n")
    for arguments in ((), ("--help",), ("demo", "-h")):
        assert checkout.run(*arguments).stdout == "help\n"
    assert not checkout.venv.exists()


def test_offline_the_first_time_it_says_what_is_missing(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    failed = checkout.run("demo", online=False)
    assert failed.returncode == 1
    assert "needs the network" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert checkout.run("demo").returncode == 7


def test_a_package_that_no_hash_vouches_for_is_refused(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    lock = checkout.root / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0000")[:110] + "\n")
    assert checkout.run("demo").returncode == 1
    lock.write_text("tiny==1.0\n")
    refused = checkout.run("demo")
    assert refused.returncode == 1
    assert "hash" in refused.stderr.lower()


def test_a_file_in_the_place_of_the_venv_is_not_deleted(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.venv.write_text("mine")
    failed = checkout.run("demo")
    assert failed.returncode == 1
    assert "not a folder" in failed.stderr
    assert checkout.venv.read_text() == "mine"


def test_two_first_starts_at_once_both_work(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAC_", "PIP_", "PYTHON"))}
    environment = kept | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(checkout.wheels),
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "fac", "demo"],
            cwd=checkout.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=240) for process in started]
    assert [out for out, _ in ended] == ["ran demo tiny\n"] * 2
    assert sum("installing" in err for _, err in ended) == 1


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    source = (ROOT / "fac" / "__main__.py").read_text()
    pretend = tmp_path / "main.py"
    pretend.write_text(source.replace("sys.version_info < OLDEST_PYTHON", "sys.version_info"))
    told = subprocess.run([sys.executable, str(pretend), "demo"], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "3.11 or newer is needed" in told.stderr


def test_where_fac_is_installed_nothing_is_set_up(tmp_path: Path) -> None:
    package = tmp_path / "site" / "fac"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "fac" / "__main__.py", package)
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text("def main(arguments):\n    print('installed', *arguments)\n    return 0\n")
    ran = subprocess.run(
        [sys.executable, "-m", "fac", "serve"], cwd=package.parent, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "installed serve\n"
    assert [path.name for path in package.parent.iterdir()] == ["fac"]
