"""``fac demo`` as a person starts it: one line when it is ready, the same data the next time, nothing left behind."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fac import serving
from fac.db.postmaster import is_postgres, read_postmaster
from fac.domain.vocabulary import Role

ROOT = Path(__file__).parents[2]
SIZE = ("--households", "4")
CASES = "{ cases(first: 50) { totalCount edges { node { id caseNumber } } } }"


class Demonstration:
    """The command in one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.seen: list[dict[str, Any]] = []
        self.ended = 0

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")}
        command = [sys.executable, "-m", "fac", "demo", "--data", str(self.data)]
        if "--port" not in arguments:
            command += ["--port", "0"]
        return subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=kept | {"FAC_SKIP_SETUP": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def running(self, *arguments: str) -> Iterator[str]:
        """Lend the address of a running demonstration, then press Ctrl-C."""
        process = self.start(*arguments)
        try:
            yield self.ready(process)
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        assert (process.returncode, out) == (0, ""), err
        assert "Traceback" not in err

    def ready(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready http://127.0.0.1:"):
            process.kill()
            pytest.fail(f"{line!r} {process.communicate()[1]}")
        assert line.endswith("/graphql\n")
        return line.removeprefix("ready ").strip()

    @property
    def actors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.data / "actors.json").read_text())
        return found

    def families(self, url: str) -> list[dict[str, Any]]:
        """Return what each supervisor sees of the cases."""
        found = []
        for actor in self.actors:
            if actor["role"] == "supervisor":
                headers = {"authorization": f"Bearer {actor['token']}"}
                found.append(
                    httpx.post(url, json={"query": CASES}, headers=headers, timeout=60).json()["data"]["cases"]
                )
        return found

    def postmaster(self) -> int:
        found = read_postmaster(self.data / "postgres" / "data")
        return found.pid if found and is_postgres(found.pid) else 0


@pytest.fixture(scope="module")
def demonstration(open_folder: Path) -> Demonstration:
    prepared = Demonstration(open_folder / "demo data")
    with prepared.running(*SIZE) as url:
        assert httpx.get(url.replace("/graphql", "/readyz"), timeout=60).status_code == 200
        prepared.seen, prepared.ended = prepared.families(url), prepared.postmaster()
    return prepared


def test_there_is_one_actor_of_each_role_in_a_private_file(demonstration: Demonstration) -> None:
    assert stat.S_IMODE((demonstration.data / "actors.json").stat().st_mode) == 0o600
    for actor in demonstration.actors:
        assert set(actor) == {"role", "name", "organization", "center", "token"}
        assert actor["token"]
    missing = set(Role) - {Role(actor["role"]) for actor in demonstration.actors}
    assert missing <= {Role.system_worker}


def test_ctrl_c_leaves_no_process_behind(demonstration: Demonstration) -> None:
    assert demonstration.ended
    assert not is_postgres(demonstration.ended)


def test_starting_again_finds_the_same_families_with_the_same_tokens_and_a_second_one_is_refused(
    demonstration: Demonstration,
) -> None:
    with demonstration.running() as url:
        assert demonstration.families(url) == demonstration.seen
        out, err = demonstration.start().communicate(timeout=120)
        assert out == ""
        assert "already using" in err
        assert httpx.get(url.replace("/graphql", "/livez"), timeout=60).status_code == 200
    assert 1 <= sum(each["totalCount"] for each in demonstration.seen) <= 4


def test_after_kill_9_the_next_start_goes_on(demonstration: Demonstration) -> None:
    process = demonstration.start()
    url = demonstration.ready(process)
    before = demonstration.families(url)
    process.kill()
    process.communicate()
    orphan = demonstration.postmaster()
    assert orphan
    with demonstration.running() as url:
        assert demonstration.postmaster() == orphan
        assert demonstration.families(url) == before


def test_a_taken_port_is_said_before_anything_is_touched(open_folder: Path) -> None:
    with serving.listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        process = Demonstration(open_folder / "never made").start("--port", port)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"fac: Port {port} on 127.0.0.1 cannot be used")
    assert err.count("\n") == 1
    assert not (open_folder / "never made").exists()


def test_another_size_needs_a_reset(demonstration: Demonstration) -> None:
    out, err = demonstration.start("--households", "5").communicate(timeout=120)
    assert out == ""
    assert "holds 1 incident(s) of 4 households; add --reset" in err


def test_a_load_that_was_cut_off_goes_on_and_a_reset_touches_only_its_own(open_folder: Path) -> None:
    cut = Demonstration(open_folder / "cut off")
    process = cut.start("--households", "20")
    while process.poll() is None and not (cut.data / "size.json").exists():
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert not (cut.data / "actors.json").exists()
    (cut.data / "mine.txt").write_text("kept")
    with cut.running():
        assert json.loads((cut.data / "size.json").read_text()) == {"incidents": 1, "households": 20, "finished": True}
        assert cut.actors
    with cut.running("--reset", "--households", "2"):
        assert json.loads((cut.data / "size.json").read_text())["households"] == 2
    assert (cut.data / "mine.txt").read_text() == "kept"


def test_the_log_is_json_lines_of_allowed_keys(demonstration: Demonstration) -> None:
    for line in (demonstration.data / "server.log").read_text().splitlines():
        assert {"at", "level", "event"} <= set(json.loads(line))
