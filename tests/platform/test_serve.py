"""``fac serve``, ``keys`` and ``doctor`` as a person types them: what serves is a process of its own."""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from fac import logs
from fac.cli import main
from fac.crypto.keys import ALL_PURPOSES
from fac.crypto.root import FileRoot
from fac.db import migrating
from fac.db.claims import POOLS
from tests.ports import port_of_its_own
from tests.world import keep_passwords

ROOT = Path(__file__).parents[2]


class Place:
    """The environment of one installation."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.port = port_of_its_own()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FAC_")},
            "FAC_SKIP_SETUP": "1",
            "FAC_ENV": "dev",
            **keep_passwords(dsn, folder / "passwords"),
            "FAC_ROOT_KEY_FILE": str(folder / "keys" / "root.json"),
            "FAC_DATA": str(folder),
            "FAC_PORT": str(self.port),
        }

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "fac", *arguments],
            cwd=ROOT,
            env=self.environ | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        """Run a command to its end, in this process: starting one costs more than most commands."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        try:
            with patch.dict(os.environ, self.environ | environ, clear=True), redirect_stdout(out), redirect_stderr(err):
                code = main(arguments)
        finally:
            logs.configure()
        return code, *(each.buffer.getvalue().decode() for each in (out, err))  # type: ignore[attr-defined]  # BytesIO


@pytest.fixture(scope="module")
def place(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Place:
    prepared = Place(database_url, tmp_path_factory.mktemp("serve"))
    process = prepared.start("keys", "create")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "the root was made" in out
    return prepared


def test_keys_are_made_once_and_listed(place: Place) -> None:
    code, listed, _ = place.run("keys", "status")
    assert code == 0
    assert "audit@1 active" in listed.splitlines()
    assert "kek:identity@1 active" in listed.splitlines()
    code, again, _ = place.run("keys", "create")
    assert code == 0
    assert again == "the root is there already\n" + listed


def test_it_serves_until_one_signal(place: Place) -> None:
    process = place.start("serve")
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready http://127.0.0.1:{place.port}/graphql\n"
    base = f"http://127.0.0.1:{place.port}"
    assert httpx.get(f"{base}/livez", timeout=60).json() == {"status": "live"}
    assert httpx.get(f"{base}/readyz", timeout=60).status_code == 200
    assert httpx.get(f"{base}/graphql", timeout=60).status_code == 405
    assert httpx.get(f"{base}/docs", timeout=60).status_code == 404
    refused = httpx.post(f"{base}/graphql", json={"query": "{ __typename }"}, timeout=60)
    assert refused.status_code == 401
    code, _, err = place.run("serve")
    assert code == 1
    assert f"Port {place.port} " in err
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_another_root_key_is_refused_before_anything_is_served(place: Place, tmp_path: Path) -> None:
    other = str(tmp_path / "other.json")
    code, _, err = place.run("keys", "create", FAC_ROOT_KEY_FILE=other)
    assert code == 1
    assert "not the one this database was sealed under" in err
    code, out, err = place.run("serve", FAC_ROOT_KEY_FILE=other)
    assert (code, out) == (1, "")
    assert "not the one this database was sealed under" in err


def test_the_custodians_bring_the_keys_back_when_the_root_is_lost(place: Place, tmp_path: Path) -> None:
    _, listed, _ = place.run("keys", "status")
    code, out, err = place.run("keys", "escrow-make", str(tmp_path / "escrow"), "--custodians", "3")
    assert code == 0, err
    assert "any 2 of 3 shares" in out
    shares = [str(tmp_path / "escrow" / f"share-{number}.txt") for number in (1, 2, 3)]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "escrow").iterdir()} == {0o600}
    file = str(tmp_path / "escrow" / "escrow.json")
    code, _, err = place.run("keys", "escrow-check", file, "--share", shares[0])
    assert code == 1
    assert "shares are too few" in err
    code, out, _ = place.run("keys", "escrow-check", file, "--share", shares[2], "--share", shares[0])
    assert (code, out) == (0, f"the shares open {len(ALL_PURPOSES)} of {len(ALL_PURPOSES)} keys\n")
    lost = Path(place.environ["FAC_ROOT_KEY_FILE"])
    lost.unlink()
    assert place.run("keys", "status")[0] == 1
    FileRoot.create(lost)  # another root: it opens nothing yet
    assert place.run("keys", "status")[0] == 1
    code, out, err = place.run("keys", "escrow-recover", file, "--share", shares[1], "--share", shares[2])
    assert (code, out) == (0, f"{len(ALL_PURPOSES)} keys are under the new root\n"), err
    assert place.run("keys", "status")[1] == listed


def test_a_process_serves_the_roles_it_was_given(place: Place) -> None:
    code, _, err = place.run("serve", FAC_ROLES="partner_user,nobody")
    assert code == 1
    assert "FAC_ROLES names 1 that is no role" in err
    process = place.start("serve", FAC_ROLES="partner_user")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_a_database_that_was_not_migrated_is_refused(place: Place, cluster: str, tmp_path: Path) -> None:
    code, out, err = place.run("serve", **keep_passwords(migrating.with_database(cluster, "postgres"), tmp_path))
    assert (code, out) == (1, "")
    assert "fac migrate" in err


def test_the_doctor_finds_what_is_well_and_what_is_not(place: Place, tmp_path: Path) -> None:
    code, out, _ = place.run("doctor")
    assert code == 0, out
    found = [tuple(line.split(":")[0].split(maxsplit=1)) for line in out.splitlines()]
    logins = (login.role for login in POOLS)
    subjects = ("python", "policy", "settings", *logins, "erasures", "keys", "policy in force", "jobs")
    assert found == [("ok", subject) for subject in subjects]
    code, out, _ = place.run("doctor", FAC_ROOT_KEY_FILE=str(tmp_path / "none.json"))
    assert code == 1
    assert "FAIL keys: the root key file cannot be read" in out


def test_nothing_that_is_printed_holds_the_password(place: Place, tmp_path: Path) -> None:
    hush = "hush-marker"
    dsn = f"postgresql://fac:{hush}@127.0.0.1:1/fac"
    for login in POOLS:
        (tmp_path / login.role).write_text(hush)
    for command in ("serve", "doctor"):
        code, out, err = place.run(command, FAC_DATABASE_URL=dsn)
        assert code == 1
        assert hush not in out + err
        code, out, err = place.run(
            command, FAC_DATABASE_URL="postgresql://127.0.0.1:1/fac", FAC_DATABASE_PASSWORDS=str(tmp_path)
        )
        assert code == 1
        assert hush not in out + err
