"""Backups: loaded whole, settled before anybody is served, and of no use to bring back who was erased."""

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from fac import app, backup, logs, opening, restoring
from fac.audit.manifest import Manifest, digest_of_file
from fac.audit.seal import seal_pending
from fac.cli import main
from fac.crypto.keys import KeyRing, KeyRow
from fac.crypto.root import FileRoot
from fac.db import dumping, fencing, migrating, outbox
from fac.db.claims import POOLS, WORKING, Login
from fac.db.programs import find_client_programs
from fac.db.rls.login_roles import hand_to_owner
from fac.errors import (
    AuditBroken,
    BackupInvalid,
    DatabaseUnavailable,
    KeyUnavailable,
    RestoreUnfinished,
    ShredLedgerInvalid,
    WrongKey,
)
from fac.jobs.rotation import epochs, replaying
from fac.jobs.rotation.operating import find_operator
from fac.jobs.rotation.reindexing import rotate_index
from fac.jobs.rotation.rewrapping import rotate_kek
from fac.settings import Settings
from tests.caseloads import raw
from tests.casework.test_erasure import PERSON, erased, told_family
from tests.families import Family
from tests.forgetting import left_of
from tests.world import World, address_of, keep_passwords, open_database

ROOT = Path(__file__).parents[2]
IDS = {"incident_id": uuid4(), "referral_id": uuid4()}


class Stop(RuntimeError):
    """Stands for the power cut."""


def cut(*_: Any, **__: Any) -> None:
    raise Stop


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress; it may not run backwards or over its end."""
    assert 0 <= done <= total, (what, done, total)


def names(folder: Path) -> list[str]:
    """Return the files and folders that are not hidden."""
    return [path.name for path in folder.iterdir() if path.name[0] != "."] if folder.is_dir() else []


@dataclass(slots=True)
class Past:
    """A world in which somebody was erased after a backup was taken, and places to put the backup back to."""

    world: World
    cluster: str
    environ: dict[str, str]
    login: str
    family: Family
    folder: Path  # the backup's
    places: list[str] = field(default_factory=list)

    @property
    def mother(self) -> str:
        """Who was erased."""
        return self.family.persons["mother"]

    async def empty_place(self) -> "Place":
        """Make an empty database beside the one that the backup is of."""
        name = f"fac_restored_{os.getpid()}_{len(self.places)}"
        dsn = await migrating.create_database(self.cluster, name)
        assert await hand_to_owner(dsn)
        self.places.append(name)
        return Place(self, dsn, self.environ | keep_passwords(dsn, self.world.folder / f"passwords-{name}"))


@dataclass(slots=True)
class Place:
    """A database that a backup is put back into."""

    past: Past
    dsn: str
    environ: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.read(self.environ)

    async def restore(self, folder: Path | None = None) -> restoring.Restored:
        return await restoring.restore(self.settings, folder or self.past.folder, self.past.login, quiet)

    async def load(self) -> None:
        """Put the rows back and open the doors, as whoever knows nothing of restoring would."""
        owner = address_of(self.dsn, Login.owner)
        await dumping.load(
            find_client_programs(await self.version()), owner, self.past.folder / backup.DUMP, lambda _: None
        )
        await migrating.upgrade(owner)

    async def version(self) -> int:
        """Return the server's major version."""
        return int((await self.fetch("SHOW server_version_num"))[0][0]) // 10_000

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    async def let_in_by_hand(self, login: Login) -> None:
        """Take down a part of the fence, as somebody in a hurry might."""
        (row,) = await self.fetch("SELECT quote_ident(current_database()) AS name")
        await self.fetch(f"GRANT CONNECT ON DATABASE {row['name']} TO {login.role}")

    async def fac(self, *arguments: str) -> tuple[int, str]:
        """Run a command beside this loop; return its exit code and what it printed."""
        out = io.StringIO()
        try:
            with patch.dict(os.environ, self.environ, clear=True), redirect_stdout(out):
                code = await asyncio.to_thread(main, arguments)
        finally:
            logs.configure()
        return code, out.getvalue()

    async def refused(self, login: Login) -> bool:
        try:
            connection = await asyncpg.connect(address_of(self.dsn, login))
        except asyncpg.InsufficientPrivilegeError:
            return True
        await connection.close()
        return False

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Callable[[str], Any]]:
        """Serve the place and lend a way to read a person; the caseworker's session is begun anew."""
        await self.fetch("UPDATE sessions SET revoked_at = NULL")
        database = await open_database(self.dsn)
        try:
            root = FileRoot(self.past.world.folder / "root.keys", "test")
            ring = await app.open_ring(database, root, create=False)
            parts = app.make_parts(database, ring, free_documents=True, clock=self.past.world.clock)
            transport = httpx.ASGITransport(app=app.make_application(parts))
            async with httpx.AsyncClient(transport=transport, base_url="http://restored") as http:
                headers = {"authorization": f"Bearer {self.past.world['fac_manager'].token}"}

                async def look(id: str) -> Any:
                    body = {"query": PERSON, "variables": {"id": id}}
                    return (await http.post("/graphql", json=body, headers=headers)).json()["data"]["person"]

                yield look
        finally:
            await database.close()


