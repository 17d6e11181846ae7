"""The embedded server: start, stop, adopt, recover; no value in its log; other people's folders."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from fac.db import programs
from fac.db.embedded import Server
from fac.db.postmaster import bury, is_postgres, read_postmaster
from fac.errors import DatabaseUnavailable

MARKER = "marker-Quetzalcoatl-7781"


async def count_after_insert(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int PRIMARY KEY)")
        await connection.execute("INSERT INTO kept SELECT coalesce(max(n), 0) + 1 FROM kept")
        return int(await connection.fetchval("SELECT count(*) FROM kept"))
    finally:
        await connection.close()


def wait_until_gone(pid: int) -> None:
    for _ in range(3000):
        if not is_postgres(pid):
            return
        time.sleep(0.02)
    pytest.fail("the postmaster is still there")


@pytest.fixture(scope="module")
def home(open_folder: Path) -> Path:
    return open_folder / "em bedded"


async def test_committed_rows_survive_stop_and_start(home: Path) -> None:
    for expected in (1, 2):
        with Server(home, durable=False) as server:
            assert await count_after_insert(server.dsn()) == expected
            assert not server.adopted
        assert read_postmaster(server.data) is None


async def test_a_server_that_outlived_its_parent_is_adopted(home: Path) -> None:
    orphan = Server(home, durable=False)
    orphan.start()
    before = await count_after_insert(orphan.dsn())
    pid = orphan.postmaster_pid
    assert orphan._lock is not None
    orphan._lock.close()  # what the kernel does when the parent is killed
    with Server(home, durable=False) as server:
        assert server.adopted
        assert server.postmaster_pid == pid
        assert await count_after_insert(server.dsn()) == before + 1
    assert orphan._process is not None
    orphan._process.wait(30)
    wait_until_gone(pid)


async def test_a_killed_server_recovers_what_was_committed(open_folder: Path) -> None:
    for expected in (1, 2, 3):
        killed = Server(open_folder / "killed", durable=True)
        killed.start()
        assert not killed.adopted
        assert await count_after_insert(killed.dsn()) == expected
        os.kill(killed.postmaster_pid, signal.SIGKILL)
        assert killed._process is not None
        killed._process.wait(30)
        assert killed._lock is not None
        killed._lock.close()


def test_two_processes_never_share_one_folder(home: Path) -> None:
    with Server(home, durable=False), pytest.raises(DatabaseUnavailable, match="already using"):
        Server(home, durable=False).start()


async def test_a_wrong_password_is_refused_even_on_the_socket(home: Path) -> None:
    with Server(home, durable=False) as server:
        secret = (home / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.dsn().replace(secret, "guess"))


def test_only_the_owner_reaches_data_socket_and_password(home: Path) -> None:
    with Server(home, durable=False) as server:
        for folder in (server.data, server.data.parent / "socket"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in (home / "password", server.log):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_no_value_reaches_the_log(home: Path) -> None:
    with Server(home, durable=False) as server:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE TABLE IF NOT EXISTS secret (word text UNIQUE)")
        await connection.execute("INSERT INTO secret VALUES ($1)", MARKER)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO secret VALUES ($1)", MARKER)
        for statement in ("SELECT $1::text::int", "SELECT 1 / (length($1) - length($1))"):
            with pytest.raises(asyncpg.PostgresError):
                await connection.fetchval(statement, MARKER)
        await connection.close()
    words = server.log.read_text()
    assert "ready to accept connections" in words
    assert MARKER not in words


async def test_a_socket_path_over_the_kernel_limit_is_put_elsewhere(open_folder: Path) -> None:
    long = open_folder / ("long-" * 20) / "home"
    with Server(long, durable=False) as server:
        assert await count_after_insert(server.dsn()) == 1
        assert str(long) not in server.dsn()
        place = server._socket_folder
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert not place.exists()


async def test_a_comma_in_the_path_is_not_read_as_two_hosts(open_folder: Path) -> None:
    with Server(open_folder / "a,b", durable=False) as server:
        assert await count_after_insert(server.dsn()) == 1


async def test_a_foreign_process_that_got_the_old_number_is_no_obstacle(open_folder: Path) -> None:
    """After a container restart the number in postmaster.pid may be anybody's."""
    home = open_folder / "restarted"
    with Server(home, durable=False) as server:
        await count_after_insert(server.dsn())
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    stranger = subprocess.Popen(  # noqa: ASYNC220  # a bystander, not waited for
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE
    )
    try:
        lines[0] = str(stranger.pid)
        note = server.data / "postmaster.pid"
        note.write_text("\n".join(lines) + "\n")
        owner = server.data.stat()
        os.chown(note, owner.st_uid, owner.st_gid)
        with Server(home, durable=False) as again:
            assert not again.adopted
            assert await count_after_insert(again.dsn()) == 2
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_burying_keeps_the_shared_memory_key(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("4711\n/data\n1\n5432\n/socket\n\n 123456  7\nready\n")
    bury(tmp_path, tmp_path / "none")
    left = (tmp_path / "postmaster.pid").read_text().splitlines()
    assert left[1:] == ["/data", "1", "5432", "/socket", "", " 123456  7", "ready"]
    assert not is_postgres(int(left[0]))


@pytest.mark.parametrize("text", ["", "\n", "12", "x\ny\n"])
def test_a_half_written_pid_file_is_not_a_ready_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    found = read_postmaster(tmp_path)
    assert found is None or not found.ready


def test_a_half_made_cluster_is_made_again(open_folder: Path) -> None:
    home = open_folder / "half"
    (home / "data.new" / "base").mkdir(parents=True)
    with Server(home, durable=False) as server:
        assert (server.data / "PG_VERSION").is_file()
    assert not (home / "data.new").exists()


def test_data_of_another_version_are_not_touched(open_folder: Path) -> None:
    home = open_folder / "older"
    (home / "data").mkdir(parents=True)
    (home / "data" / "PG_VERSION").write_text("12\n")
    (home / "password").write_text("x")
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL 12"):
        Server(home, durable=False).start()
    assert (home / "data" / "PG_VERSION").read_text() == "12\n"


def test_an_explicit_folder_without_postgresql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="FAC_PG_BIN"):
        programs.find_programs(tmp_path)


