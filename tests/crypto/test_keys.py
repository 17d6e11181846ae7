"""The root file and the ring: private, whole, the right one, or a refusal before the first write."""

import copy
import json
import os
import pickle
from pathlib import Path

import pytest

from fac.crypto.keys import ALL_PURPOSES, FileRoot, KeyRing, KeyRow, new_key_row, new_key_rows
from fac.errors import KeyUnavailable, SettingsUnsafe, WrongKey

NO_ROWS: list[KeyRow] = []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A root file of its own for tests that damage it."""
    path = tmp_path / "with space" / "root.json"
    path.parent.mkdir()
    FileRoot.create(path)
    return path


class TestFileRoot:
    def test_is_made_private_and_never_overwritten(self, path: Path) -> None:
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        with pytest.raises(FileExistsError):
            FileRoot.create(path)
        assert path.read_bytes() == before

    def test_a_wide_umask_changes_nothing(self, tmp_path: Path) -> None:
        former = os.umask(0)
        try:
            FileRoot.create(tmp_path / "root")
        finally:
            os.umask(former)
        assert (tmp_path / "root").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("environment", ["production", "staging", "", "Demo"])
    def test_refused_outside_dev_test_and_demo(self, path: Path, environment: str) -> None:
        with pytest.raises(SettingsUnsafe):
            FileRoot(path, environment)

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o400, 0o700, 0o4600])
    def test_refused_with_another_mode(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        with pytest.raises(SettingsUnsafe, match="0600"):
            FileRoot(path, "test")

    def test_refused_when_it_belongs_to_another_user(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        with pytest.raises(SettingsUnsafe, match="another user"):
            FileRoot(path, "test")

    def test_refused_behind_a_link_as_a_folder_as_a_pipe_and_absent(self, path: Path) -> None:
        link, pipe = path.with_name("link"), path.with_name("pipe")
        link.symlink_to(path)
        os.mkfifo(pipe, 0o600)
        for wrong in (link, pipe, path.parent, path.with_name("absent")):
            with pytest.raises(SettingsUnsafe):
                FileRoot(wrong, "test")
        with pytest.raises(FileExistsError):
            FileRoot.create(link)

    @pytest.mark.parametrize(
        "text",
        ["", "marker", "[]", "{}", '{"format":"fac-root-2","secrets":{}}', '{"format":"fac-root-1","secrets":{}}',
         '{"format":"fac-root-1","secrets":{"kek@1":"00"}}', '{"format":"fac-root-1","secrets":{"kek@0":"%s"}}',
         '{"format":"fac-root-1","secrets":["kek@1"]}', '{"format":"fac-root-1","secrets":{"kek@1":"marker"}}'],
        ids=[f"text{number}" for number in range(10)],
    )  # fmt: skip
    def test_refused_when_it_is_not_one_of_ours(self, path: Path, text: str) -> None:
        path.write_text(text.replace("%s", "00" * 32))
        with pytest.raises(SettingsUnsafe) as caught:
            FileRoot(path, "test")
        assert "marker" not in str(caught.value)
        assert caught.value.__context__ is None

    def test_wraps_under_a_name_and_opens_under_no_other(self, path: Path) -> None:
        root = FileRoot(path, "test")
        blob = root.wrap("kek:legal@1", b"k" * 32)
        assert root.unwrap("kek:legal@1", blob) == b"k" * 32
        assert b"k" * 8 not in blob
        for name in ("kek:identity@1", "index@1"):
            with pytest.raises(WrongKey):
                root.unwrap(name, blob)
        for damaged in (b"", blob[:12], blob[:-1], blob[:-1] + bytes([blob[-1] ^ 1])):
            with pytest.raises(WrongKey):
                root.unwrap("kek:legal@1", damaged)

    @pytest.mark.parametrize("name", ["kek:legal@2", "kek:legal", "kek:legal@01", "other@1", "kek:legal@1\n", ""])
    def test_has_no_secret_for_other_names(self, path: Path, name: str) -> None:
        with pytest.raises(KeyUnavailable):
            FileRoot(path, "test").wrap(name, b"k" * 32)

    def test_another_root_is_the_wrong_key(self, path: Path, root: FileRoot) -> None:
        with pytest.raises(WrongKey):
            FileRoot(path, "test").unwrap("index@1", root.wrap("index@1", b"k" * 32))

    def test_shows_nothing_and_is_not_copied(self, path: Path) -> None:
        root = FileRoot(path, "test")
        assert repr(root) == "<FileRoot>"
        for leak in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                leak(root)


class TestRootEpochs:
    def test_a_destroyed_epoch_never_opens_again_and_others_do(self, path: Path) -> None:
        root = FileRoot(path, "test")
        old, audit = root.wrap("kek:legal@1", b"k" * 32), root.wrap("audit@1", b"a" * 32)
        assert root.add_epoch("kek") == 2
        new = root.wrap("kek:legal@2", b"n" * 32)
        root.destroy_epoch("kek", 1)
        again = FileRoot(path, "test")
        assert again.epochs("kek") == (2,)
        assert again.unwrap("kek:legal@2", new) == b"n" * 32
        assert again.unwrap("audit@1", audit) == b"a" * 32
        for held in (root, again):
            with pytest.raises(KeyUnavailable):
                held.unwrap("kek:legal@1", old)
        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    def test_the_newest_epoch_is_not_destroyed(self, path: Path) -> None:
        root = FileRoot(path, "test")
        for family, epoch in (("kek", 1), ("nobody", 1)):
            with pytest.raises(SettingsUnsafe):
                root.destroy_epoch(family, epoch)
        assert root.epochs("kek") == (1,)

    def test_an_unknown_family_gets_no_epoch(self, path: Path) -> None:
        with pytest.raises(KeyUnavailable):
            FileRoot(path, "test").add_epoch("nobody")

    def test_a_failed_write_leaves_the_file_as_it_was(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root, before = FileRoot(path, "test"), path.read_bytes()

        def full(*_: object) -> int:
            raise OSError(28, "no space")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="no space"):
            root.add_epoch("kek")
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert root.epochs("kek") == (1,)
        assert [each.name for each in path.parent.iterdir()] == [path.name]


class TestKeyRing:
    def test_opens_every_purpose(self, root: FileRoot, rows: list[KeyRow]) -> None:
        ring = KeyRing.open(rows, root)
        assert ring.purposes == frozenset(ALL_PURPOSES)
        assert len({ring.subkey(purpose, 1, "use") for purpose in ALL_PURPOSES}) == len(ALL_PURPOSES)

    def test_holds_only_what_was_asked_for(self, root: FileRoot, rows: list[KeyRow]) -> None:
        ring = KeyRing.open(rows, root, ["kek:contact", "audit"])
        assert ring.purposes == {"kek:contact", "audit"}
        with pytest.raises(KeyUnavailable):
            ring.subkey("kek:identity", 1, "use")
        with pytest.raises(KeyUnavailable):
            ring.active_epoch("index")
        assert ring.epochs("index") == ()
        assert KeyRing.open(NO_ROWS, root, []).purposes == frozenset()

    def test_another_root_refuses(self, rows: list[KeyRow], path: Path) -> None:
        with pytest.raises(WrongKey):
            KeyRing.open(rows, FileRoot(path, "test"))

    def test_a_key_that_unwraps_but_is_not_the_one_of_the_canary_refuses(
        self, root: FileRoot, rows: list[KeyRow]
    ) -> None:
        first, *rest = rows
        other = new_key_row(root, first.purpose, first.epoch)
        swapped = KeyRow(first.purpose, first.epoch, other.wrapped, first.canary)
        with pytest.raises(WrongKey):
            KeyRing.open([swapped, *rest], root)

    def test_a_short_key_refuses(self, root: FileRoot) -> None:
        row = KeyRow("audit", 1, root.wrap("audit@1", b"short"), b"c" * 16)
        with pytest.raises(WrongKey):
            KeyRing.open([row], root, ["audit"])

    def test_rows_of_other_purposes_are_not_even_unwrapped(self, root: FileRoot, rows: list[KeyRow]) -> None:
        damaged = [row if row.purpose == "audit" else KeyRow(row.purpose, 1, b"x" * 60, b"x" * 16) for row in rows]
        assert KeyRing.open(damaged, root, ["audit"]).purposes == {"audit"}

    def test_a_purpose_without_exactly_one_active_key_refuses(self, root: FileRoot, rows: list[KeyRow]) -> None:
        audit = next(row for row in rows if row.purpose == "audit")
        retiring = KeyRow("audit", 1, audit.wrapped, audit.canary, "retiring")
        destroyed = KeyRow("audit", 1, b"", b"", "destroyed")
        for wrong in (NO_ROWS, [retiring], [destroyed], [audit, audit]):
            with pytest.raises(KeyUnavailable):
                KeyRing.open(wrong, root, ["audit"])
        with pytest.raises(KeyUnavailable):
            KeyRing.open(rows, root, ["kek:outline"])

    def test_retiring_epochs_still_open_and_destroyed_ones_are_left_out(self, path: Path) -> None:
        root = FileRoot(path, "test")
        first = new_key_row(root, "index", 1)
        root.add_epoch("index")
        second = new_key_row(root, "index", 2)
        retiring = KeyRow("index", 1, first.wrapped, first.canary, "retiring")
        ring = KeyRing.open([retiring, second], root, ["index"])
        assert ring.epochs("index") == (2, 1)
        assert ring.active_epoch("index") == 2
        gone = KeyRing.open([KeyRow("index", 1, b"", b"", "destroyed"), second], root, ["index"])
        assert gone.epochs("index") == (2,)

    def test_shows_nothing_and_is_not_copied(self, ring: KeyRing, rows: list[KeyRow]) -> None:
        shown = f"{ring!r} {rows!r}"
        for row in rows:
            assert repr(row.wrapped) not in shown
            assert repr(row.canary) not in shown
        for leak in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                leak(ring)

    def test_the_file_alone_holds_no_class_key(self, path: Path) -> None:
        root = FileRoot(path, "test")
        ring = KeyRing.open(new_key_rows(root), root)
        secrets = json.loads(path.read_text())["secrets"]
        assert sorted(secrets) == ["audit@1", "index@1", "kek@1"]
        assert ring.subkey("audit", 1, "root wrap").hex() not in secrets.values()

    def test_an_unknown_purpose_gets_no_row(self, root: FileRoot) -> None:
        with pytest.raises(KeyUnavailable):
            new_key_row(root, "kek:outline", 1)