@pytest.fixture(scope="module", autouse=True)
def policy_compiled_once() -> Iterator[None]:
    """Every command compiles the policy anew, which takes longer than all else it does here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "read_packaged", cache(app.read_packaged))
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def past(
    world: World, database_url: str, cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Past]:
    family = await told_family(world, uuid4().hex[:6])
    await erased(world, family.persons["uncle"])  # before the backup: it is no line to be replayed
    given = {"personId": family.persons["mother"], "identityCheck": "photo_id"}
    paper = await world["fac_supervisor"].do("GivePortalAccess", **given)
    assert paper["__typename"] == "PortalAccessGiven", paper
    (row,) = await world.fetch("SELECT login FROM accounts WHERE login LIKE 'administrator-%'")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FAC_")} | {
        "FAC_SKIP_SETUP": "1", "FAC_ENV": "test", "FAC_DATA": str(world.folder),
        "FAC_ROOT_KEY_FILE": str(world.folder / "root.keys"),
    } | keep_passwords(database_url, world.folder / "passwords")  # fmt: skip
    async with world.beneath.transaction() as connection:
        for task in ("notify.referral_sent", "escalate.referral"):
            await outbox.defer(connection, task, IDS)
        later = datetime.now(UTC) + timedelta(seconds=30)
        await seal_pending(connection, world.parts.tools.mac, world.incident_id, now=later)
    folder, _ = await backup.take(Settings.read(environ), tmp_path_factory.mktemp("backups"), quiet)
    made = Past(world, cluster, environ, row["login"], family, folder)
    await erased(world, made.mother)
    yield made
    for name in made.places:
        await migrating.drop_database(cluster, name)


class TestBackup:
    def test_says_what_is_in_it_and_is_nobody_elses_to_read(self, past: Past):
        manifest = Manifest.read(past.folder)
        manifest.refuse_unsigned(past.world.parts.tools.signer)
        (incident,) = manifest.said["incidents"].items()
        assert incident[0] == str(past.world.incident_id)
        assert (incident[1]["persons"], incident[1]["cases"]) == (8, 2)
        assert len(manifest.said["audit"]) == 1
        assert manifest.head is not None
        assert manifest.head.lines == 1
        assert {each["purpose"] for each in manifest.said["keys"]} > {"audit", "index", "kek:identity"}
        assert {path.name: path.stat().st_mode & 0o777 for path in past.folder.iterdir()} == {
            "database.dump": 0o600, "manifest.json": 0o600,
        }  # fmt: skip
        assert past.folder.stat().st_mode & 0o777 == 0o700

    async def test_names_keys_and_holds_none_in_its_words(self, past: Past):
        said = (past.folder / "manifest.json").read_text()
        for row in await past.world.fetch("SELECT wrapped, canary FROM class_keys"):
            assert row["wrapped"].hex() not in said
            assert row["canary"].hex() not in said
        assert "Marisol" not in said

    async def test_cut_half_way_leaves_nothing_that_looks_like_one_and_is_run_again(
        self, past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        async def half(*given: Any) -> None:
            given[3].write_bytes(b"PGDMP")
            raise Stop

        with monkeypatch.context() as patched:
            patched.setattr(dumping, "dump", half)
            with pytest.raises(Stop):
                await backup.take(Settings.read(past.environ), tmp_path, quiet)
        assert names(tmp_path) == []
        folder, manifest = await backup.take(Settings.read(past.environ), tmp_path, quiet)
        assert names(tmp_path) == [folder.name]
        assert Manifest.read(folder) == manifest


# Before the load, before the doors are opened, in the middle of what is settled, and before the fence goes.
STEPS: list[tuple[Any, str]] = [
    (dumping, "load"),
    (migrating, "upgrade"),
    (replaying, "erase_all"),
    (fencing, "open_again"),
]


class TestRestore:
    async def test_cut_at_any_step_lets_nobody_in_and_goes_on_until_all_is_settled(
        self, past: Past, monkeypatch: pytest.MonkeyPatch
    ):
        place = await past.empty_place()
        for module, step in STEPS:
            with monkeypatch.context() as patched:
                patched.setattr(module, step, cut)
                with pytest.raises(Stop):
                    await place.restore()
            assert [login for login in POOLS if not await place.refused(login)] == [Login.keeper, Login.backup], step
        with pytest.raises(DatabaseUnavailable, match="a restore that is not finished"):
            async with opening.opened(place.settings, WORKING, personal=False):
                raise AssertionError("served")
        await place.let_in_by_hand(Login.worker)
        with pytest.raises(RestoreUnfinished):
            async with opening.opened(place.settings, WORKING, personal=False):
                raise AssertionError("served")
        restored = await place.restore()
        assert (restored.replayed.lines, restored.replayed.erased) == (2, 0)  # one was erased before the last cut
        assert [login for login in POOLS if await place.refused(login)] == []
        await self.is_settled(past, place)

    async def is_settled(self, past: Past, place: Place) -> None:
        own, case_id = raw(past.mother), raw(past.family.case_id)
        assert await left_of(place.fetch, own, case_id) == []
        index = past.world.parts.tools.blind_index
        rows = await place.fetch("SELECT incident_id, token, pointer FROM match_postings")
        found = {index.open_pointer(row["incident_id"], row["token"], row["pointer"]) for row in rows}
        assert own not in found
        assert raw(past.family.persons["father"]) in found
        assert await place.fetch("SELECT 1 FROM sessions WHERE revoked_at IS NULL") == []
        jobs = {row["task_name"]: row["status"] for row in await place.fetch("SELECT * FROM procrastinate_jobs")}
        assert (jobs["notify.referral_sent"], jobs["escalate.referral"]) == ("failed", "todo")
        (event,) = await place.fetch("SELECT * FROM audit_events WHERE event = 'erasure.replayed'")
        assert event["subjects"] == [own]
        (access,) = await place.fetch("SELECT a.*, m.ended_at FROM portal_accesses a JOIN memberships m ON m.id = a.id")
        assert access["withdrawn_at"] == access["ended_at"] is not None
        (told,) = await place.fetch("SELECT record_id FROM audit_events WHERE event = 'portal_access.withdrawn'")
        assert told["record_id"] == access["id"]
        told = await place.fetch("SELECT detail FROM audit_events WHERE event = 'database.restored' ORDER BY id")
        assert told[-1]["detail"]
        async with opening.opened(place.settings, WORKING, personal=False):
            pass
        async with place.served() as look:
            assert (await look(past.mother))["givenName"] is None
            assert (await look(past.mother))["erasedAt"]
            assert (await look(past.family.persons["father"]))["givenName"]

    async def test_killed_by_the_machine_is_run_again(self, past: Past):
        place = await past.empty_place()
        arguments = ("-m", "fac", "restore", str(past.folder), "--as", past.login)
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=place.environ)
        while not await place.refused(Login.staff):  # noqa: ASYNC110  # another process's work
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert await place.refused(Login.staff)
        for _ in range(20):  # what was killed lets go of its connections
            again = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, cwd=ROOT, env=place.environ,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, err = await again.communicate()
            if again.returncode == 0:
                break
            assert b"still open" in err, err
        assert b"1 people erased again" in out
        assert b"the database may be served" in out
        assert not await place.refused(Login.staff)

    async def test_refuses_what_is_not_whole_not_ours_or_not_of_this_time(
        self, past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        place = await past.empty_place()
        said = json.loads((past.folder / "manifest.json").read_text())

        def with_manifest(**changed: Any) -> Path:
            folder = tmp_path / uuid4().hex
            folder.mkdir()
            (folder / "database.dump").write_bytes((past.folder / "database.dump").read_bytes())
            (folder / "manifest.json").write_text(json.dumps(said | changed))
            return folder

        torn = with_manifest()
        (torn / "database.dump").write_bytes((past.folder / "database.dump").read_bytes()[:-1])
        for folder, words in (
            (tmp_path, "no manifest"),
            (torn, "missing or was altered"),
            (with_manifest(schema="9999"), "newer program"),
        ):  # fmt: skip
            with pytest.raises(BackupInvalid, match=words):
                await place.restore(folder)
        assert not await place.refused(Login.staff)  # nothing was begun
        with pytest.raises(BackupInvalid, match="not empty"):
            await restoring.restore(Settings.read(past.environ), past.folder, past.login, quiet)
        with pytest.raises(BackupInvalid, match="not signed"):
            await place.restore(with_manifest(incidents={}))
        with pytest.raises(BackupInvalid, match="not empty"):
            await place.restore()  # another backup than the one begun
        assert await place.refused(Login.staff)

    async def test_the_fence_stands_while_the_ledger_or_the_audit_is_not_right(self, past: Past):
        place = await past.empty_place()
        ledger = past.world.folder / "shred-ledger.jsonl"
        whole = ledger.read_text()
        elsewhere = {"FAC_SHRED_LEDGER": str(ledger.with_name("nowhere"))}
        with pytest.raises(ShredLedgerInvalid, match="names no file"):
            await restoring.settle_in_place(Settings.read(place.environ | elsewhere), past.login, quiet)
        ledger.write_text("")
        try:
            with pytest.raises(ShredLedgerInvalid):
                await place.restore()
        finally:
            ledger.write_text(whole)
        alter = "ALTER TABLE audit_events DISABLE TRIGGER USER"
        for statement in (alter, "UPDATE audit_events SET operation = 'another' WHERE event = 'note.written'"):
            await place.fetch(statement)
        with pytest.raises(AuditBroken, match="was altered"):
            await place.restore()
        assert await place.refused(Login.staff)


class TestBeforeLaterClasses:
    """What was taken before a release that brought classes has no keys of these."""

    LATER = "SELECT purpose FROM class_keys WHERE purpose ~ '^kek:(staff_record|privileged|partner_record)$'"

    async def loaded(self, past: Past) -> "Place":
        place = await past.empty_place()
        await place.load()
        await place.fetch("ALTER TABLE data_keys DISABLE TRIGGER USER")
        await place.fetch("DELETE FROM data_keys WHERE info IN (12, 13, 14)")
        await place.fetch(self.LATER.replace("SELECT purpose", "DELETE"))
        return place

    async def test_is_given_them_while_it_is_settled_but_never_under_another_root(self, past: Past, tmp_path: Path):
        before = await self.loaded(past)
        folder, _ = await backup.take(before.settings, tmp_path, quiet)
        place = await past.empty_place()
        FileRoot.create(tmp_path / "other.keys")
        other = Settings.read(place.environ | {"FAC_ROOT_KEY_FILE": str(tmp_path / "other.keys")})
        with pytest.raises((KeyUnavailable, WrongKey)):
            await restoring.restore(other, folder, past.login, quiet)
        assert await place.fetch(self.LATER) == []
        assert (await place.restore(folder)).replayed.erased == 1
        assert len(await place.fetch(self.LATER)) == 3

    async def test_a_database_without_any_key_is_given_none(self, past: Past):
        place = await self.loaded(past)
        await place.fetch("DELETE FROM class_keys")
        with pytest.raises(KeyUnavailable):
            await restoring.settle_in_place(place.settings, past.login, quiet)
        assert await place.fetch("SELECT 1 FROM class_keys") == []


class TestAnotherWayBack:
    """A point in time, a disk's snapshot: nobody has told fac that the database is an older one."""

    async def test_is_noticed_by_the_ledger_and_nothing_is_served_until_it_was_replayed(self, past: Past):
        place = await past.empty_place()
        await place.load()
        for logins in (WORKING, (Login.staff,)):
            with pytest.raises(RestoreUnfinished, match="1 people are known who were erased"):
                async with opening.opened(place.settings, logins, personal=False):
                    raise AssertionError("served")
        code, told = await place.fac("doctor")
        assert (code, "FAIL erasures: " in told, "run fac keys replay" in told) == (1, True, True)
        somebody = await asyncpg.connect(address_of(place.dsn, Login.staff))
        with pytest.raises(DatabaseUnavailable, match="stop it first"):
            await restoring.settle_in_place(place.settings, past.login, quiet)
        await somebody.close()
        restored = await restoring.settle_in_place(place.settings, past.login, quiet)
        # What waited to be told: something of the past's own, and that the officer enrolled an authenticator.
        assert (restored.replayed.erased, restored.notices) == (1, 2)
        assert restored.sessions > 0
        await TestRestore().is_settled(past, place)

    async def test_a_command_replays_the_ledger_but_a_hold_placed_after_an_erasure_that_came_to_nothing_wins(
        self, past: Past
    ):
        place = await past.empty_place()
        await place.load()
        hold = (
            "INSERT INTO legal_holds SELECT incident_id, $1, case_id, id, 'litigation', $2, $3, NULL, NULL, 1"
            " FROM persons WHERE id = $4"
        )
        at, own, case_id = past.world.clock.now, raw(past.mother), raw(past.family.case_id)
        await place.fetch(hold, uuid4(), past.world["privacy_officer"].membership_id, at + timedelta(hours=1), own)
        async with opening.opened(place.settings, WORKING, personal=False):
            pass
        for erased_again in (0, 1, 0):
            told = f"the ledger has 2 erasures; {erased_again} people were erased again; nobody is left\n"
            assert await place.fac("keys", "replay", "--as", past.login) == (0, told)
            assert (await left_of(place.fetch, own, case_id) == []) is not (
                await place.fetch("SELECT 1 FROM legal_holds") != []
            )
            await place.fetch("DELETE FROM legal_holds")
        async with opening.opened(place.settings, WORKING, personal=False):
            pass