def test_the_wheel_comes_before_the_system() -> None:
    found = programs.find_programs()
    assert found.version >= programs.OLDEST
    assert "pginstall18" in str(found.folder)


def test_without_any_postgresql_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_wheel_folders", list)
    monkeypatch.setattr(programs, "_system_folders", list)
    with pytest.raises(DatabaseUnavailable, match=r"FAC_PG_BIN.*FAC_DATABASE_URL"):
        programs.find_programs()


def test_root_never_runs_the_server_as_root(home: Path) -> None:
    with Server(home, durable=False) as server:
        runner = programs.choose_runner()
        owner = server.data.stat().st_uid
        assert owner != 0
        assert owner == (os.geteuid() if runner.uid is None else runner.uid)


def test_root_in_a_closed_folder_keeps_the_data_where_the_server_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Server(closed / "home", durable=False)
    try:
        with server:
            assert read_postmaster(server.data) is not None
        reached = programs.choose_runner().reaches(closed / "home")
        assert (server.data.parent == closed / "home") is reached
    finally:
        server.destroy()
    assert not server.data.exists()


async def test_it_listens_on_no_network_port(home: Path) -> None:
    with Server(home, durable=False) as server:
        connection = await asyncpg.connect(server.dsn())
        assert await connection.fetchval("SHOW listen_addresses") == ""
        assert await connection.fetchval("SHOW jit") == "off"
        assert await connection.fetchval("SHOW fsync") == "off"
        await connection.close()


def test_losing_data_for_speed_must_be_asked_for(tmp_path: Path) -> None:
    server = Server(tmp_path / "never-started")
    assert not any("fsync" in option for option in server._options())


def test_repr_shows_no_password(home: Path) -> None:
    with Server(home, durable=False) as server:
        assert (home / "password").read_text() not in repr(server)


def test_unreachable_programs_are_copied_whole_and_once(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root does when its checkout lies under a closed folder."""
    shared = open_folder / "shared"
    shared.mkdir(mode=0o755)
    monkeypatch.setattr(programs, "_shared_folder", lambda: shared)
    original = programs.find_programs()
    copies = [programs._copied(original.folder.parent, original.version) for _ in range(2)]
    assert copies[0] == copies[1]
    assert [path.name for path in shared.iterdir()] == [copies[0].parent.parent.name]
    assert programs._runs(copies[0] / "bin" / "initdb", programs.choose_runner())
    assert all(path.stat().st_mode & 0o004 for path in copies[0].rglob("*"))