class TestDestroyedEpoch:
    """Last, since it changes the keys of the world: from now on the backup opens nothing."""

    async def test_the_old_backup_opens_nothing_with_the_root_of_now_even_without_replay(self, past: Past):
        place = await past.empty_place()
        await place.load()
        async with opening.in_custody(Settings.read(past.environ)) as custody:
            operator = await find_operator(custody, past.login)
            for family, rotate in (("kek", rotate_kek), ("index", rotate_index)):
                await rotate(custody, operator, quiet)
                await epochs.destroy(custody, operator, family, 1)
        root = FileRoot(past.world.folder / "root.keys", "test")
        rows = await place.fetch("SELECT * FROM class_keys")
        opened = []
        for row in rows:
            key = KeyRow(row["purpose"], row["epoch"], row["wrapped"], row["canary"], row["state"])
            try:
                KeyRing.open([key], root, [row["purpose"]])
            except (KeyUnavailable, WrongKey):
                continue
            opened.append(row["purpose"])
        assert opened == ["audit"]  # which opens nothing: it signs
        assert {row["epoch"] for row in await place.fetch("SELECT epoch FROM data_keys")} == {1}
        with pytest.raises((KeyUnavailable, WrongKey)):
            async with opening.in_custody(place.settings):
                raise AssertionError("opened")
        with pytest.raises((KeyUnavailable, WrongKey)):
            await restoring.settle_in_place(place.settings, past.login, quiet)
        assert await place.refused(Login.staff)


def test_a_file_is_known_by_its_digest(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_of_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
